/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "test/test.h"
#include "wire/pcap.h"

/* 192.0.2.1:67 to 192.0.2.2:68, "hello". */
#define DATAGRAM "4500 0021 0000 4000 4011 b6c8 c0000201 c0000202 0043 0044 000d 3777 68656c6c6f"
#define BIG    "a1b2c3d4 0002 0004 00000000 00000000 00040000 "
#define LITTLE "d4c3b2a1 0200 0400 00000000 00000000 00000400 "

static void check_one(struct span file, size_t passed_over)
{
	struct pcap_datagram d;
	struct pcap p;

	CHECK_EQ(pcap_open(file, &p), PCAP_READ);
	CHECK(pcap_next(&p, &d));
	CHECK_TEXT(addr_text(&d.from.addr).s, "192.0.2.1");
	CHECK_TEXT(addr_text(&d.to.addr).s, "192.0.2.2");
	CHECK_EQ(d.from.port, 67);
	CHECK_EQ(d.to.port, 68);
	CHECK_BYTES(d.data, span_text("hello"));
	CHECK(!pcap_next(&p, &d));
	CHECK_EQ(p.passed_over, passed_over);
}

TEST(a_capture_is_read_in_both_byte_orders_and_with_nanoseconds)
{
	check_one(HEX(BIG "00000065" "00000001 00000002 00000021 00000021" DATAGRAM), 0);
	check_one(HEX(LITTLE "65000000" "01000000 02000000 21000000 21000000" DATAGRAM), 0);
	check_one(HEX("a1b23c4d 0002 0004 00000000 00000000 00040000 00000065"
		      "00000001 00000002 00000021 00000021" DATAGRAM), 0);
	check_one(HEX("4d3cb2a1 0200 0400 00000000 00000000 00000400 65000000"
		      "01000000 02000000 21000000 21000000" DATAGRAM), 0);
}

TEST(a_capture_of_each_kind_of_link_is_read)
{
	check_one(HEX(BIG "00000001" "00000001 00000002 0000002f 0000002f"
		      "ffffffffffff 020000000001 0800" DATAGRAM), 0);
	check_one(HEX(BIG "00000001" "00000001 00000002 00000037 00000037"		/* two tags */
		      "ffffffffffff 020000000001 88a8 0001 8100 0002 0800" DATAGRAM), 0);
	check_one(HEX(BIG "0000000c" "00000001 00000002 00000021 00000021" DATAGRAM), 0);
	check_one(HEX(BIG "00000071" "00000001 00000002 00000031 00000031"
		      "0001 0001 0006 020000000001 0000 0800" DATAGRAM), 0);
	check_one(HEX(BIG "000000e4" "00000001 00000002 00000021 00000021" DATAGRAM), 0);
	check_one(HEX(BIG "00000114" "00000001 00000002 00000035 00000035"
		      "0800 0000 00000002 0001 01 06 0200000000010000" DATAGRAM), 0);
}

TEST(what_is_no_datagram_is_passed_over_and_counted)
{
	check_one(HEX(BIG "00000001"
		      "00000001 00000002 00000012 00000012"	/* ARP */
		      "ffffffffffff 020000000001 0806 00010800"
		      "00000001 00000002 00000002 00000002 ffff"	/* too short for Ethernet */
		      "00000001 00000002 0000002f 0000002f"	/* TCP */
		      "ffffffffffff 020000000001 0800 4500 0021 0000 4000 4006 b6d3 c0000201 c0000202"
		      "0043 0044 000d 3777 68656c6c6f"
		      "00000001 00000002 0000002f 0000002f"	/* of another protocol, though it looks alike */
		      "ffffffffffff 020000000001 88b5" DATAGRAM
		      "00000001 00000002 0000002f 0000002f"	/* UDP shorter than its own header */
		      "ffffffffffff 020000000001 0800 4500 0021 0000 4000 4011 b6c8 c0000201 c0000202"
		      "0043 0044 0007 3777 68656c6c6f"
		      "00000001 00000002 0000002f 0000002f"	/* UDP that claims to be longer */
		      "ffffffffffff 020000000001 0800 4500 0021 0000 4000 4011 b6c8 c0000201 c0000202"
		      "0043 0044 000e 3777 68656c6c6f"
		      "00000001 00000002 0000002f 0000002f"
		      "ffffffffffff 020000000001 0800" DATAGRAM), 6);
}

TEST(a_capture_that_is_cut_short_ends_there)
{
	struct pcap_datagram d;
	struct pcap p;

	CHECK_EQ(pcap_open(HEX(BIG "00000065" "00000001 00000002 00000022 00000022" DATAGRAM), &p),
		 PCAP_READ);
	CHECK(!pcap_next(&p, &d));
	CHECK_EQ(pcap_open(HEX(BIG "00000065" "00000001 00"), &p), PCAP_READ);
	CHECK(!pcap_next(&p, &d));
}

TEST(what_is_not_a_classic_capture_is_told_apart)
{
	struct pcap p;

	CHECK_EQ(pcap_open(HEX("0a0d0d0a 1c000000 4d3c2b1a"), &p), PCAP_NG);
	CHECK_EQ(pcap_open(HEX(BIG "00000069"), &p), PCAP_STRANGE_LINK);
	CHECK_EQ(p.link, 105);
	CHECK_EQ(pcap_open(span_text("01 01 06 00"), &p), PCAP_OTHER);
	CHECK_EQ(pcap_open(span_text(""), &p), PCAP_OTHER);
}

TEST(packets_are_read_from_hex)
{
	struct pcap_hex h = pcap_hex_open(span_text("# two packets\n01:02 0a\r\n  0B # more\n"
						    "# not an end\nff\n\n\n0c\n"));
	uint8_t out[32];
	size_t n;

	CHECK(pcap_hex_next(&h, out, &n));
	CHECK_BYTES(span_of(out, n), HEX("01020a0bff"));
	CHECK(pcap_hex_next(&h, out, &n));
	CHECK_BYTES(span_of(out, n), HEX("0c"));
	CHECK(pcap_hex_next(&h, out, &n));
	CHECK_EQ(n, 0);
}

TEST(what_is_not_hex_is_named_by_its_line)
{
	static const char *const bad[] = { "01\n0x02\n", "01\n0\n", "01\n0 1\n", "01\nhello", "01\n2" };
	uint8_t out[32];
	size_t n;

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct pcap_hex h = pcap_hex_open(span_text(bad[i]));

		CHECK(!pcap_hex_next(&h, out, &n));
		CHECK_EQ(h.line, 2);
	}
}
