/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include "base/log.h"
#include "base/must.h"
#include "store/lease_clock.h"
#include "store/leases_private.h"

#define LOOK_MS 10000
#define STORE_MS 10			/* between two groups of leases that are stored anew */
#define STORE_GROUP 500
#define JUMP_MS 5000			/* less in LOOK_MS is no jump */
#define UNSET_S 60			/* so far before the file's time a clock is not set */

static int64_t offset_of(struct now now)
{
	return now.wall_s * 1000 - now.mono_ms;
}

void lease_clock_open(struct leases *l, const char *file)
{
	const struct now now = loop_now(l->loop);
	struct stat st;

	l->clock = (struct lease_clock){ .offset_ms = offset_of(now) };
	if (!file || stat(file, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    st.st_mtime <= now.wall_s + UNSET_S)
		return;
	l->clock.file_s = st.st_mtime;
	log_warning(LOG_DHCP, "the clock is before the time of %s: leases are kept until it is set", file);
}

/* A stored lease that nobody renewed since: only its time of day is known. */
static bool is_by_day(const struct lease_clock *c, const struct lease_entry *e)
{
	return c->file_s && !e->lease.given_here;
}

static void shift(struct leases *l, int64_t by_s)
{
	struct lease_entry *e;
	size_t cursor = 0;

	while ((e = lease_table_each(&l->table, &cursor))) {
		if (!e->lease.expires_s)
			continue;
		if (e->lease.state == LEASE_BOUND && is_by_day(&l->clock, e))
			lease_become(&l->table, e, LEASE_BOUND, leases_mono_of(l, e->lease.expires_s));
		else
			e->lease.expires_s += by_s;
	}
}

void lease_clock_look(struct leases *l)
{
	const struct now now = loop_now(l->loop);
	struct lease_clock *c = &l->clock;
	const int64_t by_ms = offset_of(now) - c->offset_ms;

	c->offset_ms += by_ms;
	if (by_ms > -JUMP_MS && by_ms < JUMP_MS)
		return;
	log_info(LOG_DHCP, "the clock was set %s by %lld seconds: %s", by_ms < 0 ? "back" : "forward",
		 (long long)((by_ms < 0 ? -by_ms : by_ms) / 1000),
		 c->file_s ? "stored leases end at their time of day" :
		 "leases last as long as their clients were told");
	shift(l, by_ms / 1000);
	if (c->file_s <= now.wall_s)
		c->file_s = 0;
	c->cursor = 0;
	c->storing = !l->given && l->writer.kind != LEASE_STORE_MEMORY;
	leases_expire(l);
	if (c->timer.due_ms)
		timer_start(l->loop, &c->timer, STORE_MS);
}

static void store_some(struct leases *l)
{
	struct lease_entry *e = NULL;

	for (int i = 0; i < STORE_GROUP; i++) {
		e = lease_table_each(&l->table, &l->clock.cursor);
		if (!e)
			break;
		if (e->lease.state == LEASE_BOUND && e->lease.expires_s)
			leases_store_as_is(l, &e->lease);
	}
	l->clock.storing = e != NULL;
}

static void on_timer(struct loop_timer *t)
{
	struct lease_clock *c = container_of(t, struct lease_clock, timer);
	struct leases *l = container_of(c, struct leases, clock);

	lease_clock_look(l);
	if (c->storing)
		store_some(l);
	timer_start(l->loop, t, c->storing ? STORE_MS : LOOK_MS);
}

void lease_clock_start(struct leases *l)
{
	l->clock.timer.fire = on_timer;
	timer_start(l->loop, &l->clock.timer, LOOK_MS);
}

void lease_clock_stop(struct leases *l)
{
	timer_stop(&l->clock.timer);
}
