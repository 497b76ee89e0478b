/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/sets.h"
#include "dns/tail_hash.h"

/* Open addressing; at most half full. */
struct sets_index {
	size_t mask;
	const struct dns_sets *slot[];
};

static uint32_t hash_of(struct span domain)
{
	uint8_t starts[DNAME_LABELS_MAX];
	uint64_t h = TAIL_HASH_START;

	for (unsigned n = tail_starts(domain, starts); n-- > 0;)
		h = tail_hash_label(h, domain, starts[n]);
	return tail_hash_end(h, 0);
}

/* Where the domain is, or would be. */
static size_t slot_of(const struct sets_index *i, struct span domain, uint32_t hash)
{
	size_t at = hash & i->mask;

	while (i->slot[at] && !dname_span_eq(i->slot[at]->domain, domain))
		at = (at + 1) & i->mask;
	return at;
}

struct sets_index *sets_index_new(const struct dns_sets *lines)
{
	struct sets_index *i;
	size_t n = 0, size = 8;

	if (!lines)
		return NULL;
	for (const struct dns_sets *s = lines; s; s = s->next)
		n++;
	while (size < 2 * n)
		size *= 2;
	i = calloc(1, sizeof *i + size * sizeof i->slot[0]);
	must(i);
	i->mask = size - 1;
	for (const struct dns_sets *s = lines; s; s = s->next) {
		size_t at = slot_of(i, s->domain, hash_of(s->domain));

		if (!i->slot[at])
			i->slot[at] = s;
	}
	return i;
}

void sets_index_free(struct sets_index *i)
{
	free(i);
}

const struct dns_sets *sets_find(const struct sets_index *i, struct span name)
{
	uint8_t starts[DNAME_LABELS_MAX];
	uint64_t h = TAIL_HASH_START;
	const struct dns_sets *found, *longer;

	if (!i)
		return NULL;
	found = i->slot[slot_of(i, span_of("", 1), tail_hash_end(h, 0))];
	for (unsigned n = tail_starts(name, starts); n-- > 0;) {
		const struct span domain = span_of(name.p + starts[n], name.n - starts[n]);

		h = tail_hash_label(h, name, starts[n]);
		longer = i->slot[slot_of(i, domain, tail_hash_end(h, 0))];
		found = longer ? longer : found;
	}
	return found;
}
