/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>

#include "app/reader.h"
#include "base/must.h"
#include "conf/look_up.h"
#include "conf/source.h"

struct reader {
	struct conf_files files;
	struct conf_files *inner;
	struct loop *loop;
	struct reader_job *first, *last;	/* that wait */
	struct reader_job *now;		/* under way; NULL: none */
	struct loop_message worked;
	_Atomic bool broke, ends;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t has_work;
	bool works;			/* `now` is the thread's; under the lock */
};

/* ---- files ----------------------------------------------------------------------- */

static struct reader *reader_of(const struct conf_files *f)
{
	return container_of((struct conf_files *)f, struct reader, files);
}

static int open_file(struct conf_files *f, const char *path, int flags)
{
	if (!source_ends(f))
		return source_open(reader_of(f)->inner, path, flags);
	errno = ECANCELED;
	return -1;
}

static void look_up_host(struct conf_files *f, const char *host, enum addr_family family,
			 struct looked_up *out)
{
	if (source_ends(f))
		*out = (struct looked_up){ .failed = true, .why = "the server ends" };
	else
		look_up(reader_of(f)->inner, host, family, out);
}

static int run_command(struct conf_files *f, const char *command, int *out_status)
{
	struct conf_files *inner = reader_of(f)->inner;

	errno = source_ends(f) ? ECANCELED : EPERM;
	return !source_ends(f) && inner && inner->run ? inner->run(inner, command, out_status) : -1;
}

static bool reading_ends(const struct conf_files *f)
{
	return atomic_load_explicit(&reader_of(f)->ends, memory_order_relaxed);
}

static void file_broke(struct conf_files *f)
{
	atomic_store(&reader_of(f)->broke, true);
}

struct conf_files *reader_files(struct reader *r)
{
	return &r->files;
}

bool reader_broke(const struct reader *r)
{
	return atomic_load(&r->broke);
}

/* ---- the thread --------------------------------------------------------------------- */

static bool wait_for_work(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	while (!r->works && !atomic_load(&r->ends))
		pthread_cond_wait(&r->has_work, &r->lock);
	pthread_mutex_unlock(&r->lock);
	return !atomic_load(&r->ends);
}

static void *run(void *arg)
{
	struct reader *r = arg;

	(void)prctl(PR_SET_NAME, "reader");	/* for top and its like */
	while (wait_for_work(r)) {
		r->now->work(r->now);
		r->works = false;		/* nobody else looks before the message is there */
		loop_post(r->loop, &r->worked);
	}
	return NULL;
}

static void give_work(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	r->works = true;
	pthread_cond_signal(&r->has_work);
	pthread_mutex_unlock(&r->lock);
}

/* ---- jobs ------------------------------------------------------------------------------ */

static void begin(struct reader *r, struct reader_job *j)
{
	r->now = j;
	j->worked = 0;
	atomic_store(&r->broke, false);
}

static struct reader_job *take_first(struct reader *r)
{
	struct reader_job *j = r->first;

	if (!j)
		return NULL;
	r->first = j->after;
	if (!r->first)
		r->last = NULL;
	j->waits = false;
	return j;
}

static void begin_first(struct reader *r)
{
	struct reader_job *j = take_first(r);

	if (j)
		begin(r, j);
	else
		r->now = NULL;
}

/* Steps of the loop, until there is work. */
static void go_on(struct reader *r)
{
	while (r->now && !r->now->next(r->now))
		begin_first(r);
	if (r->now)
		give_work(r);
}

static void has_worked(struct loop_message *m)
{
	struct reader *r = container_of(m, struct reader, worked);

	r->now->worked++;
	go_on(r);
}

void reader_ask(struct reader *r, struct reader_job *j)
{
	if (j->waits)
		return;
	if (!r->now) {
		begin(r, j);
		go_on(r);
		return;
	}
	j->waits = true;
	j->after = NULL;
	*(r->last ? &r->last->after : &r->first) = j;
	r->last = j;
}

void reader_do(struct reader *r, struct reader_job *j)
{
	begin(r, j);
	for (; j->next(j); j->worked++)
		j->work(j);
	begin_first(r);
	go_on(r);
}

/* ---- life ---------------------------------------------------------------------------------- */

struct reader *reader_new(struct loop *l, struct conf_files *files)
{
	struct reader *r = calloc(1, sizeof *r);

	must(r);
	r->files = (struct conf_files){ .open = open_file, .look_up = look_up_host,
				       .run = run_command, .ends = reading_ends,
				       .broke = file_broke };
	r->inner = files;
	r->loop = l;
	r->worked.run = has_worked;
	must(pthread_mutex_init(&r->lock, NULL) == 0 && pthread_cond_init(&r->has_work, NULL) == 0);
	return r;
}

enum status reader_start(struct reader *r)
{
	r->running = pthread_create(&r->thread, NULL, run, r) == 0;
	return r->running ? ST_OK : ST_SYSTEM;
}

static void end_thread(struct reader *r)
{
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->ends, true);
	pthread_cond_signal(&r->has_work);
	pthread_mutex_unlock(&r->lock);
	if (r->running)
		pthread_join(r->thread, NULL);
}

void reader_free(struct reader *r)
{
	if (!r)
		return;
	end_thread(r);
	if (r->now)
		r->now->drop(r->now);
	pthread_cond_destroy(&r->has_work);
	pthread_mutex_destroy(&r->lock);
	free(r);
}
