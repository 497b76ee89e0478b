/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "test/test.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/udp.h"

/* The bytes here were taken off a wire between two Linux machines. */
#define ARP_REQUEST_BYTES "0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000202"
#define ARP_REPLY_BYTES   "0001 0800 06 04 0002 020000000002 c0000202 020000000001 c0000201"
#define ECHO_BYTES        "0800 a1f8 1234 0001 68656c6c6f"
#define ECHO_REPLY_BYTES  "0000 a9f8 1234 0001 68656c6c6f"
#define IP_ECHO_REPLY     "4500 0021 0efa 0000 4001 6de0 7f000001 7f000001 " ECHO_REPLY_BYTES

static struct endpoint endpoint_of(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(addr_parse(addr, &e.addr));
	return e;
}

static struct addr addr_of(const char *text)
{
	return endpoint_of(text, 0).addr;
}

TEST(udp4_is_written_as_the_kernel_writes_it)
{
	uint8_t bytes[64];
	struct endpoint from = endpoint_of("192.0.2.1", 67), to = endpoint_of("192.0.2.2", 68);
	struct { const char *data; struct span want; } const rows[] = {
		{ "hello", HEX("4500 0021 0000 4000 4011 b6c8 c0000201 c0000202"
			       "0043 0044 000d 3777 68656c6c6f") },
		{ "hellos", HEX("4500 0022 0000 4000 4011 b6c7 c0000201 c0000202"
				"0043 0044 000e 3702 68656c6c6f73") },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct writer w = writer_of(bytes, sizeof bytes);

		udp4_write(&w, &from, &to, span_text(rows[i].data));
		CHECK(writer_ok(&w));
		CHECK_BYTES(writer_done(&w), rows[i].want);
	}
}

TEST(a_udp_checksum_of_zero_is_sent_as_all_ones)
{
	uint8_t bytes[64];
	struct writer w = writer_of(bytes, sizeof bytes);
	struct endpoint nobody = endpoint_of("0.0.0.0", 0);

	/* protocol 17, length 10 twice, and this: 0xffff */
	udp4_write(&w, &nobody, &nobody, HEX("ffda"));
	CHECK_BYTES(span_of(bytes + IP4_HEADER, 10), HEX("0000 0000 000a ffff ffda"));
}

TEST(udp4_that_does_not_fit_or_is_not_ip4_spoils_the_writer)
{
	uint8_t bytes[32];
	struct endpoint four = endpoint_of("192.0.2.1", 67), six = endpoint_of("::1", 67);
	struct writer w = writer_of(bytes, sizeof bytes);

	udp4_write(&w, &four, &four, span_text("hello"));
	CHECK(!writer_ok(&w));
	w = writer_of(bytes, sizeof bytes);
	udp4_write(&w, &six, &four, span_text(""));
	CHECK(!writer_ok(&w));
}

TEST(ip4_read_finds_the_payload_and_leaves_out_padding)
{
	struct reader r = reader_of(HEX(IP_ECHO_REPLY "00 00 00 00")), payload;
	struct ip4_head h;
	struct icmp_echo e;

	CHECK(ip4_read(&r, &h, &payload));
	CHECK_EQ(h.protocol, IP_ICMP);
	CHECK_TEXT(addr_text(&h.from).s, "127.0.0.1");
	CHECK(icmp_echo_read(&payload, &e));
	CHECK_EQ(e.type, ICMP_ECHO_REPLY);
	CHECK_EQ(e.id, 0x1234);
	CHECK_EQ(e.sequence, 1);
	CHECK_BYTES(e.data, span_text("hello"));
}

TEST(ip4_read_refuses_what_is_not_one_whole_sound_packet)
{
	const struct span rows[] = {
		HEX(""),
		HEX("45"),
		HEX("6500 0014 0000 0000 4001 5aea 00000000 00000000"),	/* version 6 */
		HEX("4400 0014 0000 0000 4001 7bea 00000000 00000000"),	/* header too short */
		HEX("4600 0018 0000 0000 4001 79e6 00000000 00000000"),	/* options cut off */
		HEX("4500 0014 0000 0000 4001 7aeb 00000000 00000000"),	/* checksum */
		HEX("4500 0015 0000 0000 4001 7ae9 00000000 00000000"),	/* payload cut off */
		HEX("4500 0013 0000 0000 4001 7aeb 00000000 00000000"),	/* shorter than itself */
		HEX("4500 0014 0000 2000 4001 5aea 00000000 00000000"),	/* more fragments */
		HEX("4500 0014 0000 0001 4001 7ae9 00000000 00000000"),	/* a later fragment */
	};
	struct reader sound = reader_of(HEX("4500 0014 0000 0000 4001 7aea 00000000 00000000"));
	struct ip4_head h;
	struct reader payload;

	CHECK(ip4_read(&sound, &h, &payload));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct reader r = reader_of(rows[i]);

		if (ip4_read(&r, &h, &payload))
			test_check_int(__FILE__, __LINE__, "row accepted", (int64_t)i, -1);
	}
}

TEST(icmp_echo_is_written_as_another_machine_wrote_it)
{
	uint8_t bytes[64];
	struct writer w = writer_of(bytes, sizeof bytes);

	icmp_echo_write(&w, &(struct icmp_echo){ ICMP_ECHO, 0x1234, 1, span_text("hello") });
	CHECK_BYTES(writer_done(&w), HEX(ECHO_BYTES));
}

TEST(icmp_echo_read_refuses_other_types_and_wrong_sums)
{
	const struct span rows[] = {
		HEX("0000 a9f8 1234"),
		HEX("0000 a9f9 1234 0001 68656c6c6f"),
		HEX("0300 fcff 0000 0000"),			/* destination unreachable */
		HEX("0001 a9f7 1234 0001 68656c6c6f"),		/* a code where there is none */
	};
	struct icmp_echo e;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct reader r = reader_of(rows[i]);

		if (icmp_echo_read(&r, &e))
			test_check_int(__FILE__, __LINE__, "row accepted", (int64_t)i, -1);
	}
}

TEST(arp_is_written_as_another_machine_wrote_it)
{
	const struct hwaddr one = { 1, 6, { 2, 0, 0, 0, 0, 1 } };
	const struct hwaddr two = { 1, 6, { 2, 0, 0, 0, 0, 2 } };
	const struct arp request = { ARP_REQUEST, one, { 0 }, addr_of("192.0.2.1"),
				     addr_of("192.0.2.2") };
	const struct arp reply = { ARP_REPLY, two, one, addr_of("192.0.2.2"),
				   addr_of("192.0.2.1") };
	uint8_t bytes[64];
	struct writer w = writer_of(bytes, sizeof bytes);

	arp_write(&w, &request);
	CHECK_BYTES(writer_done(&w), HEX(ARP_REQUEST_BYTES));
	w = writer_of(bytes, sizeof bytes);
	arp_write(&w, &reply);
	CHECK_BYTES(writer_done(&w), HEX(ARP_REPLY_BYTES));
}

TEST(arp_read_says_who_has_the_address_whatever_padding_follows)
{
	struct reader r = reader_of(HEX(ARP_REPLY_BYTES "0000 0000 0000"));
	struct arp a;

	CHECK(arp_read(&r, &a));
	CHECK_EQ(a.op, ARP_REPLY);
	CHECK_TEXT(hwaddr_text(&a.sender_hw).s, "02:00:00:00:00:02");
	CHECK_TEXT(addr_text(&a.sender).s, "192.0.2.2");
	CHECK_TEXT(hwaddr_text(&a.target_hw).s, "02:00:00:00:00:01");
	CHECK_TEXT(addr_text(&a.target).s, "192.0.2.1");
}

TEST(arp_read_refuses_other_protocols_and_short_packets)
{
	const struct span rows[] = {
		HEX(""),
		HEX("0001 86dd 06 04 0002 020000000002 c0000202 020000000001 c0000201"),
		HEX("0001 0800 06 10 0002 020000000002 c0000202 020000000001 c0000201"),
		HEX("0001 0800 11 04 0002 020000000002 c0000202 020000000001 c0000201"),
		HEX("0001 0800 06 04 0002 020000000002 c0000202 020000000001 c00002"),
	};
	struct arp a;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct reader r = reader_of(rows[i]);

		if (arp_read(&r, &a))
			test_check_int(__FILE__, __LINE__, "row accepted", (int64_t)i, -1);
	}
}
