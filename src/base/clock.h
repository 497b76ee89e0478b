/* SPDX-License-Identifier: ISC */
/*
 * clock -- the two times that decisions need, handed to them together.
 */
#pragma once

#include <stdint.h>

struct now {
	int64_t mono_ms;	/* monotonic; only differences mean anything */
	int64_t wall_s;		/* seconds since 1970; may jump */
};
