/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "app/dns_thread.h"
#include "app/follow.h"
#include "app/log_gather.h"
#include "app/order.h"
#include "app/ports.h"
#include "base/log.h"
#include "base/must.h"
#include "net/uv_loop.h"

struct dns_thread {
	struct loop *loop;
	struct dns *dns;
	struct cache *cache;
	struct dns_counts counts;
	struct dns_counts sum;		/* as last asked for */
	struct dns_common common;
	struct rng rng;
	const struct generation *now;
	uint16_t port;			/* of the sockets that are open */
	struct followed open;
	struct bindings want;		/* of one following */
	struct netif_watch netifs;
	struct failure told;		/* after the last change of interfaces */
	pthread_t thread;
	bool running;			/* there is a thread: it waits for data, */
	bool serving;			/* or has some, and only orders reach it */
	sem_t has_data;
};

/* ---- the sockets ------------------------------------------------------------- */

static enum status open_one(void *service, const struct binding *at)
{
	struct dns_thread *t = service;

	return dns_listen(t->dns, at, t->port, NULL);
}

static void close_one(void *service, const struct binding *at)
{
	dns_unlisten(((struct dns_thread *)service)->dns, at);
}

static bool follow_wanted(struct dns_thread *t, struct follow_failure *out)
{
	static const struct follow_how how = { open_one, close_one };
	static const struct bindings nothing;
	uint16_t port = (uint16_t)t->now->lan->port;

	if (port != t->port && t->open.open.n > 0)
		follow(&t->open, &nothing, &how, t, out);
	t->port = port;
	ports_dns(&t->want, t->now, t->loop);
	return follow(&t->open, &t->want, &how, t, out);
}

/* dnsmasq's sentences: the wildcard's names the port, an address's itself. */
static bool follow_or_say(struct dns_thread *t, struct failure *f)
{
	struct follow_failure failure;
	const char *why;

	if (follow_wanted(t, &failure))
		return true;
	if (!addr_is_any(&failure.at.addr))
		return failure_set(f, EXIT_CODE_NET, "failed to create listening socket for %s",
				   follow_failure_text(&failure).s);
	why = strstr(follow_failure_text(&failure).s, ": ");
	return failure_set(f, EXIT_CODE_NET, "failed to create listening socket for port %u%s",
			   t->port, why ? why : "");
}

static void netifs_changed(struct netif_watch *w)
{
	struct dns_thread *t = container_of(w, struct dns_thread, netifs);
	struct failure f = { .code = EXIT_CODE_OK };

	if (!t->now->lan->bind_dynamic && !t->now->lan->bind_interfaces)
		return;			/* the wildcards serve what comes */
	if (!follow_or_say(t, &f) && strcmp(f.text, t->told.text) != 0)
		log_error(LOG_MAIN, "%s", f.text);
	t->told = f;
}

/* ---- life ---------------------------------------------------------------------- */

static bool make_engine(struct dns_thread *t, struct events *events, struct names *names,
			const struct lease_tags *tags)
{
	struct dns_want want = {
		.loop = t->loop, .rng = &t->rng, .events = events, .names = names,
		.tags = tags,
		.counts = &t->counts, .common = &t->common,
	};

	t->cache = cache_new(t->now->dns->cache_size, 0, &t->counts);
	want.cache = t->cache;
	t->dns = t->cache ? dns_new(&want) : NULL;
	return t->dns != NULL;
}

struct dns_thread *dns_thread_open(const struct generation *g, struct events *events,
				   struct names *names, const struct lease_tags *tags,
				   struct socket_door *door, struct failure *f)
{
	struct dns_thread *t = calloc(1, sizeof *t);

	must(t && sem_init(&t->has_data, 0, 0) == 0);
	t->now = g;
	common_init(&t->common);
	if (loop_new(&t->loop, UV_LOOP_NETLINK) != ST_OK) {
		failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
		goto failed;
	}
	loop_set_door(t->loop, door);
	if (!make_engine(t, events, names, tags)) {
		failure_set(f, EXIT_CODE_MEMORY, "could not get memory");
		goto failed;
	}
	if (!follow_or_say(t, f))
		goto failed;
	t->netifs.changed = netifs_changed;
	netif_watch_start(t->loop, &t->netifs);
	return t;
failed:
	dns_thread_free(t);
	return NULL;
}

/* What is asked before there are data stays in the sockets. */
static void *run(void *arg)
{
	struct dns_thread *t = arg;

	while (sem_wait(&t->has_data) < 0)
		must(errno == EINTR);
	log_gather_begin();
	loop_set_before(t->loop, log_gather_flush);
	if (t->serving)
		loop_run(t->loop);
	log_gather_end();
	return NULL;
}

enum status dns_thread_start(struct dns_thread *t)
{
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	return t->running ? ST_OK : ST_SYSTEM;
}

/* ---- orders ---------------------------------------------------------------------- */

/* Until the thread serves, nobody but the caller is at work here. */
static void give(struct dns_thread *t, void (*work)(void *arg), void *arg)
{
	if (t->serving)
		order_give(t->loop, work, arg);
	else
		work(arg);
}

struct use {
	struct dns_thread *thread;
	const struct dns_data *data;
	enum dns_cached cached;
};

static void use(void *arg)
{
	struct use *u = arg;
	struct dns_thread *t = u->thread;

	cache_resize(t->cache, u->data->conf->cache_size);
	if (u->cached == DNS_CLEAR_CACHED)
		cache_clear(t->cache);
	dns_use(t->dns, u->data);
}

void dns_thread_use(struct dns_thread *t, const struct dns_data *data, enum dns_cached cached)
{
	give(t, use, &(struct use){ t, data, cached });
	if (t->running && !t->serving) {
		t->serving = true;
		sem_post(&t->has_data);
	}
}

struct configure {
	struct dns_thread *thread;
	const struct generation *next;
	struct failure *failure;
};

static void configure(void *arg)
{
	struct configure *c = arg;
	struct dns_thread *t = c->thread;

	t->now = c->next;
	dns_set_tells(t->dns, t->now->app->log_queries ? DNS_TELLS_QUERIES : DNS_TELLS_NOTHING);
	follow_or_say(t, c->failure);
}

void dns_thread_configure(struct dns_thread *t, const struct generation *g, struct failure *f)
{
	give(t, configure, &(struct configure){ t, g, f });
}

struct list {
	struct dns_thread *thread;
	struct bindings *out;
};

static void list(void *arg)
{
	struct list *l = arg;

	*l->out = l->thread->open.open;
}

void dns_thread_listening(struct dns_thread *t, struct bindings *out)
{
	give(t, list, &(struct list){ t, out });
}

struct ask {
	struct dns_thread *thread;
	struct server_stats *out;
	size_t n;
	struct dns_now now;
};

static void ask(void *arg)
{
	struct ask *a = arg;

	a->now = dns_now(a->thread->dns);
	a->n = common_servers(&a->thread->common, a->out, DNS_SERVERS_TOLD);
}

size_t dns_thread_servers(struct dns_thread *t, struct server_stats out[DNS_SERVERS_TOLD],
			  struct dns_now *out_now)
{
	struct ask a = { .thread = t, .out = out };

	give(t, ask, &a);
	*out_now = a.now;
	return a.n;
}

const struct dns_counts *dns_thread_counts(struct dns_thread *t)
{
	common_counts(&t->common, &t->sum);
	return &t->sum;
}

static void end(void *arg)
{
	loop_stop(((struct dns_thread *)arg)->loop);
}

void dns_thread_free(struct dns_thread *t)
{
	if (!t)
		return;
	if (t->serving)
		order_give(t->loop, end, t);
	else
		sem_post(&t->has_data);
	if (t->running)
		pthread_join(t->thread, NULL);
	sem_destroy(&t->has_data);
	if (t->loop)
		netif_watch_stop(t->loop, &t->netifs);
	dns_free(t->dns);
	cache_free(t->cache);
	common_done(&t->common);
	loop_free(t->loop);
	free(t);
}
