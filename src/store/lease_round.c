/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "store/lease_round.h"

/* Up to `max` of them; false: that was the last. */
static bool go(struct lease_round *r, size_t max)
{
	for (size_t i = 0; i < max; i++) {
		const struct lease *l = r->leases ? leases_every(r->leases, &r->cursor) : NULL;

		if (!l)
			return false;
		if (l->state == LEASE_BOUND)
			r->each(r, l);
	}
	return true;
}

static void go_on(struct lease_round *r, size_t max)
{
	if (go(r, max))
		timer_start(r->loop, &r->timer, LEASE_ROUND_PAUSE_MS);
	else if (r->end)
		r->end(r);
}

static void next_slice(struct loop_timer *t)
{
	go_on(container_of(t, struct lease_round, timer), LEASE_ROUND_SLICE);
}

void lease_round_begin(struct lease_round *r, struct loop *loop, const struct leases *leases)
{
	const bool whole = !r->has_gone;

	timer_stop(&r->timer);
	r->timer.fire = next_slice;
	r->loop = loop;
	r->leases = leases;
	r->cursor = 0;
	r->has_gone = true;
	go_on(r, whole ? SIZE_MAX : LEASE_ROUND_SLICE);
}

void lease_round_finish(struct lease_round *r)
{
	if (r->timer.due_ms == 0)
		return;
	timer_stop(&r->timer);
	go_on(r, SIZE_MAX);
}

void lease_round_stop(struct lease_round *r)
{
	timer_stop(&r->timer);
}
