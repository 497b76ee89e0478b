/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include "base/must.h"
#include "dhcp/server_private.h"
#include "lan/bind.h"

/* ---- bridges ------------------------------------------------------------------------ */

static const struct dhcp_bridge *bridge_of(const struct dhcp_conf *c, const char *interface)
{
	const struct dhcp_bridge *b = c->bridges;

	while (b && !if_names_match(b->aliases, interface))
		b = b->next;
	return b;
}

static void tell_no_bridge(struct dhcp_server *s, const struct dhcp_bridge *b)
{
	char text[128];
	struct event e = { .kind = EVENT_DHCP_WARNING, .at = loop_now(s->loop), .text = text };

	snprintf(text, sizeof text, "unknown interface %s in bridge-interface", b->interface);
	if (events_wanted(s->events))
		events_publish(s->events, &e);
}

const struct netif *dhcp_server_arrival(struct dhcp_server *s, const struct dhcp_input *in,
					unsigned *out_link)
{
	const struct netif *n = lan_netif_of(s->loop, in->ifindex, &in->to.addr);
	const struct dhcp_bridge *b = n ? bridge_of(s->conf, n->name) : NULL;

	if (n && out_link)
		*out_link = n->index;
	if (!b)
		return n;
	n = loop_netif_named(s->loop, b->interface);
	if (!n)
		tell_no_bridge(s, b);
	return n;
}

static bool is_bridged(const struct dhcp_conf *c, const struct lan_conf *lan, const struct loop *l,
		       const char *interface)
{
	const struct dhcp_bridge *b = bridge_of(c, interface);
	const struct netif *n = b ? loop_netif_named(l, b->interface) : NULL;

	return n && lan_serves_dhcp4(lan, n);
}

/* Where devices are bound, aliases are too. */
static void add_aliases(struct bindings *out, const struct dhcp_conf *c, const struct lan_conf *lan,
			const struct loop *l)
{
	const struct netif *list;
	size_t n = loop_netifs(l, &list);

	for (size_t i = 0; i < n; i++) {
		struct binding one = { .addr = addr_ip4(0), .share = true };

		memcpy(one.device, list[i].name, sizeof one.device);
		if (!is_bridged(c, lan, l, one.device) || bindings_have(out, &one))
			continue;
		if (out->n == BINDINGS_MAX)
			out->overflow = true;
		else
			out->at[out->n++] = one;
	}
}

void dhcp_bindings(struct bindings *out, const struct dhcp_conf *c, const struct lan_conf *lan,
		   const struct loop *l)
{
	if (c->relays) {			/* replies come by any interface */
		*out = (struct bindings){ .n = 1 };
		out->at[0] = (struct binding){ .addr = addr_ip4(0) };
		return;
	}
	lan_bindings_dhcp4(out, lan, l);
	if (lan->bind_interfaces || lan->bind_dynamic)
		add_aliases(out, c, lan, l);
}

/* ---- sockets ------------------------------------------------------------------------ */

static struct dhcp_socket *socket_of(struct dhcp_server *s, unsigned ifindex)
{
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++)
		if (s->sockets[i].open && s->sockets[i].ifindex == ifindex &&
		    s->sockets[i].udp.at.port == s->conf->server_port)
			return &s->sockets[i];
	return NULL;
}

/* A relay is reached by routing, from any socket: device sockets are many, then. */
struct udp *dhcp_server_socket(struct dhcp_server *s, unsigned ifindex)
{
	struct dhcp_socket *found = socket_of(s, ifindex);

	if (!found)
		found = socket_of(s, 0);
	for (size_t i = 0; !found && ifindex == 0 && i < DHCP_SOCKETS_MAX; i++)
		if (s->sockets[i].open)
			found = &s->sockets[i];
	return found ? &found->udp : NULL;
}

static enum status explain(enum status status, const char *device, char *why, size_t size)
{
	const char *what = status == ST_TAKEN ? strerror(EADDRINUSE)
			 : status == ST_REFUSED ? strerror(EACCES)
			 : status == ST_SYSTEM ? strerror(errno) : status_text(status);

	snprintf(why, size, "failed to bind DHCP server socket%s%s: %s", *device ? " to " : "",
		 device, what);
	return status;
}

static enum status open_socket(struct dhcp_server *s, const struct binding *b, unsigned ifindex,
			       char *why, size_t why_size)
{
	struct udp_want want = { .at = { b->addr, s->conf->server_port }, .broadcast = true,
				 .device = *b->device ? b->device : NULL, .share = b->share };

	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++) {
		struct dhcp_socket *k = &s->sockets[i];
		enum status status;

		if (k->open)
			continue;
		k->server = s;
		k->ifindex = ifindex;
		k->udp.receive = dhcp_server_receive;
		status = udp_open(s->loop, &k->udp, &want);
		k->open = status == ST_OK;
		return k->open ? ST_OK : explain(status, b->device, why, why_size);
	}
	return explain(ST_FULL, b->device, why, why_size);
}

/* 0: of all interfaces. */
static unsigned index_of(const struct dhcp_server *s, const struct binding *b)
{
	const struct netif *n = *b->device ? loop_netif_named(s->loop, b->device) : NULL;

	return n ? n->index : 0;
}

static bool is_wanted(const struct dhcp_server *s, const struct bindings *wanted,
		      const struct dhcp_socket *k)
{
	for (size_t i = 0; i < wanted->n; i++)
		if (index_of(s, &wanted->at[i]) == k->ifindex)
			return k->udp.at.port == s->conf->server_port;
	return false;
}

/* Sockets that go let those that come beside them; are there any? */
static bool let_others_in(struct dhcp_server *s, const struct bindings *wanted)
{
	bool any = false;

	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++) {
		struct dhcp_socket *k = &s->sockets[i];

		if (!k->open || is_wanted(s, wanted, k))
			continue;
		udp_share(&k->udp, true);
		any = true;
	}
	return any;
}

/* What they hold is read first: no packet is lost. */
static void close_unwanted(struct dhcp_server *s, const struct bindings *wanted)
{
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++) {
		struct dhcp_socket *k = &s->sockets[i];

		if (!k->open || is_wanted(s, wanted, k))
			continue;
		udp_drain(&k->udp);
		udp_close(&k->udp);
		k->open = false;
	}
}

/* All that can be had; the first failure is told. */
static enum status open_missing(struct dhcp_server *s, const struct bindings *wanted, bool moving,
				char *why, size_t why_size)
{
	enum status first = ST_OK;
	char other[128] = "";

	for (size_t i = 0; i < wanted->n; i++) {
		struct binding b = wanted->at[i];
		unsigned ifindex = index_of(s, &b);
		enum status status;

		if (socket_of(s, ifindex))
			continue;
		b.share |= moving;
		status = open_socket(s, &b, ifindex, first == ST_OK ? why : other,
				     first == ST_OK ? why_size : sizeof other);
		if (first == ST_OK)
			first = status;
	}
	return first;
}

/* A socket for all interfaces is nobody else's port. */
static void keep_others_out(struct dhcp_server *s)
{
	struct dhcp_socket *all = socket_of(s, 0);

	if (all)
		udp_share(&all->udp, false);
}

/* An interface that came or went while we serve: what cannot be opened then stays closed until
 * the next change. */
static void interfaces_changed(struct netif_watch *w)
{
	struct dhcp_server *s = container_of(w, struct dhcp_server, watch);
	char why[sizeof s->not_heard] = "";
	bool again;

	if (dhcp_server_listen(s, why, sizeof why) == ST_OK)
		why[0] = 0;
	again = strcmp(why, s->not_heard) == 0;
	memcpy(s->not_heard, why, sizeof why);
	if (*why && !again && events_wanted(s->events)) {
		struct event e = { .kind = EVENT_DHCP_WARNING, .at = loop_now(s->loop),
				   .text = why };

		events_publish(s->events, &e);
	}
}

enum status dhcp_server_listen(struct dhcp_server *s, char *why, size_t why_size)
{
	struct bindings wanted;
	enum status status;
	bool moving;

	if (!s->watch.changed) {
		s->watch.changed = interfaces_changed;
		netif_watch_start(s->loop, &s->watch);
	}
	dhcp_bindings(&wanted, s->conf, s->lan, s->loop);
	moving = let_others_in(s, &wanted);
	status = open_missing(s, &wanted, moving, why, why_size);
	close_unwanted(s, &wanted);
	keep_others_out(s);
	return status;
}

void dhcp_server_listening(const struct dhcp_server *s, struct bindings *out)
{
	out->n = 0;
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++) {
		const struct netif *n = loop_netif(s->loop, s->sockets[i].ifindex);
		struct binding one = { .addr = s->sockets[i].udp.at.addr };

		if (!s->sockets[i].open)
			continue;
		if (n)
			memcpy(one.device, n->name, sizeof one.device);
		out->at[out->n++] = one;
	}
}
