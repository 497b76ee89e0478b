/* SPDX-License-Identifier: ISC */
/*
 * helper -- a small process that stays root and opens what the server may not.
 *
 * It is forked before the store is opened and before privileges are dropped.
 * It reads the configuration itself, and opens only what that names: files and
 * folders of the configuration, dhcp-hostsfile and dhcp-optsfile, what lies
 * below a served root (for a link that an administrator put there), the log
 * file; and sockets that are bound to ports of the services (app/ports.h).  What
 * it opened goes back as a descriptor: of files, folders and character devices,
 * since a pipe could keep it waiting.  It dies with the server.
 *
 * Requests and answers are of fixed size, and any other size ends the helper.
 * One request is under way at a time; any thread may ask.
 */
#pragma once

#include <sys/types.h>

#include "app/generation.h"
#include "base/status.h"
#include "net/loop.h"

struct helper;

/* NULL with errno: no helper (the caller says so and goes on without). */
struct helper *helper_fork(const struct command_line *line, const struct generation *g, int runner,
			   uid_t owner, gid_t group);
/* Ends it; NULL is fine. */
void helper_free(struct helper *h);

/* Reads the configuration afresh, as a candidate: from now on it opens what that names, and what
 * the one that serves names.  False: the helper is gone. */
bool helper_read_again(struct helper *h);

/* The candidate serves now; what only the one before named stays closed. */
bool helper_serve(struct helper *h);

/*
 * Calls gone() on this loop when the helper has ended by itself, with how that
 * was ("killed by signal 9"); once.  Until then nothing tells but that it does
 * not answer.
 */
enum status helper_watch(struct helper *h, struct loop *l,
			 void (*gone)(void *arg, const char *how), void *arg);
bool helper_is_gone(struct helper *h);

/* The files of a configuration, through the helper. */
struct conf_files *helper_files(struct helper *h);

/* A file below a served root, for reading; -1 with errno. */
int helper_open_served(struct helper *h, const char *path);

/*
 * A bound socket, as socket_open, by the helper's own reading of the
 * configuration and its own look at the interfaces.  ST_UNNAMED: neither the
 * configuration that serves nor the candidate asks for it.  ST_GONE: the helper
 * is.  The caller waits for one answer: less than a millisecond, and longer
 * while the helper reads a file or the configuration for somebody else.
 */
enum status helper_socket(struct helper *h, const struct socket_want *want, int *out_fd);

/* The log file, made if it is not there, for appending; -1 with errno. */
int helper_open_log(struct helper *h);

/* Removes the pid file. */
bool helper_remove_pid_file(struct helper *h);

/* ---- the helper's own judgement, for tests ------------------------------------ */

/* May this path be read, as the configuration stands? */
bool helper_may_read(const struct generation *g, const char *path);
bool helper_may_serve(const struct generation *g, const char *path);
