/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"

void must_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "lanlord: mistake in the program at %s:%d: %s\n", file, line, what);
	abort();
}
