/* SPDX-License-Identifier: ISC */
/* Connections to servers that are kept, with many questions on them, in virtual time. */
#include <stdio.h>

#include "base/must.h"
#include "dns/trunk.h"
#include "dns/trunk_lab_test.h"
#include "test/test.h"
#include "wire/dns.h"

#define MANY 400

static struct fwd_query query[MANY];

static struct forward_lab *open_wide(size_t servers)
{
	struct forward_lab *lab = fwd_open(servers);

	lab->conf.forward_max = 1000;
	fwd_configure(lab);
	return lab;
}

TEST(many_questions_go_by_one_connection_before_any_is_answered)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 40);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 40);
	ask_many(lab, 40, 20);
	CHECK_EQ(fwd_heard(lab, p, query + 40, MANY - 40), 20);
	CHECK(!connection(lab));
	for (unsigned i = 0; i < 60; i++)
		fwd_answer_by_tcp(lab, p, &query[i], DNS_NOERROR);
	CHECK_EQ(answered(lab, 0, 60), 60);
	CHECK_EQ(lab->counts.tcp_made, 1);
	CHECK_EQ(lab->counts.tcp_asked, 60);
	fwd_close(lab);
}

TEST(truncated_replies_are_asked_for_again_by_one_connection)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = NULL;
	struct fwd_query udp;
	char name[32];
	uint8_t b[1500];

	for (unsigned i = 0; i < 20; i++) {
		snprintf(name, sizeof name, "n%u.example", i);
		fwd_ask(lab, i, name);
		must(fwd_sent(lab, &udp));

		size_t n = fwd_answer(&udp, DNS_NOERROR, b, sizeof b);

		b[2] |= DNS_TC >> 8;
		fwd_deliver(lab, fwd_server(0), udp.from, span_of(b, n));
		p = p ? p : connection(lab);
		CHECK_EQ(fwd_heard(lab, p, query, 1), 1);
		fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
		CHECK(lab->client[i].tcp);
	}
	CHECK_EQ(answered(lab, 0, 20), 20);
	CHECK_EQ(lab->counts.tcp_made, 1);
	fwd_close(lab);
}

TEST(replies_on_a_connection_come_in_any_order_and_in_any_pieces)
{
	static uint8_t all[MANY * 100];
	struct writer w = writer_of(all, sizeof all);
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;
	uint8_t b[1500];

	for (size_t piece = 1; piece < 200; piece += 13) {
		w = writer_of(all, sizeof all);
		ask_many(lab, 0, 50);
		p = piece == 1 ? connection(lab) : p;
		CHECK_EQ(fwd_heard(lab, p, query, MANY), 50);
		for (unsigned i = 50; i-- > 0;)
			writer_span(&w, fwd_framed(&query[i], DNS_NOERROR, b, sizeof b));
		for (struct span rest = writer_done(&w); rest.n > 0;) {
			size_t n = rest.n < piece ? rest.n : piece;

			must(sim_peer_send(p, span_of(rest.p, n)));
			rest = span_of(rest.p + n, rest.n - n);
		}
		CHECK_EQ(answered(lab, 0, 50), 50);
	}
	CHECK_EQ(lab->counts.tcp_made, 1);
	fwd_close(lab);
}

TEST(no_two_questions_on_a_connection_have_one_number)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = NULL;
	bool used[65536];

	for (unsigned round = 0; round < 150; round++) {
		memset(used, 0, sizeof used);
		ask_many(lab, 0, TRUNK_ASKS_MAX);
		p = p ? p : connection(lab);
		CHECK_EQ(fwd_heard(lab, p, query, MANY), TRUNK_ASKS_MAX);
		for (unsigned i = 0; i < TRUNK_ASKS_MAX; i++) {
			CHECK(!used[query[i].id]);
			used[query[i].id] = true;
		}
		for (unsigned i = 0; i < TRUNK_ASKS_MAX; i++)
			fwd_answer_by_tcp(lab, p, &query[i], DNS_NOERROR);
		CHECK_EQ(answered(lab, 0, TRUNK_ASKS_MAX), TRUNK_ASKS_MAX);
	}
	fwd_close(lab);
}

TEST(the_numbers_of_questions_by_tcp_are_drawn_by_chance)
{
	unsigned bits[16] = { 0 };
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, TRUNK_ASKS_MAX);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), TRUNK_ASKS_MAX);
	for (unsigned i = 0; i < TRUNK_ASKS_MAX; i++)
		for (unsigned bit = 0; bit < 16; bit++)
			bits[bit] += query[i].id >> bit & 1;
	for (unsigned bit = 0; bit < 16; bit++)
		CHECK(bits[bit] > TRUNK_ASKS_MAX / 5 && bits[bit] < TRUNK_ASKS_MAX * 4 / 5);
	fwd_close(lab);
}

TEST(a_reply_with_a_number_of_ours_must_have_its_question)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;
	uint16_t id;

	ask_many(lab, 0, 2);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 2);
	id = query[0].id;
	query[0].id = query[1].id;		/* the answer to one with the number of the other */
	fwd_answer_by_tcp(lab, p, &query[0], DNS_NOERROR);
	CHECK_EQ(answered(lab, 0, 2), 0);
	CHECK(lab->client[1].nobody);
	CHECK_EQ(lab->counts.replies_unexpected, 1);
	query[0].id = id;
	fwd_answer_by_tcp(lab, p, &query[0], DNS_NOERROR);
	CHECK_EQ(answered(lab, 0, 1), 1);
	fwd_close(lab);
}

TEST(a_question_that_nobody_waits_for_keeps_its_number_and_its_connection)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 2);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 2);
	forward_cancel(lab->forward, &lab->client[0].asked);
	fwd_answer_by_tcp(lab, p, &query[0], DNS_NOERROR);
	CHECK_EQ(lab->client[0].answers, 0);
	CHECK_EQ(lab->counts.replies_unexpected, 0);
	fwd_answer_by_tcp(lab, p, &query[1], DNS_NOERROR);
	CHECK_EQ(answered(lab, 1, 1), 1);
	CHECK(sim_peer_is_open(p));
	fwd_close(lab);
}

/* ---- how many, and by which ------------------------------------------------------------------- */

TEST(a_connection_that_is_slow_gets_no_more_while_there_may_be_another)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p[TRUNKS_PIPED];

	for (unsigned i = 0; i < TRUNKS_PIPED; i++) {
		ask_many(lab, 2 * i, 1);
		p[i] = connection(lab);
		CHECK(p[i]);
		sim_run_for(lab->loop, TRUNK_SLOW_MS - 1);
		ask_many(lab, 2 * i + 1, 1);
		CHECK(!connection(lab));
		sim_run_for(lab->loop, 1);
	}
	ask_many(lab, 20, 1);
	CHECK(!connection(lab));		/* but not without end */
	for (unsigned i = 0; i < TRUNKS_PIPED; i++)
		CHECK(fwd_heard(lab, p[i], query, MANY) >= 2);
	fwd_close(lab);
}

TEST(what_has_no_room_on_connections_waits_and_is_asked_as_replies_come)
{
	enum { ROOM = TRUNKS_PIPED * TRUNK_ASKS_MAX };
	struct forward_lab *lab = open_wide(1);
	struct sim_peer *p[TRUNKS_PIPED];
	size_t sent = 0;

	ask_many(lab, 0, MANY);
	for (unsigned i = 0; i < TRUNKS_PIPED; i++)
		p[i] = connection(lab);
	CHECK(!connection(lab));
	for (unsigned i = 0; i < TRUNKS_PIPED; i++)
		sent += fwd_heard(lab, p[i], query + sent, MANY - sent);
	CHECK_EQ(sent, ROOM);
	for (unsigned i = 0; i < ROOM; i++) {
		struct sim_peer *from = p[i / TRUNK_ASKS_MAX];

		fwd_answer_by_tcp(lab, from, &query[i], DNS_NOERROR);
		sent += fwd_heard(lab, from, query + sent, MANY - sent);
	}
	CHECK_EQ(sent, MANY);
	CHECK_EQ(answered(lab, 0, MANY), ROOM);
	CHECK_EQ(lab->counts.tcp_made, TRUNKS_PIPED);
	fwd_close(lab);
}

TEST(what_waits_for_a_connection_ends_with_its_time)
{
	struct forward_lab *lab = open_wide(1);

	ask_many(lab, 0, 300);			/* the server does not even answer the SYN */
	sim_run_for(lab->loop, 4000);
	for (unsigned i = 0; i < 300; i++)
		CHECK(lab->client[i].answers == 1 && lab->client[i].nobody);
	fwd_close(lab);
}

/* Questions in flight with marks of their own, one connection for each. */
static unsigned ask_marked(struct forward_lab *lab, unsigned from, unsigned n)
{
	char name[32];
	unsigned asked = 0;

	for (unsigned i = from; i < from + n; i++) {
		snprintf(name, sizeof name, "m%u.example", i);

		struct forward_question q = fwd_question(i, name);

		q.tcp = true;
		q.mark = i + 1;
		asked += fwd_ask_as(lab, i, &q)->status == ST_OK;
	}
	return asked;
}

TEST(questions_of_one_mark_share_connections_and_those_of_others_have_their_own)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p[3];

	CHECK_EQ(ask_marked(lab, 0, 3), 3);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = connection(lab);
		must(p[i] != NULL);
		CHECK_EQ(fwd_heard(lab, p[i], query, MANY), 1);
		fwd_answer_by_tcp(lab, p[i], query, DNS_NOERROR);
	}
	CHECK_EQ(ask_marked(lab, 0, 3), 3);
	for (unsigned i = 0; i < 3; i++) {
		char name[] = "m0.example";
		struct dname got, want;
		struct reader r;

		name[1] = (char)('0' + i);
		must(dname_parse(name, &want));
		CHECK_EQ(fwd_heard(lab, p[i], query, MANY), 1);
		r = reader_of(span_of(query->bytes, query->n));
		reader_take(&r, DNS_HEADER);
		must(dname_read(&r, &got));
		CHECK(dname_eq(&got, &want));	/* the same one as before */
	}
	CHECK(!connection(lab));
	fwd_close(lab);
}

TEST(another_source_of_one_server_has_connections_of_its_own)
{
	struct forward_lab *lab = fwd_open(2);
	struct endpoint to, from[2];

	sim_netif_addr(lab->loop, 1, "192.0.2.9/24");
	sim_run_for(lab->loop, 1);
	lab->server[1].at = lab->server[0].at;
	lab->server[1].source.addr = addr_ip4(0xc0000209);
	lab->conf.all_servers = true;
	fwd_configure(lab);
	ask_many(lab, 0, 5);
	for (unsigned i = 0; i < 2; i++)
		CHECK(sim_peer_next(lab->loop, &to, &from[i]));
	CHECK(!sim_peer_next(lab->loop, &to, &to));
	CHECK(addr_eq(&from[0].addr, &lab->server[1].source.addr) !=
	      addr_eq(&from[1].addr, &lab->server[1].source.addr));
	fwd_close(lab);
}

TEST(one_server_has_so_many_connections_at_most_and_the_next_question_waits)
{
	struct forward_lab *lab = open_wide(1);
	struct sim_peer *p[TRUNKS_A_SERVER];

	CHECK_EQ(ask_marked(lab, 0, TRUNKS_A_SERVER + 1), TRUNKS_A_SERVER + 1);
	for (unsigned i = 0; i < TRUNKS_A_SERVER; i++) {
		p[i] = connection(lab);
		must(p[i] != NULL);
	}
	CHECK(!connection(lab));
	sim_peer_reset(p[0]);
	CHECK(connection(lab));
	fwd_close(lab);
}

TEST(all_servers_together_have_so_many_connections_and_an_idle_one_makes_room)
{
	struct forward_lab *lab = open_wide(3);
	struct sim_peer *first = NULL, *p;
	unsigned made = 0;

	lab->conf.all_servers = true;		/* each question goes to all three */
	fwd_configure(lab);
	CHECK_EQ(ask_marked(lab, 0, TRUNKS_A_SERVER), TRUNKS_A_SERVER);
	while ((p = connection(lab))) {
		first = first ? first : p;
		made++;
	}
	CHECK_EQ(made, TRUNKS_MAX);
	CHECK_EQ(fwd_heard(lab, first, query, MANY), 1);
	fwd_answer_by_tcp(lab, first, query, DNS_NOERROR);	/* idle now */
	sim_run_for(lab->loop, 1);
	CHECK(!sim_peer_is_open(first));
	CHECK(connection(lab) || lab->counts.tcp_made > TRUNKS_MAX);
	CHECK_EQ(answered(lab, 0, 1), 1);
	fwd_close(lab);
}
