/* SPDX-License-Identifier: ISC */
/*
 * rehearse -- what the server would do about one packet, with nothing done.
 *
 * It goes the server's own way, from the bytes that arrive to the bytes that
 * would leave.  No lease is taken, nobody is probed and nothing is sent; so some
 * things are assumed: that nobody answers a probe, that the store works, and that a
 * question about leases comes from where its answer goes.
 */
#pragma once

#include "dhcp/leasequery.h"

struct dhcp_rehearsal {
	enum dhcp4_reject reject;	/* anything but DHCP4_READ: dropped, and nothing below is set */
	bool has_type;			/* false: of a message type that nobody has; no request was read */
	bool is_query;			/* a question about leases: .query says what becomes of it, if it
					 * is served; no request was read */
	struct dhcp_leasequery query;
	bool served;			/* false: not on this interface; nothing was decided */
	const struct dhcp_relay *relay;	/* it is passed on by this line (but for its trouble), and nothing
					 * was decided; or NULL */
	const char *relay_trouble;	/* why it is not, or NULL */
	bool would_probe;		/* .verdict.addr, before it is offered */
	bool full;			/* there are as many leases as there may be: a NAK */
	struct dhcp4_msg msg;
	struct dhcp_request request;
	struct dhcp_verdict verdict;
	struct dhcp_reply reply;	/* .n 0: nothing is sent */
};

/*
 * A packet that arrived on n, sent to that address.  All of e but may_probe is
 * the caller's.  The rehearsal borrows from everything and must not be copied.
 */
void dhcp_rehearse(const struct dhcp_env *e, const struct netif *n, const struct addr *to,
		   struct span packet, struct dhcp_rehearsal *out);
