/* SPDX-License-Identifier: ISC */
/*
 * pidfile -- the number that init systems and scripts read.
 *
 * Removed first and then made anew (O_EXCL), so that a link left there by
 * somebody else is never followed.
 */
#pragma once

#include <sys/types.h>

#include "base/status.h"

/* Writes "%d\n"; the file belongs to owner.  ST_SYSTEM: see errno. */
enum status pidfile_write(const char *path, pid_t pid, uid_t owner, gid_t group);
