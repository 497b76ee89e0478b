/* SPDX-License-Identifier: ISC */
/*
 * Where clients come from, and how they are answered: ports, delays, relays that are
 * proxies, shared networks, bridges.
 */
#include "dhcp/conf_private.h"

#define DELAY_MAX_S 1000000
#define ALTERNATE_SERVER_PORT 1067
#define ALTERNATE_CLIENT_PORT 1068

bool take_dhcp_reply_delay(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct reply_delay *d = arena_new(args_arena(a), struct reply_delay);
	uint64_t delay_s;

	d->origin = args_origin(a);
	while (args_tags(a, &d->when))
		;
	if (!args_uint(a, 0, DELAY_MAX_S, &delay_s, "seconds"))
		return false;
	d->delay_s = (uint32_t)delay_s;
	LIST_ADD(c->delays, d);
	return true;
}

static void add_proxy(struct args *a, struct dhcp_conf *c, const struct addr *relay)
{
	struct dhcp_proxy *p = arena_new(args_arena(a), struct dhcp_proxy);

	p->origin = args_origin(a);
	if (relay)
		p->relay = *relay;
	LIST_ADD(c->proxies, p);
}

bool take_dhcp_proxy(struct args *a, void *section)
{
	struct addr relay;

	if (!args_more(a))
		add_proxy(a, section, NULL);
	while (args_more(a)) {
		if (!args_addr4(a, &relay, "the address of a relay"))
			return false;
		add_proxy(a, section, &relay);
	}
	return true;
}

bool take_shared_network(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct shared_network *s = arena_new(args_arena(a), struct shared_network);

	s->origin = args_origin(a);
	if (!args_addr4(a, &s->from, "an interface, or its or a relay's address") &&
	    !args_text(a, &s->interface, NULL))
		return false;
	if (!args_addr4(a, &s->network, "an address in the network whose ranges are shared")) {
		struct addr six;

		if (args_addr6(a, &six, NULL))
			return args_error(a, "DHCPv6 is not served yet; leave this network out");
		return false;
	}
	LIST_ADD(c->shared, s);
	return true;
}

static struct if_name *new_alias(struct args *a, const char *text)
{
	struct if_name *n = arena_new(args_arena(a), struct if_name);
	const size_t len = strlen(text);

	n->origin = args_origin(a);
	n->prefix = text[len - 1] == '*';
	n->name = n->prefix ? arena_textn(args_arena(a), text, len - 1) : text;
	return n;
}

bool take_bridge_interface(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct dhcp_bridge *b = arena_new(args_arena(a), struct dhcp_bridge);
	const char *text;

	b->origin = args_origin(a);
	if (!args_text(a, &b->interface, "an interface"))
		return false;
	do {
		struct if_name *alias;

		if (!args_text(a, &text, "an interface that stands for it"))
			return false;
		alias = new_alias(a, text);
		LIST_ADD(b->aliases, alias);
	} while (args_more(a));
	LIST_ADD(c->bridges, b);
	return true;
}

bool take_dhcp_alternate_port(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	uint64_t server = ALTERNATE_SERVER_PORT, client = ALTERNATE_CLIENT_PORT;

	if (args_more(a)) {
		if (!args_uint(a, 1, UINT16_MAX - 1, &server, "the server's port"))
			return false;
		client = server + 1;
	}
	if (args_more(a) && !args_uint(a, 1, UINT16_MAX, &client, "the clients' port"))
		return false;
	c->server_port = (uint16_t)server;
	c->client_port = (uint16_t)client;
	return true;
}

bool take_leasequery(struct args *a, void *section)
{
	struct dhcp_conf *c = section;
	struct dhcp_asker *asker = arena_new(args_arena(a), struct dhcp_asker);

	asker->origin = args_origin(a);
	if (args_more(a) && !args_prefix(a, &asker->from, "an IPv4 address that may ask, or ADDRESS/LENGTH"))
		return false;
	if (asker->from.addr.family == ADDR_IP6)
		return args_error(a, "leases of IPv4 are asked about over IPv4; write such an address");
	LIST_ADD(c->askers, asker);
	return true;
}

/* ---- relays ------------------------------------------------------------------------ */

/* ADDRESS[#PORT]; false, and nothing taken: it is none. */
static bool take_server(struct args *a, struct dhcp_relay *r)
{
	struct args *parts = args_split(a, args_peek(a), '#');
	uint64_t port = 0;

	if (!args_addr4(parts, &r->server, NULL))
		return false;
	args_take(a);
	if (args_more(parts) && !args_uint(parts, 1, UINT16_MAX, &port, "a port"))
		return args_error(a, "%s is no port; write ADDRESS#PORT with one from 1 to 65535",
				  args_peek(parts)->s);
	r->port = (uint16_t)port;
	return true;
}

static bool take_relay_interface(struct args *a, struct dhcp_relay *r)
{
	const char *name;

	if (!args_text(a, &name, "the interface towards the server"))
		return false;
	r->interface = new_alias(a, name);
	return true;
}

static bool take_ends(struct args *a, struct dhcp_relay *r)
{
	struct addr six;

	if (args_addr6(a, &six, NULL))
		return args_error(a, "DHCPv6 is not served yet; leave this relay out");
	if (!args_addr4(a, &r->local, "an address of this machine in the clients' network"))
		return false;
	return !args_more(a) || take_server(a, r) || !args_error_text(a);
}

static bool take_relay(struct args *a, struct dhcp_conf *c, bool split)
{
	struct dhcp_relay *r = arena_new(args_arena(a), struct dhcp_relay);

	r->origin = args_origin(a);
	r->split = split;
	if (!take_ends(a, r) || (args_more(a) && !take_relay_interface(a, r)))
		return false;
	if (!addr_is_set(&r->server) && (split || !r->interface || r->interface->prefix))
		return args_error(a, "names no server; write its address%s", split ? "" :
				  ", or the interface on which all are asked");
	if (split && (!r->interface || r->interface->prefix))
		return args_error(a, "names no interface towards the server; write it behind");
	LIST_ADD(c->relays, r);
	return true;
}

bool take_dhcp_relay(struct args *a, void *section)
{
	return take_relay(a, section, false);
}

bool take_dhcp_split_relay(struct args *a, void *section)
{
	return take_relay(a, section, true);
}
