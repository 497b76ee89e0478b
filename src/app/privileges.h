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
	bool needs_devices;		/* to bind to interfaces that appear later */
	bool needs_neighbours;		/* to write neighbour entries */
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
 * inheritable, and can never gain any (no_new_privs).  ST_SYSTEM: see errno.
 */
enum status privileges_drop(const struct run_as *want);

/* The helper stays root, and keeps only what reaching and giving away files needs. */
enum status privileges_drop_helper(void);
