/* SPDX-License-Identifier: ISC */
#include <stdatomic.h>
#include <stdlib.h>

#include "app/dns_lines.h"
#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "dns/dump.h"
#include "dns/rule_names.h"

#define SERVERS_SAID 30			/* dnsmasq's limits */
#define LOCALS_SAID 8

/* ---- the servers ------------------------------------------------------------------- */

static void add_server(struct text *t, const struct dns_server *s)
{
	text_add(t, addr_text(&s->at.addr).s);
	if (s->scope[0])
		text_addf(t, "%%%s", s->scope);
	text_addf(t, "#%u", s->at.port);
}

static void add_domain(struct text *t, const struct rule_walk *w)
{
	struct dname domain;

	rule_walk_domain(w, &domain);
	text_addf(t, "%s%s", w->rule->reach == REACH_WILD ? "*" : "", dname_text(&domain).s);
}

static void say_server(const struct rule_walk *w)
{
	const struct dns_rule *r = w->rule;
	char line[1400];
	struct text t = TEXT(line);

	text_add(&t, "using nameserver ");
	add_server(&t, r->server);
	if (r->reach == REACH_ALL && r->server->interface)
		text_addf(&t, "(via %s)", r->server->interface);
	if (r->reach == REACH_PLAIN)
		text_add(&t, " for unqualified names ");
	if (r->reach == REACH_DOMAIN || r->reach == REACH_WILD) {
		text_add(&t, " for domain ");
		add_domain(&t, w);
		text_add(&t, " ");
	}
	log_info(LOG_MAIN, "%s", line);
}

struct dns_here dns_here_of(const struct loop *l, uint32_t port)
{
	struct dns_here h = { .port = port };
	const struct netif *netif;
	size_t netifs = loop_netifs(l, &netif), n = 0;

	for (size_t i = 0; i < netifs; i++)
		n += netif[i].addrs;
	h.own = calloc(n + 1, sizeof *h.own);
	must(h.own);
	for (size_t i = 0; i < netifs; i++)
		for (size_t k = 0; k < netif[i].addrs; k++)
			h.own[h.n++] = netif[i].addr[k].addr;
	return h;
}

void dns_here_done(struct dns_here *h)
{
	free(h->own);
	*h = (struct dns_here){ 0 };
}

static bool is_ours(const struct dns_server *s, const struct dns_here *here)
{
	for (size_t i = 0; s->at.port == here->port && i < here->n; i++)
		if (addr_eq(&here->own[i], &s->at.addr))
			return true;
	return false;
}

struct said {
	const struct dns_here *here;
	size_t servers, locals;		/* met so far */
};

/* Is it one of those that are said, with the domain that it is for? */
static bool says_domain(struct said *s, const struct dns_rule *r)
{
	if (r->reach != REACH_DOMAIN && r->reach != REACH_WILD)
		return false;
	return r->kind == RULE_DEFAULT || (r->kind == RULE_LOCAL && s->locals++ < LOCALS_SAID);
}

/* Nothing is said of addresses: they may be many, and lead nowhere. */
static void say_rules(struct said *s, struct rule_walk w)
{
	char line[1400];

	while (rule_walk_next(&w)) {
		const struct dns_rule *r = w.rule;
		struct text t = TEXT(line);

		if (r->kind == RULE_SERVER && is_ours(r->server, s->here)) {
			log_warning(LOG_MAIN, "ignoring nameserver %s - local interface",
				    addr_text(&r->server->at.addr).s);
			continue;
		}
		if (r->kind == RULE_SERVER && s->servers++ < SERVERS_SAID)
			say_server(&w);
		if (!says_domain(s, r))
			continue;
		add_domain(&t, &w);
		log_info(LOG_MAIN, r->kind == RULE_LOCAL
			 ? "using only locally-known addresses for %s"
			 : "using standard nameservers for %s", line);
	}
}

void dns_lines_servers(const struct dns_conf *c, const struct server_files *f,
		       const struct dns_here *here)
{
	struct said s = { .here = here };

	if (f->resolv_path && f->resolv_empty)
		log_warning(LOG_MAIN, "no servers found in %s, will retry", f->resolv_path);
	else if (f->resolv_path)
		log_info(LOG_MAIN, "reading %s", f->resolv_path);
	say_rules(&s, (struct rule_walk){ .next = c->rules, .names = c->rule_names });
	say_rules(&s, (struct rule_walk){ .next = f->listed, .names = f->listed_names });
	say_rules(&s, (struct rule_walk){ .next = f->resolv });
	if (s.locals > LOCALS_SAID)
		log_info(LOG_MAIN, "using %zu more local addresses", s.locals - LOCALS_SAID);
	if (s.servers > SERVERS_SAID)
		log_info(LOG_MAIN, "more servers are defined but not logged");
}

/* ---- block lists ------------------------------------------------------------------------ */

void dns_lines_block_list(const char *path, const struct block_counts *n)
{
	char line[200];
	struct text t = TEXT(line);

	text_addf(&t, "%zu names", n->names);
	if (n->exceptions)
		text_addf(&t, ", %zu exceptions", n->exceptions);
	if (n->known)
		text_addf(&t, ", %zu known before", n->known);
	if (n->bad)
		text_addf(&t, ", %zu wrong lines", n->bad);
	log_info(LOG_MAIN, "read block list %s - %s", path, line);
}

/* ---- counts ---------------------------------------------------------------------------- */

static unsigned long long get(const _Atomic uint64_t *c)
{
	return atomic_load_explicit(c, memory_order_relaxed);
}

static bool is_among(const struct server_stats *all, size_t n, const struct endpoint *at)
{
	for (size_t i = 0; i < n; i++)
		if (all[i].at.port == at->port && addr_eq(&all[i].at.addr, &at->addr))
			return true;
	return false;
}

/* Those of the rules that were never asked come behind; how many there are then. */
static size_t add_unasked(struct server_stats *all, size_t n, struct rule_walk w)
{
	while (n < DNS_SERVERS_TOLD && rule_walk_next(&w))
		if (w.rule->kind == RULE_SERVER && addr_is_set(&w.rule->server->at.addr) &&
		    !is_among(all, n, &w.rule->server->at))
			all[n++] = (struct server_stats){ .at = w.rule->server->at };
	return n;
}

static void say_server_stats(const struct server_stats *s)
{
	log_info(LOG_MAIN, "server %s#%u: queries sent %llu, retried %llu, failed %llu, "
		 "nxdomain replies %llu, avg. latency %ums", addr_text(&s->at.addr).s, s->at.port,
		 (unsigned long long)s->sent, (unsigned long long)s->retried,
		 (unsigned long long)s->failed, (unsigned long long)s->nxdomain, s->latency_ms);
}

void dns_lines_statistics(const struct dns_counts *c, const struct dns_now *now,
			  const struct dns_data *data, struct server_stats *servers, size_t n)
{
	const struct dns_conf *conf = data->conf;
	const struct server_files *f = data->files;

	log_info(LOG_MAIN, "cache size %u, %llu/%llu cache insertions re-used unexpired cache "
		 "entries.", conf->cache_size, get(&c->cache_evictions), get(&c->cache_insertions));
	log_info(LOG_MAIN, "queries forwarded %llu, queries answered locally %llu",
		 get(&c->forwarded), get(&c->local));
	if (conf->use_stale || conf->serve_stale)
		log_info(LOG_MAIN, "queries answered from stale cache %llu", get(&c->stale));
	log_info(LOG_MAIN, "queries for authoritative zones %llu", get(&c->zones));
	log_info(LOG_MAIN, "TCP connections: in use %zu, max allowed %u.", now->connections,
		 conf->tcp_max);
	n = add_unasked(servers, n, (struct rule_walk){ .next = conf->rules, .names = conf->rule_names });
	n = add_unasked(servers, n, (struct rule_walk){ .next = f->listed, .names = f->listed_names });
	n = add_unasked(servers, n, (struct rule_walk){ .next = f->resolv });
	for (size_t i = 0; i < n; i++)
		say_server_stats(&servers[i]);
}

/* NULL is fine. */
static void say_table(char *table)
{
	char *rest = table;
	const char *line;

	while (rest && (line = strsep(&rest, "\n")) && *line)
		log_info(LOG_MAIN, "%s", line);
	free(table);
}

void dns_lines_cache(struct cache *cache, const struct dns_data *data, const struct names *names,
		     struct now now)
{
	say_table(cache_dump(cache, now));
	say_table(local_dump(data, names, now));
}

void dns_lines_status(FILE *out, const struct dns_counts *c, const struct dns_now *now,
		      size_t lease_names, size_t hosts, const struct server_stats *servers,
		      size_t n)
{
	const struct { const char *name; const _Atomic uint64_t *value; } counts[] = {
		{ "queries", &c->queries }, { "answered here or from the cache", &c->local },
		{ "forwarded", &c->forwarded }, { "unanswered by any server", &c->unanswered },
		{ "refused, too many open", &c->refused_full },
		{ "dropped, malformed", &c->malformed },
		{ "dropped, not from this network", &c->not_local },
		{ "dropped by rate-limit", &c->rate_left_out },
		{ "cut by rate-limit", &c->rate_cut },
		{ "answered past their time", &c->stale },
		{ "asked for anew by prefetch", &c->prefetched },
		{ "replies that nobody asked for", &c->replies_unexpected },
		{ "replies that do not parse", &c->replies_malformed },
		{ "replies with private addresses", &c->rebind_blocked },
		{ "TCP connections taken", &c->tcp_taken },
		{ "TCP connections refused", &c->tcp_refused },
		{ "TCP connections made to servers", &c->tcp_made },
		{ "questions asked by them", &c->tcp_asked },
		{ "asked by another since one ended", &c->tcp_moved },
	};

	fprintf(out, "dns         %zu names of leases, %zu of hosts files; cache %llu of %llu\n",
		lease_names, hosts, get(&c->cache_entries), get(&c->cache_size));
	fprintf(out, "dns         %zu questions wait, %zu TCP connections\n", now->waiting,
		now->connections);
	for (size_t i = 0; i < n; i++)
		fprintf(out, "server      %s#%u: %llu sent, %llu failed, %u ms\n",
			addr_text(&servers[i].at.addr).s, servers[i].at.port,
			(unsigned long long)servers[i].sent, (unsigned long long)servers[i].failed,
			servers[i].latency_ms);
	for (size_t i = 0; i < COUNT_OF(counts); i++)
		if (get(counts[i].value))
			fprintf(out, "counter     %-32s %llu\n", counts[i].name,
				get(counts[i].value));
}
