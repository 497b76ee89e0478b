/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

#include "app/follow.h"
#include "app/ports.h"
#include "app/tftp_thread.h"
#include "base/log.h"
#include "base/must.h"
#include "boot/tftp.h"
#include "net/uv_loop.h"
#include "wire/tftp.h"

struct tftp_thread {
	struct loop *loop;
	struct tftp *tftp;
	const struct generation *now;
	struct followed open;
	struct bindings want;		/* of one following */
	struct netif_watch netifs;
	struct failure told;		/* after the last change of interfaces */
	pthread_t thread;
	bool running;
};

/* ---- the sockets ------------------------------------------------------------- */

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

	ports_tftp(&t->want, t->now, t->loop);
	return follow(&t->open, &t->want, &how, t, out);
}

static bool follow_or_say(struct tftp_thread *t, struct failure *f)
{
	struct follow_failure failure;

	return follow_wanted(t, &failure) ||
	       failure_set(f, EXIT_CODE_NET, "failed to create listening socket for %s",
			   follow_failure_text(&failure).s);
}

static void netifs_changed(struct netif_watch *w)
{
	struct tftp_thread *t = container_of(w, struct tftp_thread, netifs);
	struct failure f = { .code = EXIT_CODE_OK };

	if (!t->now->lan->bind_dynamic)
		return;
	if (!follow_or_say(t, &f) && strcmp(f.text, t->told.text) != 0)
		log_error(LOG_TFTP, "%s", f.text);
	t->told = f;
}

/* ---- life ---------------------------------------------------------------------- */

struct tftp_thread *tftp_thread_open(const struct generation *g, struct files *files,
				     struct events *events, struct counters *counters,
				     struct lease_hw *leases, struct socket_door *door,
				     struct failure *f)
{
	struct tftp_thread *t = calloc(1, sizeof *t);

	must(t);
	t->now = g;
	if (loop_new(&t->loop, UV_LOOP_NETLINK) != ST_OK) {
		failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
		goto failed;
	}
	loop_set_door(t->loop, door);
	t->tftp = tftp_new(t->loop, files, events, counters);
	if (!t->tftp || tftp_configure(t->tftp, g->boot, g->lan) != ST_OK) {
		failure_set(f, EXIT_CODE_MEMORY, "could not get memory");
		goto failed;
	}
	tftp_set_find_hw(t->tftp, lease_hw_find, leases);
	if (!follow_or_say(t, f))
		goto failed;
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
	void (*obey)(struct order *o);	/* on its own thread */
	const struct generation *next;
	struct failure *failure;
	struct bindings *listening;
	enum status status;
	sem_t done;
};

static void obey(struct loop_message *m)
{
	struct order *o = container_of(m, struct order, message);

	o->obey(o);
	sem_post(&o->done);
}

static void give(struct tftp_thread *t, struct order *o)
{
	o->message.run = obey;
	o->thread = t;
	must(sem_init(&o->done, 0, 0) == 0);
	loop_post(t->loop, &o->message);
	while (sem_wait(&o->done) < 0)
		must(errno == EINTR);
	sem_destroy(&o->done);
}

static void configure(struct order *o)
{
	struct tftp_thread *t = o->thread;

	o->status = tftp_configure(t->tftp, o->next->boot, o->next->lan);
	if (o->status != ST_OK)
		return;
	t->now = o->next;
	follow_or_say(t, o->failure);
}

enum status tftp_thread_configure(struct tftp_thread *t, const struct generation *g,
				  struct failure *f)
{
	struct order o = { .obey = configure, .next = g, .failure = f };

	give(t, &o);
	return o.status;
}

static void list(struct order *o)
{
	*o->listening = o->thread->open.open;
}

void tftp_thread_listening(struct tftp_thread *t, struct bindings *out)
{
	struct order o = { .obey = list, .listening = out };

	give(t, &o);
}

static void end(struct order *o)
{
	loop_stop(o->thread->loop);
}

void tftp_thread_free(struct tftp_thread *t)
{
	if (!t)
		return;
	if (t->running) {
		give(t, &(struct order){ .obey = end });
		pthread_join(t->thread, NULL);
	}
	if (t->loop)
		netif_watch_stop(t->loop, &t->netifs);
	tftp_free(t->tftp);
	loop_free(t->loop);
	free(t);
}
