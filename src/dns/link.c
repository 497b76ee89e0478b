/* SPDX-License-Identifier: ISC */
/*
 * Questions over TCP (RFC 7766): messages with their lengths before them, many on
 * one connection, answered as they come to be known.
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/server_private.h"

#define IDLE_MS 150000			/* dnsmasq's: as long as a connection may live there */
#define QUESTIONS_MAX 100		/* on one connection, as dnsmasq */
#define LENGTH 2

struct dns_link {
	struct dns *dns;
	struct stream stream;
	struct loop_timer idle;
	struct binding at;
	unsigned asked;			/* questions taken */
	bool ended;			/* the client says no more, or is not heard any more, but waits for
					 * answers */
	size_t have;			/* bytes of the next message, with its length */
	struct dns_link *next, *prev;
	uint8_t in[LENGTH + TCP_MESSAGE_MAX];
};

static void unlink_it(struct dns_link *k)
{
	struct dns *d = k->dns;

	if (k->prev)
		k->prev->next = k->next;
	else
		d->links = k->next;
	if (k->next)
		k->next->prev = k->prev;
	d->links_n--;
	quota_give(&d->want.common->connections);
}

static void free_link(struct dns_link *k)
{
	dns_forget_link(k->dns, k);
	timer_stop(&k->idle);
	stream_close(&k->stream);
	unlink_it(k);
	free(k);
}

static void closed(struct stream *s)
{
	free_link(container_of(s, struct dns_link, stream));
}

static void is_idle(struct loop_timer *t)
{
	free_link(container_of(t, struct dns_link, idle));
}

static void ended(struct stream *s)
{
	struct dns_link *k = container_of(s, struct dns_link, stream);

	k->ended = true;
	link_settled(k);
}

void link_settled(struct dns_link *k)
{
	if (k->ended && !dns_waits_for(k->dns, k))
		stream_finish(&k->stream);
}

static size_t wanted(const struct dns_link *k)
{
	return k->have < LENGTH ? LENGTH : LENGTH + ((size_t)k->in[0] << 8 | k->in[1]);
}

/* At an address that is listened on still, by who may ask there. */
static bool may_ask(struct dns *d, struct dns_link *k)
{
	const struct client c = { .from = k->stream.there, .to = k->stream.here,
				  .ifindex = k->stream.ifindex, .at = k->at, .link = k };

	return dns_is_open(d, &k->at, k->stream.here.port) && access_allowed(d, &c);
}

static void take_one(struct dns_link *k)
{
	struct client c = {
		.from = k->stream.there, .to = k->stream.here, .ifindex = k->stream.ifindex,
		.at = k->at, .link = k,
	};

	k->asked++;
	timer_start(k->dns->want.loop, &k->idle, IDLE_MS);
	dns_take(k->dns, &c, span_of(k->in + LENGTH, k->have - LENGTH));
}

/* What is taken of the data: up to the end of a message. */
static size_t fill(struct dns_link *k, struct span data)
{
	size_t taken = 0;

	for (size_t want = wanted(k); k->have < want; want = wanted(k)) {
		size_t n = want - k->have < data.n - taken ? want - k->have : data.n - taken;

		if (n == 0)
			break;
		memcpy(k->in + k->have, data.p + taken, n);
		k->have += n;
		taken += n;
	}
	return taken;
}

static void received(struct stream *s, struct span data)
{
	struct dns_link *k = container_of(s, struct dns_link, stream);

	while (data.n > 0 && !k->ended) {
		size_t n = fill(k, data);

		data = span_of(data.p + n, data.n - n);
		if (k->have < LENGTH || k->have < wanted(k))
			return;
		if (!may_ask(k->dns, k)) {	/* any more: another configuration serves */
			free_link(k);
			return;
		}
		if (k->asked == QUESTIONS_MAX) {	/* no more; those before are answered */
			k->ended = true;
			link_settled(k);
			return;
		}
		take_one(k);
		k->have = 0;
	}
}

void link_send(struct dns_link *k, struct span message)
{
	const uint8_t length[LENGTH] = { (uint8_t)(message.n >> 8), (uint8_t)message.n };

	/* A client that does not read what it asked for loses answers, not we memory. */
	if (stream_room(&k->stream) < LENGTH + message.n)
		return;
	if (stream_send(&k->stream, span_of(length, LENGTH)) == ST_OK &&
	    stream_send(&k->stream, message) == ST_OK)
		timer_start(k->dns->want.loop, &k->idle, IDLE_MS);
}

void link_arrived(struct stream_listener *l)
{
	struct dns_place *p = container_of(l, struct dns_place, tcp);
	struct dns *d = p->dns;
	struct dns_link *k;

	if (!d->data || !quota_take(&d->want.common->connections, d->data->conf->tcp_max)) {
		dns_count(&d->want.counts->tcp_refused);
		return;
	}
	k = calloc(1, sizeof *k);
	if (!k) {
		quota_give(&d->want.common->connections);
		return;
	}
	k->dns = d;
	k->at = p->at;
	k->stream.received = received;
	k->stream.ended = ended;
	k->stream.closed = closed;
	k->idle.fire = is_idle;
	if (stream_take(l, &k->stream) != ST_OK) {
		quota_give(&d->want.common->connections);
		free(k);
		return;
	}
	k->next = d->links;
	if (d->links)
		d->links->prev = k;
	d->links = k;
	d->links_n++;
	if (!may_ask(d, k)) {
		dns_count(&d->want.counts->tcp_refused);
		free_link(k);
		return;
	}
	dns_count(&d->want.counts->tcp_taken);
	timer_start(d->want.loop, &k->idle, IDLE_MS);
}

void links_free(struct dns *d)
{
	for (struct dns_link *k = d->links, *next; k; k = next) {
		next = k->next;
		free_link(k);
	}
}
