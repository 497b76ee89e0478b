/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "app/follow.h"
#include "app/order.h"
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

/* ---- orders -------------------------------------------------------------------------- */

struct configure {
	struct tftp_thread *thread;
	const struct generation *next;
	struct failure *failure;
	enum status status;
};

static void configure(void *arg)
{
	struct configure *c = arg;
	struct tftp_thread *t = c->thread;

	c->status = tftp_configure(t->tftp, c->next->boot, c->next->lan);
	if (c->status != ST_OK)
		return;
	t->now = c->next;
	follow_or_say(t, c->failure);
}

enum status tftp_thread_configure(struct tftp_thread *t, const struct generation *g,
				  struct failure *f)
{
	struct configure c = { .thread = t, .next = g, .failure = f };

	order_give(t->loop, configure, &c);
	return c.status;
}

struct list {
	struct tftp_thread *thread;
	struct bindings *out;
};

static void list(void *arg)
{
	struct list *l = arg;

	*l->out = l->thread->open.open;
}

void tftp_thread_listening(struct tftp_thread *t, struct bindings *out)
{
	order_give(t->loop, list, &(struct list){ t, out });
}

static void end(void *arg)
{
	loop_stop(((struct tftp_thread *)arg)->loop);
}

void tftp_thread_free(struct tftp_thread *t)
{
	if (!t)
		return;
	if (t->running) {
		order_give(t->loop, end, t);
		pthread_join(t->thread, NULL);
	}
	if (t->loop)
		netif_watch_stop(t->loop, &t->netifs);
	tftp_free(t->tftp);
	loop_free(t->loop);
	free(t);
}
