/* SPDX-License-Identifier: ISC */
#include "dhcp/send.h"

static enum status send_to_hardware(struct loop *l, struct udp *u, const struct dhcp_reply *reply,
				    struct dgram *d)
{
	enum status s = frame_send(l, d, &reply->hw);

	if (s != ST_REFUSED)
		return s;
	if (loop_neighbour_set(l, d->ifindex, &d->to.addr, &reply->hw) != ST_OK)
		d->to.addr = addr_ip4(0xffffffff);
	return udp_send(u, d);
}

enum status dhcp_reply_send(struct loop *l, struct udp *u, const struct dhcp_reply *reply)
{
	struct dgram d = {
		.from = { reply->from, reply->from_port }, .to = reply->to,
		.ifindex = reply->ifindex, .data = span_of(reply->packet, reply->n),
	};

	return reply->frame ? send_to_hardware(l, u, reply, &d) : udp_send(u, &d);
}
