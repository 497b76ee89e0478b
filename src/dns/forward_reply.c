/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/forward_private.h"

/* ---- is it the answer? ------------------------------------------------------------------- */

static bool is_from(const struct endpoint *from, const struct upstream *u)
{
	return from->port == u->server.at.port && addr_eq(&from->addr, &u->server.at.addr);
}

static bool is_question(const struct dns_question *got, const struct dns_question *asked)
{
	return got->type == asked->type && got->class == asked->class &&
	       dname_eq(&got->name, &asked->name);
}

/* A reply with one question; the rest is for others to judge. */
static bool read_reply(struct span message, struct dns_header *h, struct dns_question *q)
{
	struct dns_walk w;

	if (!dns_walk_start(&w, message, q))
		return false;
	*h = w.header;
	return (h->flags & DNS_QR) && !(h->flags & DNS_OPCODE_MASK) && q->name.n != 0;
}

bool forward_is_reply(const struct flight *fl, uint16_t id, struct span message)
{
	struct dns_question q;
	struct dns_header h;

	return read_reply(message, &h, &q) && h.id == id && is_question(&q, &fl->question);
}

/* Of a message that is a reply to it. */
static bool is_spelled_right(const struct attempt *at, struct span message)
{
	struct dns_question q;
	struct dns_header h;

	return !at->flight->mixed || (read_reply(message, &h, &q) && case_is_ours(at->flight, &q));
}

/* One that has answered does not do so again. */
static struct attempt *who_asked(const struct forward *f, const struct pool_socket *s,
				 const struct dgram *d)
{
	struct dns_header h;
	struct attempt *at;

	if (!dns_header_read(d->data, &h))
		return NULL;
	at = attempt_find(f->flights, s, h.id);
	return at && !at->failed && !at->timed && !at->tcp && is_from(&d->from, at->to) &&
			       forward_is_reply(at->flight, at->id, d->data)
		       ? at
		       : NULL;
}

static bool is_asked_besides(const struct flight *fl, const struct upstream *u)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (at->to == u && at->besides)
			return true;
	return false;
}

void flight_ask_besides(struct flight *fl, struct upstream *u)
{
	struct forward *f = fl->forward;
	struct attempt *besides;

	if (fl->landed || is_asked_besides(fl, u))
		return;
	besides = attempt_new(f->flights, fl, u);
	if (!besides)
		return;
	besides->besides = true;
	besides->sent_ms = loop_now(f->want.loop).mono_ms;
	besides->failed = !upstream_tcp_ask(besides);
}

/* All is right but the case of letters.  A server may not keep it; somebody may have guessed all
 * the rest.  By TCP nobody can guess, so that is how it is asked besides. */
static void case_was_wrong(struct flight *fl, struct upstream *u)
{
	struct forward *f = fl->forward;

	dns_count(&f->want.counts->replies_unexpected);
	if (fl->landed || is_asked_besides(fl, u))
		return;
	if (f->want.lost_case)
		f->want.lost_case(f->want.arg, &u->server);
	flight_ask_besides(fl, u);
}

void forward_received(void *arg, struct pool_socket *s, const struct dgram *d)
{
	struct forward *f = arg;
	struct attempt *at = who_asked(f, s, d);

	packet_show(f->want.events, PACKET_UP_REPLY, &d->from, &d->to, d->data);
	if (!at)
		dns_count(&f->want.counts->replies_unexpected);
	else if (!is_spelled_right(at, d->data))
		case_was_wrong(at->flight, at->to);
	else if (cookie_fits(at, d->data))
		attempt_answered(at, d->data, false);
}

/* ---- what it says --------------------------------------------------------------------------- */

static enum reply_rank rank_of(unsigned flags)
{
	const unsigned rcode = flags & DNS_RCODE_MASK;

	return rcode == DNS_SERVFAIL ? REPLY_SERVFAIL
	     : rcode == DNS_REFUSED  ? REPLY_REFUSED
	     : flags & DNS_TC	     ? REPLY_CUT
				     : NO_REPLY;
}

/* Header and question alone where the whole is too long to keep. */
static void keep_error(struct flight *fl, const struct upstream *u, struct span message,
		       enum reply_rank rank)
{
	if (rank <= fl->error)
		return;
	fl->error = rank;
	fl->error_from = u->server;
	fl->error_n = message.n;
	if (message.n > sizeof fl->error_reply)
		fl->error_n = DNS_HEADER + fl->question.name.n + 4u;
	memcpy(fl->error_reply, message.p, fl->error_n);
	if (message.n > sizeof fl->error_reply)
		memset(fl->error_reply + 6, 0, 6);	/* the counts of records */
}

/* Who failed on one port did so on all. */
static void mark_failed(const struct attempt *of)
{
	for (struct attempt *at = of->flight->attempts; at; at = at->next)
		if (at->to == of->to && !at->tcp)
			at->failed = true;
}

void attempt_failed(struct attempt *at)
{
	if (at->besides)
		at->failed = true;
	else
		mark_failed(at);
	flight_try_others(at->flight);
}

static void take_answer(struct attempt *at, struct span message, bool tcp)
{
	struct flight *fl = at->flight;
	const struct upstream_reply reply = { message, at->to->server, tcp };

	choice_answered(at, loop_now(fl->forward->want.loop).mono_ms);
	at->timed = true;
	flight_end(fl, &reply);
}

static struct span flight_options(const struct flight *fl)
{
	return span_of(fl->query + fl->query_n - fl->options_n, fl->options_n);
}

static bool is_usable(const struct flight *fl, struct span message)
{
	const struct forward_want *w = &fl->forward->want;

	return !w->usable || w->usable(w->arg, &fl->question, flight_options(fl), message);
}

/* An unusable one by TCP is the end of that: nothing else can come by it. */
static void take_reply(struct attempt *at, struct span message, enum reply_rank rank, bool tcp)
{
	if (rank == NO_REPLY && is_usable(at->flight, message)) {
		take_answer(at, message, tcp);
		return;
	}
	if (rank == NO_REPLY && !tcp)
		return;
	if (rank != NO_REPLY)
		keep_error(at->flight, at->to, message, rank);
	if (rank == REPLY_CUT && !tcp && upstream_tcp_ask(at))
		return;
	attempt_failed(at);
}

static bool somebody_is_timed(const struct flight *fl)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (!at->timed && !at->failed)
			return true;
	return false;
}

/* Its question was answered before. */
static void came_late(struct attempt *at, enum reply_rank rank, int64_t now_ms)
{
	if (rank == NO_REPLY)
		choice_answered(at, now_ms);
	at->timed = true;
	if (!somebody_is_timed(at->flight))
		flight_sink(at->flight);
}

void attempt_answered(struct attempt *at, struct span message, bool tcp)
{
	struct flight *fl = at->flight;
	struct forward *f = fl->forward;
	const int64_t now_ms = loop_now(f->want.loop).mono_ms;
	struct dns_header h;

	must(dns_header_read(message, &h));

	const enum reply_rank rank = rank_of(h.flags);

	choice_replied(at, h.flags & DNS_RCODE_MASK, now_ms);
	if (fl->landed)
		came_late(at, rank, now_ms);
	else
		take_reply(at, case_restored(fl, message, f->restored), rank, tcp);
}
