/* SPDX-License-Identifier: ISC */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/must.h"
#include "dns/name_index.h"

#define WIDE 8				/* slots of a group */
#define ONES 0x0101010101010101u
#define HIGHS 0x8080808080808080u
#define EASY(n) ((n) / 4 * 5 + WIDE)	/* slots for n */

static uint32_t group_of(const struct name_index *x, uint32_t hash)
{
	return (uint32_t)((uint64_t)hash * x->groups >> 32);
}

static uint8_t tag_of(uint32_t hash)
{
	return (uint8_t)(0x80 | (hash & 0x7f));
}

/* The tags of a group, the first in the lowest byte. */
static uint64_t tags_at(const struct name_index *x, uint32_t group)
{
	uint64_t tags;

	memcpy(&tags, x->tag + (size_t)group * WIDE, sizeof tags);
	return le64toh(tags);
}

/* Bits where a group has this tag; behind a true one it may have false ones. */
static uint64_t matches(uint64_t tags, uint8_t tag)
{
	uint64_t other = tags ^ tag * ONES;

	return (other - ONES) & ~other & HIGHS;
}

static unsigned first_of(uint64_t bits)
{
	return (unsigned)__builtin_ctzll(bits) / WIDE;
}

/* ---- building ---------------------------------------------------------------------- */

void name_index_init(struct name_index *x, size_t n)
{
	size_t groups = EASY(n) / WIDE + 1;

	must(groups < UINT32_MAX);
	*x = (struct name_index){ .groups = (uint32_t)groups };
	x->tag = calloc(groups, WIDE);
	x->ref = calloc(groups * WIDE, sizeof *x->ref);
	must(x->tag && x->ref);
}

void name_index_done(struct name_index *x)
{
	free(x->tag);
	free(x->ref);
	*x = (struct name_index){ 0 };
}

void name_index_put(struct name_index *x, uint32_t hash, uint32_t ref)
{
	uint32_t group = group_of(x, hash);
	uint64_t open;
	size_t slot;

	while (!(open = ~tags_at(x, group) & HIGHS))
		if (++group == x->groups)
			group = 0;
	slot = (size_t)group * WIDE + first_of(open);
	x->tag[slot] = tag_of(hash);
	x->ref[slot] = ref;
	x->used++;
}

bool name_index_is_full(const struct name_index *x)
{
	return x->used >= (size_t)x->groups * WIDE / 8 * 7;
}

bool name_index_is_loose(const struct name_index *x)
{
	return EASY((size_t)x->used) < (size_t)x->groups * WIDE / 4 * 3;
}

size_t name_index_bytes(const struct name_index *x)
{
	return (size_t)x->groups * WIDE * (1 + sizeof *x->ref);
}

/* ---- finding ------------------------------------------------------------------------ */

static void look(struct name_probe *p)
{
	uint64_t tags = tags_at(p->index, p->group);

	p->match = matches(tags, tag_of(p->hash));
	p->last = (~tags & HIGHS) != 0;
}

void name_index_foresee(const struct name_index *x, uint32_t hash)
{
	const size_t slot = (size_t)group_of(x, hash) * WIDE;

	__builtin_prefetch(x->tag + slot, 1);
	__builtin_prefetch(x->ref + slot, 1);
}

struct name_probe name_probe_of(const struct name_index *x, uint32_t hash)
{
	struct name_probe p = { .index = x, .hash = hash, .group = group_of(x, hash) };

	look(&p);
	return p;
}

bool name_probe_next(struct name_probe *p, uint32_t *out_ref)
{
	while (!p->match) {
		if (p->last)
			return false;
		if (++p->group == p->index->groups)
			p->group = 0;
		look(p);
	}
	*out_ref = p->index->ref[(size_t)p->group * WIDE + first_of(p->match)];
	p->match &= p->match - 1;
	return true;
}
