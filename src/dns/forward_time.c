/* SPDX-License-Identifier: ISC */
/*
 * When what is due of a question on its way: others are asked when whoever was
 * asked is silent, those who were asked are asked again (fast-dns-retry), and at
 * the end nobody has answered.
 */
#include "base/must.h"
#include "dns/forward_private.h"

static int64_t now_of(const struct flight *fl)
{
	return loop_now(fl->forward->want.loop).mono_ms;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return b && b < a ? b : a;
}

void flight_wait(struct flight *fl)
{
	const int64_t now_ms = now_of(fl);
	const int64_t due_ms = sooner(sooner(fl->end_ms, fl->others_ms), fl->again_ms);

	timer_start(fl->forward->want.loop, &fl->timer, due_ms > now_ms ? due_ms - now_ms : 0);
}

/* Who is waited for: of several, as all-servers and a race make them, nobody in particular. */
static const struct upstream *asked_alone(const struct flight *fl)
{
	return fl->attempts && !fl->attempts->next ? fl->attempts->to : NULL;
}

static int64_t others_due_ms(const struct flight *fl, const struct upstream *u)
{
	const int64_t patience_ms = choice_patience_ms(fl->forward, u);
	const bool is_last = fl->forward->strict_order ? fl->turn + 1 >= fl->group->n : fl->all_asked;

	return patience_ms && !is_last && fl->group->n > 1 ? now_of(fl) + patience_ms : 0;
}

/* A server that is silent to one question may be busy with it; to all since, it is gone. */
static void ask_others(struct flight *fl)
{
	fl->others_ms = 0;
	choice_doubt(fl);
	if (flight_ask_others(fl) && fl->forward->strict_order)
		fl->others_ms = others_due_ms(fl, fl->group->server[fl->turn].to);
}

/* The gap doubles each time, until the time for it is over. */
static void ask_again(struct flight *fl)
{
	flight_again(fl);
	fl->gap_ms *= 2;
	fl->again_ms += fl->gap_ms;
	if (fl->again_ms > fl->began_ms + fl->forward->again_in_all_ms)
		fl->again_ms = 0;
}

static void due(struct loop_timer *t)
{
	struct flight *fl = container_of(t, struct flight, timer);
	const int64_t now_ms = now_of(fl);

	if (fl->landed) {
		flight_sink(fl);
		return;
	}
	if (now_ms >= fl->end_ms) {
		choice_doubt(fl);
		choice_race_over(fl);
		flight_end(fl, NULL);
		return;
	}
	if (fl->others_ms && now_ms >= fl->others_ms)
		ask_others(fl);
	if (fl->again_ms && now_ms >= fl->again_ms)
		ask_again(fl);
	flight_wait(fl);
}

void flight_begin_waiting(struct flight *fl)
{
	const struct forward *f = fl->forward;
	const struct upstream *u = asked_alone(fl);

	fl->timer.fire = due;
	fl->began_ms = now_of(fl);
	fl->end_ms = fl->began_ms + f->end_after_ms;
	fl->others_ms = u ? others_due_ms(fl, u) : 0;
	if (f->again_after_ms && !fl->by_tcp) {
		fl->gap_ms = f->again_after_ms;
		fl->again_ms = fl->began_ms + fl->gap_ms;
	}
	if (fl->again_ms && f->again_in_all_ms > f->end_after_ms)
		fl->end_ms = fl->began_ms + f->again_in_all_ms;
	flight_wait(fl);
}
