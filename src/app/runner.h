/* SPDX-License-Identifier: ISC */
/*
 * runner -- a process beside the server that runs programs, since the server can start
 * none once it serves.
 *
 * It is forked at start, has one socket and nothing else of ours, and ends when the
 * other end of that is closed by all who have it.  What is asked of it is its kind's:
 * app/script_runner.h for dhcp-script, app/conf_runner.h for conf-script.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct runner {
	const char *name;		/* of the process */
	uid_t uid;			/* (uid_t)-1: as we are */
	gid_t gid;
	bool stays_here;		/* in our folder, with our standard descriptors; else / and none */
	/* Its life: what the socket asks for, until its end.  error: why it could not become whom it
	 * was to be, or 0. */
	void (*live)(const struct runner *r, int socket, int error);
};

/* Our end of the socket, and its pid; -1 with errno: it cannot be forked. */
int runner_fork(const struct runner *r, pid_t *out_pid);
