/* SPDX-License-Identifier: ISC */
/*
 * servers -- which running server a word of the command line means, and asking it.
 */
#pragma once

#include <sys/types.h>

#include "base/span.h"

/* Zeroed: the only one that runs in this network namespace. */
struct server_choice {
	pid_t pid;			/* --pid N; 0: not given */
	const char *conf;		/* -C FILE; NULL: not given */
};

/*
 * The value of an option written --name value, --name=value or (name[2] being 0)
 * -x value and -xvalue; NULL if argv[*at] is not that option or has none.
 */
const char *option_value(char **argv, int *at, const char *name);

/* Is argv[*at] --pid N or -C FILE?  Then it is taken, and *at stands on its last word. */
bool server_choice_take(struct server_choice *c, char **argv, int *at);

/* Asks the one that is meant, as control_ask() does.  False: *out is what it says against it, or NULL
 * after a line on standard error of why nobody could be asked. */
bool servers_ask(const struct server_choice *c, const char *words, struct span lines, char **out);

/* The same of each server that runs here and answers well, until each() says that this was it; did
 * one? */
bool servers_each(const char *words, bool (*each)(void *arg, pid_t pid, const char *text), void *arg);
