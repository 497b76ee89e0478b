/* SPDX-License-Identifier: ISC */
/*
 * toy -- a section with every kind of row and taker, for tests and fuzzing.
 */
#pragma once

#include "base/addr.h"
#include "conf/conf.h"

struct toy_thing {			/* thing=set:TAG,MODE|START,END[,TIME] … */
	struct origin origin;
	const char *set;
	unsigned mode;
	struct addr start, end;
	struct prefix net;
	struct hwaddr hw;
	uint64_t number;
	uint32_t time_s;
	const char *rest;
	struct toy_thing *next;
};

struct toy {
	bool flag, checked;
	uint32_t count, port, seconds;
	const char *text, *path;
	struct toy_thing *things, **end;
};

extern const struct conf_section toy_section;
