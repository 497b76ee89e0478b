/* SPDX-License-Identifier: ISC */
/* DNS cookies for servers, by UDP and by TCP, through the whole service. */
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "dns/cookies.h"
#include "dns/edns_lab_test.h"
#include "test/test.h"

#define LOCAL "no-resolv\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n"
#define CLIENT "2464c4abcf10c957"
#define ASKS "000a0008" CLIENT

/* Once the interfaces of the beginning have been told. */
static void open_lab(struct server_lab *o, const char *lines)
{
	server_lab_open(o, lines);
	sim_run_for(o->loop, 1);
}

#define THEIRS "1122334455667788"

static const char *sent_cookie(struct server_lab *o, struct dgram *q, char out[25])
{
	const char *asked = edns_lab_asked(o, q);
	const char *at = strstr(asked, "000a0008");

	must(at || (at = strstr(asked, "000a0010")));
	memcpy(out, at, 24);
	out[24] = 0;
	return asked;
}

/* The server's option: our part of it as it was sent, and a cookie of its own. */
static const char *returned(const char sent[25], const char *server)
{
	static char option[200];

	snprintf(option, sizeof option, "000a%04zx%s%s", 8 + strlen(server) / 2, sent + 8, server);
	return option;
}

TEST(a_server_gets_a_cookie_of_ours_and_its_own_back)
{
	struct server_lab o;
	char first[25], second[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	edns_lab_ask(&o, 50, "b.example", 0, ASKS);
	CHECK(strncmp(sent_cookie(&o, &q, first), "1232 000a0008", 13) == 0);
	CHECK(strncmp(first + 8, CLIENT, 16) != 0);		/* not the client's */
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, returned(first, THEIRS));
	CHECK(!strstr(edns_lab_heard(&o), THEIRS));		/* nor is it for the client */
	edns_lab_ask(&o, 51, "c.example", 0, NULL);
	CHECK(strstr(sent_cookie(&o, &q, second), THEIRS));
	CHECK_BYTES(span_text(second + 8), span_text(first + 8));
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, returned(second, THEIRS));
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(servers_do_not_see_the_same_cookie)
{
	struct server_lab o;
	char first[25], second[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\nall-servers\nserver=198.51.100.2\n");
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	(void)sent_cookie(&o, &q, first);
	(void)sent_cookie(&o, &q, second);
	CHECK(strcmp(first, second) != 0);
	server_lab_close(&o);
}

TEST(a_server_that_knows_no_cookies_is_believed)
{
	struct server_lab o;
	char sent[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	for (unsigned i = 0; i < 2; i++) {
		edns_lab_ask(&o, 50, i ? "c.example" : "b.example", 0, NULL);
		(void)sent_cookie(&o, &q, sent);
		edns_lab_reply(&o, &q, 0, DNS_NOERROR, i ? NULL : "");
		CHECK_TEXT(edns_lab_heard(&o), "0 1");
	}
	server_lab_close(&o);
}

TEST(a_reply_without_the_cookie_of_a_server_that_knows_them_is_not_believed)
{
	static const char *const lies[] = { NULL, "", "000a00080102030405060708" };
	struct server_lab o;
	char sent[25];
	struct dgram q;

	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		open_lab(&o, LOCAL "dns-cookies\n");
		edns_lab_ask(&o, 50, "b.example", 0, NULL);
		(void)sent_cookie(&o, &q, sent);
		edns_lab_reply(&o, &q, 0, DNS_NOERROR, returned(sent, THEIRS));
		CHECK_TEXT(edns_lab_heard(&o), "0 1");
		edns_lab_ask(&o, 50, "c.example", 0, NULL);
		(void)sent_cookie(&o, &q, sent);
		edns_lab_reply(&o, &q, 0, DNS_NOERROR, lies[i]);
		CHECK_TEXT(edns_lab_heard(&o), "nothing");
		CHECK_EQ(o.counts.replies_unexpected, 1);
		edns_lab_reply(&o, &q, 0, DNS_NOERROR, returned(sent, THEIRS));
		CHECK_TEXT(edns_lab_heard(&o), "0 1");
		server_lab_close(&o);
	}
}

TEST(badcookie_is_asked_again_once_with_what_it_told_and_then_by_tcp)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	const char *asked;
	char sent[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	(void)sent_cookie(&o, &q, sent);
	edns_lab_reply(&o, &q, 0, DNS_BADCOOKIE, returned(sent, THEIRS));
	CHECK(strstr(sent_cookie(&o, &q, sent), THEIRS));
	edns_lab_reply(&o, &q, 0, DNS_BADCOOKIE, returned(sent, "aabbccddeeff0011"));
	CHECK_TEXT(edns_lab_asked(&o, &q), "nothing");		/* by TCP now */
	asked = edns_lab_asked_by_tcp(&o, &p, &q);
	CHECK(strncmp(asked, "1232 000a0010", 13) == 0 && strstr(asked, "aabbccddeeff0011"));
	edns_lab_reply_by_tcp(&o, p, &q, DNS_NOERROR, returned(sent, THEIRS));
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(a_server_that_cannot_bear_edns_is_asked_without_it)
{
	struct server_lab o;
	char sent[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	(void)sent_cookie(&o, &q, sent);
	edns_lab_reply(&o, &q, 0, DNS_FORMERR, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	edns_lab_ask(&o, 50, "c.example", 0, NULL);
	CHECK_TEXT(edns_lab_asked(&o, &q), "plain");
	server_lab_close(&o);
}

TEST(another_address_of_this_machine_has_another_cookie)
{
	struct server_lab o;
	char first[25], second[25];
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	edns_lab_ask(&o, 50, "b.example", 0, NULL);
	(void)sent_cookie(&o, &q, first);
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, returned(first, THEIRS));
	(void)edns_lab_heard(&o);
	sim_netif_addr(o.loop, o.eth0, "192.0.2.77/24");
	sim_run_for(o.loop, 1);
	edns_lab_ask(&o, 50, "c.example", 0, NULL);
	CHECK(!strstr(sent_cookie(&o, &q, second), THEIRS));
	CHECK(strcmp(first, second) != 0);
	server_lab_close(&o);
}

/* ---- by TCP ------------------------------------------------------------------------------ */

/* Truncated by UDP, without cookies; what goes by TCP then. */
static const char *asked_by_tcp(struct server_lab *o, const char *name, struct sim_peer **p,
				struct dgram *q)
{
	edns_lab_ask(o, 50, name, 0, NULL);
	(void)edns_lab_asked(o, q);
	edns_lab_reply(o, q, DNS_TC, DNS_NOERROR, NULL);
	return edns_lab_asked_by_tcp(o, p, q);
}

/* What it sent of "SIZE 000a…". */
static void cookie_of(const char *asked, char out[25])
{
	must(strlen(asked) >= 5 + 24);
	memcpy(out, asked + 5, 24);
	out[24] = 0;
}

TEST(a_server_gets_its_cookie_by_tcp_too_and_what_it_tells_there_counts)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	struct dgram q;
	char sent[25];

	open_lab(&o, LOCAL "dns-cookies\n");
	cookie_of(asked_by_tcp(&o, "b.example", &p, &q), sent);
	CHECK(strncmp(sent, "000a0008", 8) == 0);
	edns_lab_reply_by_tcp(&o, p, &q, DNS_NOERROR, returned(sent, THEIRS));
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	edns_lab_ask(&o, 50, "c.example", 0, NULL);
	CHECK(strstr(edns_lab_asked(&o, &q), THEIRS));
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);	/* it knows them now: not believed */
	CHECK_TEXT(edns_lab_heard(&o), "nothing");
	CHECK(strstr(edns_lab_asked_by_tcp(&o, &p, &q), THEIRS));
	edns_lab_reply_by_tcp(&o, p, &q, DNS_NOERROR, NULL);	/* but by TCP, where it has given them up */
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	edns_lab_ask(&o, 50, "d.example", 0, NULL);
	CHECK(!strstr(edns_lab_asked(&o, &q), THEIRS));
	edns_lab_reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(badcookie_by_tcp_is_asked_again_once)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	const char *asked;
	struct dgram q;
	char sent[25];

	open_lab(&o, LOCAL "dns-cookies\n");
	cookie_of(asked_by_tcp(&o, "b.example", &p, &q), sent);
	edns_lab_reply_by_tcp(&o, p, &q, DNS_BADCOOKIE, returned(sent, THEIRS));
	asked = edns_lab_asked_by_tcp(&o, &p, &q);
	CHECK(strstr(asked, THEIRS));
	edns_lab_reply_by_tcp(&o, p, &q, DNS_BADCOOKIE, returned(sent, "aabbccddeeff0011"));
	CHECK_TEXT(edns_lab_asked_by_tcp(&o, &p, &q), "nothing");
	CHECK_TEXT(edns_lab_heard(&o), "0 0");		/* the truncated one is all that there is */
	server_lab_close(&o);
}

TEST(a_reply_by_tcp_with_a_cookie_that_is_not_ours_is_none)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	(void)asked_by_tcp(&o, "b.example", &p, &q);
	edns_lab_reply_by_tcp(&o, p, &q, DNS_NOERROR, "000a0010" "0102030405060708" THEIRS);
	CHECK_TEXT(edns_lab_heard(&o), "0 0");
	CHECK_EQ(o.counts.replies_unexpected, 1);
	server_lab_close(&o);
}

TEST(a_server_that_cannot_bear_edns_by_tcp_is_asked_there_without_it)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	struct dgram q;

	open_lab(&o, LOCAL "dns-cookies\n");
	(void)asked_by_tcp(&o, "b.example", &p, &q);
	edns_lab_reply_by_tcp(&o, p, &q, DNS_FORMERR, NULL);
	CHECK_TEXT(edns_lab_asked_by_tcp(&o, &p, &q), "plain");
	edns_lab_reply_by_tcp(&o, p, &q, DNS_NOERROR, NULL);
	CHECK_TEXT(edns_lab_heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(without_dns_cookies_no_cookie_goes_by_tcp)
{
	struct sim_peer *p = NULL;
	struct server_lab o;
	struct dgram q;

	open_lab(&o, LOCAL);
	CHECK_TEXT(asked_by_tcp(&o, "b.example", &p, &q), "plain");
	server_lab_close(&o);
}
