/* SPDX-License-Identifier: ISC */
/*
 * control -- the socket by which the words of the command line reach a server.
 *
 * Abstract, named "lanlord/PID", so it is seen in its network namespace alone
 * and needs no file.  A client sends a line of words, and after it whatever the
 * first word asks for; the server answers and closes: "ok\n" or "error\n", then
 * text.  Only root and the user who started the server are answered.  A server
 * without one serves all the same.
 *
 * The server waits for nobody: what a client does not read is kept, and what takes
 * long is done in steps, a step a turn of the loop.
 */
#pragma once

#include <stdio.h>
#include <sys/types.h>

#include "net/loop.h"

#define CONTROL_PREFIX "lanlord/"	/* after the NUL of an abstract name */
#define CONTROL_LINE_MAX 4096		/* bytes of a line that a client sends */

/* What a step came to. */
enum control_step {
	CONTROL_WAIT,			/* nothing can be done before something else happens */
	CONTROL_MORE,			/* what was printed may leave; it is not all */
	CONTROL_OK, CONTROL_FAILED	/* that was all */
};

/* A client while it is answered. */
struct control_client;

/* Its next line, without the newline and borrowed until the next call; NULL: none has come yet or,
 * with *ended, none will. */
const char *control_line(struct control_client *c, bool *ended);

/* An answer that takes more than one turn. */
struct control_task {
	void *(*begin)(void *server, char *const *words);	/* never NULL */
	enum control_step (*step)(void *task, struct control_client *c, FILE *out);
	void (*end)(void *task);	/* it was answered, or is gone */
};

/* What answers a first word: at once (prints to `out`; false: it failed, and the text says why), or
 * by a task.  words: those after the first, ended by NULL. */
struct control_word {
	const char *word;
	bool (*answer)(void *server, char *const *words, FILE *out);
	const struct control_task *task;
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

/* Asks a server: a line of words and, after it, lines that they ask for ("": none).  The answer's
 * text (from malloc) in *out.  ST_OK, ST_REFUSED (the server said error), ST_UNKNOWN (no such
 * server), ST_SYSTEM. */
enum status control_ask(pid_t server, const char *words, struct span lines, char **out);
