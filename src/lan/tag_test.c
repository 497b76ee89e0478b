/* SPDX-License-Identifier: ISC */
#include "lan/tag.h"
#include "test/test.h"

static struct tags with(const char *const *names)
{
	struct tags t = { 0 };

	for (; *names; names++)
		tags_add(&t, *names);
	return t;
}

#define TAGS(...) with((const char *const[]){ __VA_ARGS__, NULL })

TEST(a_tag_is_kept_once_however_often_it_is_added)
{
	struct tags t = TAGS("red", "blue", "red");

	CHECK_EQ(t.n, 2);
	CHECK(tags_has(&t, "red"));
	CHECK(!tags_has(&t, "re"));
}

TEST(tags_beyond_the_limit_are_refused_and_noted)
{
	struct tags t = { 0 };
	char names[TAGS_MAX + 1][4];

	for (unsigned i = 0; i <= TAGS_MAX; i++) {
		snprintf(names[i], sizeof names[i], "%u", i);
		tags_add(&t, names[i]);
	}
	CHECK_EQ(t.n, TAGS_MAX);
	CHECK(t.overflow);
	CHECK(!tags_has(&t, names[TAGS_MAX]));
}

static bool matches(const struct tags *t, const char *value, bool *took_all)
{
	struct arena arena;
	struct tag_cond *list = NULL;
	struct args *a;
	bool holds;

	arena_init(&arena, 0);
	a = args_of(&arena, (struct origin){ "test", 1 }, "dhcp-option", value);
	args_tags(a, &list);
	*took_all = args_finish(a);
	holds = tags_match(t, list);
	arena_done(&arena);
	return holds;
}

TEST(a_condition_holds_when_each_of_its_tags_does)
{
	static const struct { const char *value; bool holds; } rows[] = {
		{ "tag:red", true },
		{ "tag:green", false },
		{ "tag:red,tag:blue", true },
		{ "tag:red,tag:green", false },
		{ "tag:!green", true },
		{ "tag:!red", false },
		{ "tag:red,tag:!green", true },
		{ "net:red", true },			/* legacy spellings */
		{ "net:#red", false },
		{ "tag:#green", true },
		{ "tag:re*", false },			/* no wildcard here, in dnsmasq neither */
	};
	struct tags t = TAGS("red", "blue");

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		bool took_all;

		CHECK_EQ(matches(&t, rows[i].value, &took_all), rows[i].holds);
		CHECK(took_all);
	}
}

TEST(an_empty_condition_always_holds)
{
	struct tags t = { 0 };

	CHECK(tags_match(&t, NULL));
}

TEST(a_star_of_tag_if_stands_for_any_rest)
{
	static const struct { const char *name; bool holds; } rows[] = {
		{ "eth*", true }, { "!eth*", false }, { "ppp*", false }, { "!ppp*", true },
		{ "*", true }, { "e*0", false },
	};
	struct tags t = TAGS("eth0");
	struct arena arena;

	arena_init(&arena, 0);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct tag_cond *list = NULL;

		tag_cond_add(&arena, &list, rows[i].name, TAG_STAR_WILD);
		CHECK_EQ(tags_match(&t, list), rows[i].holds);
	}
	arena_done(&arena);
}

TEST(set_and_its_legacy_spelling_name_the_tag_to_set)
{
	struct arena arena;
	const char *name = "untouched";

	arena_init(&arena, 0);
	CHECK(!args_set(args_of(&arena, (struct origin){ 0 }, "o", "red"), &name));
	CHECK_TEXT(name, "untouched");
	CHECK(args_set(args_of(&arena, (struct origin){ 0 }, "o", "set:red"), &name));
	CHECK_TEXT(name, "red");
	CHECK(args_set(args_of(&arena, (struct origin){ 0 }, "o", "net:blue"), &name));
	CHECK_TEXT(name, "blue");
	arena_done(&arena);
}
