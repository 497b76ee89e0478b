/* SPDX-License-Identifier: ISC */
/* Questions that go on by TCP, in virtual time. */
#include "base/must.h"
#include "dns/forward_lab_test.h"
#include "dns/forward_private.h"
#include "test/test.h"
#include "wire/dns.h"

/* A truncated reply to the question just sent. */
static bool cut(struct forward_lab *lab, const struct fwd_query *q)
{
	uint8_t b[1500];
	size_t n = fwd_answer(q, DNS_NOERROR, b, sizeof b);

	b[2] |= DNS_TC >> 8;
	return fwd_deliver(lab, fwd_server(q->server), q->from, span_of(b, n));
}

TEST(a_truncated_reply_is_asked_for_again_by_tcp_of_the_same_server)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_client *c = fwd_ask(lab, 0, "www.example");
	struct fwd_query udp = { 0 }, tcp = { 0 };
	struct sim_peer *p;

	CHECK_TEXT(fwd_asked(lab, &udp), "01");
	CHECK(cut(lab, &udp));
	CHECK_EQ(c->answers, 0);
	p = fwd_accepted(lab, &tcp);
	CHECK(p);
	CHECK_EQ(tcp.server, 1);
	CHECK_BYTES(span_of(tcp.bytes + 2, tcp.n - 2), span_of(udp.bytes + 2, udp.n - 2));
	fwd_answer_by_tcp(lab, p, &tcp, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(c->tcp && !c->nobody);
	fwd_close(lab);
}

TEST(a_reply_by_tcp_may_come_byte_by_byte)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = fwd_accepted(lab, &q);
	uint8_t b[1500];
	struct span whole = fwd_framed(&q, DNS_NOERROR, b, sizeof b);

	for (size_t i = 0; i < whole.n; i++) {
		CHECK_EQ(c->answers, 0);
		CHECK(sim_peer_send(p, span_of(whole.p + i, 1)));
		sim_run_for(lab->loop, 0);
	}
	CHECK_EQ(c->answers, 1);
	fwd_close(lab);
}

TEST(where_tcp_fails_the_truncated_reply_is_the_answer)
{
	enum { REFUSED_CONNECTION, RESET, SILENCE, WRONG_REPLY, WAYS };

	for (int way = 0; way < WAYS; way++) {
		struct forward_lab *lab = fwd_open(1);
		struct fwd_client *c = fwd_ask(lab, 0, "www.example");
		struct endpoint to, from;
		struct fwd_query udp = { 0 }, tcp = { 0 };
		struct sim_peer *p;

		CHECK(fwd_sent(lab, &udp));
		CHECK(cut(lab, &udp));
		if (way == REFUSED_CONNECTION) {
			p = sim_peer_next(lab->loop, &to, &from);
			sim_peer_answer(p, ST_UNKNOWN);
		} else {
			p = fwd_accepted(lab, &tcp);
		}
		if (way == RESET)
			sim_peer_reset(p);
		if (way == WRONG_REPLY) {
			tcp.id ^= 1;
			fwd_answer_by_tcp(lab, p, &tcp, DNS_NOERROR);
		}
		sim_run_for(lab->loop, way == SILENCE ? 4000 : 0);
		CHECK_EQ(c->answers, 1);
		CHECK(!c->nobody && !c->tcp);
		CHECK(c->flags & DNS_TC);
		CHECK_EQ(lab->counts.replies_unexpected, way == WRONG_REPLY);
		fwd_close(lab);
	}
}

TEST(a_client_of_tcp_is_asked_for_by_tcp_at_once)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 }, by_tcp = { 0 };
	struct sim_peer *p;

	CHECK_EQ(fwd_ask_by_tcp(lab, 0, "www.example")->status, ST_OK);
	CHECK(!fwd_sent(lab, &q));
	p = fwd_accepted(lab, &by_tcp);
	CHECK(p);
	CHECK_EQ(fwd_ask_by_tcp(lab, 1, "www.example")->status, ST_OK);
	CHECK(!fwd_accepted(lab, &q) && !fwd_sent(lab, &q));	/* one flight for both */
	fwd_ask(lab, 2, "www.example");
	CHECK(!fwd_sent(lab, &q));
	fwd_answer_by_tcp(lab, p, &by_tcp, DNS_NOERROR);
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(lab->client[i].answers, 1);
	fwd_close(lab);
}

TEST(by_tcp_too_the_next_server_is_asked_after_a_failure)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_client *c;
	struct endpoint to, from;
	struct sim_peer *p;
	struct fwd_query q = { 0 };

	lab->conf.strict_order = true;
	fwd_configure(lab);
	c = fwd_ask_by_tcp(lab, 0, "www.example");
	p = sim_peer_next(lab->loop, &to, &from);
	sim_peer_answer(p, ST_UNKNOWN);
	sim_run_for(lab->loop, 0);
	p = fwd_accepted(lab, &q);
	CHECK_EQ(q.server, 1);
	fwd_answer_by_tcp(lab, p, &q, DNS_SERVFAIL);
	p = fwd_accepted(lab, &q);
	CHECK_EQ(q.server, 2);
	fwd_answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody);
	fwd_close(lab);
}

TEST(an_unusable_reply_by_tcp_is_no_reply)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = fwd_accepted(lab, &q);

	lab->unusable = "203.0.113.1";
	fwd_answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(c->nobody);
	fwd_close(lab);
}

static void ask_by_tcp_again(struct fwd_client *c)
{
	CHECK_EQ(fwd_ask_by_tcp(c->lab, 7, "again.example")->status, ST_OK);
}

TEST(who_is_answered_by_tcp_may_ask_by_tcp_at_once)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = fwd_accepted(lab, &q);

	c->then = ask_by_tcp_again;
	fwd_answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK_EQ(fwd_heard(lab, p, &q, 1), 1);
	fwd_answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(lab->client[7].answers, 1);
	fwd_close(lab);
}

TEST(cancelling_by_tcp_closes_a_connection_that_is_for_one_question)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c;
	struct endpoint to, from;
	struct fwd_query q = { 0 };
	struct sim_peer *p;

	lab->conf.upstream_tcp_idle_s = 0;
	fwd_configure(lab);
	c = fwd_ask_by_tcp(lab, 0, "www.example");
	p = sim_peer_next(lab->loop, &to, &from);
	CHECK(p && sim_peer_is_open(p));
	forward_cancel(lab->forward, &c->asked);	/* before it is connected */
	CHECK(!sim_peer_is_open(p));
	c = fwd_ask_by_tcp(lab, 0, "other.example");
	p = fwd_accepted(lab, &q);
	CHECK(p && sim_peer_is_open(p));
	forward_cancel(lab->forward, &c->asked);
	CHECK(!sim_peer_is_open(p));
	sim_run_for(lab->loop, FWD_TIMEOUT_MS);
	CHECK_EQ(c->answers, 0);
	fwd_close(lab);
}
