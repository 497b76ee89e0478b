/* SPDX-License-Identifier: ISC */
/* What may be done with an answer of each age. */
#include "base/must.h"
#include "dns/stale.h"
#include "test/test.h"

#define FRESH(left, life) { .left_s = (left), .life_s = (life) }

static const struct {
	struct dns_conf conf;
	struct cache_hit hit;
	enum stale_say say;
} ages[] = {
	{ { 0 }, FRESH(1, 300), STALE_GIVE },
	{ { .prefetch_percent = 10 }, FRESH(31, 300), STALE_GIVE },
	{ { .prefetch_percent = 10 }, FRESH(30, 300), STALE_GIVE_AND_RENEW },
	{ { .prefetch_percent = 10 }, { .left_s = 1, .life_s = 300, .rests = true }, STALE_GIVE },
	{ { .prefetch_percent = 10 }, FRESH(1, 10), STALE_GIVE_AND_RENEW },
	{ { .prefetch_percent = 10 }, FRESH(1, 9), STALE_GIVE },	/* lives too short */
	{ { .prefetch_percent = 50 }, FRESH(150, 300), STALE_GIVE_AND_RENEW },
	{ { .prefetch_percent = 10 }, FRESH(UINT32_MAX / 10, UINT32_MAX), STALE_GIVE_AND_RENEW },
	{ { .use_stale = true }, FRESH(1, 300), STALE_GIVE },
	{ { .use_stale = true }, { .stale = true }, STALE_GIVE_AND_RENEW },
	{ { .use_stale = true }, { .stale = true, .rests = true }, STALE_GIVE },
	{ { .serve_stale = true }, FRESH(1, 300), STALE_GIVE },
	{ { .serve_stale = true }, { .stale = true }, STALE_ASK_FIRST },
	{ { .serve_stale = true }, { .stale = true, .rests = true }, STALE_GIVE },
};

TEST(the_age_of_an_answer_says_whether_it_is_given_renewed_or_kept_for_a_failure)
{
	for (size_t i = 0; i < COUNT_OF(ages); i++)
		if (stale_judge(&ages[i].conf, &ages[i].hit) != ages[i].say)
			test_failed("ages", (int)i, "another verdict");
}

TEST(answers_are_kept_past_their_time_only_where_an_option_says_so)
{
	CHECK_EQ(stale_keep_s(&(struct dns_conf){ .use_stale_s = 5, .serve_stale_s = 6 }), 0);
	CHECK_EQ(stale_keep_s(&(struct dns_conf){ .use_stale = true, .use_stale_s = 5 }), 5);
	CHECK_EQ(stale_keep_s(&(struct dns_conf){ .use_stale = true }), UINT32_MAX);
	CHECK_EQ(stale_keep_s(&(struct dns_conf){ .serve_stale = true, .serve_stale_s = 6 }), 6);
	CHECK_EQ(stale_keep_s(&(struct dns_conf){ .serve_stale = true }), UINT32_MAX);
}

TEST(renewals_are_a_part_of_what_may_be_asked)
{
	CHECK_EQ(stale_renewals_max(&(struct dns_conf){ .forward_max = 150 }, false), 15);
	CHECK_EQ(stale_renewals_max(&(struct dns_conf){ .forward_max = 150 }, true), 75);
	CHECK_EQ(stale_renewals_max(&(struct dns_conf){ .forward_max = 1 }, false), 1);
}
