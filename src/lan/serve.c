/* SPDX-License-Identifier: ISC */
#include "lan/conf.h"

bool if_name_matches(const struct if_name *i, const char *name)
{
	size_t n = strlen(i->name);

	return i->prefix ? strncmp(i->name, name, n) == 0 && name[n] : strcmp(i->name, name) == 0;
}

bool if_names_match(const struct if_name *list, const char *name)
{
	for (; list; list = list->next)
		if (if_name_matches(list, name))
			return true;
	return false;
}

static bool listens(const struct lan_conf *c, const struct addr *a)
{
	for (const struct listen_addr *l = c->listen; l; l = l->next)
		if (addr_eq(&l->addr, a))
			return true;
	return false;
}

/* By one name (the interface's, or an alias label) and one address (or none). */
static bool allowed(const struct lan_conf *c, const char *name, bool loopback,
		    const struct addr *to)
{
	bool names = c->interfaces || c->loopback_only;

	if (to && listens(c, to))
		return true;
	if (if_names_match(c->except, name))
		return false;
	if (names)
		return loopback || if_names_match(c->interfaces, name);
	return !c->listen;
}

static const struct netif_addr *own_addr(const struct netif *n, const struct addr *a)
{
	for (size_t i = 0; a && i < n->addrs; i++)
		if (addr_eq(&n->addr[i].addr, a))
			return &n->addr[i];
	return NULL;
}

/* A wildcard in listen-address is a socket like any other where addresses are bound. */
static bool bound_to_all(const struct lan_conf *c, const struct addr *to)
{
	return c->bind_interfaces && to && listens(c, &(struct addr){ .family = to->family });
}

bool lan_serves(const struct lan_conf *c, const struct netif *n, const struct addr *to)
{
	const struct netif_addr *own = own_addr(n, to);
	bool by_label = own && allowed(c, own->label, n->loopback, to);

	if (bound_to_all(c, to))
		return true;
	if (own && (c->bind_interfaces || c->bind_dynamic))
		return by_label;
	return by_label || allowed(c, n->name, n->loopback, to);
}

static bool is_authority(const struct lan_authority *one, const struct netif *n,
			 const struct addr *to)
{
	if (!one->interface)
		return addr_eq(&one->addr, to);
	return n && strcmp(n->name, one->interface) == 0 &&
	       (to->family == ADDR_IP4 ? one->ip4 : one->ip6);
}

bool lan_has_authority(const struct lan_conf *c, const struct netif *n, const struct addr *to)
{
	for (const struct lan_authority *one = c->authority; one; one = one->next)
		if (is_authority(one, n, to))
			return true;
	return false;
}

static const struct addr *first_ip4(const struct netif *n)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (n->addr[i].addr.family == ADDR_IP4 && strcmp(n->addr[i].label, n->name) == 0)
			return &n->addr[i].addr;
	return NULL;
}

bool lan_serves_dhcp4(const struct lan_conf *c, const struct netif *n)
{
	return !if_names_match(c->no_dhcp, n->name) && !if_names_match(c->no_dhcp4, n->name) &&
	       allowed(c, n->name, n->loopback, first_ip4(n));
}

static bool listens_on_ip6(const struct lan_conf *c, const struct netif *n)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (n->addr[i].addr.family == ADDR_IP6 && listens(c, &n->addr[i].addr))
			return true;
	return false;
}

bool lan_serves_dhcp6(const struct lan_conf *c, const struct netif *n)
{
	return !if_names_match(c->no_dhcp, n->name) && !if_names_match(c->no_dhcp6, n->name) &&
	       (allowed(c, n->name, n->loopback, NULL) || listens_on_ip6(c, n));
}

const struct netif *lan_netif_of(const struct loop *l, unsigned ifindex, const struct addr *to)
{
	const struct netif *n = loop_netif(l, ifindex);
	const struct netif *owner = n && n->loopback ? loop_netif_having(l, to) : NULL;

	return owner ? owner : n;
}
