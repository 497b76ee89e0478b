/* SPDX-License-Identifier: ISC */
/*
 * fuzzes: wire/dhcp4_relay.c
 * A packet on its way up by a relay and by a split one, and back.
 */
#include "wire/dhcp4.h"
#include "wire/dhcp4_relay.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct addr local = addr_ip4(0xc0000201);
	const struct dhcp4_agent_words silent = { .unicast = false }, words = { local, local, true };
	uint8_t out[2048], back[2048];
	struct writer w = writer_of(out, sizeof out), down = writer_of(back, sizeof back);

	if (dhcp4_relay_up(&w, span_of(data, size), &local, &words))
		dhcp4_relay_down(&down, writer_done(&w));
	w = writer_of(out, sizeof out);
	dhcp4_relay_up(&w, span_of(data, size), &(struct addr){ 0 }, &silent);
	return 0;
}
