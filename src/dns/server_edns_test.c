/* SPDX-License-Identifier: ISC */
/*
 * EDNS through the whole service: what of it goes upstream and comes back, and which answers
 * are kept for whom.
 */
#include "base/must.h"
#include "dns/edns_lab_test.h"
#include "dns/server_private.h"
#include "net/neighbours.h"
#include "test/test.h"

TEST(what_depends_on_who_asks_is_neither_kept_nor_given_from_what_is_kept)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nadd-subnet=32,2001:db8::/32\n");
	edns_lab_ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "512 0008000800012000c0000232");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	edns_lab_ask(&o, 51, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "512 0008000800012000c0000233");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	CHECK_EQ(o.counts.cache_insertions, 0);
	server_lab_close(&o);
}

TEST(the_hardware_address_of_who_asks_is_read_from_the_table_of_neighbours)
{
	struct neighbours *n = neighbours_new();
	struct hwaddr hw = { 1, 6, { 2, 0, 0, 0, 0, 0x50 } };
	const struct endpoint client = edns_lab_client(50);
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nadd-mac\n");
	o.dns->want.neighbours = n;
	neighbours_set(n, o.eth0, &client.addr, &hw);
	edns_lab_ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "512 fde90006020000000050");
	hw.bytes[5] = 0x51;
	neighbours_set(n, o.eth0, &client.addr, &hw);
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "512 fde90006020000000051");
	edns_lab_ask(&o, 51, "c.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	server_lab_close(&o);
	neighbours_free(n);
}

TEST(a_subnet_that_a_client_told_itself_shapes_its_own_answer_alone)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\n");
	edns_lab_ask(&o, 50, "a.example", 0, "00080007000118000a4d00");
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 00080007000118000a4d00");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 ");
	edns_lab_ask(&o, 51, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	edns_lab_ask(&o, 50, "a.example", 0, "00080007000118000a4d00");
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 00080007000118000a4d00");
	server_lab_close(&o);
}

TEST(a_reply_for_another_subnet_is_passed_over_and_told)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nadd-subnet=24\n");
	edns_lab_ask(&o, 50, "a.example", 0, "");
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 0008000700011800c00002");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, "0008000700011818c00003");
	CHECK_TEXT(edns_lab_heard(&o), "nothing");
	CHECK(strstr(o.told, "discarding DNS reply: subnet option mismatch"));
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, "0008000700011818c00002");
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 0008000700011818c00002");
	server_lab_close(&o);
}

TEST(options_of_a_server_go_on_to_who_asked_with_edns_and_not_from_the_cache)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\n");
	edns_lab_ask(&o, 50, "a.example", 0, "00030000");
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 00030000");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, "000300026e73000f00020003");
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 000300026e73000f00020003");
	edns_lab_ask(&o, 51, "a.example", 0, "00030000");
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 ");
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, "000300026e73");
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(a_code_that_needs_edns_is_servfail_to_who_has_none_and_is_not_kept)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nneg-ttl=60\n");
	edns_lab_ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_reply(&o, &q, 0, DNS_BADVERS, "");
	CHECK_TEXT(edns_lab_heard(&o), "2 0");
	edns_lab_ask(&o, 51, "a.example", 0, "");
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 ");
	edns_lab_reply(&o, &q, 0, DNS_BADVERS, "");
	CHECK_TEXT(edns_lab_heard(&o), "16 0 1232 ");
	server_lab_close(&o);
}

TEST(a_version_that_nobody_has_is_answered_badvers)
{
	struct server_lab o;
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_question question = { .type = DNS_A, .class = DNS_IN };
	const struct endpoint c = edns_lab_client(50);
	struct dns_writer w;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n");
	must(dname_parse("a.lan", &question.name));
	for (unsigned version = 0; version < 256; version += 85) {
		dns_write_start(&w, bytes, sizeof bytes, 9, DNS_RD);
		dns_write_question(&w, &question);
		must(dns_write_opt(&w, &(struct dns_edns){ .version = (uint8_t)version,
							   .udp_size = 1232 }));
		(void)sim_deliver(o.loop, &(struct dgram){ .from = c, .to = edns_lab_here,
							   .ifindex = o.eth0,
							   .data = dns_write_end(&w, 0) });
		CHECK_TEXT(edns_lab_heard(&o), version ? "16 0 1232 " : "0 1 1232 ");
	}
	server_lab_close(&o);
}

TEST(ad_goes_on_with_proxy_dnssec_alone_and_is_kept)
{
	static const struct { const char *lines, *first, *kept; } table[] = {
		{ "", "0 1", "0 1" }, { "proxy-dnssec\n", "0 ad 1", "0 ad 1" },
		{ "proxy-dnssec\nalias=203.0.113.9,192.0.2.7\n", "0 1", "0 1" },
	};
	char lines[200];
	struct server_lab o;
	struct dgram q;

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		snprintf(lines, sizeof lines, "no-resolv\nserver=198.51.100.1\n%s", table[i].lines);
		server_lab_open(&o, lines);
		edns_lab_ask(&o, 50, "a.example", DNS_AD, NULL);
		CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
		edns_lab_reply(&o, &q, DNS_AD, DNS_NOERROR, NULL);
		CHECK_TEXT(edns_lab_heard(&o), table[i].first);
		edns_lab_ask(&o, 51, "a.example", DNS_AD, NULL);
		CHECK_TEXT(edns_lab_heard(&o), table[i].kept);
		server_lab_close(&o);
	}
}

TEST(who_asks_for_ad_is_not_given_what_was_asked_without_it)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nproxy-dnssec\n");
	edns_lab_ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_ask(&o, 51, "a.example", DNS_AD, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_reply(&o, &q, DNS_AD, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 ad 1");
	server_lab_close(&o);
}
