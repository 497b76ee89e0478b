/* SPDX-License-Identifier: ISC */
/*
 * lease_inflight -- what an address falls back to if the commits on the way fail.
 *
 * Only addresses with a commit that somebody waits for are here: few, and not
 * for long.
 */
#pragma once

#include "base/span.h"

struct lease_inflight {
	struct lease_inflight *next;
	uint32_t ip4;
	unsigned waiting;		/* commits that somebody waits for */
	uint64_t newest;		/* number of the last change, waited for or not */
	uint64_t durable_number;
	/* The newest line that is stored, or will be because nobody waits for it; n 0: no lease. */
	char *durable;
	size_t durable_n;
};

struct lease_inflights { struct lease_inflight *bucket[1024]; };

void lease_inflights_done(struct lease_inflights *s);
struct lease_inflight *lease_inflight_find(const struct lease_inflights *s, uint32_t ip4);

/* Made, with what is stored now (empty: nothing), if there is none.  NULL: no memory. */
struct lease_inflight *lease_inflight_take(struct lease_inflights *s, uint32_t ip4,
					   struct span durable);
void lease_inflight_drop(struct lease_inflights *s, struct lease_inflight *f);

/*
 * The change of this number is, or will be, stored; older than what is known it
 * says nothing.  Without memory for it the older line stays: it promises less.
 */
void lease_inflight_durable(struct lease_inflight *f, uint64_t number, struct span line);
