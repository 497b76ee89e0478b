/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "store/lease_line.h"
#include "test/test.h"

TEST(a_lease_line_is_printed_as_it_was_read)
{
	static const struct { const char *in, *out; } rows[] = {
		{ "1795378281 02:11:22:33:44:55 192.168.50.83 clienta 01:02:11:22:33:44:55", NULL },
		{ "0 02:00:00:00:00:01 192.0.2.10 * *", NULL },
		{ "0 06-02:00:00:00:00:04 192.0.2.24 name.dom ff:00", NULL },
		{ "5 00- 192.0.2.25 nohw *", NULL },
		{ "5 01- 192.0.2.25 nohw *", NULL },
		{ "5\t2:0:0:0:0:3  192.0.2.26 * 1 \r", "5 02:00:00:00:00:03 192.0.2.26 * 01" },
		{ "5 * 192.0.2.27 a *", "5 00- 192.0.2.27 a *" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct lease_record r;
		char line[LEASE_LINE_MAX];
		size_t n;

		CHECK(lease_line_parse(span_text(rows[i].in), &r));
		n = lease_line_print(&r, line);
		CHECK_EQ(line[n - 1], '\n');
		line[n - 1] = 0;
		CHECK_TEXT(line, rows[i].out ? rows[i].out : rows[i].in);
		CHECK_EQ(lease_line_ip4(span_text(line)), addr_to_ip4(&r.addr));
	}
}

TEST(a_line_that_is_not_a_lease_is_garbage)
{
	static const char *const rows[] = {
		"garbage",
		"abc def ghi jkl mno",
		"1795378281 02:00:00:00:00:01 192.0.2.10 printer",
		"1795378281 02:00:00:00:00:01 192.0.2.10 printer * more",
		"1795378281 zz:00 192.0.2.10 * *",
		"1795378281 02:00:00:00:00:01 300.0.0.1 * *",
		"1795378281 02:00:00:00:00:01 192.0.2 * *",
		"1795378281 02:00:00:00:00:01 0.0.0.0 * *",
		"1795378281 02:00:00:00:00:01 192.0.2.1.5 * *",
		"-5 02:00:00:00:00:01 192.0.2.10 * *",
		"99999999999999999999 02:00:00:00:00:01 192.0.2.10 * *",
		"5 02:00:00:00:00:01: 192.0.2.10 * *",
		"5 02:00:00:00:00:01 192.0.2.10 * 0x1",
		"5 02:00:00:00:00:01 192.0.2.10 na\001me *",
		"5 00:01:02:03:04:05:06:07:08:09:0a:0b:0c:0d:0e:0f:10 192.0.2.10 * *",
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct lease_walk w = { .rest = span_text(rows[i]) };

		CHECK_EQ(lease_walk_next(&w), LINE_GARBAGE);
		CHECK_EQ(lease_walk_next(&w), LINE_END);
	}
}

TEST(a_name_that_would_break_its_line_is_left_out)
{
	static const char *const names[] = { "two words", "line\nbreak", "*", "caf\xc3\xa9", "" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct lease_record r = { .addr = addr_ip4(0xc000020a), .hw = { .type = 1 } };
		char line[LEASE_LINE_MAX];

		strcpy(r.name, names[i]);
		line[lease_line_print(&r, line)] = 0;
		CHECK_TEXT(line, "0 01- 192.0.2.10 * *\n");
	}
}

TEST(the_ipv6_part_of_a_lease_file_is_kept_and_notes_are_told_apart)
{
	struct lease_walk w = { .rest = span_text(
		"0 02:00:00:00:00:01 192.0.2.10 a *\n"
		"agent-info 192.0.2.10 01:02\n"
		"\n"
		"0 12345 fd00::1 early 00:01\n"
		"duid 00:01:00:01:2c:9a\n"
		"1795386047 T12346 fd00::6 * 00:01:00:01:aa\n"
		"0 02:00:00:00:00:02 192.0.2.11 late *") };

	CHECK_EQ(lease_walk_next(&w), LINE_LEASE);
	CHECK_EQ(lease_walk_next(&w), LINE_NOTE);
	CHECK_EQ(lease_walk_next(&w), LINE_BLANK);
	CHECK_EQ(lease_walk_next(&w), LINE_GARBAGE);
	CHECK_EQ(w.line, 4);
	CHECK_EQ(lease_walk_next(&w), LINE_KEPT);
	CHECK_EQ(lease_walk_next(&w), LINE_KEPT);
	CHECK_BYTES(w.text, span_text("1795386047 T12346 fd00::6 * 00:01:00:01:aa"));
	CHECK_EQ(lease_walk_next(&w), LINE_LEASE);
	CHECK_EQ(lease_walk_next(&w), LINE_END);
}
