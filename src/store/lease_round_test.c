/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "net/sim.h"
#include "store/lease_round.h"
#include "test/test.h"

#define FIRST 0x0a4d0001		/* 10.77.0.1 */

enum { SLICES = 3, MANY = SLICES * LEASE_ROUND_SLICE + 10, PATIENCE_MS = 1000 };

struct world {
	struct loop *loop;
	struct leases *leases;
	struct lease_round round;
	struct loop_timer other;	/* somebody else's */
	unsigned met, ends;
	unsigned met_in_turn, most_in_turn;	/* since `other` fired, and at most */
	unsigned times[MANY];
};

static void meet(struct lease_round *round, const struct lease *l)
{
	struct world *w = container_of(round, struct world, round);

	w->met++;
	w->met_in_turn++;
	w->times[addr_to_ip4(&l->addr) - FIRST]++;
}

static void end(struct lease_round *round)
{
	container_of(round, struct world, round)->ends++;
}

static void other_fires(struct loop_timer *t)
{
	struct world *w = container_of(t, struct world, other);

	if (w->met_in_turn > w->most_in_turn)
		w->most_in_turn = w->met_in_turn;
	w->met_in_turn = 0;
	timer_start(w->loop, t, 1);
}

static void done(struct lease_commit *c, enum status s)
{
	(void)c;
	CHECK_EQ(s, ST_OK);
}

static void bind_all(struct world *w)
{
	static struct lease_commit commits[MANY];

	for (unsigned i = 0; i < MANY; i++) {
		const struct lease_change change = {
			.addr = addr_ip4(FIRST + i),
			.hw = { 1, 6, { 2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i } },
		};

		commits[i] = (struct lease_commit){ .done = done };
		must(leases_commit(w->leases, &change, &commits[i]) == ST_OK);
	}
	sim_run_for(w->loop, 100);
}

static struct world *open_world(void)
{
	const struct leases_want want = { .file = "leases", .store = "memory", .max = MANY };
	struct world *w = calloc(1, sizeof *w);
	char why[200];

	must(w);
	w->loop = sim_new(1);
	must(leases_open(&w->leases, w->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
	must(leases_start(w->leases) == ST_OK);
	w->round = (struct lease_round){ .each = meet, .end = end };
	w->other.fire = other_fires;
	bind_all(w);
	return w;
}

static void close_world(struct world *w)
{
	timer_stop(&w->other);
	lease_round_stop(&w->round);
	leases_free(w->leases);
	sim_free(w->loop);
	free(w);
}

/* The first is over; another begins, and nothing was met. */
static void begin_second(struct world *w)
{
	lease_round_begin(&w->round, w->loop, w->leases);
	memset(w->times, 0, sizeof w->times);
	w->met = w->ends = w->met_in_turn = 0;
	lease_round_begin(&w->round, w->loop, w->leases);
}

static unsigned met_once(const struct world *w)
{
	unsigned n = 0;

	for (unsigned i = 0; i < MANY; i++)
		n += w->times[i] == 1;
	return n;
}

TEST(the_first_round_over_leases_is_whole)
{
	struct world *w = open_world();

	lease_round_begin(&w->round, w->loop, w->leases);
	CHECK_EQ(met_once(w), MANY);
	CHECK_EQ(w->ends, 1);
	sim_run_for(w->loop, PATIENCE_MS);
	CHECK_EQ(w->met, MANY);
	close_world(w);
}

TEST(a_later_round_goes_in_slices_and_other_timers_fire_between_them)
{
	struct world *w = open_world();

	begin_second(w);
	timer_start(w->loop, &w->other, 0);
	CHECK_EQ(w->met, LEASE_ROUND_SLICE);
	CHECK_EQ(w->ends, 0);
	sim_run_for(w->loop, PATIENCE_MS);
	CHECK_EQ(met_once(w), MANY);
	CHECK_EQ(w->ends, 1);
	CHECK_EQ(w->most_in_turn, LEASE_ROUND_SLICE);
	close_world(w);
}

TEST(a_round_begun_again_begins_afresh_and_ends_once)
{
	struct world *w = open_world();

	begin_second(w);
	sim_run_for(w->loop, LEASE_ROUND_PAUSE_MS);
	CHECK_EQ(w->met, 2 * LEASE_ROUND_SLICE);
	memset(w->times, 0, sizeof w->times);
	lease_round_begin(&w->round, w->loop, w->leases);
	sim_run_for(w->loop, PATIENCE_MS);
	CHECK_EQ(met_once(w), MANY);
	CHECK_EQ(w->ends, 1);
	close_world(w);
}

TEST(a_lease_that_ends_before_the_round_comes_to_it_is_not_met)
{
	const struct addr last = addr_ip4(FIRST + MANY - 1);
	struct world *w = open_world();

	begin_second(w);
	leases_release(w->leases, &last, NULL);
	sim_run_for(w->loop, PATIENCE_MS);
	CHECK_EQ(met_once(w), MANY - 1);
	CHECK_EQ(w->times[MANY - 1], 0);
	CHECK_EQ(w->ends, 1);
	close_world(w);
}

TEST(a_round_is_finished_at_once_or_stopped_where_it_is)
{
	struct world *w = open_world();

	begin_second(w);
	lease_round_finish(&w->round);
	lease_round_finish(&w->round);
	CHECK_EQ(met_once(w), MANY);
	CHECK_EQ(w->ends, 1);
	begin_second(w);
	lease_round_stop(&w->round);
	sim_run_for(w->loop, PATIENCE_MS);
	CHECK_EQ(w->met, LEASE_ROUND_SLICE);
	CHECK_EQ(w->ends, 0);
	lease_round_begin(&w->round, w->loop, NULL);	/* none at all */
	CHECK_EQ(w->ends, 1);
	close_world(w);
}
