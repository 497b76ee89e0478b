/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "wire/pcap.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_hex(struct span text)
{
	struct pcap_hex h = pcap_hex_open(text);
	uint8_t *out = malloc(text.n / 2 + 1);
	size_t n;

	must(out);
	while (pcap_hex_next(&h, out, &n) && n)
		must(n <= text.n / 2);
	free(out);
}

/*
 * fuzzes: wire/pcap.c
 * A datagram lies in the file that it was read from.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span file = span_of(data, size);
	struct pcap_datagram d;
	struct pcap p;

	if (pcap_open(file, &p) == PCAP_OTHER)
		read_hex(file);
	while (pcap_next(&p, &d))
		must(d.data.n == 0 || (d.data.p >= data && d.data.p + d.data.n <= data + size));
	return 0;
}
