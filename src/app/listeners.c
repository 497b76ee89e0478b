/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/listeners.h"

static void add(struct listeners *out, const struct addr *a, const char *device)
{
	struct listener *one = &out->at[out->n];

	if (out->n == LISTENERS_MAX) {
		out->overflow = true;
		return;
	}
	*one = (struct listener){ .addr = *a };
	snprintf(one->device, sizeof one->device, "%s", device);
	if (!listeners_have(out, one))
		out->n++;
}

static bool is_link_local6(const struct addr *a)
{
	return a->family == ADDR_IP6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static void add_interface(struct listeners *out, const struct lan_conf *lan, const struct netif *n,
			  listeners_serves *serves, const void *service)
{
	for (size_t i = 0; i < n->addrs; i++) {
		const struct addr *a = &n->addr[i].addr;

		if (!n->addr[i].tentative && serves(service, lan, n, a))
			add(out, a, is_link_local6(a) ? n->name : "");
	}
}

void listeners_want(struct listeners *out, const struct lan_conf *lan, const struct loop *l,
		    listeners_serves *serves, const void *service)
{
	static const uint8_t zero[16];
	const struct netif *netifs;
	size_t n = loop_netifs(l, &netifs);
	struct addr any4 = addr_of_bytes(span_of(zero, 4)), any6 = addr_of_bytes(span_of(zero, 16));

	out->n = 0;
	out->overflow = false;
	if (!lan->bind_interfaces && !lan->bind_dynamic) {
		add(out, &any4, "");
		add(out, &any6, "");
		return;
	}
	for (size_t i = 0; i < n; i++)
		add_interface(out, lan, &netifs[i], serves, service);
}

bool listeners_have(const struct listeners *l, const struct listener *one)
{
	for (size_t i = 0; i < l->n; i++)
		if (addr_eq(&l->at[i].addr, &one->addr) && strcmp(l->at[i].device, one->device) == 0)
			return true;
	return false;
}

const char *listeners_missing_interface(const struct lan_conf *lan, const struct loop *l)
{
	for (const struct if_name *n = lan->interfaces; n; n = n->next)
		if (!n->prefix && !loop_netif_named(l, n->name))
			return n->name;
	return NULL;
}

static bool is_here(const struct loop *l, const struct addr *a)
{
	const struct netif *netifs;
	size_t n = loop_netifs(l, &netifs);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < netifs[i].addrs; k++)
			if (addr_eq(&netifs[i].addr[k].addr, a))
				return true;
	return false;
}

const struct addr *listeners_missing_address(const struct lan_conf *lan, const struct loop *l)
{
	for (const struct listen_addr *a = lan->listen; a; a = a->next)
		if (!addr_is_any(&a->addr) && !is_here(l, &a->addr))
			return &a->addr;
	return NULL;
}
