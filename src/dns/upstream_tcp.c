/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/forward_private.h"
#include "net/stream.h"

#define TCP_MAX 64			/* connections at once; who would be one more goes without */
#define TCP_MS 4000			/* from connecting to the whole reply; then another server is asked */
#define LENGTH 2			/* bytes of a message's length before it (RFC 1035 4.2.2) */

/* A connection for one question (RFC 7766 6.2.1 would allow more). */
struct tcp_ask {
	struct stream stream;
	struct loop_timer timer;
	struct forward *forward;
	struct attempt *attempt;	/* NULL: nobody's any more */
	struct tcp_ask *next;		/* of the free ones */
	size_t n;			/* bytes that came */
	uint8_t in[LENGTH + DNS_MESSAGE_MAX];
};

struct tcp_asks {
	struct tcp_ask *free;
	size_t fresh;			/* how many of the pool were ever used: the others cost nothing */
	struct tcp_ask ask[TCP_MAX];
};

/* ---- the pool -------------------------------------------------------------------------- */

static struct tcp_ask *take(struct forward *f)
{
	struct tcp_ask *t;

	if (!f->tcp)
		f->tcp = calloc(1, sizeof *f->tcp);
	if (!f->tcp)
		return NULL;
	t = f->tcp->free;
	if (t)
		f->tcp->free = t->next;
	else if (f->tcp->fresh < TCP_MAX)
		t = &f->tcp->ask[f->tcp->fresh++];
	return t;
}

static void give(struct tcp_ask *t)
{
	struct tcp_asks *all = t->forward->tcp;

	t->next = all->free;
	all->free = t;
}

/* Off the network, and nobody's; not yet anybody else's. */
static struct attempt *detach(struct tcp_ask *t)
{
	struct attempt *at = t->attempt;

	timer_stop(&t->timer);
	stream_close(&t->stream);
	t->attempt = NULL;
	at->tcp = NULL;
	return at;
}

void upstream_tcp_stop(struct attempt *at)
{
	struct tcp_ask *t = at->tcp;

	if (t) {
		detach(t);
		give(t);
	}
}

void upstream_tcp_free(struct forward *f)
{
	free(f->tcp);
}

/* ---- what happens to it -------------------------------------------------------------------- */

static void fail(struct tcp_ask *t)
{
	struct attempt *at = detach(t);

	give(t);
	attempt_failed(at);
}

static void timed_out(struct loop_timer *timer)
{
	fail(container_of(timer, struct tcp_ask, timer));
}

static void connected(struct stream *s, enum status how)
{
	if (how != ST_OK)
		fail(container_of(s, struct tcp_ask, stream));
}

static void closed(struct stream *s)
{
	fail(container_of(s, struct tcp_ask, stream));
}

/* The connection is given back last: whoever is told may ask by TCP at once. */
static void take_message(struct tcp_ask *t, struct span message)
{
	struct attempt *at = detach(t);

	if (forward_is_reply(at, message)) {
		attempt_answered(at, message, true);
	} else {
		dns_count(&t->forward->want.counts->replies_unexpected);
		attempt_failed(at);
	}
	give(t);
}

static void received(struct stream *s, struct span data)
{
	struct tcp_ask *t = container_of(s, struct tcp_ask, stream);
	struct writer w = writer_of(t->in, sizeof t->in);
	struct reader r;
	size_t length;

	w.at += t->n;
	writer_span(&w, data);
	if (!writer_ok(&w)) {		/* more than the longest message */
		fail(t);
		return;
	}
	t->n += data.n;
	r = reader_of(span_of(t->in, t->n));
	length = reader_u16(&r);
	if (reader_ok(&r) && reader_left(&r) >= length)
		take_message(t, reader_take(&r, length));
}

/* ---- asking ------------------------------------------------------------------------------------ */

static bool send_query(struct tcp_ask *t, const struct flight *fl)
{
	uint8_t bytes[LENGTH + FLIGHT_QUERY_MAX];
	struct writer w = writer_of(bytes, sizeof bytes);

	writer_u16(&w, fl->query_n);
	writer_span(&w, span_of(fl->query, fl->query_n));
	put_uint(bytes + LENGTH, 2, t->attempt->id);
	return stream_send(&t->stream, writer_done(&w)) == ST_OK;
}

static const char *device_of(const struct upstream *u)
{
	if (*u->interface)
		return u->interface;
	return *u->server.scope ? u->server.scope : NULL;
}

static struct stream_want want_of(const struct upstream *u)
{
	struct stream_want want = { .at = u->server.at, .device = device_of(u) };

	/* The source's port is UDP's: a connection just ended may still hold it. */
	if (u->server.source.addr.family == u->server.at.addr.family)
		want.from.addr = u->server.source.addr;
	return want;
}

bool upstream_tcp_ask(struct attempt *at)
{
	struct forward *f = at->flight->forward;
	struct tcp_ask *t = at->tcp ? NULL : take(f);
	struct stream_want want = want_of(at->to);

	if (!t)
		return false;
	want.mark = at->flight->mark;
	t->forward = f;
	t->attempt = at;
	t->n = 0;
	t->stream = (struct stream){ .connected = connected, .received = received,
				     .closed = closed };
	t->timer = (struct loop_timer){ .fire = timed_out };
	at->tcp = t;
	if (!at->socket)
		at->id = (uint16_t)rng_u32(f->want.rng);
	if (stream_connect(f->want.loop, &t->stream, &want) != ST_OK ||
	    !send_query(t, at->flight)) {
		upstream_tcp_stop(at);
		return false;
	}
	timer_start(f->want.loop, &t->timer, TCP_MS);
	return true;
}
