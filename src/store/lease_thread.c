/* SPDX-License-Identifier: ISC */
#include <signal.h>

#include "base/must.h"
#include "store/lease_thread.h"

static void wait_until(struct lease_thread *t, int64_t wake_ms)
{
	struct timespec at = { (time_t)(wake_ms / 1000), (long)(wake_ms % 1000 * 1000000) };

	if (wake_ms == INT64_MAX)
		pthread_cond_wait(&t->more, &t->lock);
	else
		pthread_cond_timedwait(&t->more, &t->lock, &at);
}

/* Whatever there is by now, at once; a group never waits to be filled. */
static struct lease_item *take_all(struct lease_thread *t, bool *out_stop)
{
	int64_t wake_ms = lease_writer_wake_ms(t->writer);
	struct lease_item *items;

	pthread_mutex_lock(&t->lock);
	while (!t->first && !t->stopping && lease_clock_ms() < wake_ms)
		wait_until(t, wake_ms);
	items = t->first;
	t->first = NULL;
	t->end = &t->first;
	*out_stop = t->stopping && !items;
	pthread_mutex_unlock(&t->lock);
	return items;
}

static void *work(void *own)
{
	struct lease_thread *t = own;
	bool stop = false;

	while (!stop) {
		struct lease_item *items = take_all(t, &stop);

		if (!stop)
			lease_writer_turn(t->writer, items, lease_clock_ms());
	}
	return NULL;
}

enum status lease_thread_start(struct lease_thread *t, struct lease_writer *w)
{
	pthread_condattr_t clock;
	sigset_t all, before;
	int rc;

	*t = (struct lease_thread){ .writer = w, .end = &t->first };
	must(pthread_mutex_init(&t->lock, NULL) == 0);
	must(pthread_condattr_init(&clock) == 0);
	must(pthread_condattr_setclock(&clock, CLOCK_MONOTONIC) == 0);
	must(pthread_cond_init(&t->more, &clock) == 0);
	pthread_condattr_destroy(&clock);
	sigfillset(&all);		/* signals are for the control loop */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&t->id, NULL, work, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	t->running = rc == 0;
	return rc == 0 ? ST_OK : ST_SYSTEM;
}

void lease_thread_give(struct lease_thread *t, struct lease_item *item)
{
	item->next = NULL;
	pthread_mutex_lock(&t->lock);
	*t->end = item;
	t->end = &item->next;
	pthread_cond_signal(&t->more);
	pthread_mutex_unlock(&t->lock);
}

void lease_thread_stop(struct lease_thread *t)
{
	if (!t->running)
		return;
	pthread_mutex_lock(&t->lock);
	t->stopping = true;
	pthread_cond_signal(&t->more);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->id, NULL);
	t->running = false;
	pthread_cond_destroy(&t->more);
	pthread_mutex_destroy(&t->lock);
}
