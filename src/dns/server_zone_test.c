/* SPDX-License-Identifier: ISC */
/* Copies of zones over TCP, on a whole name service in the simulation.  What they hold is compared with
 * dnsmasq's in tests/net. */
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define ZONE "no-resolv\nno-hosts\nauth-server=ns.example,eth0\nauth-soa=7\n" \
	     "auth-sec-servers=ns2.example\nauth-zone=zone.test\n"
#define HOSTS 45000			/* more bytes than a connection keeps for its client */

static struct sim_peer *dial(struct server_lab *o)
{
	const struct endpoint here = { addr_ip4(0xc0000201), 53 }, there = { addr_ip4(0xc0000232), 40000 };

	return sim_peer_connect(o->loop, &here, &there, o->eth0);
}

/* The question for a copy, with its length before it. */
static struct span question(uint16_t id, uint8_t buffer[300])
{
	struct dns_question q = { .type = DNS_AXFR, .class = DNS_IN };
	struct dns_writer w;
	struct span s;

	must(dname_parse("zone.test", &q.name));
	dns_write_start(&w, buffer + 2, 298, id, 0);
	dns_write_question(&w, &q);
	s = dns_write_end(&w, 0);
	put_uint(buffer, 2, s.n);
	return span_of(buffer, s.n + 2);
}

/* A zone of many hosts, each with an address of its own. */
static char *many_lines(void)
{
	struct text t = text_of(malloc((size_t)HOSTS * 64), (size_t)HOSTS * 64);

	must(t.s);
	text_add(&t, ZONE);
	for (int i = 0; i < HOSTS; i++)
		text_addf(&t, "host-record=host%d.zone.test,10.0.%d.%d\n", i, i / 256, i % 256);
	must(!t.cut);
	return t.s;
}

struct heard {
	size_t messages, records, addresses, soas, largest;
	bool ended_with_soa;
	unsigned rcode;
	uint16_t id;
	uint8_t *bytes;			/* not yet a whole message */
	size_t n;
};

static void hear_message(struct heard *h, struct span message)
{
	struct dns_walk w;
	struct dns_rr rr;

	must(dns_walk_start(&w, message, NULL));
	h->messages++;
	h->largest = message.n > h->largest ? message.n : h->largest;
	h->rcode = w.header.flags & DNS_RCODE_MASK;
	h->id = w.header.id;
	CHECK(!(w.header.flags & DNS_TC));
	while (dns_walk_next(&w, &rr)) {
		h->records++;
		h->addresses += rr.type == DNS_A;
		h->soas += rr.type == DNS_SOA;
		h->ended_with_soa = rr.type == DNS_SOA;
	}
	CHECK(dns_walk_ok(&w));
}

static void hear(struct heard *h, struct sim_peer *p)
{
	struct span s = sim_peer_sent(p);
	size_t at = 0;

	h->bytes = realloc(h->bytes, h->n + s.n + 1);
	must(h->bytes);
	memcpy(h->bytes + h->n, s.p, s.n);
	h->n += s.n;
	while (h->n - at >= 2) {
		size_t n = (size_t)h->bytes[at] << 8 | h->bytes[at + 1];

		if (h->n - at - 2 < n)
			break;
		hear_message(h, span_of(h->bytes + at + 2, n));
		at += 2 + n;
	}
	memmove(h->bytes, h->bytes + at, h->n - at);
	h->n -= at;
}

TEST(a_large_zone_is_copied_in_many_messages_each_record_once_between_two_soa_records)
{
	char *lines = many_lines();
	struct heard h = { 0 };
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, lines);
	p = dial(&o);
	CHECK(sim_peer_send(p, question(77, buffer)));
	sim_peer_end(p);			/* it says no more, and gets the whole zone all the same */
	for (int i = 0; i < 100; i++) {
		sim_run_for(o.loop, 10);
		hear(&h, p);
	}
	CHECK_EQ(h.addresses, HOSTS);
	CHECK_EQ(h.soas, 2);
	CHECK_EQ(h.records, HOSTS + 4);
	CHECK(h.ended_with_soa);
	CHECK(h.messages > 10 && h.largest < 16500);
	CHECK_EQ(h.id, 77);
	CHECK_EQ(h.n, 0);
	CHECK(!sim_peer_is_open(p));
	CHECK_EQ(dns_now(o.dns).connections, 0);
	server_lab_close(&o);
	free(h.bytes);
	free(lines);
}

TEST(a_client_that_does_not_read_holds_up_its_own_copy_alone)
{
	char *lines = many_lines();
	struct heard slow = { 0 }, quick = { 0 };
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *a, *b;

	server_lab_open(&o, lines);
	a = dial(&o);
	sim_peer_stall(a, 1000);
	CHECK(sim_peer_send(a, question(1, buffer)));
	sim_run_for(o.loop, 1000);
	hear(&slow, a);
	CHECK_EQ(slow.soas, 0);			/* not even the first message is whole */
	b = dial(&o);
	CHECK(sim_peer_send(b, question(2, buffer)));
	for (int i = 0; i < 100; i++) {
		sim_run_for(o.loop, 10);
		hear(&quick, b);
	}
	CHECK_EQ(quick.addresses, HOSTS);
	sim_peer_read_on(a);
	for (int i = 0; i < 100; i++) {
		sim_run_for(o.loop, 10);
		hear(&slow, a);
	}
	CHECK_EQ(slow.addresses, HOSTS);
	CHECK(slow.ended_with_soa);
	server_lab_close(&o);
	free(slow.bytes);
	free(quick.bytes);
	free(lines);
}

TEST(an_answer_of_the_same_connection_comes_behind_the_copy)
{
	char *lines = many_lines();
	struct heard h = { 0 };
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p;

	server_lab_open(&o, lines);
	p = dial(&o);
	sim_peer_stall(p, 1000);
	CHECK(sim_peer_send(p, question(1, buffer)));
	CHECK(sim_peer_send(p, question(2, buffer)));		/* one at a time */
	sim_run_for(o.loop, 10);
	sim_peer_read_on(p);
	for (int i = 0; i < 100; i++) {
		sim_run_for(o.loop, 10);
		hear(&h, p);
	}
	CHECK_EQ(h.addresses, HOSTS);
	CHECK_EQ(h.id, 2);
	CHECK_EQ(h.rcode, DNS_REFUSED);
	CHECK_EQ(h.n, 0);
	server_lab_close(&o);
	free(h.bytes);
	free(lines);
}

/* Of those that wait for their clients. */
TEST(more_copies_than_a_few_at_one_time_are_refused)
{
	char *lines = many_lines();
	struct heard h = { 0 };
	uint8_t buffer[300];
	struct server_lab o;
	struct sim_peer *p[5];

	server_lab_open(&o, lines);
	for (size_t i = 0; i < COUNT_OF(p); i++) {
		p[i] = dial(&o);
		must(p[i]);
		sim_peer_stall(p[i], i < 4 ? 100 : 100000);
		CHECK(sim_peer_send(p[i], question((uint16_t)i, buffer)));
	}
	sim_run_for(o.loop, 10);
	hear(&h, p[4]);
	CHECK_EQ(h.messages, 1);
	CHECK_EQ(h.rcode, DNS_REFUSED);
	sim_peer_reset(p[0]);			/* one that is gone makes room */
	sim_run_for(o.loop, 10);
	sim_peer_read_on(p[4]);
	CHECK(sim_peer_send(p[4], question(9, buffer)));
	for (int i = 0; i < 100; i++) {
		sim_run_for(o.loop, 10);
		hear(&h, p[4]);
	}
	CHECK_EQ(h.addresses, HOSTS);
	server_lab_close(&o);
	free(h.bytes);
	free(lines);
}

static const struct { const char *lines; unsigned from; bool copied; } who[] = {
	{ "", 0xc0000232, false },
	{ "auth-sec-servers=ns2.example\n", 0xc0000232, true },
	{ "auth-peer=192.0.2.50\n", 0xc0000232, true },
	{ "auth-peer=192.0.2.50,2001:db8::9\n", 0xc0000233, false },
	{ "auth-sec-servers=ns2.example\nauth-peer=192.0.2.51\n", 0xc0000232, false },
	{ "auth-peer=192.0.2.51\nauth-peer=192.0.2.50\n", 0xc0000232, true },
};

TEST(a_zone_is_copied_by_peers_or_else_by_anybody_if_there_are_secondaries)
{
	for (size_t i = 0; i < COUNT_OF(who); i++) {
		const struct endpoint here = { addr_ip4(0xc0000201), 53 };
		const struct endpoint there = { addr_ip4(who[i].from), 40000 };
		struct heard h = { 0 };
		uint8_t buffer[300];
		struct server_lab o;
		struct sim_peer *p;
		char lines[400];

		snprintf(lines, sizeof lines, "no-resolv\nno-hosts\nauth-server=ns.example,eth0\n"
			 "auth-zone=zone.test\n%s", who[i].lines);
		server_lab_open(&o, lines);
		p = sim_peer_connect(o.loop, &here, &there, o.eth0);
		CHECK(sim_peer_send(p, question(7, buffer)));
		sim_run_for(o.loop, 10);
		hear(&h, p);
		CHECK_EQ(h.rcode, who[i].copied ? DNS_NOERROR : DNS_REFUSED);
		CHECK_EQ(h.soas, who[i].copied ? 2 : 0);
		CHECK((strstr(o.told, "ignoring zone transfer request") != NULL) == !who[i].copied);
		server_lab_close(&o);
		free(h.bytes);
	}
}

TEST(a_stranger_is_never_told_what_is_kept_for_others)
{
	const struct lab_query q = { .name = "www.example.org", .id = 7, .type = DNS_A };
	const struct endpoint from = { addr_ip4(0xc6120032), 40000 };	/* 198.18.0.50 */
	const struct endpoint to = { addr_ip4(0xc6120001), 53 };
	struct server_lab o;
	struct dgram out;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\nauth-server=ns.example,eth1\n"
			"auth-zone=zone.test\n");
	for (int i = 0; i < 2; i++) {
		server_lab_ask(&o, &q);
		if (i == 0) {
			CHECK(server_lab_sent(&o, true, &out));
			server_lab_answer(&o, &out, "203.0.113.1", 300);
		}
		CHECK_TEXT(server_lab_heard(&o), "7 NOERROR www.example.org 203.0.113.1");
		server_lab_ask_from(&o, &q, &from, &to, o.eth1);
		CHECK_TEXT(server_lab_heard(&o), "7 REFUSED www.example.org");
	}
	CHECK_EQ(o.counts.zones, 2);
	server_lab_close(&o);
}

/* What one question is told of, by who asks it. */
static void ask_both(struct server_lab *o, const char *name)
{
	const struct lab_query q = { .name = name, .id = 7, .type = DNS_A };
	const struct endpoint from = { addr_ip4(0xc6120032), 40000 };	/* 198.18.0.50 */
	const struct endpoint to = { addr_ip4(0xc6120001), 53 };

	server_lab_ask_from(o, &q, &from, &to, o->eth1);
	server_lab_ask(o, &q);
}

TEST(log_queries_auth_tells_of_zones_alone)
{
	struct server_lab o;

	server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\nauth-server=ns.example,eth1\n"
			"auth-zone=zone.test\nhost-record=a.zone.test,192.0.2.1\n"
			"host-record=b.lan,192.0.2.2\nstop-dns-rebind\n");
	dns_set_tells(o.dns, DNS_TELLS_STRANGERS);
	ask_both(&o, "a.zone.test");
	CHECK_TEXT(o.told, "auth[A] a.zone.test from 198.18.0.50\nconfig 192.0.2.1 is a.zone.test\n");
	o.told[0] = 0;
	ask_both(&o, "b.lan");
	CHECK_TEXT(o.told, "auth[A] b.lan from 198.18.0.50\n"
			   "reply error is REFUSED (EDE: not authoritative)\n");
	o.told[0] = 0;
	ask_both(&o, "www.example");
	CHECK_TEXT(o.told, "auth[A] www.example from 198.18.0.50\n"
			   "reply error is REFUSED (EDE: not authoritative)\n");
	server_lab_close(&o);
}
