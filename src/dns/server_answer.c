/* SPDX-License-Identifier: ISC */
/*
 * How an answer leaves: cut to what its client takes, with the EDNS that it asked with.
 */
#include "base/uncleared.h"
#include "dns/server_private.h"
#include "dns/stale.h"

#define ANSWER_OPTIONS_MAX 480		/* bytes of a server's options that go on */

/* A server's own error gives way to one of ours, and its cookie is for us where we have any. */
static bool goes_on(const struct dns *d, uint16_t code, enum dns_ede ede)
{
	return (code != EDNS_ERROR || ede == DNS_EDE_NONE) &&
	       (code != EDNS_COOKIE || d->data->conf->cookies == COOKIES_OFF);
}

static struct span options_of(const struct dns *d, const struct client *c,
			      const struct dns_edns *theirs, enum dns_ede ede, struct writer *w)
{
	struct reader r = reader_of(theirs->options);
	struct dns_edns_option o;

	writer_span(w, span_of(c->cookie, c->cookie_n));
	while (dns_edns_next(&r, &o)) {
		struct writer before = *w;

		if (!goes_on(d, o.code, ede))
			continue;
		writer_u16(w, o.code);
		writer_u16(w, o.value.n);
		writer_span(w, o.value);
		if (!writer_ok(w))
			*w = before;
	}
	return writer_done(w);
}

void server_answer_theirs(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
			  const struct dns_edns *theirs, enum dns_ede ede)
{
	const uint32_t edns_max = d->data->conf->edns_max;
	uint8_t bytes[ANSWER_OPTIONS_MAX] UNCLEARED;
	struct writer w = writer_of(bytes, sizeof bytes);
	struct answer_how how = {
		.query = q, .limit = answer_limit(q, c->link != NULL, edns_max),
		.edns_size = (uint16_t)edns_max, .ede = ede, .rcode_high = theirs->rcode_high,
		.words = span_text(d->ede.words),
	};

	if (theirs->present && theirs->udp_size < edns_max)
		how.edns_size = theirs->udp_size;
	if (q->edns.present)
		how.options = options_of(d, c, theirs, ede, &w);
	dns_send(d, c, answer_fit(d->reply, sizeof d->reply, n, &how));
	d->ede.words[0] = 0;
}

void server_answer(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
		   enum dns_ede ede)
{
	server_answer_theirs(d, c, q, n, &(struct dns_edns){ 0 }, ede);
}

void server_take_turn(struct dns *d, const struct dns_query *q)
{
	if (!d->turn_known)
		d->turn = local_turn(&d->want.common->turns, &q->question);
	d->turn_known = true;
}

/* Past its time. */
static void answer_stale(struct dns *d, const struct client *c, const struct dns_query *q,
			 const struct cache_hit *hit, bool filtered)
{
	const struct dns_conf *conf = d->data->conf;
	const enum dns_ede ede = stale_ede(conf, d->reply[3] & DNS_RCODE_MASK);

	dns_count(&d->want.counts->stale);
	tell_stale(d, c, span_of(d->reply, hit->n), filtered);
	stale_set_ttls(conf, d->reply, hit->n);
	if (conf->extended_errors)
		ede_of_stale(&d->ede, ede, hit->past_s);
	server_answer(d, c, q, hit->n, ede);
}

void server_answer_kept(struct dns *d, const struct client *c, const struct dns_query *q,
			const struct cache_hit *hit)
{
	bool filtered = filter_takes_type(d->data->conf, q->question.type) &&
			(d->reply[3] & DNS_RCODE_MASK) == DNS_NOERROR;

	dns_count_own(&d->want.counts->local);
	memcpy(d->reply + DNS_HEADER, q->question.name.bytes, q->question.name.n);
	if (hit->turns && !d->data->conf->no_round_robin) {
		server_take_turn(d, q);
		answer_turn(d->reply, hit->n, d->turn);
	}
	if (hit->stale) {
		answer_stale(d, c, q, hit, filtered);
		return;
	}
	tell_cached(d, c, span_of(d->reply, hit->n), filtered);
	server_answer(d, c, q, hit->n, filtered ? DNS_EDE_FILTERED : DNS_EDE_NONE);
}

void server_answer_empty(struct dns *d, const struct client *c, const struct dns_query *q,
			 const struct filter_answer *what, enum dns_ede ede)
{
	struct dns_writer w;

	dns_write_start(&w, d->reply, sizeof d->reply, q->header.id,
			DNS_QR | DNS_RA | (what->authoritative ? DNS_AA : 0));
	dns_write_question(&w, &q->question);
	server_answer(d, c, q, dns_write_end(&w, what->rcode).n, ede);
}

void server_answer_nothing(struct dns *d, const struct client *c, const struct dns_query *q,
			   unsigned rcode, enum dns_ede ede)
{
	server_answer_empty(d, c, q, &(struct filter_answer){ .rcode = rcode }, ede);
}
