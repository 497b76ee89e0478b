/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "app/listeners.h"
#include "app/tftp_thread.h"
#include "base/log.h"
#include "base/must.h"
#include "boot/tftp.h"
#include "net/uv_loop.h"

#define TFTP_PORT 69

struct tftp_thread {
	struct loop *loop;
	struct tftp *tftp;
	const struct generation *now;
	struct listeners open;
	struct netif_watch netifs;
	pthread_t thread;
	bool running;
};

/* ---- the sockets ------------------------------------------------------------- */

static bool serves(const void *service, const struct lan_conf *lan, const struct netif *n,
		   const struct addr *to)
{
	return boot_serves_tftp(service, lan, n, to);
}

static enum status listen_on(struct tftp_thread *t, const struct listener *l)
{
	struct udp_want want = { .at = { l->addr, TFTP_PORT },
				 .device = l->device[0] ? l->device : NULL };

	return tftp_listen(t->tftp, &want);
}

/* What a status of udp_open means to the operator. */
static const char *reason_of(enum status s)
{
	static const struct { enum status s; int error; } errors[] = {
		{ ST_TAKEN, EADDRINUSE }, { ST_UNKNOWN, EADDRNOTAVAIL },
		{ ST_REFUSED, EACCES },	  { ST_FULL, ENOMEM },
	};

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (errors[i].s == s)
			return strerror(errors[i].error);
	return strerror(errno);
}

/* A machine without IPv6 has no wildcard of it. */
static bool may_be_missing(const struct listener *l, enum status s)
{
	return s == ST_UNKNOWN && l->addr.family == ADDR_IP6 && addr_is_any(&l->addr);
}

static void close_unwanted(struct tftp_thread *t, const struct listeners *want)
{
	for (size_t i = 0; i < t->open.n; i++)
		if (!listeners_have(want, &t->open.at[i]))
			tftp_unlisten(t->tftp, &t->open.at[i].addr);
}

/* Opens what is wanted and not open yet; false at the first that fails, with *out_at. */
static bool follow(struct tftp_thread *t, struct listener *out_at, enum status *out_status)
{
	static const struct listeners none;
	struct listeners *want = malloc(sizeof *want), open = { .n = 0 };
	bool all = true;

	must(want);
	*want = none;
	if (t->now->boot->tftp)
		listeners_want(want, t->now->lan, t->loop, serves, t->now->boot);
	close_unwanted(t, want);
	for (size_t i = 0; i < want->n; i++) {
		const struct listener *one = &want->at[i];
		enum status s = listeners_have(&t->open, one) ? ST_OK : listen_on(t, one);

		if (s == ST_OK) {
			open.at[open.n++] = *one;
		} else if (!may_be_missing(one, s)) {
			*out_at = *one;
			*out_status = s;
			all = false;
		}
	}
	t->open = open;
	free(want);
	return all;
}

static void follow_and_tell(struct tftp_thread *t)
{
	struct listener at;
	enum status s;

	if (!follow(t, &at, &s))
		log_error(LOG_TFTP, "failed to create listening socket for %s: %s",
			  addr_text(&at.addr).s, reason_of(s));
}

static void netifs_changed(struct netif_watch *w)
{
	struct tftp_thread *t = container_of(w, struct tftp_thread, netifs);

	if (t->now->lan->bind_dynamic)
		follow_and_tell(t);
}

/* ---- life ---------------------------------------------------------------------- */

struct tftp_thread *tftp_thread_open(const struct generation *g, struct files *files,
				     struct events *events, struct counters *counters,
				     struct failure *f)
{
	struct tftp_thread *t = calloc(1, sizeof *t);
	struct listener at;
	enum status s;

	must(t);
	t->now = g;
	if (loop_new(&t->loop, UV_LOOP_NETLINK) != ST_OK) {
		failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
		goto failed;
	}
	t->tftp = tftp_new(t->loop, files, events, counters);
	if (!t->tftp || tftp_configure(t->tftp, g->boot, g->lan) != ST_OK) {
		failure_set(f, EXIT_CODE_MEMORY, "could not get memory");
		goto failed;
	}
	if (!follow(t, &at, &s)) {
		failure_set(f, EXIT_CODE_NET, "failed to create listening socket for %s: %s",
			    addr_text(&at.addr).s, reason_of(s));
		goto failed;
	}
	t->netifs.changed = netifs_changed;
	netif_watch_start(t->loop, &t->netifs);
	return t;
failed:
	tftp_thread_free(t);
	return NULL;
}

static void *run(void *arg)
{
	struct tftp_thread *t = arg;

	loop_run(t->loop);
	return NULL;
}

enum status tftp_thread_start(struct tftp_thread *t)
{
	t->running = pthread_create(&t->thread, NULL, run, t) == 0;
	return t->running ? ST_OK : ST_SYSTEM;
}

/* ---- messages -------------------------------------------------------------------- */

struct order {
	struct loop_message message;
	struct tftp_thread *thread;
	const struct generation *next;	/* NULL: end */
	enum status status;
	sem_t done;
};

static void obey(struct loop_message *m)
{
	struct order *o = container_of(m, struct order, message);
	struct tftp_thread *t = o->thread;

	if (!o->next) {
		loop_stop(t->loop);
	} else {
		o->status = tftp_configure(t->tftp, o->next->boot, o->next->lan);
		if (o->status == ST_OK) {
			t->now = o->next;
			follow_and_tell(t);
		}
	}
	sem_post(&o->done);
}

static enum status give(struct tftp_thread *t, const struct generation *next)
{
	struct order o = { .message = { .run = obey }, .thread = t, .next = next };

	must(sem_init(&o.done, 0, 0) == 0);
	loop_post(t->loop, &o.message);
	while (sem_wait(&o.done) < 0)
		must(errno == EINTR);
	sem_destroy(&o.done);
	return o.status;
}

enum status tftp_thread_configure(struct tftp_thread *t, const struct generation *g)
{
	return give(t, g);
}

void tftp_thread_free(struct tftp_thread *t)
{
	if (!t)
		return;
	if (t->running) {
		must(give(t, NULL) == ST_OK);
		pthread_join(t->thread, NULL);
	}
	if (t->loop)
		netif_watch_stop(t->loop, &t->netifs);
	tftp_free(t->tftp);
	loop_free(t->loop);
	free(t);
}
