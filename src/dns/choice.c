/* SPDX-License-Identifier: ISC */
/*
 * Which of the servers of a list is asked: the fastest, as races show.  In a race
 * all are asked the same at once, as dnsmasq does every 50 questions or 20 s; so
 * all are probed as long as there are questions.
 */
#include "base/must.h"
#include "dns/forward_private.h"

/* ---- times ------------------------------------------------------------------------------- */

/* RFC 6298 2, in whole numbers. */
static void note_time(struct upstream *u, uint32_t ms)
{
	const uint32_t usual_ms = u->usual_8th_ms / 8;
	const uint32_t off_ms = ms > usual_ms ? ms - usual_ms : usual_ms - ms;

	if (u->replied_ms == 0) {
		u->usual_8th_ms = 8 * ms;
		u->deviation_4th_ms = 2 * ms;
		return;
	}
	u->usual_8th_ms += ms - usual_ms;
	u->deviation_4th_ms += off_ms - u->deviation_4th_ms / 4;
}

int64_t choice_patience_ms(const struct forward *f, const struct upstream *u)
{
	const int64_t ms = (int64_t)u->usual_8th_ms / 8 + u->deviation_4th_ms;

	if (f->others_after_ms >= 0)
		return f->others_after_ms;
	if (f->strict_order)
		return PATIENCE_STRICT_MS;
	return u->replied_ms == 0 || ms > PATIENCE_MAX_MS ? PATIENCE_MAX_MS
	     : ms < PATIENCE_MIN_MS			  ? PATIENCE_MIN_MS
							  : ms;
}

void choice_replied(struct attempt *at, unsigned rcode, int64_t now_ms)
{
	const uint32_t ms = (uint32_t)(now_ms - at->sent_ms);
	struct upstream *u = at->to;

	if (!at->resent)
		note_time(u, ms);
	u->latency_ms = u->latency_ms ? (7 * u->latency_ms + ms) / 8 : ms;
	u->failed += rcode == DNS_SERVFAIL || rcode == DNS_REFUSED;
	u->nxdomain += rcode == DNS_NXDOMAIN;
	u->replied_ms = now_ms;
}

/* ---- races ---------------------------------------------------------------------------------- */

/* Who was asked for a group, or is its fastest, is of it. */
static struct member *member_of(struct group *g, const struct upstream *u)
{
	size_t i = 0;

	while (i < g->n && g->server[i].to != u)
		i++;
	must(i < g->n);
	return &g->server[i];
}

/* By an eighth at least: what is as good as another is no reason to change. */
static bool is_faster(const struct member *a, const struct member *b)
{
	return a->race_ms != NOT_TIMED &&
	       (b->race_ms == NOT_TIMED || a->race_ms < b->race_ms - b->race_ms / 8);
}

static void note_race(struct member *m, uint32_t ms)
{
	m->race_ms = m->race_ms == NOT_TIMED ? ms : (3 * m->race_ms + ms) / 4;
}

void choice_answered(struct attempt *at, int64_t now_ms)
{
	struct group *g = at->flight->group;
	struct member *m;

	if (g->fastest && !at->flight->race)
		return;
	m = member_of(g, at->to);
	if (at->flight->race && !at->timed) {
		note_race(m, (uint32_t)(now_ms - at->sent_ms));
		at->timed = true;
	}
	if (!g->fastest || is_faster(m, member_of(g, g->fastest)))
		g->fastest = at->to;
}

static struct upstream *best_of(const struct group *g)
{
	const struct member *best = &g->server[0];

	for (size_t i = 1; i < g->n; i++)
		if (is_faster(&g->server[i], best))
			best = &g->server[i];
	return best->race_ms == NOT_TIMED ? NULL : best->to;
}

void choice_race_over(const struct flight *fl)
{
	struct group *g = fl->group;

	if (!fl->race)
		return;
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (!at->timed && !at->failed)
			member_of(g, at->to)->race_ms = NOT_TIMED;
	if (g->fastest && member_of(g, g->fastest)->race_ms == NOT_TIMED)
		g->fastest = best_of(g);
}

/* ---- trust -------------------------------------------------------------------------------------- */

struct upstream *choice_trusted(struct group *g, int64_t now_ms)
{
	if (g->fastest && g->trusted < GROUP_TRUST_QUERIES &&
	    now_ms - g->all_asked_ms <= GROUP_TRUST_MS) {
		g->trusted++;
		return g->fastest;
	}
	g->trusted = 0;
	g->all_asked_ms = now_ms;
	return NULL;
}

void choice_doubt(const struct flight *fl)
{
	const struct upstream *trusted = fl->group->fastest;

	for (const struct attempt *at = fl->attempts; at && trusted; at = at->next)
		if (!at->failed && at->to == trusted && trusted->replied_ms <= at->sent_ms)
			fl->group->fastest = NULL;
}
