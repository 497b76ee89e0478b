/* SPDX-License-Identifier: ISC */
#include "store/lease_lab_test.h"
#include "test/test.h"

enum { DAY = 86400 };

/* Time in which a jump is seen, and every lease given to the store again. */
static void let_it_be_seen(struct lab *lab)
{
	sim_run_for(lab->loop, 11000);
}

TEST(a_jump_of_the_clock_shortens_no_lease_and_a_restart_knows)
{
	static const int64_t jumps[] = { DAY, -DAY };

	for (int i = 0; i < 2; i++) {
		struct lab lab;

		lab_init(&lab);
		lab_start(&lab);
		CHECK_EQ(lab_commit(&lab, 1, "stays", 600), ST_OK);
		CHECK_EQ(lab_commit(&lab, 2, NULL, 0), ST_OK);
		sim_jump_wall(lab.loop, jumps[i]);
		let_it_be_seen(&lab);
		CHECK_EQ(lab_at(&lab, 1)->expires_s, 1800000600 + jumps[i]);
		CHECK_EQ(lab_at(&lab, 2)->expires_s, 0);
		CHECK_EQ(lab_logged("leases last as long as their clients were told"), 1);
		lab_stop(&lab);
		lab_start(&lab);
		CHECK_EQ(lab_at(&lab, 1)->expires_s, 1800000600 + jumps[i]);
		sim_run_for(lab.loop, 580000);
		CHECK(lab_at(&lab, 1) != NULL);
		sim_run_for(lab.loop, 10000);
		CHECK(lab_at(&lab, 1) == NULL);
		lab_stop(&lab);
		lab_done(&lab);
	}
}

TEST(a_lease_given_right_after_a_jump_ends_by_the_new_time)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 600), ST_OK);
	sim_jump_wall(lab.loop, DAY);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 600), ST_OK);
	let_it_be_seen(&lab);
	CHECK_EQ(lab_at(&lab, 1)->expires_s, 1800000600 + DAY);
	CHECK_EQ(lab_at(&lab, 2)->expires_s, 1800000600 + DAY);
	sim_run_for(lab.loop, 580000);
	CHECK(lab_at(&lab, 2) != NULL);
	sim_run_for(lab.loop, 10000);
	CHECK(lab_at(&lab, 2) == NULL);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_slow_correction_of_the_clock_is_no_jump)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, NULL, 600), ST_OK);
	for (int i = 0; i < 3; i++) {
		sim_jump_wall(lab.loop, 2);
		sim_run_for(lab.loop, 10001);
	}
	CHECK_EQ(lab_at(&lab, 1)->expires_s, 1800000600);
	CHECK_EQ(lab_logged("the clock was set"), 0);
	lab_stop(&lab);
	lab_done(&lab);
}

/* A machine without a clock of its own: 1970 at start, and some time later it is told what day it is. */
TEST(a_clock_that_is_not_set_at_start_costs_no_lease)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "short", 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 2, "long", 7200), ST_OK);
	lab_stop(&lab);

	sim_jump_wall(lab.loop, -1800000000);
	lab_start(&lab);
	CHECK_EQ(lab_logged("leases are kept until it is set"), 1);
	CHECK_EQ(lab_commit(&lab, 3, "early", 3000), ST_OK);
	sim_run_for(lab.loop, 300000);
	CHECK_EQ(leases_count(lab.leases), 3);

	sim_jump_wall(lab.loop, 1800000000 + 1800);	/* it was off for half an hour */
	let_it_be_seen(&lab);
	CHECK(lab_at(&lab, 1) == NULL);			/* that one ended meanwhile */
	CHECK_EQ(lab_at(&lab, 2)->expires_s, 1800007200);
	CHECK(lab_at(&lab, 3)->expires_s > 1800003000);
	lab_stop(&lab);

	lab_start(&lab);				/* and what is stored is the time of today */
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_EQ(lab_at(&lab, 2)->expires_s, 1800007200);
	sim_run_for(lab.loop, INT64_C(1000) * (7200 - 300 - 1800 - 11));
	CHECK(lab_at(&lab, 2) == NULL);
	lab_stop(&lab);
	lab_done(&lab);
}
