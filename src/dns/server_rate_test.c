/* SPDX-License-Identifier: ISC */
/* rate-limit in the whole service: whom it is for, and what they hear. */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define OWN "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9\n"

static const struct lab_query a_lan = { .name = "a.lan", .id = 7, .udp_size = 1232 };

static const char *ask_from(struct server_lab *o, const char *from)
{
	const struct endpoint to = { addr_ip4(0xc0000201), 53 };
	struct endpoint at = { .port = 40000 };

	must(addr_parse(from, &at.addr));
	server_lab_ask_from(o, &a_lan, &at, &to, o->eth0);
	return server_lab_heard(o);
}

TEST(a_stranger_who_asks_too_much_is_left_out_and_every_other_time_cut)
{
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=2\n");
	for (int i = 0; i < 4; i++)		/* the burst: two seconds' worth */
		CHECK_TEXT(ask_from(&o, "203.0.113.7"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	CHECK_TEXT(ask_from(&o, "203.0.113.7"), "nothing");
	CHECK_TEXT(ask_from(&o, "203.0.113.8"), "7 NOERROR tc a.lan opt=1232");
	CHECK_TEXT(ask_from(&o, "203.0.114.7"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	CHECK_EQ(o.counts.rate_left_out, 1);
	CHECK_EQ(o.counts.rate_cut, 1);
	CHECK_EQ(o.counts.queries, 5);
	CHECK_TEXT(o.told, "rate-limit: questions from 203.0.113.0/24 are left out\n");
	sim_run_for(o.loop, 1000);
	CHECK_TEXT(ask_from(&o, "203.0.113.7"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	server_lab_close(&o);
}

TEST(whoever_is_on_a_network_of_this_machine_is_not_limited)
{
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=1,burst:1\n");
	for (int i = 0; i < 50; i++)
		CHECK_TEXT(ask_from(&o, "192.0.2.50"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	server_lab_use(&o, OWN "rate-limit=1,burst:1,near\n");
	CHECK_TEXT(ask_from(&o, "192.0.2.50"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	CHECK_TEXT(ask_from(&o, "192.0.2.50"), "nothing");
	server_lab_use(&o, OWN);
	CHECK_TEXT(ask_from(&o, "192.0.2.50"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	server_lab_close(&o);
}

/* The answer to a stranger's question with this COOKIE option, in words; *cookie is what came back. */
static const char *ask_with(struct server_lab *o, struct span option, uint8_t cookie[28])
{
	const struct endpoint from = { addr_ip4(0xcb007107), 40000 }, to = { addr_ip4(0xc0000201), 53 };
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_edns e;
	struct dgram d;

	must(dname_parse("a.lan", &q.name));
	dns_write_start(&w, bytes, sizeof bytes, 7, DNS_RD);
	dns_write_question(&w, &q);
	must(dns_write_opt(&w, &(struct dns_edns){ .udp_size = 1232, .options = option }));
	(void)sim_deliver(o->loop, &(struct dgram){ .from = from, .to = to, .ifindex = o->eth0,
						    .data = dns_write_end(&w, DNS_NOERROR) });
	if (!server_lab_sent(o, false, &d))
		return "nothing";
	if (cookie && dns_query_edns(d.data, &e) && e.options.n >= 28)
		memcpy(cookie, e.options.p, 28);
	return d.data.p[2] & DNS_TC >> 8 ? "cut" : "answered";
}

TEST(a_client_with_a_cookie_of_ours_is_not_limited_and_takes_nothing_from_its_neighbours)
{
	uint8_t ours[28] = { 0 }, wrong[28];
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=1,burst:2,slip:0\ndns-cookies\n");
	CHECK_TEXT(ask_with(&o, HEX("000a 0008 0102030405060708"), ours), "answered");
	for (int i = 0; i < 20; i++)
		CHECK_TEXT(ask_with(&o, SPAN(ours), NULL), "answered");
	CHECK_TEXT(ask_from(&o, "203.0.113.9"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	CHECK_TEXT(ask_from(&o, "203.0.113.9"), "nothing");
	memcpy(wrong, ours, sizeof wrong);
	wrong[27] ^= 1;				/* a client's own cookie, and a guess */
	CHECK_TEXT(ask_with(&o, SPAN(wrong), NULL), "nothing");
	CHECK_TEXT(ask_with(&o, HEX("000a 0008 0102030405060708"), NULL), "nothing");
	CHECK_TEXT(ask_with(&o, SPAN(ours), NULL), "answered");
	sim_run_for(o.loop, 3601000);		/* it is too old */
	memcpy(wrong, ours, sizeof wrong);
	for (int i = 0; i < 2; i++)
		CHECK_TEXT(ask_with(&o, SPAN(wrong), ours), "answered");
	CHECK_TEXT(ask_with(&o, SPAN(wrong), NULL), "nothing");
	CHECK_TEXT(ask_with(&o, SPAN(ours), NULL), "answered");
	server_lab_use(&o, OWN "rate-limit=1,burst:2,slip:0\n");
	CHECK_TEXT(ask_with(&o, SPAN(ours), NULL), "nothing");
	server_lab_close(&o);
}

TEST(slip_0_cuts_nobody_and_prefixes_are_as_given)
{
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=1,burst:1,slip:0,ip4:32\n");
	CHECK_TEXT(ask_from(&o, "203.0.113.7"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	CHECK_TEXT(ask_from(&o, "203.0.113.8"), "7 NOERROR aa a.lan 192.0.2.9 opt=1232");
	for (int i = 0; i < 10; i++)
		CHECK_TEXT(ask_from(&o, "203.0.113.8"), "nothing");
	server_lab_close(&o);
}

TEST(bytes_that_are_no_question_count_and_get_no_answer_when_too_many)
{
	const struct endpoint from = { addr_ip4(0xcb007107), 40000 }, to = { addr_ip4(0xc0000201), 53 };
	struct server_lab o;

	server_lab_open(&o, OWN "rate-limit=1,burst:1,slip:1\n");
	for (int i = 0; i < 5; i++) {
		(void)sim_deliver(o.loop, &(struct dgram){ .from = from, .to = to, .ifindex = o.eth0,
							   .data = HEX("0007 0100 0000 0000 0000 0000") });
		CHECK_TEXT(server_lab_heard(&o), i == 0 ? "7 FORMERR" : "nothing");
	}
	CHECK_EQ(o.counts.rate_cut, 4);
	server_lab_close(&o);
}
