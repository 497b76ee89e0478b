/* SPDX-License-Identifier: ISC */
/* A question's way through the whole name service, and what may happen to it on the way. */
#include <stdio.h>

#include "base/must.h"
#include "dns/server_lab_test.h"
#include "net/stream.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n"

static const struct lab_query a_org = { .name = "a.org", .id = 7 };

/* ---- who waits ------------------------------------------------------------------------ */

/* Asks from this many clients, of which all wait for one question upstream; how many are refused. */
static unsigned ask_by_many(struct server_lab *o, unsigned first, unsigned n)
{
	const struct endpoint to = { addr_ip4(0xc0000201), 53 };
	unsigned refused = 0;

	for (unsigned i = first; i < first + n; i++) {
		const struct lab_query q = { .name = "a.org", .id = (uint16_t)i };
		const struct endpoint from = { addr_ip4(0xc0000232), (uint16_t)(1024 + i) };
		struct dgram d;

		server_lab_ask_from(o, &q, &from, &to, o->eth0);
		refused += server_lab_sent(o, false, &d);
	}
	return refused;
}

TEST(as_many_may_wait_as_the_configuration_of_the_moment_allows)
{
	struct server_lab o;

	server_lab_open(&o, LINES "dns-forward-max=1\n");
	CHECK_EQ(ask_by_many(&o, 0, 1030), 6);		/* 1024 are the least that may */
	CHECK_EQ(dns_now(o.dns).waiting, 1024);
	CHECK_EQ(o.counts.refused_full, 6);
	CHECK_TEXT(o.told, "Maximum number of concurrent DNS queries reached (max: 1)\n");
	server_lab_use(&o, LINES "dns-forward-max=200\n");
	CHECK_EQ(ask_by_many(&o, 2000, 600), 24);	/* 8 a question */
	CHECK_EQ(dns_now(o.dns).waiting, 1600);
	server_lab_use(&o, LINES "dns-forward-max=1\n");
	CHECK_EQ(ask_by_many(&o, 3000, 1), 1);
	server_lab_close(&o);
}

TEST(who_waits_is_answered_once_and_frees_its_place)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_ask(&o, &a_org);			/* the same client again: it waits already */
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	server_lab_close(&o);
}

TEST(a_question_that_nobody_answers_ends_in_silence_and_is_counted)
{
	struct server_lab o;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	sim_run_for(o.loop, 15000);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(o.counts.unanswered, 1);
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	server_lab_close(&o);
}

TEST(a_question_that_waits_is_answered_by_the_filters_of_a_newer_configuration)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_use(&o, "no-resolv\nno-hosts\nbogus-nxdomain=203.0.113.1\n");
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_TEXT(server_lab_heard(&o), "7 NXDOMAIN a.org");
	server_lab_close(&o);
}

TEST(an_answer_whose_listener_is_gone_is_dropped)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	dns_unlisten(o.dns, &(struct binding){ .addr.family = ADDR_IP4 });
	dns_unlisten(o.dns, &(struct binding){ .addr.family = ADDR_IP4 });	/* idempotent */
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	server_lab_close(&o);
}

TEST(a_service_goes_while_questions_wait)
{
	struct server_lab o;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_close(&o);			/* the sanitizers look on */
}

/* ---- before there are data ---------------------------------------------------------------- */

TEST(without_data_nobody_is_answered)
{
	static struct cache *cache;
	const struct lab_query q = { .name = "a.lan", .id = 7 };
	const struct endpoint here = { addr_ip4(0xc0000201), 53 };
	const struct endpoint there = { addr_ip4(0xc0000232), 40000 };
	struct server_lab o = { .loop = sim_new(1), .rng.seed = 1 };
	struct dns_want want;

	o.eth0 = sim_netif_add(o.loop, "eth0", "192.0.2.1/24", NULL);
	cache = cache_new(100, 0, &o.counts);
	want = (struct dns_want){ .loop = o.loop, .rng = &o.rng, .cache = cache, .counts = &o.counts };
	o.dns = dns_new(&want);
	CHECK_EQ(dns_listen(o.dns, &(struct binding){ .addr.family = ADDR_IP4 }, 53, NULL), ST_OK);
	server_lab_ask(&o, &q);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK(sim_peer_connect(o.loop, &here, &there, o.eth0) == NULL);
	CHECK_EQ(o.counts.queries, 0);
	dns_free(o.dns);
	cache_free(cache);
	sim_free(o.loop);
}

/* ---- answers ------------------------------------------------------------------------------- */

TEST(a_kept_answer_is_spelled_and_numbered_as_it_was_asked)
{
	const struct lab_query again = { .name = "A.ORG", .id = 8, .udp_size = 4096 };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
	server_lab_ask(&o, &again);
	CHECK_TEXT(server_lab_heard(&o), "8 NOERROR A.ORG 203.0.113.1 opt=1232");
	CHECK_EQ(o.counts.forwarded, 1);
	CHECK_EQ(o.counts.local, 1);
	server_lab_close(&o);
}

TEST(what_was_asked_with_cd_is_not_kept_for_others)
{
	const struct lab_query cd = { .name = "a.org", .id = 8, .flags = DNS_CD };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &cd);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_TEXT(server_lab_heard(&o), "8 NOERROR a.org 203.0.113.1");
	server_lab_ask(&o, &a_org);
	CHECK(server_lab_sent(&o, true, &query));
	server_lab_close(&o);
}

TEST(an_answer_with_ttl_0_is_not_kept)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	for (int i = 0; i < 2; i++) {
		server_lab_ask(&o, &a_org);
		must(server_lab_sent(&o, true, &query));
		server_lab_answer(&o, &query, "203.0.113.1", 0);
		CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
	}
	CHECK_EQ(o.counts.forwarded, 2);
	server_lab_close(&o);
}

/* What is answered without asking anybody, and what that counts as. */
static const struct { const char *lines, *name, *want; bool counts; } here[] = {
	{ "no-resolv\nno-hosts\n", "b.org", "7 REFUSED b.org", false },
	{ LINES "domain-needed\n", "plain", "7 NXDOMAIN plain", true },
	{ LINES "local=/lan/\n", "x.lan", "7 NXDOMAIN x.lan", true },
	{ LINES, "a.lan", "7 NOERROR aa a.lan 192.0.2.9", true },
	{ "no-resolv\nno-hosts\nserver=192.0.2.1\n", "b.org", "7 REFUSED b.org", false },	/* ourselves */
	{ "no-resolv\nno-hosts\nserver=192.0.2.1#54\n", "b.org", "nothing", false },
	{ LINES "dns-forward-max=0\n", "b.org", "7 REFUSED b.org", false },
};

TEST(some_questions_are_answered_at_once_and_hold_nothing)
{
	for (size_t i = 0; i < COUNT_OF(here); i++) {
		const struct lab_query q = { .name = here[i].name, .id = 7 };
		struct server_lab o;

		server_lab_open(&o, here[i].lines);
		server_lab_ask(&o, &q);
		CHECK_TEXT(server_lab_heard(&o), here[i].want);
		CHECK_EQ(o.counts.local, here[i].counts);
		CHECK_EQ(dns_now(o.dns).waiting, strcmp(here[i].want, "nothing") == 0);
		server_lab_close(&o);
	}
}

TEST(what_does_not_parse_is_told_so_or_met_with_silence)
{
	static const struct { const char *name; struct span bytes; const char *want; } all[] = {
		{ "another opcode", { (const uint8_t *)"\0\7\x10\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19 }, "7 NOTIMP opcode=2" },
		{ "no question", { (const uint8_t *)"\0\7\1\0\0\0\0\0\0\0\0\0", 12 }, "7 FORMERR" },
		{ "a reply", { (const uint8_t *)"\0\7\x80\0\0\1\0\0\0\0\0\0\1a\0\0\1\0\1", 19 }, "nothing" },
		{ "half a header", { (const uint8_t *)"\0\7\1\0\0\0", 6 }, "nothing" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct server_lab o;

		server_lab_open(&o, LINES);
		(void)sim_deliver(o.loop, &(struct dgram){
			.from = { addr_ip4(0xc0000232), 40000 }, .to = { addr_ip4(0xc0000201), 53 },
			.ifindex = o.eth0, .data = all[i].bytes });
		CHECK_TEXT(server_lab_heard(&o), all[i].want);
		CHECK_EQ(o.counts.malformed, 1);
		server_lab_close(&o);
	}
}

TEST(an_answer_leaves_from_the_address_asked_and_by_the_link_only_where_that_matters)
{
	static const struct { const char *from, *to; bool by_link; } all[] = {
		{ "192.0.2.50", "192.0.2.1", false }, { "198.18.0.50", "192.0.2.1", false },
		{ "2001:db8::50", "2001:db8::1", false }, { "fe80::50", "2001:db8::1", true },
		{ "2001:db8::50", "fe80::1", true },	/* whose own address of the link is not ready */
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const struct lab_query q = { .name = "a.lan", .id = 7 };
		struct endpoint from = { .port = 40000 }, to = { .port = 53 };
		struct server_lab o;
		struct dgram d;

		server_lab_open(&o, LINES);
		sim_netif_addr(o.loop, o.eth0, "fe80::1/64");
		must(addr_parse(all[i].from, &from.addr) && addr_parse(all[i].to, &to.addr));
		server_lab_ask_from(&o, &q, &from, &to, o.eth0);
		must(server_lab_sent(&o, false, &d));
		CHECK(addr_eq(&d.from.addr, &to.addr) && addr_eq(&d.to.addr, &from.addr));
		CHECK_EQ(d.to.port, 40000);
		CHECK_EQ(d.ifindex, all[i].by_link ? o.eth0 : 0);
		server_lab_close(&o);
	}
}

/* ---- what it tells ----------------------------------------------------------------------------- */

TEST(a_question_is_told_of_only_where_somebody_wants_it)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES "stop-dns-rebind\n");
	server_lab_ask(&o, &(struct lab_query){ .name = "a.lan", .id = 7 });
	CHECK_TEXT(o.told, "");
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &(struct lab_query){ .name = "a.lan", .id = 7 });
	CHECK_TEXT(o.told, "query[A] a.lan from 192.0.2.50\nconfig a.lan is 192.0.2.9\n");
	o.told[0] = 0;
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "9.9.9.9", 300);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(o.told, "query[A] a.org from 192.0.2.50\nforwarded a.org to 198.51.100.1\n"
			   "reply a.org is 9.9.9.9\n"
			   "query[A] a.org from 192.0.2.50\ncached a.org is 9.9.9.9\n");
	o.told[0] = 0;
	dns_set_tells(o.dns, DNS_TELLS_NOTHING);
	server_lab_ask(&o, &(struct lab_query){ .name = "b.org", .id = 8 });
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "192.168.1.1", 300);	/* an attack is told of all the same */
	CHECK_TEXT(o.told, "possible DNS-rebind attack detected: b.org\n");
	CHECK_EQ(o.counts.rebind_blocked, 1);
	server_lab_close(&o);
}

TEST(that_too_many_wait_is_told_once_in_five_seconds)
{
	static const char line[] = "Maximum number of concurrent DNS queries reached (max: 0)\n";
	char twice[200];
	struct server_lab o;

	snprintf(twice, sizeof twice, "%s%s", line, line);
	server_lab_open(&o, LINES "dns-forward-max=0\n");
	for (int i = 0; i < 3; i++)
		server_lab_ask(&o, &a_org);
	CHECK_TEXT(o.told, line);
	sim_run_for(o.loop, 4900);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(o.told, line);
	sim_run_for(o.loop, 200);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(o.told, twice);
	server_lab_close(&o);
}

/* Each byte that a line of the log must not have, and the longest name there is. */
TEST(hostile_names_stay_on_their_line_of_the_log)
{
	static const char name[] = "a\\010b\\000\\255\\027[31m.evil";
	struct server_lab o;
	struct dname longest = { .n = 0 };
	char text[1100];
	size_t n = 0;

	server_lab_open(&o, LINES "local=/evil/\n");
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &(struct lab_query){ .name = name, .id = 7 });
	for (const char *at = o.told; *at; at++)
		CHECK(*at == '\n' || (*at >= ' ' && *at <= '~'));
	CHECK(strstr(o.told, "\\010b\\000\\255\\027[31m.evil from 192.0.2.50\n") != NULL);
	o.told[0] = 0;
	/* Three labels of 63 bytes and one of 61: 255 with the lengths, and every one is escaped. */
	for (int label = 0; label < 4; label++) {
		for (int i = 0; i < (label < 3 ? 63 : 61); i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "\\001");
		n += (size_t)snprintf(text + n, sizeof text - n, label < 3 ? "." : "");
	}
	must(dname_parse(text, &longest));
	CHECK_EQ(longest.n, 255);
	server_lab_ask(&o, &(struct lab_query){ .name = text, .id = 7 });
	CHECK(strncmp(o.told, "query[A] ", 9) == 0 && strncmp(o.told + 9, text, n) == 0);
	CHECK(strstr(o.told, " from 192.0.2.50\nforwarded ") != NULL);
	server_lab_close(&o);
}

/* What is told of a question that our own data answer. */
static const struct { const char *name; uint16_t type; const char *want; } local_lines[] = {
	{ "mail.lan", DNS_MX, "query[MX] mail.lan from 192.0.2.50\nconfig mail.lan is <MX>\n" },
	{ "a.lan", 0, "query a.lan from 192.0.2.50\n" },
	{ "9.2.0.192.in-addr.arpa", DNS_PTR,
	  "query[PTR] 9.2.0.192.in-addr.arpa from 192.0.2.50\nconfig 192.0.2.9 is a.lan\n" },
	{ "none.lan", DNS_A, "query[A] none.lan from 192.0.2.50\nconfig none.lan is NXDOMAIN\n" },
	{ "a.lan", DNS_AAAA, "query[AAAA] a.lan from 192.0.2.50\nconfig a.lan is NODATA-IPv6\n" },
};

TEST(a_local_answer_is_told_in_dnsmasqs_words)
{
	for (size_t i = 0; i < COUNT_OF(local_lines); i++) {
		struct server_lab o;

		server_lab_open(&o, LINES "local=/lan/\nmx-host=mail.lan,a.lan\n");
		dns_set_tells(o.dns, DNS_TELLS_QUERIES);
		if (local_lines[i].type) {
			server_lab_ask(&o, &(struct lab_query){ .name = local_lines[i].name, .id = 7,
								.type = local_lines[i].type });
		} else {
			static const uint8_t type_0[] = "\0\7\1\0\0\1\0\0\0\0\0\0\1a\3lan\0\0\0\0\1";

			(void)sim_deliver(o.loop, &(struct dgram){
				.from = { addr_ip4(0xc0000232), 40000 }, .ifindex = o.eth0,
				.to = { addr_ip4(0xc0000201), 53 },
				.data = span_of(type_0, sizeof type_0 - 1) });
		}
		CHECK(strncmp(o.told, local_lines[i].want, strlen(local_lines[i].want)) == 0);
		if (local_lines[i].type)
			CHECK_TEXT(o.told, local_lines[i].want);
		server_lab_close(&o);
	}
}

/* Asked as type, answered with an address, a name or NXDOMAIN; the last line. */
static const struct { uint16_t type; const char *answer, *want; } reply_lines[] = {
	{ DNS_A, "9.9.9.9", "reply a.org is 9.9.9.9\n" },
	{ DNS_A, "c.org", "reply a.org is <CNAME>\nreply c.org is NODATA-IPv4\n" },
	{ DNS_CNAME, "c.org", "reply a.org is <CNAME>\n" },
	{ DNS_ANY, "9.9.9.9", "reply a.org is <A>\n" },
	{ DNS_A, NULL, "reply a.org is NXDOMAIN\n" },
};

TEST(a_reply_is_told_in_dnsmasqs_words)
{
	for (size_t i = 0; i < COUNT_OF(reply_lines); i++) {
		const struct lab_query q = { .name = "a.org", .id = 7, .type = reply_lines[i].type };
		struct server_lab o;
		struct dgram query;

		server_lab_open(&o, LINES);
		dns_set_tells(o.dns, DNS_TELLS_QUERIES);
		server_lab_ask(&o, &q);
		must(server_lab_sent(&o, true, &query));
		o.told[0] = 0;
		server_lab_answer(&o, &query, reply_lines[i].answer, 60);
		CHECK_TEXT(o.told, reply_lines[i].want);
		server_lab_close(&o);
	}
}

TEST(what_is_sent_on_is_told_with_the_client_that_asked)
{
	struct server_lab o;

	server_lab_open(&o, LINES);
	o.extra = true;
	dns_set_tells(o.dns, DNS_TELLS_QUERIES);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(o.told, "1 192.0.2.50/40000 query[A] a.org from 192.0.2.50\n"
			   "1 192.0.2.50/40000 forwarded a.org to 198.51.100.1\n");
	server_lab_close(&o);
}

/* ---- replies -------------------------------------------------------------------------------------- */

TEST(a_reply_that_does_not_parse_is_a_failure_and_counted)
{
	struct server_lab o;
	struct dgram query;
	uint8_t bytes[512];

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	memcpy(bytes, query.data.p, query.data.n);
	bytes[2] |= 0x80;
	bytes[7] = 1;				/* a record that is not there */
	(void)sim_deliver(o.loop, &(struct dgram){ .from = query.to, .to = query.from,
						    .ifindex = o.eth0,
						    .data = span_of(bytes, query.data.n) });
	CHECK_TEXT(server_lab_heard(&o), "7 SERVFAIL a.org");
	CHECK_EQ(o.counts.replies_malformed, 1);
	server_lab_close(&o);
}

TEST(a_reply_with_an_address_that_is_ignored_answers_nobody)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES "ignore-address=203.0.113.1\n");
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	server_lab_answer(&o, &query, "203.0.113.2", 300);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.2");
	server_lab_close(&o);
}

TEST(a_name_that_we_know_exists_though_upstream_says_no)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &(struct lab_query){ .name = "a.lan", .id = 7, .type = DNS_MX });
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, NULL, 60);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.lan");
	server_lab_close(&o);
}

TEST(what_was_asked_with_do_is_not_kept_for_others)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &(struct lab_query){ .name = "a.org", .id = 8, .dnssec_ok = true });
	must(server_lab_sent(&o, true, &query));
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	server_lab_ask(&o, &a_org);
	CHECK(server_lab_sent(&o, true, &query));
	server_lab_close(&o);
}

TEST(a_refusal_says_why)
{
	static const struct { const char *lines, *want; } all[] = {
		{ "no-resolv\nno-hosts\n", "7 REFUSED b.org opt=1232 ede=14" },
		{ "no-resolv\nno-hosts\nserver=192.0.2.1\n", "7 REFUSED b.org opt=1232 ede=14" },
		{ "no-resolv\nno-hosts\nserver=198.51.100.1\n", "7 REFUSED b.org opt=1232 ede=23" },
		{ LINES "dns-forward-max=0\n", "7 REFUSED b.org opt=1232" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct server_lab o;

		server_lab_open(&o, all[i].lines);
		if (i == 2)
			sim_fail_send(o.loop, 1, ST_SYSTEM);
		server_lab_ask(&o, &(struct lab_query){ .name = "b.org", .id = 7, .udp_size = 1232 });
		CHECK_TEXT(server_lab_heard(&o), all[i].want);
		server_lab_close(&o);
	}
}

/* ---- listeners and servers that change --------------------------------------------------------------- */

TEST(another_configuration_asks_its_own_servers)
{
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	server_lab_ask(&o, &a_org);
	must(server_lab_sent(&o, true, &query));
	server_lab_use(&o, "no-resolv\nno-hosts\nserver=198.51.100.9\n");
	server_lab_ask(&o, &(struct lab_query){ .name = "b.org", .id = 8 });
	must(server_lab_sent(&o, true, &query));
	CHECK_TEXT(addr_text(&query.to.addr).s, "198.51.100.9");
	server_lab_close(&o);
}

TEST(a_listener_of_which_half_cannot_be_had_is_none)
{
	const struct binding own = { .addr = addr_ip4(0xc0000201) };
	const struct stream_want taken = { .at = { own.addr, 5300 } };
	struct stream_listener other = { 0 };
	struct server_lab o;

	server_lab_open(&o, LINES);
	CHECK_EQ(stream_listen(o.loop, &other, &taken), ST_OK);
	CHECK_EQ(dns_listen(o.dns, &own, 5300, NULL), ST_TAKEN);
	stream_unlisten(&other);
	CHECK_EQ(dns_listen(o.dns, &own, 5300, NULL), ST_OK);
	server_lab_close(&o);
}

TEST(listeners_of_one_address_on_two_links_come_and_go_alone)
{
	struct binding on0 = { .device = "eth0" }, on1 = { .device = "eth1" };
	const struct lab_query q = { .name = "a.lan", .id = 7 };
	struct endpoint from = { .port = 40000 }, to = { .port = 53 };
	struct server_lab o;

	must(addr_parse("fe80::1", &on0.addr) && addr_parse("fe80::50", &from.addr));
	on1.addr = to.addr = on0.addr;
	server_lab_open(&o, LINES);
	sim_netif_addr(o.loop, o.eth0, "fe80::1/64");
	sim_netif_addr(o.loop, o.eth1, "fe80::1/64");
	dns_unlisten(o.dns, &(struct binding){ .addr.family = ADDR_IP6 });
	CHECK_EQ(dns_listen(o.dns, &on0, 53, NULL), ST_OK);
	CHECK_EQ(dns_listen(o.dns, &on1, 53, NULL), ST_OK);
	dns_unlisten(o.dns, &on0);
	server_lab_ask_from(&o, &q, &from, &to, o.eth1);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.lan 192.0.2.9");
	server_lab_close(&o);
}
