/* SPDX-License-Identifier: ISC */
/*
 * netif -- the table of this machine's interfaces and their addresses.
 *
 * Sorted by index.  Whoever learns of a change (netlink, a test) tells the
 * table; the table says whether anything is different now, so that nobody is
 * woken for a message that only repeats what was known.
 */
#pragma once

#include "net/loop.h"

#define NETIFS_MAX 16384		/* a host of containers has some thousands */
#define NETIF_ADDRS_MAX 4096		/* of one interface */

struct netif_table {
	struct netif *link;
	size_t n, room;
	uint64_t left_out;		/* past a limit, or no memory */
};

void netifs_done(struct netif_table *t);

/*
 * A link is there, with these properties; its addresses are kept, n->addr is not
 * looked at.  These four return true if the table differs from before.
 */
bool netifs_link(struct netif_table *t, const struct netif *n);
bool netifs_unlink(struct netif_table *t, unsigned index);

/* An address is there or gone; of an unknown link: nothing.  Like the kernel, a link may hold one
 * address with several prefix lengths: the two together tell entries apart. */
bool netifs_addr(struct netif_table *t, unsigned index, const struct netif_addr *a);
bool netifs_unaddr(struct netif_table *t, unsigned index, const struct netif_addr *a);

const struct netif *netifs_find(const struct netif_table *t, unsigned index);	/* or NULL */
/* By name, or by one of its own addresses; or NULL. */
const struct netif *netifs_named(const struct netif_table *t, const char *name);
const struct netif *netifs_having(const struct netif_table *t, const struct addr *a);
