/* SPDX-License-Identifier: ISC */
#include "wire/dhcp4.h"

#include "test/test.h"

/* A packet of the fields that the tests vary, written by hand. */
static struct span packet_of(uint8_t *buffer, size_t size, struct span options)
{
	struct writer w = writer_of(buffer, size);
	static const uint8_t zero[192];

	writer_span(&w, HEX("01 01 06 00 12345678 0003 8000 00000000 00000000 00000000 c0000209"
			    "02 00 00 00 00 01 00000000 00000000 0000"));
	writer_span(&w, SPAN(zero));
	writer_span(&w, HEX("63 82 53 63"));
	writer_span(&w, options);
	return writer_done(&w);
}

static uint8_t bytes[2048];
static struct dhcp4_msg msg;

static enum dhcp4_reject read_with(struct span options)
{
	return dhcp4_read(packet_of(bytes, sizeof bytes, options), &msg);
}

TEST(dhcp4_header_is_read_in_the_order_of_the_rfc)
{
	CHECK_EQ(read_with(HEX("35 01 01 ff")), DHCP4_READ);
	CHECK_EQ(msg.xid, 0x12345678);
	CHECK_EQ(msg.secs, 3);
	CHECK_EQ(msg.flags, DHCP4_BROADCAST);
	CHECK_TEXT(addr_text(&msg.giaddr).s, "192.0.2.9");
	CHECK_TEXT(hwaddr_text(&msg.hw).s, "02:00:00:00:00:01");
	CHECK_BYTES(msg.opt[53], HEX("01"));
	CHECK(!dhcp4_has(&msg, 50));
}

TEST(dhcp4_split_options_are_joined_and_keep_their_first_place)
{
	CHECK_EQ(read_with(HEX("35 01 01  3c 02 4142  0c 01 78  3c 03 434445  ff")), DHCP4_READ);
	CHECK_BYTES(msg.opt[60], HEX("4142434445"));
	CHECK_BYTES(msg.opt[12], HEX("78"));
	CHECK_EQ(msg.orders, 3);
	CHECK_EQ(msg.order[0], 53);
	CHECK_EQ(msg.order[1], 60);
	CHECK_EQ(msg.order[2], 12);
}

TEST(dhcp4_empty_option_is_present)
{
	CHECK_EQ(read_with(HEX("35 01 01 50 00 ff")), DHCP4_READ);
	CHECK(dhcp4_has(&msg, 80));
	CHECK_EQ(msg.opt[80].n, 0);
}

TEST(dhcp4_options_go_on_in_file_then_server_name)
{
	struct span p = packet_of(bytes, sizeof bytes, HEX("35 01 01 34 01 03 3c 01 41 ff"));

	memcpy(bytes + 108, HEX("3c 01 42 ff").p, 4);
	memcpy(bytes + 44, HEX("3c 01 43 ff").p, 4);
	CHECK_EQ(dhcp4_read(p, &msg), DHCP4_READ);
	CHECK_BYTES(msg.opt[60], HEX("41 42 43"));
	CHECK_EQ(msg.file.n, 0);
	CHECK_EQ(msg.sname.n, 0);
}

TEST(dhcp4_broken_overload_field_is_ignored_alone)
{
	struct span p = packet_of(bytes, sizeof bytes, HEX("35 01 01 34 01 01 ff"));

	memset(bytes + 108, 0x3c, 128);			/* 60 bytes at a time: the last runs out */
	CHECK_EQ(dhcp4_read(p, &msg), DHCP4_READ);
	CHECK(!dhcp4_has(&msg, 60));
	CHECK_BYTES(msg.opt[53], HEX("01"));
}

TEST(dhcp4_rejects_say_why)
{
	struct span p = packet_of(bytes, sizeof bytes, HEX("35 01 01 ff"));

	CHECK_EQ(dhcp4_read(span_of(p.p, 239), &msg), DHCP4_SHORT);
	CHECK_EQ(read_with(HEX("35 05 01 ff")), DHCP4_BAD_OPTIONS);
	CHECK_EQ(read_with(HEX("35")), DHCP4_BAD_OPTIONS);
	CHECK_EQ(read_with(HEX("35 01 01")), DHCP4_READ);	/* no end mark: still whole */
	packet_of(bytes, sizeof bytes, HEX("ff"));
	bytes[0] = 2;
	CHECK_EQ(dhcp4_read(p, &msg), DHCP4_NOT_REQUEST);
	bytes[0] = 1;
	bytes[2] = 17;
	CHECK_EQ(dhcp4_read(p, &msg), DHCP4_BAD_HEADER);
	bytes[2] = 6;
	bytes[236] = 0;
	CHECK_EQ(dhcp4_read(p, &msg), DHCP4_BAD_HEADER);
}

/* ---- writing ------------------------------------------------------------ */

static struct dhcp4_build build;
static const struct dhcp4_head head = { .op = DHCP4_BOOTREPLY, .hw = { 1, 6, { 2, 0, 0, 0, 0, 1 } },
					.xid = 7 };

static void check_reads_back(uint8_t code, struct span want)
{
	CHECK_EQ(dhcp4_read_reply(dhcp4_build_done(&build), &msg), DHCP4_READ);
	CHECK_BYTES(msg.opt[code], want);
}

TEST(dhcp4_reply_is_padded_to_what_bootp_clients_want)
{
	CHECK(dhcp4_build_start(&build, &head, (struct dhcp4_room){ 576, 0, true }));
	CHECK(dhcp4_build_option(&build, 53, HEX("02")));
	CHECK_EQ(dhcp4_build_done(&build).n, DHCP4_MIN_SIZE);
	check_reads_back(53, HEX("02"));
	CHECK_EQ(msg.xid, 7);
}

TEST(dhcp4_long_option_is_split_and_joined_again)
{
	uint8_t body[300];

	memset(body, 'x', sizeof body);
	CHECK(dhcp4_build_start(&build, &head, (struct dhcp4_room){ 1472, 0, true }));
	CHECK(dhcp4_build_option(&build, 119, SPAN(body)));
	check_reads_back(119, SPAN(body));
}

TEST(dhcp4_full_options_area_spreads_to_file_then_server_name)
{
	uint8_t body[60];
	int written = 0;

	memset(body, 'x', sizeof body);
	CHECK(dhcp4_build_start(&build, &head, (struct dhcp4_room){ 548, 0, true }));
	for (uint8_t code = 200; code < 210; code++)
		written += dhcp4_build_option(&build, code, SPAN(body));
	CHECK_EQ(written, 4 + 2 + 1);			/* options, file, server name */
	check_reads_back(206, SPAN(body));
	CHECK_BYTES(msg.opt[52], HEX("03"));
	CHECK(!dhcp4_has(&msg, 207));
	CHECK(dhcp4_build_done(&build).n <= 548);
}

TEST(dhcp4_walk_sees_each_instance_and_the_fields)
{
	static const uint8_t want[] = { 53, 53, 52, 60, 61 };
	struct span p = packet_of(bytes, sizeof bytes, HEX("35 01 01 35 01 02 34 01 03 ff"));
	struct dhcp4_walk w;
	struct span body;
	uint8_t code;
	size_t n = 0;

	memcpy(bytes + 108, HEX("3c 01 42 ff").p, 4);
	memcpy(bytes + 44, HEX("3d 01 43 ff").p, 4);
	dhcp4_walk_start(&w, p);
	while (dhcp4_walk_next(&w, &code, &body)) {
		CHECK_EQ(code, want[n++]);
		CHECK_EQ(body.n, 1);
	}
	CHECK_EQ(n, sizeof want);
	dhcp4_walk_start(&w, span_of(bytes, 100));
	CHECK(!dhcp4_walk_next(&w, &code, &body));
}

TEST(dhcp4_fields_in_use_take_no_options)
{
	struct dhcp4_head h = head;
	uint8_t body[60] = { 0 };
	int written = 0;

	h.file = span_text("pxelinux.0");
	CHECK(dhcp4_build_start(&build, &h, (struct dhcp4_room){ 548, 0, true }));
	for (uint8_t code = 200; code < 210; code++)
		written += dhcp4_build_option(&build, code, SPAN(body));
	CHECK_EQ(written, 4 + 1);
	check_reads_back(204, SPAN(body));
	CHECK_BYTES(msg.opt[52], HEX("02"));
	CHECK_TEXT((const char *)msg.file.p, "pxelinux.0");
}

TEST(dhcp4_option_without_room_leaves_no_bytes)
{
	uint8_t body[255];

	memset(body, 'x', sizeof body);
	CHECK(dhcp4_build_start(&build, &head, (struct dhcp4_room){ 548, 0, true }));
	CHECK(dhcp4_build_option(&build, 200, SPAN(body)));
	CHECK(!dhcp4_build_option(&build, 201, SPAN(body)));
	CHECK_EQ(dhcp4_read_reply(dhcp4_build_done(&build), &msg), DHCP4_READ);
	CHECK_EQ(msg.file.p[0], 0);
	CHECK_EQ(msg.sname.p[0], 0);
}

TEST(dhcp4_last_option_has_room_kept_and_comes_last)
{
	uint8_t body[60] = { 0 };

	CHECK(dhcp4_build_start(&build, &head, (struct dhcp4_room){ 548, 100, true }));
	for (uint8_t code = 200; code < 210; code++)
		dhcp4_build_option(&build, code, SPAN(body));
	dhcp4_build_last(&build, 82, span_of((uint8_t[100]){ 1, 98 }, 100));
	CHECK_EQ(dhcp4_read_reply(dhcp4_build_done(&build), &msg), DHCP4_READ);
	CHECK_EQ(msg.opt[82].n, 100);
	CHECK(dhcp4_build_done(&build).n <= 548);
}

TEST(dhcp4_name_too_long_for_its_field_is_refused)
{
	struct dhcp4_head h = head;
	char name[129];

	memset(name, 'a', sizeof name);
	h.file = span_of(name, 128);			/* no room for its NUL */
	CHECK(!dhcp4_build_start(&build, &h, (struct dhcp4_room){ 548, 0, true }));
	h.file = span_of(name, 127);
	CHECK(dhcp4_build_start(&build, &h, (struct dhcp4_room){ 548, 0, true }));
	h.sname = span_of(name, 64);
	CHECK(!dhcp4_build_start(&build, &h, (struct dhcp4_room){ 548, 0, true }));
}
