/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "http/parts.h"
#include "test/test.h"

TEST(a_path_is_decoded_once)
{
	static const struct { const char *path; bool ok; const char *out; size_t n; } cases[] = {
		{ "/a/b",           true,  "/a/b",     4 },
		{ "/a%20b",         true,  "/a b",     4 },
		{ "/%2e%2E/a",      true,  "/../a",    5 },
		{ "/%252e",         true,  "/%2e",     4 },
		{ "/a%00b",         true,  "/a\0b",    4 },
		{ "/%c3%A9",        true,  "/\xc3\xa9", 3 },
		{ "/a?b=%zz",       true,  "/a",       2 },
		{ "/a#b",           true,  "/a",       2 },
		{ "/a+b",           true,  "/a+b",     4 },
		{ "",               true,  "",         0 },
		{ "/%",             false, "",         0 },
		{ "/%2",            false, "",         0 },
		{ "/%g0",           false, "",         0 },
		{ "/%0g",           false, "",         0 },
		{ "/twelve-bytes",  false, "",         0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char out[12];
		size_t n = 0;

		CHECK_EQ(http_path_decode(cases[i].path, out, sizeof out, &n), cases[i].ok);
		CHECK_BYTES(span_of(out, n), span_of(cases[i].out, cases[i].n));
	}
}

TEST(a_range_is_a_part_of_the_file_or_nothing)
{
	static const struct {
		const char *header;
		uint64_t size;
		enum http_range kind;
		uint64_t first, last;
	} cases[] = {
		{ NULL,                1000, HTTP_RANGE_NONE,    0, 0     },
		{ "",                  1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=0-0",         1000, HTTP_RANGE_PART,    0, 0     },
		{ "bytes=0-999",       1000, HTTP_RANGE_PART,    0, 999   },
		{ "bytes=0-1000",      1000, HTTP_RANGE_PART,    0, 999   },
		{ "bytes=10-19",       1000, HTTP_RANGE_PART,    10, 19   },
		{ "bytes=10-",         1000, HTTP_RANGE_PART,    10, 999  },
		{ "bytes=990-2000",    1000, HTTP_RANGE_PART,    990, 999 },
		{ "bytes=-10",         1000, HTTP_RANGE_PART,    990, 999 },
		{ "bytes=-2000",       1000, HTTP_RANGE_PART,    0, 999   },
		{ "Bytes= 1-2 ",       1000, HTTP_RANGE_PART,    1, 2     },
		{ "bytes=999-",        1000, HTTP_RANGE_PART,    999, 999 },
		{ "bytes=1-99999999999999999999", 1000, HTTP_RANGE_PART, 1, 999 },
		{ "bytes=1000-",       1000, HTTP_RANGE_OUTSIDE, 0, 0     },
		{ "bytes=99999999999999999999-", 1000, HTTP_RANGE_OUTSIDE, 0, 0 },
		{ "bytes=-0",          1000, HTTP_RANGE_OUTSIDE, 0, 0     },
		{ "bytes=0-",          0,    HTTP_RANGE_OUTSIDE, 0, 0     },
		{ "bytes=-1",          0,    HTTP_RANGE_OUTSIDE, 0, 0     },
		{ "bytes=9-1",         1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=0-1,5-6",     1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=a-b",         1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=1-x",         1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=1",           1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=-",           1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=-5x",         1000, HTTP_RANGE_NONE,    0, 0     },
		{ "bytes=",            1000, HTTP_RANGE_NONE,    0, 0     },
		{ "byte",              1000, HTTP_RANGE_NONE,    0, 0     },
		{ "lines=1-2",         1000, HTTP_RANGE_NONE,    0, 0     },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		uint64_t first = 0, last = 0;

		CHECK_EQ(http_range_read(cases[i].header, cases[i].size, &first, &last),
			 cases[i].kind);
		CHECK_EQ(first, cases[i].first);
		CHECK_EQ(last, cases[i].last);
	}
}

TEST(a_date_is_printed_and_read_back)
{
	static const struct { int64_t wall_s; const char *text; } cases[] = {
		{ 0,          "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 784111777,  "Sun, 06 Nov 1994 08:49:37 GMT" },
		{ 1709251199, "Thu, 29 Feb 2024 23:59:59 GMT" },
		{ 4102444800, "Fri, 01 Jan 2100 00:00:00 GMT" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		int64_t wall_s = -1;

		CHECK_TEXT(http_date_print(cases[i].wall_s).s, cases[i].text);
		CHECK(http_date_read(cases[i].text, &wall_s));
		CHECK_EQ(wall_s, cases[i].wall_s);
	}
}

TEST(a_date_in_another_form_is_no_date)
{
	static const char *const cases[] = {
		"", "yesterday", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"Sun, 06 Nov 1994 08:49:37 CET", "Sun, 06 Now 1994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:49:37 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT", "Sun, x6 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 19x4 08:49:37 GMT",
	};
	int64_t wall_s = -1;

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		CHECK(!http_date_read(cases[i], &wall_s));
	CHECK(!http_date_read(NULL, &wall_s));
	CHECK_EQ(wall_s, -1);
}
