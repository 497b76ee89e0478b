/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/forward_private.h"

/* ---- to one server ----------------------------------------------------------------------- */

/* The one to a server that was sent longest ago, which has its turn; *out_n: how many there are. */
static struct attempt *oldest_to(const struct flight *fl, const struct upstream *u, size_t *out_n)
{
	struct attempt *oldest = NULL;

	*out_n = 0;
	for (struct attempt *at = fl->attempts; at; at = at->next)
		if (at->to == u && !at->besides) {
			++*out_n;
			if (!oldest || at->turn <= oldest->turn)
				oldest = at;
		}
	return oldest;
}

/* Each has a port of its own; port-limit says how many ports one server sees. */
static struct attempt *attempt_to(struct flight *fl, struct upstream *u)
{
	size_t n;
	struct attempt *at = oldest_to(fl, u, &n);
	bool another = !at || (!fl->by_tcp && n < fl->forward->port_limit);
	struct attempt *new = another ? attempt_new(fl->forward->flights, fl, u) : NULL;

	return new ? new : at;
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
	uint8_t buffer[COOKIE_QUERY_MAX] UNCLEARED;
	struct dgram d = { .to = at->to->server.at, .ifindex = ifindex_of(f, at->to) };

	if (!at->socket && !give_socket(f, at))
		return false;
	put_uint(fl->query, 2, at->id);
	d.data = cookie_query(fl, at->to, &at->cookie_epoch, buffer);
	udp_mark(&at->socket->udp, fl->mark);
	packet_show(f->want.events, PACKET_UP_QUERY, &at->socket->udp.at, &d.to, d.data);
	return udp_send(&at->socket->udp, &d) == ST_OK;
}

bool attempt_resend(struct attempt *at)
{
	struct flight *fl = at->flight;

	if (!at->socket || fl->sends >= FLIGHT_SENDS_MAX)
		return false;
	fl->sends++;
	at->resent = true;
	return send_datagram(fl->forward, fl, at);
}

static bool was_asked(const struct flight *fl, const struct upstream *u)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (at->to == u)
			return true;
	return false;
}

static bool send_to(struct flight *fl, struct upstream *u)
{
	struct forward *f = fl->forward;
	bool again = was_asked(fl, u);
	struct attempt *at = fl->sends < FLIGHT_SENDS_MAX ? attempt_to(fl, u) : NULL;

	if (!at)
		return false;
	if (!(fl->by_tcp ? upstream_tcp_ask(at) : send_datagram(f, fl, at))) {
		at->failed |= at->sent_ms == 0;	/* what went out before may be answered still */
		return false;
	}
	at->failed = false;
	at->resent = at->sent_ms != 0;
	at->sent_ms = fl->sent_ms = loop_now(f->want.loop).mono_ms;
	at->turn = ++fl->sends;
	u->sent++;
	u->retried += again;
	if (f->want.sent && !fl->unseen)
		f->want.sent(f->want.arg, &fl->question, &u->server);
	return true;
}

/* ---- who is asked -------------------------------------------------------------------------- */

static bool send_to_all(struct flight *fl)
{
	bool any = false;

	fl->all_asked = true;
	for (size_t i = 0; i < fl->group->n; i++)
		any |= send_to(fl, fl->group->server[i].to);
	return any;
}

/* strict-order: whose turn it is, or the first after that who can be sent to. */
static bool send_in_turn(struct flight *fl)
{
	for (size_t i = fl->turn; i < fl->group->n; i++)
		if (send_to(fl, fl->group->server[i].to)) {
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

static bool start_race(struct flight *fl)
{
	fl->race = fl->group->n > 1 && !fl->forward->all_servers;
	return send_to_all(fl);
}

bool flight_start(struct flight *fl)
{
	struct forward *f = fl->forward;
	struct upstream *u;

	if (f->strict_order)
		return send_in_turn(fl);
	u = f->all_servers ? NULL : choice_trusted(fl->group, loop_now(f->want.loop).mono_ms);
	return (u && send_to(fl, u)) || start_race(fl);
}

bool flight_repeat(struct flight *fl)
{
	if (fl->by_tcp)
		return true;		/* nothing is lost on the way */
	choice_doubt(fl);
	if (fl->forward->strict_order)
		return next_turn(fl) || send_in_turn(fl);
	return send_to_all(fl);
}

static bool has(struct upstream *const *list, size_t n, const struct upstream *u)
{
	for (size_t i = 0; i < n; i++)
		if (list[i] == u)
			return true;
	return false;
}

/* The newest attempt stands first; they go out in the order of the first time. */
void flight_again(struct flight *fl)
{
	struct upstream *to[GROUP_SERVERS_MAX];
	size_t n = 0;

	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (!at->failed && !at->tcp && !has(to, n, at->to))
			to[n++] = at->to;
	while (n > 0)
		(void)send_to(fl, to[--n]);
}

/* ---- who else ------------------------------------------------------------------------------- */

static bool somebody_may_answer(const struct flight *fl)
{
	for (const struct attempt *at = fl->attempts; at; at = at->next)
		if (!at->failed)
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
		if (!was_asked(fl, fl->group->server[i].to))
			any |= send_to(fl, fl->group->server[i].to);
	return any;
}

bool flight_ask_others(struct flight *fl)
{
	return fl->forward->strict_order ? next_turn(fl) : send_to_others(fl);
}

void flight_try_others(struct flight *fl)
{
	const int64_t soon_ms = loop_now(fl->forward->want.loop).mono_ms + FLIGHT_CUT_MS;

	if (!flight_ask_others(fl) && !somebody_may_answer(fl)) {
		flight_end(fl, NULL);
	} else if (fl->error == REPLY_CUT && soon_ms < fl->end_ms) {
		fl->end_ms = soon_ms;	/* the client can ask by TCP itself */
		flight_wait(fl);
	}
}
