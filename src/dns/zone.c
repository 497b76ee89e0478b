/* SPDX-License-Identifier: ISC */
#include "dns/zone.h"

const struct dns_zone *zone_of(const struct dns_conf *c, struct span name)
{
	const struct dns_zone *last = NULL;

	for (const struct dns_zone *z = c->zones; z; z = z->next)
		if (dname_below(name, z->domain))
			last = z;
	return last;
}

/* ---- subnets -------------------------------------------------------------------------- */

/* fe80::/10 is no subnet of an interface's own. */
static bool counts(const struct dns_zone_net *net, const struct netif_addr *a)
{
	if (a->addr.family == ADDR_IP4)
		return net->ip4;
	return net->ip6 && !(a->addr.bytes[0] == 0xfe && (a->addr.bytes[1] & 0xc0) == 0x80);
}

/* The n-th subnet that a part of the line stands for, counted from 0; false: there are no more. */
static bool subnet(const struct dns_zone_net *net, const struct loop *l, size_t n,
		   struct prefix *out)
{
	const struct netif *i;

	if (!net->interface) {
		*out = net->net;
		return n == 0;
	}
	i = loop_netif_named(l, net->interface);
	for (size_t k = 0; i && k < i->addrs; k++)
		if (counts(net, &i->addr[k]) && n-- == 0) {
			*out = (struct prefix){ i->addr[k].addr, i->addr[k].bits };
			return true;
		}
	return false;
}

/* Does such a part have the address?  *any: there is such a subnet at all. */
static bool parts_have(const struct dns_zone *z, const struct loop *l, const struct addr *a,
		       bool excluded, bool *any, struct prefix *out)
{
	for (const struct dns_zone_net *net = z->nets; net; net = net->next)
		for (size_t n = 0; net->exclude == excluded && subnet(net, l, n, out); n++) {
			*any = true;
			if (prefix_has(out, a))
				return true;
		}
	return false;
}

bool zone_tells(const struct dns_zone *z, const struct loop *l, const struct addr *a)
{
	struct prefix p;
	bool any = false, ignored;

	if (parts_have(z, l, a, true, &ignored, &p))
		return false;
	return parts_have(z, l, a, false, &any, &p) || !any;
}

/* ---- reverse zones ---------------------------------------------------------------------- */

/* How many labels of a reverse name lie before the zone's. */
static unsigned labels_below(const struct prefix *p)
{
	const unsigned bits = p->bits;
	const unsigned bytes = bits < 16 ? 1 : bits < 24 ? 2 : 3;

	return p->addr.family == ADDR_IP4 ? 4 - bytes : 32 - (bits + 3) / 4;
}

const struct dns_zone *zone_reverse(const struct dns_conf *c, const struct loop *l,
				    const struct addr *a, struct dname *out)
{
	const struct dns_zone *last = NULL;
	struct prefix p, found = { 0 };
	struct dname whole;
	bool ignored;

	for (const struct dns_zone *z = c->zones; z; z = z->next)
		if (!parts_have(z, l, a, true, &ignored, &p) &&
		    parts_have(z, l, a, false, &ignored, &p)) {
			last = z;
			found = p;
		}
	if (!last)
		return NULL;
	dname_of_reverse(a, &whole);
	dname_of_span(dname_parent(dname_span(&whole), labels_below(&found)), out);
	return last;
}
