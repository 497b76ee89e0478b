/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/forward_private.h"

/* ---- to one server ----------------------------------------------------------------------- */

static struct attempt *attempt_to(struct flight *fl, struct upstream *u)
{
	for (struct attempt *at = fl->attempts; at; at = at->next)
		if (at->to == u)
			return at;
	return attempt_new(fl->forward->flights, fl, u);
}

static bool give_socket(struct forward *f, struct attempt *at)
{
	struct pool *p = upstream_pool(f, at->to);
	enum status why;
	struct pool_socket *s = p ? pool_draw(p, &why) : NULL;

	if (!s)
		return false;
	if (attempt_list(f->flights, at, s, f->want.rng))
		return true;
	pool_release(s);
	return false;
}

/* Where a link-local address is; 0: the kernel knows. */
static unsigned ifindex_of(const struct forward *f, const struct upstream *u)
{
	const struct netif *n = *u->server.scope ? loop_netif_named(f->want.loop, u->server.scope)
						 : NULL;

	return n ? n->index : 0;
}

static bool send_datagram(struct forward *f, struct flight *fl, struct attempt *at)
{
	struct dgram d = {
		.to = at->to->server.at, .ifindex = ifindex_of(f, at->to),
		.data = span_of(fl->query, fl->query_n),
	};

	if (!at->socket && !give_socket(f, at))
		return false;
	put_uint(fl->query, 2, at->id);
	return udp_send(&at->socket->udp, &d) == ST_OK;
}

static bool send_to(struct flight *fl, struct upstream *u)
{
	struct forward *f = fl->forward;
	struct attempt *at = fl->sends < FLIGHT_SENDS_MAX ? attempt_to(fl, u) : NULL;
	bool again = at && at->sent_ms;

	if (!at)
		return false;
	at->failed = !(fl->by_tcp ? upstream_tcp_ask(at) : send_datagram(f, fl, at));
	if (at->failed)
		return false;
	at->sent_ms = fl->sent_ms = loop_now(f->want.loop).mono_ms;
	fl->sends++;
	u->sent++;
	u->retried += again;
	if (f->want.sent)
		f->want.sent(f->want.arg, &fl->question, &u->server);
	return true;
}

/* ---- who is asked -------------------------------------------------------------------------- */

static bool send_to_all(struct flight *fl)
{
	bool any = false;

	fl->all_asked = true;
	for (size_t i = 0; i < fl->group->n; i++)
		any |= send_to(fl, fl->group->server[i]);
	return any;
}

/* strict-order: whose turn it is, or the first after that who can be sent to. */
static bool send_in_turn(struct flight *fl)
{
	for (size_t i = fl->turn; i < fl->group->n; i++)
		if (send_to(fl, fl->group->server[i])) {
			fl->turn = i;
			return true;
		}
	return false;
}

static bool next_turn(struct flight *fl)
{
	if (fl->turn + 1 >= fl->group->n)
		return false;
	fl->turn++;
	return send_in_turn(fl);
}

/* The one that was fastest when all were asked last, for a while. */
static struct upstream *trusted(struct group *g, int64_t now_ms)
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

bool flight_start(struct flight *fl)
{
	struct forward *f = fl->forward;
	struct upstream *u;

	if (f->strict_order)
		return send_in_turn(fl);
	u = f->all_servers ? NULL : trusted(fl->group, loop_now(f->want.loop).mono_ms);
	return (u && send_to(fl, u)) || send_to_all(fl);
}

bool flight_repeat(struct flight *fl)
{
	if (fl->by_tcp)
		return true;		/* nothing is lost on the way */
	if (fl->forward->strict_order)
		return next_turn(fl) || send_in_turn(fl);
	return send_to_all(fl);
}

/* ---- who else ------------------------------------------------------------------------------- */

static bool somebody_may_answer(const struct flight *fl)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (!at->failed)
			return true;
	return false;
}

static bool was_asked(const struct flight *fl, const struct upstream *u)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (at->to == u)
			return true;
	return false;
}

static bool send_to_others(struct flight *fl)
{
	bool any = false;

	if (fl->all_asked)
		return false;
	fl->all_asked = true;
	for (size_t i = 0; i < fl->group->n; i++)
		if (!was_asked(fl, fl->group->server[i]))
			any |= send_to(fl, fl->group->server[i]);
	return any;
}

void flight_try_others(struct flight *fl)
{
	bool sent = fl->forward->strict_order ? next_turn(fl) : send_to_others(fl);

	if (!sent && !somebody_may_answer(fl))
		flight_end(fl, NULL);
}
