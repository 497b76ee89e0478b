/* SPDX-License-Identifier: ISC */
/*
 * Whom the name service answers: interface=, except-interface=, listen-address=
 * where sockets are shared by all interfaces, and local-service.
 */
#include "dns/server_private.h"

enum dns_local_service dns_restriction(const struct dns_conf *c, const struct lan_conf *lan)
{
	bool named = lan->interfaces || lan->except || lan->listen || lan->loopback_only ||
		     lan->auth_server;

	return named ? SERVICE_ALL : c->local_service;
}

static bool has_neighbour(const struct netif *n, const struct addr *from)
{
	for (size_t i = 0; i < n->addrs; i++) {
		struct prefix p = { n->addr[i].addr, n->addr[i].bits };

		if (prefix_has(&p, from))
			return true;
	}
	return false;
}

bool access_is_near(const struct dns *d, const struct addr *from)
{
	const struct netif *n;
	size_t count = loop_netifs(d->want.loop, &n);

	for (size_t i = 0; i < count; i++)
		if (has_neighbour(&n[i], from))
			return true;
	return false;
}

/* By UDP where all addresses share a socket the interface is that of arrival, else the address's. */
bool access_is_stranger(const struct dns *d, const struct client *c)
{
	const struct lan_conf *lan = d->data->lan;
	const bool by_arrival = addr_is_any(&c->at.addr) && !c->link;
	const struct netif *n;

	if (!lan->authority)
		return false;
	n = by_arrival ? lan_netif_of(d->want.loop, c->ifindex, &c->to.addr)
		       : loop_netif_having(d->want.loop, &c->to.addr);
	return lan_has_authority(lan, n, &c->to.addr);
}

bool access_allowed(struct dns *d, const struct client *c)
{
	const struct lan_conf *lan = d->data->lan;
	const struct netif *n = lan_netif_of(d->want.loop, c->ifindex, &c->to.addr);

	if (access_is_stranger(d, c))
		return true;
	if (addr_is_any(&c->at.addr) && (!n || !lan_serves(lan, n, &c->to.addr)))
		return false;
	switch (dns_restriction(d->data->conf, lan)) {
	case SERVICE_NET:
		if (access_is_near(d, &c->from.addr))
			break;
		tell_stranger(d, c);
		return false;
	case SERVICE_HOST: return n && n->loopback;
	case SERVICE_ALL: break;
	}
	return true;
}
