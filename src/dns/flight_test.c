/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/forward_private.h"
#include "test/test.h"

TEST(a_reply_is_found_by_socket_and_id_even_where_buckets_collide)
{
	struct flights *t = flights_new();
	const struct forward_question q = { .question.name = { .n = 1 } };
	/* The table has 4096 buckets: these two share them all. */
	struct pool_socket here = { .index = 1, .waits = 2 }, there = { .index = 4097, .waits = 2 };
	struct rng rng = { .seed = 3 };
	struct attempt *at;
	struct flight *fl;

	must(t && flights_size(t, 1));
	fl = flight_new(t, &q, flight_hash(t, &q));
	at = attempt_new(t, fl, NULL);
	CHECK(attempt_list(t, at, &here, &rng));
	CHECK(attempt_find(t, &here, at->id) == at);
	CHECK(attempt_find(t, &there, at->id) == NULL);
	CHECK(attempt_find(t, &here, at->id ^ 1) == NULL);
	flight_unlist(t, fl);
	flight_drop_attempts(t, fl);
	CHECK_EQ(here.waits, 1);
	flights_free(t);
}

TEST(no_two_attempts_have_one_id_on_one_socket)
{
	enum { MANY = 2000 };
	struct flights *t = flights_new();
	const struct forward_question q = { .question.name = { .n = 1 } };
	struct pool_socket s = { .index = 1, .waits = MANY + 1 };
	static bool used[65536];
	struct rng rng = { .seed = 3 };
	unsigned listed = 0;

	must(t && flights_size(t, MANY));
	for (unsigned i = 0; i < MANY; i++) {
		struct attempt *at = attempt_new(t, flight_new(t, &q, i), NULL);

		if (!attempt_list(t, at, &s, &rng))
			continue;
		listed++;
		CHECK(!used[at->id]);
		used[at->id] = true;
	}
	CHECK_EQ(listed, MANY);
	flights_free(t);
}
