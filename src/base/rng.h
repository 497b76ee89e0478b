/* SPDX-License-Identifier: ISC */
/*
 * rng -- chance, as a parameter.  Seed 0 draws from the kernel's CSPRNG each time;
 * any other seed gives the same sequence again, for tests.
 */
#pragma once

#include "base/span.h"

struct rng { uint64_t seed; };

uint32_t rng_u32(struct rng *r);
/* Even over 0 .. n-1; n > 0. */
uint32_t rng_below(struct rng *r, uint32_t n);
