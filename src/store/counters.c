/* SPDX-License-Identifier: ISC */
#include "store/counters.h"

const char *counter_name(enum counter which)
{
	static const char *const name[] = {
#define X(id, text) [COUNTER_##id] = text,
		COUNTER_LIST(X)
#undef X
	};
	return name[which];
}
