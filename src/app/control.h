/* SPDX-License-Identifier: ISC */
/*
 * control -- the socket by which the words of the command line reach a server.
 *
 * Abstract, named "lanlord/PID", so it is seen in its network namespace alone
 * and needs no file.  A client sends a line, the server answers and closes:
 * "ok\n" or "error\n", then text.  Only root and the user who started the server
 * are answered.  A server without one serves all the same.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "net/loop.h"

#define CONTROL_PREFIX "lanlord/"	/* after the NUL of an abstract name */

/* Answers one word: prints to `out`; false: it failed, and the text says why. */
struct control_word {
	const char *word;
	bool (*answer)(void *server, FILE *out);
};

struct control;

/* ST_SYSTEM: see errno.  The socket waits from now on. */
enum status control_open(struct control **out, const struct control_word *words, size_t n,
			 void *server, uid_t owner);
enum status control_start(struct control *c, struct loop *loop);
void control_free(struct control *c);

/* ---- the client's side ------------------------------------------------------ */

/* The pids of the servers in this network namespace; how many there are (at most max). */
size_t control_find(pid_t *out, size_t max);

/* Asks a server.  The answer's text (from malloc) in *out.  ST_OK, ST_REFUSED (the server said
 * error), ST_UNKNOWN (no such server), ST_SYSTEM. */
enum status control_ask(pid_t server, const char *word, char **out);
