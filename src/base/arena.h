/* SPDX-License-Identifier: ISC */
/*
 * arena -- memory that dies all at once.
 *
 * A configuration generation lives in one arena, a moment's scratch in another.
 * Nothing in it is freed alone.  Memory comes zeroed and aligned for any type.
 */
#pragma once

#include "base/span.h"

struct arena_block;
struct arena_end;

struct arena {
	struct arena_block *blocks;
	struct arena_end *ends;
	size_t limit;		/* bytes in all; 0: none */
	size_t used;
	bool full;		/* an allocation was refused; sticky */
};

void arena_init(struct arena *a, size_t limit);
void arena_done(struct arena *a);

/* Has this called before the arena's memory goes: for what it leads to and does not hold. */
void arena_at_end(struct arena *a, void (*end)(void *arg), void *arg);

/*
 * n zeroed bytes.  Never NULL: when the limit or memory is out, a->full is set
 * and, at start, the program ends (must).  With a limit the caller checks
 * arena_try instead.
 */
void *arena_take(struct arena *a, size_t n);

/* As arena_take, but NULL (and a->full set) where there is no room. */
void *arena_try(struct arena *a, size_t n);

/* A copy of the text or bytes; the text ends in NUL. */
char *arena_text(struct arena *a, const char *s);
char *arena_textn(struct arena *a, const char *s, size_t n);
struct span arena_span(struct arena *a, struct span s);

#define arena_new(a, type) ((type *)arena_take(a, sizeof(type)))
