/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>

#include "base/must.h"
#include "dhcp/server_private.h"

static struct dhcp_socket *socket_of(struct dhcp_server *s, unsigned ifindex)
{
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++)
		if (s->sockets[i].open && s->sockets[i].ifindex == ifindex)
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

	snprintf(why, size, "failed to bind DHCP server socket%s%s: %s", device ? " to " : "",
		 device ? device : "", what);
	return status;
}

static enum status open_socket(struct dhcp_server *s, const struct netif *n, char *why,
			       size_t why_size)
{
	struct udp_want want = { .at = { addr_ip4(0), DHCP4_SERVER_PORT }, .broadcast = true,
				 .device = n ? n->name : NULL, .share = n != NULL };

	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++) {
		struct dhcp_socket *k = &s->sockets[i];
		enum status status;

		if (k->open)
			continue;
		k->server = s;
		k->ifindex = n ? n->index : 0;
		k->udp.receive = dhcp_server_receive;
		status = udp_open(s->loop, &k->udp, &want);
		k->open = status == ST_OK;
		return k->open ? ST_OK : explain(status, want.device, why, why_size);
	}
	return explain(ST_FULL, n ? n->name : NULL, why, why_size);
}

static bool exclusive(const struct dhcp_server *s)
{
	return s->lan->bind_interfaces || s->lan->bind_dynamic;
}

static bool still_wanted(const struct dhcp_server *s, const struct dhcp_socket *k)
{
	const struct netif *n = loop_netif(s->loop, k->ifindex);

	if (!exclusive(s))
		return k->ifindex == 0;
	return n && !n->loopback && lan_serves_dhcp4(s->lan, n);
}

static void close_unwanted(struct dhcp_server *s)
{
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++)
		if (s->sockets[i].open && !still_wanted(s, &s->sockets[i])) {
			udp_close(&s->sockets[i].udp);
			s->sockets[i].open = false;
		}
}

static enum status open_missing(struct dhcp_server *s, char *why, size_t why_size)
{
	const struct netif *n;
	size_t count = loop_netifs(s->loop, &n);

	if (!exclusive(s))
		return socket_of(s, 0) ? ST_OK : open_socket(s, NULL, why, why_size);
	for (size_t i = 0; i < count; i++) {
		enum status status;

		if (n[i].loopback || !lan_serves_dhcp4(s->lan, &n[i]) || socket_of(s, n[i].index))
			continue;
		status = open_socket(s, &n[i], why, why_size);
		if (status != ST_OK)
			return status;
	}
	return ST_OK;
}

/* An interface that came or went while we serve: what cannot be opened then stays closed until
 * the next change. */
static void interfaces_changed(struct netif_watch *w)
{
	struct dhcp_server *s = container_of(w, struct dhcp_server, watch);
	char why[128];

	if (dhcp_server_listen(s, why, sizeof why) != ST_OK && events_wanted(s->events)) {
		struct event e = { .kind = EVENT_DHCP_WARNING, .at = loop_now(s->loop),
				   .text = why };

		events_publish(s->events, &e);
	}
}

enum status dhcp_server_listen(struct dhcp_server *s, char *why, size_t why_size)
{
	if (!s->watch.changed) {
		s->watch.changed = interfaces_changed;
		netif_watch_start(s->loop, &s->watch);
	}
	close_unwanted(s);
	return open_missing(s, why, why_size);
}
