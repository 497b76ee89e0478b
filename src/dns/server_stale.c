/* SPDX-License-Identifier: ISC */
/*
 * Answers that are kept past their time, or asked for anew before it ends.
 */
#include "base/must.h"
#include "dns/filter.h"
#include "dns/server_private.h"
#include "dns/stale.h"

/* ---- asked for anew ------------------------------------------------------------------- */

void server_renew(struct dns *d, const struct client *c, const struct dns_query *q,
		  const struct local_verdict *v, const struct cache_hit *hit)
{
	const struct cache_key key = server_key(d, q);
	struct waiting *w;

	if (v->rule.say == SAY_NOBODY ||
	    d->renewing >= stale_renewals_max(d->data->conf, hit->stale))
		return;
	w = waiting_take(d);
	if (!w)
		return;
	cache_rest(d->want.cache, &key, loop_now(d->want.loop).mono_ms + RENEW_REST_MS);
	if (!hit->stale) {
		dns_count(&d->want.counts->prefetched);
		tell_prefetch(d, c, &q->question, hit->left_s);
	}
	w->renews = w->quiet = true;
	d->renewing++;
	if (server_send(w, c, q, v) != ST_OK)
		waiting_give(w);
}

/* ---- what serve-stale falls back to ------------------------------------------------------ */

/* What is kept past its time, into d->reply. */
static bool find_stale(struct dns *d, const struct dns_query *q, struct cache_hit *out)
{
	const struct cache_key key = server_key(d, q);
	const struct dns_conf *c = d->data->conf;

	return server_asks_recursion(q) &&
	       cache_get(d->want.cache, &key, loop_now(d->want.loop), c->max_ttl_s, stale_keep_s(c),
			 d->reply, sizeof d->reply - DNS_UDP_MIN, out) &&
	       out->stale;
}

static void stop_waiting(struct waiting *w)
{
	struct dns_link *link = w->client.link;

	timer_stop(&w->patience);
	w->quiet = true;
	w->client.link = NULL;
	if (link)
		link_wait_over(link, w);
}

bool server_fall_back(struct waiting *w)
{
	struct dns *d = w->dns;
	struct cache_key key;
	struct cache_hit hit;

	if (!w->holds || w->quiet || !d->data || !find_stale(d, &w->query, &hit))
		return false;
	key = server_key(d, &w->query);
	cache_rest(d->want.cache, &key, loop_now(d->want.loop).mono_ms + STALE_REST_MS);
	d->turn_known = false;		/* that was another question's */
	server_answer_kept(d, &w->client, &w->query, &hit);
	stop_waiting(w);
	return true;
}

static void patience_ends(struct loop_timer *t)
{
	(void)server_fall_back(container_of(t, struct waiting, patience));
}

void server_hold(struct waiting *w)
{
	struct dns *d = w->dns;
	struct cache_hit unused;

	w->holds = d->data->conf->serve_stale && !w->personal && find_stale(d, &w->query, &unused);
	if (!w->holds)
		return;
	w->patience.fire = patience_ends;
	timer_start(d->want.loop, &w->patience, d->data->conf->serve_stale_ms);
}
