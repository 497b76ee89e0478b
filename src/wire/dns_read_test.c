/* SPDX-License-Identifier: ISC */
/* Messages marked "seen" are dig's, and dnsmasq's answers to it. */
#include <stdio.h>

#include "base/must.h"
#include "test/test.h"
#include "wire/dns.h"

TEST(a_query_with_edns_reads_whole)
{
	/* seen: dig printer.lan A +nsid +subnet=198.51.100.0/24 +dnssec +cookie=0102030405060708 */
	struct span m = HEX(
		"63c7 0120 0001 0000 0000 0001 07 7072696e746572 03 6c616e 00 0001 0001"
		"00 0029 04d0 0000 8000 001b 0003 0000 0008 0007 000118 00c63364 000a 0008 0102030405060708");
	static const struct { unsigned code; const char *value; } options[] = {
		{ 3, "" }, { 8, "00 01 18 00 c6 33 64" }, { 10, "01 02 03 04 05 06 07 08" },
	};
	struct dns_query q;
	struct dns_edns_option o;
	int why;

	CHECK(dns_query_read(m, &q, &why));
	CHECK_EQ(q.header.id, 0x63c7);
	CHECK_EQ(q.header.flags, DNS_RD | DNS_AD);
	CHECK_TEXT(dname_text(&q.question.name).s, "printer.lan");
	CHECK_EQ(q.question.type, DNS_A);
	CHECK_EQ(q.question.class, DNS_IN);
	CHECK_EQ(q.question_end, 29);
	CHECK(q.edns.present && q.edns.dnssec_ok);
	CHECK_EQ(q.edns.udp_size, 1232);
	CHECK_EQ(q.edns.version, 0);

	struct reader r = reader_of(q.edns.options);

	for (size_t i = 0; i < COUNT_OF(options); i++) {
		uint8_t buf[16];

		CHECK(dns_edns_next(&r, &o));
		CHECK_EQ(o.code, options[i].code);
		CHECK_BYTES(o.value, test_hex(options[i].value, buf, sizeof buf));
	}
	CHECK(!dns_edns_next(&r, &o));
	CHECK(reader_ok(&r));
}

#define HEAD(counts) "0001 0100 " counts
#define NAME_A " 01 61 00 0001 0001"
#define OPT_RR " 00 0029 0200 00000000 0000"

TEST(a_query_that_parses_in_part_is_a_query_all_the_same)
{
	static const struct { const char *bytes, *what; bool edns; } good[] = {
		{ HEAD("0001 0000 0000 0000") NAME_A, "no OPT", false },
		{ HEAD("0001 0000 0000 0000") NAME_A " ff ff ff", "bytes behind it", false },
		{ HEAD("0001 0000 0000 0001") NAME_A OPT_RR, "OPT", true },
		{ HEAD("0001 0000 0000 0002") NAME_A OPT_RR " c00c 00fa 00ff 00000000 0001 aa",
		  "TSIG behind OPT", true },
		{ HEAD("0001 0000 0000 0002") NAME_A " c00c 0010 0001 00000000 0001 00" OPT_RR,
		  "OPT as the second", true },
		{ HEAD("0001 0000 0001 0000") NAME_A " c00c 0001 0001 00000000 0004 c0000201",
		  "an authority, as IXFR has", false },
		{ HEAD("0001 0000 0000 0000") " 00 0002 0001", "the root", false },
	};

	for (size_t i = 0; i < COUNT_OF(good); i++) {
		uint8_t buf[128];
		struct dns_query q;
		int why;

		if (!dns_query_read(test_hex(good[i].bytes, buf, sizeof buf), &q, &why) ||
		    q.edns.present != good[i].edns)
			test_failed(__FILE__, __LINE__, good[i].what);
	}
}

TEST(what_is_no_query_is_refused_and_says_what_to_answer)
{
	static const struct { const char *bytes; int why; const char *what; } bad[] = {
		{ "", -1, "nothing" },
		{ "0001", -1, "an ID alone" },
		{ "0001 0100 0001 0000 0000 00", -1, "eleven bytes" },
		{ "0001 8100 0001 0000 0000 0000" NAME_A, -1, "a reply" },
		{ "0001 8100 0000 0000 0000 0000", -1, "an empty reply" },
		{ "0001 2100 0001 0000 0000 0000" NAME_A, DNS_NOTIMP, "NOTIFY" },
		{ "0001 2800 ffff 0000 0000 0000", DNS_NOTIMP, "UPDATE" },
		{ HEAD("0000 0000 0000 0000"), DNS_FORMERR, "no question" },
		{ HEAD("0000 0000 0000 0001") OPT_RR, DNS_FORMERR, "no question, but OPT" },
		{ HEAD("0001 0000 0000 0000"), DNS_FORMERR, "a question that is not there" },
		{ HEAD("0001 0000 0000 0000") " 01 61 00 0001 00", DNS_FORMERR, "no whole question" },
		{ HEAD("0001 0000 0000 0000") " 01 61 c0 0c 0001 0001", DNS_FORMERR, "a name in itself" },
		{ HEAD("0001 0000 0000 0000") " c0 0c 0001 0001", DNS_FORMERR, "a loop" },
		{ HEAD("0001 0000 0000 0000") " 40 61 00 0001 0001", DNS_FORMERR, "label type 01" },
		{ HEAD("0002 0000 0000 0000") NAME_A NAME_A, DNS_FORMERR, "two questions" },
		{ HEAD("ffff 0000 0000 0000") NAME_A, DNS_FORMERR, "65535 questions" },
		{ HEAD("0001 0001 0000 0000") NAME_A, DNS_FORMERR, "an answer that is not there" },
		{ HEAD("0001 0001 0000 0000") NAME_A " 00 0001 0001 00000000 0004 c00002", DNS_FORMERR,
		  "rdata cut short" },
		{ HEAD("0001 0000 0000 0001") NAME_A, DNS_FORMERR, "an OPT that is not there" },
		{ HEAD("0001 0000 0000 0002") NAME_A OPT_RR OPT_RR, DNS_FORMERR, "two OPT" },
		{ HEAD("0001 0000 0000 0001") NAME_A " 01 61 00 0029 0200 00000000 0000", DNS_FORMERR,
		  "OPT with an owner" },
		{ HEAD("0001 0000 0001 0000") NAME_A OPT_RR, DNS_FORMERR, "OPT as an authority" },
		{ HEAD("0001 0001 0000 0000") NAME_A OPT_RR, DNS_FORMERR, "OPT as an answer" },
		{ HEAD("0001 0000 0000 0001") NAME_A " 00 0029 0200 00000000 0003 000300", DNS_FORMERR,
		  "half an EDNS option" },
		{ HEAD("0001 0000 0000 0001") NAME_A " 00 0029 0200 00000000 0005 0003 0002 00",
		  DNS_FORMERR, "an EDNS option that is too long" },
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t buf[128];
		struct span m = test_hex(bad[i].bytes, buf, sizeof buf);
		struct dns_query q = { 0 };
		int why = 77;

		if (dns_query_read(m, &q, &why) || why != bad[i].why || (why != -1 && q.header.id != 1))
			test_failed(__FILE__, __LINE__, bad[i].what);
	}
}

/* The records as "section owner type ttl rdata-as-expanded-hex;". */
static const char *records_text(struct span m)
{
	static char text[2048];
	struct dns_walk w;
	struct dns_rr rr;
	size_t n = 0;

	text[0] = 0;
	if (!dns_walk_start(&w, m, NULL))
		return "no message";
	while (dns_walk_next(&w, &rr)) {
		uint8_t buf[512];
		struct writer out = writer_of(buf, sizeof buf);
		bool whole = dns_rdata_expand(&w.r, &rr, &out);
		struct span rdata = writer_done(&out);

		n += (size_t)snprintf(text + n, sizeof text - n, "%d %s %u %u %s", w.section,
				      dname_text(&rr.owner).s, rr.type, rr.ttl_s, whole ? "" : "bad");
		for (size_t i = 0; i < rdata.n; i++)
			n += (size_t)snprintf(text + n, sizeof text - n, "%02x", rdata.p[i]);
		n += (size_t)snprintf(text + n, sizeof text - n, ";");
	}
	return dns_walk_ok(&w) ? text : "does not parse";
}

#define PRINTER_LAN "077072696e746572036c616e00"

TEST(replies_are_walked_and_their_names_expanded)
{
	static const struct { const char *bytes, *records; } seen[] = {
		/* seen: dig alias.lan A +noedns */
		{ "c285 8580 0001 0002 0000 0000 05 616c696173 03 6c616e 00 0001 0001"
		  "c00c 0005 0001 00000000 000d 07 7072696e746572 03 6c616e 00"
		  "c027 0001 0001 00000000 0004 c0000207",
		  "0 alias.lan 5 0 " PRINTER_LAN ";0 printer.lan 1 0 c0000207;" },
		/* seen: dig _sip._udp.lan SRV */
		{ "c5fa 8580 0001 0001 0000 0003 045f736970045f756470036c616e00 0021 0001"
		  "c00c 0021 0001 00000000 0013 000a 0014 13c4 " PRINTER_LAN
		  "c031 0001 0001 00000000 0004 c0000207"
		  "c031 001c 0001 00000000 0010 20010db8000000000000000000000007"
		  "00 0029 04d0 00000000 0000",
		  "0 _sip._udp.lan 33 0 000a001413c4" PRINTER_LAN ";2 printer.lan 1 0 c0000207;"
		  "2 printer.lan 28 0 20010db8000000000000000000000007;2 . 41 0 ;" },
		/* seen: dig n.lan NAPTR */
		{ "b30d 8580 0001 0001 0000 0001 016e036c616e00 0023 0001"
		  "c00c 0023 0001 00000000 0027 000a 0014 0175 07 7369702b453255"
		  "11 215e2e2a24217369703a6d65406c616e21 0172036c616e00"
		  "00 0029 04d0 00000000 0000",
		  "0 n.lan 35 0 000a00140175077369702b45325511215e2e2a24217369703a6d65406c616e21"
		  "0172036c616e00;2 . 41 0 ;" },
		/* seen: dig auth.example SOA */
		{ "1c8b 8580 0001 0001 0001 0001 0461757468076578616d706c6500 0006 0001"
		  "0461757468076578616d706c6500 0006 0001 00000258 0038"
		  "026e730461757468076578616d706c6500 04726f6f740461757468076578616d706c6500"
		  "000007ea 000004b0 00000078 00127500 00000258"
		  "c01e 0002 0001 00000258 0011 026e730461757468076578616d706c6500"
		  "00 0029 04d0 00000000 0000",
		  "0 auth.example 6 600 026e730461757468076578616d706c6500"
		  "04726f6f740461757468076578616d706c6500000007ea000004b0000000780012750000000258;"
		  "1 auth.example 2 600 026e730461757468076578616d706c6500;2 . 41 0 ;" },
		/* the same with names that point back, and a TTL with its top bit set */
		{ "1c8b 8580 0001 0001 0000 0000 0461757468076578616d706c6500 0006 0001"
		  "c00c 0006 0001 80000258 0020 026e73c00c 04726f6f74c00c"
		  "000007ea 000004b0 00000078 00127500 00000258",
		  "0 auth.example 6 0 026e730461757468076578616d706c6500"
		  "04726f6f740461757468076578616d706c6500000007ea000004b0000000780012750000000258;" },
		{ "0000 8000 0000 0000 0000 0000", "" },
		{ "0000 8000 0000 0000 0000 0001 00 0029 04d0 ff000000 0000", "2 . 41 4278190080 ;" },
		{ "0000 8000 0002 0000 0000 0000" NAME_A NAME_A, "no message" },
		{ "0000 8000 0001 0001 0000 0000" NAME_A, "does not parse" },
		{ "0000 8000 0001 0000 0000", "no message" },
	};

	for (size_t i = 0; i < COUNT_OF(seen); i++) {
		uint8_t buf[512];

		CHECK_TEXT(records_text(test_hex(seen[i].bytes, buf, sizeof buf)), seen[i].records);
	}
}

TEST(a_message_of_65535_bytes_is_walked_to_its_end)
{
	static uint8_t m[DNS_MESSAGE_MAX + 1];
	struct writer w = writer_of(m, sizeof m);
	struct dns_walk walk;
	struct dns_rr rr;
	unsigned n = 0;

	writer_span(&w, HEX("0001 8000 0000 0000 0000 0000"));
	while (writer_left(&w) > 11 + 200) {
		writer_span(&w, HEX("00 0010 0001 00000000 0000"));
		n++;
	}
	writer_span(&w, HEX("00 0010 0001 00000000"));
	writer_u16(&w, writer_left(&w) - 2 - 1);
	n++;
	put_uint(m + 6, 2, n);
	CHECK(dns_walk_start(&walk, span_of(m, DNS_MESSAGE_MAX), NULL));
	for (unsigned i = 0; i < n; i++)
		CHECK(dns_walk_next(&walk, &rr));
	CHECK(!dns_walk_next(&walk, &rr));
	CHECK(dns_walk_ok(&walk));
	CHECK_EQ(reader_left(&walk.r), 0);

	CHECK(dns_walk_start(&walk, span_of(m, DNS_MESSAGE_MAX - 1), NULL));
	while (dns_walk_next(&walk, &rr))
		;
	CHECK(!dns_walk_ok(&walk));
}

/* One record of this type with this rdata, behind the question a.b. */
static const char *expanded(unsigned type, const char *rdata)
{
	static char text[256];
	uint8_t buf[256], rdata_buf[128], out_buf[128];
	struct writer w = writer_of(buf, sizeof buf), out = writer_of(out_buf, sizeof out_buf);
	struct dns_walk walk;
	struct dns_rr rr;
	struct hole n;

	writer_span(&w, HEX("0001 8000 0001 0001 0000 0000 0161 0162 00 0001 0001 c00c"));
	writer_u16(&w, type);
	writer_span(&w, HEX("0001 00000000"));
	n = writer_hole(&w, 2);
	writer_span(&w, test_hex(rdata, rdata_buf, sizeof rdata_buf));
	writer_fill(&w, n);
	writer_span(&w, HEX("00 00 00"));	/* not of this record */
	must(dns_walk_start(&walk, writer_done(&w), NULL) && dns_walk_next(&walk, &rr));
	writer_u8(&out, 0xee);
	if (!dns_rdata_expand(&walk.r, &rr, &out))
		return writer_ok(&out) && writer_done(&out).n == 1 ? "refused" : "half written";
	text[0] = 0;
	for (size_t i = 1; i < writer_done(&out).n; i++)
		sprintf(text + 2 * (i - 1), "%02x", out_buf[i]);
	return text;
}

TEST(rdata_of_every_type_with_names_is_expanded_or_refused)
{
	static const struct { unsigned type; const char *rdata, *expanded; } cases[] = {
		{ DNS_NS,    "c00c", "0161016200" },
		{ DNS_NS,    "0178c00e", "0178016200" },
		{ DNS_NS,    "c00c00", "refused" },		/* a byte too many */
		{ DNS_NS,    "", "refused" },
		{ DNS_NS,    "c0", "refused" },
		{ DNS_NS,    "0178", "refused" },		/* no root within the rdata */
		{ DNS_NS,    "c021", "refused" },		/* into itself */
		{ DNS_CNAME, "0158c00c", "01580161016200" },	/* case stays */
		{ DNS_PTR,   "c00e", "016200" },
		{ 3,         "c00e", "016200" },
		{ 4,         "c00e", "016200" },
		{ 7,         "c00e", "016200" },
		{ 8,         "c00e", "016200" },
		{ 9,         "c00e", "016200" },
		{ 14,        "c00cc00e", "0161016200016200" },
		{ DNS_MX,    "000ac00c", "000a0161016200" },
		{ DNS_MX,    "000a", "refused" },
		{ DNS_MX,    "00", "refused" },
		{ DNS_SOA,   "c00cc00e" "0102030405060708090a0b0c0d0e0f1011121314",
		  "0161016200016200" "0102030405060708090a0b0c0d0e0f1011121314" },
		{ DNS_SOA,   "c00cc00e" "0102030405060708090a0b0c0d0e0f10111213", "refused" },
		{ 17,        "c00cc00c", "01610162000161016200" },
		{ 18,        "0001c00e", "0001016200" },
		{ 21,        "0001c00e", "0001016200" },
		{ 24,        "000102030405060708090a0b0c0d0e0f1011c00eaabb",
		  "000102030405060708090a0b0c0d0e0f1011016200aabb" },
		{ 26,        "0001c00ec00e", "0001016200016200" },
		{ 30,        "c00eaabb", "016200aabb" },
		{ DNS_SRV,   "000100020003c00e", "000100020003016200" },
		{ DNS_NAPTR, "0001000201750178" "0161c00e", "000100020175017801610" "16200" },
		{ DNS_NAPTR, "000100020175017805", "refused" },
		{ 36,        "0001c00e", "0001016200" },
		{ DNS_DNAME, "c00e", "016200" },
		/* These have names that are never compressed, or none: they stay. */
		{ DNS_RRSIG, "c00cc00c", "c00cc00c" },
		{ DNS_TXT,   "03616263", "03616263" },
		{ DNS_A,     "c0", "c0" },
		{ DNS_HTTPS, "", "" },
		{ 65280,     "c00c", "c00c" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK_TEXT(expanded(cases[i].type, cases[i].rdata), cases[i].expanded);
}

TEST(an_expanded_name_that_does_not_fit_leaves_the_writer_as_it_was)
{
	struct span m = HEX("0001 8000 0001 0001 0000 0000 0161 0162 00 0001 0001"
			    "c00c 000f 0001 00000000 0004 000a c00c");
	uint8_t buf[6];
	struct writer out = writer_of(buf, sizeof buf);
	struct dns_walk w;
	struct dns_rr rr;

	CHECK(dns_walk_start(&w, m, NULL) && dns_walk_next(&w, &rr));
	CHECK(!dns_rdata_expand(&w.r, &rr, &out));
	CHECK(writer_ok(&out));
	CHECK_EQ(writer_left(&out), sizeof buf);
}

TEST(addresses_are_found_in_their_records_alone)
{
	static const struct { unsigned type, class; const char *rdata, *addr; } cases[] = {
		{ DNS_A, DNS_IN, "c0000201", "192.0.2.1" },
		{ DNS_AAAA, DNS_IN, "20010db8000000000000000000000007", "2001:db8::7" },
		{ DNS_A, DNS_IN, "c00002", "" },
		{ DNS_A, DNS_IN, "20010db8000000000000000000000007", "" },
		{ DNS_AAAA, DNS_IN, "c0000201", "" },
		{ DNS_A, DNS_CHAOS, "c0000201", "" },
		{ DNS_TXT, DNS_IN, "c0000201", "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint8_t buf[16];
		struct dns_rr rr = { .type = (uint16_t)cases[i].type, .class = (uint16_t)cases[i].class,
				     .rdata = test_hex(cases[i].rdata, buf, sizeof buf) };
		struct addr a = dns_rr_addr(&rr);

		CHECK_TEXT(addr_text(&a).s, cases[i].addr);
	}
}

TEST(a_question_never_points_anywhere)
{
	static const char *const bad[] = {
		/* Into the header: "a" is its ID, and the upper byte of the flags' count is the root. */
		"0161 0000 0001 0000 0000 0000 c000 0001 0001",
		"0161 0100 0001 0000 0000 0000 c004 0001 0001",
		"0161 0100 0001 0000 0000 0000 0162 c004 0001 0001",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t buf[64];
		struct span m = test_hex(bad[i], buf, sizeof buf);
		struct dns_query q;
		struct dns_walk w;
		int why;

		CHECK(!dns_query_read(m, &q, &why));
		CHECK(!dns_walk_start(&w, m, &q.question));
		CHECK(!dns_walk_ok(&w));
	}
}

TEST(the_offsets_of_a_record_are_where_its_bytes_lie)
{
	struct span m = HEX("0001 8000 0001 0001 0000 0000" NAME_A
			    "c00c 0001 0001 00000e10 0004 c0000201");
	struct dns_question q;
	struct dns_walk w;
	struct dns_rr rr;

	CHECK(dns_walk_start(&w, m, &q));
	CHECK_TEXT(dname_text(&q.name).s, "a");
	CHECK(dns_walk_next(&w, &rr));
	CHECK_EQ(rr.ttl_s, 3600);
	CHECK_BYTES(span_of(m.p + rr.ttl_at, 4), HEX("00000e10"));
	CHECK_BYTES(span_of(m.p + rr.rdata_at, rr.rdata.n), HEX("c0000201"));
	CHECK(dns_walk_start(&w, HEX("0001 8000 0000 0000 0000 0000"), &q));
	CHECK_EQ(q.name.n, 0);
}
