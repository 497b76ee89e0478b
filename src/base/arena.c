/* SPDX-License-Identifier: ISC */
#include <stdalign.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/must.h"

#define BLOCK 16384
#define BLOCK_MAX (1 << 20)

struct arena_block {
	struct arena_block *next;
	size_t size, at;
	alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t limit)
{
	*a = (struct arena){ .limit = limit };
}

/* Lies in the arena itself. */
struct arena_end {
	struct arena_end *next;
	void (*end)(void *arg);
	void *arg;
};

void arena_at_end(struct arena *a, void (*end)(void *arg), void *arg)
{
	struct arena_end *e = arena_new(a, struct arena_end);

	*e = (struct arena_end){ a->ends, end, arg };
	a->ends = e;
}

void arena_done(struct arena *a)
{
	struct arena_block *b = a->blocks;

	for (const struct arena_end *e = a->ends; e; e = e->next)
		e->end(e->arg);
	while (b) {
		struct arena_block *next = b->next;

		free(b);
		b = next;
	}
	*a = (struct arena){ .limit = a->limit };
}

/* An eighth of what it has: a large arena's blocks are such as malloc maps each by itself, and go back
 * to the system when it ends (app/start.c sets from what size on). */
static size_t block_size(const struct arena *a, size_t n)
{
	size_t size = a->used / 8;

	if (size < BLOCK)
		size = BLOCK;
	if (size > BLOCK_MAX)
		size = BLOCK_MAX;
	if (a->limit && a->used + size > a->limit)
		size = BLOCK;
	return n > size ? n : size;
}

void *arena_try(struct arena *a, size_t n)
{
	struct arena_block *b = a->blocks;
	size_t align = alignof(max_align_t);

	n = (n + align - 1) / align * align;
	if (!b || b->size - b->at < n) {
		const size_t size = block_size(a, n);

		b = NULL;
		if (a->limit == 0 || a->used + size <= a->limit)
			b = calloc(1, sizeof *b + size);
		if (!b) {
			a->full = true;
			return NULL;
		}
		b->size = size;
		b->next = a->blocks;
		a->blocks = b;
		a->used += size;
	}
	b->at += n;
	return b->bytes + b->at - n;
}

void *arena_take(struct arena *a, size_t n)
{
	void *p = arena_try(a, n);

	must(p);
	return p;
}

char *arena_textn(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_take(a, n + 1);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

char *arena_text(struct arena *a, const char *s)
{
	return arena_textn(a, s, strlen(s));
}

struct span arena_span(struct arena *a, struct span s)
{
	return span_of(arena_textn(a, (const char *)s.p, s.n), s.n);
}
