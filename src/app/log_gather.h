/* SPDX-License-Identifier: ISC */
/*
 * log_gather -- the lines of a thread that writes many of them: they wait a moment and
 * leave together.
 *
 * A thread says that it gathers, and flushes before anybody may see what its lines tell of.
 * Others are not kept waiting: nothing here has a lock.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* This thread gathers from now on, until log_gather_end(); without memory it does not. */
void log_gather_begin(void);
void log_gather_end(void);

/* Takes a whole line for this descriptor.  False: this thread does not gather. */
bool log_gather_add(int fd, const char *line, size_t n);

/* Writes what this thread has gathered, if anything. */
void log_gather_flush(void);

/* All of it, in one piece where the descriptor takes that; a full disk loses the rest. */
void log_write_all(int fd, const char *bytes, size_t n);
