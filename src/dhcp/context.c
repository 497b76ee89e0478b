/* SPDX-License-Identifier: ISC */
#include "dhcp/context.h"

/* Before there were netmasks: what a relayed range without one means. */
static uint32_t class_mask(uint32_t ip)
{
	if (ip < 0x80000000)
		return 0xff000000;
	return ip < 0xc0000000 ? 0xffff0000 : 0xffffff00;
}

static bool same_net(const struct addr *a, const struct addr *b, uint32_t mask)
{
	return ((addr_to_ip4(a) ^ addr_to_ip4(b)) & mask) == 0;
}

bool dhcp_context_has(const struct dhcp_context *x, const struct addr *a)
{
	return x->range && a->family == ADDR_IP4 && same_net(&x->range->start, a, x->netmask);
}

struct addr dhcp_context_fallback(const struct dhcp_request *r)
{
	if (r->unicast)
		return r->to;
	for (size_t i = 0; i < r->netif->addrs; i++)
		if (r->netif->addr[i].addr.family == ADDR_IP4)
			return r->netif->addr[i].addr;
	return (struct addr){ 0 };
}

/* Our address on the network, if the interface is there itself. */
static const struct netif_addr *own_addr(const struct netif *n, const struct dhcp_range *range,
					 uint32_t *mask)
{
	for (size_t i = 0; i < n->addrs; i++) {
		const struct netif_addr *a = &n->addr[i];

		if (a->addr.family != ADDR_IP4)
			continue;
		*mask = range->has_netmask ? range->netmask : ip4_mask(a->bits);
		if (same_net(&a->addr, &range->start, *mask) &&
		    same_net(&a->addr, &range->end, *mask))
			return a;
	}
	return NULL;
}

static uint32_t broadcast_of(const struct dhcp_range *range, const struct netif_addr *own,
			     uint32_t mask)
{
	if (range->has_broadcast)
		return range->broadcast;
	if (own && own->broadcast.family == ADDR_IP4 && !range->has_netmask)
		return addr_to_ip4(&own->broadcast);
	return (addr_to_ip4(&range->start) & mask) | ~mask;
}

/* Turns go from the last address to the first; each range belongs to one of them. */
static const struct netif_addr *turns_addr(const struct netif *n, size_t turn)
{
	return &n->addr[n->addrs - turn];
}

static bool local_context(const struct dhcp_range *range, const struct dhcp_request *r,
			  struct dhcp_context *out)
{
	uint32_t mask = 0;
	const struct netif_addr *own = own_addr(r->netif, range, &mask);

	if (!own || own != turns_addr(r->netif, out->turn))
		return false;
	*out = (struct dhcp_context){
		.range = range, .turn = out->turn, .netmask = mask,
		.broadcast = broadcast_of(range, own, mask), .local = own->addr,
		.router = own->addr,
	};
	return true;
}

static bool remote_context(const struct dhcp_range *range, const struct dhcp_request *r,
			   const struct addr *remote, struct dhcp_context *out)
{
	uint32_t mask = 0;
	const struct netif_addr *own = own_addr(r->netif, range, &mask);

	if (!own)
		mask = range->has_netmask ? range->netmask
					  : class_mask(addr_to_ip4(&range->start));
	if (!same_net(&range->start, remote, mask))
		return false;
	*out = (struct dhcp_context){
		.range = range, .netmask = mask, .broadcast = broadcast_of(range, own, mask),
		.local = own ? own->addr : dhcp_context_fallback(r),
	};
	if (own)
		out->router = own->addr;
	return true;
}

static bool next_remote(const struct dhcp_conf *c, const struct dhcp_request *r,
			const struct addr *remote, struct dhcp_context *it)
{
	const struct dhcp_range *range = it->range ? it->range->next : c->ranges;

	for (; range; range = range->next)
		if (range->mode != RANGE_PROXY && remote_context(range, r, remote, it))
			return true;
	it->range = NULL;
	return false;
}

static bool next_local(const struct dhcp_conf *c, const struct dhcp_request *r,
		       struct dhcp_context *it)
{
	const struct dhcp_range *range = it->range ? it->range->next : NULL;

	if (!it->range) {
		it->turn = 1;
		range = c->ranges;
	}
	for (; it->turn <= r->netif->addrs; it->turn++, range = c->ranges)
		for (; range; range = range->next)
			if (range->mode != RANGE_PROXY && local_context(range, r, it))
				return true;
	it->range = NULL;
	return false;
}

static bool is_between(const struct dhcp_range *range, const struct addr *a)
{
	return addr_cmp(&range->start, a) <= 0 && addr_cmp(a, &range->end) <= 0;
}

/* Without a netmask of its own it has that of the interface that is on its network. */
static bool is_on_network(const struct dhcp_range *range, const struct loop *l, const struct addr *a)
{
	const struct netif *netifs;
	size_t n = loop_netifs(l, &netifs);
	uint32_t mask;

	if (range->has_netmask)
		return same_net(&range->start, a, range->netmask);
	for (size_t i = 0; i < n; i++)
		if (own_addr(&netifs[i], range, &mask) && same_net(&range->start, a, mask))
			return true;
	return false;
}

const struct dhcp_range *dhcp_range_of(const struct dhcp_conf *c, const struct loop *l,
				       const struct addr *a)
{
	const struct dhcp_range *near = NULL;

	for (const struct dhcp_range *r = c->ranges; r; r = r->next) {
		if (a->family != ADDR_IP4 || r->mode == RANGE_PROXY)
			continue;
		if (is_between(r, a))
			return r;
		if (!near && is_on_network(r, l, a))
			near = r;
	}
	return near;
}

static bool any_has(const struct dhcp_conf *c, const struct dhcp_request *r,
		    const struct addr *a)
{
	struct dhcp_context it = { 0 };

	while (next_local(c, r, &it))
		if (dhcp_context_has(&it, a))
			return true;
	return false;
}

struct addr dhcp_context_remote(const struct dhcp_conf *c, const struct dhcp_request *r)
{
	const struct addr *ciaddr = &r->msg->ciaddr;
	struct dhcp_context it = { 0 };

	if (addr_is_set(&r->relay.link))
		return r->relay.link;
	if (addr_is_set(&r->subnet))
		return r->subnet;
	if (!addr_is_any(&r->msg->giaddr))
		return r->msg->giaddr;
	if (!addr_is_any(ciaddr) && !any_has(c, r, ciaddr) && next_remote(c, r, ciaddr, &it))
		return *ciaddr;
	return (struct addr){ 0 };
}

/* ---- shared networks --------------------------------------------------------------- */

static bool is_shared_with(const struct shared_network *s, const struct dhcp_request *r,
			   const struct addr *remote)
{
	if (addr_is_set(remote))
		return addr_is_set(&s->from) &&
		       (addr_eq(&s->from, remote) || addr_eq(&s->from, &r->msg->giaddr));
	return s->interface ? strcmp(s->interface, r->netif->name) == 0
			    : dhcp_request_is_ours(r, &s->from);
}

/* One that serves the request by itself has had its turn. */
static bool serves_anyway(const struct dhcp_range *range, const struct dhcp_request *r,
			  const struct addr *remote)
{
	uint32_t mask;

	return addr_is_set(remote) ? same_net(&range->start, remote, range->netmask)
				   : own_addr(r->netif, range, &mask) != NULL;
}

/* Nobody knows a router there. */
static bool shared_context(const struct dhcp_range *range, const struct dhcp_request *r,
			   const struct addr *remote, struct dhcp_context *out)
{
	const struct shared_network *s = out->shared;

	if (!range->has_netmask || range->mode == RANGE_PROXY || serves_anyway(range, r, remote) ||
	    !same_net(&range->start, &s->network, range->netmask))
		return false;
	*out = (struct dhcp_context){
		.range = range, .shared = s, .netmask = range->netmask,
		.broadcast = broadcast_of(range, NULL, range->netmask),
		.local = dhcp_context_fallback(r),
	};
	return true;
}

static bool next_shared(const struct dhcp_conf *c, const struct dhcp_request *r,
			const struct addr *remote, struct dhcp_context *it)
{
	const struct dhcp_range *range = it->range ? it->range->next : c->ranges;

	for (; it->shared; it->shared = it->shared->next, range = c->ranges) {
		if (!is_shared_with(it->shared, r, remote))
			continue;
		for (; range; range = range->next)
			if (shared_context(range, r, remote, it))
				return true;
	}
	it->range = NULL;
	return false;
}

bool dhcp_context_next(const struct dhcp_conf *c, const struct dhcp_request *r,
		       struct dhcp_context *it)
{
	const struct addr remote = dhcp_context_remote(c, r);

	if (!it->shared) {
		if (addr_is_set(&remote) ? next_remote(c, r, &remote, it) : next_local(c, r, it))
			return true;
		it->shared = c->shared;
	}
	return next_shared(c, r, &remote, it);
}

bool dhcp_context_any(const struct dhcp_conf *c, const struct dhcp_request *r)
{
	struct dhcp_context it = { 0 };

	return dhcp_context_next(c, r, &it);
}
