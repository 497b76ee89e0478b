/* SPDX-License-Identifier: ISC */
/*
 * tail_hash -- the hash of a name from its end, so that one walk gives the hash of
 * each domain that the name is in.
 *
 * For tables of the operator's own names: it has no key, and whoever may write
 * these names may slow them down.  Letters count in any case.
 */
#pragma once

#include "wire/dname.h"

#define TAIL_HASH_START 0x9e3779b97f4a7c15u
#define TAIL_HASH_FACTOR 0xff51afd7ed558ccdu

static inline uint8_t tail_fold(uint8_t c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static inline uint64_t tail_hash_step(uint64_t h, uint8_t byte)
{
	return ((h ^ byte) * TAIL_HASH_FACTOR) ^ (h >> 29);
}

/* Ends a hash; different salts give different hashes. */
static inline uint32_t tail_hash_end(uint64_t h, unsigned salt)
{
	return (uint32_t)((h ^ salt) * TAIL_HASH_START >> 32);
}

/* The dot before what is hashed already and the letters of a label, last first. */
static inline uint64_t tail_hash_label(uint64_t h, struct span name, size_t start)
{
	h = tail_hash_step(h, '.');
	for (size_t i = start + name.p[start]; i > start; i--)
		h = tail_hash_step(h, tail_fold(name.p[i]));
	return h;
}

/* Where the labels of a name begin; gives how many there are. */
static inline unsigned tail_starts(struct span name, uint8_t starts[DNAME_LABELS_MAX])
{
	unsigned n = 0;

	for (size_t at = 0; at < name.n && name.p[at] && n < DNAME_LABELS_MAX; at += 1u + name.p[at])
		starts[n++] = (uint8_t)at;
	return n;
}
