/* SPDX-License-Identifier: ISC */
/*
 * auth_private -- the records that answers of a zone and copies of it have in common.
 */
#pragma once

#include "dns/auth.h"
#include "dns/local_private.h"
#include "dns/zone.h"

/* Those of `owner`, which is the zone's own name or that of a reverse one.  The first server is this
 * one, if strangers may ask it anywhere; secondaries copy no reverse zones, and so do not serve them. */
void auth_add_soa(struct deciding *d, enum dns_section section, const struct dname *owner);
enum auth_servers { AUTH_ALL_SERVERS, AUTH_FIRST_SERVER };
void auth_add_servers(struct deciding *d, enum dns_section section, const struct dname *owner,
		      enum auth_servers which);

/* A record of a line of its own, with the zones' TTL. */
void auth_add_record(struct deciding *d, const struct dname *owner, const struct dns_record *r);

/* An alias; a target of one label lies in the zone.  *out is the whole target. */
void auth_add_alias(struct deciding *d, const struct dns_zone *zone, const struct dname *owner,
		    const struct dns_record *cname, struct dname *out);

/* Where strangers ask, the addresses of the zone's subnets; else all. */
bool auth_tells(const struct deciding *d, const struct dns_zone *zone, const struct addr *a);

/* The addresses of this type that lines of an interface give its name. */
void auth_add_interface(struct deciding *d, const struct dns_zone *zone, const struct dname *owner,
			const struct dns_interface_name *i, uint16_t type);

/* Is a record about one name, not about an address, and no alias? */
bool auth_is_plain(const struct dns_record *r);

/* Does the zone have this lease, and by which name?  By its short one; with dhcp-fqdn by the long
 * one, where that lies in the zone. */
bool auth_lease_name(const struct deciding *d, const struct dns_zone *zone,
		     const struct names_entry *e, struct dname *out);
