/* SPDX-License-Identifier: ISC */
#include "base/siphash.h"

/* n bytes, at most 8, the first one lowest. */
static uint64_t word_of(const uint8_t *p, size_t n)
{
	uint64_t m = 0;

	for (size_t i = 0; i < n; i++)
		m |= (uint64_t)p[i] << (8 * i);
	return m;
}

uint64_t siphash(const uint8_t key[SIP_KEY], struct span bytes)
{
	struct sip s = sip_start(word_of(key, 8), word_of(key + 8, 8));
	const size_t whole = bytes.n / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(&s, word_of(bytes.p + i, 8));
	sip_word(&s, (uint64_t)bytes.n << 56 | word_of(bytes.p + whole, bytes.n - whole));
	return sip_end(&s);
}
