/* SPDX-License-Identifier: ISC */
/* What a stranger may answer to an address probe: ARP, or an echo reply up a raw socket. */
#include "base/must.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader arp = reader_of(span_of(data, n)), ip = arp, payload;
	struct ip4_head head;
	struct icmp_echo echo;
	struct arp a;
	uint8_t bytes[64];

	if (arp_read(&arp, &a)) {
		struct writer w = writer_of(bytes, sizeof bytes);

		arp_write(&w, &a);		/* what was read can be written, byte for byte */
		must(writer_ok(&w) && memcmp(bytes, data, (size_t)(w.at - w.base)) == 0);
	}
	if (ip4_read(&ip, &head, &payload) && head.protocol == IP_ICMP)
		icmp_echo_read(&payload, &echo);
	return 0;
}
