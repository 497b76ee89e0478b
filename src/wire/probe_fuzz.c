/* SPDX-License-Identifier: ISC */
/*
 * What a stranger may answer to an address probe: ARP, or an echo reply up a raw socket.
 *
 * fuzzes: wire/arp.c wire/icmp.c wire/ip.c
 */
#include "base/must.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What was read can be written again, byte for byte. */
static void check_arp(const struct arp *a, const uint8_t *data)
{
	uint8_t bytes[64];
	struct writer w = writer_of(bytes, sizeof bytes);

	arp_write(&w, a);
	must(writer_ok(&w) && memcmp(bytes, data, writer_done(&w).n) == 0);
}

/* A packet that says the same.  Its bytes may differ: a checksum has two ways to write zero. */
static void check_echo(const struct ip4_head *head, const struct icmp_echo *e)
{
	static uint8_t bytes[IP4_HEADER + 65535];
	struct writer w = writer_of(bytes, sizeof bytes);
	struct icmp_echo echo;
	struct ip4_head again;
	struct reader r, payload;

	ip4_write(&w, head, ICMP_ECHO_HEADER + e->data.n);
	icmp_echo_write(&w, e);
	if (!writer_ok(&w))			/* longer than an IP packet can say */
		return;
	r = reader_of(writer_done(&w));
	must(ip4_read(&r, &again, &payload) && addr_eq(&again.from, &head->from));
	must(icmp_echo_read(&payload, &echo) && span_eq(echo.data, e->data));
	must(echo.type == e->type && echo.id == e->id && echo.sequence == e->sequence);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct reader arp = reader_of(span_of(data, n)), ip = arp, payload;
	struct ip4_head head;
	struct icmp_echo echo;
	struct arp a;

	if (arp_read(&arp, &a))
		check_arp(&a, data);
	if (ip4_read(&ip, &head, &payload) && head.protocol == IP_ICMP &&
	    icmp_echo_read(&payload, &echo))
		check_echo(&head, &echo);
	return 0;
}
