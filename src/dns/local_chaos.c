/* SPDX-License-Identifier: ISC */
/*
 * The server about itself: TXT records of class CHAOS below "bind" (RFC 4892 3.1 tells of the
 * habit; the names are dnsmasq's).
 */
#include <inttypes.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/local_private.h"

#define STRING_MAX 255			/* of a TXT record (RFC 1035 3.3.14) */
#define NO_COUNT SIZE_MAX

static const struct chaos_name {
	const char *name;
	const char *text;		/* what it says, or NULL: */
	size_t count;			/* a member of struct dns_counts, or NO_COUNT: 0 */
} names[] = {
	{ "version.bind",    "lanlord-" LANLORD_VERSION, NO_COUNT },
	{ "authors.bind",    "the lanlord authors", NO_COUNT },
	{ "copyright.bind",  "Copyright (c) 2026 the lanlord authors", NO_COUNT },
	{ "cachesize.bind",  NULL, offsetof(struct dns_counts, cache_size) },
	{ "insertions.bind", NULL, offsetof(struct dns_counts, cache_insertions) },
	{ "evictions.bind",  NULL, offsetof(struct dns_counts, cache_evictions) },
	{ "misses.bind",     NULL, offsetof(struct dns_counts, forwarded) },
	{ "hits.bind",       NULL, offsetof(struct dns_counts, local) },
	{ "auth.bind",       NULL, NO_COUNT },		/* no zones of that kind are served */
};

static bool is_name(struct span name, const char *text)
{
	struct dname n;

	return dname_parse(text, &n) && dname_span_eq(name, dname_span(&n));
}

static const struct chaos_name *find(struct span name)
{
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (is_name(name, names[i].name))
			return &names[i];
	return NULL;
}

bool local_chaos_knows(const struct local_view *v, struct span name)
{
	return !v->conf->no_ident && find(name);
}

static uint64_t count_of(const struct dns_counts *c, size_t member)
{
	if (!c || member == NO_COUNT)
		return 0;
	return atomic_load_explicit(
		(const _Atomic uint64_t *)(const void *)((const char *)c + member),
		memory_order_relaxed);
}

static void print(const struct local_view *v, const struct chaos_name *n, struct text *out)
{
	if (!n->text)
		text_addf(out, "%" PRIu64, count_of(v->counts, n->count));
	else
		text_add(out, n == names && v->version ? v->version : n->text);
}

static void add_text(struct deciding *d, const struct chaos_name *n)
{
	char string[STRING_MAX + 1];
	struct text t = TEXT(string);
	uint8_t *rdata;

	print(d->v, n, &t);
	rdata = local_bytes(d, 1 + t.n);
	if (!rdata)
		return;
	rdata[0] = (uint8_t)t.n;
	memcpy(rdata + 1, string, t.n);
	local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
		DNS_TXT, d->v->conf->local_ttl_s, span_of(rdata, 1 + t.n), FROM_CONFIG, { 0 } });
}

/* Names that no server in the world has: below bind and server, and these two. */
static bool is_ours(struct span name)
{
	static const char *const zones[] = { "bind", "server" };
	struct dname zone;

	for (size_t i = 0; i < COUNT_OF(zones); i++)
		if (dname_parse(zones[i], &zone) && dname_below(name, dname_span(&zone)))
			return true;
	return false;
}

bool local_chaos(struct deciding *d)
{
	struct span name = dname_span(&d->name);
	const struct chaos_name *n = find(name);

	if (!is_ours(name))
		return false;
	d->out->answered = true;
	d->out->rcode = DNS_NOTIMP;
	if (!n || d->v->conf->no_ident || !deciding_wants(d, DNS_TXT))
		return true;
	add_text(d, n);
	d->out->rcode = DNS_NOERROR;
	d->out->authoritative = true;
	return true;
}
