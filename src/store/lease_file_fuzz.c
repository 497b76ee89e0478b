/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "store/lease_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Whatever is read as a lease is printed as a line that reads as the same lease.
 *
 * fuzzes: store/lease_line.c
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lease_walk w = { .rest = span_of(data, size) };
	enum lease_line_kind kind;

	while ((kind = lease_walk_next(&w)) != LINE_END) {
		char once[LEASE_LINE_MAX], twice[LEASE_LINE_MAX];
		struct lease_record again;
		size_t n;

		if (kind != LINE_LEASE)
			continue;
		n = lease_line_print(&w.record, once);
		must(lease_line_parse(span_of(once, n), &again));
		must(lease_line_print(&again, twice) == n && memcmp(once, twice, n) == 0);
		must(lease_line_ip4(span_of(once, n)) == addr_to_ip4(&w.record.addr));
	}
	return 0;
}
