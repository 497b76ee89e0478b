/* SPDX-License-Identifier: ISC */
/*
 * The servers upstream of a story: what they were told to say, how long they take,
 * and the connections that they take.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/rrtypes.h"
#include "test/scenario_private.h"

#define DNS_PORT 53
#define LENGTH 2			/* bytes of a message's length before it, by TCP */
#define TTL_S 300			/* of what exists, */
#define NEGATIVE_TTL_S 60		/* and of what does not */

const struct story_rcode story_rcodes[4] = {
	{ "NXDOMAIN", DNS_NXDOMAIN }, { "SERVFAIL", DNS_SERVFAIL }, { "REFUSED", DNS_REFUSED },
	{ "NODATA", DNS_NOERROR },
};

static struct story_upstream *upstream_at(struct story *st, const struct addr *a)
{
	for (size_t i = 0; i < st->upstreams; i++)
		if (addr_eq(&st->upstream[i].addr, a))
			return &st->upstream[i];
	must(st->upstreams < STORY_UPSTREAMS);
	st->upstream[st->upstreams] = (struct story_upstream){ .addr = *a, .delay_ms = 10 };
	return &st->upstream[st->upstreams++];
}

/* ---- what they say --------------------------------------------------------------------- */

static struct story_saying *saying_of(struct story_upstream *u, const char *name, uint16_t type)
{
	for (size_t i = 0; i < u->n; i++)
		if (text_same(u->saying[i].name, name) && u->saying[i].type == type)
			return &u->saying[i];
	return NULL;
}

static const struct story_rcode *rcode_of(const char *word)
{
	for (size_t i = 0; i < COUNT_OF(story_rcodes); i++)
		if (strcmp(word, story_rcodes[i].word) == 0)
			return &story_rcodes[i];
	return NULL;
}

/* Beside what says no (RFC 2308 3). */
static void write_soa(struct dns_writer *w, uint32_t ttl_s)
{
	uint8_t soa[22] = { 0 };

	put_uint(soa + 18, 4, ttl_s);
	dns_write_rr(w, DNS_AUTHORITY, span_of("", 1), DNS_SOA, DNS_IN, ttl_s, SPAN(soa));
}

/* A CNAME or an address. */
static unsigned write_saying(struct dns_writer *w, const struct dns_question *q,
			     const struct story_saying *s)
{
	const struct story_rcode *failure = s ? rcode_of(s->value) : NULL;
	struct dname target;
	struct addr a;

	if (!s)
		return DNS_SERVFAIL;
	if (failure) {
		if (failure->rcode % DNS_NXDOMAIN == 0)
			write_soa(w, s->ttl_s);
		return failure->rcode;
	}
	if (addr_parse(s->value, &a))
		dns_write_addr(w, DNS_ANSWER, dname_span(&q->name), &a, s->ttl_s);
	else if (dname_parse(s->value, &target))
		dns_write_rr(w, DNS_ANSWER, dname_span(&q->name), DNS_CNAME, DNS_IN, s->ttl_s,
			     dname_span(&target));
	return DNS_NOERROR;
}

/* What the server at `at` makes of a query; it arrives after its delay. */
static void answer(struct story *st, const struct endpoint *at, const struct endpoint *from,
		   struct sim_peer *by, struct span query)
{
	struct story_upstream *u = upstream_at(st, &at->addr);
	const bool cut = u->cuts && !by;
	struct story_answer *a;
	struct dns_writer w;
	struct dns_query q;
	int why;

	must(dns_query_read(query, &q, &why));
	u->asked++;
	if (u->silent || st->answers == STORY_ANSWERS)
		return;
	a = &st->answer[st->answers++];
	*a = (struct story_answer){ .due_ms = loop_now(st->loop).mono_ms + u->delay_ms, .from = *at,
				    .to = *from, .by = by };
	dns_write_start(&w, a->bytes + LENGTH, sizeof a->bytes - LENGTH, q.header.id,
			DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q.question);
	w.truncated = cut;
	a->n = dns_write_end(&w, cut ? DNS_NOERROR
				     : write_saying(&w, &q.question,
						    saying_of(u, dname_text(&q.question.name).s,
							      q.question.type))).n;
	put_uint(a->bytes, LENGTH, a->n);
}

bool story_upstream_asked(struct story *st, const struct sim_sent *sent)
{
	if (sent->d.to.port != DNS_PORT)
		return false;
	answer(st, &sent->d.to, &sent->d.from, NULL, sent->d.data);
	return true;
}

/* ---- connections -------------------------------------------------------------------------- */

static void take_connections(struct story *st)
{
	struct endpoint to, from;
	struct sim_peer *p;

	while ((p = sim_peer_next(st->loop, &to, &from))) {
		const bool refused = upstream_at(st, &to.addr)->refuses;

		sim_peer_answer(p, refused ? ST_UNKNOWN : ST_OK);
		if (refused)
			continue;
		must(st->peers < STORY_PEERS);
		st->peer[st->peers].peer = p;
		st->peer[st->peers].at = to;
		st->peer[st->peers++].from = from;
	}
}

/* Questions come whole, since nothing stalls. */
static void hear_connections(struct story *st)
{
	for (size_t i = 0; i < st->peers; i++) {
		struct reader r = reader_of(sim_peer_sent(st->peer[i].peer));

		while (reader_left(&r) > 0) {
			const size_t n = reader_u16(&r);

			answer(st, &st->peer[i].at, &st->peer[i].from, st->peer[i].peer,
			       reader_take(&r, n));
			must(reader_ok(&r));
		}
	}
}

static void deliver(struct story *st, const struct story_answer *a)
{
	if (a->by)
		(void)sim_peer_send(a->by, span_of(a->bytes, LENGTH + a->n));
	else
		(void)sim_deliver(st->loop, &(struct dgram){
			.from = a->from, .to = a->to, .ifindex = st->ifindex,
			.data = span_of(a->bytes + LENGTH, a->n) });
}

void story_upstream_run(struct story *st)
{
	const int64_t now_ms = loop_now(st->loop).mono_ms;

	take_connections(st);
	hear_connections(st);
	for (size_t i = 0; i < st->answers;) {
		const struct story_answer a = st->answer[i];

		if (a.due_ms > now_ms) {
			i++;
			continue;
		}
		st->answer[i] = st->answer[--st->answers];
		deliver(st, &a);
	}
}

/* ---- steps ---------------------------------------------------------------------------------- */

/* "says NAME TYPE VALUE [ttl=N]"; it speaks again, and takes back what it said before. */
static bool step_says(struct story *st, struct story_upstream *u, const struct step *s)
{
	const char *ttl = step_value(s, "ttl");
	struct story_saying *y;
	uint16_t type;

	if (s->n < 6 || !rrtype_parse(s->word[4], &type))
		return story_fail(st, "says NAME TYPE VALUE");
	y = saying_of(u, s->word[3], type);
	must(y || u->n < STORY_SAYINGS);
	if (!y)
		y = &u->saying[u->n++];
	snprintf(y->name, sizeof y->name, "%s", s->word[3]);
	snprintf(y->value, sizeof y->value, "%s", s->word[5]);
	y->type = type;
	y->ttl_s = rcode_of(y->value) ? NEGATIVE_TTL_S : TTL_S;
	if (ttl)
		y->ttl_s = (uint32_t)strtoul(ttl, NULL, 10);
	u->silent = false;
	return true;
}

/* "is silent", "is heard". */
static bool step_is(struct story *st, struct story_upstream *u, const struct step *s)
{
	u->silent = strcmp(s->word[3], "silent") == 0;
	return u->silent || strcmp(s->word[3], "heard") == 0 ||
	       story_fail(st, "is silent, is heard");
}

static bool step_was(struct story *st, struct story_upstream *u, const struct step *s)
{
	return (s->n == 6 && u->asked == strtoul(s->word[4], NULL, 10)) ||
	       story_fail(st, "it was asked %u times", u->asked);
}

/* "answers after TIME". */
static bool step_answers(struct story *st, struct story_upstream *u, const struct step *s)
{
	return (s->n == 5 && story_time(s->word[4], &u->delay_ms)) ||
	       story_fail(st, "answers after TIME");
}

/* "cuts answers", by UDP. */
static bool step_cuts(struct story *st, struct story_upstream *u, const struct step *s)
{
	(void)st;
	(void)s;
	return u->cuts = true;
}

/* "refuses connections". */
static bool step_refuses(struct story *st, struct story_upstream *u, const struct step *s)
{
	(void)st;
	(void)s;
	return u->refuses = true;
}

static const struct {
	const char *word;
	bool (*play)(struct story *st, struct story_upstream *u, const struct step *s);
} steps[] = {
	{ "says", step_says },	     { "is", step_is },	    { "was", step_was },
	{ "answers", step_answers }, { "cuts", step_cuts }, { "refuses", step_refuses },
};

bool story_upstream(struct story *st, const struct step *s)
{
	struct addr a;

	if (s->n < 4 || !addr_parse(s->word[1], &a))
		return story_fail(st, "upstream ADDRESS says NAME TYPE VALUE");
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (strcmp(s->word[2], steps[i].word) == 0)
			return steps[i].play(st, upstream_at(st, &a), s);
	return story_fail(st, "what does it do?");
}
