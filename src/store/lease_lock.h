/* SPDX-License-Identifier: ISC */
/*
 * lease_lock -- one server to a store.
 *
 * The kernel holds the lock and lets go when its holder dies, however it dies;
 * the number written into the file only names the holder, so an old number that
 * now belongs to another process misleads nobody.
 */
#pragma once

#include <sys/types.h>

#include "base/status.h"

struct lease_lock {
	int fd;			/* -1: none */
	char path[4096];	/* "" when the lease file itself is locked */
};

/* PATH.lock, made if need be.  ST_TAKEN: *out_pid has it (0: unknown); ST_SYSTEM: errno. */
enum status lease_lock_take(struct lease_lock *l, const char *path, uid_t uid, gid_t gid,
			    pid_t *out_pid);

/* Where no file can be made beside it: the file itself. */
enum status lease_lock_take_file(struct lease_lock *l, const char *path, pid_t *out_pid);

void lease_lock_free(struct lease_lock *l);
