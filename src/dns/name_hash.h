/* SPDX-License-Identifier: ISC */
/*
 * name_hash -- the hash of a name and of each domain that it lies in, in one walk
 * from the root.
 *
 * For tables of names that strangers wrote: it is keyed, and whoever does not know the key
 * finds no names that collide more often than chance has it.  The sum of all
 * words of a name, each times a number of the key for its place, is strongly
 * universal in its upper 32 bits; a word is four bytes of one label, its length
 * among them, so different names have different words.
 */
#pragma once

#include "wire/dname.h"

#define NAME_WORDS_MAX (DNAME_LABELS_MAX + 1)	/* labels of one letter make most */

struct name_key { uint64_t start, word[NAME_WORDS_MAX]; };

/* A key by chance. */
void name_key_draw(struct name_key *k);

/* A name in small letters; tail i of it begins at start[i] and has hash[i]. */
struct name_tails {
	uint8_t bytes[DNAME_MAX];
	uint8_t n;			/* bytes; 0: no name */
	uint8_t labels;			/* and so many tails, without the root */
	uint8_t start[DNAME_LABELS_MAX];
	uint32_t hash[DNAME_LABELS_MAX];
};

/* Of a whole name in wire form, any case. */
void name_tails_of(const struct name_key *k, struct span name, struct name_tails *out);

static inline struct span name_tail(const struct name_tails *t, unsigned i)
{
	return span_of(t->bytes + t->start[i], (size_t)t->n - t->start[i]);
}
