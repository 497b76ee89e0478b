/* SPDX-License-Identifier: ISC */
/*
 * lease_round -- something is done with every lease there is, in slices, so that packets are served in
 * between however many leases there are.
 *
 * On the control loop.  The first round is whole: it is that of the start, when nothing is served yet.
 * A later one does its first slice at once, so that few leases are done when lease_round_begin()
 * returns; then one a millisecond.  A lease that is made meanwhile may be met or not, one that ended
 * is not: who goes round watches the changes, too (leases_watch).
 */
#pragma once

#include "net/loop.h"
#include "store/leases.h"

/* What is in the table counts, whatever its state: about a millisecond's work. */
enum { LEASE_ROUND_SLICE = 1000, LEASE_ROUND_PAUSE_MS = 1 };

/* A member of its owner, zeroed but for the first two. */
struct lease_round {
	void (*each)(struct lease_round *r, const struct lease *l);	/* of BOUND ones */
	void (*end)(struct lease_round *r);	/* when all are done; or NULL */
	const struct leases *leases;	/* the round's own, as is the rest */
	struct loop *loop;
	struct loop_timer timer;	/* runs while there is a rest */
	size_t cursor;
	bool has_gone;			/* begun once */
};

/* Leases NULL: there are none.  One that is under way begins afresh, and ends once. */
void lease_round_begin(struct lease_round *r, struct loop *loop, const struct leases *leases);
/* The rest at once, if one is under way. */
void lease_round_finish(struct lease_round *r);
void lease_round_stop(struct lease_round *r);	/* idempotent; end() is not called */
