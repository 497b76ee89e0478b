/* SPDX-License-Identifier: ISC */
/*
 * dname_fold -- names eight bytes at a time, their letters small (RFC 4343).
 *
 * A label's length is below the letters, so a whole name may be folded as it lies.
 * The first byte is a number's lowest on every machine.  Only dname*.c includes this.
 */
#pragma once

#include <endian.h>

#include "base/span.h"

#define EACH_BYTE(b) ((b) * UINT64_C(0x0101010101010101))

/* Bytes of A to Z get the bit that makes them small; sums stay within their bytes. */
static inline uint64_t fold_eight(uint64_t w)
{
	uint64_t low = w & EACH_BYTE(0x7f);
	uint64_t from_a = low + EACH_BYTE(0x80 - 'A'), behind_z = low + EACH_BYTE(0x7f - 'Z');

	return w | (~w & (from_a ^ behind_z) & EACH_BYTE(0x80)) >> 2;
}

static inline uint64_t eight_bytes(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof w);
	return le64toh(w);
}

/* Fewer than eight: from both ends, where they may lie over each other. */
static inline uint64_t few_bytes(const uint8_t *p, size_t n)
{
	if (n >= 4) {
		uint32_t first, last;

		memcpy(&first, p, sizeof first);
		memcpy(&last, p + n - 4, sizeof last);
		return le32toh(first) | (uint64_t)le32toh(last) << 8 * (n - 4);
	}
	if (n >= 2) {
		uint16_t first, last;

		memcpy(&first, p, sizeof first);
		memcpy(&last, p + n - 2, sizeof last);
		return le16toh(first) | (uint64_t)le16toh(last) << 8 * (n - 2);
	}
	return n ? p[0] : 0;
}
