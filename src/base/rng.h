/* SPDX-License-Identifier: ISC */
/*
 * rng -- chance, as a parameter.  Seed 0 draws from the kernel's CSPRNG, some numbers ahead;
 * any other seed gives the same sequence again, for tests.
 *
 * For one thread, of one process.
 */
#pragma once

#include "base/span.h"

#define RNG_AHEAD 64

struct rng {
	uint64_t seed;
	unsigned left;			/* of these; those handed out are gone from here */
	uint32_t ahead[RNG_AHEAD];
};

uint32_t rng_u32(struct rng *r);
/* Even over 0 .. n-1; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
