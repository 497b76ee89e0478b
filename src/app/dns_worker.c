/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "app/dns_worker.h"
#include "app/log_gather.h"
#include "app/order.h"
#include "base/must.h"
#include "net/uv_loop.h"

struct dns_worker {
	unsigned number;
	struct loop *loop;
	struct dns *dns;
	struct rng rng;
	pthread_t thread;
	bool running;			/* there is a thread: it waits for data, */
	bool serving;			/* or has some, and only orders reach it */
	sem_t has_data;
	char apart[CACHE_LINE];		/* what it writes is in no other worker's lines */
	struct dns_counts counts;
	char apart_too[CACHE_LINE];
};

/* ---- life ---------------------------------------------------------------------- */

struct dns_worker *dns_worker_open(const struct dns_worker_want *want, unsigned number,
				   struct failure *f)
{
	struct dns_worker *w = calloc(1, sizeof *w);
	struct dns_want engine = {
		.events = want->events, .names = want->names, .tags = want->tags,
		.neighbours = want->neighbours, .cache = want->cache,
		.common = want->common,
	};

	must(w && sem_init(&w->has_data, 0, 0) == 0);
	w->number = number;
	if (loop_new(&w->loop, UV_LOOP_NETLINK) != ST_OK) {
		failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
		dns_worker_free(w);
		return NULL;
	}
	loop_set_door(w->loop, want->door);
	engine.loop = w->loop;
	engine.rng = &w->rng;
	engine.counts = &w->counts;
	w->dns = dns_new(&engine);
	return w;
}

/* What is asked before there are data stays in the sockets. */
static void *run(void *arg)
{
	struct dns_worker *w = arg;
	char name[16];

	snprintf(name, sizeof name, "dns %u", w->number);
	(void)prctl(PR_SET_NAME, name);		/* for top and its like */
	while (sem_wait(&w->has_data) < 0)
		must(errno == EINTR);
	log_gather_begin();
	loop_set_before(w->loop, log_gather_flush);
	if (w->serving)
		loop_run(w->loop);
	log_gather_end();
	return NULL;
}

enum status dns_worker_start(struct dns_worker *w)
{
	w->running = pthread_create(&w->thread, NULL, run, w) == 0;
	return w->running ? ST_OK : ST_SYSTEM;
}

static void end(void *arg)
{
	loop_stop(((struct dns_worker *)arg)->loop);
}

void dns_worker_free(struct dns_worker *w)
{
	if (!w)
		return;
	if (w->serving)
		order_give(w->loop, end, w);
	else
		sem_post(&w->has_data);
	if (w->running)
		pthread_join(w->thread, NULL);
	sem_destroy(&w->has_data);
	dns_free(w->dns);
	loop_free(w->loop);
	free(w);
}

/* ---- orders -------------------------------------------------------------------- */

struct job {
	struct dns_worker *worker;
	const struct dns_data *data;
	enum dns_tells tells;
	const struct binding *at;
	uint16_t port;
	const struct dns_sockets *sockets;
	enum status status;
	int error;
	struct dns_now now;
};

/* Until the thread serves, nobody but the caller is at work here. */
static void give(struct job *j, void (*work)(void *arg))
{
	if (j->worker->serving)
		order_give(j->worker->loop, work, j);
	else
		work(j);
}

static void use(void *arg)
{
	struct job *j = arg;

	dns_set_tells(j->worker->dns, j->tells);
	dns_use(j->worker->dns, j->data);
}

void dns_worker_use(struct dns_worker *w, const struct dns_data *data, enum dns_tells tells)
{
	give(&(struct job){ .worker = w, .data = data, .tells = tells }, use);
	if (w->running && !w->serving) {
		w->serving = true;
		sem_post(&w->has_data);
	}
}

static void begin_listening(void *arg)
{
	struct job *j = arg;

	j->status = dns_listen(j->worker->dns, j->at, j->port, j->sockets);
	j->error = errno;
}

enum status dns_worker_listen(struct dns_worker *w, const struct binding *at, uint16_t port,
			      const struct dns_sockets *sockets)
{
	struct job j = { .worker = w, .at = at, .port = port, .sockets = sockets };

	give(&j, begin_listening);
	errno = j.error;		/* the thread's own */
	return j.status;
}

static void end_listening(void *arg)
{
	struct job *j = arg;

	dns_unlisten(j->worker->dns, j->at);
}

void dns_worker_unlisten(struct dns_worker *w, const struct binding *at)
{
	give(&(struct job){ .worker = w, .at = at }, end_listening);
}

static void tell_now(void *arg)
{
	struct job *j = arg;

	j->now = dns_now(j->worker->dns);
}

struct dns_now dns_worker_now(struct dns_worker *w)
{
	struct job j = { .worker = w };

	give(&j, tell_now);
	return j.now;
}
