/* SPDX-License-Identifier: ISC */
/*
 * name_index -- from the hash of a name to the numbers that are kept for it.
 *
 * Open addressing in groups of eight.  Seven bits of each hash lie apart from the
 * numbers, so a name that is not there is mostly told by one look at one group;
 * one that may be, whoever asks compares.  It knows nothing of names.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct name_index {
	uint8_t *tag;			/* 0: free */
	uint32_t *ref;
	uint32_t groups;		/* of eight */
	uint32_t used;
};

/* Empty, with room for n. */
void name_index_init(struct name_index *x, size_t n);
void name_index_done(struct name_index *x);

/* Not while it is full; then whoever knows all hashes makes a larger one. */
void name_index_put(struct name_index *x, uint32_t hash, uint32_t ref);
bool name_index_is_full(const struct name_index *x);

/* Would one for what is in it be much smaller? */
bool name_index_is_loose(const struct name_index *x);

size_t name_index_bytes(const struct name_index *x);

/* What a look for this hash will read is fetched meanwhile. */
void name_index_foresee(const struct name_index *x, uint32_t hash);

/* The numbers that may be meant by a hash. */
struct name_probe {
	const struct name_index *index;
	uint64_t match;			/* of the group at hand: a bit for each that fits */
	uint32_t hash, group;
	bool last;			/* the chain ends with it */
};

struct name_probe name_probe_of(const struct name_index *x, uint32_t hash);
bool name_probe_next(struct name_probe *p, uint32_t *out_ref);
