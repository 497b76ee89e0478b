/* SPDX-License-Identifier: ISC */
/*
 * Questions by TCP: by which connection each goes, how long it waits, and where it goes when its
 * connection dies with it (RFC 7766 6.2).
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/trunk.h"

#define TCP_MS 4000			/* from asking to the whole reply; then another server is asked */
#define DOUBT_MS 1000			/* a connection that says nothing for so long may be dead: NATs forget */
#define RACE_MS 1000			/* what is sent after such a silence may meet the end that an idle
					 * server has just made */
#define TAKES_KNOWN_MS 600000		/* how long it is remembered what a server takes on one connection */

static int64_t now_of(const struct tcp_ask *a)
{
	return loop_now(a->forward->want.loop).mono_ms;
}

/* ---- the pool ------------------------------------------------------------------------------- */

static struct tcp_ask *take(struct forward *f)
{
	struct tcp_asks *all = f->tcp ? f->tcp : calloc(1, sizeof *all);
	struct tcp_ask *a;

	f->tcp = all;
	if (!all)
		return NULL;
	a = all->free_asks;
	if (a)
		all->free_asks = a->next;
	else if (all->fresh_asks < TCP_ASKS_MAX)
		a = &all->ask[all->fresh_asks++];
	return a;
}

/* It is on no trunk and waits for none. */
static void give(struct tcp_ask *a)
{
	struct tcp_asks *all = a->forward->tcp;

	timer_stop(&a->timer);
	a->next = all->free_asks;
	all->free_asks = a;
}

/* ---- those that wait for a trunk ---------------------------------------------------------------- */

static void list_server(struct tcp_asks *all, struct upstream *u)
{
	u->tcp.waiting_next = NULL;
	u->tcp.waiting_prev = all->waiting_last;
	*(all->waiting_last ? &all->waiting_last->tcp.waiting_next : &all->waiting) = u;
	all->waiting_last = u;
}

static void unlist_server(struct tcp_asks *all, struct upstream *u)
{
	struct upstream *next = u->tcp.waiting_next, *prev = u->tcp.waiting_prev;

	*(prev ? &prev->tcp.waiting_next : &all->waiting) = next;
	*(next ? &next->tcp.waiting_prev : &all->waiting_last) = prev;
}

static void begin_waiting(struct tcp_ask *a, struct upstream *u)
{
	if (!u->tcp.first)
		list_server(a->forward->tcp, u);
	a->waits = true;
	a->next = NULL;
	a->prev = u->tcp.last;
	*(u->tcp.last ? &u->tcp.last->next : &u->tcp.first) = a;
	u->tcp.last = a;
	u->tcp.waiting_n++;
}

static void end_waiting(struct tcp_ask *a, struct upstream *u)
{
	*(a->prev ? &a->prev->next : &u->tcp.first) = a->next;
	*(a->next ? &a->next->prev : &u->tcp.last) = a->prev;
	a->waits = false;
	u->tcp.waiting_n--;
	if (!u->tcp.first)
		unlist_server(a->forward->tcp, u);
}

/* Given back; whose it was. */
static struct attempt *release(struct tcp_ask *a)
{
	struct attempt *at = a->attempt;

	if (a->waits)
		end_waiting(a, at->to);
	if (a->trunk)
		trunk_leave(a);
	if (at)
		at->tcp = NULL;
	give(a);
	return at;
}

/* ---- by which trunk -------------------------------------------------------------------------------- */

static struct trunk *better(struct trunk *a, struct trunk *b)
{
	if (!a || trunk_is_slow(a) != trunk_is_slow(b))
		return !a || trunk_is_slow(a) ? b : a;
	return b->asks_n < a->asks_n ? b : a;
}

/*
 * The best of those that there are, or a new one where that is slow; *out is NULL for want of one:
 * ST_FULL: for now.  Connections of other marks are others to the kernel's rules, and so they are
 * here; of other sources and devices too, since those are servers of their own.
 */
static enum status trunk_for(const struct tcp_ask *a, struct trunk **out)
{
	struct upstream *u = a->attempt->to;
	const uint32_t mark = a->attempt->flight->mark;
	const bool pipes = trunk_takes_in_all(a->forward, u) >= TRUNK_ASKS_MAX;
	struct trunk *best = NULL, *fresh = NULL;
	enum status s = ST_FULL;
	size_t n = 0;

	for (struct trunk *t = u->tcp.trunks; t; t = t->next) {
		if (t->mark != mark || t->retired)
			continue;
		n++;
		if (trunk_takes_more(t))
			best = better(best, t);
	}
	if ((!best || trunk_is_slow(best)) && n < (pipes ? TRUNKS_PIPED : TRUNKS_A_SERVER))
		s = trunk_open(a->forward, u, mark, &fresh);
	*out = fresh ? fresh : best;
	return *out ? ST_OK : s;
}

/* A kept one that says nothing, or one whose server is busy with the question before.  The first on a
 * new one has to wait. */
static bool may_be_dead(const struct tcp_ask *a)
{
	const struct trunk *t = a->trunk;

	return t && t->connected && !a->moved && a->attempt && t->heard == a->heard_before &&
	       (t->answered > 0 || t->asks != a);
}

static void wait_for_reply(struct tcp_ask *a)
{
	const int64_t now_ms = now_of(a), doubt_ms = a->sent_ms + DOUBT_MS;
	const bool doubts = a->trunk && !a->moved && now_ms < doubt_ms && doubt_ms < a->end_ms;
	const int64_t due_ms = doubts ? doubt_ms : a->end_ms;

	timer_start(a->forward->want.loop, &a->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* ST_FULL: it has to wait. */
static enum status place(struct tcp_ask *a)
{
	struct trunk *t;
	const enum status s = trunk_for(a, &t);

	if (s != ST_OK)
		return s;
	if (a->waits)
		end_waiting(a, a->attempt->to);
	if (!trunk_send(t, a)) {
		trunk_settle(t);
		return ST_SYSTEM;
	}
	dns_count(&a->forward->want.counts->tcp_asked);
	wait_for_reply(a);
	return ST_OK;
}

static enum status place_or_wait(struct tcp_ask *a)
{
	struct upstream *u = a->attempt->to;
	const enum status s = place(a);

	if (s != ST_FULL || u->tcp.waiting_n == TCP_WAITING_MAX)
		return s;
	begin_waiting(a, u);
	wait_for_reply(a);
	return ST_OK;
}

/* In a turn of its own. */
static void fail_soon(struct tcp_ask *a)
{
	a->end_ms = now_of(a);
	wait_for_reply(a);
}

static void serve(struct upstream *u)
{
	struct tcp_ask *a;
	enum status s = ST_OK;

	while (s != ST_FULL && (a = u->tcp.first)) {
		s = place(a);
		if (s == ST_OK || s == ST_FULL)
			continue;
		if (a->waits)
			end_waiting(a, u);
		fail_soon(a);
	}
}

/* Each server in turn. */
void tcp_room(struct forward *f)
{
	struct upstream *last = f->tcp->waiting_last;

	for (struct upstream *u = NULL; last && u != last && (u = f->tcp->waiting);) {
		serve(u);
		if (!u->tcp.first)
			continue;
		unlist_server(f->tcp, u);
		list_server(f->tcp, u);
	}
}

/* ---- what becomes of it ------------------------------------------------------------------------------ */

/* Of one that nobody waits for any more there is nobody to tell. */
static void fail(struct tcp_ask *a)
{
	struct attempt *at = release(a);

	if (at)
		attempt_failed(at);
}

/* On another connection, with all the time that it had. */
static void move(struct tcp_ask *a)
{
	dns_count(&a->forward->want.counts->tcp_moved);
	a->moved = true;
	a->end_ms = now_of(a) + TCP_MS;
	if (place_or_wait(a) != ST_OK)
		fail_soon(a);
}

static void leave_dead(struct tcp_ask *a)
{
	struct trunk *t = a->trunk;

	trunk_leave(a);
	trunk_retire(t);
	move(a);
}

static void time_over(struct tcp_ask *a)
{
	struct trunk *t = a->trunk;
	struct attempt *at = release(a);

	if (t)
		trunk_retire(t);
	if (at)
		attempt_failed(at);
}

static void fired(struct loop_timer *timer)
{
	struct tcp_ask *a = container_of(timer, struct tcp_ask, timer);

	if (now_of(a) >= a->end_ms)
		time_over(a);
	else if (may_be_dead(a))
		leave_dead(a);
	else
		wait_for_reply(a);
}

/* ---- a connection that dies ------------------------------------------------------------------------------ */

static void learn(struct upstream_tcp *u, unsigned takes, int64_t now_ms)
{
	if (takes <= 1 || takes == u->ended_after) {
		u->takes = takes > 1 ? takes : 1;
		u->takes_until_ms = now_ms + TAKES_KNOWN_MS;
	}
	u->ended_after = takes;
}

/* Some servers close after one answer, or after so many, whatever was asked besides.  What was sent after
 * a silence may have met the end of an idle connection, which tells nothing; nor does half an answer. */
static void learn_of(const struct trunk *t)
{
	const struct tcp_ask *a = t->asks;
	const bool asked_late = a && a->answered_before == t->answered && t->answered > 0 &&
				a->sent_ms - t->last_ms >= RACE_MS;

	if (a && t->connected && t->asked > 1 && t->have == 0 && !asked_late)
		learn(&t->to->tcp, t->answered, now_of(a));
}

/* Once, but for what others were answered before.  Where the only question ended the connection it would
 * do so again. */
static bool may_move(const struct trunk *t, struct tcp_ask *a)
{
	if (!a->attempt || !t->connected || t->asked == 1)
		return false;
	return !a->moved || t->answered > a->answered_before;
}

static void move_asks(struct trunk *t)
{
	for (struct tcp_ask *a = t->asks, *next; a; a = next) {
		next = a->next;
		if (!may_move(t, a))
			continue;
		trunk_leave(a);
		move(a);
	}
}

void tcp_died(struct trunk *t)
{
	struct forward *f = t->forward;

	learn_of(t);
	move_asks(t);
	while (t->asks)
		fail(t->asks);
	trunk_give(t);
	tcp_room(f);
}

/* ---- replies --------------------------------------------------------------------------------------------- */

static struct tcp_ask *whose(const struct trunk *t, struct span message)
{
	struct tcp_ask *a = t->asks;
	struct dns_header h;

	if (!dns_header_read(message, &h))
		return NULL;
	while (a && a->id != h.id)
		a = a->next;
	return a;
}

/* Of a server that has answered some, a few may be late or double. */
static void strange(struct trunk *t)
{
	dns_count(&t->forward->want.counts->replies_unexpected);
	t->strange++;
	t->broken = !t->asks || (t->answered == 0 && !t->retired) || t->strange > TRUNK_STRANGE_MAX;
}

static void take_reply(struct attempt *at, uint16_t id, unsigned cookie_epoch, struct span message)
{
	const struct forward *f = at->flight->forward;
	enum cookie_word word;

	if (!forward_is_reply(at->flight, id, message)) {
		dns_count(&f->want.counts->replies_unexpected);
		attempt_failed(at);
		return;
	}
	word = cookie_by_tcp(at, cookie_epoch, message);
	if (word == COOKIE_FITS)
		attempt_answered(at, message, true);
	else if (word == COOKIE_FAILS || !upstream_tcp_ask(at))
		attempt_failed(at);
}

void tcp_took(struct trunk *t, struct span message)
{
	struct tcp_ask *a = whose(t, message);
	struct attempt *at;

	if (!a) {
		strange(t);
		return;
	}

	const uint16_t id = a->id;
	const unsigned epoch = a->cookie_epoch;

	t->answered++;
	t->last_ms = now_of(a);
	at = release(a);
	if (at)
		take_reply(at, id, epoch, message);
}

/* First its own server's, and then who waits for another may have its place, if it is idle. */
void tcp_was_read(struct trunk *t)
{
	struct forward *f = t->forward;

	serve(t->to);
	t->reading = false;
	trunk_settle(t);
	tcp_room(f);
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

bool upstream_tcp_ask(struct attempt *at)
{
	struct forward *f = at->flight->forward;
	struct tcp_ask *a = at->tcp ? NULL : take(f);

	if (!a)
		return false;
	*a = (struct tcp_ask){ .forward = f, .attempt = at, .timer.fire = fired };
	a->end_ms = now_of(a) + TCP_MS;
	at->tcp = a;
	if (place_or_wait(a) == ST_OK)
		return true;
	release(a);
	return false;
}

/* Its number is taken until the server has answered; a connection for it alone is closed. */
void upstream_tcp_stop(struct attempt *at)
{
	struct tcp_ask *a = at->tcp;
	struct trunk *t = a ? a->trunk : NULL;

	if (!a)
		return;
	if (t && t->stream.loop && trunk_takes_in_all(t->forward, t->to) > 1) {
		a->attempt = NULL;
		at->tcp = NULL;
		return;
	}
	release(a);
	if (t && t->stream.loop)
		trunk_retire(t);
}

/* ---- life -------------------------------------------------------------------------------------------------- */

void upstream_tcp_drop(struct upstream *u)
{
	while (u->tcp.trunks) {
		struct trunk *t = u->tcp.trunks;

		trunk_close(t);
		while (t->asks)
			must(!release(t->asks));
		trunk_give(t);
	}
}

void upstream_tcp_renew(struct forward *f)
{
	for (struct upstream *u = f->upstreams; u; u = u->next)
		for (struct trunk *t = u->tcp.trunks, *next; t; t = next) {
			next = t->next;
			trunk_retire(t);
		}
}

void upstream_tcp_free(struct forward *f)
{
	free(f->tcp);
}
