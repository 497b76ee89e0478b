/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/args.h"
#include "test/test.h"

static struct arena arena;

static struct args *args(const char *value)
{
	return args_of(&arena, (struct origin){ "f", 1 }, "option", value);
}

static const char *finish(struct args *a)
{
	const char *error = args_finish(a) ? "fine" : args_error_text(a);
	static char copy[300];

	snprintf(copy, sizeof copy, "%s", error);
	arena_done(&arena);
	return copy;
}

TEST(words_end_at_commas_and_lose_their_blanks)
{
	struct args *a = args(" client-arch ,\t7,,x y ");

	CHECK_EQ(args_left(a), 4);
	CHECK_TEXT(args_take(a)->s, "client-arch");
	CHECK_EQ(args_peek(a)->column, 16);
	CHECK_TEXT(args_take(a)->s, "7");
	CHECK_TEXT(args_take(a)->s, "");
	CHECK_TEXT(args_take(a)->s, "x y");
	CHECK(!args_more(a));
	CHECK(args_take(a) == NULL);
	args_back(a);
	CHECK_TEXT(args_peek(a)->s, "x y");
	arena_done(&arena);
}

TEST(an_empty_value_has_one_empty_word)
{
	struct args *a = args("");

	CHECK_EQ(args_left(a), 1);
	CHECK_TEXT(args_peek(a)->s, "");
	CHECK_TEXT(finish(a), "fine");
}

TEST(the_rest_is_as_written_commas_and_all)
{
	struct args *a = args("one, two , three");
	const char *rest = NULL;

	args_take(a);
	CHECK(args_rest(a, &rest));
	CHECK_TEXT(rest, "two , three");
	CHECK(!args_rest(a, &rest));
	arena_done(&arena);
}

TEST(a_word_can_be_had_with_the_blanks_round_it)
{
	static const char quoted[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0 };
	struct args *a = args(" one,\t two ,,  x, ");
	struct word w = { "a,  b , c , d", quoted, 1 };

	CHECK_TEXT(args_take_blanks(a, false), "one");
	CHECK_TEXT(args_take_blanks(a, true), "  two ");
	CHECK_TEXT(args_take_blanks(a, true), "");
	CHECK_TEXT(args_take_blanks(a, false), "x");
	CHECK_TEXT(args_take_blanks(a, true), " ");
	CHECK(args_take_blanks(a, true) == NULL);
	a = args_split(a, &w, ',');
	args_take(a);
	CHECK_TEXT(args_take_blanks(a, false), "b ");
	CHECK_TEXT(args_take_blanks(a, true), " c , d");
	arena_done(&arena);
}

TEST(an_argument_that_nobody_took_is_an_error_with_its_column_and_a_remedy)
{
	struct args *a = args("192.0.2.1,nonsense");
	struct addr addr;
	uint32_t s;

	CHECK(args_addr(a, &addr, "the first address"));
	CHECK(!args_addr(a, &addr, "the last address"));
	CHECK(!args_duration(a, false, &s));
	CHECK_TEXT(finish(a), "option, column 11: \"nonsense\" does not fit here; write the last "
		   "address or a time such as 12h, 30m or infinite");
	a = args("x");
	CHECK_TEXT(finish(a), "option, column 1: \"x\" does not fit here; leave it out");
	a = args("x,,");
	args_take(a);
	CHECK_TEXT(finish(a), "fine");
	a = args("x,,y");
	args_take(a);
	CHECK_TEXT(finish(a), "option, column 3: \"\" does not fit here; leave it out");
}

TEST(a_function_that_fails_without_a_word_gets_one_made)
{
	struct args *a = args("x");
	const char *s;

	args_take(a);
	CHECK(!args_text(a, &s, "the name"));
	CHECK(!args_fail(a));
	CHECK_TEXT(args_error_text(a), "option: something is missing at the end; write the name");
	CHECK(!args_error(a, "later"));
	CHECK_TEXT(finish(a), "option: something is missing at the end; write the name");
	a = args("x,y");
	args_take(a);
	args_take(a);
	CHECK(!args_error(a, "%s is odd; write %d", "y", 7));
	CHECK_TEXT(finish(a), "option, column 3: y is odd; write 7");
}

TEST(addresses_are_taken_by_family)
{
	static const struct { const char *text; bool v4, v6; } table[] = {
		{ "192.0.2.1", true, false }, { "2001:db8::1", false, true },
		{ "[2001:db8::1]", false, true }, { "[192.0.2.1]", false, false },
		{ "192.0.2", false, false }, { "[]", false, false }, { "", false, false },
		{ "[2001:db8::1", false, false }, { "192.0.2.1 ", true, false },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct addr addr;

		CHECK_EQ(args_addr4(args(table[i].text), &addr, "a"), table[i].v4);
		CHECK_EQ(args_addr6(args(table[i].text), &addr, "a"), table[i].v6);
		CHECK_EQ(args_addr(args(table[i].text), &addr, "a"), table[i].v4 || table[i].v6);
	}
	arena_done(&arena);
}

TEST(durations_are_seconds_with_a_unit)
{
	static const struct { const char *text; bool bare; int64_t s; } table[] = {
		{ "10s", false, 10 }, { "30m", false, 1800 }, { "12h", false, 43200 },
		{ "2d", false, 172800 }, { "1w", false, 604800 }, { "1W", false, 604800 },
		{ "infinite", false, UINT32_MAX }, { "3600", true, 3600 }, { "3600", false, -1 },
		{ "h", false, -1 }, { "", true, -1 }, { "1x", true, -1 }, { "-1h", false, -1 },
		{ "4294967294", true, 4294967294 }, { "4294967295", true, -1 },
		{ "9999999w", false, -1 }, { "11111111111111111111111111h", false, -1 },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		uint32_t s = 0;
		bool ok = args_duration(args(table[i].text), table[i].bare, &s);

		CHECK_EQ(ok ? (int64_t)s : -1, table[i].s);
	}
	arena_done(&arena);
}

TEST(numbers_keep_to_their_bounds)
{
	static const struct { const char *text; int64_t v; } table[] = {
		{ "0", -1 }, { "1", 1 }, { "65535", 65535 }, { "65536", -1 }, { "007", 7 },
		{ "-1", -1 }, { "+1", -1 }, { "0x1", -1 }, { "", -1 }, { "99999999999999999999", -1 },
	};
	struct args *a = args("0");
	uint64_t v = 0;

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		bool ok = args_uint(args(table[i].text), 1, 65535, &v, "a port");

		CHECK_EQ(ok ? (int64_t)v : -1, table[i].v);
	}
	args_uint(a, 1, 65535, &v, "a port");
	CHECK_TEXT(finish(a), "option, column 1: \"0\" does not fit here; write a port (1 to 65535)");
}

TEST(keywords_and_prefixes_are_exact)
{
	static const char *const modes[] = { "static", "proxy", NULL };
	struct args *a = args("set:red,proxy,dynamic");
	const char *s = NULL;
	unsigned mode = 9;

	CHECK(!args_prefixed(a, "tag:", &s));
	CHECK(!args_keyword(a, "set"));
	CHECK(args_prefixed(a, "set:", &s));
	CHECK_TEXT(s, "red");
	CHECK(args_name_of(a, modes, &mode));
	CHECK_EQ(mode, 1);
	CHECK(!args_name_of(a, modes, &mode));
	CHECK_TEXT(finish(a),
		   "option, column 15: \"dynamic\" does not fit here; write static or proxy");
	CHECK(!args_prefixed(args("set:"), "set:", &s));
	a = args("");
	CHECK(args_keyword(a, ""));
	CHECK(!args_keyword(a, ""));		/* no word is not an empty word */
	CHECK_EQ(args_left(a), 0);
	arena_done(&arena);
}

TEST(prefixes_and_hardware_addresses_are_taken_whole)
{
	static const struct { const char *text; int bits; } table[] = {
		{ "192.0.2.0/24", 24 }, { "192.0.2.1", 32 }, { "2001:db8::/64", 64 },
		{ "2001:db8::1", 128 }, { "192.0.2.0/33", -1 }, { "192.0.2.0/", -1 },
		{ "x/24", -1 }, { "2001:db8::/129", -1 },
		{ "111111111111111111111111111111111111111111111111111111111111111111/1", -1 },
	};
	struct hwaddr hw;

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct prefix p = { 0 };
		bool ok = args_prefix(args(table[i].text), &p, "a network");

		CHECK_EQ(ok ? p.bits : -1, table[i].bits);
	}
	CHECK(args_hwaddr(args("02:00:00:00:00:01"), &hw));
	CHECK_EQ(hw.len, 6);
	CHECK(!args_hwaddr(args("12"), &hw));
	CHECK(!args_hwaddr(args("printer"), &hw));
	arena_done(&arena);
}

TEST(no_word_has_no_parts)
{
	struct args *part = args_split(args("x"), NULL, '/');

	CHECK(!args_more(part));
	CHECK(args_finish(part));
	arena_done(&arena);
}

TEST(a_word_splits_into_words_whose_errors_are_its_own)
{
	struct args *a = args("first,/lan/home/192.0.2.1,last");
	struct args *part;
	struct addr addr;

	args_take(a);
	part = args_split(a, args_take(a), '/');
	CHECK_EQ(args_left(part), 4);
	CHECK_TEXT(args_take(part)->s, "");
	CHECK_TEXT(args_take(part)->s, "lan");
	CHECK(!args_addr(part, &addr, "an address"));
	CHECK(!args_finish(part));
	CHECK_TEXT(finish(a), "option, column 12: \"home\" does not fit here; write an address");
}
