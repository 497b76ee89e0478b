/* SPDX-License-Identifier: ISC */
/*
 * What lines make of an answer beside whom it comes from: which addresses and types they let by, how
 * long it counts, which sets it fills, who may not ask at all.
 */
#include <stdio.h>

#include "app/explain_dns_effects.h"
#include "base/text.h"
#include "dns/connmark.h"
#include "dns/filter.h"
#include "dns/rrtypes.h"
#include "dns/server.h"
#include "net/kernel_set.h"

enum { VALUE_ROOM = 600 };

struct effects {
	const struct explain_asked *asked;
	const struct dns_conf *c;
	const struct dns_question *q;
	const struct explain_teller *to;
};

static void tell(const struct effects *e, const char *label, const char *value,
		 const struct origin *o, const char *words)
{
	e->to->say(e->to->arg, label, value, (struct explain_why){ o, words });
}

/* By the first line of an option; without one there is nothing to tell. */
static void tell_option(const struct effects *e, const char *label, const char *value,
			const char *option)
{
	const struct origin *o = conf_given(e->asked->conf, option);

	if (o)
		tell(e, label, value, o, option);
}

static bool asks_for_addresses(const struct effects *e)
{
	return e->q->type == DNS_A || e->q->type == DNS_AAAA;
}

static enum addr_family family(const struct effects *e)
{
	return e->q->type == DNS_A ? ADDR_IP4 : ADDR_IP6;
}

/* ---- addresses ---------------------------------------------------------------------------- */

static void tell_nets(const struct effects *e, const char *label, const struct dns_net *net,
		      const char *option)
{
	for (; net; net = net->next) {
		char value[VALUE_ROOM];

		snprintf(value, sizeof value, "an answer with %s/%u", addr_text(&net->net.addr).s,
			 net->net.bits);
		if (asks_for_addresses(e) && net->net.addr.family == family(e))
			tell(e, label, value, &net->origin, option);
	}
}

static void tell_aliases(const struct effects *e)
{
	for (const struct dns_alias *a = e->c->aliases; a && e->q->type == DNS_A; a = a->next) {
		const struct addr start = addr_ip4(a->start), end = addr_ip4(a->end),
				  to = addr_ip4(a->to), mask = addr_ip4(a->mask);
		char value[VALUE_ROOM];

		snprintf(value, sizeof value, "%s-%s to %s, of which %s counts", addr_text(&start).s,
			 addr_text(&end).s, addr_text(&to).s, addr_text(&mask).s);
		tell(e, "changes", value, &a->origin, "alias");
	}
}

static const struct dns_domain *may_be_private(const struct effects *e)
{
	const struct dns_domain *d = e->c->rebind_ok;

	while (d && !dname_below(dname_span(&e->q->name), d->domain))
		d = d->next;
	return d;
}

static void tell_private(const struct effects *e)
{
	const struct dns_domain *d = may_be_private(e);

	if (!e->c->stop_rebind || !asks_for_addresses(e))
		return;
	if (d) {
		tell(e, "lets by", "private addresses", &d->origin, "rebind-domain-ok");
		return;
	}
	tell_option(e, "empties", "an answer with a private address", "stop-dns-rebind");
	tell_option(e, "lets by", "127.0.0.0/8 and ::1", "rebind-localhost-ok");
}

static void tell_types(const struct effects *e)
{
	const char *const option = e->q->type == DNS_A && e->c->filter_a ? "filter-A"
				   : e->q->type == DNS_AAAA && e->c->filter_aaaa ? "filter-AAAA"
				   : "filter-rr";

	if (filter_takes_type(e->c, e->q->type))
		tell_option(e, "leaves out", rrtype_text(e->q->type).s, option);
}

/* ---- time ----------------------------------------------------------------------------------- */

static void tell_seconds(const struct effects *e, const char *label, uint32_t seconds,
			 const char *option)
{
	char value[40];

	snprintf(value, sizeof value, "%u s", seconds);
	tell_option(e, label, value, option);
}

static void tell_times(const struct effects *e)
{
	const struct dns_conf *c = e->c;

	if (c->cache_size == 0)
		tell_option(e, "keeps", "nothing", "cache-size");
	tell_option(e, "keeps", "nothing that says no", "no-negcache");
	if (!c->no_negcache)
		tell_seconds(e, "keeps a no", c->neg_ttl_s, "neg-ttl");
	tell_seconds(e, "keeps at least", c->min_cache_ttl_s, "min-cache-ttl");
	tell_seconds(e, "keeps at most", c->max_cache_ttl_s, "max-cache-ttl");
	tell_seconds(e, "tells at most", c->max_ttl_s, "max-ttl");
}

/* ---- sets and marks of the kernel ------------------------------------------------------------ */

static void tell_sets(const struct effects *e, const struct sets_index *index, const char *kind)
{
	const struct dns_sets *line = sets_find(index, dname_span(&e->q->name));

	for (size_t i = 0; line && asks_for_addresses(e) && i < line->n; i++) {
		const struct kernel_set *set = &line->set[i];
		char value[VALUE_ROOM];

		snprintf(value, sizeof value, "%s %s", kind, set->words);
		if (set->only == ADDR_NONE || set->only == family(e))
			tell(e, "fills", value, &line->origin, NULL);
	}
}

/* Which marks may ask for the name; whoever has no mark may ask for all. */
static void tell_marks(const struct effects *e)
{
	if (!e->c->connmark)
		return;
	for (const struct dns_marked *m = e->c->marked; m; m = m->next) {
		char value[VALUE_ROOM];

		snprintf(value, sizeof value, "mark %u/%u", m->mark, m->mask);
		if (connmark_line_allows(m, &e->q->name))
			tell(e, "may ask", value, &m->origin, "connmark-allowlist");
	}
	tell_option(e, "refuses", "any other mark but 0", "connmark-allowlist-enable");
}

/* ---- who asks, and how -------------------------------------------------------------------------- */

static void tell_access(const struct effects *e)
{
	static const char *const who[] = {
		[SERVICE_NET] = "who is on no network of this machine",
		[SERVICE_HOST] = "who is not this machine",
	};
	const enum dns_local_service service = dns_restriction(e->c, e->asked->lan);

	if (service != SERVICE_ALL)
		tell_option(e, "says nothing", who[service], "local-service");
}

static void tell_way(const struct effects *e)
{
	if (e->c->mix_case)
		tell_option(e, "asks in", "letters of either case, and checks them", "do-0x20-encode");
	tell_option(e, "passes on", "the mark of the client's connection", "conntrack");
	tell_option(e, "passes over", "servers that lead back here", "dns-loop-detect");
}

/* ---- the whole ------------------------------------------------------------------------------------ */

void explain_dns_effects(const struct explain_asked *asked, const struct explain_teller *to)
{
	const struct effects e = { asked, asked->data->conf, asked->question, to };

	if (asked->outside) {
		tell_way(&e);
		tell_types(&e);
		tell_nets(&e, "no such name", e.c->bogus_nxdomain, "bogus-nxdomain");
		tell_nets(&e, "waits past", e.c->ignore_addresses, "ignore-address");
		tell_private(&e);
		tell_aliases(&e);
		tell_sets(&e, asked->data->ipsets, "ipset");
		tell_sets(&e, asked->data->nftsets, "nftset");
		tell_times(&e);
	} else {
		tell_seconds(&e, "tells at most", e.c->max_ttl_s, "max-ttl");
		tell_seconds(&e, "its own TTL", e.c->local_ttl_s, "local-ttl");
		if (e.q->type == DNS_A)
			tell_option(&e, "prefers", "addresses of the network that asks",
				    "localise-queries");
		if (asked->blocked)
			tell_option(&e, "answers so", "what is blocked", "block-answer");
	}
	if (e.q->type == DNS_ANY)
		tell_option(&e, "answers ANY", "with one set of records, by UDP", "any-small");
	tell_marks(&e);
	tell_access(&e);
}
