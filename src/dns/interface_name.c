/* SPDX-License-Identifier: ISC */
#include "dns/interface_name.h"

/* fe80::/10 is another network at each of its ends. */
static bool is_link_local(const struct addr *a)
{
	return a->family == ADDR_IP6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static bool is_lasting(const struct netif_addr *a)
{
	return a->addr.family == ADDR_IP4 ||
	       (!is_link_local(&a->addr) && !a->tentative && !a->deprecated && !a->temporary);
}

static const struct addr *host_part(const struct dns_interface_name *i, const struct addr *a)
{
	return a->family == ADDR_IP4 ? &i->host4 : &i->host6;
}

/* The leading bits of one, the rest of the other. */
static struct addr joined(const struct addr *net, unsigned bits, const struct addr *host)
{
	struct addr out = *net;

	for (size_t i = 0; i < sizeof out.bytes; i++) {
		unsigned left = bits > 8 * i ? bits - (unsigned)(8 * i) : 0;
		unsigned mask = left >= 8 ? 0xff : 0xff00u >> left & 0xff;

		out.bytes[i] = (uint8_t)((net->bytes[i] & mask) | (host->bytes[i] & ~mask));
	}
	return out;
}

static bool makes(const struct dns_interface_name *i, const struct netif_addr *a, struct addr *out)
{
	const struct addr *host = host_part(i, &a->addr);

	if (!(a->addr.family == ADDR_IP4 ? i->ip4 : i->ip6))
		return false;
	*out = addr_is_set(host) ? joined(&a->addr, a->bits, host) : a->addr;
	return true;
}

bool interface_name_gives(const struct dns_interface_name *i, const struct netif_addr *a,
			  struct addr *out)
{
	return is_lasting(a) && makes(i, a, out);
}

bool interface_name_has(const struct dns_interface_name *i, const struct loop *l,
			const struct addr *a)
{
	const struct netif *n = loop_netif_named(l, i->interface);
	struct addr one;

	for (size_t k = 0; n && k < n->addrs; k++)
		if (makes(i, &n->addr[k], &one) && addr_eq(&one, a))
			return true;
	return false;
}
