/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "base/addr.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/text.h"
#include "test/test.h"

TEST(addresses_survive_text)
{
	static const char *const texts[] = { "0.0.0.0", "192.0.2.1", "255.255.255.255", "::",
					     "2001:db8::1" };

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct addr a;

		CHECK(addr_parse(texts[i], &a));
		CHECK_TEXT(addr_text(&a).s, texts[i]);
	}
}

TEST(what_is_no_address_is_refused)
{
	static const char *const texts[] = { "", "1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.4 ",
					     "fe80::1%eth0", "lan" };
	struct addr a;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		CHECK(!addr_parse(texts[i], &a));
}

TEST(a_prefix_has_its_own_addresses_and_no_others)
{
	static const struct { const char *net; uint8_t bits; const char *a; bool in; } cases[] = {
		{ "192.0.2.0",   24, "192.0.2.255", true  },
		{ "192.0.2.0",   24, "192.0.3.0",   false },
		{ "192.0.2.128", 25, "192.0.2.127", false },
		{ "0.0.0.0",      0, "203.0.113.9", true  },
		{ "192.0.2.7",   32, "192.0.2.7",   true  },
		{ "2001:db8::",  33, "2001:db8:8000::", false },
		{ "::",           0, "192.0.2.1",   false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct prefix p = { .bits = cases[i].bits };
		struct addr a;

		CHECK(addr_parse(cases[i].net, &p.addr));
		CHECK(addr_parse(cases[i].a, &a));
		CHECK_EQ(prefix_has(&p, &a), cases[i].in);
	}
}

TEST(hardware_addresses_survive_text)
{
	static const char *const texts[] = { "02:00:00:00:00:01", "06-01:02", "ff" };
	struct hwaddr h;

	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CHECK(hwaddr_parse(texts[i], &h));
		CHECK_TEXT(hwaddr_text(&h).s, texts[i]);
	}
	CHECK(!hwaddr_parse("02:00:", &h));
	CHECK(!hwaddr_parse("100", &h));
	CHECK(!hwaddr_parse("1:2:3:4:5:6:7:8:9:a:b:c:d:e:f:10:11", &h));
}

TEST(netmasks_have_no_holes)
{
	CHECK_EQ(ip4_mask_bits(0xffffff00), 24);
	CHECK_EQ(ip4_mask_bits(0), 0);
	CHECK_EQ(ip4_mask_bits(UINT32_MAX), 32);
	CHECK_EQ(ip4_mask_bits(0xff00ff00), -1);
}

TEST(a_text_builder_cuts_and_says_so)
{
	char buffer[8];
	struct text t = TEXT(buffer);

	text_add(&t, "abc");
	text_addf(&t, "%d", 12345);
	CHECK_TEXT(buffer, "abc1234");
	CHECK(t.cut);
}

TEST(text_of_a_stranger_keeps_no_control_bytes)
{
	char buffer[32];
	struct text t = TEXT(buffer);

	text_safe(&t, HEX("41 0a 1b 42 ff"));
	CHECK_TEXT(buffer, "A\\x0a\\x1bB\\xff");
}

TEST(numbers_are_whole_and_bounded)
{
	uint64_t v = 7;

	CHECK(text_uint("65535", 65535, &v) && v == 65535);
	CHECK(!text_uint("65536", 65535, &v));
	CHECK(!text_uint("", 10, &v));
	CHECK(!text_uint("-1", 10, &v));
	CHECK(!text_uint("1x", 10, &v));
	CHECK(!text_uint("99999999999999999999999", UINT64_MAX, &v));
	CHECK(text_uint("0", 0, &v) && v == 0);
	CHECK(!text_uint("5", 3, &v));
}

#define KIB ((size_t)1024)

/* Pieces that do not follow the one before: each begins a block. */
static unsigned blocks_of(struct arena *a, size_t pieces, size_t bytes)
{
	const char *before = NULL;
	unsigned blocks = 0;

	for (size_t i = 0; i < pieces; i++) {
		const char *p = arena_take(a, bytes);

		blocks += !before || p != before + bytes;
		before = p;
	}
	return blocks;
}

TEST(a_large_arena_has_large_blocks_and_a_small_one_small_blocks)
{
	struct arena a;

	arena_init(&a, 0);
	CHECK(blocks_of(&a, 64, KIB) >= 4);
	CHECK(a.used <= 80 * KIB);
	CHECK(blocks_of(&a, 32 * KIB, KIB) <= 100);
	CHECK(a.used <= 36 * KIB * KIB);
	arena_done(&a);
}

TEST(an_arena_with_a_limit_is_filled_to_the_last_small_block)
{
	const size_t limit = 4 * KIB * KIB;
	struct arena a;
	size_t taken = 0;

	arena_init(&a, limit);
	while (arena_try(&a, KIB))
		taken += KIB;
	CHECK(a.used <= limit);
	CHECK(taken >= limit - 32 * KIB);
	arena_done(&a);
}

TEST(an_arena_with_a_limit_says_when_it_is_full)
{
	struct arena a;

	arena_init(&a, 20000);
	CHECK(arena_try(&a, 100));
	CHECK(!arena_try(&a, 30000));
	CHECK(a.full);
	arena_done(&a);
}

TEST(a_log_limit_lets_a_burst_through_and_counts_the_rest)
{
	struct log_limit l = { .burst = 2, .every_ms = 100 };

	CHECK(log_allowed(&l, 1000));
	CHECK(log_allowed(&l, 1001));
	CHECK(!log_allowed(&l, 1002));
	CHECK(!log_allowed(&l, 1003));
	CHECK(log_allowed(&l, 1101));
	CHECK_EQ(log_left_out(&l), 2);
	CHECK_EQ(log_left_out(&l), 0);
}

/* Leases end after it, where numbers have 32 bits too. */
TEST(time_goes_on_after_january_2038)
{
	time_t at = (time_t)INT64_C(4102444800);
	struct tm tm = { 0 };

	CHECK(gmtime_r(&at, &tm) != NULL);
	CHECK_EQ(tm.tm_year, 2100 - 1900);
}

static char recorded[128];

static void record(enum log_subsystem sub, enum log_level level, const char *text)
{
	size_t n = strlen(recorded);

	snprintf(recorded + n, sizeof recorded - n, "%d %d %s|", sub, level, text);
}

TEST(lines_that_are_held_are_told_in_their_order_when_it_is_said)
{
	struct log_held h = { 0 };

	recorded[0] = 0;
	log_set_sink(record);
	log_hold(&h);
	log_info(LOG_DHCP, "one %d", 1);
	log_error(LOG_MAIN, "two");
	log_hold(NULL);
	log_info(LOG_TFTP, "now");
	CHECK_TEXT(recorded, "2 3 now|");
	log_held_tell(&h);
	CHECK_TEXT(recorded, "2 3 now|1 3 one 1|0 0 two|");
	log_held_tell(&h);		/* no line is told twice */
	CHECK_TEXT(recorded, "2 3 now|1 3 one 1|0 0 two|");
	log_set_sink(NULL);
}

TEST(held_lines_are_many_and_may_be_forgotten)
{
	struct log_held h = { 0 };

	recorded[0] = 0;
	log_set_sink(record);
	log_hold(&h);
	for (int i = 0; i < 10000; i++)
		log_info(LOG_MAIN, "a line of some length, number %d", i);
	log_hold(NULL);
	CHECK(h.n > 300000);
	log_held_forget(&h);
	log_held_tell(&h);
	CHECK_TEXT(recorded, "");
	log_set_sink(NULL);
}
