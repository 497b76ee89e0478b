/* SPDX-License-Identifier: ISC */
/*
 * pick -- a free address for a client that has none.
 *
 * The search begins where dnsmasq's does, at a hash of the hardware address, and
 * goes on to the next free one, so that changing from one server to the other
 * keeps most addresses even of clients without a lease.
 */
#pragma once

#include "dhcp/classify.h"
#include "dhcp/memory.h"
#include "lan/conf.h"
#include "store/leases.h"

/* All that a decision may look at besides the request: one configuration, one moment. */
struct dhcp_env {
	const struct dhcp_conf *conf;
	const struct lan_conf *lan;
	const struct dhcp_files *files;		/* or NULL */
	const struct dhcp_hosts *hosts;
	const struct dhcp_names *names;		/* or NULL */
	const struct leases *leases;
	const struct dhcp_memory *memory;
	bool may_probe;				/* a probe can be made for this request now */
	struct now now;
};

/* What stands at an address, seen by one client. */
enum dhcp_place {
	PLACE_FREE,
	PLACE_MINE,		/* the client's own lease or offer */
	PLACE_OFFERED,		/* held for somebody else for a moment */
	PLACE_TAKEN,		/* leased to somebody else */
	PLACE_DECLINED,
};
enum dhcp_place dhcp_place(const struct dhcp_env *e, const struct dhcp_request *r,
			   struct span clid, const struct addr *a);

/* Is this lease this client's?  By client id where both have one, else by hardware address. */
bool dhcp_lease_is_mine(const struct lease *l, const struct dhcp_request *r, struct span clid);

/* May the context's range give this address to somebody: in it, and not one that breaks
 * clients or is our own? */
bool dhcp_range_gives(const struct dhcp_context *x, const struct dhcp_request *r,
		      const struct addr *a);

/* The context whose network has a and whose range's tags match; false if none. */
bool dhcp_context_of(const struct dhcp_env *e, const struct dhcp_request *r,
		     const struct tags *tags, const struct addr *a, struct dhcp_context *out);

/* As dhcp_context_of, and the range may give the address. */
bool dhcp_context_giving(const struct dhcp_env *e, const struct dhcp_request *r,
			 const struct tags *tags, const struct addr *a, struct dhcp_context *out);

enum dhcp_pick { PICK_NONE, PICK_FOUND, PICK_PROBE };

/* PICK_PROBE: nobody leased *out, but whether somebody uses it must be probed first. */
enum dhcp_pick dhcp_pick(const struct dhcp_env *e, const struct dhcp_request *r,
			 const struct tags *tags, struct span clid, struct addr *out);

/* May this free address be offered without, or after, a probe? */
enum dhcp_pick dhcp_pick_probe(const struct dhcp_env *e, const struct addr *a);
