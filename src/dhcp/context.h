/* SPDX-License-Identifier: ISC */
/*
 * context -- the ranges that may serve a request, with what they lack filled in
 * from the interface: netmask, broadcast address, our own address there.
 *
 * A request that came through a relay, or that selects a subnet, is served by
 * the ranges of that subnet; any other by those of the arrival interface.  After those
 * come the ranges that shared-network lines add.
 */
#pragma once

#include "dhcp/conf.h"
#include "dhcp/request.h"

struct dhcp_context {
	const struct dhcp_range *range;	/* NULL: before the first */
	size_t turn;			/* whose address is looked at; see dhcp_context_next */
	uint32_t netmask, broadcast;	/* host order */
	struct addr local;		/* our address, for server id and next server */
	struct addr router;		/* what to offer as router; unset: nothing known */
	const struct shared_network *shared;	/* by which it serves the request; NULL: by its own */
};

/*
 * Steps to the next context of this request; start with a zeroed one.  They come
 * in file order; where the interface has several addresses, those of the network
 * of its last address first, as in dnsmasq.
 */
bool dhcp_context_next(const struct dhcp_conf *c, const struct dhcp_request *r,
		       struct dhcp_context *it);

/* Do any serve it? */
bool dhcp_context_any(const struct dhcp_conf *c, const struct dhcp_request *r);

/* Is a on the context's network? */
bool dhcp_context_has(const struct dhcp_context *x, const struct addr *a);

/*
 * The range that an address is given from: the first that has it between its ends, else the
 * first on whose network it lies, by its own netmask or by that of an interface.  NULL: none.
 */
const struct dhcp_range *dhcp_range_of(const struct dhcp_conf *c, const struct loop *l,
				       const struct addr *a);

/* The first IPv4 address of the arrival interface; the one it was sent to, if that is one. */
struct addr dhcp_context_fallback(const struct dhcp_request *r);

/*
 * Where a request comes from that is not of our own link: link selection (RFC
 * 3527), subnet selection (RFC 3011), the relay, or the address of a client that
 * renews past its relay.  Unset for our own link.
 */
struct addr dhcp_context_remote(const struct dhcp_conf *c, const struct dhcp_request *r);
