/* SPDX-License-Identifier: ISC */
/*
 * packets -- copies of what goes in and out, for whoever wants to look on.
 *
 * Engines hand over each datagram that is of a kind; nothing is done with it
 * unless somebody wants that kind.  Who does runs in the engine's thread.
 */
#pragma once

#include "base/addr.h"
#include "store/events.h"

/* The numbers are those of dumpmask. */
enum packet_kind {
	PACKET_QUERY = 0x0001,		/* from clients, by UDP, */
	PACKET_ANSWER = 0x0002,		/* and to them */
	PACKET_UP_QUERY = 0x0004,	/* to servers, by UDP, */
	PACKET_UP_REPLY = 0x0008,	/* and from them */
	PACKET_DHCP4 = 0x1000,		/* both ways */
	PACKET_TFTP = 0x8000,		/* requests, and all that is sent */
};

struct packet_tap {
	_Atomic unsigned kinds;		/* that are wanted */
	void (*took)(struct packet_tap *t, enum packet_kind kind, const struct endpoint *from,
		     const struct endpoint *to, struct span data);
};

static inline bool packets_wanted(const struct events *e, enum packet_kind kind)
{
	return e && e->tap && (e->tap->kinds & kind);
}

static inline void packet_show(const struct events *e, enum packet_kind kind,
			       const struct endpoint *from, const struct endpoint *to,
			       struct span data)
{
	if (packets_wanted(e, kind))
		e->tap->took(e->tap, kind, from, to, data);
}
