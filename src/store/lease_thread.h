/* SPDX-License-Identifier: ISC */
/*
 * lease_thread -- the writer in a thread of its own, so that a sync stops nobody.
 */
#pragma once

#include <pthread.h>

#include "store/lease_writer.h"

struct lease_thread {
	struct lease_writer *writer;
	pthread_t id;
	pthread_mutex_t lock;		/* of the members below; held for a copy */
	pthread_cond_t more;
	struct lease_item *first, **end;
	bool stopping, running;
};

enum status lease_thread_start(struct lease_thread *t, struct lease_writer *w);
/* The thread takes the item at its next turn. */
void lease_thread_give(struct lease_thread *t, struct lease_item *item);
/* Returns when everything given was answered.  Idempotent. */
void lease_thread_stop(struct lease_thread *t);
