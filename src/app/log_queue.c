/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "app/log_queue.h"

/* One a process, as the log is. */
static struct {
	struct log_entry *ring;
	unsigned size, first, n;
	unsigned lost;			/* since the writer last asked */
	bool running, ending;
	void (*write)(const struct log_entry *e);
	void (*tell_lost)(time_t at, unsigned n);
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled;
} queue = { .lock = PTHREAD_MUTEX_INITIALIZER, .filled = PTHREAD_COND_INITIALIZER };

/* As much of it as its text has. */
static void copy(struct log_entry *to, const struct log_entry *from)
{
	memcpy(to, from, offsetof(struct log_entry, text) + strlen(from->text) + 1);
}

static void put(const struct log_entry *e)
{
	if (queue.n == queue.size)
		queue.lost++;
	else
		copy(&queue.ring[(queue.first + queue.n++) % queue.size], e);
}

bool log_queue_put(const struct log_entry *e)
{
	bool taken;

	pthread_mutex_lock(&queue.lock);
	taken = queue.running;
	if (taken)
		put(e);
	pthread_mutex_unlock(&queue.lock);
	if (taken)
		pthread_cond_signal(&queue.filled);
	return taken;
}

/* The next entry that waits; false when there is none and never will be. */
static bool take(struct log_entry *out, unsigned *out_lost)
{
	bool got;

	pthread_mutex_lock(&queue.lock);
	while (queue.n == 0 && !queue.ending)
		pthread_cond_wait(&queue.filled, &queue.lock);
	got = queue.n > 0;
	if (got) {
		copy(out, &queue.ring[queue.first]);
		queue.first = (queue.first + 1) % queue.size;
		queue.n--;
	}
	*out_lost = queue.lost;
	queue.lost = 0;
	pthread_mutex_unlock(&queue.lock);
	return got;
}

static void *run(void *arg)
{
	static struct log_entry e;	/* of this one thread */
	unsigned lost;

	(void)arg;
	while (take(&e, &lost)) {
		queue.write(&e);
		if (lost > 0)
			queue.tell_lost(e.at, lost);
	}
	return NULL;
}

bool log_queue_start(unsigned entries, void (*write)(const struct log_entry *e),
		     void (*lost)(time_t at, unsigned n))
{
	if (queue.running)
		return false;
	queue.ring = calloc(entries, sizeof *queue.ring);
	if (!queue.ring)
		return false;
	queue.size = entries;
	queue.first = queue.n = queue.lost = 0;
	queue.write = write;
	queue.tell_lost = lost;
	queue.ending = false;
	queue.running = pthread_create(&queue.thread, NULL, run, NULL) == 0;
	return queue.running;
}

void log_queue_stop(void)
{
	if (!queue.running)
		return;
	pthread_mutex_lock(&queue.lock);
	queue.ending = true;
	queue.running = false;
	pthread_cond_signal(&queue.filled);
	pthread_mutex_unlock(&queue.lock);
	pthread_join(queue.thread, NULL);
	free(queue.ring);
	queue.ring = NULL;
}
