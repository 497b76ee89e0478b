/* SPDX-License-Identifier: ISC */
/*
 * dump -- what is kept, as the table that dnsmasq writes to its log on SIGUSR1.
 *
 * A line a record: its name, what it says, ten flags in fixed places, when its answer ends.
 * Flags: 4, 6, C (an alias), T (another type); F from a server; R a name for an address;
 * N there is none of this type; X there is no such name; I it has no end; D of a lease; H of a hosts
 * file or a host-record; C of the configuration.
 */
#pragma once

#include <stdio.h>

#include "dns/cache.h"
#include "dns/data.h"
#include "store/names.h"

#define DUMP_LOCAL_MAX 20000		/* of hosts files: who asks for more has the files */

/* The lines, each with its end, in memory that the caller frees; NULL: no memory.  No lock is held when
 * it returns. */
char *cache_dump(struct cache *c, struct now now);

/* The same of what answers are made of here, without a heading: host-record, cname, hosts files (at most
 * DUMP_LOCAL_MAX, and then how many are left out) and names of leases. */
char *local_dump(const struct dns_data *data, const struct names *names, struct now now);

/* One line; ends_ms 0: it has no end. */
struct dump_line { const char *host, *value, *flags, *source; };
void dump_print(FILE *out, const struct dump_line *l, struct now now, int64_t ends_ms);
