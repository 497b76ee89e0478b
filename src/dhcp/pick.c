/* SPDX-License-Identifier: ISC */
#include "dhcp/pick.h"

/* The sdbm hash, h = c + 65599 h, in 32 bits; never 0. */
static uint32_t hash_of(const struct hwaddr *hw)
{
	uint32_t h = 0;

	for (size_t i = 0; i < hw->len; i++)
		h = hw->bytes[i] + h * 65599u;
	return h ? h : 1;
}

bool dhcp_lease_is_mine(const struct lease *l, const struct dhcp_request *r, struct span clid)
{
	if (l->clid_len > 0 && clid.n > 0)
		return span_eq(span_of(l->clid, l->clid_len), clid);
	return r->hw.len > 0 && hwaddr_eq(&l->hw, &r->hw);
}

enum dhcp_place dhcp_place(const struct dhcp_env *e, const struct dhcp_request *r,
			   struct span clid, const struct addr *a)
{
	const struct lease *l = leases_at(e->leases, a);

	if (!l || l->state == LEASE_NONE)
		return PLACE_FREE;
	if (l->state == LEASE_DECLINED)
		return PLACE_DECLINED;
	if (dhcp_lease_is_mine(l, r, clid))
		return PLACE_MINE;
	return l->state == LEASE_OFFERED ? PLACE_OFFERED : PLACE_TAKEN;
}

/* Old clients take .0 and .255 of a class C network for broadcasts. */
static bool breaks_clients(uint32_t ip)
{
	uint32_t low = ip & 0xff;

	return ip >> 29 == 6 && (low == 0 || low == 0xff);
}

bool dhcp_range_gives(const struct dhcp_context *x, const struct dhcp_request *r,
		      const struct addr *a)
{
	if (x->range->mode != RANGE_DYNAMIC || a->family != ADDR_IP4)
		return false;
	if (addr_cmp(a, &x->range->start) < 0 || addr_cmp(a, &x->range->end) > 0)
		return false;
	return !breaks_clients(addr_to_ip4(a)) && !addr_eq(a, &r->msg->giaddr) &&
	       !dhcp_request_is_ours(r, a);
}

bool dhcp_context_giving(const struct dhcp_env *e, const struct dhcp_request *r,
			 const struct tags *tags, const struct addr *a, struct dhcp_context *out)
{
	struct dhcp_context it = { 0 };

	while (dhcp_context_next(e->conf, r, &it))
		if (dhcp_range_gives(&it, r, a) && tags_match(tags, it.range->when)) {
			*out = it;
			return true;
		}
	return false;
}

bool dhcp_context_of(const struct dhcp_env *e, const struct dhcp_request *r,
		     const struct tags *tags, const struct addr *a, struct dhcp_context *out)
{
	struct dhcp_context it = { 0 }, found = { 0 };

	if (dhcp_context_giving(e, r, tags, a, out))
		return true;
	while (dhcp_context_next(e->conf, r, &it)) {
		if (!dhcp_context_has(&it, a) || !tags_match(tags, it.range->when))
			continue;
		/* An address outside every pool belongs to a static range first. */
		if (!found.range || (it.range->mode == RANGE_STATIC &&
				     found.range->mode != RANGE_STATIC))
			found = it;
	}
	if (!found.range)
		return false;
	*out = found;
	return true;
}

enum dhcp_pick dhcp_pick_probe(const struct dhcp_env *e, const struct addr *a)
{
	if (e->conf->no_ping)
		return PICK_FOUND;
	switch (dhcp_memory_probe(e->memory, a, e->now)) {
	case PROBED_FREE:
		return PICK_FOUND;
	case PROBED_IN_USE:
		return PICK_NONE;
	default:
		return e->may_probe ? PICK_PROBE : PICK_FOUND;
	}
}

/* One search: what it looks for, and where. */
struct search {
	const struct dhcp_env *e;
	const struct dhcp_request *r;
	const struct dhcp_context *x;
	struct span clid;
	enum lease_free how;		/* what is taken while nothing better is left */
};

/* Strangers who only ask cannot keep an address from others. */
static const enum lease_free rounds[] = { FREE_OF_ALL, FREE_BUT_FOR_OFFERS };

static bool may_have(const struct search *s, const struct addr *a)
{
	return dhcp_range_gives(s->x, s->r, a) && !dhcp_hosts_at(s->e->hosts, a);
}

/* What the client has already, of whichever network, where this range gives it. */
static bool find_own(const struct search *s, struct addr *out)
{
	const struct leases *leases = s->e->leases;
	const struct addr anywhere = { 0 };
	const struct lease *own = NULL;

	if (s->clid.n)
		own = leases_of_clid(leases, s->clid, anywhere, 0);
	if (!own)
		own = leases_of_hw(leases, &s->r->hw, anywhere, 0);
	if (!own || !dhcp_lease_is_mine(own, s->r, s->clid) || !may_have(s, &own->addr))
		return false;
	*out = own->addr;
	return true;
}

/* The first of a part of the range that can be had. */
static enum dhcp_pick search_part(const struct search *s, uint64_t from, uint64_t last,
				  struct addr *out)
{
	for (uint32_t ip; from <= last; from = (uint64_t)ip + 1) {
		enum dhcp_pick p;

		ip = (uint32_t)from;
		if (!leases_next_free(s->e->leases, s->how, (uint32_t)last, &ip))
			break;
		*out = addr_ip4(ip);
		p = may_have(s, out) ? dhcp_pick_probe(s->e, out) : PICK_NONE;
		if (p != PICK_NONE)
			return p;
	}
	return PICK_NONE;
}

/*
 * Where the search begins.  dhcp-sequential-ip goes on at the highest lease of the range, so that
 * an address that was just given up rests for a while.
 */
static uint32_t begin(const struct search *s, uint32_t first, uint32_t last)
{
	uint32_t ip = last;

	if (s->e->conf->sequential_ip)
		return leases_last_bound(s->e->leases, first, &ip) ? ip : first;
	return first + (uint32_t)(((uint64_t)hash_of(&s->r->hw) +
				   dhcp_memory_failures(s->e->memory, &s->x->range->start)) %
				  ((uint64_t)last - first + 1));
}

static enum dhcp_pick search_range(const struct search *s, struct addr *out)
{
	const uint32_t first = addr_to_ip4(&s->x->range->start);
	const uint32_t last = addr_to_ip4(&s->x->range->end), from = begin(s, first, last);
	enum dhcp_pick p;

	if (find_own(s, out))
		return PICK_FOUND;
	p = search_part(s, from, last, out);
	if (p == PICK_NONE && from > first)
		p = search_part(s, first, from - 1, out);
	return p;
}

/* Ranges whose tags match come before those that ask for none. */
static enum dhcp_pick search_ranges(const struct search *plan, const struct tags *tags, bool tagged,
				    struct addr *out)
{
	struct dhcp_context it = { 0 };
	struct search s = *plan;

	s.x = &it;
	while (dhcp_context_next(s.e->conf, s.r, &it)) {
		if (it.range->mode != RANGE_DYNAMIC || (it.range->when != NULL) != tagged ||
		    !tags_match(tags, it.range->when))
			continue;

		enum dhcp_pick p = search_range(&s, out);

		if (p != PICK_NONE)
			return p;
	}
	return PICK_NONE;
}

enum dhcp_pick dhcp_pick(const struct dhcp_env *e, const struct dhcp_request *r,
			 const struct tags *tags, struct span clid, struct addr *out)
{
	struct search s = { .e = e, .r = r, .clid = clid };

	for (size_t i = 0; i < sizeof rounds / sizeof *rounds; i++) {
		s.how = rounds[i];
		for (int tagged = 1; tagged >= 0; tagged--) {
			enum dhcp_pick p = search_ranges(&s, tags, tagged, out);

			if (p != PICK_NONE)
				return p;
		}
	}
	return PICK_NONE;
}
