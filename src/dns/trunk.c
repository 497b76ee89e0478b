/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/trunk.h"

static int64_t now_of(const struct trunk *t)
{
	return loop_now(t->forward->want.loop).mono_ms;
}

/* ---- the pool ------------------------------------------------------------------------------ */

static bool is_idle(const struct trunk *t)
{
	return t->stream.loop && !t->asks && !t->reading;
}

/* The one that is idle for longest makes room. */
static void close_one(struct tcp_asks *all)
{
	struct trunk *oldest = NULL;

	for (size_t i = 0; i < TRUNKS_MAX; i++) {
		struct trunk *t = &all->trunk[i];

		if (is_idle(t) && (!oldest || t->heard_ms < oldest->heard_ms))
			oldest = t;
	}
	if (oldest) {
		trunk_close(oldest);
		trunk_give(oldest);
	}
}

static struct trunk *take(struct tcp_asks *all)
{
	struct trunk *t;

	if (!all->free_trunks && all->fresh_trunks == TRUNKS_MAX)
		close_one(all);
	t = all->free_trunks;
	if (t)
		all->free_trunks = t->next;
	else if (all->fresh_trunks < TRUNKS_MAX)
		t = &all->trunk[all->fresh_trunks++];
	return t;
}

void trunk_give(struct trunk *t)
{
	struct tcp_asks *all = t->forward->tcp;

	must(!t->stream.loop && !t->asks);
	t->next = all->free_trunks;
	all->free_trunks = t;
}

void trunk_close(struct trunk *t)
{
	struct upstream_tcp *u = &t->to->tcp;

	timer_stop(&t->idle);
	stream_close(&t->stream);
	*(t->prev ? &t->prev->next : &u->trunks) = t->next;
	if (t->next)
		t->next->prev = t->prev;
	u->trunks_n--;
}

/* ---- its end ---------------------------------------------------------------------------------- */

unsigned trunk_takes_in_all(const struct forward *f, const struct upstream *u)
{
	const bool known = u->tcp.takes && loop_now(f->want.loop).mono_ms < u->tcp.takes_until_ms;

	return f->tcp_idle_ms == 0 ? 1 : known ? u->tcp.takes : UINT32_MAX;
}

static bool is_used_up(const struct trunk *t)
{
	return t->retired || t->asked >= trunk_takes_in_all(t->forward, t->to);
}

bool trunk_takes_more(const struct trunk *t)
{
	return !t->broken && t->asks_n < TRUNK_ASKS_MAX && !is_used_up(t);
}

bool trunk_is_slow(const struct trunk *t)
{
	const int64_t since_ms = t->asks && t->asks->sent_ms > t->heard_ms ? t->asks->sent_ms
									   : t->heard_ms;

	return t->connected && t->asks && now_of(t) - since_ms >= TRUNK_SLOW_MS;
}

static void close_idle(struct trunk *t)
{
	struct forward *f = t->forward;

	trunk_close(t);
	trunk_give(t);
	tcp_room(f);
}

static void is_over(struct loop_timer *timer)
{
	close_idle(container_of(timer, struct trunk, idle));
}

void trunk_settle(struct trunk *t)
{
	if (!is_idle(t))
		return;
	if (is_used_up(t))
		close_idle(t);
	else
		timer_start(t->forward->want.loop, &t->idle, t->forward->tcp_idle_ms);
}

void trunk_retire(struct trunk *t)
{
	t->retired = true;
	trunk_settle(t);
}

static void broke(struct trunk *t)
{
	trunk_close(t);
	tcp_died(t);
}

/* ---- what comes -------------------------------------------------------------------------------- */

static void connected(struct stream *s, enum status how)
{
	struct trunk *t = container_of(s, struct trunk, stream);

	t->connected = how == ST_OK;
	t->heard_ms = now_of(t);
	if (how != ST_OK)
		broke(t);
}

static void closed(struct stream *s)
{
	broke(container_of(s, struct trunk, stream));
}

static size_t wanted(const struct trunk *t)
{
	return t->have < TCP_LENGTH ? TCP_LENGTH
				    : TCP_LENGTH + ((size_t)t->in[0] << 8 | t->in[1]);
}

/* What is taken of the data: up to the end of the message that is half there. */
static size_t fill(struct trunk *t, struct span data)
{
	size_t taken = 0;

	for (size_t want = wanted(t); t->have < want && taken < data.n; want = wanted(t)) {
		size_t n = want - t->have < data.n - taken ? want - t->have : data.n - taken;

		memcpy(t->in + t->have, data.p + taken, n);
		t->have += n;
		taken += n;
	}
	return taken;
}

/* A message that lies whole in the data is not copied. */
static bool next_message(struct trunk *t, struct reader *r, struct span *out)
{
	struct reader ahead = *r;

	if (t->have == 0) {
		*out = reader_take(&ahead, reader_u16(&ahead));
		if (reader_ok(&ahead)) {
			*r = ahead;
			return true;
		}
	}
	ahead = *r;
	reader_take(r, fill(t, reader_take(&ahead, reader_left(&ahead))));
	if (t->have < TCP_LENGTH || t->have < wanted(t))
		return false;
	*out = span_of(t->in + TCP_LENGTH, t->have - TCP_LENGTH);
	t->have = 0;
	return true;
}

/* Who is asked nothing has nothing to say. */
static void received(struct stream *s, struct span data)
{
	struct trunk *t = container_of(s, struct trunk, stream);
	struct reader r = reader_of(data);
	struct span message;

	t->heard++;
	t->heard_ms = now_of(t);
	t->reading = true;
	t->broken = !t->asks;
	while (!t->broken && reader_left(&r) > 0 && next_message(t, &r, &message))
		tcp_took(t, message);
	if (t->broken)
		broke(t);
	else
		tcp_was_read(t);
}

/* ---- what goes ----------------------------------------------------------------------------------- */

static const char *device_of(const struct upstream *u)
{
	if (*u->interface)
		return u->interface;
	return *u->server.scope ? u->server.scope : NULL;
}

static struct stream_want want_of(const struct upstream *u, uint32_t mark)
{
	struct stream_want want = { .at = u->server.at, .device = device_of(u), .mark = mark };

	/* The source's port is UDP's: a connection just ended may still hold it. */
	if (u->server.source.addr.family == u->server.at.addr.family)
		want.from.addr = u->server.source.addr;
	return want;
}

enum status trunk_open(struct forward *f, struct upstream *u, uint32_t mark, struct trunk **out)
{
	const struct stream_want want = want_of(u, mark);
	struct trunk *t = u->tcp.trunks_n < TRUNKS_A_SERVER ? take(f->tcp) : NULL;
	enum status s;

	if (!t)
		return ST_FULL;
	memset(t, 0, offsetof(struct trunk, in));
	t->forward = f;
	t->to = u;
	t->mark = mark;
	t->stream = (struct stream){ .connected = connected, .received = received,
				     .closed = closed };
	t->idle.fire = is_over;
	t->heard_ms = now_of(t);
	s = stream_connect(f->want.loop, &t->stream, &want);
	if (s != ST_OK) {
		trunk_give(t);
		return s == ST_FULL ? ST_SYSTEM : s;
	}
	t->next = u->tcp.trunks;
	if (t->next)
		t->next->prev = t;
	u->tcp.trunks = t;
	u->tcp.trunks_n++;
	dns_count(&f->want.counts->tcp_made);
	*out = t;
	return ST_OK;
}

static bool has_number(const struct trunk *t, uint16_t id)
{
	const struct tcp_ask *a = t->asks;

	while (a && a->id != id)
		a = a->next;
	return a != NULL;
}

static void put_on(struct trunk *t, struct tcp_ask *a)
{
	a->trunk = t;
	a->answered_before = t->answered;
	a->heard_before = t->heard;
	a->sent_ms = now_of(t);
	a->next = NULL;
	a->prev = t->asks_last;
	*(t->asks_last ? &t->asks_last->next : &t->asks) = a;
	t->asks_last = a;
	t->asks_n++;
	t->asked++;
	timer_stop(&t->idle);
}

bool trunk_send(struct trunk *t, struct tcp_ask *a)
{
	uint8_t bytes[TCP_LENGTH + COOKIE_QUERY_MAX] UNCLEARED, query[COOKIE_QUERY_MAX] UNCLEARED;
	struct writer w = writer_of(bytes, sizeof bytes);
	const struct span q = cookie_query(a->attempt->flight, t->to, &a->cookie_epoch, query);

	do
		a->id = (uint16_t)rng_u32(t->forward->want.rng);
	while (has_number(t, a->id));
	writer_u16(&w, q.n);
	writer_span(&w, q);
	put_uint(bytes + TCP_LENGTH, 2, a->id);
	if (stream_send(&t->stream, writer_done(&w)) != ST_OK)
		return false;
	put_on(t, a);
	return true;
}

void trunk_leave(struct tcp_ask *a)
{
	struct trunk *t = a->trunk;

	*(a->prev ? &a->prev->next : &t->asks) = a->next;
	*(a->next ? &a->next->prev : &t->asks_last) = a->prev;
	t->asks_n--;
	a->trunk = NULL;
}
