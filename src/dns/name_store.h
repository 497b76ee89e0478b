/* SPDX-License-Identifier: ISC */
/*
 * name_store -- many names in few bytes: end to end in small letters, each with the
 * end that an earlier one close before it has too left out.
 *
 * A name is known by its place.  In front of each is room for a byte of its owner's.
 */
#pragma once

#include "dns/name_hash.h"

#define NAME_STORE_RECENT 4096

struct name_store {
	uint8_t *bytes;
	uint32_t n, room;
	uint32_t *recent;		/* while names come: where tails began, by hash */
};

void name_store_init(struct name_store *s);
void name_store_done(struct name_store *s);

/* One more name with its owner's byte; gives its place.  The root is a name too. */
uint32_t name_store_add(struct name_store *s, const struct name_tails *name, uint8_t mark);

/* No more will come: gives back what room is left. */
void name_store_seal(struct name_store *s);

static inline uint8_t name_store_mark(const struct name_store *s, uint32_t place)
{
	return s->bytes[place];
}

/* Is it this name, in small letters? */
bool name_store_is(const struct name_store *s, uint32_t place, struct span name);

void name_store_name(const struct name_store *s, uint32_t place, struct dname *out);

/* Where label i of a name begins; is the tail that begins there this one? */
uint32_t name_store_tail(const struct name_store *s, uint32_t place, unsigned i);
bool name_store_is_tail(const struct name_store *s, uint32_t at, struct span name);

/* The place of the one behind it; s->n behind the last. */
uint32_t name_store_next(const struct name_store *s, uint32_t place);
