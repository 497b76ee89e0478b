/* SPDX-License-Identifier: ISC */
/*
 * Questions over TCP (RFC 7766): messages with their lengths before them, many on
 * one connection, answered as they come to be known.
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/server_private.h"

#define QUESTIONS_MAX 100		/* on one connection, as dnsmasq */
#define LENGTH 2
#define UNREAD_MAX ((size_t)1024 * 1024)	/* bytes of answers that a client may leave unread */

struct dns_link {
	struct dns *dns;
	struct stream stream;
	struct loop_timer idle;
	struct binding at;
	unsigned asked;			/* questions taken */
	bool ended;			/* the client says no more, or is not heard any more, but waits for
					 * answers */
	size_t have;			/* bytes of the next message, with its length */
	struct dns_copy *copy;		/* of a zone, on its way; or NULL */
	struct dns_link *next, *prev;
	struct waiting *waits;		/* its questions upstream */
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

static void forget_waits(struct dns_link *k)
{
	while (k->waits) {
		struct waiting *w = k->waits;

		k->waits = w->link_next;
		w->client.link = NULL;
		waiting_forget(w);
	}
}

static void drop_copy(struct dns_link *k)
{
	k->dns->copies -= k->copy != NULL;
	copy_free(k->copy);
	k->copy = NULL;
}

static void free_link(struct dns_link *k)
{
	forget_waits(k);
	timer_stop(&k->idle);
	stream_close(&k->stream);
	drop_copy(k);
	unlink_it(k);
	free(k);
}

/* From the last whole question or answer on: what comes byte by byte is no sign of life. */
static void wait_idle(struct dns_link *k)
{
	const struct dns *d = k->dns;

	timer_start(d->want.loop, &k->idle, (int64_t)d->data->conf->tcp_idle_s * 1000);
}

static void closed(struct stream *s)
{
	free_link(container_of(s, struct dns_link, stream));
}

static void is_idle(struct loop_timer *t)
{
	free_link(container_of(t, struct dns_link, idle));
}

static void finish_if_settled(struct dns_link *k)
{
	if (k->ended && !k->waits && !k->copy)
		stream_finish(&k->stream);
}

static void hear_no_more(struct dns_link *k)
{
	k->ended = true;
	finish_if_settled(k);
}

static void ended(struct stream *s)
{
	struct dns_link *k = container_of(s, struct dns_link, stream);

	hear_no_more(k);
}

void link_wait(struct dns_link *k, struct waiting *w)
{
	w->link_prev = NULL;
	w->link_next = k->waits;
	if (k->waits)
		k->waits->link_prev = w;
	k->waits = w;
}

void link_wait_over(struct dns_link *k, struct waiting *w)
{
	*(w->link_prev ? &w->link_prev->link_next : &k->waits) = w->link_next;
	if (w->link_next)
		w->link_next->link_prev = w->link_prev;
	finish_if_settled(k);
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
	wait_idle(k);
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
			hear_no_more(k);
			return;
		}
		take_one(k);
		k->have = 0;
	}
}

/* A client that does not read what it asked for gets no more than what lies ready for it, and an
 * end: it can ask for the rest again. */
void link_send(struct dns_link *k, struct span message)
{
	const uint8_t length[LENGTH] = { (uint8_t)(message.n >> 8), (uint8_t)message.n };

	if (k->copy) {				/* of which a message may be half on its way */
		copy_add(k->copy, span_of(length, LENGTH));
		copy_add(k->copy, message);
	} else if (stream_room(&k->stream) < LENGTH + message.n) {
		k->ended = true;
		stream_finish(&k->stream);
	} else if (stream_send(&k->stream, span_of(length, LENGTH)) == ST_OK &&
		   stream_send(&k->stream, message) == ST_OK) {
		wait_idle(k);
	}
}

/* As much of a copy as there is room for, and the rest when that is gone. */
static void feed_copy(struct stream *s)
{
	struct dns_link *k = container_of(s, struct dns_link, stream);

	if (!k->copy)
		return;
	wait_idle(k);
	if (copy_feed(k->copy, s))
		return;
	drop_copy(k);
	finish_if_settled(k);
}

bool link_give(struct dns_link *k, struct dns_copy *copy)
{
	if (k->copy) {
		copy_free(copy);
		return false;
	}
	k->copy = copy;
	k->dns->copies++;
	feed_copy(&k->stream);
	return true;
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
	k->stream.sent = feed_copy;
	k->stream.closed = closed;
	k->idle.fire = is_idle;
	k->stream.send_max = UNREAD_MAX;
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
	wait_idle(k);
}

void links_free(struct dns *d)
{
	for (struct dns_link *k = d->links, *next; k; k = next) {
		next = k->next;
		free_link(k);
	}
}
