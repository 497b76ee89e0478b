/* SPDX-License-Identifier: ISC */
/*
 * privileges -- who we become, and what little we keep.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "app/conf.h"
#include "base/status.h"

struct run_as {
	uid_t uid;
	gid_t gid;
	bool change;			/* started as root, and asked to be somebody else */
	const char *kept_by;		/* why that is not possible here; NULL: it is */
	bool keeps_groups;		/* supplementary groups cannot be given up here */
	bool has_helper;		/* that binds for us */
	bool needs_devices;		/* to bind to interfaces that appear later */
	bool needs_neighbours;		/* to write neighbour entries */
	bool needs_netfilter;		/* to fill sets of the kernel, to read and set marks */
};

/*
 * Whom the configuration asks for.  ST_UNKNOWN: `*out_name` is no user or group
 * of this machine.  Debug mode stays who it is, and so does a root that may not
 * become anybody else (a container's, without the capability or the user).
 */
enum status privileges_find(const struct app_conf *c, struct run_as *out,
			    const char **out_name);

/*
 * Becomes that user and group without supplementary groups, keeps only the
 * capabilities that serving needs (those of them that we had), none of them
 * inheritable, and can never gain any (the bounding set, no_new_privs).  With a
 * helper that is none, but where neighbour entries must be written, sets filled or
 * marks read, or the user stays root.  ST_SYSTEM: see errno.
 */
enum status privileges_drop(const struct run_as *want);

/* The helper stays root, and keeps only what reaching and giving away files and binding sockets
 * need. */
enum helper_binds { HELPER_BINDS_PORTS, HELPER_BINDS_DEVICES };
enum status privileges_drop_helper(enum helper_binds binds);
