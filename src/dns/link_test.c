/* SPDX-License-Identifier: ISC */
/* Questions over TCP, on a whole name service in the simulation. */
#include <stdio.h>

#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

static struct sim_peer *dial(struct server_lab *o)
{
	const struct endpoint here = { addr_ip4(0xc0000201), 53 }, there = { addr_ip4(0xc0000232), 40000 };

	return sim_peer_connect(o->loop, &here, &there, o->eth0);
}

/* A question for an A record, with its length before it. */
static struct span question(const char *name, uint16_t id, uint8_t buffer[300])
{
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };
	struct dns_writer w;
	struct span s;

	must(dname_parse(name, &q.name));
	dns_write_start(&w, buffer + 2, 298, id, DNS_RD);
	dns_write_question(&w, &q);
	s = dns_write_end(&w, 0);
	put_uint(buffer, 2, s.n);
	return span_of(buffer, s.n + 2);
}

/* The IDs of the whole messages in what was sent, as text: "1 2". */
static void check_ids(struct sim_peer *p, const char *want)
{
	struct span s = sim_peer_sent(p);
	struct reader r = reader_of(s);
	char ids[200];
	int n = 0;

	ids[0] = 0;
	while (reader_left(&r) > 2) {
		struct reader m = reader_sub(&r, reader_u16(&r));

		n += snprintf(ids + n, sizeof ids - (size_t)n, "%s%u", n ? " " : "", reader_u16(&m));
	}
	CHECK(reader_ok(&r) && reader_left(&r) == 0);
	CHECK_TEXT(ids, want);
}

static const char records[] = "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9\n";

TEST(questions_over_tcp_may_come_in_pieces_and_many_at_once)
{
	uint8_t one[300], two[300], both[600];
	struct server_lab o;
	struct sim_peer *p;
	struct span a, b;

	server_lab_open(&o, records);
	p = dial(&o);
	CHECK(p != NULL);
	a = question("a.lan", 1, one);
	b = question("a.lan", 2, two);
	for (size_t i = 0; i < a.n; i++)
		CHECK(sim_peer_send(p, span_of(a.p + i, 1)));
	sim_run_for(o.loop, 10);
	check_ids(p, "1");
	memcpy(both, a.p, a.n);
	memcpy(both + a.n, b.p, b.n);
	CHECK(sim_peer_send(p, span_of(both, a.n + b.n)));
	sim_run_for(o.loop, 10);
	check_ids(p, "1 2");
	server_lab_close(&o);
}

/* The server says that there is nothing. */
static void answer_nothing(struct sim_peer *upstream, struct span framed)
{
	uint8_t bytes[300];

	must(framed.n > 4 && framed.n <= sizeof bytes);
	memcpy(bytes, framed.p, framed.n);
	bytes[4] |= DNS_QR >> 8;
	CHECK(sim_peer_send(upstream, span_of(bytes, framed.n)));
}

TEST(answers_over_tcp_come_as_they_are_known)
{
	uint8_t buffer[300], copy[300];
	struct sim_peer *p, *upstream;
	struct endpoint to, from;
	struct server_lab o;
	struct span two;
	size_t first;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n");
	p = dial(&o);
	CHECK(sim_peer_send(p, question("a.org", 1, buffer)));
	CHECK(sim_peer_send(p, question("b.org", 2, buffer)));
	CHECK(sim_peer_send(p, question("a.lan", 3, buffer)));
	sim_run_for(o.loop, 10);
	check_ids(p, "3");
	upstream = sim_peer_next(o.loop, &to, &from);
	must(upstream != NULL);
	sim_peer_answer(upstream, ST_OK);
	sim_run_for(o.loop, 10);
	two = sim_peer_sent(upstream);
	must(two.n <= sizeof copy);
	memcpy(copy, two.p, two.n);
	first = 2 + ((size_t)copy[0] << 8 | copy[1]);
	answer_nothing(upstream, span_of(copy + first, two.n - first));
	sim_run_for(o.loop, 10);
	check_ids(p, "2");
	answer_nothing(upstream, span_of(copy, first));
	sim_run_for(o.loop, 10);
	check_ids(p, "1");
	server_lab_close(&o);
}

TEST(a_connection_that_says_nothing_is_closed_after_a_while)
{
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, records);
	p = dial(&o);
	sim_run_for(o.loop, 149000);
	CHECK(sim_peer_is_open(p));
	sim_run_for(o.loop, 2000);
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
}

TEST(no_more_connections_are_taken_than_max_tcp_connections)
{
	struct server_lab o;
	struct sim_peer *first, *second;

	server_lab_open(&o, "no-resolv\nno-hosts\nmax-tcp-connections=2\n");
	first = dial(&o);
	second = dial(&o);
	CHECK(first && second && sim_peer_is_open(first) && sim_peer_is_open(second));
	CHECK(dial(&o) == NULL);
	CHECK_EQ(o.counts.tcp_refused, 1);
	sim_peer_reset(first);
	sim_run_for(o.loop, 10);
	CHECK(dial(&o) != NULL);
	server_lab_close(&o);
}

TEST(after_a_hundred_questions_a_connection_is_closed)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;
	struct span q;

	server_lab_open(&o, records);
	p = dial(&o);
	q = question("a.lan", 1, buffer);
	for (int i = 0; i < 100; i++)
		CHECK(sim_peer_send(p, q));
	sim_run_for(o.loop, 10);
	CHECK(sim_peer_is_open(p));
	sim_peer_send(p, q);
	sim_run_for(o.loop, 10);
	CHECK(!sim_peer_is_open(p));
	server_lab_close(&o);
}

TEST(the_hundred_questions_are_answered_before_the_end_though_more_came_with_them)
{
	static uint8_t many[102 * 300];
	uint8_t buffer[300];
	struct writer w = writer_of(many, sizeof many);
	struct server_lab o;
	struct sim_peer *p;
	struct reader r;
	unsigned answers = 0;

	server_lab_open(&o, records);
	p = dial(&o);
	for (int i = 0; i < 102; i++)
		writer_span(&w, question("a.lan", 1, buffer));
	CHECK(sim_peer_send(p, writer_done(&w)));
	sim_run_for(o.loop, 10);
	r = reader_of(sim_peer_sent(p));
	for (; reader_left(&r) > 0 && reader_ok(&r); answers++)
		reader_take(&r, reader_u16(&r));
	CHECK_EQ(answers, 100);
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
}

/* The answer to a query of n bytes: its question, and one TXT record so long that it has `size`. */
static struct span long_answer(struct span query, uint8_t *buffer, size_t size)
{
	static uint8_t text[DNS_MESSAGE_MAX];
	struct dns_question q;
	struct dns_writer d;
	struct dns_walk w;
	size_t head = 12;			/* a pointer, type, class, TTL, length */

	must(dns_walk_start(&w, query, &q));
	dns_write_start(&d, buffer, size, w.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&d, &q);
	must(dns_write_rr(&d, DNS_ANSWER, dname_span(&q.name), DNS_TXT, DNS_IN, 60,
			  span_of(text, writer_left(&d.w) - head)));
	return dns_write_end(&d, DNS_NOERROR);
}

TEST(the_longest_answers_from_upstream_reach_the_client_or_are_cut)
{
	static uint8_t reply[2 + DNS_MESSAGE_MAX];
	uint8_t buffer[300];

	for (size_t size = DNS_MESSAGE_MAX - 40; size <= DNS_MESSAGE_MAX; size++) {
		struct server_lab o;
		struct sim_peer *p, *upstream;
		struct endpoint to, from;
		struct span got;

		server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
		p = dial(&o);
		CHECK(sim_peer_send(p, question("a.org", 7, buffer)));
		upstream = sim_peer_next(o.loop, &to, &from);
		must(upstream != NULL);
		sim_peer_answer(upstream, ST_OK);
		sim_run_for(o.loop, 10);
		got = sim_peer_sent(upstream);
		must(got.n > 2);
		got = long_answer(span_of(got.p + 2, got.n - 2), reply + 2, size);
		CHECK_EQ(got.n, size);
		put_uint(reply, 2, size);
		CHECK(sim_peer_send(upstream, span_of(reply, 2 + size)));
		sim_run_for(o.loop, 10);
		check_ids(p, "7");
		server_lab_close(&o);
	}
}

TEST(a_client_that_says_no_more_still_gets_its_answer_and_then_the_end)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, records);
	p = dial(&o);
	CHECK(sim_peer_send(p, question("a.lan", 7, buffer)));
	sim_peer_end(p);
	sim_run_for(o.loop, 10);
	check_ids(p, "7");
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
}

TEST(a_client_that_is_gone_waits_for_nothing)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
	p = dial(&o);
	CHECK(sim_peer_send(p, question("a.org", 7, buffer)));
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	sim_peer_reset(p);
	sim_run_for(o.loop, 10);
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	sim_run_for(o.loop, 15000);		/* nor is it told that nobody knows */
	CHECK_EQ(dns_now(o.dns).waiting, 0);
	CHECK_EQ(o.counts.unanswered, 0);
	server_lab_close(&o);
}

TEST(a_connection_does_not_outlive_its_listener_nor_the_permission_to_ask)
{
	static const struct { const char *after; bool listens; } all[] = {
		{ records, true }, { records, false },
		{ "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9\nexcept-interface=eth0\n", true },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		bool stays = i == 0;
		uint8_t buffer[300];
		struct server_lab o;
		struct sim_peer *p;

		server_lab_open(&o, records);
		p = dial(&o);
		server_lab_use(&o, all[i].after);
		if (!all[i].listens)
			dns_unlisten(o.dns, &(struct binding){ .addr.family = ADDR_IP4 });
		(void)sim_peer_send(p, question("a.lan", 7, buffer));
		sim_run_for(o.loop, 10);
		check_ids(p, stays ? "7" : "");
		CHECK_EQ(sim_peer_is_open(p), stays);
		CHECK_EQ(dns_now(o.dns).connections, stays);
		server_lab_close(&o);
	}
}

TEST(who_may_not_ask_gets_no_connection)
{
	struct server_lab o;

	server_lab_open(&o, "no-resolv\nno-hosts\nexcept-interface=eth0\n");
	CHECK(dial(&o) == NULL || !sim_peer_is_open(dial(&o)));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	CHECK(o.counts.tcp_refused > 0);
	CHECK_EQ(o.counts.tcp_taken, 0);
	server_lab_close(&o);
}

TEST(each_question_keeps_a_connection_open_for_as_long_again)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
	p = dial(&o);
	sim_run_for(o.loop, 149000);
	CHECK(sim_peer_send(p, question("a.org", 7, buffer)));	/* nobody answers it */
	sim_run_for(o.loop, 149000);
	CHECK(sim_peer_is_open(p));
	sim_run_for(o.loop, 2000);
	CHECK(!sim_peer_is_open(p));
	server_lab_close(&o);
}

TEST(a_connection_that_has_ended_stays_for_the_answers_that_it_waits_for)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
	p = dial(&o);
	CHECK(sim_peer_send(p, question("a.org", 7, buffer)));
	sim_peer_end(p);
	sim_run_for(o.loop, 10);
	CHECK(sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).waiting, 1);
	sim_run_for(o.loop, 15000);		/* nobody knows */
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
}

TEST(who_asks_much_before_it_reads_gets_all_its_answers)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;
	char lines[4000];
	int n = snprintf(lines, sizeof lines, "no-resolv\nno-hosts\n");

	/* Each answer has 12 texts of 250 bytes. */
	for (int i = 0; i < 12; i++)
		n += snprintf(lines + n, sizeof lines - (size_t)n, "txt-record=a.lan,%0250d\n", i);
	server_lab_open(&o, lines);
	p = dial(&o);
	sim_peer_stall(p, 100);
	for (uint16_t i = 0; i < 100; i++) {
		struct span q = question("a.lan", i, buffer);

		put_uint(buffer + q.n - 4, 2, DNS_TXT);
		CHECK(sim_peer_send(p, q));
		sim_run_for(o.loop, 1);
	}
	sim_peer_read_on(p);
	sim_run_for(o.loop, 100);
	{
		struct reader r = reader_of(sim_peer_sent(p));
		unsigned whole = 0;

		for (; reader_left(&r) > 0 && reader_ok(&r); whole++) {
			struct span m = reader_take(&r, reader_u16(&r));

			CHECK(m.n > 3000);
		}
		CHECK(reader_ok(&r));
		CHECK_EQ(whole, 100);
	}
	server_lab_close(&o);
}

TEST(tcp_idle_timeout_says_when_an_idle_connection_is_closed)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, "no-resolv\nno-hosts\ntcp-idle-timeout=5\nhost-record=a.lan,192.0.2.9\n");
	p = dial(&o);
	sim_run_for(o.loop, 4000);
	CHECK(sim_peer_send(p, question("a.lan", 1, buffer)));
	sim_run_for(o.loop, 4900);
	CHECK(sim_peer_is_open(p));
	CHECK(sim_peer_send(p, span_of("", 1)));	/* half a length is no sign of life */
	sim_run_for(o.loop, 200);
	CHECK(!sim_peer_is_open(p));
	server_lab_close(&o);
}

TEST(messages_of_no_length_over_tcp_are_passed_over)
{
	uint8_t buffer[300], both[302] = { 0 };
	struct server_lab o;
	struct sim_peer *p;
	struct span q;

	server_lab_open(&o, records);
	p = dial(&o);
	q = question("a.lan", 7, buffer);
	memcpy(both + 2, q.p, q.n);
	CHECK(sim_peer_send(p, span_of(both, 2 + q.n)));
	sim_run_for(o.loop, 10);
	check_ids(p, "7");
	CHECK(sim_peer_is_open(p));
	CHECK_EQ(o.counts.malformed, 1);
	server_lab_close(&o);
}

/* A TXT record of about 60 kB in all: a few answers fill what may wait. */
static const char *large_records(void)
{
	static char text[80000];
	size_t n = (size_t)snprintf(text, sizeof text, "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9\n"
				    "txt-record=large.lan");

	for (unsigned i = 0; i < 240; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, ",%0240u", i);
	snprintf(text + n, sizeof text - n, "\n");
	return text;
}

static struct span ask_large(uint8_t buffer[300])
{
	struct span q = question("large.lan", 1, buffer);

	put_uint(buffer + q.n - 4, 2, DNS_TXT);
	return q;
}

TEST(a_client_that_does_not_read_holds_nobody_up_and_gets_what_was_ready_for_it)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *slow, *quick;
	size_t got;

	server_lab_open(&o, large_records());
	slow = dial(&o);
	quick = dial(&o);
	sim_peer_stall(slow, 100);
	for (unsigned i = 0; i < 10; i++)
		CHECK(sim_peer_send(slow, ask_large(buffer)));
	sim_run_for(o.loop, 10);
	CHECK(sim_peer_send(quick, question("a.lan", 2, buffer)));
	sim_run_for(o.loop, 10);
	check_ids(quick, "2");
	sim_peer_read_on(slow);				/* and it reads after all */
	sim_run_for(o.loop, 10);
	got = sim_peer_sent(slow).n;
	CHECK(got > 570000 && got < 600000);
	CHECK(sim_peer_is_open(slow));
	server_lab_close(&o);
}

TEST(a_client_that_reads_nothing_at_all_is_closed_once_a_megabyte_waits)
{
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *slow;
	size_t got;

	server_lab_open(&o, large_records());
	slow = dial(&o);
	sim_peer_stall(slow, 100);
	for (unsigned i = 0; i < 40; i++)
		(void)sim_peer_send(slow, ask_large(buffer));
	sim_run_for(o.loop, 10);
	sim_peer_read_on(slow);
	sim_run_for(o.loop, 10);
	got = sim_peer_sent(slow).n;
	CHECK(got > 900000 && got <= 1100000);
	CHECK(!sim_peer_is_open(slow));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
}
