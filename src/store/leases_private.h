/* SPDX-License-Identifier: ISC */
/*
 * leases_private -- what leases.c (who holds what) and lease_life.c (open, start,
 * stop) share.
 */
#pragma once

#include "net/loop.h"
#include "store/lease_clock.h"
#include "store/lease_inflight.h"
#include "store/lease_table.h"
#include "store/lease_thread.h"

/* Outlives the leases if it must: the loop may still hold it when they are freed. */
struct lease_bell {
	struct loop_message message;
	struct leases *leases;		/* NULL: they are gone */
	bool posted;			/* under leases.done_lock */
};

struct leases {
	struct loop *loop;
	struct lease_table table;
	struct lease_watch *watches;
	struct loop_timer expiry;
	struct lease_clock clock;
	struct lease_inflights inflight;
	struct counters *counters;
	uint32_t max;
	uint64_t numbers;		/* given to changes, in their order */
	struct loop_timer soon;		/* answers those below */
	struct lease_item *stored, **stored_end;	/* nothing had to be written */

	struct lease_writer writer;
	struct lease_thread thread;
	bool started, stopped;
	struct lease_item *before_start, **before_start_end;

	/* from the writer's thread to the loop */
	pthread_mutex_t done_lock;
	struct lease_item *done, **done_end;
	struct lease_bell *bell;

	/* a memory store answers by itself */
	struct loop_timer answer;
	int64_t answer_delay_ms;
	bool given, held;		/* kept elsewhere; nothing is answered for now */
	enum status answer_status;
	struct lease_item *unanswered, **unanswered_end;
};

/* A line becomes a lease of the table, without a word to the store. */
enum status leases_adopt(struct leases *l, struct span line);
/* Expired ones end, and the timer is set for the next. */
void leases_expire(struct leases *l);
/* The timer alone, for whoever is to see them end. */
void leases_watch_ends(struct leases *l);
/* When this time of day is, by the monotonic clock; 0 is never in both. */
int64_t leases_mono_of(const struct leases *l, int64_t expires_s);
/* A BOUND lease is stored again; nobody waits for it. */
void leases_store_as_is(struct leases *l, const struct lease *lease);
/* Answers everything that the store has finished. */
void leases_answer(struct leases *l);
/* The writer's finished(). */
void leases_finished(struct lease_writer *w, struct lease_item *items, enum status s);
void leases_give(struct leases *l, struct lease_item *item);
bool leases_failing(const struct leases *l);
/* Both none, or the same in any case. */
bool leases_domain_same(const char *a, const char *b);
