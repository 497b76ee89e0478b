/* SPDX-License-Identifier: ISC */
/*
 * lease_writer -- what the store's thread does, without the thread.
 *
 * It takes everything that waits and commits it at once; writes the text file
 * after it; tidies in idle moments; and when the disk refuses, says so once and
 * tries again until it does not.  Time comes in with each turn, so that tests
 * drive it step by step.
 *
 * Always true: the image holds exactly what is stored, and finished() is called
 * with ST_OK only for what is on the disk.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "store/counters.h"
#include "store/lease_lock.h"
#include "store/lease_sqlite.h"
#include "store/lease_text.h"
#include "store/leases.h"

/* One change under way.  Made by the table, stored by the writer, given back finished. */
struct lease_work {
	struct lease_item item;		/* item.line is the text below */
	struct lease_work *before;	/* in its group */
	struct lease_commit *commit;	/* who waits; NULL: nobody, it is stored when that works */
	enum status status;
	uint64_t number;		/* later ones have greater */
	uint8_t event;			/* enum lease_event + 1 to tell when it is durable; 0: none */
	char *old_name;			/* for the event; or NULL */
	char *undo;			/* the line that the image had */
	size_t undo_n;
	char line[];
};

static inline struct lease_work *lease_work_of(struct lease_item *item)
{
	return (struct lease_work *)(void *)item;
}
void lease_work_free(struct lease_work *work);

/* For tests; all zero in service. */
struct lease_trial {
	struct lease_db_trial db;
	const struct lease_files *files;
	bool finish_early;		/* answers before it commits: what must never be */
};

enum lease_kind { LEASE_STORE_SQLITE, LEASE_STORE_FILE, LEASE_STORE_MEMORY };

struct lease_writer {
	enum lease_kind kind;
	struct lease_image image;
	struct lease_text text;
	struct lease_db *db;
	char db_path[4096], db_folder[4096];
	struct lease_lock text_lock, db_lock;
	struct lease_trial trial;
	uid_t uid;
	gid_t gid;

	/* Called in the writer's thread; the items are the receiver's from then on. */
	void (*finished)(struct lease_writer *w, struct lease_item *items, enum status s);
	struct counters *counters;

	struct lease_item *postponed;	/* nobody waits for them; kept while the store fails */
	bool text_due;			/* the file differs from the image */
	int64_t text_due_ms;		/* since when */
	int64_t text_end_ms, text_took_ms;	/* of its last write */
	int64_t text_retry_ms, text_wait_ms;	/* after a failure; 0: none */
	int64_t retry_ms, wait_ms;	/* of the store; wait_ms 0: it works */
	int64_t busy_ms;		/* the last time that something was stored */
	bool tidy;			/* nothing left to do in an idle moment */

	_Atomic bool failing;
	_Atomic uint64_t commits, groups, texts;
	pthread_mutex_t error_lock;
	char error[256];		/* the last failure; under error_lock */
};

struct lease_writer_want {
	const char *file, *store;	/* as in leases_want */
	uid_t uid;
	gid_t gid;
	int64_t wall_s;			/* names what is set aside */
	struct lease_trial trial;
};

/*
 * Opens and reads everything (lease_start.c): afterwards the image holds the leases.
 * Statuses and `why` as leases_open.
 */
enum status lease_writer_open(struct lease_writer *w, const struct lease_writer_want *want,
			      char *why, size_t why_size);

/* A store that stores nothing; whoever owns it answers by itself. */
void lease_writer_memory(struct lease_writer *w);
/* The same with the leases of a text that is only read (lease_copy.c).  ST_UNKNOWN: there is none. */
enum status lease_writer_copy(struct lease_writer *w, const char *file, char *why, size_t why_size);
/* The same with those of a text that is here; whose it is, is told with lines that are no leases. */
enum status lease_writer_given(struct lease_writer *w, struct span text, const char *whose, char *why,
			       size_t why_size);

/* After privileges were dropped, before the first turn.  Says so if a file as store is not safe
 * from a power cut. */
void lease_writer_ready(struct lease_writer *w, int64_t now_ms);

/* Stores a group (NULL: none) and does what else is due. */
void lease_writer_turn(struct lease_writer *w, struct lease_item *items, int64_t now_ms);

/* When a turn is due with no group: monotonic; INT64_MAX: not before there is one. */
int64_t lease_writer_wake_ms(const struct lease_writer *w);

/* The monotonic clock, which turns are given. */
int64_t lease_clock_ms(void);

/* Copies the last failure; "" if there was none. */
void lease_writer_error(struct lease_writer *w, char *out, size_t size);

/* Everything that waits is stored, the text exact; then closed. */
void lease_writer_close(struct lease_writer *w, int64_t now_ms);
/* As a crash would: what is not stored is not.  For tests and the half-opened. */
void lease_writer_drop(struct lease_writer *w);

/* A database that is damaged or gone is set aside and made anew from the image (lease_start.c). */
enum status lease_writer_rebuild(struct lease_writer *w, int64_t wall_s);
