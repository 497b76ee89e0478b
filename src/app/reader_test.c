/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/reader.h"
#include "base/must.h"
#include "conf/look_up.h"
#include "conf/source.h"
#include "net/uv_loop.h"
#include "test/test.h"

/* A job that writes down what it does, and waits where it is told to. */
struct task {
	struct reader_job job;
	struct lab *lab;
	char name;
	unsigned works;			/* how often it wants to work */
	bool waits;			/* at work, until `go` */
	bool reads;			/* at work, as long as it may */
	sem_t at_work, go;
};

struct lab {
	struct loop *loop;
	struct reader *reader;
	struct loop_timer enough;
	pthread_t thread;		/* of the loop */
	char said[256];
	size_t n;
	const char *stop_after;		/* stops the loop when this has been said */
	bool thread_is_other;
	void (*then)(struct lab *l);	/* done in the first step of a job, once */
};

static void say(struct lab *l, char name, char what)
{
	l->said[l->n++] = name;
	l->said[l->n++] = what;
	l->said[l->n++] = ' ';
}

static bool next(struct reader_job *j)
{
	struct task *t = container_of(j, struct task, job);
	struct lab *l = t->lab;
	void (*then)(struct lab *l) = l->then;
	bool goes_on = j->worked < t->works;

	CHECK(pthread_equal(pthread_self(), l->thread));
	say(l, t->name, goes_on ? 's' : 'e');
	l->then = NULL;
	if (then)
		then(l);
	if (l->stop_after && strcmp(l->said, l->stop_after) == 0)
		loop_stop(l->loop);
	return goes_on;
}

static void work(struct reader_job *j)
{
	struct task *t = container_of(j, struct task, job);

	t->lab->thread_is_other = !pthread_equal(pthread_self(), t->lab->thread);
	say(t->lab, t->name, 'w');
	if (t->waits) {
		sem_post(&t->at_work);
		sem_wait(&t->go);
	}
	while (t->reads && !source_ends(reader_files(t->lab->reader)))
		;
}

static void drop(struct reader_job *j)
{
	struct task *t = container_of(j, struct task, job);

	say(t->lab, t->name, 'd');
}

static void too_long(struct loop_timer *t)
{
	loop_stop(t->loop);
}

static void lab_init(struct lab *l, struct conf_files *files)
{
	*l = (struct lab){ .thread = pthread_self(), .enough.fire = too_long };
	CHECK_EQ(loop_new(&l->loop, UV_LOOP_ALONE), ST_OK);
	l->reader = reader_new(l->loop, files);
	CHECK_EQ(reader_start(l->reader), ST_OK);
	timer_start(l->loop, &l->enough, 5000);
}

static void lab_done(struct lab *l)
{
	timer_stop(&l->enough);
	reader_free(l->reader);
	loop_free(l->loop);
}

static void task_init(struct task *t, struct lab *l, char name, unsigned works)
{
	*t = (struct task){ .job = { .next = next, .work = work, .drop = drop },
			      .lab = l, .name = name, .works = works };
	sem_init(&t->at_work, 0, 0);
	sem_init(&t->go, 0, 0);
}

static void task_done(struct task *t)
{
	sem_destroy(&t->at_work);
	sem_destroy(&t->go);
}

/* Runs until this has been said, and no more. */
static void run_until(struct lab *l, const char *said)
{
	l->stop_after = said;
	loop_run(l->loop);
	CHECK_TEXT(l->said, said);
}

TEST(a_reader_job_goes_to_and_fro_between_the_loop_and_the_thread)
{
	struct lab l;
	struct task a;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 2);
	reader_ask(l.reader, &a.job);
	run_until(&l, "as aw as aw ae ");
	CHECK(l.thread_is_other);
	lab_done(&l);
	task_done(&a);
}

TEST(reader_jobs_are_done_one_after_the_other)
{
	struct lab l;
	struct task a, b;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 1);
	task_init(&b, &l, 'b', 2);
	a.waits = true;
	reader_ask(l.reader, &a.job);
	reader_ask(l.reader, &b.job);
	sem_wait(&a.at_work);
	CHECK_TEXT(l.said, "as aw ");	/* b has not begun */
	sem_post(&a.go);
	run_until(&l, "as aw ae bs bw bs bw be ");
	lab_done(&l);
	task_done(&a);
	task_done(&b);
}

TEST(a_reader_job_asked_for_many_times_while_it_reads_is_done_once_more)
{
	struct lab l;
	struct task a;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 1);
	a.waits = true;
	sem_post(&a.go);		/* the second time it need not wait */
	reader_ask(l.reader, &a.job);
	sem_wait(&a.at_work);
	for (int i = 0; i < 10; i++)
		reader_ask(l.reader, &a.job);
	sem_post(&a.go);
	run_until(&l, "as aw ae as aw ae ");
	lab_done(&l);
	task_done(&a);
}

static struct reader_job *once_more;

static void ask_again(struct lab *l)
{
	reader_ask(l->reader, once_more);
}

TEST(a_reader_job_may_be_asked_for_in_its_own_steps)
{
	struct lab l;
	struct task a;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 1);
	once_more = &a.job;
	l.then = ask_again;
	reader_ask(l.reader, &a.job);
	run_until(&l, "as aw ae as aw ae ");
	lab_done(&l);
	task_done(&a);
}

TEST(a_reader_that_ends_lets_go_of_the_job_that_is_under_way)
{
	struct lab l;
	struct task a, b;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 1);
	task_init(&b, &l, 'b', 1);
	a.waits = a.reads = true;
	reader_ask(l.reader, &a.job);
	reader_ask(l.reader, &b.job);
	sem_wait(&a.at_work);
	sem_post(&a.go);
	lab_done(&l);			/* and not before it stops to read */
	CHECK_TEXT(l.said, "as aw ad ");
	task_done(&a);
	task_done(&b);
}

TEST(a_reader_job_at_the_start_is_done_by_the_caller_at_once)
{
	struct lab l;
	struct task a, b;

	lab_init(&l, NULL);
	task_init(&a, &l, 'a', 2);
	task_init(&b, &l, 'b', 1);
	once_more = &b.job;
	l.then = ask_again;
	reader_do(l.reader, &a.job);
	CHECK(!l.thread_is_other);
	run_until(&l, "as aw as aw ae bs bw be ");	/* what was asked for meanwhile: by the thread */
	CHECK(l.thread_is_other);
	lab_done(&l);
	task_done(&a);
	task_done(&b);
}

/* ---- files that cannot be read to their end ------------------------------------------ */

/* It can be opened by whoever may read it, and gives an error at once. */
static int open_half(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	return open(strcmp(path, "half") == 0 ? "/proc/self/mem" : "/dev/null", flags);
}

static void read_it(struct reader *r, const char *path, int expected, int error)
{
	int fd = source_open(reader_files(r), path, 0);
	struct span text = { 0 };

	CHECK(fd >= 0);
	CHECK_EQ(source_read(reader_files(r), fd, &text), expected);
	if (expected < 0)
		CHECK_EQ(errno, error);
	free((void *)text.p);
	close(fd);
}

static struct lab *reading;

static void read_half(struct reader_job *j)
{
	(void)j;
	read_it(reading->reader, "whole", 0, 0);
	CHECK(!reader_broke(reading->reader));
	read_it(reading->reader, "half", -1, EIO);
}

static void read_whole(struct reader_job *j)
{
	(void)j;
	read_it(reading->reader, "whole", 0, 0);
}

TEST(a_reader_knows_of_a_file_that_was_read_halfway_until_its_next_job)
{
	struct conf_files files = { .open = open_half };
	struct lab l;
	struct task a;

	lab_init(&l, &files);
	reading = &l;
	task_init(&a, &l, 'a', 1);
	a.job.work = read_half;
	reader_do(l.reader, &a.job);
	CHECK(reader_broke(l.reader));
	a.job.work = read_whole;
	reader_do(l.reader, &a.job);
	CHECK(!reader_broke(l.reader));
	lab_done(&l);
	task_done(&a);
}

/* At work when the reader ends: nothing more is opened, and what is open is not read on. */
static void open_after_the_end(struct reader_job *j)
{
	struct task *t = container_of(j, struct task, job);
	struct conf_files *f = reader_files(t->lab->reader);
	int fd = source_open(f, "whole", 0), status;
	struct looked_up found;

	work(j);
	CHECK_EQ(source_open(f, "whole", 0), -1);
	CHECK_EQ(errno, ECANCELED);
	CHECK_EQ(f->run(f, "true", &status), -1);
	look_up(f, "192.0.2.1", ADDR_NONE, &found);
	CHECK(found.failed);
	CHECK_EQ(source_read(f, fd, &(struct span){ 0 }), -1);
	CHECK_EQ(errno, ECANCELED);
	CHECK(!reader_broke(t->lab->reader));	/* it is no file's fault */
	close(fd);
}

TEST(a_reader_that_ends_opens_nothing_more)
{
	struct conf_files files = { .open = open_half };
	struct lab l;
	struct task a;

	lab_init(&l, &files);
	task_init(&a, &l, 'a', 1);
	a.waits = a.reads = true;
	a.job.work = open_after_the_end;
	sem_post(&a.go);
	reader_ask(l.reader, &a.job);
	sem_wait(&a.at_work);
	lab_done(&l);
	CHECK_TEXT(l.said, "as aw ad ");
	task_done(&a);
}
