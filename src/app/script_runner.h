/* SPDX-License-Identifier: ISC */
/*
 * script_runner -- the process that runs dhcp-script.
 *
 * It is forked at start, before privileges are dropped, and runs what it is told
 * with its own rights or those of dhcp-scriptuser: one at a time, with the
 * environment that the server was started with and more beside it.  What the
 * script prints comes back line by line, and then how it ended.  It knows
 * neither leases nor DHCP, and ends when the server does.
 */
#pragma once

#include <sys/types.h>

#include "base/span.h"

#define SCRIPT_MESSAGE_MAX 16384
#define SCRIPT_LINE_MAX 1024

/*
 * A message to it: the number of arguments in one byte, then these and what the
 * environment has more, each with its NUL.
 */

/* Its answers begin with one of these bytes. */
enum script_said {
	SCRIPT_SAID_LINE = 'l',		/* then a line of output */
	SCRIPT_SAID_EXITED = 'e',	/* then the exit status in one byte */
	SCRIPT_SAID_KILLED = 'k',	/* then the signal in one byte */
	SCRIPT_SAID_FAILED = 'f',	/* it could not be run; then why */
};

/*
 * A socket to it that does not wait, and its pid; -1 with errno: it cannot be forked.  uid (uid_t)-1:
 * it stays who we are.
 */
int script_runner_fork(const char *path, uid_t uid, gid_t gid, pid_t *out_pid);
