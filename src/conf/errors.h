/* SPDX-License-Identifier: ISC */
/*
 * errors -- the operator's mistakes, collected and told all at once, in the
 * order in which their files were first read, and of line within a file.
 *
 * Past ERRORS_MAX they are only counted: something that is no configuration at
 * all need not be told line by line.
 */
#pragma once

#include "base/arena.h"
#include "base/origin.h"

#define ERRORS_MAX 500

struct conf_mistake {
	const char *text;		/* "file:line: what; remedy" */
	unsigned file, line;		/* where it belongs in the order */
	int exit_code;
};

struct errors {
	struct arena *arena;
	struct conf_mistake *list;	/* sorted */
	size_t n, room, left_out;
	const char **files;		/* in order of first reading */
	size_t files_n, files_room;
};

/* The place of a file in the order; new ones go last. */
unsigned errors_file(struct errors *e, const char *file);

void errors_add(struct errors *e, const struct origin *o, int exit_code, const char *what);
