/* SPDX-License-Identifier: ISC */
/*
 * memory -- what the server remembers of addresses between packets and does not
 * store: answers to probes, how often an address of a range failed, and what a
 * relay said of itself.
 *
 * Both tables are of fixed size; the oldest entry makes room.  What is forgotten
 * costs a probe, never an address.
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"

#define DHCP_PROBE_CACHE_MS 30000	/* dnsmasq believes a probe for as long */

enum dhcp_probed { PROBED_UNKNOWN, PROBED_FREE, PROBED_IN_USE };

struct dhcp_memory {
	struct {
		struct addr addr;
		int64_t at_ms;
		bool in_use;
	} probed[256];
	size_t next_probed;
	struct dhcp_range_memory {
		struct addr start;
		uint32_t failed;
		struct dhcp_relay_memory {
			struct addr router;	/* the relay, seen from its clients */
			struct addr server_id;	/* RFC 5107: what it wants us to be called */
		} relay;
	} range[64];
	size_t next_range;
};

void dhcp_memory_probed(struct dhcp_memory *m, const struct addr *a, bool in_use, struct now now);
enum dhcp_probed dhcp_memory_probe(const struct dhcp_memory *m, const struct addr *a,
				   struct now now);

/* One more address of the range that starts here was in use: later clients start elsewhere. */
void dhcp_memory_failed(struct dhcp_memory *m, const struct addr *range_start);
uint32_t dhcp_memory_failures(const struct dhcp_memory *m, const struct addr *range_start);

/* What the latest relay of the range's clients said; unset where none did. */
void dhcp_memory_relayed(struct dhcp_memory *m, const struct addr *range_start,
			 const struct dhcp_relay_memory *relay);
struct dhcp_relay_memory dhcp_memory_relay(const struct dhcp_memory *m,
					   const struct addr *range_start);
