/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/forward_private.h"

/* ---- the end of a flight --------------------------------------------------------------- */

static void give_back(struct flight *fl)
{
	struct flights *t = fl->forward->flights;

	timer_stop(&fl->timer);
	flight_drop_attempts(t, fl);
	group_leave(fl->forward, fl->group);
	flight_give(t, fl);
}

/* Servers that were slower than another are timed all the same: a reply of theirs tells that they
 * are alive. */
static bool may_land(const struct flight *fl)
{
	const struct forward *f = fl->forward;
	bool waits = false;

	for (const struct attempt *at = fl->attempts; at; at = at->next)
		waits |= at->socket && !at->failed && !at->timed && !at->tcp;
	return waits && !f->closing && !f->strict_order && !f->all_servers &&
	       f->landed_n < FLIGHT_LANDED_MAX;
}

static void land(struct flight *fl)
{
	struct forward *f = fl->forward;

	for (struct attempt *at = fl->attempts; at; at = at->next)
		upstream_tcp_stop(at);
	fl->landed = true;
	fl->landed_prev = NULL;
	fl->landed_next = f->landed;
	if (f->landed)
		f->landed->landed_prev = fl;
	f->landed = fl;
	f->landed_n++;
	timer_start(f->want.loop, &fl->timer, FLIGHT_LANDED_MS);
}

void flight_sink(struct flight *fl)
{
	struct forward *f = fl->forward;

	choice_race_over(fl);
	*(fl->landed_prev ? &fl->landed_prev->landed_next : &f->landed) = fl->landed_next;
	if (fl->landed_next)
		fl->landed_next->landed_prev = fl->landed_prev;
	f->landed_n--;
	give_back(fl);
}

void flight_end(struct flight *fl, const struct upstream_reply *reply)
{
	struct forward *f = fl->forward;
	struct upstream_reply error = {
		.message = span_of(fl->error_reply, fl->error_n), .from = fl->error_from,
	};
	bool answered = reply != NULL;

	fl->ending = true;
	timer_stop(&fl->timer);
	flight_unlist(f->flights, fl);
	if (!reply && fl->error != NO_REPLY)
		reply = &error;
	while (fl->first) {
		struct asked *a = fl->first;

		flight_leave(a);
		if (fl->attempts)
			a->silent = fl->attempts->to->server.at;
		a->answered(a, reply);
	}
	group_landed(f, fl->group);
	if (answered && may_land(fl))
		land(fl);
	else
		give_back(fl);
}

/* ---- a question ---------------------------------------------------------------------------- */

static void write_query(struct forward *f, struct flight *fl, const struct forward_question *q)
{
	const struct dns_edns edns = {
		.udp_size = q->edns_size ? q->edns_size : (uint16_t)f->edns_max,
		.dnssec_ok = q->dnssec_ok,
		.options = q->options.n <= FLIGHT_OPTIONS_MAX ? q->options : span_of(NULL, 0),
	};
	struct dns_writer w;

	dns_write_start(&w, fl->query, sizeof fl->query, 0,
			(uint16_t)((q->no_recursion ? 0 : DNS_RD) |
				   (q->authentic_data ? DNS_AD : 0) |
				   (q->checking_disabled ? DNS_CD : 0)));
	dns_write_question(&w, &q->question);
	if (q->edns || q->dnssec_ok || q->options.n)
		must(dns_write_opt(&w, &edns));
	fl->options_n = edns.options.n;
	fl->query_n = dns_write_end(&w, DNS_NOERROR).n;
	must(fl->query_n != 0);
	if (f->mix_case)
		case_mix(fl, f->want.rng);
}

static struct flight *make_flight(struct forward *f, const struct forward_question *q,
				  struct group *g, uint64_t hash)
{
	struct flight *fl;

	if (!group_enter(f, g))
		return NULL;
	fl = flight_new(f->flights, q, hash);
	if (!fl) {
		group_landed(f, g);
		group_leave(f, g);
		return NULL;
	}
	fl->forward = f;
	fl->group = g;
	write_query(f, fl, q);
	return fl;
}

/* Whoever has us ask the same in many ways at once could guess at all of them together (RFC 5452 5); so
 * those after a few go by TCP, where nobody can guess. */
static enum status begin(struct forward *f, const struct forward_question *q, struct group *g,
			 uint64_t hash, struct asked *a)
{
	const bool crowded = flight_is_crowded(f->flights, q, hash);
	struct flight *fl = make_flight(f, q, g, hash);

	if (!fl) {
		dns_count(&f->want.counts->refused_full);
		return ST_FULL;
	}
	fl->by_tcp |= crowded;
	if (!flight_start(fl)) {
		flight_end(fl, NULL);
		return ST_UNKNOWN;
	}
	flight_begin_waiting(fl);
	dns_count(&f->want.counts->forwarded);
	flight_join(fl, a, q);
	return ST_OK;
}

/* Somebody asks what is on its way already. */
static enum status join(struct forward *f, struct flight *fl, const struct forward_question *q,
			struct asked *a)
{
	bool repeat = q->renews || flight_has(fl, q);
	bool old = loop_now(f->want.loop).mono_ms - fl->sent_ms >= FLIGHT_REPEAT_MS;

	if (!repeat)
		flight_join(fl, a, q);
	/* Whoever was asked before may answer still, where sending again is not possible. */
	if ((repeat && !q->renews) || old)
		(void)flight_repeat(fl);
	return repeat ? ST_TAKEN : ST_OK;
}

enum status forward_ask(struct forward *f, const struct forward_question *q,
			const struct rule_servers *servers, struct asked *a)
{
	uint64_t hash = flight_hash(f->flights, q);
	struct flight *fl = flight_find(f->flights, q, hash);
	struct group *g;

	a->flight = NULL;
	if (f->closing)
		return ST_UNKNOWN;
	if (fl)
		return join(f, fl, q, a);
	g = group_of(f, servers);
	return g ? begin(f, q, g, hash, a) : ST_UNNAMED;
}

void forward_cancel(struct forward *f, struct asked *a)
{
	struct flight *fl = a->flight;

	(void)f;
	if (!fl)
		return;
	flight_leave(a);
	if (!fl->first && !fl->ending)
		flight_end(fl, NULL);
}

/* ---- figures ---------------------------------------------------------------------------------- */

void forward_each_server(struct forward *f, void (*told)(void *arg, const struct server_stats *s),
			 void *arg)
{
	pthread_mutex_lock(&f->servers_lock);
	for (const struct upstream *u = f->upstreams; u; u = u->next) {
		const struct server_stats s = { u->server.at, u->sent, u->retried, u->failed,
						u->nxdomain, u->latency_ms };

		if (s.sent)
			told(arg, &s);
	}
	pthread_mutex_unlock(&f->servers_lock);
}

/* ---- life --------------------------------------------------------------------------------------- */

void forward_configure(struct forward *f, const struct dns_conf *c)
{
	f->strict_order = c->strict_order;
	f->all_servers = c->all_servers;
	f->edns_max = c->edns_max;
	f->mix_case = c->mix_case;
	f->cookies = c->cookies != COOKIES_OFF;
	f->port_limit = c->port_limit;
	f->end_after_ms = (int64_t)c->upstream_timeout_s * 1000;
	f->tcp_idle_ms = (int64_t)c->upstream_tcp_idle_s * 1000;
	f->others_after_ms = c->has_upstream_retry ? (int64_t)c->upstream_retry_ms : -1;
	f->again_after_ms = c->fast_retry_ms;
	f->again_in_all_ms = c->fast_retry_in_all_ms;
	f->fixed_port = c->has_query_port;
	f->port_min = (uint16_t)(c->has_query_port ? c->query_port : c->min_port);
	f->port_max = (uint16_t)(c->has_query_port ? c->query_port : c->max_port);
	upstream_set_ports(f);
	/* Where there is no memory for more, the limit is what there is. */
	f->forward_max = flights_size(f->flights, (size_t)2 * c->forward_max)
				 ? c->forward_max
				 : (uint32_t)(f->flights->flights_max / 2);
}

void forward_forget_rules(struct forward *f)
{
	groups_orphan(f);
}

/* Where we are somebody else our cookies are others too, and connections may be dead. */
static void netifs_changed(struct netif_watch *w)
{
	struct forward *f = container_of(w, struct forward, netifs);

	forward_cookies_forget(f);
	upstream_tcp_renew(f);
}

struct forward *forward_new(const struct forward_want *want)
{
	struct forward *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->want = *want;
	must(pthread_mutex_init(&f->servers_lock, NULL) == 0);
	common_init(&f->alone);
	if (!f->want.common)
		f->want.common = &f->alone;
	common_join(f->want.common, f->want.counts, f);
	f->port_min = 1024;
	f->port_max = UINT16_MAX;
	f->edns_max = DNS_UDP_MIN;
	f->port_limit = 1;
	forward_cookies_forget(f);
	f->netifs.changed = netifs_changed;
	netif_watch_start(f->want.loop, &f->netifs);
	f->flights = flights_new();
	f->upstream_bucket = calloc(FORWARD_BUCKETS, sizeof(struct upstream *));
	f->group_bucket = calloc(FORWARD_BUCKETS, sizeof(struct group *));
	if (!f->flights || !f->upstream_bucket || !f->group_bucket ||
	    !flights_size(f->flights, FLIGHTS_FEW)) {
		forward_free(f);
		return NULL;
	}
	return f;
}

/* It may be half made. */
void forward_free(struct forward *f)
{
	struct flight *fl;

	if (!f)
		return;
	f->closing = true;
	netif_watch_stop(f->want.loop, &f->netifs);
	common_leave(f->want.common, f->want.counts);
	while (f->flights && (fl = flight_any(f->flights))) {
		fl->error = NO_REPLY;
		flight_end(fl, NULL);
	}
	while (f->landed)
		flight_sink(f->landed);
	if (f->group_bucket)
		upstreams_free(f);
	for (size_t i = 0; i < COUNT_OF(f->pool); i++)
		pool_free(f->pool[i]);
	upstream_tcp_free(f);
	flights_free(f->flights);
	common_done(&f->alone);
	pthread_mutex_destroy(&f->servers_lock);
	free(f->upstream_bucket);
	free(f->group_bucket);
	free(f);
}
