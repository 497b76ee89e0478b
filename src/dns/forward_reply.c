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

bool forward_is_reply(const struct attempt *at, struct span message)
{
	struct dns_question q;
	struct dns_header h;

	return read_reply(message, &h, &q) && h.id == at->id &&
	       is_question(&q, &at->flight->question);
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
	return at && !at->failed && !at->tcp && is_from(&d->from, at->to) &&
			       forward_is_reply(at, d->data)
		       ? at
		       : NULL;
}

void forward_received(void *arg, struct pool_socket *s, const struct dgram *d)
{
	struct forward *f = arg;
	struct attempt *at = who_asked(f, s, d);

	if (at)
		attempt_answered(at, d->data, false);
	else
		dns_count(&f->want.counts->replies_unexpected);
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

void attempt_failed(struct attempt *at)
{
	struct flight *fl = at->flight;

	at->failed = true;
	if (fl->error == REPLY_CUT)
		flight_end(fl, NULL);
	else
		flight_try_others(fl);
}

void attempt_answered(struct attempt *at, struct span message, bool tcp)
{
	struct flight *fl = at->flight;
	struct forward *f = fl->forward;
	struct upstream *u = at->to;
	struct upstream_reply reply = { message, u->server, tcp };
	struct dns_header h;

	must(dns_header_read(message, &h));

	const enum reply_rank rank = rank_of(h.flags);

	upstream_replied(u, loop_now(f->want.loop).mono_ms - at->sent_ms, h.flags & DNS_RCODE_MASK);
	if (rank == NO_REPLY && f->want.usable &&
	    !f->want.usable(f->want.arg, &fl->question, message)) {
		if (tcp)		/* nothing else can come by this connection */
			attempt_failed(at);
		return;
	}
	if (rank != NO_REPLY)
		keep_error(fl, u, message, rank);
	if (rank == REPLY_CUT && !tcp && upstream_tcp_ask(at))
		return;
	if (rank != NO_REPLY) {
		attempt_failed(at);
		return;
	}
	fl->group->fastest = u;
	flight_end(fl, &reply);
}
