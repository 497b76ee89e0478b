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

/* The next connection, accepted, and the question that came by it. */
static struct sim_peer *accepted(struct forward_lab *lab, struct fwd_query *q)
{
	struct endpoint to, from;
	struct sim_peer *p = sim_peer_next(lab->loop, &to, &from);
	struct span sent;

	if (!p)
		return NULL;
	*q = (struct fwd_query){ .server = addr_to_ip4(&to.addr) - 0xc0000235 };
	CHECK_EQ(to.port, 53);
	sim_peer_answer(p, ST_OK);
	sim_run_for(lab->loop, 0);
	sent = sim_peer_sent(p);
	must(sent.n > 14 && sent.n <= sizeof q->bytes);
	CHECK_EQ(sent.p[0] << 8 | sent.p[1], sent.n - 2);
	q->n = sent.n - 2;
	memcpy(q->bytes, sent.p + 2, q->n);
	q->id = (uint16_t)(q->bytes[0] << 8 | q->bytes[1]);
	return p;
}

/* A whole answer with its length before it. */
static struct span framed(const struct fwd_query *q, unsigned rcode, uint8_t *b, size_t size)
{
	size_t n = fwd_answer(q, rcode, b + 2, size - 2);

	put_uint(b, 2, n);
	return span_of(b, n + 2);
}

static void answer_by_tcp(struct forward_lab *lab, struct sim_peer *p, const struct fwd_query *q,
			  unsigned rcode)
{
	uint8_t b[1500];

	CHECK(sim_peer_send(p, framed(q, rcode, b, sizeof b)));
	sim_run_for(lab->loop, 0);
}

static struct fwd_client *ask_by_tcp(struct forward_lab *lab, unsigned i, const char *name)
{
	struct forward_question q = fwd_question(i, name);

	q.tcp = true;
	return fwd_ask_as(lab, i, &q);
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
	p = accepted(lab, &tcp);
	CHECK(p);
	CHECK_EQ(tcp.server, 1);
	CHECK_BYTES(span_of(tcp.bytes + 2, tcp.n - 2), span_of(udp.bytes + 2, udp.n - 2));
	answer_by_tcp(lab, p, &tcp, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(c->tcp && !c->nobody);
	CHECK(!sim_peer_is_open(p));
	fwd_close(lab);
}

TEST(a_reply_by_tcp_may_come_byte_by_byte)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = accepted(lab, &q);
	uint8_t b[1500];
	struct span whole = framed(&q, DNS_NOERROR, b, sizeof b);

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
			p = accepted(lab, &tcp);
		}
		if (way == RESET)
			sim_peer_reset(p);
		if (way == WRONG_REPLY) {
			tcp.id ^= 1;
			answer_by_tcp(lab, p, &tcp, DNS_NOERROR);
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

	CHECK_EQ(ask_by_tcp(lab, 0, "www.example")->status, ST_OK);
	CHECK(!fwd_sent(lab, &q));
	p = accepted(lab, &by_tcp);
	CHECK(p);
	CHECK_EQ(ask_by_tcp(lab, 1, "www.example")->status, ST_OK);
	CHECK(!accepted(lab, &q) && !fwd_sent(lab, &q));	/* one flight for both */
	fwd_ask(lab, 2, "www.example");
	CHECK(!fwd_sent(lab, &q));
	answer_by_tcp(lab, p, &by_tcp, DNS_NOERROR);
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
	c = ask_by_tcp(lab, 0, "www.example");
	p = sim_peer_next(lab->loop, &to, &from);
	sim_peer_answer(p, ST_UNKNOWN);
	sim_run_for(lab->loop, 0);
	p = accepted(lab, &q);
	CHECK_EQ(q.server, 1);
	answer_by_tcp(lab, p, &q, DNS_SERVFAIL);
	p = accepted(lab, &q);
	CHECK_EQ(q.server, 2);
	answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody);
	fwd_close(lab);
}

TEST(an_unusable_reply_by_tcp_is_no_reply)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = accepted(lab, &q);

	lab->unusable = "203.0.113.1";
	answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	CHECK(c->nobody);
	fwd_close(lab);
}

TEST(connections_upstream_have_a_limit)
{
	enum { LIMIT = 64 };
	struct forward_lab *lab = fwd_open(1);
	struct endpoint to, from;
	struct fwd_query q = { 0 };
	unsigned connections = 0;
	char name[32];

	for (unsigned i = 0; i < LIMIT + 2; i++) {
		snprintf(name, sizeof name, "n%u.example", i);
		CHECK_EQ(ask_by_tcp(lab, i, name)->status, i < LIMIT ? ST_OK : ST_UNKNOWN);
	}
	while (sim_peer_next(lab->loop, &to, &from))
		connections++;
	CHECK_EQ(connections, LIMIT);
	fwd_ask(lab, 100, "cut.example");		/* one by UDP gets what it got */
	CHECK(fwd_sent(lab, &q));
	CHECK(cut(lab, &q));
	CHECK_EQ(lab->client[100].answers, 1);
	CHECK(lab->client[100].flags & DNS_TC);
	forward_cancel(lab->forward, &lab->client[0].asked);
	CHECK_EQ(ask_by_tcp(lab, 101, "more.example")->status, ST_OK);
	fwd_close(lab);
}

static void ask_by_tcp_again(struct fwd_client *c)
{
	CHECK_EQ(ask_by_tcp(c->lab, 7, "again.example")->status, ST_OK);
}

TEST(who_is_answered_by_tcp_may_ask_by_tcp_at_once)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = ask_by_tcp(lab, 0, "www.example");
	struct fwd_query q = { 0 };
	struct sim_peer *p = accepted(lab, &q);

	c->then = ask_by_tcp_again;
	answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(c->answers, 1);
	p = accepted(lab, &q);
	CHECK(p);
	answer_by_tcp(lab, p, &q, DNS_NOERROR);
	CHECK_EQ(lab->client[7].answers, 1);
	fwd_close(lab);
}

TEST(cancelling_by_tcp_closes_the_connection)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = ask_by_tcp(lab, 0, "www.example");
	struct endpoint to, from;
	struct fwd_query q = { 0 };
	struct sim_peer *p = sim_peer_next(lab->loop, &to, &from);

	CHECK(p && sim_peer_is_open(p));
	forward_cancel(lab->forward, &c->asked);	/* before it is connected */
	CHECK(!sim_peer_is_open(p));
	c = ask_by_tcp(lab, 0, "other.example");
	p = accepted(lab, &q);
	CHECK(p && sim_peer_is_open(p));
	forward_cancel(lab->forward, &c->asked);
	CHECK(!sim_peer_is_open(p));
	sim_run_for(lab->loop, FWD_TIMEOUT_MS);
	CHECK_EQ(c->answers, 0);
	fwd_close(lab);
}
