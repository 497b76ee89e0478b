/* SPDX-License-Identifier: ISC */
/*
 * send -- get a reply to its client, by the best way that is permitted here.
 */
#pragma once

#include "dhcp/reply.h"

/*
 * Unicast and broadcast through the socket.  To a client without an address: a
 * frame of its own; where that is refused, a neighbour entry and plain unicast,
 * as dnsmasq does; where that is refused too, broadcast.
 */
enum status dhcp_reply_send(struct loop *l, struct udp *u, const struct dhcp_reply *reply);
