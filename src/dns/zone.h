/* SPDX-License-Identifier: ISC */
/*
 * zone -- which auth-zone a name or an address is in, and what it may tell.
 *
 * Pure functions of the configuration and the interfaces.  Of zones that fit, the
 * last line's counts, as in dnsmasq, and not the longest.
 */
#pragma once

#include "dns/conf.h"
#include "net/loop.h"
#include "wire/dname.h"

/* The zone that a name lies in, or NULL. */
const struct dns_zone *zone_of(const struct dns_conf *c, struct span name);

/* May the zone tell this address?  All of them, where no subnet is known of it but those that it
 * excludes. */
bool zone_tells(const struct dns_zone *z, const struct loop *l, const struct addr *a);

/*
 * The zone one of whose subnets an address lies in, and the name of that subnet's reverse
 * zone: of IPv4 whole bytes of the address, one to three, of IPv6 all digits that the length
 * begins.  NULL: none.
 */
const struct dns_zone *zone_reverse(const struct dns_conf *c, const struct loop *l,
				    const struct addr *a, struct dname *out);
