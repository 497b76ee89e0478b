/* SPDX-License-Identifier: ISC */
/*
 * args -- take typed values off an option's comma-separated value.
 *
 * A row's function is written in terms of these.  A taker that finds something
 * else leaves it and returns false; an argument that nobody took is an error
 * with its column, and what the takers looked for becomes the remedy text.
 * Quotes and escapes are already resolved: a separator that stood in quotes is
 * an ordinary character here, and word.quoted tells.  Unquoted blanks round a word
 * are gone.  A bare option has no words; an empty value has one, empty.
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/origin.h"

struct word {
	const char *s;			/* ends in NUL */
	const char *quoted;		/* as long as s: 1 where the character was quoted */
	unsigned column;		/* of its first character in the line, from 1 */
};

struct args;

/* file:line of the option; lives as long as the configuration. */
struct origin args_origin(const struct args *a);
struct arena *args_arena(struct args *a);
const char *args_option(const struct args *a);	/* the option's name as given */

bool args_more(const struct args *a);		/* is a word left? */
size_t args_left(const struct args *a);
const struct word *args_peek(const struct args *a);	/* the next word, or NULL */
const struct word *args_take(struct args *a);	/* take it whatever it is, or NULL */
void args_back(struct args *a);			/* put the last one back */

/* "What is wrong; what to write": the option and the column of the word before the cursor (the one
 * just taken) are added.  Only the first error of a value is kept.  Returns false. */
__attribute__((format(printf, 2, 3))) bool args_error(struct args *a, const char *format, ...);

/* The word at the cursor does not fit (or is missing), with what the takers looked for as the
 * remedy.  Returns false: `return args_fail(a)`.  A row's function that returns false without an
 * error of its own has it made for it. */
bool args_fail(struct args *a);

/* In all takers `what` says in words what is looked for ("the last address"), for the remedy; NULL
 * keeps it out.  *out is untouched where the taker finds something else. */

/* A whole word of text, not empty. */
bool args_text(struct args *a, const char **out, const char *what);
/* The next word with the blanks behind it, and with those before it; NULL where there is none. */
const char *args_take_blanks(struct args *a, bool before);
/* What is left, commas and all, as written. */
bool args_rest(struct args *a, const char **out);

/* "keyword" exactly. */
bool args_keyword(struct args *a, const char *keyword);
/* One of a NULL-ended list of names; *out is its index. */
bool args_name_of(struct args *a, const char *const *names, unsigned *out);
/* "prefix:rest" (rest not empty): *out is rest.  args_prefixed(a, "set:", &s). */
bool args_prefixed(struct args *a, const char *prefix, const char **out);

bool args_addr4(struct args *a, struct addr *out, const char *what);
/* [v6] or bare v6. */
bool args_addr6(struct args *a, struct addr *out, const char *what);
bool args_addr(struct args *a, struct addr *out, const char *what);
bool args_uint(struct args *a, uint64_t min, uint64_t max, uint64_t *out, const char *what);
/* Seconds, with s m h d w or "infinite" (UINT32_MAX).  Bare numbers count when `bare`. */
bool args_duration(struct args *a, bool bare, uint32_t *out_s);
/* The same of a text: "45m", or with `bare` "2700".  False, and *out_s as it was: it is none. */
bool duration_parse(const char *s, bool bare, uint32_t *out_s);
bool args_hwaddr(struct args *a, struct hwaddr *out);
/* 1.2.3.0/24 or fd00::/64; a bare address is a whole-length prefix. */
bool args_prefix(struct args *a, struct prefix *out, const char *what);

/*
 * Split one word at `sep` (only where it was not quoted) into an args of its
 * own, for values that nest ("/a/b/addr", "1.2.3.4#53@eth0").  Errors and origin are
 * the parent's.  Of no word (NULL) there are no parts.
 */
struct args *args_split(struct args *a, const struct word *w, char sep);

/* For tests and files of right-hand sides: args over a value's text. */
struct args *args_of(struct arena *arena, struct origin o, const char *option, const char *value);
/* The first error ("option, column 7: what; remedy"), or NULL. */
const char *args_error_text(const struct args *a);
/* Reports the first word that nobody took; true if all were taken and no error was made.  Empty
 * words at the end ("3,") count as taken, as in dnsmasq. */
bool args_finish(struct args *a);
