/* SPDX-License-Identifier: ISC */
/*
 * Servers that ask us back: they are tried, and left out (dns-loop-detect).
 */
#include <stdlib.h>

#include "base/must.h"
#include "dns/loops.h"
#include "dns/server_private.h"

/* One trial on its way; it frees itself. */
struct loop_trial { struct asked asked; };

/* What the server says does not matter. */
static void answered(struct asked *a, const struct upstream_reply *reply)
{
	(void)reply;
	free(container_of(a, struct loop_trial, asked));
}

static void try_one(struct dns *d, const struct rule_servers *servers, const struct dns_question *q)
{
	const struct forward_question out = { .question = *q, .unseen = true };
	struct loop_trial *t = calloc(1, sizeof *t);

	must(t);
	t->asked.answered = answered;
	if (forward_ask(d->forward, &out, servers, &t->asked) != ST_OK)
		free(t);
}

void server_try_loops(struct dns *d)
{
	struct dns_loops *l = d->data->loops;
	struct rule_servers servers;
	struct dns_question q;

	d->loops_seen = l ? loops_found(l) : 0;
	while (l && loops_next(l, &servers, &q))
		try_one(d, &servers, &q);
}

bool server_is_loop(struct dns *d, const struct dns_question *q)
{
	const struct dns_server *s;

	if (!d->data->loops || !loops_came_back(d->data->loops, q, &s))
		return false;
	if (s)
		tell_loop(d, s);
	return true;
}

/* Some may have been found since, by another worker too: lists are made anew then. */
void server_leave_loops_out(struct dns *d)
{
	const struct dns_loops *l = d->data->loops;

	if (!l || d->loops_seen == loops_found(l))
		return;
	d->loops_seen = loops_found(l);
	forward_forget_rules(d->forward);
}

bool server_is_left_out(const struct dns *d, const struct dns_server *s)
{
	return d->data && d->data->loops && loops_has(d->data->loops, s);
}
