/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/told.h"
#include "test/test.h"

static bool first(struct dns_told *t, uint64_t edition, const char *what)
{
	return told_first(t, edition, span_text(what));
}

TEST(what_was_said_is_not_said_again_and_other_things_are)
{
	struct dns_told t;

	told_init(&t);
	CHECK(first(&t, 0, "one"));
	CHECK(!first(&t, 0, "one"));
	CHECK(first(&t, 0, "two"));
	CHECK(!first(&t, 0, "one"));
	CHECK(!first(&t, 0, "two"));
	told_done(&t);
}

TEST(with_other_data_it_may_be_said_again_but_not_by_a_worker_that_is_behind)
{
	struct dns_told t;

	told_init(&t);
	CHECK(first(&t, 7, "one"));
	CHECK(!first(&t, 7, "one"));
	CHECK(first(&t, 9, "one"));
	CHECK(!first(&t, 7, "one"));
	CHECK(!first(&t, 7, "two"));
	CHECK(!first(&t, 9, "one"));
	CHECK(first(&t, 9, "two"));
	CHECK(first(&t, 11, "one"));
	told_done(&t);
}

TEST(where_all_marks_are_taken_nothing_new_is_said_until_the_data_are_others)
{
	struct dns_told t;
	char text[32];
	unsigned said = 0;

	told_init(&t);
	for (unsigned i = 0; i < 4 * TOLD_MARKS; i++) {
		snprintf(text, sizeof text, "set %u", i % (2 * TOLD_MARKS));
		said += first(&t, 1, text);
	}
	CHECK_EQ(said, TOLD_MARKS);
	CHECK(first(&t, 2, "set 1"));
	told_done(&t);
}

struct sayer { struct dns_told *told; unsigned said; };

static void *say_all(void *arg)
{
	struct sayer *s = arg;
	char text[32];

	for (unsigned i = 0; i < 20000; i++) {
		snprintf(text, sizeof text, "set %u", i % 100);
		s->said += first(s->told, 1, text);
	}
	return NULL;
}

TEST(of_two_workers_one_alone_says_it)
{
	struct dns_told t;
	struct sayer s[2] = { { &t, 0 }, { &t, 0 } };
	pthread_t thread[2];

	told_init(&t);
	for (size_t i = 0; i < COUNT_OF(s); i++)
		must(pthread_create(&thread[i], NULL, say_all, &s[i]) == 0);
	for (size_t i = 0; i < COUNT_OF(s); i++)
		pthread_join(thread[i], NULL);
	CHECK_EQ(s[0].said + s[1].said, 100);
	told_done(&t);
}
