/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/lease_list.h"
#include "base/must.h"
#include "test/test.h"

static const char rows[] =
	"bound\t192.0.2.100\t02:00:00:00:00:02\t01:02\tprinter\tlan\t2000000000\t3600\tbr0\tred,blue\n"
	"bound\t192.0.2.9\t02:00:00:00:00:01\t\t\t\t0\t\t\t\n"
	"offered\t192.0.2.50\t02:00:00:00:00:03\t\t\t\t0\t60\tbr0\t\n"
	"remembered\t192.0.2.51\t02:00:00:00:00:04\t\tcamera\tlan\t1\t\t\t\n";

static char *printed(const struct lease_filter *f, bool json)
{
	char *text = NULL, *copy = strdup(rows);
	size_t n;
	FILE *out = open_memstream(&text, &n);

	lease_list_print(out, copy, f, json);
	fclose(out);
	free(copy);
	return text;
}

static void check_table(const struct lease_filter *f, const char *want)
{
	char *text = printed(f, false);

	CHECK_TEXT(text, want);
	free(text);
}

TEST(leases_are_a_table_by_address)
{
	const struct lease_filter bound = { 0 };

	check_table(&bound,
		    "ADDRESS      MAC                NAME     LEFT      INTERFACE  TAGS      CLIENT-ID\n"
		    "192.0.2.9    02:00:00:00:00:01  -        for ever  -          -         -\n"
		    "192.0.2.100  02:00:00:00:00:02  printer  1h        br0        red,blue  01:02\n");
}

TEST(with_all_there_are_states_too)
{
	const struct lease_filter all = { .all = true };

	check_table(&all,
		    "ADDRESS      STATE       MAC                NAME     LEFT      INTERFACE  TAGS      CLIENT-ID\n"
		    "192.0.2.9    bound       02:00:00:00:00:01  -        for ever  -          -         -\n"
		    "192.0.2.50   offered     02:00:00:00:00:03  -        1m        br0        -         -\n"
		    "192.0.2.51   remembered  02:00:00:00:00:04  camera   -         -          -         -\n"
		    "192.0.2.100  bound       02:00:00:00:00:02  printer  1h        br0        red,blue  01:02\n");
}

static size_t lines_of(const struct lease_filter *f)
{
	char *text = printed(f, false);
	size_t n = 0;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		n++;
	free(text);
	return n - 1;
}

static struct lease_filter in(const char *range)
{
	struct lease_filter f = { .all = true };

	CHECK(lease_filter_range(&f, range));
	return f;
}

TEST(a_filter_leaves_what_it_names)
{
	static const struct { struct lease_filter f; size_t n; } filters[] = {
		{ { .name = "PRINT*" }, 1 },          { { .name = "printer.lan" }, 1 },
		{ { .name = "printer.la" }, 0 },      { { .name = "*" }, 1 },
		{ { .hw = "02:00:*:02" }, 1 },        { { .hw = "02:00:00:00:00:0?" }, 2 },
		{ { .tag = "blue" }, 1 },             { { .tag = "red" }, 1 },
		{ { .tag = "lue" }, 0 },              { { .name = "*", .all = true }, 2 },
	};
	struct lease_filter f;

	for (size_t i = 0; i < COUNT_OF(filters); i++)
		CHECK_EQ(lines_of(&filters[i].f), filters[i].n);
	f = in("192.0.2.0/24");
	CHECK_EQ(lines_of(&f), 4);
	f = in("192.0.2.0/27");
	CHECK_EQ(lines_of(&f), 1);
	f = in("192.0.2.50-192.0.2.51");
	CHECK_EQ(lines_of(&f), 2);
	f = in("192.0.2.100");
	CHECK_EQ(lines_of(&f), 1);
}

TEST(what_is_no_range_is_none)
{
	static const char *const bad[] = { "", "192.0.2.0/33", "192.0.2", "192.0.2.9-192.0.2.8", "a-b",
					   "192.0.2.1-", "/24", "fd00::/64" };
	struct lease_filter f = { 0 };

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		CHECK(!lease_filter_range(&f, bad[i]));
}

TEST(json_is_a_list_of_objects_without_what_is_absent)
{
	const struct lease_filter bound = { 0 }, none = { .tag = "green" };
	char *text = printed(&bound, true);

	CHECK_TEXT(text, "[\n {\"address\":\"192.0.2.9\",\"state\":\"bound\",\"mac\":\"02:00:00:00:00:01\","
			 "\"expires\":0,\"tags\":[]},\n {\"address\":\"192.0.2.100\",\"state\":\"bound\","
			 "\"mac\":\"02:00:00:00:00:02\",\"client_id\":\"01:02\",\"name\":\"printer\","
			 "\"domain\":\"lan\",\"interface\":\"br0\",\"expires\":2000000000,"
			 "\"seconds_left\":3600,\"tags\":[\"red\",\"blue\"]}\n]\n");
	free(text);
	text = printed(&none, true);
	CHECK_TEXT(text, "[\n]\n");
	free(text);
}

TEST(a_pool_has_a_bar)
{
	char pools[] = "192.0.2.100\t192.0.2.199\tdynamic\tred\t100\t40\t3\t1\t9\tx.conf:3\n"
		       "192.0.3.0\t192.0.3.0\tstatic\t\t0\t0\t0\t0\t0\tx.conf:4\n";
	char *text = NULL;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	pool_list_print(out, pools, false);
	fclose(out);
	CHECK(strstr(text, "192.0.2.100      192.0.2.199          100      40       3        1        9  "
			   "[##########..........]  50%  x.conf:3 set:red\n"));
	CHECK(strstr(text, "192.0.3.0        static                 -       0 "));
	free(text);
}
