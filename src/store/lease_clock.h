/* SPDX-License-Identifier: ISC */
/*
 * lease_clock -- what a jump of the wall clock does to leases.
 *
 * A lease lasts as long as its client was told, by the monotonic clock.  When the wall
 * clock jumps, the time of day at which it ends is another one and is stored anew.
 *
 * A machine without a clock of its own starts in 1970.  Where the lease file is of a
 * later time than it is now, stored leases are kept, and when the clock has been set
 * they end at the time of day that was stored.
 *
 * Slow corrections, less than five seconds in ten, are followed without a word.
 */
#pragma once

#include "net/loop.h"

struct leases;

struct lease_clock {
	struct loop_timer timer;
	int64_t offset_ms;		/* wall clock minus monotonic, as it was last seen */
	int64_t file_s;			/* the clock is not set before it is later than this; 0: it is set */
	size_t cursor;			/* the leases from here on are to be stored anew */
	bool storing;
};

/* Before leases are read: file is the lease file, or NULL. */
void lease_clock_open(struct leases *l, const char *file);

/* Looks at it every ten seconds from now on. */
void lease_clock_start(struct leases *l);
void lease_clock_stop(struct leases *l);

/* Looks now: before a lease is given an end by the time of day. */
void lease_clock_look(struct leases *l);
