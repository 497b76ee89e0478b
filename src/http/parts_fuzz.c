/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "http/parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * A path, a range over a file of some size, a date: what is read keeps its bounds.
 *
 * fuzzes: http/parts.c
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1), out[256];
	uint64_t first, last, of = size ? (uint64_t)data[0] * data[0] : 0;
	int64_t wall_s, again_s;
	size_t n;

	must(text);
	if (size)
		memcpy(text, data, size);
	text[size] = 0;
	if (http_path_decode(text, out, sizeof out, &n))
		must(n <= size && n <= sizeof out);
	if (http_range_read(text, of, &first, &last) == HTTP_RANGE_PART)
		must(first <= last && last < of);
	if (size && http_range_read(text + 1, of, &first, &last) == HTTP_RANGE_PART)
		must(first <= last && last < of);
	if (http_date_read(text, &wall_s))
		must(http_date_read(http_date_print(wall_s).s, &again_s) && again_s == wall_s);
	free(text);
	return 0;
}
