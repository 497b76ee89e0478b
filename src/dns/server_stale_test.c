/* SPDX-License-Identifier: ISC */
/* Answers past their time, and those that are renewed before it, in virtual time. */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nserver=198.51.100.1\n"

static const struct lab_query a_org = { .name = "a.org", .id = 7, .udp_size = 1232 };

/* What a client hears at once. */
static const char *ask(struct server_lab *o)
{
	server_lab_ask(o, &a_org);
	return server_lab_heard(o);
}

/* The time to live in what the client hears next. */
static uint32_t ttl_heard(struct server_lab *o)
{
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;

	must(server_lab_sent(o, false, &d) && dns_walk_start(&w, d.data, NULL));
	must(dns_walk_next(&w, &rr));
	return rr.ttl_s;
}

/* Asks, and upstream answers. */
static void learn(struct server_lab *o, const char *addr, uint32_t ttl_s)
{
	struct dgram query;

	server_lab_ask(o, &a_org);
	must(server_lab_sent(o, true, &query));
	server_lab_answer(o, &query, addr, ttl_s);
	must(server_lab_heard(o)[0] == '7');
}

/* It has an answer that lived for 10 s and is past its time by 1 s. */
static void open_stale(struct server_lab *o, const char *lines)
{
	server_lab_open(o, lines);
	learn(o, "203.0.113.1", 10);
	sim_run_for(o->loop, 11000);
}

/* The same where the client has asked, and its question is on its way. */
static void open_asking(struct server_lab *o, const char *lines, struct dgram *out_query)
{
	open_stale(o, lines);
	server_lab_ask(o, &a_org);
	must(server_lab_sent(o, true, out_query));
}

/* ---- use-stale-cache --------------------------------------------------------------------- */

TEST(what_is_past_its_time_is_given_at_once_with_ttl_0_and_asked_for_anew)
{
	struct server_lab o;
	struct dgram query;

	open_stale(&o, LINES "use-stale-cache\n");
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));	/* the answer left before the question did */
	server_lab_answer(&o, &query, "203.0.113.2", 10);
	CHECK_TEXT(server_lab_heard(&o), "nothing");	/* and is the only one */
	CHECK_TEXT(o.told, "query[A] a.org from 192.0.2.50\ncached-stale a.org is 203.0.113.1\n"
			   "forwarded a.org to 198.51.100.1\nreply a.org is 203.0.113.2\n");
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.2 opt=1232");
	CHECK_EQ(o.counts.stale, 1);
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	server_lab_close(&o);
}

TEST(a_stale_answer_has_ttl_0_and_says_that_it_is_stale)
{
	struct server_lab o;

	open_stale(&o, LINES "use-stale-cache\n");
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	server_lab_ask(&o, &a_org);
	CHECK_EQ(ttl_heard(&o), 0);
	server_lab_close(&o);
}

TEST(use_stale_cache_ends_after_its_seconds)
{
	struct server_lab o;

	server_lab_open(&o, LINES "use-stale-cache=60\n");
	learn(&o, "203.0.113.1", 10);
	sim_run_for(o.loop, 69000);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	sim_run_for(o.loop, 12000);
	CHECK_TEXT(ask(&o), "nothing");
	server_lab_close(&o);
}

TEST(use_stale_cache_0_has_no_end)
{
	struct server_lab o;

	server_lab_open(&o, LINES "use-stale-cache=0\n");
	learn(&o, "203.0.113.1", 10);
	sim_run_for(o.loop, (int64_t)400 * 86400 * 1000);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	server_lab_close(&o);
}

TEST(a_stale_answer_is_asked_for_anew_once_in_two_seconds_and_waits_for_nobody)
{
	struct server_lab o;
	struct dgram query;

	open_stale(&o, LINES "use-stale-cache\n");
	for (int i = 0; i < 50; i++)
		CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	CHECK_EQ(o.counts.forwarded, 2);
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	sim_run_for(o.loop, 2000);
	server_lab_ask(&o, &a_org);
	CHECK(server_lab_sent(&o, true, &query));
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_close(&o);
}

TEST(a_failure_does_not_take_a_stale_answers_place_but_that_there_is_nothing_does)
{
	struct server_lab o;
	struct dgram query;

	open_asking(&o, LINES "use-stale-cache\n", &query);
	server_lab_fail(&o, &query, DNS_SERVFAIL);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	sim_run_for(o.loop, 3000);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, NULL, 10);
	CHECK_TEXT(ask(&o), "7 NXDOMAIN a.org opt=1232");
	server_lab_close(&o);
}

TEST(who_asks_without_recursion_gets_nothing_stale)
{
	const struct lab_query norec = { .name = "a.org", .id = 9, .no_recursion = true };
	struct server_lab o;

	open_stale(&o, LINES "use-stale-cache\n");
	server_lab_ask(&o, &norec);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	server_lab_close(&o);
}

/* ---- serve-stale -------------------------------------------------------------------------- */

TEST(serve_stale_asks_first_and_gives_what_is_stale_when_its_time_is_up)
{
	struct server_lab o;
	struct dgram query;

	open_asking(&o, LINES "serve-stale\n", &query);
	sim_run_for(o.loop, 1790);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	sim_run_for(o.loop, 20);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	server_lab_answer(&o, &query, "203.0.113.2", 10);	/* late: for the next */
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.2 opt=1232");
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	server_lab_close(&o);
}

TEST(serve_stale_gives_a_ttl_of_30_and_asks_nobody_for_30_seconds_after_a_failure)
{
	struct server_lab o;
	struct dgram query;

	open_asking(&o, LINES "serve-stale\n", &query);
	server_lab_fail(&o, &query, DNS_SERVFAIL);
	CHECK_EQ(ttl_heard(&o), 30);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	CHECK_EQ(o.counts.forwarded, 2);
	sim_run_for(o.loop, 30000);
	server_lab_ask(&o, &a_org);
	CHECK(server_lab_sent(&o, true, &query));
	server_lab_close(&o);
}

TEST(serve_stale_gives_a_better_answer_where_one_comes_in_time)
{
	struct server_lab o;
	struct dgram query;

	open_asking(&o, LINES "serve-stale\n", &query);
	sim_run_for(o.loop, 1000);
	server_lab_answer(&o, &query, "203.0.113.2", 10);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.2 opt=1232");
	sim_run_for(o.loop, 5000);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(o.counts.stale, 0);
	server_lab_close(&o);
}

TEST(serve_stale_says_of_what_did_not_exist_that_it_is_stale_too)
{
	struct server_lab o;

	server_lab_open(&o, LINES "serve-stale=1d,500\n");
	learn(&o, NULL, 10);
	sim_run_for(o.loop, 11000);
	server_lab_ask(&o, &a_org);
	sim_run_for(o.loop, 510);
	CHECK_TEXT(server_lab_heard(&o), "7 NXDOMAIN a.org opt=1232 ede=19");
	server_lab_close(&o);
}

TEST(serve_stale_ends_with_its_age_and_without_it_nobody_answers)
{
	struct server_lab o;

	server_lab_open(&o, LINES "serve-stale=60\n");
	learn(&o, "203.0.113.1", 10);
	sim_run_for(o.loop, 71000);
	server_lab_ask(&o, &a_org);
	sim_run_for(o.loop, 15000);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(o.counts.unanswered, 1);
	server_lab_close(&o);
}

TEST(serve_stale_gives_what_it_has_where_no_server_can_be_sent_to)
{
	struct server_lab o;

	open_stale(&o, LINES "serve-stale\n");
	server_lab_use(&o, "no-resolv\nno-hosts\nserve-stale\nserver=2001:db8:ffff::1\n");
	sim_fail_send(o.loop, 1, ST_UNKNOWN);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232 ede=3");
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	server_lab_close(&o);
}

/* ---- prefetch --------------------------------------------------------------------------------- */

TEST(what_is_asked_again_in_the_last_tenth_of_its_life_is_renewed_before_it_ends)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES "prefetch\n");
	learn(&o, "203.0.113.1", 100);
	sim_run_for(o.loop, 85000);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232");
	CHECK_EQ(o.counts.forwarded, 1);
	sim_run_for(o.loop, 6000);
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	CHECK_TEXT(o.told, "query[A] a.org from 192.0.2.50\ncached a.org is 203.0.113.1\n"
			   "prefetch a.org is due in 9 s\nforwarded a.org to 198.51.100.1\n");
	server_lab_answer(&o, &query, "203.0.113.2", 100);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	sim_run_for(o.loop, 50000);
	CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.2 opt=1232");
	CHECK_EQ(o.counts.prefetched, 1);
	CHECK_EQ(o.counts.forwarded, 2);
	server_lab_close(&o);
}

TEST(what_nobody_asks_for_again_is_not_renewed)
{
	struct server_lab o;

	server_lab_open(&o, LINES "prefetch\n");
	learn(&o, "203.0.113.1", 100);
	sim_run_for(o.loop, 200000);
	CHECK_EQ(o.counts.forwarded, 1);
	server_lab_close(&o);
}

TEST(one_renewal_is_on_its_way_however_many_ask)
{
	struct server_lab o;

	server_lab_open(&o, LINES "prefetch\n");
	learn(&o, "203.0.113.1", 100);
	sim_run_for(o.loop, 95000);
	for (int i = 0; i < 100; i++)
		CHECK_TEXT(ask(&o), "7 NOERROR a.org 203.0.113.1 opt=1232");
	CHECK_EQ(o.counts.forwarded, 2);
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_close(&o);
}

TEST(renewals_take_a_tenth_of_the_questions_that_may_be_open)
{
	struct server_lab o;
	struct dgram query;
	char name[40];

	server_lab_open(&o, LINES "prefetch\ndns-forward-max=20\n");
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < 10; i++) {
			const struct lab_query q = { .name = name, .id = (uint16_t)i };

			snprintf(name, sizeof name, "n%d.org", i);
			server_lab_ask(&o, &q);
			if (pass == 0) {
				must(server_lab_sent(&o, true, &query));
				server_lab_answer(&o, &query, "203.0.113.1", 100);
			}
		}
		sim_run_for(o.loop, 95000);
	}
	CHECK_EQ(o.counts.prefetched, 2);
	server_lab_close(&o);
}
