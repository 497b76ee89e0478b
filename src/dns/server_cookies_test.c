/* SPDX-License-Identifier: ISC */
/*
 * DNS cookies through the whole service: those of clients, and those for servers.
 */
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "dns/cookies.h"
#include "dns/edns_lab_test.h"
#include "test/test.h"

#define SECRET "dns-cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf\n"
#define LOCAL "no-resolv\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n"
#define CLIENT "2464c4abcf10c957"
#define ASKS "000a0008" CLIENT

/* The option of 24 bytes at the end of what was heard, as the client sends it next. */
static const char *cookie_in(const char *heard, char out[57])
{
	const char *at = strstr(heard, "000a0018");

	must(at && strlen(at) >= 56);
	memcpy(out, at, 56);
	out[56] = 0;
	return out;
}

/* Once the interfaces of the beginning have been told. */
static void open_lab(struct server_lab *o, const char *lines)
{
	server_lab_open(o, lines);
	sim_run_for(o->loop, 1);
}

TEST(who_sends_a_cookie_gets_ours_with_each_answer)
{
	struct server_lab o;
	char ours[57];
	struct dgram q;

	open_lab(&o, LOCAL SECRET "dns-cookies\n");
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	cookie_in(edns_lab_heard(&o), ours);
	CHECK(strncmp(ours, "000a0018" CLIENT "01000000", 32) == 0);
	edns_lab_ask(&o, 50, "a.lan", 0, ours);
	CHECK(strstr(edns_lab_heard(&o), ours));
	edns_lab_ask(&o, 50, "b.example", 0, ours);
	(void)edns_lab_asked(&o, &q);
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK(strstr(edns_lab_heard(&o), ours));
	edns_lab_ask(&o, 50, "b.example", 0, ours);
	CHECK(strstr(edns_lab_heard(&o), ours));		/* from the cache */
	edns_lab_ask(&o, 50, "a.lan", 0, "");
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 ");
	edns_lab_ask(&o, 50, "a.lan", 0, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(without_dns_cookies_a_clients_cookie_is_its_servers)
{
	struct server_lab o;
	struct dgram q;

	open_lab(&o, LOCAL);
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 ");
	edns_lab_ask(&o, 50, "b.example", 0, ASKS);
	CHECK_TEXT(edns_lab_asked(&o, &q), "1232 " ASKS);
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, "000a0010" CLIENT "1122334455667788");
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 000a0010" CLIENT "1122334455667788");
	server_lab_close(&o);
}

TEST(an_enforced_cookie_is_asked_for_with_badcookie)
{
	struct server_lab o;
	char ours[57];

	open_lab(&o, LOCAL SECRET "dns-cookies=enforce\n");
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	CHECK(strncmp(cookie_in(edns_lab_heard(&o), ours), "000a0018" CLIENT, 24) == 0);
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	CHECK(strncmp(edns_lab_heard(&o), "23 0 1232 ", 10) == 0);
	edns_lab_ask(&o, 50, "a.lan", 0, ours);
	CHECK(strncmp(edns_lab_heard(&o), "0 1 1232 ", 9) == 0);
	edns_lab_ask(&o, 51, "a.lan", 0, ours);		/* another address */
	CHECK(strncmp(edns_lab_heard(&o), "23 0 1232 ", 10) == 0);
	edns_lab_ask(&o, 50, "a.lan", 0, "");		/* one that knows no cookies */
	CHECK_TEXT(edns_lab_heard(&o), "0 1 1232 ");
	server_lab_close(&o);
}

TEST(a_cookie_is_renewed_after_half_an_hour_and_good_for_one)
{
	struct server_lab o;
	char first[57], second[57];

	open_lab(&o, LOCAL SECRET "dns-cookies=enforce\n");
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	cookie_in(edns_lab_heard(&o), first);
	sim_run_for(o.loop, INT64_C(1000) * (COOKIE_FRESH_S + 10));
	edns_lab_ask(&o, 50, "a.lan", 0, first);
	cookie_in(edns_lab_heard(&o), second);
	CHECK(strcmp(first, second) != 0);
	sim_run_for(o.loop, INT64_C(1000) * (COOKIE_LASTS_S - COOKIE_FRESH_S));
	edns_lab_ask(&o, 50, "a.lan", 0, first);
	CHECK(strncmp(edns_lab_heard(&o), "23 0 ", 5) == 0);
	edns_lab_ask(&o, 50, "a.lan", 0, second);
	CHECK(strncmp(edns_lab_heard(&o), "0 1 ", 4) == 0);
	server_lab_close(&o);
}

TEST(cookies_outlive_a_new_configuration_and_a_secret_that_is_replaced)
{
	static const char cookies[] = LOCAL "dns-cookies=enforce\n";
	static const char both[] = LOCAL "dns-cookies=enforce\n"
		"dns-cookie-secret=445536bcd2513298075a5d379663c962\n" SECRET;
	struct server_lab o;
	char ours[57];

	open_lab(&o, cookies);
	edns_lab_ask(&o, 50, "a.lan", 0, ASKS);
	cookie_in(edns_lab_heard(&o), ours);
	server_lab_use(&o, cookies);
	edns_lab_ask(&o, 50, "a.lan", 0, ours);
	CHECK(strncmp(edns_lab_heard(&o), "0 1 ", 4) == 0);
	server_lab_use(&o, LOCAL SECRET "dns-cookies=enforce\n");
	edns_lab_ask(&o, 50, "a.lan", 0, ours);
	cookie_in(edns_lab_heard(&o), ours);
	server_lab_use(&o, both);
	edns_lab_ask(&o, 50, "a.lan", 0, ours);
	CHECK(strncmp(edns_lab_heard(&o), "0 1 ", 4) == 0);
	server_lab_close(&o);
}

TEST(a_cookie_of_a_length_that_there_is_not_is_formerr)
{
	static const struct { const char *option, *heard; } all[] = {
		{ "000a0000", "1 0 1232 " }, { "000a000711223344556677", "1 0 1232 " },
		{ "000a0009112233445566778899", "1 0 1232 " },
		{ "000a000f112233445566778811223344556677", "1 0 1232 " },
	};
	struct server_lab o;

	open_lab(&o, LOCAL "dns-cookies\n");
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		edns_lab_ask(&o, 50, "a.lan", 0, all[i].option);
		CHECK_TEXT(edns_lab_heard(&o), all[i].heard);
	}
	server_lab_close(&o);
}

/* A message without a question. */
static void ask_nothing(struct server_lab *o, const char *options)
{
	const struct endpoint c = edns_lab_client(50);
	uint8_t bytes[DNS_UDP_MIN], body[DNS_UDP_MIN];
	struct dns_writer w;

	dns_write_start(&w, bytes, sizeof bytes, 9, DNS_RD);
	must(dns_write_opt(&w, &(struct dns_edns){
		.udp_size = 1232, .options = test_hex(options, body, sizeof body) }));
	(void)sim_deliver(o->loop, &(struct dgram){ .from = c, .to = edns_lab_here,
						    .ifindex = o->eth0,
						    .data = dns_write_end(&w, 0) });
}

TEST(a_cookie_without_a_question_is_answered_with_ours)
{
	static const struct { const char *lines, *option, *heard; } all[] = {
		{ LOCAL "dns-cookies\n", ASKS, "0 0 1232 000a0018" CLIENT },
		{ LOCAL "dns-cookies=enforce\n", ASKS, "23 0 1232 000a0018" CLIENT },
		{ LOCAL "dns-cookies\n", "", "1 0" }, { LOCAL "dns-cookies\n", "000a0000", "1 0" },
		{ LOCAL, ASKS, "1 0" },
	};
	struct server_lab o;

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const char *heard;

		open_lab(&o, all[i].lines);
		ask_nothing(&o, all[i].option);
		heard = edns_lab_heard(&o);
		if (strncmp(heard, all[i].heard, strlen(all[i].heard)) != 0)
			test_failed(__FILE__, (int)i, heard);
		server_lab_close(&o);
	}
}
