/* SPDX-License-Identifier: ISC */
/*
 * dump -- what is kept, as the table that dnsmasq writes to its log on SIGUSR1.
 *
 * A line a record: its name, what it says, ten flags in fixed places, when its answer ends.
 * Flags: 4, 6, C (an alias), T (another type); F from a server; R a name for an address;
 * N there is none of this type; X there is no such name.  Names that are no answers of
 * servers (hosts files, leases, records) are not kept, and so not told.
 */
#pragma once

#include "dns/cache.h"

/* The lines, each with its end, in memory that the caller frees; NULL: no memory.  No lock is held when
 * it returns. */
char *cache_dump(struct cache *c, struct now now);
