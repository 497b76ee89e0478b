/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "dns/server_private.h"
#include "test/test.h"

static struct dns_query query_of(const char *name, uint16_t type, uint16_t id, uint16_t flags,
				 uint16_t udp_size)
{
	struct dns_query q = { .header = { .id = id, .flags = flags },
			       .question = { .type = type, .class = DNS_IN },
			       .edns = { .present = udp_size != 0, .udp_size = udp_size } };

	must(dname_parse(name, &q.question.name));
	return q;
}

TEST(an_answer_is_as_long_as_client_and_server_take)
{
	static const struct { uint16_t told; bool tcp; uint32_t ours; size_t limit; } all[] = {
		{ 0, false, 1232, 512 },      { 1, false, 1232, 512 },	{ 511, false, 1232, 512 },
		{ 513, false, 1232, 513 },    { 1232, false, 1232, 1232 },
		{ 4096, false, 1232, 1232 },  { 4096, false, 512, 512 },
		{ 65535, false, 65535, 65535 }, { 0, true, 512, 65535 }, { 512, true, 1232, 65535 },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct dns_query q = query_of("a.lan", DNS_A, 1, DNS_RD, all[i].told);

		CHECK_EQ(answer_limit(&q, all[i].tcp, all[i].ours), all[i].limit);
	}
	{
		struct dns_query none = query_of("a.lan", DNS_A, 1, DNS_RD, 4096);

		none.edns.present = false;	/* and a size that nobody told */
		CHECK_EQ(answer_limit(&none, false, 1232), 512);
	}
}

/* An answer with one record of `rdata` bytes, and flags beside QR; its length. */
static size_t make(uint8_t *buffer, size_t size, const struct dns_query *q, uint16_t flags,
		   size_t rdata)
{
	static const uint8_t zeros[2000];
	struct dns_writer w;

	dns_write_start(&w, buffer, size, 0x5555, DNS_QR | flags);
	dns_write_question(&w, &q->question);
	must(dns_write_rr(&w, DNS_ANSWER, dname_span(&q->question.name), DNS_TXT, DNS_IN, 9,
			  span_of(zeros, rdata)));
	return dns_write_end(&w, DNS_NOERROR).n;
}

TEST(an_answer_exactly_at_the_limit_is_whole_and_one_byte_more_is_cut)
{
	static const struct { uint16_t told; enum dns_ede ede; size_t beside; } all[] = {
		{ 0, DNS_EDE_NONE, 0 }, { 0, DNS_EDE_FILTERED, 0 }, { 600, DNS_EDE_NONE, 11 },
		{ 600, DNS_EDE_FILTERED, 17 },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		for (size_t over = 0; over < 2; over++) {
			struct dns_query q = query_of("a.lan", DNS_TXT, 7, DNS_RD, all[i].told);
			size_t limit = answer_limit(&q, false, 1232);
			size_t rdata = limit - all[i].beside - (12 + 7 + 4) - 12 + over;
			struct answer_how how = { .query = &q, .limit = limit, .edns_size = 1232,
						  .ede = all[i].ede };
			uint8_t buffer[4096];
			size_t n = make(buffer, sizeof buffer, &q, DNS_RA, rdata);
			struct span got = answer_fit(buffer, sizeof buffer, n, &how);
			struct dns_header h;

			must(dns_header_read(got, &h));
			CHECK_EQ(h.flags & DNS_TC ? 1 : 0, over);
			CHECK_EQ(h.answers, over ? 0 : 1);
			CHECK_EQ(h.additionals, all[i].told ? 1 : 0);
			CHECK_EQ(got.n, over ? 23 + all[i].beside : limit);
		}
}

TEST(an_answer_takes_id_rd_cd_and_spelling_of_its_query)
{
	static const struct { uint16_t asked, kept, answered; } all[] = {
		{ DNS_RD, 0, DNS_RD }, { 0, DNS_RD | DNS_CD, 0 }, { DNS_CD, DNS_RD, DNS_CD },
		{ DNS_RD | DNS_AD, DNS_AA, DNS_RD | DNS_AA },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct dns_query first = query_of("a.lan", DNS_TXT, 1, DNS_RD, 0);
		struct dns_query q = query_of("A.LaN", DNS_TXT, 0x0707, all[i].asked, 0);
		struct answer_how how = { .query = &q, .limit = 512, .edns_size = 1232,
					  .ede = DNS_EDE_NONE };
		uint8_t buffer[1024];
		size_t n = make(buffer, sizeof buffer, &first, all[i].kept, 5);
		struct span got = answer_fit(buffer, sizeof buffer, n, &how);
		struct dns_question question;
		struct dns_walk w;

		must(dns_walk_start(&w, got, &question));
		CHECK_EQ(w.header.id, 0x0707);
		CHECK_EQ(w.header.flags, DNS_QR | DNS_RA | all[i].answered);
		CHECK(memcmp(question.name.bytes, q.question.name.bytes, q.question.name.n) == 0);
	}
}

/* n records of a type and then one of another. */
static size_t make_addresses(uint8_t *buffer, size_t size, uint16_t type, size_t n)
{
	struct dns_query q = query_of("a.lan", type, 1, DNS_RD, 0);
	struct dns_writer w;

	dns_write_start(&w, buffer, size, 1, DNS_QR);
	dns_write_question(&w, &q.question);
	for (size_t i = 0; i < n; i++) {
		struct addr a = { .family = type == DNS_A ? ADDR_IP4 : ADDR_IP6 };

		a.bytes[0] = 10;
		a.bytes[3] = (uint8_t)i;
		dns_write_addr(&w, DNS_ANSWER, dname_span(&q.question.name), &a, (uint32_t)(100 + i));
	}
	dns_write_addr(&w, DNS_ADDITIONAL, dname_span(&q.question.name),
		       &(struct addr){ ADDR_IP4, { 10, 0, 0, 255 } }, 9);
	return dns_write_end(&w, 0).n;
}

/* The last bytes of the addresses, with their TTLs: "1/100 2/101 0/102 255/9". */
static void check_order(const uint8_t *buffer, size_t n, const char *want)
{
	struct dns_walk w;
	struct dns_rr rr;
	char text[200];
	size_t k = 0;

	must(dns_walk_start(&w, span_of(buffer, n), NULL));
	while (dns_walk_next(&w, &rr))
		k += (size_t)snprintf(text + k, sizeof text - k, "%s%u/%u", k ? " " : "",
				      rr.rdata.p[3], rr.ttl_s);
	CHECK_TEXT(text, want);
}

TEST(addresses_take_turns_and_their_ttls_and_other_records_stay)
{
	static const struct { uint16_t type; size_t n; unsigned long long turn; const char *want; } all[] = {
		{ DNS_A, 3, 0, "0/100 1/101 2/102 255/9" }, { DNS_A, 3, 1, "1/100 2/101 0/102 255/9" },
		{ DNS_A, 3, 5, "2/100 0/101 1/102 255/9" }, { DNS_AAAA, 2, 1, "1/100 0/101 255/9" },
		{ DNS_A, 1, 1, "0/100 255/9" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		uint8_t buffer[1024];
		size_t n = make_addresses(buffer, sizeof buffer, all[i].type, all[i].n);

		answer_turn(buffer, n, all[i].turn);
		check_order(buffer, n, all[i].want);
	}
}

TEST(more_addresses_than_take_turns_stay_where_they_are)
{
	static uint8_t buffer[8192];
	size_t n = make_addresses(buffer, sizeof buffer, DNS_A, 200);
	struct dns_walk w;
	struct dns_rr rr;

	answer_turn(buffer, n, 1);
	must(dns_walk_start(&w, span_of(buffer, n), NULL));
	for (unsigned i = 0; i < 200 && dns_walk_next(&w, &rr); i++)
		CHECK_EQ(rr.rdata.p[3], i < 128 ? (i + 1) % 128 : i);
}
