/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "wire/dhcp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Walking sees what reading sees, in pieces. */
static void walk_alike(struct span packet, const struct dhcp4_msg *m)
{
	struct dhcp4_walk w;
	size_t seen[256] = { 0 };
	struct span body;
	uint8_t code;

	dhcp4_walk_start(&w, packet);
	while (dhcp4_walk_next(&w, &code, &body))
		seen[code] += body.n;
	for (size_t i = 0; i < 256; i++)
		must(seen[i] == m->opt[i].n);
}

/*
 * fuzzes: wire/dhcp4.c
 * What was read can be written, and reads back the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct dhcp4_msg in, out;
	static struct dhcp4_build b;
	struct dhcp4_head head = { .op = DHCP4_BOOTREPLY };

	if (dhcp4_read(span_of(data, size), &in) != DHCP4_READ)
		return 0;
	head.hw = in.hw;
	must(dhcp4_build_start(&b, &head, (struct dhcp4_room){ size, in.opt[82].n, size & 1 }));
	for (size_t i = 0; i < in.orders; i++)
		if (in.order[i] != DHCP4_OVERLOAD && in.order[i] != DHCP4_AGENT_INFO &&
		    !dhcp4_build_option(&b, in.order[i], in.opt[in.order[i]]))
			in.opt[in.order[i]].p = NULL;
	if (dhcp4_has(&in, DHCP4_AGENT_INFO) && b.kept)
		dhcp4_build_last(&b, DHCP4_AGENT_INFO, in.opt[DHCP4_AGENT_INFO]);

	struct span packet = dhcp4_build_done(&b);

	must(packet.n <= DHCP4_MAX_SIZE && packet.n >= DHCP4_MIN_SIZE);
	must(dhcp4_read_reply(packet, &out) == DHCP4_READ);
	walk_alike(packet, &out);
	for (size_t i = 0; i < in.orders; i++)
		if (in.opt[in.order[i]].p && in.order[i] != DHCP4_OVERLOAD &&
		    (in.order[i] != DHCP4_AGENT_INFO || b.kept))
			must(span_eq(in.opt[in.order[i]], out.opt[in.order[i]]));
	return 0;
}
