/* SPDX-License-Identifier: ISC */
/*
 * name_set -- a million names in a few bytes each, and where each was written.
 *
 * Names are added once, then the set is sealed and never changes.  A member is a name
 * alone or a name with all below it; names are compared whole, never by their
 * hash.  Of each it is known from which source it came (a number of the
 * owner's) and from which line.  Who wrote the names cannot slow it down: the hash is
 * keyed.
 */
#pragma once

#include "dns/name_hash.h"

struct name_set;

/* Sets that share a key are looked up by the same struct name_tails; it outlives them. */
struct name_set *name_set_new(const struct name_key *key);
void name_set_free(struct name_set *s);		/* NULL is fine */

/* About so many names come. */
void name_set_expect(struct name_set *s, size_t n);

enum name_reach { NAME_ALONE, NAME_AND_BELOW };

/* This one comes soon: what adding it will look at is fetched meanwhile. */
void name_set_foresee(const struct name_set *s, const struct name_tails *name);

/* False: it is there with this reach already.  Lines of one source in their order. */
bool name_set_add(struct name_set *s, const struct name_tails *name, enum name_reach reach,
		  uint32_t source, uint32_t line);
void name_set_seal(struct name_set *s);

size_t name_set_count(const struct name_set *s);
/* All that it keeps, bytes. */
size_t name_set_bytes(const struct name_set *s);

/* A member that a name is, or lies below. */
struct name_member {
	unsigned tail;			/* of the name that was looked up */
	enum name_reach reach;
	uint32_t place;			/* name_set_where() knows more */
};

/* The longest; false: none.  The tails are by the key of the set. */
bool name_set_find(const struct name_set *s, const struct name_tails *name,
		   struct name_member *out);

/* The member with all below it that is this very tail; false: none. */
bool name_set_find_tail(const struct name_set *s, const struct name_tails *name, unsigned tail,
			struct name_member *out);

/* Where a member was written: a walk over some dozen others. */
struct name_where { uint32_t source, line; };
struct name_where name_set_where(const struct name_set *s, uint32_t place);

void name_set_name(const struct name_set *s, uint32_t place, struct dname *out);

/* Members lie in the order in which they came, from place 0 up to this one. */
uint32_t name_set_end(const struct name_set *s);
/* The source of the member at *place; that becomes the next one's. */
uint32_t name_set_step(const struct name_set *s, uint32_t *place);
