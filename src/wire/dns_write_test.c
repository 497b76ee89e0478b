/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "test/test.h"
#include "wire/dns.h"

static struct dns_question asking(const char *name, enum dns_type type)
{
	struct dns_question q = { .type = (uint16_t)type, .class = DNS_IN };

	must(dname_parse(name, &q.name));
	return q;
}

#define NAME(text) dname_span((struct dname[]){ asking(text, DNS_A).name })

static void begin(struct dns_writer *d, uint8_t *buf, size_t limit, const char *name)
{
	struct dns_question q = asking(name, DNS_A);

	dns_write_start(d, buf, limit, 0x1234, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(d, &q);
}

static bool add_a(struct dns_writer *d, enum dns_section s, const char *owner)
{
	const struct addr a = addr_ip4(0xc0000201);

	return dns_write_addr(d, s, NAME(owner), &a, 60);
}

TEST(a_message_is_written_with_its_names_compressed)
{
	uint8_t buf[512];
	struct dns_writer d;
	struct addr six;

	CHECK(addr_parse("2001:db8::7", &six));
	begin(&d, buf, sizeof buf, "www.Lan");
	CHECK(dns_write_rr(&d, DNS_ANSWER, NAME("WWW.lan"), DNS_CNAME, DNS_IN, 1, NAME("a.www.lan")));
	CHECK(add_a(&d, DNS_ANSWER, "a.www.lan"));
	CHECK(dns_write_rr(&d, DNS_AUTHORITY, NAME("lan"), DNS_NS, DNS_IN, 2, NAME("ns.x")));
	CHECK(dns_write_addr(&d, DNS_ADDITIONAL, NAME("NS.X"), &six, 3));
	CHECK_BYTES(dns_write_end(&d, DNS_NOERROR), HEX(
		"1234 8180 0001 0002 0001 0001"
		"03 777777 03 4c616e 00 0001 0001"		/* 12: www.Lan, 16: Lan */
		"c00c 0005 0001 00000001 0004 0161 c00c"	/* 37: a.www.lan */
		"c025 0001 0001 0000003c 0004 c0000201"
		"c010 0002 0001 00000002 0006 026e73 0178 00"	/* 69: ns.x */
		"c045 001c 0001 00000003 0010 20010db8000000000000000000000007"));
}

TEST(names_in_rdata_are_compressed_for_the_types_of_rfc_1035_alone)
{
	static const struct { unsigned type; const char *rdata, *written; } cases[] = {
		{ DNS_MX,    "000a 01 61 01 62 00", "0004 000a c00c" },
		{ DNS_PTR,   "01 78 01 62 00", "0004 01 78 c00e" },
		{ DNS_SOA,   "01 61 01 62 00 01 62 00 0000000100000002000000030000000400000005",
		  "0018 c00c c00e 0000000100000002000000030000000400000005" },
		{ DNS_SRV,   "000100020003 01 61 01 62 00", "000b 000100020003 01 61 01 62 00" },
		{ DNS_DNAME, "01 61 01 62 00", "0005 01 61 01 62 00" },
		{ DNS_TXT,   "01 61", "0002 01 61" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t buf[128], rdata[64], want[64];
		struct dns_writer d;
		struct span m;

		begin(&d, buf, sizeof buf, "a.b");
		CHECK(dns_write_rr(&d, DNS_ANSWER, NAME("a.b"), (uint16_t)cases[i].type, DNS_IN, 0,
				   test_hex(cases[i].rdata, rdata, sizeof rdata)));
		m = dns_write_end(&d, DNS_NOERROR);
		CHECK_BYTES(span_of(m.p + 21 + 10, m.n - 31),
			    test_hex(cases[i].written, want, sizeof want));
	}
}

TEST(rdata_that_does_not_parse_as_its_type_leaves_no_bytes)
{
	static const struct { unsigned type; const char *rdata; } bad[] = {
		{ DNS_NS, "" }, { DNS_NS, "01 61" }, { DNS_NS, "01 61 00 00" }, { DNS_NS, "c0 0c" },
		{ DNS_MX, "00" }, { DNS_MX, "0001" }, { DNS_SOA, "00 00 01" }, { DNS_CNAME, "40 00" },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t buf[128], rdata[16];
		struct dns_writer d;

		begin(&d, buf, sizeof buf, "a.b");
		CHECK(!dns_write_rr(&d, DNS_ANSWER, NAME("x.y"), (uint16_t)bad[i].type, DNS_IN, 0,
				    test_hex(bad[i].rdata, rdata, sizeof rdata)));
		CHECK(!d.full && !d.truncated);
		CHECK(add_a(&d, DNS_ANSWER, "x.y"));	/* nothing points into what is not there */
		CHECK_BYTES(dns_write_end(&d, DNS_NOERROR), HEX(
			"1234 8180 0001 0001 0000 0000 0161 0162 00 0001 0001"
			"0178 0179 00 0001 0001 0000003c 0004 c0000201"));
	}
}

TEST(a_name_never_points_into_itself)
{
	uint8_t buf[64];
	struct dns_writer d;

	memset(buf, 0, sizeof buf);		/* what lies ahead looks like the root */
	begin(&d, buf, sizeof buf, "a.a.a");
	CHECK_BYTES(dns_write_end(&d, DNS_NOERROR),
		    HEX("1234 8180 0001 0000 0000 0000 0161 0161 0161 00 0001 0001"));
}

TEST(a_record_that_does_not_fit_is_left_out_whole_and_so_are_those_after_it)
{
	/* 21 bytes to the end of the question; each record has 16 with its owner a pointer. */
	for (size_t limit = 21; limit <= 21 + 3 * 16; limit++) {
		uint8_t buf[128];
		struct dns_writer d;
		struct span m;
		unsigned fit = (unsigned)(limit - 21) / 16, n = 0;

		begin(&d, buf, limit, "a.b");
		for (unsigned i = 0; i < 3; i++)
			n += add_a(&d, DNS_ANSWER, i == 1 ? "a.b" : "A.B");
		m = dns_write_end(&d, DNS_NOERROR);
		CHECK_EQ(n, fit);
		CHECK_EQ(m.n, 21 + 16 * fit);
		CHECK_EQ(m.p[7], fit);
		CHECK_EQ(m.p[2] & 2, fit < 3 ? 2 : 0);
		CHECK_EQ(d.full, fit < 3);
	}
}

TEST(a_smaller_record_does_not_slip_in_behind_one_that_did_not_fit)
{
	uint8_t buf[64];
	struct dns_writer d;
	uint8_t rdata[40] = { 39 };

	begin(&d, buf, sizeof buf, "a.b");
	CHECK(!dns_write_rr(&d, DNS_ANSWER, NAME("a.b"), DNS_TXT, DNS_IN, 0, SPAN(rdata)));
	CHECK(!add_a(&d, DNS_ANSWER, "a.b"));
	CHECK_EQ(dns_write_end(&d, DNS_NOERROR).n, 21);
}

TEST(what_is_left_out_of_the_additional_section_truncates_nothing)
{
	uint8_t buf[64];
	struct dns_writer d;
	struct span m;

	begin(&d, buf, 21 + 16 + 15, "a.b");
	CHECK(add_a(&d, DNS_ANSWER, "a.b"));
	CHECK(!add_a(&d, DNS_ADDITIONAL, "a.b"));
	m = dns_write_end(&d, DNS_NOERROR);
	CHECK_EQ(m.n, 21 + 16);
	CHECK_EQ(m.p[2] & 2, 0);
	CHECK(d.full && !d.truncated);
}

TEST(the_opt_record_has_its_room_however_full_the_message_is)
{
	uint8_t buf[128];
	struct dns_writer d;
	struct span m;

	begin(&d, buf, 21 + 16 + 17, "a.b");
	dns_write_reserve(&d, DNS_EDE_BYTES);
	CHECK(add_a(&d, DNS_ANSWER, "a.b"));
	CHECK(!add_a(&d, DNS_ANSWER, "a.b"));
	dns_write_edns(&d, 1232, true, DNS_BADVERS, DNS_EDE_BLOCKED);
	m = dns_write_end(&d, DNS_BADVERS);
	CHECK_BYTES(m, HEX("1234 8380 0001 0001 0000 0001 0161 0162 00 0001 0001"
			   "c00c 0001 0001 0000003c 0004 c0000201"
			   "00 0029 04d0 01 00 8000 0006 000f 0002 000f"));
}

TEST(an_extended_error_without_room_is_left_out_alone)
{
	uint8_t buf[128];
	struct dns_writer d;

	begin(&d, buf, 21 + 11 + 5, "a.b");
	dns_write_edns(&d, 512, false, DNS_NOERROR, DNS_EDE_STALE);
	CHECK_BYTES(dns_write_end(&d, DNS_NOERROR),
		    HEX("1234 8180 0001 0000 0000 0001 0161 0162 00 0001 0001"
			"00 0029 0200 00000000 0000"));

	begin(&d, buf, 21 + 10, "a.b");
	dns_write_reserve(&d, 0);
	dns_write_edns(&d, 512, false, DNS_NOERROR, DNS_EDE_NONE);
	CHECK_BYTES(dns_write_end(&d, DNS_SERVFAIL),
		    HEX("1234 8382 0001 0000 0000 0000 0161 0162 00 0001 0001"));
}

/* What is left of an OPT record in a message with so much room behind its question. */
static const struct { size_t room; const char *opt; bool cut; } rooms[] = {
	{ 11 + 6 + 6 + 2, "00 0029 0200 00000000 000e 000a 0002 1122 000f 0004 0003 6f6b", false },
	{ 11 + 6 + 6 + 1, "00 0029 0200 00000000 000c 000a 0002 1122 000f 0002 0003", false },
	{ 11 + 6 + 5, "00 0029 0200 00000000 0006 000a 0002 1122", false },
	{ 11 + 5, "00 0029 0200 00000000 0000", false },
	{ 10, "", true },
};

TEST(words_go_before_the_error_that_they_explain_and_that_before_options)
{
	const struct dns_opt_said said = { .udp_size = 512, .options = HEX("000a 0002 1122"),
					   .ede = DNS_EDE_STALE, .words = span_text("ok") };

	for (size_t i = 0; i < COUNT_OF(rooms); i++) {
		uint8_t buf[128], want[64];
		struct dns_writer d;
		struct span m;

		begin(&d, buf, 21 + rooms[i].room, "a.b");
		dns_write_said(&d, &said);
		m = dns_write_end(&d, DNS_NOERROR);
		CHECK_BYTES(span_of(m.p + 21, m.n - 21), test_hex(rooms[i].opt, want, sizeof want));
		CHECK_EQ(m.p[2] & 2, rooms[i].cut ? 2 : 0);
	}
}

TEST(words_of_any_length_are_left_out_at_worst)
{
	static uint8_t buf[4096], words[2048];

	for (size_t n = 0; n < sizeof words; n += 17) {
		const struct dns_opt_said said = { .udp_size = 512, .ede = DNS_EDE_STALE,
						   .words = span_of(words, n) };
		struct dns_writer d;

		begin(&d, buf, sizeof buf, "a.b");
		dns_write_said(&d, &said);
		CHECK(dns_write_end(&d, DNS_NOERROR).n >= 21 + 11 + 6);
		CHECK(!d.truncated);
	}
}

TEST(an_opt_record_is_written_as_it_was_read)
{
	uint8_t buf[128];
	struct dns_edns e = { .version = 3, .udp_size = 4096, .dnssec_ok = true, .rcode_high = 0xab,
			      .options = HEX("000a 0002 1122") }, got;
	struct dns_writer d;
	struct dns_walk w;
	struct dns_rr rr;

	dns_write_start(&d, buf, sizeof buf, 1, DNS_RD);
	CHECK(dns_write_opt(&d, &e));
	CHECK(dns_walk_start(&w, dns_write_end(&d, 0), NULL));
	CHECK(dns_walk_next(&w, &rr));
	CHECK(dns_edns_of(&rr, &got));
	CHECK_EQ(got.version, 3);
	CHECK_EQ(got.udp_size, 4096);
	CHECK_EQ(got.rcode_high, 0xab);
	CHECK(got.dnssec_ok && got.present);
	CHECK_BYTES(got.options, HEX("000a 0002 1122"));
	rr.type = DNS_TXT;
	CHECK(!dns_edns_of(&rr, &got));
}

TEST(a_message_without_room_for_its_question_is_empty)
{
	for (size_t limit = 0; limit < 21; limit++) {
		uint8_t buf[32];
		struct dns_writer d;

		begin(&d, buf, limit, "a.b");
		CHECK(!add_a(&d, DNS_ANSWER, "a.b"));
		CHECK(d.full);
		dns_write_edns(&d, 512, false, DNS_NOERROR, DNS_EDE_NONE);
		CHECK_EQ(dns_write_end(&d, DNS_NOERROR).n, 0);
	}
}

TEST(the_header_alone_is_a_message_too)
{
	uint8_t buf[12];
	struct dns_writer d;

	/* The rcode and TC that a query had are not the answer's. */
	dns_write_start(&d, buf, sizeof buf, 7, DNS_QR | DNS_TC | 9);
	CHECK_BYTES(dns_write_end(&d, DNS_FORMERR), HEX("0007 8001 0000 0000 0000 0000"));
}

TEST(a_message_is_gone_on_with_where_it_ended)
{
	uint8_t buf[128];
	struct dns_writer d;
	struct span m;

	for (int cut = 0; cut < 2; cut++) {
		begin(&d, buf, sizeof buf, "a.b");
		CHECK(add_a(&d, DNS_ANSWER, "a.b"));
		d.truncated = cut;
		m = dns_write_end(&d, DNS_NXDOMAIN);
		dns_write_resume(&d, buf, sizeof buf, m.n);
		dns_write_resume(&d, buf, sizeof buf, m.n);	/* it changed nothing yet */
		dns_write_edns(&d, 512, false, DNS_NXDOMAIN, DNS_EDE_NONE);
		m = dns_write_end(&d, DNS_NXDOMAIN);
		CHECK_BYTES(span_of(m.p, 12), cut ? HEX("1234 8383 0001 0001 0000 0001")
						  : HEX("1234 8183 0001 0001 0000 0001"));
		CHECK_BYTES(span_of(m.p + 37, m.n - 37), HEX("00 0029 0200 00000000 0000"));
	}
}

TEST(no_pointer_leads_farther_than_fourteen_bits_say)
{
	static uint8_t buf[DNS_MESSAGE_MAX], filler[16383 - 21 - 12];
	struct dns_writer d;

	begin(&d, buf, sizeof buf, "a.b");
	CHECK(dns_write_rr(&d, DNS_ANSWER, NAME("a.b"), DNS_TXT, DNS_IN, 0, SPAN(filler)));
	CHECK_EQ(writer_done(&d.w).n, 16383);
	CHECK(add_a(&d, DNS_ANSWER, "x.y"));	/* x at 16383, y at 16385 */
	CHECK(add_a(&d, DNS_ANSWER, "x.y"));
	CHECK(add_a(&d, DNS_ANSWER, "z.y"));
	CHECK(dns_write_end(&d, DNS_NOERROR).n == 16383 + 19 + 16 + 19);
	CHECK_BYTES(span_of(buf + 16383 + 19, 2), HEX("ffff"));
	CHECK_BYTES(span_of(buf + 16383 + 19 + 16, 5), HEX("017a 0179 00"));
}

TEST(a_message_has_at_most_65535_bytes)
{
	static uint8_t buf[DNS_MESSAGE_MAX + 1000], rdata[255];
	struct dns_writer d;
	struct dns_walk w;
	struct dns_rr rr;
	struct span m;

	begin(&d, buf, sizeof buf, "a.b");
	while (dns_write_rr(&d, DNS_ANSWER, NAME("a.b"), DNS_TXT, DNS_IN, 0, SPAN(rdata)))
		;
	m = dns_write_end(&d, DNS_NOERROR);
	CHECK(m.n <= DNS_MESSAGE_MAX && m.n > DNS_MESSAGE_MAX - 267);
	CHECK(dns_walk_start(&w, m, NULL));
	while (dns_walk_next(&w, &rr))
		;
	CHECK(dns_walk_ok(&w));
	CHECK_EQ(reader_left(&w.r), 0);
}

TEST(more_names_than_can_be_remembered_are_written_whole)
{
	static uint8_t buf[16384];
	char name[16];
	struct dns_writer d;
	struct dns_walk w;
	struct dns_rr rr;
	unsigned n = 0;

	begin(&d, buf, sizeof buf, "lan");
	for (unsigned i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "h%u.lan", i);
		CHECK(add_a(&d, DNS_ANSWER, name));
	}
	CHECK_EQ(d.n_known, DNS_COMPRESS_MAX);
	CHECK(dns_walk_start(&w, dns_write_end(&d, DNS_NOERROR), NULL));
	for (; dns_walk_next(&w, &rr); n++) {
		snprintf(name, sizeof name, "h%u.lan", n);
		CHECK_TEXT(dname_text(&rr.owner).s, name);
	}
	CHECK(dns_walk_ok(&w));
	CHECK_EQ(n, 200);
}
