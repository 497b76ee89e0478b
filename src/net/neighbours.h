/* SPDX-License-Identifier: ISC */
/*
 * neighbours -- the kernel's neighbour table (who has which hardware address), kept here
 * for threads that must not wait for the kernel.
 *
 * One loop hears of every change (netlink) and writes; any thread may look, under a lock
 * that is held for a copy.  What is not found while the table is whole is asked of the kernel
 * once, since a client may be heard before news of it is, and then remembered as nobody's until
 * there is news.  There is a limit to the entries; beyond it, and while news were lost,
 * the kernel is asked each time.
 */
#pragma once

#include "net/loop.h"

#define NEIGHBOURS_MAX 65536

struct neighbours;

struct neighbours *neighbours_new(void);
void neighbours_free(struct neighbours *n);		/* NULL is fine */

/* Follows the kernel on this loop from now on, if it does not yet; stop forgets all.  ST_SYSTEM: see
 * errno.  While it follows nothing every question is the kernel's. */
enum status neighbours_start(struct neighbours *n, struct loop *l);
void neighbours_stop(struct neighbours *n);

/* From any thread, on its own loop, by which the kernel is asked where that must be.  False: nobody's.
 * n NULL: it is the kernel's question. */
bool neighbours_ask(struct neighbours *n, struct loop *l, unsigned ifindex, const struct addr *a,
		    struct hwaddr *out);

/* Told of each that comes, goes or has another hardware address (first that the old is gone), on the
 * loop that hears news; it does not ask about neighbours.  Before neighbours_start. */
void neighbours_watch(struct neighbours *n,
		      void (*told)(void *arg, const struct addr *a, const struct hwaddr *hw, bool gone),
		      void *arg);

size_t neighbours_count(struct neighbours *n);

/* News: an empty hw is nobody's any more. */
void neighbours_set(struct neighbours *n, unsigned ifindex, const struct addr *a,
		    const struct hwaddr *hw);
/* All that there is has been told: what is unknown now is nobody's. */
void neighbours_whole(struct neighbours *n);
