/* SPDX-License-Identifier: ISC */
#include "dns/stale.h"

#define PREFETCH_SHARE 10		/* one in so many of dns-forward-max */
#define RENEW_SHARE 2			/* the same of what is stale */

/* In whole seconds, so that what lives shorter than ten of them is never due at ten percent. */
static bool is_due(const struct dns_conf *c, const struct cache_hit *hit)
{
	return c->prefetch_percent && !hit->rests &&
	       (uint64_t)hit->left_s * 100 <= (uint64_t)hit->life_s * c->prefetch_percent;
}

enum stale_say stale_judge(const struct dns_conf *c, const struct cache_hit *hit)
{
	if (!hit->stale)
		return is_due(c, hit) ? STALE_GIVE_AND_RENEW : STALE_GIVE;
	if (hit->rests)
		return STALE_GIVE;
	return c->use_stale ? STALE_GIVE_AND_RENEW : STALE_ASK_FIRST;
}

uint32_t stale_keep_s(const struct dns_conf *c)
{
	if (c->use_stale)
		return c->use_stale_s ? c->use_stale_s : UINT32_MAX;
	if (c->serve_stale)
		return c->serve_stale_s ? c->serve_stale_s : UINT32_MAX;
	return 0;
}

void stale_set_ttls(const struct dns_conf *c, uint8_t *message, size_t n)
{
	const bool lower = c->max_ttl_s && c->max_ttl_s < STALE_TTL_S;
	const uint32_t ttl_s = lower ? c->max_ttl_s : STALE_TTL_S;
	struct dns_walk w;
	struct dns_rr rr;

	if (c->use_stale || !dns_walk_start(&w, span_of(message, n), NULL))
		return;
	while (dns_walk_next(&w, &rr))
		put_uint(message + rr.ttl_at, 4, ttl_s);
}

enum dns_ede stale_ede(const struct dns_conf *c, unsigned rcode)
{
	return !c->use_stale && rcode == DNS_NXDOMAIN ? DNS_EDE_STALE_NXDOMAIN : DNS_EDE_STALE;
}

uint32_t stale_renewals_max(const struct dns_conf *c, bool stale)
{
	const uint32_t max = c->forward_max / (stale ? RENEW_SHARE : PREFETCH_SHARE);

	return max ? max : 1;
}
