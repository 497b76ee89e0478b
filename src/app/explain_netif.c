/* SPDX-License-Identifier: ISC */
/*
 * Where a packet arrives.  A configuration can be explained on a machine that is
 * not the server's, so an interface that is not here is made up: it has an
 * address in the network of a dhcp-range, one that listen-address names, or the
 * first that no range and no dhcp-host gives away.
 */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/text.h"

enum { ASSUMED_INDEX = 1 << 30, ASSUMED_BITS = 24, ASSUMED_MTU = 1500, TRIES = 65536 };

/* ---- ranges ---------------------------------------------------------------------------- */

/* Without a netmask in the line: 24 bits, or as few as hold the whole range. */
static uint32_t mask_of(const struct dhcp_range *r)
{
	unsigned bits = ASSUMED_BITS;

	if (r->has_netmask)
		return r->netmask;
	while (bits > 0 && (addr_to_ip4(&r->start) ^ addr_to_ip4(&r->end)) & ip4_mask(bits))
		bits--;
	return ip4_mask(bits);
}

static bool in_network(const struct dhcp_range *r, uint32_t mask, const struct addr *a)
{
	return a->family == ADDR_IP4 && ((addr_to_ip4(&r->start) ^ addr_to_ip4(a)) & mask) == 0;
}

static bool asks_for(const struct dhcp_range *r, const char *tag)
{
	for (const struct tag_cond *c = r->when; c; c = c->next)
		if (!c->absent && strcmp(c->name, tag) == 0)
			return true;
	return false;
}

/* One that is for this interface by its tag; else the first without a tag; else the first. */
static const struct dhcp_range *range_for(const struct dhcp_conf *c, const char *interface)
{
	const struct dhcp_range *untagged = NULL;

	for (const struct dhcp_range *r = c->ranges; r; r = r->next) {
		if (asks_for(r, interface))
			return r;
		if (!r->when && !untagged)
			untagged = r;
	}
	return untagged ? untagged : c->ranges;
}

/* ---- an interface that is not here ---------------------------------------------------------- */

static bool is_given_away(const struct explain_stage *s, const struct addr *a)
{
	for (const struct dhcp_range *r = s->g->dhcp->ranges; r; r = r->next)
		if (addr_cmp(a, &r->start) >= 0 && addr_cmp(a, &r->end) <= 0)
			return true;
	for (const struct dhcp_host *h = s->g->dhcp->hosts; h; h = h->next)
		if (addr_eq(&h->addr, a))
			return true;
	return false;
}

static const struct listen_addr *listened_in(const struct explain_stage *s,
					     const struct dhcp_range *r, uint32_t mask)
{
	const struct listen_addr *l = s->g->lan->listen;

	while (l && !in_network(r, mask, &l->addr))
		l = l->next;
	return l;
}

/* The first that is free; where all are given away, the first. */
static struct addr first_free(const struct explain_stage *s, const struct dhcp_range *r,
			      uint32_t mask)
{
	uint32_t net = addr_to_ip4(&r->start) & mask, hosts = ~mask > 2 ? ~mask - 1 : 1;

	for (uint32_t i = 1; i <= hosts && i < TRIES; i++) {
		struct addr a = addr_ip4(net + i);

		if (!is_given_away(s, &a))
			return a;
	}
	return addr_ip4(net + 1);
}

static void set_addr(struct explain_stage *s, const struct addr *a, uint32_t mask)
{
	s->assumed_addr.addr = *a;
	s->assumed_addr.bits = (uint8_t)ip4_mask_bits(mask);
	s->assumed_addr.broadcast = addr_ip4(addr_to_ip4(a) | ~mask);
	memcpy(s->assumed_addr.label, s->assumed.name, sizeof s->assumed_addr.label);
	s->assumed.addr = &s->assumed_addr;
	s->assumed.addrs = 1;
}

/* What to say of a line: its place. */
static struct explain_place_text { char s[300]; } place(const struct origin *o)
{
	struct explain_place_text p;
	struct text t = TEXT(p.s);

	explain_origin_text(&t, o);
	return p;
}

static void assume(struct explain_stage *s, const char *name, const char *why)
{
	const struct dhcp_range *r = range_for(s->g->dhcp, name);
	const struct listen_addr *l;
	struct addr a;
	uint32_t mask;

	s->assumed = (struct netif){ .index = ASSUMED_INDEX, .mtu = ASSUMED_MTU, .up = true,
				     .multicast = true, .hw = { 1, 6, { 2 } } };
	snprintf(s->assumed.name, sizeof s->assumed.name, "%s", name);
	s->netif = &s->assumed;
	if (!r) {
		explain_note(s, "%s: %s", name, why);
		return;
	}
	mask = mask_of(r);
	l = listened_in(s, r, mask);
	a = l ? l->addr : first_free(s, r, mask);
	set_addr(s, &a, mask);
	if (l)
		explain_note(s, "%s: %s; it is taken to have %s/%u, the listen-address of %s", name, why,
			     addr_text(&a).s, s->assumed_addr.bits, place(&l->origin).s);
	else
		explain_note(s, "%s: %s; it is taken to have %s/%u, in the network of dhcp-range, %s",
			     name, why, addr_text(&a).s, s->assumed_addr.bits, place(&r->origin).s);
}

/* ---- one that is here ------------------------------------------------------------------------- */

static bool is_in(const struct dhcp_range *r, const struct netif_addr *a)
{
	return in_network(r, r->has_netmask ? r->netmask : ip4_mask(a->bits), &a->addr);
}

static bool lies_in_a_range(const struct dhcp_conf *c, const struct netif *n)
{
	for (const struct dhcp_range *r = c->ranges; r; r = r->next)
		for (size_t i = 0; i < n->addrs; i++)
			if (n->addr[i].addr.family == ADDR_IP4 && is_in(r, &n->addr[i]))
				return true;
	return false;
}

static const struct netif *find_here(const struct explain_stage *s)
{
	const struct netif *n;
	size_t many = loop_netifs(s->loop, &n);

	for (size_t i = 0; i < many; i++)
		if (lan_serves_dhcp4(s->g->lan, &n[i]) && lies_in_a_range(s->g->dhcp, &n[i]))
			return &n[i];
	return NULL;
}

/* The first that the configuration names. */
static const char *named_in_conf(const struct explain_stage *s)
{
	const struct if_name *i = s->g->lan->interfaces;

	while (i && (i->prefix || !*i->name))
		i = i->next;
	return i ? i->name : "eth0";
}

void explain_find_netif(struct explain_stage *s, const char *name)
{
	if (name)
		s->netif = loop_netif_named(s->loop, name);
	else
		s->netif = find_here(s);
	if (s->netif)
		return;
	if (name)
		assume(s, name, "this machine has no such interface");
	else
		assume(s, named_in_conf(s), "no interface of this machine lies in a dhcp-range");
}
