/* SPDX-License-Identifier: ISC */
/*
 * The server about itself: TXT records of class CHAOS below "bind" (RFC 4892 3.1 tells of the
 * habit; the names are dnsmasq's).
 */
#include <inttypes.h>

#include "base/must.h"
#include "base/text.h"
#include "base/uncleared.h"
#include "dns/forward.h"
#include "dns/local_private.h"

#define STRING_MAX 255			/* of a TXT record (RFC 1035 3.3.14) */
#define NO_COUNT SIZE_MAX
#define SERVERS_MAX 256

static const struct chaos_name {
	const char *name;
	const char *text;		/* what it says, or NULL: */
	size_t count;			/* a member of struct dns_counts, or NO_COUNT: 0 */
	bool servers;			/* it says what became of questions sent on */
} names[] = {
	{ "version.bind",    "lanlord-" LANLORD_VERSION, NO_COUNT, false },
	{ "authors.bind",    "the lanlord authors", NO_COUNT, false },
	{ "copyright.bind",  "Copyright (c) 2026 the lanlord authors", NO_COUNT, false },
	{ "cachesize.bind",  NULL, offsetof(struct dns_counts, cache_size), false },
	{ "insertions.bind", NULL, offsetof(struct dns_counts, cache_insertions), false },
	{ "evictions.bind",  NULL, offsetof(struct dns_counts, cache_evictions), false },
	{ "misses.bind",     NULL, offsetof(struct dns_counts, forwarded), false },
	{ "hits.bind",       NULL, offsetof(struct dns_counts, local), false },
	{ "auth.bind",       NULL, offsetof(struct dns_counts, zones), false },
	{ "servers.bind",    NULL, NO_COUNT, true },
};

/* Names that no server in the world has: below bind and server, and these two. */
static bool is_ours(struct span name)
{
	static const uint8_t bind[] = "\4bind", server[] = "\6server";

	return dname_below(name, SPAN(bind)) || dname_below(name, SPAN(server));
}

static bool is_name(struct span name, const char *text)
{
	struct dname n UNCLEARED;

	return dname_parse(text, &n) && dname_span_eq(name, dname_span(&n));
}

static const struct chaos_name *find(struct span name)
{
	for (size_t i = 0; is_ours(name) && i < COUNT_OF(names); i++)
		if (is_name(name, names[i].name))
			return &names[i];
	return NULL;
}

bool local_chaos_knows(const struct local_view *v, struct span name)
{
	return !v->conf->no_ident && find(name);
}

static uint64_t count_of(struct dns_common *c, size_t member)
{
	struct dns_counts sum;

	if (!c || member == NO_COUNT)
		return 0;
	common_counts(c, &sum);
	return *(const _Atomic uint64_t *)(const void *)((const char *)&sum + member);
}

static void print(const struct local_view *v, const struct chaos_name *n, struct text *out)
{
	if (!n->text)
		text_addf(out, "%" PRIu64, count_of(v->common, n->count));
	else
		text_add(out, n->text);
}

/* A string of the record that is being made; those of one record lie side by side. */
static void add_string(struct deciding *d, const struct text *t)
{
	uint8_t *at = local_bytes(d, 1 + t->n);

	if (!at)
		return;
	at[0] = (uint8_t)t->n;
	memcpy(at + 1, t->s, t->n);
}

/* "192.0.2.53#53 QUERIES FAILED" of each server; with none the record is empty. */
static void add_servers(struct deciding *d)
{
	struct server_stats all[SERVERS_MAX];
	size_t n = d->v->common ? common_servers(d->v->common, all, SERVERS_MAX) : 0;
	char string[STRING_MAX + 1];

	for (const struct server_stats *s = all; s < all + n; s++) {
		struct text t = TEXT(string);

		text_addf(&t, "%s#%u %" PRIu64 " %" PRIu64, addr_text(&s->at.addr).s, s->at.port,
			  s->sent, s->failed);
		add_string(d, &t);
	}
}

static void add_strings(struct deciding *d, const struct chaos_name *n)
{
	char string[STRING_MAX + 1];
	struct text t = TEXT(string);

	if (n->servers) {
		add_servers(d);
		return;
	}
	print(d->v, n, &t);
	add_string(d, &t);
}

static void add_text(struct deciding *d, const struct chaos_name *n)
{
	size_t before = d->out->bytes_n;

	add_strings(d, n);
	local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
		DNS_TXT, d->v->conf->local_ttl_s,
		span_of(d->out->bytes + before, d->out->bytes_n - before), FROM_CONFIG, { 0 } });
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
