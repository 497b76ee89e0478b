/* SPDX-License-Identifier: ISC */
/* Extended errors and their words, through the whole service. */
#include "base/must.h"
#include "dns/ede.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define OWN "extended-errors\nno-resolv\nno-hosts\nserver=198.51.100.1\n"

/* "RCODE CODE words" of the next answer; "RCODE" without an extended error. */
static const char *heard(struct server_lab *o)
{
	static char text[400];
	struct dns_edns_option option;
	struct dns_edns edns;
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;
	int n;

	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, NULL))
		return "nothing";
	n = snprintf(text, sizeof text, "%u%s", w.header.flags & DNS_RCODE_MASK,
		     w.header.flags & DNS_TC ? " tc" : "");
	while (dns_walk_next(&w, &rr)) {
		struct reader r;

		if (!dns_edns_of(&rr, &edns))
			continue;
		r = reader_of(edns.options);
		while (dns_edns_next(&r, &option))
			snprintf(text + n, sizeof text - (size_t)n, " %u %.*s", option.value.p[1],
				 (int)option.value.n - 2, (const char *)option.value.p + 2);
	}
	return text;
}

static const char *ask(struct server_lab *o, const char *name)
{
	const struct lab_query q = { .name = name, .id = 7, .udp_size = 1232 };

	server_lab_ask(o, &q);
	return heard(o);
}

/* clang-format off */
static const struct { const char *lines, *name, *want; } here[] = {
	{ "address=/ads.example/#", "x.ads.example", "0 15 blocked: test:5" },
	{ "host-record=ads.example,0.0.0.0", "ads.example", "0 15 blocked: test:5" },
	{ "local=/lan/", "x.lan", "3 0 answered here alone: test:5" },
	{ "domain-needed", "plain", "3 15 domain-needed: not asked outside" },
	{ "server=/x.example/#\nhost-record=a.lan,192.0.2.9", "a.lan", "0" },
};
/* clang-format on */

TEST(what_is_answered_here_says_which_line_says_so)
{
	for (size_t i = 0; i < COUNT_OF(here); i++) {
		char lines[300];
		struct server_lab o;

		snprintf(lines, sizeof lines, OWN "%s\n", here[i].lines);
		server_lab_open(&o, lines);
		CHECK_TEXT(ask(&o, here[i].name), here[i].want);
		server_lab_close(&o);
	}
}

TEST(without_a_server_the_answer_says_so)
{
	struct server_lab o;

	server_lab_open(&o, "extended-errors\nno-resolv\nno-hosts\n");
	CHECK_TEXT(ask(&o, "a.org"), "5 14 no server to ask");
	server_lab_close(&o);
}

/* What upstream says, and what the client is told of it. */
/* clang-format off */
static const struct { const char *lines, *answer; unsigned failure; const char *want; } replies[] = {
	{ "", "203.0.113.1", 0, "0" },
	{ "stop-dns-rebind", "192.168.0.1", 0, "0 15 stop-dns-rebind: a private address from 198.51.100.1" },
	{ "bogus-nxdomain=203.0.113.1", "203.0.113.1", 0, "3 15 bogus-nxdomain: test:5" },
	{ "filter-A", "203.0.113.1", 0, "0 17 records of some types are left out here" },
	{ "", NULL, DNS_SERVFAIL, "2 22 SERVFAIL from 198.51.100.1" },
	{ "", NULL, DNS_REFUSED, "5 22 REFUSED from 198.51.100.1" },
};
/* clang-format on */

TEST(what_a_server_said_is_told_with_who_said_it)
{
	for (size_t i = 0; i < COUNT_OF(replies); i++) {
		const struct lab_query q = { .name = "a.org", .id = 7, .udp_size = 1232 };
		char lines[300];
		struct server_lab o;
		struct dgram query;

		snprintf(lines, sizeof lines, OWN "%s\n", replies[i].lines);
		server_lab_open(&o, lines);
		server_lab_ask(&o, &q);
		must(server_lab_sent(&o, true, &query));
		if (replies[i].failure)
			server_lab_fail(&o, &query, replies[i].failure);
		else
			server_lab_answer(&o, &query, replies[i].answer, 300);
		CHECK_TEXT(heard(&o), replies[i].want);
		server_lab_close(&o);
	}
}

TEST(that_nobody_answered_is_told_and_not_silence)
{
	const struct lab_query q = { .name = "a.org", .id = 7, .udp_size = 1232 };
	struct server_lab o;

	server_lab_open(&o, OWN);
	server_lab_ask(&o, &q);
	sim_run_for(o.loop, 15000);
	CHECK_TEXT(heard(&o), "2 23 no answer from 198.51.100.1");
	CHECK_EQ(o.counts.unanswered, 1);
	server_lab_close(&o);
}

TEST(a_stale_answer_says_by_how_much)
{
	const struct lab_query q = { .name = "a.org", .id = 7, .udp_size = 1232 };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, OWN "use-stale-cache\n");
	server_lab_ask(&o, &q);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 10);
	(void)heard(&o);
	sim_run_for(o.loop, 25000);
	CHECK_TEXT(ask(&o, "a.org"), "0 3 15 s past its time");
	server_lab_close(&o);
}

TEST(who_is_limited_is_told_by_which_line)
{
	const struct endpoint from = { addr_ip4(0xcb007107), 40000 }, to = { addr_ip4(0xc0000201), 53 };
	const struct lab_query q = { .name = "a.lan", .id = 7, .udp_size = 1232 };
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=1,burst:1,slip:1\n");
	for (int i = 0; i < 2; i++) {
		server_lab_ask_from(&o, &q, &from, &to, o.eth0);
		if (i == 0)
			(void)heard(&o);
	}
	CHECK_TEXT(heard(&o), "0 tc 18 rate-limit: test:5");
	server_lab_close(&o);
}

/* More than may wait: those that are on their way count. */
TEST(who_finds_all_places_taken_is_told_which_limit_it_was)
{
	struct server_lab o;

	server_lab_open(&o, OWN "dns-forward-max=1\n");
	CHECK_TEXT(ask(&o, "a.org"), "nothing");
	CHECK_TEXT(ask(&o, "b.org"), "5 0 dns-forward-max: too many questions wait");
	server_lab_use(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\ndns-forward-max=1\n");
	CHECK_TEXT(ask(&o, "b.org"), "nothing");
	CHECK_TEXT(ask(&o, "c.org"), "5");
	server_lab_close(&o);
}

TEST(that_no_server_can_be_sent_to_is_told)
{
	struct server_lab o;

	server_lab_open(&o, OWN);
	sim_fail_send(o.loop, 1, ST_UNKNOWN);
	CHECK_TEXT(ask(&o, "a.org"), "5 23 no server can be sent to");
	server_lab_use(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
	sim_fail_send(o.loop, 1, ST_UNKNOWN);
	CHECK_TEXT(ask(&o, "a.org"), "5 23 ");
	server_lab_close(&o);
}

TEST(what_a_mark_or_a_copy_is_refused_for_has_words)
{
	static const struct { void (*of)(struct ede *out); enum dns_ede code; const char *words; } all[] = {
		{ ede_of_mark, DNS_EDE_BLOCKED, "connmark-allowlist: the mark does not permit this name" },
		{ ede_of_stranger, DNS_EDE_PROHIBITED, "auth-peer: zones are copied by others alone" },
		{ ede_of_copies, DNS_EDE_OTHER, "too many copies of zones at this time" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct ede e;

		all[i].of(&e);
		CHECK_EQ(e.code, all[i].code);
		CHECK_TEXT(e.words, all[i].words);
	}
}

TEST(words_are_of_one_answer_and_only_for_those_who_speak_edns)
{
	const struct lab_query plain = { .name = "x.lan", .id = 7 };
	struct server_lab o;

	server_lab_open(&o, OWN "local=/lan/\nhost-record=a.example,192.0.2.9\n");
	server_lab_ask(&o, &plain);
	CHECK_TEXT(heard(&o), "3");
	CHECK_TEXT(ask(&o, "a.example"), "0");
	server_lab_close(&o);
}

TEST(words_of_a_local_answer_do_not_come_with_the_next_one)
{
	struct server_lab o;
	struct dgram query;
	const struct lab_query q = { .name = "a.org", .id = 7, .udp_size = 1232 };

	server_lab_open(&o, OWN "local=/lan/\nfilter-A\n");
	server_lab_ask(&o, &q);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	(void)heard(&o);
	CHECK_TEXT(ask(&o, "x.lan"), "3 0 answered here alone: test:5");
	CHECK_TEXT(ask(&o, "a.org"), "0 17 ");		/* kept: its words are not */
	server_lab_close(&o);
}

TEST(without_the_option_errors_have_no_words)
{
	struct server_lab o;

	server_lab_open(&o, "no-resolv\nno-hosts\nlocal=/lan/\naddress=/ads.example/#\n");
	CHECK_TEXT(ask(&o, "x.lan"), "3");
	CHECK_TEXT(ask(&o, "ads.example"), "0");
	CHECK_TEXT(ask(&o, "a.org"), "5 14 ");
	server_lab_close(&o);
}
