/* SPDX-License-Identifier: ISC */
/*
 * lease_hw -- which hardware address has which IPv4 address by a lease, for
 * threads that must not touch the lease table.
 *
 * A copy that follows the table: the control loop writes it, any thread may
 * look.  Without memory for more it knows less, and whoever asks has the
 * kernel's neighbour table left.
 */
#pragma once

#include <pthread.h>

#include "store/leases.h"

struct lease_hw_slot {
	uint32_t ip;			/* 0: free */
	struct hwaddr hw;
};

struct lease_hw {
	struct lease_watch watch;
	pthread_mutex_t lock;
	struct lease_hw_slot *slots;	/* open addressing; never more than half full */
	size_t room, n;			/* room is a power of two, or 0 */
};

void lease_hw_init(struct lease_hw *t);
void lease_hw_done(struct lease_hw *t);

/* Takes what the table has, and follows it from now on. */
void lease_hw_follow(struct lease_hw *t, struct leases *leases);

/* Of this address's lease; false if none.  A tftp_find_hw whose argument is the struct lease_hw. */
bool lease_hw_find(void *lease_hw, const struct addr *client, struct hwaddr *out);

/* One change; an empty hw: the lease is gone. */
void lease_hw_set(struct lease_hw *t, const struct addr *client, const struct hwaddr *hw);
