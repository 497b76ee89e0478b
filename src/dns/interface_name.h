/* SPDX-License-Identifier: ISC */
/*
 * interface_name -- the addresses that interface-name and dynamic-host give to a name.
 *
 * A pure function of a line and one address of its interface.
 */
#pragma once

#include "dns/conf.h"
#include "net/loop.h"

/*
 * The address that the line makes of one of its interface's: the same, or, of dynamic-host,
 * one in the same network.  False: none.  Those of IPv6 that are not for lasting use
 * (temporary, deprecated, tentative) and fe80::/10 are nobody's addresses.
 */
bool interface_name_gives(const struct dns_interface_name *i, const struct netif_addr *a,
			  struct addr *out);

/* Does the line give this address now, by any of its interface's, lasting or not? */
bool interface_name_has(const struct dns_interface_name *i, const struct loop *l,
			const struct addr *a);
