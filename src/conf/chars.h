/* SPDX-License-Identifier: ISC */
/*
 * chars -- the characters of a line once quotes, escapes and comments are
 * resolved, each remembering whether it was quoted and where it stood.
 *
 * A separator (comma, slash, =, blank) counts only where it was not quoted, so
 * everything that splits or trims works on these and not on bare text.
 */
#pragma once

#include "base/arena.h"
#include "base/span.h"

struct chars {
	const char *s;			/* not ended by NUL */
	const char *quoted;		/* 1 where the character was quoted */
	const unsigned *column;		/* in the line, from 1; [n] is where the next would be */
	size_t n;
};

/*
 * One line as dnsmasq reads it: "…" anywhere with \\ \" \t \n \e \b \r inside,
 * # after white space or at the start begins a comment.  NULL, or what is wrong
 * with the line ("what; remedy") with its column.
 */
const char *chars_of_line(struct arena *scratch, struct span line, struct chars *out,
			  unsigned *out_column);

/* Text as it is: a value from the command line, where the shell has seen to quotes. */
struct chars chars_of_text(struct arena *scratch, const char *s, const char *quoted,
			   unsigned first_column);

/* Without the unquoted blanks at both ends. */
struct chars chars_trim(struct chars c);

/* Where c first stands unquoted; n if nowhere. */
size_t chars_find(struct chars c, char wanted);

/* Characters from .. to-1. */
struct chars chars_part(struct chars c, size_t from, size_t to);

/* The next line of a text, without its newline; false at the end.  The last line needs none. */
bool text_line(struct span *rest, struct span *out);
