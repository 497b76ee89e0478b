/* SPDX-License-Identifier: ISC */
/*
 * stale -- what may be done with an answer that is kept, by its age: pure functions.
 *
 * use-stale-cache gives what is past its time at once, with a time to live of 0, and asks
 * anew (dnsmasq's).  serve-stale asks first, and gives it where nobody answers in time
 * (RFC 8767); which of the two was meant the configuration has settled.  prefetch asks anew
 * for what is asked again at the end of its life.
 */
#pragma once

#include "dns/cache.h"
#include "dns/conf.h"

#define STALE_TTL_S 30			/* of what serve-stale gives, and how long nobody is asked */
#define STALE_REST_MS 30000		/* anew after a failure (RFC 8767 5: both) */
#define RENEW_REST_MS 2000		/* between two questions for one answer that is kept */

enum stale_say {
	STALE_GIVE,
	STALE_GIVE_AND_RENEW,		/* and ask anew, for the next who wants it */
	STALE_ASK_FIRST,		/* it is for when that fails */
};
enum stale_say stale_judge(const struct dns_conf *c, const struct cache_hit *hit);

/* How long past its time an answer may be given, for cache_get: 0: not at all; UINT32_MAX: ever. */
uint32_t stale_keep_s(const struct dns_conf *c);

/* The times to live that a stale message tells, given as cache_get gives it, and its extended
 * error. */
void stale_set_ttls(const struct dns_conf *c, uint8_t *message, size_t n);
enum dns_ede stale_ede(const struct dns_conf *c, unsigned rcode);

/* How many answers may be on their way anew at once, for this reason: what clients ask for goes
 * before. */
uint32_t stale_renewals_max(const struct dns_conf *c, bool stale);
