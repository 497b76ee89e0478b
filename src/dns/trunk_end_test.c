/* SPDX-License-Identifier: ISC */
/* Connections to servers that end, fall silent, or say what nobody asked, in virtual time. */
#include <stdio.h>

#include "base/must.h"
#include "dns/trunk.h"
#include "dns/trunk_lab_test.h"
#include "test/test.h"
#include "wire/dns.h"

#define MANY 64
#define TAKES_KNOWN_MS 600000

static struct fwd_query query[MANY];

/* The n questions of a new connection, answered. */
static struct sim_peer *serve_connection(struct forward_lab *lab, unsigned n)
{
	struct sim_peer *p = connection(lab);

	must(p != NULL);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), n);
	for (unsigned i = 0; i < n; i++)
		fwd_answer_by_tcp(lab, p, &query[i], DNS_NOERROR);
	return p;
}

/* A connection that has answered one question of client 0. */
static struct sim_peer *kept(struct forward_lab *lab)
{
	ask_many(lab, 0, 1);
	return serve_connection(lab, 1);
}

/* ---- idle ------------------------------------------------------------------------------------- */

TEST(a_kept_connection_is_closed_when_it_was_idle_for_upstream_tcp_idle)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	sim_run_for(lab->loop, 9999);
	CHECK(sim_peer_is_open(p));
	ask_many(lab, 0, 1);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
	sim_run_for(lab->loop, 500);
	CHECK(sim_peer_is_open(p));
	fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
	sim_run_for(lab->loop, 9999);
	CHECK(sim_peer_is_open(p));
	sim_run_for(lab->loop, 1);
	CHECK(!sim_peer_is_open(p));
	fwd_close(lab);
}

TEST(with_upstream_tcp_idle_0_each_question_has_a_connection)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p[3];

	lab->conf.upstream_tcp_idle_s = 0;
	fwd_configure(lab);
	ask_many(lab, 0, 3);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = serve_connection(lab, 1);
		CHECK(!sim_peer_is_open(p[i]));
	}
	CHECK_EQ(answered(lab, 0, 3), 3);
	fwd_close(lab);
}

TEST(a_server_that_closes_an_idle_connection_costs_no_question)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	sim_peer_reset(p);
	ask_many(lab, 0, 1);
	p = serve_connection(lab, 1);
	CHECK_EQ(answered(lab, 0, 1), 1);
	sim_run_for(lab->loop, 5000);
	ask_many(lab, 0, 2);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 2);
	sim_peer_reset(p);			/* its end crossed them */
	serve_connection(lab, 2);		/* and it is still one that many go by */
	CHECK_EQ(answered(lab, 0, 2), 2);
	CHECK_EQ(lab->counts.tcp_moved, 2);
	fwd_close(lab);
}

/* ---- with questions on it ------------------------------------------------------------------------ */

TEST(questions_of_a_connection_that_is_closed_are_asked_once_more_by_another)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 3);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 3);
	sim_peer_reset(p);
	for (unsigned i = 0; i < 3; i++) {
		p = connection(lab);		/* one each: this server may not like many */
		must(p != NULL);
		CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
		if (i == 0)
			fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
		else
			sim_peer_reset(p);
	}
	CHECK(!connection(lab));
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(lab->client[i].answers, 1);
	CHECK_EQ(answered(lab, 0, 3), 1);
	fwd_close(lab);
}

TEST(questions_are_not_asked_a_third_time)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	for (unsigned i = 0; i < 3; i++) {	/* it has shown that many go by it */
		ask_many(lab, 0, 1);
		CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
		fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
	}
	ask_many(lab, 0, 3);
	sim_run_for(lab->loop, 0);
	sim_peer_reset(p);
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 3);
	sim_peer_reset(p);
	CHECK(!connection(lab));
	for (unsigned i = 0; i < 3; i++)
		CHECK(lab->client[i].answers == 1 && lab->client[i].nobody);
	fwd_close(lab);
}

TEST(the_only_question_of_a_new_connection_that_is_closed_goes_to_the_next_server)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q;

	lab->conf.strict_order = true;
	fwd_configure(lab);
	ask_many(lab, 0, 1);
	sim_peer_reset(fwd_accepted(lab, &q));
	CHECK_EQ(q.server, 0);
	CHECK(fwd_accepted(lab, &q));
	CHECK_EQ(q.server, 1);
	fwd_close(lab);
}

TEST(half_an_answer_and_the_end_is_none_and_is_asked_for_again)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);
	uint8_t b[1500];
	struct span whole;

	ask_many(lab, 0, 1);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
	whole = fwd_framed(query, DNS_NOERROR, b, sizeof b);
	CHECK(sim_peer_send(p, span_of(whole.p, whole.n - 1)));
	CHECK_EQ(lab->client[0].answers, 0);
	sim_peer_end(p);
	p = serve_connection(lab, 1);
	CHECK(sim_peer_is_open(p));
	CHECK_EQ(answered(lab, 0, 1), 1);
	fwd_close(lab);
}

TEST(an_answer_and_the_end_with_it_is_an_answer)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q;
	struct sim_peer *p;
	uint8_t b[1500];

	ask_many(lab, 0, 1);
	p = fwd_accepted(lab, &q);
	CHECK(sim_peer_send(p, fwd_framed(&q, DNS_NOERROR, b, sizeof b)));
	sim_peer_end(p);
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(answered(lab, 0, 1), 1);
	fwd_close(lab);
}

TEST(a_connection_that_fails_fails_for_all_its_questions_and_the_next_server_is_asked)
{
	struct forward_lab *lab = fwd_open(2);
	struct endpoint to, from;
	struct fwd_query q;

	lab->conf.strict_order = true;
	fwd_configure(lab);
	ask_many(lab, 0, 5);
	sim_peer_answer(sim_peer_next(lab->loop, &to, &from), ST_UNKNOWN);
	sim_run_for(lab->loop, 0);
	CHECK_EQ(lab->counts.tcp_moved, 0);
	serve_connection(lab, 5);
	CHECK(!fwd_accepted(lab, &q));
	CHECK_EQ(answered(lab, 0, 5), 5);
	for (unsigned i = 0; i < 5; i++)
		CHECK(addr_eq(&lab->client[i].from.addr, &lab->server[1].at.addr));
	fwd_close(lab);
}

/* ---- servers that do not keep it -------------------------------------------------------------------- */

/* Answers the first of n and closes; then each of the others has a connection of its own. */
static void answer_one_and_close(struct forward_lab *lab, unsigned n)
{
	struct sim_peer *p;

	ask_many(lab, 0, n);
	p = connection(lab);
	must(p != NULL);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), n);
	fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
	sim_peer_reset(p);
	for (unsigned i = 1; i < n; i++) {
		p = serve_connection(lab, 1);
		CHECK(!sim_peer_is_open(p));
	}
	CHECK_EQ(answered(lab, 0, n), n);
}

TEST(who_closes_after_one_answer_is_asked_one_at_a_time_for_ten_minutes)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	answer_one_and_close(lab, 20);
	sim_run_for(lab->loop, TAKES_KNOWN_MS - 1);
	ask_many(lab, 0, 2);
	for (unsigned i = 0; i < 2; i++)
		serve_connection(lab, 1);
	sim_run_for(lab->loop, 1);
	ask_many(lab, 0, 5);
	p = serve_connection(lab, 5);
	CHECK(sim_peer_is_open(p));
	fwd_close(lab);
}

TEST(of_one_server_that_closes_after_one_answer_others_are_not_suspected)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q;

	lab->conf.strict_order = true;
	fwd_configure(lab);
	answer_one_and_close(lab, 3);
	ask_many(lab, 0, 2);			/* each has a connection, and fails there */
	for (unsigned i = 0; i < 2; i++)
		sim_peer_reset(fwd_accepted(lab, &q));
	serve_connection(lab, 2);
	CHECK_EQ(answered(lab, 0, 2), 2);
	fwd_close(lab);
}

TEST(more_questions_than_connections_wait_for_a_server_that_takes_one_on_each)
{
	struct forward_lab *lab = fwd_open(1);
	unsigned served = 0, open = 0;
	struct sim_peer *p[MANY];

	answer_one_and_close(lab, 3);
	ask_many(lab, 0, 60);
	while ((p[open] = connection(lab)))
		open++;
	CHECK_EQ(open, TRUNKS_A_SERVER);
	for (; served < open; served++) {
		CHECK_EQ(fwd_heard(lab, p[served], query, MANY), 1);
		fwd_answer_by_tcp(lab, p[served], query, DNS_NOERROR);
		p[open] = connection(lab);
		open += p[open] != NULL;
	}
	CHECK_EQ(answered(lab, 0, 60), 60);
	fwd_close(lab);
}

TEST(a_server_that_closes_after_so_many_answers_twice_gets_no_more_on_one)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 20);
	for (unsigned round = 0; round < 2; round++) {
		p = connection(lab);
		must(p != NULL);
		CHECK_EQ(fwd_heard(lab, p, query, MANY), round ? 13 : 20);
		for (unsigned i = 0; i < 7; i++)
			fwd_answer_by_tcp(lab, p, &query[i], DNS_NOERROR);
		sim_peer_reset(p);
	}
	p = serve_connection(lab, 6);		/* what is left */
	CHECK_EQ(answered(lab, 0, 20), 20);
	ask_many(lab, 0, 20);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);	/* that is seven in all */
	fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);
	CHECK(!sim_peer_is_open(p));
	for (unsigned i = 0; i < 3; i++)
		serve_connection(lab, i < 2 ? 7 : 5);
	CHECK_EQ(answered(lab, 0, 20), 20);
	fwd_close(lab);
}

/* ---- silence --------------------------------------------------------------------------------------- */

TEST(a_kept_connection_that_says_nothing_for_a_second_is_left_for_another)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *dead = kept(lab);

	sim_run_for(lab->loop, 5000);		/* something on the way has forgotten it */
	ask_many(lab, 0, 3);
	sim_run_for(lab->loop, 999);
	CHECK(!connection(lab));
	sim_run_for(lab->loop, 1);
	CHECK(!sim_peer_is_open(dead));
	serve_connection(lab, 3);
	CHECK_EQ(answered(lab, 0, 3), 3);
	CHECK_EQ(lab->counts.tcp_moved, 3);
	fwd_close(lab);
}

TEST(a_connection_on_which_something_comes_is_not_left)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);
	uint8_t b[1500];
	struct span whole;

	ask_many(lab, 0, 1);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
	whole = fwd_framed(query, DNS_NOERROR, b, sizeof b);
	for (size_t i = 0; i < whole.n; i++) {		/* byte by byte, but the time ends all the same */
		if (!sim_peer_send(p, span_of(whole.p + i, 1)))
			break;
		sim_run_for(lab->loop, 3900 / 30);
	}
	sim_run_for(lab->loop, 2000);
	CHECK_EQ(lab->counts.tcp_moved, 0);
	CHECK(!connection(lab));
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK(lab->client[0].nobody);
	fwd_close(lab);
}

TEST(a_new_connection_that_says_nothing_is_waited_for_and_then_closed)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 1);
	p = connection(lab);
	sim_run_for(lab->loop, 3999);
	CHECK_EQ(lab->client[0].answers, 0);
	CHECK(sim_peer_is_open(p) && !connection(lab));
	sim_run_for(lab->loop, 1);
	CHECK(lab->client[0].nobody);
	CHECK(!sim_peer_is_open(p));
	fwd_close(lab);
}

TEST(questions_behind_a_slow_one_do_not_wait_for_it)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p;

	ask_many(lab, 0, 5);			/* the server answers one after the other, and is busy */
	p = connection(lab);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 5);
	sim_run_for(lab->loop, 1000);
	serve_connection(lab, 4);
	CHECK_EQ(answered(lab, 0, 5), 4);
	must(sim_peer_is_open(p));
	fwd_heard(lab, p, query + 1, MANY - 1);
	fwd_close(lab);
}

/* ---- what nobody asked for ---------------------------------------------------------------------------- */

TEST(who_sends_on_an_idle_connection_what_nobody_asked_for_loses_it)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	fwd_answer_by_tcp(lab, p, query, DNS_NOERROR);	/* once more */
	CHECK(!sim_peer_is_open(p));
	p = kept(lab);
	CHECK(sim_peer_send(p, span_of("\xff", 1)));	/* nor is a byte kept of it */
	CHECK(!sim_peer_is_open(p));
	fwd_close(lab);
}

TEST(a_few_messages_that_answer_nothing_are_passed_over_and_many_end_the_connection)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	ask_many(lab, 0, 1);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
	for (unsigned i = 0; i < TRUNK_STRANGE_MAX; i++)
		CHECK(sim_peer_send(p, span_of("\0\0", 2)));
	CHECK(sim_peer_is_open(p));
	CHECK_EQ(lab->counts.replies_unexpected, TRUNK_STRANGE_MAX);
	CHECK(sim_peer_send(p, span_of("\0\0", 2)));
	CHECK(!sim_peer_is_open(p));
	serve_connection(lab, 1);
	CHECK_EQ(answered(lab, 0, 1), 1);
	fwd_close(lab);
}

/* ---- changes ------------------------------------------------------------------------------------------ */

TEST(a_reload_leaves_questions_in_flight_and_connections)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab);

	ask_many(lab, 0, 3);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 3);
	forward_forget_rules(lab->forward);
	fwd_configure(lab);
	for (unsigned i = 0; i < 3; i++)
		fwd_answer_by_tcp(lab, p, &query[i], DNS_NOERROR);
	CHECK_EQ(answered(lab, 0, 3), 3);
	ask_many(lab, 0, 1);
	CHECK_EQ(fwd_heard(lab, p, query, MANY), 1);
	CHECK_EQ(lab->counts.tcp_made, 1);
	fwd_close(lab);
}

TEST(after_an_address_has_changed_new_questions_have_new_connections)
{
	struct forward_lab *lab = fwd_open(1);
	struct sim_peer *p = kept(lab), *busy;

	sim_netif_addr(lab->loop, 1, "192.0.2.9/24");
	sim_run_for(lab->loop, 1);
	CHECK(!sim_peer_is_open(p));
	ask_many(lab, 0, 1);
	busy = connection(lab);
	CHECK_EQ(fwd_heard(lab, busy, query, MANY), 1);
	sim_netif_addr(lab->loop, 1, "192.0.2.10/24");
	sim_run_for(lab->loop, 1);
	ask_many(lab, 1, 1);
	p = connection(lab);
	CHECK(p && p != busy);
	fwd_answer_by_tcp(lab, busy, query, DNS_NOERROR);
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK(!sim_peer_is_open(busy));
	fwd_close(lab);
}

TEST(whatever_becomes_of_connections_each_question_is_answered_once)
{
	struct forward_lab *lab = fwd_open(2);
	uint32_t dice = 1;

	lab->conf.all_servers = true;
	fwd_configure(lab);
	for (unsigned round = 0; round < 300; round++) {
		struct sim_peer *p[16];
		size_t n = 0;

		ask_many(lab, 0, 30);
		for (unsigned step = 0; step < 30; step++) {
			while (n < COUNT_OF(p) && (p[n] = connection(lab)))
				n++;
			for (size_t i = 0; i < n; i++) {
				dice = dice * 1664525 + 1013904223;
				if (!sim_peer_is_open(p[i]) || dice >> 29 == 0)
					continue;

				size_t heard = fwd_heard(lab, p[i], query, MANY);

				for (size_t k = 0; k < heard && sim_peer_is_open(p[i]); k++)
					if ((dice >> 20 & 7) != k)
						fwd_answer_by_tcp(lab, p[i], &query[k], DNS_NOERROR);
				if (dice >> 28 == 7)
					sim_peer_reset(p[i]);
			}
			sim_run_for(lab->loop, dice >> 24);
		}
		sim_run_for(lab->loop, FWD_TIMEOUT_MS);
		for (unsigned i = 0; i < 30; i++)
			CHECK_EQ(lab->client[i].answers, 1);
	}
	fwd_close(lab);
}
