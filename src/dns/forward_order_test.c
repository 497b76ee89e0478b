/* SPDX-License-Identifier: ISC */
/* Which servers are asked, and in what order. */
#include "dns/forward_lab_test.h"
#include "dns/forward_private.h"
#include "test/test.h"
#include "wire/dns.h"

/* A new question; which servers got it. */
static const char *who(struct forward_lab *lab, struct fwd_query *last)
{
	static unsigned serial;
	char name[32];

	snprintf(name, sizeof name, "n%u.example", serial++);
	CHECK_EQ(fwd_ask(lab, 0, name)->status, ST_OK);
	return fwd_asked(lab, last);
}

static struct forward_lab *strict(size_t servers)
{
	struct forward_lab *lab = fwd_open(servers);

	lab->conf.strict_order = true;
	fwd_configure(lab);
	return lab;
}

TEST(all_servers_are_asked_first_and_then_the_fastest_for_fifty_questions)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "012");
	q.server = 2;
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	for (unsigned i = 0; i < 50; i++) {
		CHECK_TEXT(who(lab, &q), "2");
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	}
	CHECK_TEXT(who(lab, &q), "012");
	fwd_close(lab);
}

TEST(after_twenty_seconds_all_servers_are_asked_anew)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	sim_run_for(lab->loop, 20000);
	CHECK_TEXT(who(lab, &q), "1");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	sim_run_for(lab->loop, 1);
	CHECK_TEXT(who(lab, &q), "01");
	fwd_close(lab);
}

TEST(the_trusted_server_that_is_silent_is_trusted_no_more)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(who(lab, &q), "1");
	sim_run_for(lab->loop, FWD_TIMEOUT_MS);
	CHECK_TEXT(who(lab, &q), "01");
	fwd_close(lab);
}

TEST(a_repeat_to_a_silent_trusted_server_goes_to_all)
{
	struct forward_lab *lab = fwd_open(3);
	const struct forward_question same = fwd_question(1, "www.example");
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "012");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	fwd_ask_as(lab, 1, &same);
	CHECK_TEXT(fwd_asked(lab, &q), "2");
	fwd_ask_as(lab, 2, &same);
	CHECK_TEXT(fwd_asked(lab, &q), "012");
	q.server = 0;
	fwd_close(lab);
}

TEST(an_error_of_the_trusted_server_sends_the_question_to_the_others)
{
	static const unsigned errors[] = { DNS_SERVFAIL, DNS_REFUSED };

	for (size_t i = 0; i < 2; i++) {
		struct forward_lab *lab = fwd_open(3);
		struct fwd_query q;

		CHECK_TEXT(who(lab, &q), "012");
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
		CHECK_TEXT(who(lab, &q), "2");
		CHECK(fwd_reply(lab, &q, errors[i]));
		CHECK_EQ(lab->client[0].answers, 0);
		CHECK_TEXT(fwd_asked(lab, &q), "01");
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
		CHECK_EQ(lab->client[0].answers, 1);
		fwd_close(lab);
	}
}

TEST(what_is_no_failure_of_the_server_is_the_answer)
{
	static const unsigned rcodes[] = { DNS_NXDOMAIN, DNS_FORMERR, DNS_NOTIMP, 9 };

	for (size_t i = 0; i < 4; i++) {
		struct forward_lab *lab = strict(2);
		struct fwd_query q;

		CHECK_TEXT(who(lab, &q), "0");
		CHECK(fwd_reply(lab, &q, rcodes[i]));
		CHECK_EQ(lab->client[0].answers, 1);
		CHECK_EQ(lab->client[0].flags & DNS_RCODE_MASK, rcodes[i]);
		fwd_close(lab);
	}
}

TEST(strict_order_asks_the_next_server_only_after_an_error_or_a_repeat)
{
	struct forward_lab *lab = strict(3);
	const struct forward_question same = fwd_question(1, "www.example");
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "0");
	CHECK(fwd_reply(lab, &q, DNS_REFUSED));
	CHECK_TEXT(fwd_asked(lab, &q), "1");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(who(lab, &q), "0");			/* and the first is first again */

	fwd_ask_as(lab, 1, &same);
	CHECK_TEXT(fwd_asked(lab, &q), "0");
	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQ(fwd_ask_as(lab, 2, &same)->status, ST_TAKEN);
		CHECK_TEXT(fwd_asked(lab, &q), i ? "2" : "1");	/* the last one stays */
	}
	fwd_close(lab);
}

TEST(all_servers_asks_all_each_time)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_query q;

	lab->conf.all_servers = true;
	fwd_configure(lab);
	for (unsigned i = 0; i < 3; i++) {
		CHECK_TEXT(who(lab, &q), "012");
		CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	}
	fwd_close(lab);
}

TEST(where_all_servers_fail_the_error_that_tells_most_is_the_answer)
{
	static const struct { unsigned rcode[3], best; } cases[] = {
		{ { DNS_SERVFAIL, DNS_REFUSED, DNS_REFUSED }, DNS_SERVFAIL },
		{ { DNS_REFUSED, DNS_SERVFAIL, DNS_SERVFAIL }, DNS_SERVFAIL },
		{ { DNS_REFUSED, DNS_REFUSED, DNS_SERVFAIL }, DNS_SERVFAIL },
		{ { DNS_REFUSED, DNS_REFUSED, DNS_REFUSED }, DNS_REFUSED },
	};

	for (size_t i = 0; i < 4; i++) {
		struct forward_lab *lab = fwd_open(3);
		struct fwd_query q[3];

		fwd_ask(lab, 0, "www.example");
		for (unsigned s = 0; s < 3; s++)
			CHECK(fwd_sent(lab, &q[s]));
		for (unsigned s = 0; s < 3; s++) {
			CHECK_EQ(lab->client[0].answers, 0);
			CHECK(fwd_reply(lab, &q[s], cases[i].rcode[s]));
		}
		CHECK_EQ(lab->client[0].answers, 1);
		CHECK_EQ(lab->client[0].flags & DNS_RCODE_MASK, cases[i].best);
		fwd_close(lab);
	}
}

TEST(strict_order_gives_the_error_when_the_last_server_failed_too)
{
	struct forward_lab *lab = strict(2);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "0");
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	CHECK_TEXT(fwd_asked(lab, &q), "1");
	CHECK(fwd_reply(lab, &q, DNS_REFUSED));
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK_EQ(lab->client[0].flags & DNS_RCODE_MASK, DNS_SERVFAIL);
	CHECK(addr_eq(&lab->client[0].from.addr, &lab->server[0].at.addr));
	fwd_close(lab);
}

TEST(an_error_is_the_answer_at_last_where_the_other_servers_are_silent)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_SERVFAIL));
	sim_run_for(lab->loop, FWD_TIMEOUT_MS - 1);
	CHECK_EQ(lab->client[0].answers, 0);
	sim_run_for(lab->loop, 1);
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK(!lab->client[0].nobody);
	CHECK_EQ(lab->client[0].flags & DNS_RCODE_MASK, DNS_SERVFAIL);
	fwd_close(lab);
}

TEST(a_long_error_reply_is_kept_as_its_question)
{
	struct forward_lab *lab = fwd_open(2);
	struct fwd_query q[2];
	uint8_t bytes[900] = { 0 };
	size_t n;

	fwd_ask(lab, 0, "www.example");
	CHECK(fwd_sent(lab, &q[0]) && fwd_sent(lab, &q[1]));
	n = fwd_answer(&q[0], DNS_SERVFAIL, bytes, sizeof bytes);
	CHECK(fwd_deliver(lab, fwd_server(0), q[0].from, span_of(bytes, sizeof bytes)));
	CHECK(fwd_reply(lab, &q[1], DNS_REFUSED));
	CHECK_EQ(lab->client[0].answers, 1);
	CHECK_EQ(lab->client[0].n, n);
	fwd_close(lab);
}

/* ---- sending that fails --------------------------------------------------------------------------- */

TEST(a_server_that_cannot_be_sent_to_is_passed_over)
{
	struct forward_lab *lab = strict(3);
	struct fwd_query q;

	sim_fail_send(lab->loop, 1, ST_SYSTEM);
	CHECK_TEXT(who(lab, &q), "1");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_EQ(lab->client[0].answers, 1);
	fwd_close(lab);
}

TEST(when_the_trusted_server_cannot_be_sent_to_all_are)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "012");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	sim_fail_send(lab->loop, 1, ST_SYSTEM);
	CHECK_TEXT(who(lab, &q), "012");
	fwd_close(lab);
}

TEST(where_no_server_can_be_sent_to_the_asker_is_told_at_once)
{
	struct forward_lab *lab = fwd_open(1);

	sim_fail_send(lab->loop, 1, ST_SYSTEM);
	CHECK_EQ(fwd_ask(lab, 0, "www.example")->status, ST_UNKNOWN);
	CHECK_EQ(lab->counts.forwarded, 0);
	sim_run_for(lab->loop, FWD_TIMEOUT_MS);
	CHECK_EQ(lab->client[0].answers, 0);
	CHECK_EQ(fwd_ask(lab, 0, "www.example")->status, ST_OK);
	fwd_close(lab);
}

static bool first_is_ours(void *arg, const struct endpoint *at)
{
	(void)arg;
	return addr_to_ip4(&at->addr) == 0xc0000235;
}

TEST(a_server_that_is_ourselves_or_has_no_port_is_not_asked)
{
	struct forward_lab *lab = fwd_open(3);
	struct forward_want want = { .loop = lab->loop, .rng = &lab->rng, .counts = &lab->counts,
				     .ours = first_is_ours };
	struct fwd_query q;

	forward_free(lab->forward);
	lab->forward = forward_new(&want);
	fwd_configure(lab);
	lab->server[1].at.port = 0;
	CHECK_TEXT(who(lab, &q), "2");
	fwd_close(lab);
}

TEST(a_list_without_servers_is_told_at_once)
{
	struct forward_lab *lab = fwd_open(0);

	CHECK_EQ(fwd_ask(lab, 0, "www.example")->status, ST_UNNAMED);
	fwd_close(lab);
}

TEST(each_list_of_servers_has_a_fastest_of_its_own)
{
	struct forward_lab *lab = fwd_open(3);
	struct fwd_query q;

	CHECK_TEXT(who(lab, &q), "012");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	lab->servers = (struct rule_servers){ lab->list, 2, 1 };
	CHECK_TEXT(who(lab, &q), "01");
	CHECK(fwd_reply(lab, &q, DNS_NOERROR));
	CHECK_TEXT(who(lab, &q), "1");
	lab->servers = (struct rule_servers){ lab->list, 3, 0 };
	CHECK_TEXT(who(lab, &q), "2");
	forward_forget_rules(lab->forward);
	CHECK_TEXT(who(lab, &q), "012");
	fwd_close(lab);
}
