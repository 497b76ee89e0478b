/* SPDX-License-Identifier: ISC */
#include <sys/random.h>

#include "base/must.h"
#include "base/rng.h"

static uint32_t draw(struct rng *r)
{
	uint32_t v;

	if (r->left == 0) {
		must(getrandom(r->ahead, sizeof r->ahead, 0) == sizeof r->ahead);
		r->left = RNG_AHEAD;
	}
	v = r->ahead[--r->left];
	r->ahead[r->left] = 0;
	return v;
}

uint32_t rng_u32(struct rng *r)
{
	if (r->seed == 0)
		return draw(r);
	/* xorshift64* (Vigna 2016): enough to vary a test, not to keep a secret. */
	r->seed ^= r->seed >> 12;
	r->seed ^= r->seed << 25;
	r->seed ^= r->seed >> 27;
	return (uint32_t)(r->seed * 2685821657736338717u >> 32);
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
	uint32_t v, limit = UINT32_MAX - UINT32_MAX % n;

	do
		v = rng_u32(r);
	while (v >= limit);
	return v % n;
}
