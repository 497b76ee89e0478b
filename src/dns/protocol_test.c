/* SPDX-License-Identifier: ISC */
/* What the RFCs ask of whoever asks others, in virtual time; what needs a network is in tests/net. */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nserver=198.51.100.1\n"

static const struct lab_query a_org = { .name = "a.org", .id = 7 };

/* How many questions went out for so many that came in, 10 s apart, answered with this TTL. */
static unsigned asked_with(uint32_t ttl_s)
{
	struct server_lab o;
	struct dgram query;
	unsigned n = 0;

	server_lab_open(&o, LINES);
	for (int i = 0; i < 3; i++) {
		server_lab_ask(&o, &a_org);
		if (server_lab_sent(&o, true, &query)) {
			server_lab_answer(&o, &query, "203.0.113.1", ttl_s);
			n++;
		}
		sim_run_for(o.loop, 10000);
	}
	server_lab_close(&o);
	return n;
}

TEST(a_time_to_live_with_its_top_bit_set_is_0)
{
	CHECK_EQ(asked_with(0x7fffffff), 1);
	CHECK_EQ(asked_with(0x80000000), 3);		/* RFC 2181 8 */
	CHECK_EQ(asked_with(0xffffffff), 3);
	CHECK_EQ(asked_with(0), 3);
	CHECK_EQ(asked_with(15), 2);
}

/* Replies that are not to the question that was asked, each with what makes it so. */
static const struct {
	const char *what, *name;
	uint16_t type, class, flags;
	int id;				/* added */
	const char *from;
	uint16_t port;
} lies[] = {
	{ "another ID", "a.org", DNS_A, DNS_IN, DNS_QR, 1, "198.51.100.1", 53 },
	{ "another address", "a.org", DNS_A, DNS_IN, DNS_QR, 0, "198.51.100.2", 53 },
	{ "another port", "a.org", DNS_A, DNS_IN, DNS_QR, 0, "198.51.100.1", 54 },
	{ "another name", "b.org", DNS_A, DNS_IN, DNS_QR, 0, "198.51.100.1", 53 },
	{ "another type", "a.org", DNS_AAAA, DNS_IN, DNS_QR, 0, "198.51.100.1", 53 },
	{ "another class", "a.org", DNS_A, DNS_CHAOS, DNS_QR, 0, "198.51.100.1", 53 },
	{ "no reply", "a.org", DNS_A, DNS_IN, 0, 0, "198.51.100.1", 53 },
	{ "another opcode", "a.org", DNS_A, DNS_IN, DNS_QR | 2 << 11, 0, "198.51.100.1", 53 },
};

static void lie(struct server_lab *o, const struct dgram *query, size_t which)
{
	struct dns_question q = { .type = lies[which].type, .class = lies[which].class };
	struct endpoint from = { .port = lies[which].port };
	const struct addr bad = addr_ip4(0xcb007142);
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_header h;
	struct dns_writer w;

	must(dns_header_read(query->data, &h) && dname_parse(lies[which].name, &q.name) &&
	     addr_parse(lies[which].from, &from.addr));
	dns_write_start(&w, bytes, sizeof bytes, (uint16_t)(h.id + lies[which].id),
			lies[which].flags | DNS_RD | DNS_RA);
	dns_write_question(&w, &q);
	dns_write_addr(&w, DNS_ANSWER, dname_span(&q.name), &bad, 300);
	(void)sim_deliver(o->loop, &(struct dgram){ .from = from, .to = query->from,
						    .ifindex = o->eth0,
						    .data = dns_write_end(&w, DNS_NOERROR) });
	sim_run_for(o->loop, 1);
}

TEST(a_reply_counts_only_if_all_of_it_is_that_of_the_question)
{
	for (size_t i = 0; i < COUNT_OF(lies); i++) {
		struct server_lab o;
		struct dgram query;

		server_lab_open(&o, LINES);
		server_lab_ask(&o, &a_org);
		must(server_lab_sent(&o, true, &query));
		lie(&o, &query, i);
		if (strcmp(server_lab_heard(&o), "nothing") != 0)
			test_failed(lies[i].what, (int)i, "was believed");
		CHECK_EQ(o.counts.replies_unexpected, 1);
		server_lab_answer(&o, &query, "203.0.113.1", 300);
		CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
		server_lab_close(&o);
	}
}

TEST(the_same_question_of_many_is_one_question_outside)
{
	const struct endpoint to = { addr_ip4(0xc0000201), 53 };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	for (uint16_t i = 0; i < 40; i++) {
		const struct endpoint from = { addr_ip4(0xc0000232), (uint16_t)(2000 + i) };
		const struct lab_query q = { .name = "a.org", .id = i };

		server_lab_ask_from(&o, &q, &from, &to, o.eth0);
	}
	must(server_lab_sent(&o, true, &query));
	CHECK(!server_lab_sent(&o, true, &(struct dgram){ 0 }));
	CHECK_EQ(o.counts.forwarded, 1);
	server_lab_answer(&o, &query, "203.0.113.1", 300);
	for (int i = 0; i < 40; i++)
		CHECK(strcmp(server_lab_heard(&o), "nothing") != 0);
	server_lab_close(&o);
}

TEST(questions_leave_with_ids_and_ports_that_nobody_can_guess)
{
	struct server_lab o;
	struct dgram query;
	uint32_t ports = 0, ids = 0;
	uint16_t last_port = 0, last_id = 0;

	server_lab_open(&o, LINES);
	for (int i = 0; i < 100; i++) {
		char name[20];
		const struct lab_query q = { .name = name, .id = 7 };
		struct dns_header h;

		snprintf(name, sizeof name, "n%d.org", i);
		server_lab_ask(&o, &q);
		must(server_lab_sent(&o, true, &query) && dns_header_read(query.data, &h));
		ports += query.from.port != last_port;
		ids += h.id != last_id && h.id != (uint16_t)(last_id + 1) && h.id != 7;
		last_port = query.from.port;
		last_id = h.id;
		server_lab_answer(&o, &query, "203.0.113.1", 300);
	}
	CHECK(ports > 90);
	CHECK(ids > 95);
	server_lab_close(&o);
}

TEST(what_is_no_question_gets_formerr_unless_no_formerr_says_nothing)
{
	static const char *const lines[] = { LINES, LINES "no-formerr\n" };
	const struct endpoint from = { addr_ip4(0xc0000232), 40000 }, to = { addr_ip4(0xc0000201), 53 };

	for (int silent = 0; silent < 2; silent++) {
		const struct span no_question = HEX("0007 0100 0000 0000 0000 0000");
		const struct span other_opcode = HEX("0007 1100 0000 0000 0000 0000");
		struct server_lab o;

		server_lab_open(&o, lines[silent]);
		(void)sim_deliver(o.loop, &(struct dgram){ .from = from, .to = to, .ifindex = o.eth0,
							   .data = no_question });
		CHECK_TEXT(server_lab_heard(&o), silent ? "nothing" : "7 FORMERR");
		(void)sim_deliver(o.loop, &(struct dgram){ .from = from, .to = to, .ifindex = o.eth0,
							   .data = other_opcode });
		CHECK_TEXT(server_lab_heard(&o), "7 NOTIMP opcode=2");
		CHECK_EQ(o.counts.malformed, 2);
		server_lab_close(&o);
	}
}
