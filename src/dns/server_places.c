/* SPDX-License-Identifier: ISC */
/*
 * The sockets of the name service, and what goes out by them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "dns/server_private.h"
#include "store/packets.h"

static struct dns_place *place_at(const struct dns *d, const struct binding *at)
{
	struct dns_place *p = d->places;

	while (p && (!addr_eq(&p->at.addr, &at->addr) || strcmp(p->at.device, at->device) != 0))
		p = p->next;
	return p;
}

bool dns_is_open(const struct dns *d, const struct binding *at, uint16_t port)
{
	const struct dns_place *p = place_at(d, at);

	return p && p->udp.at.port == port;
}

bool dns_is_ours(const struct dns *d, const struct endpoint *at)
{
	for (const struct dns_place *p = d->places; p; p = p->next)
		if (p->udp.at.port == at->port &&
		    (addr_is_any(&p->at.addr) ? loop_netif_having(d->want.loop, &at->addr) != NULL
					      : addr_eq(&p->at.addr, &at->addr)))
			return true;
	return false;
}

/* ---- answers go out -------------------------------------------------------------- */

/* An address that means something on one link only. */
static bool needs_link(const struct addr *a)
{
	return a->family == ADDR_IP6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static void send_udp(struct dns *d, const struct client *c, struct span message)
{
	struct dns_place *p = c->place ? c->place : place_at(d, &c->at);
	const struct dgram out = {
		.from = c->to, .to = c->from, .data = message,
		.ifindex = needs_link(&c->from.addr) || needs_link(&c->to.addr) ? c->ifindex : 0,
	};

	packet_show(d->want.events, PACKET_ANSWER, &c->to, &c->from, message);
	/* A client that cannot be reached asks again. */
	if (p && p->udp.loop && udp_send(&p->udp, &out) != ST_OK)
		return;
}

void dns_send(struct dns *d, const struct client *c, struct span message)
{
	if (message.n == 0)
		return;
	if (c->link)
		link_send(c->link, message);
	else
		send_udp(d, c, message);
}

/* ---- opening and closing ----------------------------------------------------------- */

static void approach_taken(const struct dns *d)
{
	cache_approach_begin(d->want.cache);
	for (size_t i = 0; i < d->taken_n; i++)
		cache_approach(d->want.cache, &d->taken[i].key);
	cache_approach_end(d->want.cache);
}

static void answer_taken(struct dns *d)
{
	if (d->taken_n > 1)
		approach_taken(d);
	for (size_t i = 0; i < d->taken_n; i++)
		dns_answer(d, &d->taken[i]);
	d->taken_n = 0;
}

/* Its message stays until received_all(). */
static void received(struct udp *u, const struct dgram *g)
{
	struct dns_place *p = container_of(u, struct dns_place, udp);
	struct dns *d = p->dns;
	struct taken *t;

	if (!d->data)
		return;
	if (d->taken_n == TAKEN_MAX)
		answer_taken(d);
	t = &d->taken[d->taken_n];
	t->client = (struct client){ .from = g->from, .to = g->to, .ifindex = g->ifindex,
				     .at = p->at, .place = p };
	packet_show(d->want.events, PACKET_QUERY, &g->from, &g->to, g->data);
	if (!access_allowed(d, &t->client)) {
		dns_count(&d->want.counts->not_local);
		return;
	}
	if (d->rate && !server_rate_allows(d, &t->client, g->data))
		return;
	if (!dns_read(d, g->data, t))
		return;
	cache_expect(d->want.cache, &t->key);
	d->taken_n++;
}

static void received_all(struct udp *u)
{
	answer_taken(container_of(u, struct dns_place, udp)->dns);
}

static void close_sockets(const struct dns_sockets *sockets, bool udp)
{
	if (!sockets)
		return;
	if (udp)
		close(sockets->udp);
	close(sockets->tcp);
}

enum status dns_listen(struct dns *d, const struct binding *at, uint16_t port,
		       const struct dns_sockets *sockets)
{
	const char *device = at->device[0] ? at->device : NULL;
	const struct udp_want udp = { .at = { at->addr, port }, .device = device,
				      .fd = sockets ? sockets->udp : 0 };
	const struct stream_want tcp = { .at = { at->addr, port }, .device = device,
					 .fd = sockets ? sockets->tcp : 0 };
	struct dns_place *p = calloc(1, sizeof *p);
	enum status s;

	if (!p) {
		close_sockets(sockets, true);
		return ST_FULL;
	}
	p->dns = d;
	p->at = *at;
	p->udp.receive = received;
	p->udp.received_all = received_all;
	p->udp.gather = true;
	p->tcp.arrived = link_arrived;
	s = udp_open(d->want.loop, &p->udp, &udp);
	if (s == ST_OK)
		s = stream_listen(d->want.loop, &p->tcp, &tcp);
	if (s != ST_OK) {
		close_sockets(sockets, !p->udp.loop);
		udp_close(&p->udp);
		free(p);
		return s;
	}
	p->next = d->places;
	d->places = p;
	return ST_OK;
}

static void place_free(struct dns_place *p)
{
	udp_close(&p->udp);
	stream_unlisten(&p->tcp);
	free(p);
}

void dns_unlisten(struct dns *d, const struct binding *at)
{
	struct dns_place *gone = place_at(d, at), **p = &d->places;

	if (!gone)
		return;
	while (*p != gone)
		p = &(*p)->next;
	*p = gone->next;
	place_free(gone);
}

void dns_unlisten_all(struct dns *d)
{
	while (d->places) {
		struct dns_place *p = d->places;

		d->places = p->next;
		place_free(p);
	}
}
