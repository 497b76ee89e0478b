/* SPDX-License-Identifier: ISC */
/*
 * reply -- a verdict as a packet, and where that packet goes.
 */
#pragma once

#include "dhcp/decide.h"

struct dhcp_reply {
	size_t n;				/* bytes of packet; 0: nothing to send */
	uint8_t packet[DHCP4_MAX_SIZE];
	enum dhcp4_type type;
	struct endpoint to;
	uint16_t from_port;
	struct addr from;			/* of a broadcast or a frame; unset: the kernel's choice */
	unsigned ifindex;			/* 0: by routing */
	bool frame;				/* to.addr is not the client's yet: send to hw itself */
	struct hwaddr hw;
	uint8_t left_out[8];			/* codes that found no room */
	size_t lefts;				/* how many did, perhaps more than left_out holds */
};

/* For OFFER, ACK, NAK and INFORM verdicts. */
void dhcp_reply_write(const struct dhcp_env *e, const struct dhcp_request *r,
		      const struct dhcp_verdict *v, struct dhcp_reply *out);
