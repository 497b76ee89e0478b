/* SPDX-License-Identifier: ISC */
#include "lan/bind.h"

static const struct addr any4 = { .family = ADDR_IP4 }, any6 = { .family = ADDR_IP6 };

static void add(struct bindings *out, const struct binding *one)
{
	if (bindings_have(out, one))
		return;
	if (out->n == BINDINGS_MAX) {
		out->overflow = true;
		return;
	}
	out->at[out->n++] = *one;
}

bool bindings_have(const struct bindings *b, const struct binding *one)
{
	for (size_t i = 0; i < b->n; i++)
		if (addr_eq(&b->at[i].addr, &one->addr) &&
		    strcmp(b->at[i].device, one->device) == 0)
			return true;
	return false;
}

static bool binds(const struct lan_conf *c)
{
	return c->bind_interfaces || c->bind_dynamic;
}

/* fe80::/10: the same address may be on several links. */
static bool is_link_local(const struct addr *a)
{
	static const struct prefix link_local = { { ADDR_IP6, { 0xfe, 0x80 } }, 10 };

	return prefix_has(&link_local, a);
}

static void add_interface(struct bindings *out, const struct lan_conf *c, const struct netif *n,
			  lan_judge *serves, const void *service)
{
	for (size_t i = 0; i < n->addrs; i++) {
		struct binding one = { .addr = n->addr[i].addr };
		const struct binding all = { .addr.family = one.addr.family };

		if (bindings_have(out, &all) || n->addr[i].tentative ||
		    !serves(service, c, n, &one.addr))
			continue;
		if (is_link_local(&one.addr))
			memcpy(one.device, n->name, sizeof one.device);
		add(out, &one);
	}
}

/*
 * What listen-address names and no interface has: all of 127.0.0.0/8 works
 * anyway, and so does the wildcard; any other is asked for under bind-interfaces,
 * where that it is not there must show.
 */
static bool listens_elsewhere(const struct lan_conf *c, const struct loop *l, const struct addr *a)
{
	static const struct prefix loopback = { { ADDR_IP4, { 127 } }, 8 };

	return !loop_netif_having(l, a) &&
	       (c->bind_interfaces || prefix_has(&loopback, a) || addr_is_any(a));
}

void lan_bindings(struct bindings *out, const struct lan_conf *c, const struct loop *l,
		  lan_judge *serves, const void *service)
{
	const struct netif *list;
	size_t n = loop_netifs(l, &list);

	out->n = 0;
	out->overflow = false;
	if (!binds(c)) {
		add(out, &(struct binding){ .addr = any4 });
		add(out, &(struct binding){ .addr = any6 });
		return;
	}
	for (const struct listen_addr *a = c->listen; a; a = a->next)
		if (listens_elsewhere(c, l, &a->addr))
			add(out, &(struct binding){ .addr = a->addr });
	for (size_t i = 0; i < n; i++)
		add_interface(out, c, &list[i], serves, service);
}

static bool has_ip4(const struct netif *n)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (n->addr[i].addr.family == ADDR_IP4)
			return true;
	return false;
}

void lan_bindings_dhcp4(struct bindings *out, const struct lan_conf *c, const struct loop *l)
{
	const struct netif *list;
	size_t n = loop_netifs(l, &list);

	out->n = 0;
	out->overflow = false;
	if (!binds(c))
		add(out, &(struct binding){ .addr = any4 });
	for (size_t i = 0; i < n && binds(c); i++) {
		struct binding one = { .addr = any4, .share = true };

		memcpy(one.device, list[i].name, sizeof one.device);
		if (!list[i].loopback && has_ip4(&list[i]) && lan_serves_dhcp4(c, &list[i]))
			add(out, &one);
	}
}

/* Of an interface, or one of its alias labels. */
static bool is_named(const struct loop *l, const struct if_name *name)
{
	const struct netif *list;
	size_t n = loop_netifs(l, &list);

	for (size_t i = 0; i < n; i++) {
		if (if_name_matches(name, list[i].name))
			return true;
		for (size_t k = 0; k < list[i].addrs; k++)
			if (if_name_matches(name, list[i].addr[k].label))
				return true;
	}
	return false;
}

const struct if_name *lan_missing(const struct if_name *names, const struct loop *l)
{
	while (names && is_named(l, names))
		names = names->next;
	return names;
}
