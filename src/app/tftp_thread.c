/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "app/follow.h"
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
	struct followed open;
	struct bindings want;		/* of one following */
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

void tftp_thread_bindings(struct bindings *out, const struct generation *g, const struct loop *l)
{
	out->n = 0;
	if (g->boot->tftp)
		lan_bindings(out, g->lan, l, serves, g->boot);
}

static enum status open_one(void *service, const struct binding *at)
{
	struct tftp_thread *t = service;
	struct udp_want want = { .at = { at->addr, TFTP_PORT },
				 .device = at->device[0] ? at->device : NULL };

	return tftp_listen(t->tftp, &want);
}

static void close_one(void *service, const struct binding *at)
{
	tftp_unlisten(((struct tftp_thread *)service)->tftp, &at->addr);
}

static bool follow_wanted(struct tftp_thread *t, struct follow_failure *out)
{
	static const struct follow_how how = { open_one, close_one };

	tftp_thread_bindings(&t->want, t->now, t->loop);
	return follow(&t->open, &t->want, &how, t, out);
}

static void follow_and_tell(struct tftp_thread *t)
{
	struct follow_failure failure;

	if (!follow_wanted(t, &failure))
		log_error(LOG_TFTP, "failed to create listening socket for %s",
			  follow_failure_text(&failure).s);
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
				     struct lease_hw *leases, struct failure *f)
{
	struct tftp_thread *t = calloc(1, sizeof *t);
	struct follow_failure failure;

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
	tftp_set_find_hw(t->tftp, lease_hw_find, leases);
	if (!follow_wanted(t, &failure)) {
		failure_set(f, EXIT_CODE_NET, "failed to create listening socket for %s",
			    follow_failure_text(&failure).s);
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
