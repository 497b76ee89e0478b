/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/forward_lab_test.h"
#include "dns/forward_private.h"
#include "test/test.h"
#include "wire/dns.h"

TEST(a_question_goes_out_and_its_reply_comes_back)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask(lab, 0, "www.Example");
	struct fwd_query q = { 0 };

	CHECK_EQ(c->status, ST_OK);
	CHECK(fwd_sent(lab, &q));
	CHECK_EQ(c->answers, 0);
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody);
	CHECK(addr_eq(&c->from.addr, &lab->server[0].at.addr));
	CHECK_EQ(lab->counts.forwarded, 1);
	CHECK_EQ(lab->counts.replies_unexpected, 0);
	CHECK_EQ(lab->told, 1);
	fwd_close(lab);
}

/* ---- what goes out ------------------------------------------------------------------------- */

static struct dns_query asked_as(const struct forward_question *question)
{
	struct forward_lab *lab = fwd_open(1);
	static struct fwd_query q;		/* what is read borrows its bytes */
	struct dns_query out = { 0 };
	int why;

	fwd_ask_as(lab, 0, question);
	CHECK(fwd_sent(lab, &q));
	CHECK(dns_query_read(span_of(q.bytes, q.n), &out, &why));
	fwd_close(lab);
	return out;
}

TEST(a_query_asks_for_recursion_and_has_no_opt_record_where_the_client_had_none)
{
	const struct forward_question q = fwd_question(0, "www.Example");
	const struct dns_query seen = asked_as(&q);

	CHECK_EQ(seen.header.flags, DNS_RD);
	CHECK(!seen.edns.present);
	CHECK_BYTES(dname_span(&seen.question.name), dname_span(&q.question.name));
}

TEST(a_query_has_the_opt_record_flags_and_options_of_the_client)
{
	struct forward_question q = fwd_question(0, "www.example");
	struct dns_query seen;

	q.edns = true;
	seen = asked_as(&q);
	CHECK(seen.edns.present);
	CHECK_EQ(seen.edns.udp_size, 1232);
	CHECK(!seen.edns.dnssec_ok);
	q = fwd_question(0, "www.example");
	q.dnssec_ok = q.checking_disabled = q.authentic_data = true;
	q.options = HEX("00 0a 00 02 01 02");
	seen = asked_as(&q);
	CHECK(seen.edns.present && seen.edns.dnssec_ok);
	CHECK_EQ(seen.header.flags, DNS_RD | DNS_CD | DNS_AD);
	CHECK_BYTES(seen.edns.options, HEX("00 0a 00 02 01 02"));
	q = fwd_question(0, "www.example");
	q.no_recursion = true;
	seen = asked_as(&q);
	CHECK_EQ(seen.header.flags, 0);
}

TEST(options_that_a_flight_has_no_room_for_are_not_sent_on)
{
	struct forward_question q = fwd_question(0, "www.example");
	uint8_t many[FLIGHT_OPTIONS_MAX + 1] = { 0, 10, 0x01, 0xfd };

	q.options = span_of(many, sizeof many);
	CHECK_EQ(asked_as(&q).edns.options.n, 0);
	many[2] = 1, many[3] = 0xfc;
	q.options.n = FLIGHT_OPTIONS_MAX;
	CHECK_EQ(asked_as(&q).edns.options.n, FLIGHT_OPTIONS_MAX);
}

/* ---- what is no reply --------------------------------------------------------------------------- */

enum spoil { NOTHING, WRONG_ID, WRONG_PORT, WRONG_SOURCE, WRONG_SOURCE_PORT, WRONG_NAME, WRONG_TYPE,
	     WRONG_CLASS, NO_QUESTION, TWO_QUESTIONS, A_QUERY, OTHER_OPCODE, TOO_SHORT, EMPTY,
	     OTHER_CASE, SPOILS };

/* Delivers a reply with one thing wrong; false: nobody has that socket. */
static bool deliver_spoilt(struct forward_lab *lab, const struct fwd_query *q, enum spoil how)
{
	struct endpoint from = fwd_server(q->server), to = q->from;
	uint8_t b[1500];
	size_t n = fwd_answer(q, DNS_NOERROR, b, sizeof b);
	const size_t type_at = DNS_HEADER + strlen("www.example") + 2;

	to.port = (uint16_t)(to.port ^ (how == WRONG_PORT));
	from.addr.bytes[3] ^= how == WRONG_SOURCE;
	from.port = (uint16_t)(from.port ^ (how == WRONG_SOURCE_PORT));
	b[1] ^= how == WRONG_ID;
	b[2] ^= how == A_QUERY ? 0x80 : how == OTHER_OPCODE ? 0x08 : 0;
	b[5] = how == NO_QUESTION ? 0 : how == TWO_QUESTIONS ? 2 : b[5];
	b[DNS_HEADER + 1] ^= how == WRONG_NAME ? 1 : how == OTHER_CASE ? 0x20 : 0;
	b[type_at + 1] ^= how == WRONG_TYPE;
	b[type_at + 3] ^= how == WRONG_CLASS ? 2 : 0;
	n = how == TOO_SHORT ? 11 : how == EMPTY ? 0 : n;
	return fwd_deliver(lab, from, to, span_of(b, n));
}

TEST(a_reply_must_match_socket_source_id_and_the_whole_question)
{
	for (enum spoil how = WRONG_ID; how < OTHER_CASE; how++) {
		struct forward_lab *lab = fwd_open(1);
		struct fwd_client *c = fwd_ask(lab, 0, "www.example");
		struct fwd_query q = { 0 };
		bool arrived;

		CHECK(fwd_sent(lab, &q));
		arrived = deliver_spoilt(lab, &q, how);
		CHECK_EQ(arrived, how != WRONG_PORT);
		CHECK_EQ(c->answers, 0);
		CHECK_EQ(lab->counts.replies_unexpected, arrived);
		CHECK(deliver_spoilt(lab, &q, NOTHING));	/* the right one is still taken */
		CHECK_EQ(c->answers, 1);
		fwd_close(lab);
	}
}

TEST(a_reply_that_spells_the_name_otherwise_is_the_reply)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask(lab, 0, "www.example");
	struct fwd_query q = { 0 };

	CHECK(fwd_sent(lab, &q));
	CHECK(deliver_spoilt(lab, &q, OTHER_CASE));
	CHECK_EQ(c->answers, 1);
	fwd_close(lab);
}

TEST(a_reply_on_the_socket_of_another_question_is_not_taken)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c = fwd_ask(lab, 0, "a.example");
	struct fwd_query a = { 0 }, b = { 0 };

	fwd_ask(lab, 1, "b.example");
	CHECK(fwd_sent(lab, &a) && fwd_sent(lab, &b));
	CHECK(a.from.port != b.from.port);
	a.from = b.from;
	CHECK(fwd_reply(lab, &a, DNS_NOERROR));
	CHECK_EQ(c->answers, 0);
	CHECK_EQ(lab->counts.replies_unexpected, 1);
	fwd_close(lab);
}

TEST(a_second_reply_is_not_expected)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_client *c;
	struct fwd_query q, other;

	lab->conf.strict_order = true;
	fwd_configure(lab);
	c = fwd_ask(lab, 0, "www.example");
	CHECK(fwd_sent(lab, &q));
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	CHECK(fwd_sent(lab, &other));
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));		/* it had its say */
	CHECK_EQ(c->answers, 0);
	CHECK_EQ(lab->counts.replies_unexpected, 1);
	fwd_close(lab);
}

TEST(an_unusable_reply_is_waited_past)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_client *c;
	struct fwd_query q = { 0 };

	c = fwd_ask(lab, 0, "www.example");
	CHECK(fwd_sent(lab, &q));
	lab->unusable = "203.0.113.1";			/* what fwd_reply says */
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 0);
	lab->unusable = NULL;
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	fwd_close(lab);
}

/* ---- time ---------------------------------------------------------------------------------------- */

TEST(after_ten_seconds_of_silence_nobody_gave_a_reply)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_client *c = fwd_ask(lab, 0, "www.example");
	struct fwd_query q = { 0 };

	CHECK(fwd_sent(lab, &q));
	sim_run_for(lab->loop, 9999);
	CHECK_EQ(c->answers, 0);
	sim_run_for(lab->loop, 1);
	CHECK_EQ(c->answers, 1);
	CHECK(c->nobody);
	CHECK(!fwd_reply(lab, &q, DNS_NOERROR) || lab->counts.replies_unexpected == 1);
	CHECK_EQ(c->answers, 1);
	fwd_close(lab);
}

/* ---- who waits --------------------------------------------------------------------------------------- */

TEST(one_flight_serves_a_hundred_clients)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	for (unsigned i = 0; i < 100; i++)
		CHECK_EQ(fwd_ask(lab, i, i & 1 ? "www.example" : "WWW.example")->status, ST_OK);
	CHECK_TEXT(fwd_asked(lab, &q), "0");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	for (unsigned i = 0; i < 100; i++)
		CHECK_EQ(lab->client[i].answers, 1);
	CHECK_EQ(lab->counts.forwarded, 1);
	fwd_close(lab);
}

TEST(questions_that_differ_in_what_shapes_the_answer_fly_apart)
{
	struct forward_lab *lab = fwd_open(1);
	struct forward_question q[7];
	struct fwd_query last;

	for (unsigned i = 0; i < 7; i++)
		q[i] = fwd_question(i, "www.example");
	q[1].question.type = DNS_AAAA;
	q[2].question.class = DNS_CHAOS;
	q[3].dnssec_ok = true;
	q[4].checking_disabled = true;
	q[5].options = HEX("00 08 00 04 00 01 00 00");
	q[6].no_recursion = true;
	for (unsigned i = 0; i < 7; i++)
		CHECK_EQ(fwd_ask_as(lab, i, &q[i])->status, ST_OK);
	CHECK_TEXT(fwd_asked(lab, &last), "000000");	/* of one name and type four go by UDP */
	CHECK_EQ(lab->counts.forwarded, 7);
	fwd_close(lab);
}

TEST(a_repeat_by_the_same_client_is_sent_anew_and_answered_once)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_client *c = fwd_ask(lab, 0, "www.example"), *again;
	const struct forward_question same = fwd_question(0, "www.example");
	struct fwd_query q, first;

	CHECK(fwd_sent(lab, &first));
	CHECK_TEXT(fwd_asked(lab, &q), "1");
	again = fwd_ask_as(lab, 1, &same);
	CHECK_EQ(again->status, ST_TAKEN);
	CHECK_TEXT(fwd_asked(lab, &q), "01");
	CHECK(fwd_reply(lab, &first, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	CHECK_EQ(again->answers, 0);
	fwd_close(lab);
}

TEST(another_client_has_the_question_sent_anew_only_after_two_seconds)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q = { 0 };

	fwd_ask(lab, 0, "www.example");
	CHECK_TEXT(fwd_asked(lab, &q), "01");
	sim_run_for(lab->loop, 1999);
	CHECK_EQ(fwd_ask(lab, 1, "www.example")->status, ST_OK);
	CHECK_TEXT(fwd_asked(lab, &q), "");
	sim_run_for(lab->loop, 1);
	CHECK_EQ(fwd_ask(lab, 2, "www.example")->status, ST_OK);
	CHECK_TEXT(fwd_asked(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	for (unsigned i = 0; i < 3; i++)
		CHECK_EQ(lab->client[i].answers, 1);
	fwd_close(lab);
}

TEST(one_flight_costs_a_limited_number_of_messages)
{
	struct forward_lab *lab = fwd_open(4);
	const struct forward_question same = fwd_question(0, "www.example");
	struct fwd_query q = { 0 };

	for (unsigned i = 0; i < 100; i++)
		fwd_ask_as(lab, i, &same);
	CHECK_EQ(strlen(fwd_asked(lab, &q)), FLIGHT_SENDS_MAX);
	fwd_close(lab);
}

TEST(who_cancels_is_not_answered)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	for (unsigned i = 0; i < 3; i++)
		fwd_ask(lab, i, "www.example");
	forward_cancel(lab->forward, &lab->client[1].asked);
	forward_cancel(lab->forward, &lab->client[1].asked);
	CHECK(fwd_sent(lab, &q));
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK_EQ(lab->client[1].answers, 0);
	CHECK_EQ(lab->client[2].answers, 1);
	forward_cancel(lab->forward, &lab->client[0].asked);	/* after the end */
	fwd_close(lab);
}

TEST(a_flight_ends_when_the_last_who_waits_cancels)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	lab->conf.forward_max = 1;
	fwd_configure(lab);
	fwd_ask(lab, 0, "www.example");
	CHECK_EQ(fwd_ask(lab, 1, "other.example")->status, ST_FULL);
	forward_cancel(lab->forward, &lab->client[0].asked);
	CHECK_EQ(fwd_ask(lab, 1, "other.example")->status, ST_OK);
	CHECK(fwd_sent(lab, &q));
	(void)fwd_reply(lab, &q, DNS_NOERROR);			/* to a socket that is used on */
	CHECK_EQ(lab->client[0].answers, 0);
	fwd_close(lab);
}

static void cancel_next(struct fwd_client *c)
{
	forward_cancel(c->lab->forward, &c[1].asked);
}

static void ask_again(struct fwd_client *c)
{
	c->then = NULL;
	CHECK_EQ(fwd_ask(c->lab, 5, "www.example")->status, ST_OK);
}

TEST(who_is_answered_may_cancel_others_and_ask_again)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	for (unsigned i = 0; i < 3; i++)
		fwd_ask(lab, i, "www.example");
	lab->client[0].then = cancel_next;
	lab->client[2].then = ask_again;
	CHECK(fwd_sent(lab, &q));
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[1].answers, 0);
	CHECK_EQ(lab->client[2].answers, 1);
	CHECK_EQ(lab->client[5].answers, 0);
	CHECK(fwd_sent(lab, &q));			/* a flight of its own */
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[5].answers, 1);
	fwd_close(lab);
}

static void ask_in_vain(struct fwd_client *c)
{
	CHECK_EQ(fwd_ask(c->lab, 30, "www.example")->status, ST_UNKNOWN);
}

TEST(who_is_answered_may_cancel_the_last_other)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	fwd_ask(lab, 0, "www.example");
	fwd_ask(lab, 1, "www.example");
	lab->client[0].then = cancel_next;
	CHECK(fwd_sent(lab, &q));
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK_EQ(lab->client[1].answers, 0);
	CHECK_EQ(fwd_ask(lab, 2, "www.example")->status, ST_OK);
	fwd_close(lab);
}

TEST(who_waits_when_the_forwarder_goes_is_told_so)
{
	struct forward_lab *lab = fwd_open(2);

	for (unsigned i = 0; i < 20; i++)
		fwd_ask(lab, i, i < 10 ? "a.example" : "b.example");
	lab->client[3].then = ask_in_vain;
	forward_free(lab->forward);
	lab->forward = NULL;
	for (unsigned i = 0; i < 20; i++) {
		CHECK_EQ(lab->client[i].answers, 1);
		CHECK(lab->client[i].nobody);
	}
	fwd_close(lab);
}

/* ---- limits ---------------------------------------------------------------------------------------------- */

TEST(no_more_questions_fly_to_one_list_of_servers_than_allowed)
{
	struct forward_lab *lab = fwd_open(1);
	struct fwd_query q = { 0 };

	lab->conf.forward_max = 2;
	fwd_configure(lab);
	CHECK_EQ(fwd_ask(lab, 0, "a.example")->status, ST_OK);
	CHECK_EQ(fwd_ask(lab, 1, "b.example")->status, ST_OK);
	CHECK_EQ(fwd_ask(lab, 2, "c.example")->status, ST_FULL);
	CHECK_EQ(lab->counts.refused_full, 1);
	CHECK_EQ(fwd_ask(lab, 3, "b.example")->status, ST_OK);	/* this one flies already */
	lab->servers.id = 1;				/* other servers than the silent ones */
	CHECK_EQ(fwd_ask(lab, 4, "c.example")->status, ST_OK);
	CHECK_EQ(fwd_ask(lab, 5, "d.example")->status, ST_OK);
	CHECK_EQ(fwd_ask(lab, 6, "e.example")->status, ST_FULL);
	lab->servers.id = 2;				/* twice as many in all */
	CHECK_EQ(fwd_ask(lab, 7, "e.example")->status, ST_FULL);
	lab->servers.id = 0;
	CHECK(fwd_sent(lab, &q));
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(fwd_ask(lab, 8, "f.example")->status, ST_OK);
	CHECK_EQ(lab->client[2].answers, 0);
	fwd_close(lab);
}

TEST(the_limit_can_be_raised_and_lowered_while_questions_fly)
{
	struct forward_lab *lab = fwd_open(1);
	char name[32];

	lab->conf.forward_max = 10;
	fwd_configure(lab);
	for (unsigned i = 0; i < 60; i++) {
		if (i == 10) {
			lab->conf.forward_max = 50;
			fwd_configure(lab);
		}
		snprintf(name, sizeof name, "n%u.example", i);
		CHECK_EQ(fwd_ask(lab, i, name)->status, i < 50 ? ST_OK : ST_FULL);
	}
	lab->conf.forward_max = 5;
	fwd_configure(lab);
	sim_run_for(lab->loop, FWD_TIMEOUT_MS);
	for (unsigned i = 0; i < 50; i++)
		CHECK_EQ(lab->client[i].answers, 1);
	for (unsigned i = 0; i < 6; i++) {
		snprintf(name, sizeof name, "n%u.example", i);
		CHECK_EQ(fwd_ask(lab, i, name)->status, i < 5 ? ST_OK : ST_FULL);
	}
	fwd_close(lab);
}

/* ---- rules that go ------------------------------------------------------------------------------------------ */

TEST(a_flight_goes_on_when_the_rules_that_named_its_servers_are_gone)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_client *c;
	struct fwd_query q = { 0 };

	lab->conf.strict_order = true;
	fwd_configure(lab);
	c = fwd_ask(lab, 0, "www.example");
	CHECK(fwd_sent(lab, &q));
	memset(lab->server, 0xff, sizeof lab->server);
	memset(lab->rule, 0xff, sizeof lab->rule);
	lab->servers.n = 0;
	forward_forget_rules(lab->forward);
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	CHECK_TEXT(fwd_asked(lab, &q), "1");		/* the next of the old list */
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(c->answers, 1);
	CHECK(!c->nobody);
	CHECK_EQ(fwd_ask(lab, 1, "other.example")->status, ST_UNNAMED);
	fwd_close(lab);
}

TEST(figures_of_servers_are_kept_over_a_change_of_rules)
{
	struct forward_lab *lab = fwd_open(2);
	struct server_stats st[3];
	struct fwd_query q, second;

	fwd_ask(lab, 0, "www.example");
	CHECK(fwd_sent(lab, &q) && fwd_sent(lab, &second));
	sim_run_for(lab->loop, 40);
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	CHECK(fwd_reply(lab, &second, DNS_NXDOMAIN));
	forward_forget_rules(lab->forward);
	CHECK_EQ(common_servers(&lab->common, st, COUNT_OF(st)), 2);
	for (unsigned i = 0; i < 2; i++) {
		bool first = addr_eq(&st[i].at.addr, &lab->server[0].at.addr);

		CHECK_EQ(st[i].sent, 1);
		CHECK_EQ(st[i].retried, 0);
		CHECK_EQ(st[i].failed, first);
		CHECK_EQ(st[i].nxdomain, !first);
		CHECK_EQ(st[i].latency_ms, 40);
	}
	fwd_close(lab);
}

TEST(where_there_is_no_memory_for_more_questions_the_limit_is_what_there_is_memory_for)
{
	static const struct { uint32_t before, want, limit; } cases[] = {
		{ 0, FLIGHTS_MOST, FLIGHTS_FEW / 2 }, { 100, FLIGHTS_MOST, 100 },
		{ 100, UINT32_MAX, 100 }, { 100, 3, 3 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct forward_lab *lab = fwd_open(1);

		forward_free(lab->forward);
		lab->forward = forward_new(&(struct forward_want){
			.loop = lab->loop, .rng = &lab->rng, .counts = &lab->counts });
		lab->conf.forward_max = cases[i].before;
		if (cases[i].before)
			fwd_configure(lab);
		lab->conf.forward_max = cases[i].want;
		fwd_configure(lab);
		CHECK_EQ(lab->forward->forward_max, cases[i].limit);
		CHECK_EQ(fwd_ask(lab, 0, "www.example")->status, ST_OK);
		fwd_close(lab);
	}
}

TEST(a_thousand_lists_of_servers_are_found_as_quickly_as_one)
{
	enum { LISTS = 5000 };
	struct forward_lab *lab = fwd_open(2);
	const struct rule_servers all = lab->servers;
	size_t longest = 0;

	for (unsigned i = 0; i < LISTS; i++) {
		lab->servers = (struct rule_servers){ lab->list + i % 2, 1, i };
		CHECK(group_of(lab->forward, &lab->servers) == group_of(lab->forward, &lab->servers));
	}
	for (size_t i = 0; i < FORWARD_BUCKETS; i++) {
		size_t n = 0;

		for (const struct group *g = lab->forward->group_bucket[i]; g; g = g->chain)
			n++;
		longest = n > longest ? n : longest;
	}
	CHECK(longest <= LISTS / FORWARD_BUCKETS + 1);
	CHECK_EQ(lab->forward->upstreams_n, 2);
	lab->servers = all;
	forward_forget_rules(lab->forward);
	CHECK_EQ(fwd_ask(lab, 0, "www.example")->status, ST_OK);
	fwd_close(lab);
}
