/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include "app/dns_sockets.h"
#include "app/dns_workers.h"
#include "app/follow.h"
#include "app/ports.h"
#include "base/log.h"
#include "base/must.h"

#define WORKERS_UNASKED 4		/* more only where somebody says so */

struct dns_workers {
	struct dns_workers_want want;
	const struct generation *now;
	struct dns_worker *worker[DNS_WORKERS_MAX];
	size_t n;
	size_t listening;		/* the first so many have sockets */
	uint16_t port;			/* of the sockets that are open */
	struct followed open;
	struct bindings wanted;		/* of one following */
	struct netif_watch netifs;
	struct failure told;		/* after the last change of interfaces */
	struct cache *cache;
	uint32_t cache_size;
	struct dns_counts cache_counts, sum;
	struct dns_common common;
};

/* ---- the sockets ------------------------------------------------------------- */

static void close_one(void *service, const struct binding *at)
{
	struct dns_workers *ws = service;

	for (size_t i = 0; i < ws->n; i++)
		dns_worker_unlisten(ws->worker[i], at);
}

/* A pair to each; those that one cannot have are closed with the rest. */
static enum status deal_out(struct dns_workers *ws, const struct binding *at,
			    struct dns_sockets *sockets)
{
	enum status s = ST_OK;
	size_t i;
	int error;

	for (i = 0; s == ST_OK && i < ws->listening; i++)
		s = dns_worker_listen(ws->worker[i], at, ws->port, &sockets[i]);
	if (s == ST_OK)
		return s;
	error = errno;
	dns_sockets_close(sockets + i, ws->listening - i);
	close_one(ws, at);
	errno = error;
	return s;
}

static enum status open_one(void *service, const struct binding *at)
{
	struct dns_sockets sockets[DNS_WORKERS_MAX];
	struct dns_workers *ws = service;
	enum status s = dns_sockets_open(ws->want.loop, at, ws->port, ws->listening, sockets);

	return s == ST_OK ? deal_out(ws, at, sockets) : s;
}

static const struct follow_how how = { open_one, close_one };

static void close_all(struct dns_workers *ws)
{
	static const struct bindings nothing;
	struct follow_failure none;

	follow(&ws->open, &nothing, &how, ws, &none);
}

/* dnsmasq's sentences: the wildcard's names the port, an address's itself. */
static bool follow_or_say(struct dns_workers *ws, struct failure *f)
{
	struct follow_failure failure;
	const char *why;

	ports_dns(&ws->wanted, ws->now, ws->want.loop);
	if (follow(&ws->open, &ws->wanted, &how, ws, &failure))
		return true;
	if (!addr_is_any(&failure.at.addr))
		return failure_set(f, EXIT_CODE_NET, "failed to create listening socket for %s",
				   follow_failure_text(&failure).s);
	why = strstr(follow_failure_text(&failure).s, ": ");
	return failure_set(f, EXIT_CODE_NET, "failed to create listening socket for port %u%s",
			   ws->port, why ? why : "");
}

/* Those of another port, or of another number of workers, have nothing in common with these. */
static bool follow_anew(struct dns_workers *ws, size_t most, struct failure *f)
{
	uint16_t port = (uint16_t)ws->now->lan->port;
	size_t listening = most < ws->n ? most : ws->n;

	if (port != ws->port || listening != ws->listening)
		close_all(ws);
	ws->port = port;
	ws->listening = listening;
	return follow_or_say(ws, f);
}

static void netifs_changed(struct netif_watch *w)
{
	struct dns_workers *ws = container_of(w, struct dns_workers, netifs);
	struct failure f = { .code = EXIT_CODE_OK };

	if (!ws->now->lan->bind_dynamic && !ws->now->lan->bind_interfaces)
		return;			/* the wildcards serve what comes */
	if (!follow_or_say(ws, &f) && strcmp(f.text, ws->told.text) != 0)
		log_error(LOG_MAIN, "%s", f.text);
	ws->told = f;
}

/* ---- life ---------------------------------------------------------------------- */

/* Cores that this process may run on. */
static size_t cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;		/* more of them than the set holds: say dns-workers */
	return (size_t)CPU_COUNT(&set);
}

static size_t workers_for(const struct dns_conf *c)
{
	size_t n = cores();

	if (c->workers)
		return c->workers;
	return n < WORKERS_UNASKED ? n : WORKERS_UNASKED;
}

static bool open_workers(struct dns_workers *ws, struct failure *f)
{
	const struct dns_worker_want want = {
		.events = ws->want.events, .names = ws->want.names, .tags = ws->want.tags,
		.neighbours = ws->want.neighbours,
		.cache = ws->cache,
		.common = &ws->common, .door = ws->want.door,
	};
	size_t n = workers_for(ws->now->dns);

	while (ws->n < n) {
		ws->worker[ws->n] = dns_worker_open(&want, (unsigned)ws->n + 1, f);
		if (!ws->worker[ws->n])
			return false;
		ws->n++;
	}
	return true;
}

struct dns_workers *dns_workers_open(const struct dns_workers_want *want,
				     const struct generation *g, struct failure *f)
{
	struct dns_workers *ws = calloc(1, sizeof *ws);

	must(ws);
	ws->want = *want;
	ws->now = g;
	common_init(&ws->common);
	ws->cache_size = g->dns->cache_size;
	ws->cache = cache_new(ws->cache_size, 0, &ws->cache_counts);
	common_join(&ws->common, &ws->cache_counts, NULL);
	if (!open_workers(ws, f) || !follow_anew(ws, dns_data_workers(g->dns, NULL), f)) {
		dns_workers_free(ws);
		return NULL;
	}
	ws->netifs.changed = netifs_changed;
	netif_watch_start(want->loop, &ws->netifs);
	return ws;
}

enum status dns_workers_start(struct dns_workers *ws)
{
	enum status s = ST_OK;

	for (size_t i = 0; s == ST_OK && i < ws->n; i++)
		s = dns_worker_start(ws->worker[i]);
	return s;
}

void dns_workers_free(struct dns_workers *ws)
{
	if (!ws)
		return;
	netif_watch_stop(ws->want.loop, &ws->netifs);
	for (size_t i = 0; i < ws->n; i++)
		dns_worker_free(ws->worker[i]);
	cache_free(ws->cache);
	common_leave(&ws->common, &ws->cache_counts);
	common_done(&ws->common);
	free(ws);
}

/* ---- serving ------------------------------------------------------------------- */

void dns_workers_use(struct dns_workers *ws, const struct generation *g,
		     const struct dns_data *data, struct failure *f)
{
	enum dns_tells tells = !g->app->log_queries       ? DNS_TELLS_NOTHING
			       : g->app->log_queries_auth ? DNS_TELLS_STRANGERS
							  : DNS_TELLS_QUERIES;

	ws->now = g;
	if (g->dns->cache_size != ws->cache_size)
		cache_resize(ws->cache, g->dns->cache_size);
	ws->cache_size = g->dns->cache_size;
	for (size_t i = 0; i < ws->n; i++)
		dns_worker_use(ws->worker[i], data, tells);
	follow_anew(ws, data->workers, f);
}

struct cache *dns_workers_cache(struct dns_workers *ws)
{
	return ws->cache;
}

void dns_workers_clear_cache(struct dns_workers *ws)
{
	cache_clear(ws->cache);
}

/* ---- what is told of them ------------------------------------------------------ */

size_t dns_workers_count(const struct dns_workers *ws)
{
	return ws->listening;
}

const struct bindings *dns_workers_listening(const struct dns_workers *ws)
{
	return &ws->open.open;
}

const struct dns_counts *dns_workers_counts(struct dns_workers *ws)
{
	common_counts(&ws->common, &ws->sum);
	return &ws->sum;
}

struct dns_now dns_workers_now(struct dns_workers *ws)
{
	struct dns_now sum = { 0 };

	for (size_t i = 0; i < ws->n; i++) {
		struct dns_now one = dns_worker_now(ws->worker[i]);

		sum.waiting += one.waiting;
		sum.connections += one.connections;
	}
	return sum;
}

size_t dns_workers_servers(struct dns_workers *ws, struct server_stats out[DNS_SERVERS_TOLD])
{
	return common_servers(&ws->common, out, DNS_SERVERS_TOLD);
}
