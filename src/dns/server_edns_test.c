/* SPDX-License-Identifier: ISC */
/*
 * EDNS through the whole service: what of it goes upstream and comes back, and which answers
 * are kept for whom.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/edns_ask.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

static const struct endpoint here = { { .family = ADDR_IP4, .bytes = { 192, 0, 2, 1 } }, 53 };

static struct endpoint client(uint8_t last)
{
	return (struct endpoint){ addr_ip4(0xc0000200u + last), (uint16_t)(40000 + last) };
}

/* A question of a client's with these options; NULL: without an OPT record. */
static void ask(struct server_lab *o, uint8_t from, const char *name, uint16_t flags,
		const char *options)
{
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };
	const struct endpoint c = client(from);
	uint8_t bytes[DNS_UDP_MIN], body[DNS_UDP_MIN];
	struct dns_writer w;

	must(dname_parse(name, &q.name));
	dns_write_start(&w, bytes, sizeof bytes, from, DNS_RD | flags);
	dns_write_question(&w, &q);
	if (options)
		must(dns_write_opt(&w, &(struct dns_edns){
			.udp_size = 1232, .options = test_hex(options, body, sizeof body) }));
	(void)sim_deliver(o->loop, &(struct dgram){ .from = c, .to = here, .ifindex = o->eth0,
						    .data = dns_write_end(&w, 0) });
}

/* "size options" of the OPT record of what went upstream, "plain" without one; "nothing". */
static const char *asked(struct server_lab *o, struct dgram *d)
{
	static char text[600];
	struct text t = TEXT(text);
	struct dns_query q;
	int why;

	if (!server_lab_sent(o, true, d))
		return "nothing";
	must(dns_query_read(d->data, &q, &why));
	if (!q.edns.present)
		return "plain";
	text_addf(&t, "%u ", q.edns.udp_size);
	text_hex(&t, q.edns.options, 0);
	return text;
}

/* The server answers with an address, flags, and an OPT record of these options (NULL: none). */
static void reply(struct server_lab *o, const struct dgram *query, uint16_t flags, unsigned rcode,
		  const char *options)
{
	const struct addr a = addr_ip4(0xcb007109);
	uint8_t bytes[DNS_UDP_MIN], body[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_query q;
	int why;

	must(dns_query_read(query->data, &q, &why));
	dns_write_start(&w, bytes, sizeof bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA | flags);
	dns_write_question(&w, &q.question);
	if (rcode == DNS_NOERROR)
		dns_write_addr(&w, DNS_ANSWER, dname_span(&q.question.name), &a, 60);
	if (options)
		must(dns_write_opt(&w, &(struct dns_edns){
			.udp_size = 1232, .rcode_high = (uint8_t)(rcode >> 4),
			.options = test_hex(options, body, sizeof body) }));
	(void)sim_deliver(o->loop, &(struct dgram){ .from = query->to, .to = query->from,
						    .ifindex = o->eth0,
						    .data = dns_write_end(&w, rcode) });
	sim_run_for(o->loop, 1);
}

/* "NOERROR ad 1 1232 options": rcode, answers, the OPT record. */
static const char *heard(struct server_lab *o)
{
	static char text[600];
	struct text t = TEXT(text);
	struct dns_edns edns = { 0 };
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;

	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, NULL))
		return "nothing";
	while (dns_walk_next(&w, &rr))
		(void)dns_edns_of(&rr, &edns);
	text_addf(&t, "%u%s %u", edns.rcode_high << 4 | (w.header.flags & DNS_RCODE_MASK),
		  w.header.flags & DNS_AD ? " ad" : "", w.header.answers);
	if (edns.present) {
		text_addf(&t, " %u ", edns.udp_size);
		text_hex(&t, edns.options, 0);
	}
	return text;
}

TEST(what_depends_on_who_asks_is_neither_kept_nor_given_from_what_is_kept)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nadd-subnet=32,2001:db8::/32\n");
	ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "512 0008000800012000c0000232");
	reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(heard(&o), "0 1");
	ask(&o, 51, "a.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "512 0008000800012000c0000233");
	reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(heard(&o), "0 1");
	CHECK_EQ(o.counts.cache_insertions, 0);
	server_lab_close(&o);
}

TEST(a_subnet_that_a_client_told_itself_shapes_its_own_answer_alone)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\n");
	ask(&o, 50, "a.example", 0, "00080007000118000a4d00");
	CHECK_TEXT(asked(&o, &q), "1232 00080007000118000a4d00");
	reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(heard(&o), "0 1 1232 ");
	ask(&o, 51, "a.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "plain");
	reply(&o, &q, 0, DNS_NOERROR, NULL);
	CHECK_TEXT(heard(&o), "0 1");
	ask(&o, 50, "a.example", 0, "00080007000118000a4d00");
	CHECK_TEXT(asked(&o, &q), "1232 00080007000118000a4d00");
	server_lab_close(&o);
}

TEST(a_reply_for_another_subnet_is_passed_over_and_told)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nadd-subnet=24\n");
	ask(&o, 50, "a.example", 0, "");
	CHECK_TEXT(asked(&o, &q), "1232 0008000700011800c00002");
	reply(&o, &q, 0, DNS_NOERROR, "0008000700011818c00003");
	CHECK_TEXT(heard(&o), "nothing");
	CHECK(strstr(o.told, "discarding DNS reply: subnet option mismatch"));
	reply(&o, &q, 0, DNS_NOERROR, "0008000700011818c00002");
	CHECK_TEXT(heard(&o), "0 1 1232 0008000700011818c00002");
	server_lab_close(&o);
}

TEST(options_of_a_server_go_on_to_who_asked_with_edns_and_not_from_the_cache)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\n");
	ask(&o, 50, "a.example", 0, "00030000");
	CHECK_TEXT(asked(&o, &q), "1232 00030000");
	reply(&o, &q, 0, DNS_NOERROR, "000300026e73000f00020003");
	CHECK_TEXT(heard(&o), "0 1 1232 000300026e73000f00020003");
	ask(&o, 51, "a.example", 0, "00030000");
	CHECK_TEXT(heard(&o), "0 1 1232 ");
	ask(&o, 50, "b.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "plain");
	reply(&o, &q, 0, DNS_NOERROR, "000300026e73");
	CHECK_TEXT(heard(&o), "0 1");
	server_lab_close(&o);
}

TEST(a_code_that_needs_edns_is_servfail_to_who_has_none_and_is_not_kept)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\n");
	ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "plain");
	reply(&o, &q, 0, DNS_BADVERS, "");
	CHECK_TEXT(heard(&o), "2 0");
	ask(&o, 51, "a.example", 0, "");
	CHECK_TEXT(asked(&o, &q), "1232 ");
	reply(&o, &q, 0, DNS_BADVERS, "");
	CHECK_TEXT(heard(&o), "16 0 1232 ");
	server_lab_close(&o);
}

TEST(a_version_that_nobody_has_is_answered_badvers)
{
	struct server_lab o;
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_question question = { .type = DNS_A, .class = DNS_IN };
	const struct endpoint c = client(50);
	struct dns_writer w;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nhost-record=a.lan,192.0.2.9\n");
	must(dname_parse("a.lan", &question.name));
	for (unsigned version = 0; version < 256; version += 85) {
		dns_write_start(&w, bytes, sizeof bytes, 9, DNS_RD);
		dns_write_question(&w, &question);
		must(dns_write_opt(&w, &(struct dns_edns){ .version = (uint8_t)version,
							   .udp_size = 1232 }));
		(void)sim_deliver(o.loop, &(struct dgram){ .from = c, .to = here,
							   .ifindex = o.eth0,
							   .data = dns_write_end(&w, 0) });
		CHECK_TEXT(heard(&o), version ? "16 0 1232 " : "0 1 1232 ");
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
		ask(&o, 50, "a.example", DNS_AD, NULL);
		CHECK_TEXT(asked(&o, &q), "plain");
		reply(&o, &q, DNS_AD, DNS_NOERROR, NULL);
		CHECK_TEXT(heard(&o), table[i].first);
		ask(&o, 51, "a.example", DNS_AD, NULL);
		CHECK_TEXT(heard(&o), table[i].kept);
		server_lab_close(&o);
	}
}

TEST(who_asks_for_ad_is_not_given_what_was_asked_without_it)
{
	struct server_lab o;
	struct dgram q;

	server_lab_open(&o, "no-resolv\nserver=198.51.100.1\nproxy-dnssec\n");
	ask(&o, 50, "a.example", 0, NULL);
	CHECK_TEXT(asked(&o, &q), "plain");
	ask(&o, 51, "a.example", DNS_AD, NULL);
	CHECK_TEXT(asked(&o, &q), "plain");
	reply(&o, &q, DNS_AD, DNS_NOERROR, NULL);
	CHECK_TEXT(heard(&o), "0 ad 1");
	server_lab_close(&o);
}
