/* SPDX-License-Identifier: ISC */
/*
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012)
 * of a name's bytes, letters small.  Two rounds a word and four at the end are what its
 * authors recommend against those who look for collisions.
 */
#include "wire/dname.h"
#include "wire/dname_fold.h"

struct sip { uint64_t v0, v1, v2, v3; };

static uint64_t rotl(uint64_t x, unsigned bits)
{
	return x << bits | x >> (64 - bits);
}

static inline void sip_round(struct sip *s)
{
	s->v0 += s->v1;
	s->v2 += s->v3;
	s->v1 = rotl(s->v1, 13) ^ s->v0;
	s->v3 = rotl(s->v3, 16) ^ s->v2;
	s->v0 = rotl(s->v0, 32);
	s->v2 += s->v1;
	s->v0 += s->v3;
	s->v1 = rotl(s->v1, 17) ^ s->v2;
	s->v3 = rotl(s->v3, 21) ^ s->v0;
	s->v2 = rotl(s->v2, 32);
}

static inline void sip_word(struct sip *s, uint64_t m)
{
	s->v3 ^= m;
	sip_round(s);
	sip_round(s);
	s->v0 ^= m;
}

uint64_t dname_hash(struct span name, const struct dname_key *key)
{
	struct sip s = { key->k[0] ^ 0x736f6d6570736575, key->k[1] ^ 0x646f72616e646f6d,
			 key->k[0] ^ 0x6c7967656e657261, key->k[1] ^ 0x7465646279746573 };
	size_t whole = name.n / 8 * 8;

	for (size_t i = 0; i < whole; i += 8)
		sip_word(&s, fold_eight(eight_bytes(name.p + i)));
	sip_word(&s, (uint64_t)name.n << 56 | fold_eight(few_bytes(name.p + whole, name.n - whole)));
	s.v2 ^= 0xff;
	for (int i = 0; i < 4; i++)
		sip_round(&s);
	return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}
