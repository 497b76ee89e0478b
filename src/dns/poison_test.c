/* SPDX-License-Identifier: ISC */
/*
 * What a server that lies, or a stranger who guesses, can have us believe: nothing but what was
 * asked for, of whom it was asked.  What the network does to guesses is in tests/net.
 */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nserver=198.51.100.1\n"
#define TRUE_ADDR "203.0.113.1"
#define LIE "203.0.113.66"

struct told {
	const char *owner;
	uint16_t type;
	const char *data;		/* an address or a name */
	enum dns_section section;
};
#define TOLD_MAX 4

static void write_told(struct dns_writer *w, const struct told *t)
{
	const bool is_soa = t->type == DNS_SOA;
	struct dname owner, name = { 0 };
	uint8_t soa[22] = { 0 };
	struct addr a;

	soa[20] = 14;			/* a minimum of an hour */
	must(dname_parse(t->owner, &owner));
	if (!is_soa && addr_parse(t->data, &a)) {
		dns_write_addr(w, t->section, dname_span(&owner), &a, 300);
		return;
	}
	must(is_soa || dname_parse(t->data, &name));
	must(dns_write_rr(w, t->section, dname_span(&owner), t->type, DNS_IN, 300,
			  is_soa ? SPAN(soa) : dname_span(&name)));
}

/* The server answers with these, up to one without an owner. */
static void tell(struct server_lab *o, const struct dgram *query, unsigned rcode,
		 const struct told *records)
{
	uint8_t bytes[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_query q;
	int why;

	must(dns_query_read(query->data, &q, &why));
	dns_write_start(&w, bytes, sizeof bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q.question);
	for (size_t i = 0; i < TOLD_MAX && records[i].owner; i++)
		write_told(&w, &records[i]);
	(void)sim_deliver(o->loop, &(struct dgram){ .from = query->to, .to = query->from,
						    .ifindex = o->eth0,
						    .data = dns_write_end(&w, rcode) });
	sim_run_for(o->loop, 1);
}

static void ask(struct server_lab *o, const char *name)
{
	server_lab_ask(o, &(struct lab_query){ .name = name, .id = 7 });
}

/* Is a server asked for it, and which (its address's last byte)?  0: nobody is. */
static unsigned asked_of(struct server_lab *o, const char *name, struct dgram *out)
{
	ask(o, name);
	return server_lab_sent(o, true, out) ? out->to.addr.bytes[3] : 0;
}

/* ---- bailiwick -------------------------------------------------------------------------- */

/* What comes along with the answer to a.org, and the name that it lies about. */
/* clang-format off */
static const struct { const char *about; struct told records[TOLD_MAX]; } along[] = {
	{ "bank.org", { { "bank.org", DNS_A, LIE, DNS_ANSWER } } },
	{ "bank.org", { { "bank.org", DNS_A, LIE, DNS_AUTHORITY } } },
	{ "bank.org", { { "bank.org", DNS_A, LIE, DNS_ADDITIONAL } } },
	{ "bank.org", { { "bank.org", DNS_CNAME, "evil.example", DNS_ANSWER },
			{ "evil.example", DNS_A, LIE, DNS_ANSWER } } },
	{ "bank.org", { { "org", DNS_NS, "ns.evil.example", DNS_AUTHORITY },
			{ "ns.evil.example", DNS_A, LIE, DNS_ADDITIONAL } } },
	{ "bank.org", { { "org", DNS_DNAME, "evil.example", DNS_ANSWER } } },
	{ "bank.org", { { "org", DNS_SOA, NULL, DNS_AUTHORITY } } },
	{ "www.a.org", { { "www.a.org", DNS_A, LIE, DNS_ADDITIONAL } } },
};
/* clang-format on */

TEST(what_a_reply_brings_along_answers_no_other_question_and_is_not_kept_with_the_answer)
{
	for (size_t i = 0; i < COUNT_OF(along); i++) {
		struct told records[TOLD_MAX] = { { "a.org", DNS_A, TRUE_ADDR, DNS_ANSWER } };
		struct server_lab o;
		struct dgram query;

		memcpy(&records[1], along[i].records, sizeof records - sizeof *records);
		server_lab_open(&o, LINES);
		CHECK_EQ(asked_of(&o, "a.org", &query), 1);
		tell(&o, &query, DNS_NOERROR, records);
		CHECK(strcmp(server_lab_heard(&o), "nothing") != 0);
		ask(&o, "a.org");
		CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org " TRUE_ADDR);
		if (asked_of(&o, along[i].about, &query) != 1)
			test_failed(along[i].about, (int)i, "is believed to be known");
		server_lab_close(&o);
	}
}

TEST(that_one_name_is_not_there_says_nothing_of_another)
{
	static const struct told none[TOLD_MAX] = { { "org", DNS_SOA, NULL, DNS_AUTHORITY } };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	CHECK_EQ(asked_of(&o, "a.org", &query), 1);
	tell(&o, &query, DNS_NXDOMAIN, none);
	ask(&o, "a.org");
	CHECK_TEXT(server_lab_heard(&o), "7 NXDOMAIN a.org");
	CHECK_EQ(asked_of(&o, "b.org", &query), 1);
	server_lab_close(&o);
}

/* The chain is that server's answer to that question, and to no other. */
TEST(a_chain_that_leaves_the_domain_of_its_server_says_nothing_of_the_names_there)
{
	static const struct told chain[TOLD_MAX] = {
		{ "a.corp", DNS_CNAME, "www.bank.org", DNS_ANSWER },
		{ "www.bank.org", DNS_CNAME, "bank.org", DNS_ANSWER },
		{ "bank.org", DNS_A, LIE, DNS_ANSWER },
	};
	static const char *const names[] = { "www.bank.org", "bank.org" };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES "server=/corp/198.51.100.3\n");
	CHECK_EQ(asked_of(&o, "a.corp", &query), 3);
	tell(&o, &query, DNS_NOERROR, chain);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.corp " LIE);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		CHECK_EQ(asked_of(&o, names[i], &query), 1);
		server_lab_answer(&o, &query, TRUE_ADDR, 300);
		CHECK(strstr(server_lab_heard(&o), TRUE_ADDR));
	}
	server_lab_close(&o);
}

/* ---- names of whole trees --------------------------------------------------------------------- */

/* The types in the answer that a client hears. */
static const char *types_heard(struct server_lab *o)
{
	static char text[80];
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;
	int n = 0;

	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, NULL))
		return "nothing";
	text[0] = 0;
	while (dns_walk_next(&w, &rr))
		n += snprintf(text + n, sizeof text - (size_t)n, "%u ", rr.type);
	return text;
}

TEST(a_dname_is_kept_with_the_answer_that_it_made_and_makes_no_other)
{
	static const struct told tree[TOLD_MAX] = {
		{ "sub.org", DNS_DNAME, "else.example", DNS_ANSWER },
		{ "a.sub.org", DNS_CNAME, "a.else.example", DNS_ANSWER },
		{ "a.else.example", DNS_A, TRUE_ADDR, DNS_ANSWER },
		{ "org", DNS_DNAME, "evil.example", DNS_ADDITIONAL },
	};
	static const char *const names[] = { "b.sub.org", "sub.org", "a.else.example", "bank.org" };
	struct server_lab o;
	struct dgram query;

	server_lab_open(&o, LINES);
	CHECK_EQ(asked_of(&o, "a.sub.org", &query), 1);
	tell(&o, &query, DNS_NOERROR, tree);
	CHECK_TEXT(types_heard(&o), "39 5 1 39 ");
	ask(&o, "a.sub.org");
	CHECK_TEXT(types_heard(&o), "39 5 1 ");		/* whoever validates it needs the first */
	for (size_t i = 0; i < COUNT_OF(names); i++)
		CHECK_EQ(asked_of(&o, names[i], &query), 1);
	server_lab_close(&o);
}

/* clang-format off */
static const struct { struct told records[TOLD_MAX]; const char *kept; } beside[] = {
	{ { { "org", DNS_DNAME, "evil.example", DNS_ANSWER },	/* it made no alias */
	    { "a.org", DNS_DNAME, "evil.example", DNS_ANSWER },
	    { "a.org", DNS_A, TRUE_ADDR, DNS_ANSWER } }, "1 " },
	{ { { "bank.org", DNS_DNAME, "evil.example", DNS_ANSWER },
	    { "a.org", DNS_CNAME, "b.example", DNS_ANSWER },
	    { "b.example", DNS_A, TRUE_ADDR, DNS_ANSWER } }, "5 1 " },
};
/* clang-format on */

TEST(a_dname_of_other_names_is_not_kept)
{
	for (size_t i = 0; i < COUNT_OF(beside); i++) {
		struct server_lab o;
		struct dgram query;

		server_lab_open(&o, LINES);
		CHECK_EQ(asked_of(&o, "a.org", &query), 1);
		tell(&o, &query, DNS_NOERROR, beside[i].records);
		(void)types_heard(&o);
		ask(&o, "a.org");
		CHECK_TEXT(types_heard(&o), beside[i].kept);
		server_lab_close(&o);
	}
}

/* ---- replies that come late -------------------------------------------------------------------- */

static const struct told lie[TOLD_MAX] = { { "a.org", DNS_A, LIE, DNS_ANSWER } };

/* The next query, with its bytes at o->bytes + at. */
static void keep_query(struct server_lab *o, size_t at, struct dgram *out)
{
	must(server_lab_sent(o, true, out));
	memcpy(o->bytes + at, out->data.p, out->data.n);
	out->data.p = o->bytes + at;
}

TEST(a_slower_servers_reply_changes_nothing_of_what_was_answered)
{
	struct dgram first, second;
	struct server_lab o;

	server_lab_open(&o, LINES "server=198.51.100.2\nserver=198.51.100.3\n");
	ask(&o, "a.org");
	keep_query(&o, 0, &first);
	keep_query(&o, 600, &second);
	server_lab_answer(&o, &first, TRUE_ADDR, 300);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org " TRUE_ADDR);
	tell(&o, &second, DNS_NOERROR, lie);
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	CHECK_EQ(o.counts.replies_unexpected, 0);
	tell(&o, &second, DNS_NOERROR, lie);		/* it has had its word */
	tell(&o, &first, DNS_NOERROR, lie);
	CHECK_EQ(o.counts.replies_unexpected, 2);
	ask(&o, "a.org");
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org " TRUE_ADDR);
	server_lab_close(&o);
}

TEST(a_reply_after_the_end_of_its_question_is_nobodys)
{
	struct server_lab o;
	struct dgram late, query;

	server_lab_open(&o, LINES "upstream-timeout=2\n");
	ask(&o, "a.org");
	keep_query(&o, 0, &late);
	sim_run_for(o.loop, 2100);
	tell(&o, &late, DNS_NOERROR, lie);
	CHECK_EQ(o.counts.replies_unexpected, 1);
	CHECK_EQ(asked_of(&o, "a.org", &query), 1);	/* it was not kept, */
	tell(&o, &late, DNS_NOERROR, lie);		/* and does not answer the next */
	CHECK_TEXT(server_lab_heard(&o), "nothing");
	server_lab_answer(&o, &query, TRUE_ADDR, 300);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org " TRUE_ADDR);
	server_lab_close(&o);
}

/* ---- the same question many times (RFC 5452 5) ---------------------------------------------------- */

/* Asks for a.org from many ports, each time with other flags and another option of EDNS. */
static void ask_in_many_ways(struct server_lab *o, unsigned n)
{
	static const uint16_t flags[] = { 0, DNS_CD, DNS_AD, DNS_CD | DNS_AD };
	const struct endpoint here = { addr_ip4(0xc0000201), 53 };

	for (unsigned i = 0; i < n; i++) {
		const uint8_t option[5] = { 0xfd, 0xe9, 0, 1, (uint8_t)i };
		struct dns_question q = { .type = DNS_A, .class = DNS_IN };
		uint8_t bytes[DNS_UDP_MIN];
		struct dns_writer w;

		must(dname_parse("a.org", &q.name));
		dns_write_start(&w, bytes, sizeof bytes, (uint16_t)i,
				DNS_RD | flags[i % COUNT_OF(flags)]);
		dns_write_question(&w, &q);
		must(dns_write_opt(&w, &(struct dns_edns){ .udp_size = 1232, .dnssec_ok = i & 4,
							   .options = SPAN(option) }));
		(void)sim_deliver(o->loop, &(struct dgram){
			.from = { addr_ip4(0xc0000232), (uint16_t)(2000 + i) }, .to = here,
			.ifindex = o->eth0, .data = dns_write_end(&w, DNS_NOERROR) });
	}
	sim_run_for(o->loop, 1);
}

/* Questions by UDP that nobody saw yet, and connections. */
static void count_asked(struct server_lab *o, unsigned *out_udp, unsigned *out_tcp)
{
	struct endpoint to, from;
	struct dgram d;

	*out_udp = *out_tcp = 0;
	while (server_lab_sent(o, true, &d))
		++*out_udp;
	while (sim_peer_next(o->loop, &to, &from))
		++*out_tcp;
}

TEST(who_asks_the_same_in_many_ways_has_four_to_guess_at_and_the_rest_goes_by_tcp)
{
	struct server_lab o;
	unsigned udp, tcp;

	server_lab_open(&o, LINES);
	ask_in_many_ways(&o, 32);
	count_asked(&o, &udp, &tcp);
	CHECK_EQ(udp, 4);
	CHECK(tcp > 0);
	CHECK_EQ(o.counts.forwarded, 32);
	ask(&o, "b.org");				/* others are not held up */
	count_asked(&o, &udp, &tcp);
	CHECK_EQ(udp, 1);
	server_lab_close(&o);
}

TEST(once_questions_of_a_name_are_answered_the_next_go_by_udp_again)
{
	struct dgram query[4];
	struct server_lab o;
	unsigned udp, tcp;

	server_lab_open(&o, LINES);
	ask_in_many_ways(&o, 4);
	for (size_t i = 0; i < COUNT_OF(query); i++)
		keep_query(&o, 600 * i, &query[i]);
	for (size_t i = 0; i < COUNT_OF(query); i++)
		server_lab_answer(&o, &query[i], TRUE_ADDR, 0);
	ask_in_many_ways(&o, 4);
	count_asked(&o, &udp, &tcp);
	CHECK_EQ(udp, 4);
	CHECK_EQ(tcp, 0);
	server_lab_close(&o);
}
