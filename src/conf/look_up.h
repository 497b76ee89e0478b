/* SPDX-License-Identifier: ISC */
/*
 * look_up -- the addresses of hosts that a configuration names.
 *
 * The machine's own resolver is asked (hosts file, its name servers), by whoever
 * opens the files of the configuration: while the server starts by itself, later
 * by the helper, since the server may not read what a resolver reads.  It may take
 * seconds.
 */
#pragma once

#include "base/addr.h"
#include "conf/conf.h"

#define LOOK_UP_MAX 16			/* addresses of one name; more are left out */

struct looked_up {
	bool failed;
	const char *why;		/* if it failed; static */
	size_t n;			/* none without a failure: it is somebody else's to know */
	struct addr addr[LOOK_UP_MAX];	/* in the order in which they are to be used */
};

/* ADDR_NONE: of any family that this machine has.  f as given to conf_new; NULL: here and now. */
void look_up(struct conf_files *f, const char *host, enum addr_family family, struct looked_up *out);

/* By the C library, in this process. */
void look_up_here(struct conf_files *f, const char *host, enum addr_family family,
		  struct looked_up *out);
