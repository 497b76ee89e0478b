/* SPDX-License-Identifier: ISC */
/* Random case of letters in questions (do-0x20-encode). */
#include <stdlib.h>

#include "base/must.h"
#include "dns/forward_lab_test.h"
#include "dns/forward_private.h"
#include "test/test.h"
#include "wire/dns.h"

static const char asked[] = "Www.a-Rather-Long-Name-0123.example";

static struct forward_lab *mixing(size_t servers)
{
	struct forward_lab *lab = fwd_open(servers);

	lab->conf.mix_case = true;
	fwd_configure(lab);
	return lab;
}

static struct span name_of(const struct fwd_query *q)
{
	struct dname n;

	must(dname_parse(asked, &n));
	return span_of(q->bytes + DNS_HEADER, n.n);
}

static bool is_letter(uint8_t c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

TEST(letters_of_a_question_have_another_case_each_time_and_all_else_stays)
{
	enum { TIMES = 64 };
	struct forward_lab *lab = mixing(1);
	unsigned upper[DNAME_MAX] = { 0 };
	struct fwd_query q;
	struct dname plain;

	must(dname_parse(asked, &plain));
	for (unsigned i = 0; i < TIMES; i++) {
		CHECK_EQ(fwd_ask(lab, i, asked)->status, ST_OK);
		CHECK(fwd_sent(lab, &q));
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
		for (size_t b = 0; b < plain.n; b++) {
			const uint8_t sent = name_of(&q).p[b];

			CHECK_EQ(sent | (is_letter(sent) ? 0x20 : 0),
				 plain.bytes[b] | (is_letter(plain.bytes[b]) ? 0x20 : 0));
			upper[b] += is_letter(sent) && !(sent & 0x20);
		}
	}
	for (size_t b = 1; b < plain.n; b++)		/* half of 64, within four deviations */
		if (is_letter(plain.bytes[b]) && plain.bytes[b] > 63)
			CHECK(upper[b] >= 16 && upper[b] <= 48);
	fwd_close(lab);
}

TEST(without_do_0x20_encode_a_question_is_spelled_as_it_was_asked)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q;
	struct dname plain;

	must(dname_parse(asked, &plain));
	fwd_ask(lab, 0, asked);
	CHECK(fwd_sent(lab, &q));
	CHECK_BYTES(name_of(&q), dname_span(&plain));
	fwd_close(lab);
}

/* One letter of the reply's question in the other case. */
static bool reply_misspelled(struct forward_lab *lab, const struct fwd_query *q)
{
	uint8_t b[1500];
	size_t n = fwd_answer(q, DNS_NOERROR, b, sizeof b);

	b[DNS_HEADER + 2] ^= 0x20;
	return fwd_deliver(lab, fwd_server(q->server), q->from, span_of(b, n));
}

static unsigned lost;

static void lost_case(void *arg, const struct dns_server *s)
{
	(void)arg;
	CHECK_EQ(s->at.port, 53);
	lost++;
}

/* What the forwarder tells of it is counted from here on. */
static void count_lost(struct forward_lab *lab)
{
	const struct forward_want want = { .loop = lab->loop, .rng = &lab->rng,
					   .counts = &lab->counts, .lost_case = lost_case };

	lost = 0;
	forward_free(lab->forward);
	lab->forward = forward_new(&want);
	fwd_configure(lab);
}

TEST(a_reply_in_another_case_is_not_believed_and_the_server_is_asked_by_tcp)
{
	struct forward_lab *lab = mixing(1);
	struct endpoint to, from;
	struct fwd_client *c;
	struct fwd_query q;
	struct sim_peer *p;
	struct span sent;
	uint8_t b[1500];
	size_t n;

	count_lost(lab);
	c = fwd_ask(lab, 0, asked);
	CHECK(fwd_sent(lab, &q));
	CHECK(reply_misspelled(lab, &q));
	CHECK_EQ(c->answers, 0);
	CHECK_EQ(lab->counts.replies_unexpected, 1);
	CHECK_EQ(lost, 1);
	p = sim_peer_next(lab->loop, &to, &from);
	must(p);
	sim_peer_answer(p, ST_OK);
	sim_run_for(lab->loop, 0);
	sent = sim_peer_sent(p);
	memcpy(q.bytes, sent.p + 2, sent.n - 2);
	q.id = (uint16_t)(q.bytes[0] << 8 | q.bytes[1]);
	n = fwd_answer(&q, DNS_NOERROR, b + 2, sizeof b - 2);
	b[2 + DNS_HEADER + 2] ^= 0x20;			/* there it need not be the same */
	put_uint(b, 2, n);
	CHECK(sim_peer_send(p, span_of(b, n + 2)));
	sim_run_for(lab->loop, 0);
	CHECK_EQ(c->answers, 1);
	CHECK(c->tcp && !c->nobody);

	fwd_ask(lab, 1, "other.example");
	CHECK(fwd_sent(lab, &q));
	CHECK(reply_misspelled(lab, &q));
	CHECK_EQ(lost, 2);		/* that it is said once is for all workers together */
	fwd_close(lab);
}

TEST(a_guess_in_the_wrong_case_does_not_keep_the_true_reply_out)
{
	struct forward_lab *lab = mixing(1);
	struct fwd_client *c = fwd_ask(lab, 0, asked);
	struct endpoint to, from;
	struct fwd_query q;
	struct sim_peer *p;

	CHECK(fwd_sent(lab, &q));
	CHECK(reply_misspelled(lab, &q));
	p = sim_peer_next(lab->loop, &to, &from);
	must(p);
	sim_peer_answer(p, ST_UNKNOWN);			/* a server without TCP */
	sim_run_for(lab->loop, 0);
	CHECK_EQ(c->answers, 0);
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody && !c->tcp);
	fwd_close(lab);
}

TEST(a_reply_is_given_back_as_it_was_asked_for)
{
	struct forward_lab *lab = mixing(1);
	struct fwd_query q;
	struct dname plain;
	struct flight *fl;
	uint8_t b[1500], *out = malloc(DNS_MESSAGE_MAX);
	size_t n;

	must(out && dname_parse(asked, &plain));
	fwd_ask(lab, 0, asked);
	CHECK(fwd_sent(lab, &q));
	fl = flight_any(lab->forward->flights);
	n = fwd_answer(&q, DNS_NOERROR, b, sizeof b);
	memcpy(b + n, name_of(&q).p, plain.n);		/* once more, written out */
	CHECK_BYTES(span_of(case_restored(fl, span_of(b, n + plain.n), out).p + DNS_HEADER, plain.n),
		    dname_span(&plain));
	CHECK_BYTES(span_of(out + n, plain.n), dname_span(&plain));
	CHECK_BYTES(span_of(out + DNS_HEADER + plain.n, n - DNS_HEADER - plain.n),
		    span_of(b + DNS_HEADER + plain.n, n - DNS_HEADER - plain.n));
	free(out);
	fwd_close(lab);
}
