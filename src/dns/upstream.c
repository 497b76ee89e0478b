/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/forward_private.h"

/* ---- servers --------------------------------------------------------------------------- */

static bool endpoint_eq(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && addr_eq(&a->addr, &b->addr);
}

static bool text_eq(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool is_same(const struct dns_server *a, const struct dns_server *b)
{
	return endpoint_eq(&a->at, &b->at) && endpoint_eq(&a->source, &b->source) &&
	       text_eq(a->interface, b->interface) && strcmp(a->scope, b->scope) == 0;
}

static struct upstream **bucket_of(const struct forward *f, const struct dns_server *s)
{
	const struct span bytes = addr_bytes(&s->at.addr);
	uint32_t h = s->at.port;

	for (size_t i = 0; i < bytes.n; i++)
		h = h * 31 + bytes.p[i];
	return &f->upstream_bucket[(h * 2654435761u) >> 20 & (FORWARD_BUCKETS - 1)];
}

static struct upstream *upstream_find(struct forward *f, const struct dns_server *s)
{
	struct upstream *u = *bucket_of(f, s);

	while (u && !is_same(&u->server, s))
		u = u->chain;
	return u;
}

static struct upstream *upstream_of(struct forward *f, const struct dns_server *s)
{
	struct upstream *u = upstream_find(f, s);

	if (u || (s->interface && strlen(s->interface) >= sizeof u->interface))
		return u;
	u = calloc(1, sizeof *u);
	if (!u)
		return NULL;
	u->server = *s;
	u->server.host = NULL;
	u->server.interface = NULL;
	if (s->interface) {
		memcpy(u->interface, s->interface, strlen(s->interface) + 1);
		u->server.interface = u->interface;
	}
	pthread_mutex_lock(&f->servers_lock);
	u->next = f->upstreams;
	f->upstreams = u;
	u->chain = *bucket_of(f, s);
	*bucket_of(f, s) = u;
	pthread_mutex_unlock(&f->servers_lock);
	f->upstreams_n++;
	return u;
}

/* The one that *at leads to. */
static void upstream_remove(struct forward *f, struct upstream **at)
{
	struct upstream *u = *at, **chain = bucket_of(f, &u->server);

	pthread_mutex_lock(&f->servers_lock);
	*at = u->next;
	pthread_mutex_unlock(&f->servers_lock);
	while (*chain != u)
		chain = &(*chain)->chain;
	*chain = u->chain;
	f->upstreams_n--;
	upstream_tcp_drop(u);
	pool_free(u->pool);
	free(u);
}

/* Figures of servers that no list has any more are kept, but not for ever. */
static void drop_unused(struct forward *f)
{
	struct upstream **at = &f->upstreams;

	while (*at && f->upstreams_n > UPSTREAMS_MAX) {
		if ((*at)->groups)
			at = &(*at)->next;
		else
			upstream_remove(f, at);
	}
}

/* ---- where they are asked from ------------------------------------------------------------ */

static bool is_bound(const struct upstream *u)
{
	return u->server.interface || addr_is_set(&u->server.source.addr) ||
	       u->server.source.port;
}

static struct pool_want pool_want_of(const struct forward *f, const struct upstream *u)
{
	const struct dns_server *s = &u->server;
	bool own_port = s->source.port != 0;
	struct pool_want want = {
		.loop = f->want.loop, .rng = f->want.rng, .received = forward_received,
		.arg = (void *)f,
		.sockets = is_bound(u) ? POOL_SOCKETS_BOUND : POOL_SOCKETS,
		.from = { .family = s->at.addr.family },
		.fixed = own_port || f->fixed_port,
		.port_min = own_port ? s->source.port : f->port_min,
		.port_max = own_port ? s->source.port : f->port_max,
	};

	if (s->source.addr.family == s->at.addr.family)
		want.from = s->source.addr;
	memcpy(want.device, u->interface, sizeof want.device);
	return want;
}

struct pool *upstream_pool(struct forward *f, struct upstream *u)
{
	struct pool **p = is_bound(u) ? &u->pool
				      : &f->pool[u->server.at.addr.family == ADDR_IP6];
	struct pool_want want;

	if (!*p) {
		want = pool_want_of(f, u);
		*p = pool_new(&want);
	}
	return *p;
}

void upstream_set_ports(struct forward *f)
{
	for (size_t i = 0; i < COUNT_OF(f->pool); i++)
		if (f->pool[i])
			pool_set_ports(f->pool[i], f->fixed_port, f->port_min, f->port_max);
	for (struct upstream *u = f->upstreams; u; u = u->next)
		if (u->pool && !u->server.source.port)
			pool_set_ports(u->pool, f->fixed_port, f->port_min, f->port_max);
}

/* ---- lists ---------------------------------------------------------------------------------- */

static bool can_be_asked(const struct forward *f, const struct dns_server *s)
{
	const struct forward_want *w = &f->want;

	return s && addr_is_set(&s->at.addr) && s->at.port != 0 &&
	       !(w->ours && w->ours(w->arg, &s->at)) && !(w->left_out && w->left_out(w->arg, s));
}

static bool group_has(const struct group *g, const struct upstream *u)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->server[i].to == u)
			return true;
	return false;
}

static void group_add(struct forward *f, struct group *g, const struct dns_server *s)
{
	struct upstream *u = can_be_asked(f, s) ? upstream_of(f, s) : NULL;

	if (!u || group_has(g, u))
		return;
	g->server[g->n++] = (struct member){ u, NOT_TIMED };
	u->groups++;
}

static void group_free(struct forward *f, struct group *g)
{
	for (size_t i = 0; i < g->n; i++)
		g->server[i].to->groups--;
	if (g->quota)
		common_list_leave(f->want.common, g->quota);
	free(g);
}

static struct group **group_bucket(const struct forward *f, unsigned id)
{
	return &f->group_bucket[id & (FORWARD_BUCKETS - 1)];
}

static struct group *group_new(struct forward *f, const struct rule_servers *servers)
{
	size_t n = servers->n < GROUP_SERVERS_MAX ? servers->n : GROUP_SERVERS_MAX;
	struct group *g = calloc(1, sizeof *g + n * sizeof *g->server);

	if (!g)
		return NULL;
	g->id = servers->id;
	for (size_t i = 0; i < servers->n && g->n < n; i++)
		group_add(f, g, servers->rule[i]->server);
	g->quota = common_list(f->want.common, servers->rule, servers->id);
	if (g->n == 0 || !g->quota) {
		group_free(f, g);
		return NULL;
	}
	g->chain = *group_bucket(f, g->id);
	*group_bucket(f, g->id) = g;
	return g;
}

struct group *group_of(struct forward *f, const struct rule_servers *servers)
{
	struct group *g = *group_bucket(f, servers->id);

	while (g && g->id != servers->id)
		g = g->chain;
	return g ? g : group_new(f, servers);
}

/* dns-forward-max for each list, and twice as many in all. */
bool group_enter(struct forward *f, struct group *g)
{
	struct dns_quota *all = &f->want.common->flights;

	if (!quota_take(g->quota, f->forward_max))
		return false;
	if (!quota_take(all, 2 * f->forward_max)) {
		quota_give(g->quota);
		return false;
	}
	g->users++;
	return true;
}

void group_landed(struct forward *f, struct group *g)
{
	quota_give(g->quota);
	quota_give(&f->want.common->flights);
}

void group_leave(struct forward *f, struct group *g)
{
	if (--g->users == 0 && g->orphan)
		group_free(f, g);
}

/* Those that are used still go with the last who uses them. */
void groups_orphan(struct forward *f)
{
	for (size_t i = 0; i < FORWARD_BUCKETS; i++)
		while (f->group_bucket[i]) {
			struct group *g = f->group_bucket[i];

			f->group_bucket[i] = g->chain;
			g->orphan = true;
			g->users++;
			group_leave(f, g);
		}
	drop_unused(f);
}

void upstreams_free(struct forward *f)
{
	groups_orphan(f);
	while (f->upstreams)
		upstream_remove(f, &f->upstreams);
}
