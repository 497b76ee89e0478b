/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "dns/name_index.h"
#include "dns/name_set.h"
#include "dns/name_store.h"
#include "test/test.h"

static struct name_key key;

static void tails_of(const char *text, struct name_tails *out)
{
	struct dname name;

	must(dname_parse(text, &name));
	name_tails_of(&key, dname_span(&name), out);
}

static bool add(struct name_set *s, const char *text, enum name_reach reach, uint32_t source,
		uint32_t line)
{
	struct name_tails tails;

	tails_of(text, &tails);
	return name_set_add(s, &tails, reach, source, line);
}

/* "TAIL SOURCE:LINE" of the member that a name is or lies below, or "none". */
static const char *found(const struct name_set *s, const char *text)
{
	static char said[64];
	struct name_member m;
	struct name_tails tails;
	struct name_where w;

	tails_of(text, &tails);
	if (!name_set_find(s, &tails, &m))
		return "none";
	w = name_set_where(s, m.place);
	snprintf(said, sizeof said, "%u %u:%u", m.tail, w.source, w.line);
	return said;
}

static struct name_set *begin(void)
{
	name_key_draw(&key);
	return name_set_new(&key);
}

TEST(a_name_is_found_alone_or_with_all_below_it_and_the_longest_counts)
{
	struct name_set *s = begin();

	CHECK(add(s, "alone.example", NAME_ALONE, 0, 1));
	CHECK(add(s, "below.example", NAME_AND_BELOW, 0, 2));
	CHECK(add(s, "a.below.example", NAME_AND_BELOW, 1, 3));
	CHECK(add(s, "com", NAME_AND_BELOW, 1, 4));
	name_set_seal(s);
	CHECK_TEXT(found(s, "alone.example"), "0 0:1");
	CHECK_TEXT(found(s, "ALONE.Example"), "0 0:1");
	CHECK_TEXT(found(s, "x.alone.example"), "none");
	CHECK_TEXT(found(s, "below.example"), "0 0:2");
	CHECK_TEXT(found(s, "x.y.below.example"), "2 0:2");
	CHECK_TEXT(found(s, "x.a.below.example"), "1 1:3");
	CHECK_TEXT(found(s, "xbelow.example"), "none");
	CHECK_TEXT(found(s, "example"), "none");
	CHECK_TEXT(found(s, "www.example.com"), "2 1:4");
	CHECK_TEXT(found(s, "."), "none");
	CHECK_EQ(name_set_count(s), 4);
	name_set_free(s);
}

TEST(a_name_is_kept_once_with_each_reach_and_where_it_was_written_first)
{
	struct name_set *s = begin();

	CHECK(add(s, "a.example", NAME_ALONE, 0, 10));
	CHECK(!add(s, "A.EXAMPLE", NAME_ALONE, 0, 11));
	CHECK(!add(s, "a.example", NAME_ALONE, 1, 1));
	CHECK(add(s, "a.example", NAME_AND_BELOW, 1, 2));
	CHECK(!add(s, "a.example", NAME_AND_BELOW, 1, 3));
	name_set_seal(s);
	CHECK_EQ(name_set_count(s), 2);
	CHECK_TEXT(found(s, "x.a.example"), "1 1:2");
	name_set_free(s);
}

/* The i-th of many names of different forms, some of which share their ends. */
static void nth(uint32_t i, char *out, size_t size)
{
	static const struct { const char *before, *behind; } forms[] = {
		{ "n", ".example" }, { "n", ".ads.of-a-longer-domain.example.net" },
		{ "", ".x.test" }, { "track", ".com" },
	};

	snprintf(out, size, "%s%u%s", forms[i % 4].before, i, forms[i % 4].behind);
}

TEST(of_200000_names_each_is_found_with_its_line_and_others_are_not)
{
	enum { N = 200000 };
	struct name_set *s = begin();
	char name[80], want[40];
	uint32_t wrong = 0, place = 0, n = 0;
	struct dname each;

	for (uint32_t i = 0; i < N; i++) {
		nth(i, name, sizeof name);
		/* Lines are skipped now and then, by more than a byte holds. */
		wrong += !add(s, name, NAME_ALONE, i / 50000, i + i / 1000 * 300 + 1);
	}
	name_set_seal(s);
	for (uint32_t i = 0; i < N; i++) {
		nth(i, name, sizeof name);
		snprintf(want, sizeof want, "0 %u:%u", i / 50000, i + i / 1000 * 300 + 1);
		wrong += strcmp(found(s, name), want) != 0;
		nth(i + N, name, sizeof name);
		wrong += strcmp(found(s, name), "none") != 0;
	}
	while (place < name_set_end(s)) {
		name_set_name(s, place, &each);
		nth(n, name, sizeof name);
		wrong += strcmp(dname_text(&each).s, name) != 0;
		wrong += name_set_step(s, &place) != n++ / 50000;
	}
	CHECK_EQ(wrong, 0);
	CHECK_EQ(n, N);
	CHECK_EQ(name_set_count(s), N);
	/* 16 to 45 letters each; an end that is shared is not kept again. */
	CHECK(name_set_bytes(s) < (size_t)21 * N);
	name_set_free(s);
}

TEST(names_at_the_edge_are_found)
{
	struct name_set *s = begin();
	char many[256] = "", label[64] = "", longest[260];

	for (unsigned i = 0; i < 127; i++)
		strcat(many, i ? ".a" : "a");
	memset(label, 'b', 63);
	snprintf(longest, sizeof longest, "%s.%s.%s.%.61s", label, label, label, label);
	CHECK(add(s, many, NAME_AND_BELOW, 0, 1));
	CHECK(add(s, longest, NAME_ALONE, 0, UINT32_MAX));
	CHECK(add(s, ".", NAME_ALONE, 0, 2));
	name_set_seal(s);
	CHECK_TEXT(found(s, many), "0 0:1");
	CHECK_TEXT(found(s, longest), "0 0:4294967295");
	CHECK_TEXT(found(s, many + 2), "none");
	name_set_free(s);
}

/* All names have one hash: then each is told apart by its letters alone. */
TEST(names_whose_hashes_collide_are_told_apart)
{
	struct name_set *s = begin();
	char name[80];
	unsigned wrong = 0;

	key = (struct name_key){ .start = 0 };
	for (uint32_t i = 0; i < 300; i++) {
		nth(i, name, sizeof name);
		wrong += !add(s, name, NAME_ALONE, 0, i);
	}
	name_set_seal(s);
	for (uint32_t i = 0; i < 300; i++) {
		char want[40];

		nth(i, name, sizeof name);
		snprintf(want, sizeof want, "0 0:%u", i);
		wrong += strcmp(found(s, name), want) != 0;
	}
	CHECK_EQ(wrong, 0);
	CHECK_TEXT(found(s, "other.example"), "none");
	name_set_free(s);
}

TEST(hashes_of_a_name_differ_by_key_and_are_the_same_for_all_spellings)
{
	struct name_tails a, b;
	uint32_t before;

	name_key_draw(&key);
	tails_of("Www.Example.COM", &a);
	tails_of("www.example.com", &b);
	CHECK_EQ(a.hash[0], b.hash[0]);
	CHECK_EQ(a.labels, 3);
	CHECK_BYTES(name_tail(&a, 1), HEX("07 65 78 61 6d 70 6c 65 03 63 6f 6d 00"));
	before = a.hash[0];
	name_key_draw(&key);
	tails_of("www.example.com", &b);
	CHECK(b.hash[0] != before);
	/* The same letters with the dot elsewhere. */
	tails_of("ww.wexample.com", &a);
	CHECK(a.hash[0] != b.hash[0] && a.hash[2] == b.hash[2]);
}
