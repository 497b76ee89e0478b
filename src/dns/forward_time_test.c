/* SPDX-License-Identifier: ISC */
/* When servers are asked anew, and which is trusted, in virtual time. */
#include "base/must.h"
#include "dns/forward_lab_test.h"
#include "dns/forward_private.h"
#include "test/test.h"
#include "wire/dns.h"

/* Others are asked as a configuration without a word on it says. */
static struct forward_lab *patient(size_t servers)
{
	struct forward_lab *lab = fwd_open(servers);

	lab->conf.has_upstream_retry = false;
	fwd_configure(lab);
	return lab;
}

static const char *ask(struct forward_lab *lab, struct fwd_query *last)
{
	static unsigned serial;
	char name[32];

	snprintf(name, sizeof name, "n%u.example", serial++);
	CHECK_EQ(fwd_ask(lab, 0, name)->status, ST_OK);
	return fwd_asked(lab, last);
}

/* What is sent within so long, and to whom. */
static const char *after(struct forward_lab *lab, int64_t ms, struct fwd_query *last)
{
	sim_run_for(lab->loop, ms);
	return fwd_asked(lab, last);
}

static void reply_of(struct forward_lab *lab, unsigned server, const struct fwd_query *queries)
{
	CHECK(fwd_reply(lab, &queries[server], DNS_NOERROR));
}

/* A question that all are asked; each query by its server. */
static void race(struct forward_lab *lab, unsigned servers, struct fwd_query out[LAB_SERVERS])
{
	struct fwd_query q;
	char name[32];
	static unsigned serial;

	snprintf(name, sizeof name, "r%u.example", serial++);
	CHECK_EQ(fwd_ask(lab, 0, name)->status, ST_OK);
	for (unsigned i = 0; i < servers; i++) {
		CHECK(fwd_sent(lab, &q));
		out[q.server] = q;
	}
	CHECK(!fwd_sent(lab, &q));
}

/* Server 0 wins one, and is trusted; the others answer as quickly. */
static struct forward_lab *trusting_first(size_t servers)
{
	struct forward_lab *lab = patient(servers);
	struct fwd_query q[LAB_SERVERS];

	race(lab, (unsigned)servers, q);
	for (unsigned i = 0; i < servers; i++)
		reply_of(lab, i, q);
	return lab;
}

/* ---- a server that is silent --------------------------------------------------------------- */

TEST(others_are_asked_when_the_trusted_server_is_silent_and_the_client_need_not_repeat)
{
	struct forward_lab *lab = trusting_first(3);
	struct fwd_query q;

	CHECK_TEXT(ask(lab, &q), "0");
	CHECK_TEXT(after(lab, PATIENCE_MIN_MS - 1, &q), "");
	CHECK_TEXT(after(lab, 1, &q), "12");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[0].answers, 1);
	fwd_close(lab);
}

TEST(who_is_silent_to_all_is_trusted_no_more_and_who_answers_is)
{
	struct forward_lab *lab = trusting_first(3);
	struct fwd_query q;

	CHECK_TEXT(ask(lab, &q), "0");
	sim_run_for(lab->loop, PATIENCE_MAX_MS);
	CHECK_TEXT(fwd_asked(lab, &q), "12");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(ask(lab, &q), "2");
	fwd_close(lab);
}

/* One of its questions takes long, and others are answered. */
TEST(who_is_slow_with_one_question_is_trusted_still)
{
	struct forward_lab *lab = trusting_first(2);
	struct fwd_query slow, quick;

	fwd_ask(lab, 1, "slow.example");
	CHECK_TEXT(fwd_asked(lab, &slow), "0");
	sim_run_for(lab->loop, 10);
	CHECK_TEXT(ask(lab, &quick), "0");
	sim_run_for(lab->loop, 1);
	CHECK(fwd_reply(lab, &quick, DNS_NOERROR));
	CHECK_TEXT(after(lab, PATIENCE_MAX_MS, &slow), "1");
	CHECK_TEXT(ask(lab, &quick), "0");
	fwd_close(lab);
}

TEST(how_long_a_server_may_be_silent_follows_its_usual_time)
{
	static const struct { int64_t takes_ms, patience_ms; } cases[] = {
		{ 0, PATIENCE_MIN_MS }, { 20, PATIENCE_MIN_MS }, { 100, 105 },
		{ 200, 205 }, { 900, PATIENCE_MAX_MS },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct forward_lab *lab = trusting_first(2);
		struct fwd_query q, other;

		lab->conf.has_upstream_retry = true;	/* never while it is measured */
		fwd_configure(lab);
		for (unsigned n = 0; n < 40; n++) {
			lab->conf.has_upstream_retry = n < 39;
			fwd_configure(lab);
			CHECK(*ask(lab, &q));
			q.server = 0;
			if (n == 39)
				break;
			sim_run_for(lab->loop, cases[i].takes_ms);
			fwd_asked(lab, &other);
			CHECK(fwd_reply(lab, &q, DNS_NOERROR));
		}
		CHECK_TEXT(after(lab, cases[i].patience_ms - 6, &other), "");
		CHECK_TEXT(after(lab, 12, &other), "1");
		fwd_close(lab);
	}
}

TEST(upstream_retry_says_when_others_are_asked_and_nought_that_they_are_not)
{
	static const uint32_t cases[] = { 30, 700, 0 };

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct forward_lab *lab = trusting_first(2);
		struct fwd_query q;

		lab->conf.has_upstream_retry = true;
		lab->conf.upstream_retry_ms = cases[i];
		fwd_configure(lab);
		CHECK_TEXT(ask(lab, &q), "0");
		if (cases[i])
			CHECK_TEXT(after(lab, cases[i] - 1, &q), "");
		CHECK_TEXT(after(lab, cases[i] ? 1 : FWD_TIMEOUT_MS, &q), cases[i] ? "1" : "");
		fwd_close(lab);
	}
}

TEST(the_servers_of_another_domain_are_never_asked_for_one_that_is_silent)
{
	struct forward_lab *lab = patient(4);
	struct fwd_query q;

	lab->servers = (struct rule_servers){ lab->list + 2, 2, 7 };
	CHECK_TEXT(ask(lab, &q), "23");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(ask(lab, &q), "3");
	CHECK_TEXT(after(lab, FWD_TIMEOUT_MS, &q), "2");
	CHECK(lab->client[0].nobody);
	lab->servers = (struct rule_servers){ lab->list, 1, 8 };
	CHECK_TEXT(ask(lab, &q), "0");
	CHECK_TEXT(after(lab, FWD_TIMEOUT_MS, &q), "");
	fwd_close(lab);
}

TEST(strict_order_asks_the_next_server_after_a_second_and_no_earlier)
{
	struct forward_lab *lab = patient(3);
	struct fwd_query q;

	lab->conf.strict_order = true;
	fwd_configure(lab);
	CHECK_TEXT(ask(lab, &q), "0");
	for (unsigned i = 1; i < 3; i++) {
		CHECK_TEXT(after(lab, PATIENCE_STRICT_MS - 1, &q), "");
		CHECK_TEXT(after(lab, 1, &q), i == 1 ? "1" : "2");
	}
	CHECK_TEXT(after(lab, FWD_TIMEOUT_MS, &q), "");
	CHECK(lab->client[0].nobody);
	CHECK_TEXT(ask(lab, &q), "0");			/* and the first is first again */
	fwd_close(lab);
}

/* 200 questions a second, the trusted server dies after a second: who waits, and how long? */
TEST(a_server_that_dies_under_load_delays_no_answer_by_half_a_second)
{
	struct forward_lab *lab = trusting_first(2);
	struct fwd_query q;
	char name[32];

	for (unsigned i = 1; i < 390; i++) {
		snprintf(name, sizeof name, "load%u.example", i);
		CHECK_EQ(fwd_ask(lab, i, name)->status, ST_OK);
		sim_run_for(lab->loop, 5);
		while (fwd_sent(lab, &q))
			if (q.server == 1 || i < 200)
				(void)fwd_reply(lab, &q, DNS_NOERROR);
		if (i > 100)			/* half a second later all is answered */
			CHECK_EQ(lab->client[i - 99].answers, 1);
	}
	sim_run_for(lab->loop, 500);
	while (fwd_sent(lab, &q))
		if (q.server == 1)
			(void)fwd_reply(lab, &q, DNS_NOERROR);
	for (unsigned i = 1; i < 390; i++)
		CHECK(lab->client[i].answers == 1 && !lab->client[i].nobody);
	fwd_close(lab);
}

TEST(a_question_is_given_up_after_upstream_timeout)
{
	struct forward_lab *lab = patient(2);
	struct fwd_query q;

	lab->conf.upstream_timeout_s = 3;
	fwd_configure(lab);
	ask(lab, &q);
	sim_run_for(lab->loop, 2999);
	CHECK_EQ(lab->client[0].answers, 0);
	sim_run_for(lab->loop, 1);
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK(lab->client[0].nobody);
	fwd_close(lab);
}

/* ---- races --------------------------------------------------------------------------------- */

TEST(the_server_that_is_faster_in_race_after_race_becomes_the_trusted_one)
{
	struct forward_lab *lab = patient(3);
	struct fwd_query q[LAB_SERVERS], one;

	for (unsigned n = 0; n < 10; n++) {
		race(lab, 3, q);
		sim_run_for(lab->loop, 10);
		reply_of(lab, 2, q);
		sim_run_for(lab->loop, 20);
		reply_of(lab, 1, q);
		sim_run_for(lab->loop, GROUP_TRUST_MS + 1);
	}
	for (unsigned n = 0; n < 10; n++) {		/* now the second is faster */
		race(lab, 3, q);
		sim_run_for(lab->loop, 2);
		reply_of(lab, 1, q);
		sim_run_for(lab->loop, 30);
		reply_of(lab, 2, q);
		if (n < 9)
			sim_run_for(lab->loop, GROUP_TRUST_MS + 1);
	}
	CHECK_TEXT(ask(lab, &one), "1");
	CHECK_EQ(lab->counts.replies_unexpected, 0);
	fwd_close(lab);
}

TEST(one_race_that_another_wins_by_chance_changes_nothing)
{
	struct forward_lab *lab = trusting_first(2);
	struct fwd_query q[LAB_SERVERS], one;

	for (unsigned n = 0; n < 4; n++) {
		sim_run_for(lab->loop, GROUP_TRUST_MS + 1);
		race(lab, 2, q);
		sim_run_for(lab->loop, 10);
		reply_of(lab, n == 3, q);
		sim_run_for(lab->loop, n == 3 ? 1 : 2);
		reply_of(lab, n != 3, q);
	}
	CHECK_TEXT(ask(lab, &one), "0");
	fwd_close(lab);
}

TEST(who_does_not_finish_a_race_is_not_trusted)
{
	struct forward_lab *lab = trusting_first(2);
	struct fwd_query q[LAB_SERVERS], one;

	sim_run_for(lab->loop, GROUP_TRUST_MS + 1);
	race(lab, 2, q);
	reply_of(lab, 1, q);
	CHECK_TEXT(after(lab, FLIGHT_LANDED_MS, &one), "");
	CHECK_TEXT(ask(lab, &one), "1");
	fwd_close(lab);
}

TEST(a_slow_reply_of_a_race_is_expected_once_and_for_a_second)
{
	struct forward_lab *lab = patient(2);
	struct fwd_query q[LAB_SERVERS];

	race(lab, 2, q);
	reply_of(lab, 0, q);
	sim_run_for(lab->loop, FLIGHT_LANDED_MS - 1);
	reply_of(lab, 1, q);
	CHECK_EQ(lab->counts.replies_unexpected, 0);
	CHECK(fwd_reply(lab, &q[1], DNS_NOERROR));
	CHECK_EQ(lab->counts.replies_unexpected, 1);
	CHECK_EQ(lab->client[0].answers, 1);
	fwd_close(lab);
}

/* And what flies at the end is not lost. */
TEST(races_that_are_timed_to_the_end_are_few)
{
	struct forward_lab *lab = patient(2);
	struct fwd_query q;
	char name[32];

	for (unsigned i = 0; i < FLIGHT_LANDED_MAX + 10; i++) {
		snprintf(name, sizeof name, "many%u.example", i);
		CHECK_EQ(fwd_ask(lab, i, name)->status, ST_OK);
	}
	while (fwd_sent(lab, &q))
		if (q.server == 1)
			CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->forward->landed_n, FLIGHT_LANDED_MAX);
	sim_run_for(lab->loop, FLIGHT_LANDED_MS / 2);
	forward_forget_rules(lab->forward);		/* while they are timed */
	sim_run_for(lab->loop, FLIGHT_LANDED_MS);
	CHECK_EQ(lab->forward->landed_n, 0);
	CHECK_EQ(lab->forward->flights->flying, 0);
	CHECK_TEXT(ask(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	fwd_close(lab);
}

/* ---- fast-dns-retry ---------------------------------------------------------------------------- */

/* The moments of all messages to a server, from the first on. */
static const char *moments(struct forward_lab *lab, unsigned server)
{
	static char text[200];
	struct fwd_query q;
	int64_t first_ms = -1;
	int n = 0;

	text[0] = 0;
	while (fwd_sent(lab, &q)) {
		if (q.server != server)
			continue;
		if (first_ms < 0)
			first_ms = q.at_ms;
		n += snprintf(text + n, sizeof text - (size_t)n, "%s%lld", n ? " " : "",
			      (long long)(q.at_ms - first_ms));
	}
	return text;
}

TEST(fast_dns_retry_asks_again_after_doubling_gaps)
{
	static const struct { uint32_t first_ms, in_all_ms; const char *moments; } cases[] = {
		{ 1000, 10000, "0 1000 3000 7000" },
		{ 100, 2000, "0 100 300 700 1500" },
		{ 200, 3000, "0 200 600 1400 3000" },
		{ 4000, 30000, "0 4000 12000 28000" },
		{ 50, 10, "0 50" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct forward_lab *lab = fwd_open(2);

		lab->conf.fast_retry_ms = cases[i].first_ms;
		lab->conf.fast_retry_in_all_ms = cases[i].in_all_ms;
		fwd_configure(lab);
		fwd_ask(lab, 0, "www.example");
		sim_run_for(lab->loop, 60000);
		CHECK_TEXT(moments(lab, i & 1), cases[i].moments);
		CHECK_EQ(lab->client[0].answers, 1);
		fwd_close(lab);
	}
}

TEST(fast_dns_retry_asks_those_again_who_were_asked_and_did_not_fail)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_query q;

	lab->conf.fast_retry_ms = 100;
	lab->conf.fast_retry_in_all_ms = 1000;
	fwd_configure(lab);
	CHECK_TEXT(ask(lab, &q), "012");
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	CHECK_TEXT(after(lab, 100, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(ask(lab, &q), "1");
	CHECK_TEXT(after(lab, 100, &q), "1");
	CHECK_TEXT(after(lab, 200, &q), "1");
	fwd_close(lab);
}

/* ---- port-limit ------------------------------------------------------------------------------------ */

TEST(port_limit_says_how_many_ports_a_server_sees_of_one_question)
{
	for (uint32_t limit = 1; limit <= 3; limit++) {
		struct forward_lab *lab = fwd_open(1);
		const struct forward_question same = fwd_question(1, "www.example");
		uint16_t ports[6];
		struct fwd_query q;

		lab->conf.port_limit = limit;
		fwd_configure(lab);
		for (unsigned i = 0; i < 6; i++) {
			fwd_ask_as(lab, i, &same);
			CHECK(fwd_sent(lab, &q));
			ports[i] = q.from.port;
			for (unsigned before = 0; before < i; before++)
				CHECK_EQ(ports[before] == ports[i], (i - before) % limit == 0);
		}
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
		CHECK_EQ(lab->client[0].answers, 1);
		fwd_close(lab);
	}
}

TEST(a_server_that_fails_on_one_of_its_ports_has_failed)
{
	struct forward_lab *lab = fwd_open(2);
	const struct forward_question same = fwd_question(1, "www.example");
	struct fwd_query q[4];

	lab->conf.port_limit = 2;
	fwd_configure(lab);
	fwd_ask_as(lab, 0, &same);
	fwd_ask_as(lab, 1, &same);
	for (unsigned i = 0; i < 4; i++)
		CHECK(fwd_sent(lab, &q[i]));
	CHECK(fwd_reply(lab, &q[0], DNS_REFUSED));
	CHECK_EQ(lab->client[0].answers, 0);
	CHECK(fwd_reply(lab, &q[1], DNS_REFUSED));
	CHECK_EQ(lab->client[0].answers, 1);
	fwd_close(lab);
}
