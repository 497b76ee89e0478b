/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "store/lease_inflight.h"

static struct lease_inflight **place_of(struct lease_inflights *s, uint32_t ip4)
{
	struct lease_inflight **at = &s->bucket[ip4 % COUNT_OF(s->bucket)];

	while (*at && (*at)->ip4 != ip4)
		at = &(*at)->next;
	return at;
}

struct lease_inflight *lease_inflight_find(const struct lease_inflights *s, uint32_t ip4)
{
	struct lease_inflight *f = s->bucket[ip4 % COUNT_OF(s->bucket)];

	while (f && f->ip4 != ip4)
		f = f->next;
	return f;
}

struct lease_inflight *lease_inflight_take(struct lease_inflights *s, uint32_t ip4,
					   struct span durable)
{
	struct lease_inflight **at = place_of(s, ip4), *f = *at;

	if (f)
		return f;
	f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->ip4 = ip4;
	f->durable = malloc(durable.n + 1);
	if (!f->durable) {
		free(f);
		return NULL;
	}
	memcpy(f->durable, durable.p, durable.n);
	f->durable_n = durable.n;
	*at = f;
	return f;
}

static void inflight_free(struct lease_inflight *f)
{
	free(f->durable);
	free(f);
}

void lease_inflight_drop(struct lease_inflights *s, struct lease_inflight *f)
{
	*place_of(s, f->ip4) = f->next;
	inflight_free(f);
}

void lease_inflights_done(struct lease_inflights *s)
{
	for (size_t i = 0; i < COUNT_OF(s->bucket); i++)
		for (struct lease_inflight *f = s->bucket[i], *next; f; f = next) {
			next = f->next;
			inflight_free(f);
		}
}

void lease_inflight_durable(struct lease_inflight *f, uint64_t number, struct span line)
{
	char *copy;

	if (number < f->durable_number)
		return;
	copy = realloc(f->durable, line.n + 1);
	if (!copy)
		return;
	memcpy(copy, line.p, line.n);
	f->durable = copy;
	f->durable_n = line.n;
	f->durable_number = number;
}
