/* SPDX-License-Identifier: ISC */
/*
 * dhcp-range: where addresses are given out.
 */
#include "dhcp/conf_private.h"

/* A word that can only be meant as an address. */
static bool looks_like_addr(const struct word *w)
{
	return word_is_only(w, "0123456789abcdefABCDEF.:") || w->s[0] == 0;
}

/* [tag:<t>,…][set:<t>,]; a bare word before the addresses is the tag to set. */
static bool take_tags(struct args *a, struct dhcp_range *r)
{
	const char *set;

	while (args_more(a)) {
		if (args_tags(a, &r->when))
			continue;
		if (!args_set(a, &set)) {
			if (args_left(a) < 2 || looks_like_addr(args_peek(a)) ||
			    word_is_empty_tag(args_peek(a)))
				return true;
			set = args_take(a)->s;
		}
		if (r->set)
			return args_error(a, "only one tag may be set by a range; write one set:, "
					  "the others as tag-if");
		r->set = set;
	}
	return true;
}

static bool take_start(struct args *a, struct dhcp_range *r)
{
	if (args_addr6(a, &r->start, NULL))
		return args_error(a, "DHCPv6 is not served yet; leave this range out");
	return args_addr4(a, &r->start, "the first address, such as 192.0.2.10");
}

static bool take_end(struct args *a, struct dhcp_range *r)
{
	r->end = r->start;
	if (args_keyword(a, "proxy"))
		return args_error(a, "proxy is not served yet; leave this range out");
	if (args_keyword(a, "static")) {
		r->mode = RANGE_STATIC;
		return true;
	}
	return args_addr4(a, &r->end, "the last address, such as 192.0.2.100");
}

static void take_netmask(struct args *a, struct dhcp_range *r)
{
	struct addr addr;

	r->has_netmask = args_addr4(a, &addr, "a netmask");
	if (!r->has_netmask)
		return;
	r->netmask = addr_to_ip4(&addr);
	r->has_broadcast = args_addr4(a, &addr, "a broadcast address");
	if (r->has_broadcast)
		r->broadcast = addr_to_ip4(&addr);
}

/* "deprecated" qualifies addresses of IPv6 alone; on a range of IPv4 it means nothing. */
static bool take_lease(struct args *a, struct dhcp_range *r)
{
	r->lease_s = LEASE_DEFAULT_S;
	if (!args_more(a) || !args_peek(a)->s[0] || args_keyword(a, "deprecated"))
		return true;
	return args_lease(a, &r->lease_s);
}

static bool check_range(struct args *a, struct dhcp_range *r)
{
	uint32_t differ = addr_to_ip4(&r->start) ^ addr_to_ip4(&r->end);

	if (r->has_netmask && (differ & r->netmask)) {
		struct addr mask = addr_ip4(r->netmask);

		return args_error(a, "inconsistent DHCP range: %s and %s are in different networks "
				  "under netmask %s; write both ends in one network, or another "
				  "netmask", addr_text(&r->start).s, addr_text(&r->end).s,
				  addr_text(&mask).s);
	}
	if (addr_cmp(&r->start, &r->end) > 0) {
		struct addr first = r->end;

		r->end = r->start;
		r->start = first;
	}
	return true;
}

bool take_dhcp_range(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct dhcp_range *r = arena_new(args_arena(a), struct dhcp_range);

	r->origin = args_origin(a);
	if (!take_tags(a, r) || !take_start(a, r) || !take_end(a, r))
		return false;
	take_netmask(a, r);
	if (!take_lease(a, r) || !check_range(a, r))
		return false;
	LIST_ADD(c->ranges, r);
	return true;
}
