/* SPDX-License-Identifier: ISC */
/*
 * The inside of struct args, for the files that make it: args.c, args_take.c
 * and the readers.
 */
#pragma once

#include "conf/args.h"
#include "conf/chars.h"

#define ARGS_WANTED_MAX 12		/* what a remedy lists at most */

struct args {
	struct arena *keep;		/* for what the caller keeps: the configuration's arena */
	struct arena *scratch;		/* for what lasts as long as this value is read */
	struct args *root;		/* who collects the error; itself for a whole value */
	struct origin origin;
	const char *option;
	struct chars value;
	char sep;			/* between its words */
	struct word *words;
	size_t *start;			/* where each word begins in value */
	size_t n, at;
	const char *wanted[ARGS_WANTED_MAX];	/* what takers looked for at the cursor */
	size_t wanted_n;
	const char *error;		/* the root's: the first one */
};

/* Args over a value's characters; a NULL value has no words, an empty one has one, empty. */
struct args *args_new(struct arena *keep, struct arena *scratch, struct origin o,
		      const char *option, const struct chars *value);

/* Remembers what a taker looked for, for the remedy text; returns false. */
bool args_want(struct args *a, const char *what);

/* Moves past the next word. */
void args_step(struct args *a);
