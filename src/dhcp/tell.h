/* SPDX-License-Identifier: ISC */
/*
 * tell -- what the server does, as events.
 */
#pragma once

#include "dhcp/reply.h"
#include "store/events.h"

/* What is told of: a client on an interface. */
struct dhcp_about {
	struct events *events;
	struct now now;
	const char *interface;
	uint32_t xid;
	struct hwaddr hw;
};

/* The message that came, once it was decided; nothing for one that is not our affair. */
void dhcp_tell_request(const struct dhcp_about *a, const struct dhcp_request *r,
		       const struct dhcp_verdict *v);

/* An answer.  name: of the lease, for an ACK; text: why, for a NAK; either may be NULL. */
void dhcp_tell_answer(const struct dhcp_about *a, enum dhcp4_type type, const struct addr *addr,
		      const char *name, const char *text, const struct origin *origin);

/* Something that the operator should know. */
__attribute__((format(printf, 2, 3)))
void dhcp_tell_warning(const struct dhcp_about *a, const char *format, ...);

/* Options that found no room in a reply. */
void dhcp_tell_left_out(const struct dhcp_about *a, const struct dhcp_reply *reply);
