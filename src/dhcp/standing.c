/* SPDX-License-Identifier: ISC */
#include "dhcp/deciding.h"

static const struct lease *lease_near(const struct deciding *d, struct addr near, uint32_t netmask)
{
	const struct lease *l = NULL;

	if (d->v->class.clid.n)
		l = leases_of_clid(d->e->leases, d->v->class.clid, near, netmask);
	if (!l && d->r->hw.len)
		l = leases_of_hw(d->e->leases, &d->r->hw, near, netmask);
	return l && dhcp_lease_is_mine(l, d->r, d->v->class.clid) ? l : NULL;
}

const struct lease *deciding_lease(const struct deciding *d)
{
	struct dhcp_context it = { 0 };
	const struct lease *l;

	while (dhcp_context_next(d->e->conf, d->r, &it)) {
		l = lease_near(d, it.range->start, it.netmask);
		if (l)
			return l;
	}
	return lease_near(d, (struct addr){ 0 }, 0);
}

const struct lease *deciding_bound(const struct deciding *d)
{
	const struct lease *l = deciding_lease(d);

	if (l && l->state != LEASE_BOUND)
		l = lease_near(d, (struct addr){ 0 }, 0);	/* a lease comes before an offer */
	return l && l->state == LEASE_BOUND ? l : NULL;
}

/* A host line with several hardware addresses is one machine: it may take from itself. */
bool deciding_may_take_over(const struct deciding *d, const struct addr *a)
{
	const struct dhcp_host *host = d->v->class.host;
	const struct lease *l = leases_at(d->e->leases, a);

	return host && addr_eq(&host->addr, a) && l && dhcp_host_has_hw(host, &l->hw);
}

enum dhcp_place deciding_place(const struct deciding *d, const struct addr *a)
{
	return dhcp_place(d->e, d->r, d->v->class.clid, a);
}

static const char leased_to[] = "it is leased to";

/* Why the host line's own address cannot be had now; NULL if it can. */
static const char *host_addr_trouble(const struct deciding *d)
{
	const struct addr *a = &d->v->class.host->addr;
	enum dhcp_place place = deciding_place(d, a);

	if (place == PLACE_TAKEN && !deciding_may_take_over(d, a))
		return leased_to;
	if (addr_eq(a, &d->r->msg->giaddr) || dhcp_request_is_ours(d->r, a))
		return "it is in use by the server or relay";
	return place == PLACE_DECLINED ? "it was previously declined" : NULL;
}

bool deciding_host_usable(const struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;

	return host && addr_is_set(&host->addr) && !host_addr_trouble(d);
}

void deciding_warn_of_host(struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;
	const char *why = host && addr_is_set(&host->addr) ? host_addr_trouble(d) : NULL;
	bool leased = why == leased_to;

	if (why)
		deciding_warn(d, "not using configured address %s because %s%s%s",
			      addr_text(&host->addr).s, why, leased ? " " : "",
			      leased ? hwaddr_text(&leases_at(d->e->leases, &host->addr)->hw).s : "");
}

/* Kept by a host line for somebody else. */
bool deciding_reserved(const struct deciding *d, const struct addr *a)
{
	const struct dhcp_host *at = dhcp_hosts_at(d->e->hosts, a);

	return at && at != d->v->class.host &&
	       !(d->v->class.host && addr_eq(&d->v->class.host->addr, a));
}

struct addr deciding_override(const struct deciding *d)
{
	const struct addr *relay = &d->r->msg->giaddr;

	if (addr_is_set(&d->r->relay.server_id))
		return d->r->relay.server_id;
	for (const struct dhcp_proxy *p = d->e->conf->proxies; p && !addr_is_any(relay); p = p->next)
		if (!addr_is_set(&p->relay) || addr_eq(&p->relay, relay))
			return *relay;
	return (struct addr){ 0 };
}

bool deciding_server_is_us(const struct deciding *d, const struct addr *id)
{
	struct dhcp_context it = { 0 };

	if (addr_is_set(&d->v->override))
		return addr_eq(id, &d->v->override);
	if (dhcp_request_is_ours(d->r, id))
		return true;
	while (dhcp_context_next(d->e->conf, d->r, &it))
		if (addr_eq(&it.local, id))
			return true;
	return false;
}
