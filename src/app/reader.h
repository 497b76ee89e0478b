/* SPDX-License-Identifier: ISC */
/*
 * reader -- a thread that reads files and builds what is found by them, so that the
 * control loop serves meanwhile.
 *
 * It does one job at a time, in the order in which they were asked for.  A job goes to and
 * fro: a step on the loop, which says what comes next, then work on the thread.  What
 * jobs read by, and what they replace, changes in such steps alone; so it stays as it is
 * while one is at work, without a lock.
 *
 * It does not know what is read.
 */
#pragma once

#include "conf/conf.h"
#include "net/loop.h"

struct reader;

/* A member of its owner, which outlives the reader; zeroed but for the first three. */
struct reader_job {
	/* On the loop: what comes next.  False: the job is done. */
	bool (*next)(struct reader_job *j);
	/* On the thread, each time that next() gave true. */
	void (*work)(struct reader_job *j);
	/* Instead of the next step, where the reader ends before the job is done: lets go of what was
	 * made.  On the thread of reader_free(). */
	void (*drop)(struct reader_job *j);
	unsigned worked;		/* how often, since the job began */
	bool waits;			/* the reader's own, as is the rest */
	struct reader_job *after;
};

/* `files`, which outlives it, is what files are opened through; NULL: the file system. */
struct reader *reader_new(struct loop *l, struct conf_files *files);
/* The thread.  ST_SYSTEM: there is none. */
enum status reader_start(struct reader *r);
/* Ends a job that is under way, within the line that it reads or a look-up; NULL is fine. */
void reader_free(struct reader *r);

/*
 * Have a job done.  One that waits already is done once; one that is under way once more, from its
 * beginning, when it is done.
 */
void reader_ask(struct reader *r, struct reader_job *j);

/* All of a job at once, by whoever asks: at the start, before there is a loop that serves. */
void reader_do(struct reader *r, struct reader_job *j);

/* What work() opens files through, and whatever is to be opened later, too. */
struct conf_files *reader_files(struct reader *r);

/* Was a file read halfway, and no further, since the job began? */
bool reader_broke(const struct reader *r);
