/* SPDX-License-Identifier: ISC */
/*
 * dhcp4_relay -- what a relay agent changes in packets of DHCP (RFC 1542 4.1, RFC 3046).
 *
 * All else stays as it came, byte by byte.  The packet was read by wire/dhcp4.h.
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"
#include "wire/writer.h"

/* What the relay says of itself in option 82; unset: nothing. */
struct dhcp4_agent_words {
	struct addr link;		/* the client's network (RFC 3527) */
	struct addr server_id;		/* what the server is to be called (RFC 5107) */
	bool unicast;			/* how the client sent it (RFC 5010); where link is set */
};

/*
 * A request on its way to a server: one more hop, this giaddr (unset: its own), and the words.  False:
 * it does not fit, or its options have no end.
 */
bool dhcp4_relay_up(struct writer *w, struct span packet, const struct addr *giaddr,
		    const struct dhcp4_agent_words *words);

/* A reply on its way to the client, without option 82.  False: as above. */
bool dhcp4_relay_down(struct writer *w, struct span packet);
