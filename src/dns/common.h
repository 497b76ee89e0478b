/* SPDX-License-Identifier: ISC */
/*
 * common -- what the workers of one name service have in common: the limits that are
 * the whole service's, the number of each question, and what all of them have done.
 *
 * Each worker has counts and a forwarder of its own, and joins here so that anybody
 * may ask for sums.  Nothing here waits for a system call; what every question
 * would touch lies in lines of its own.
 */
#pragma once

#include <pthread.h>

#include "base/rng.h"
#include "base/siphash.h"
#include "dns/counts.h"
#include "dns/told.h"

struct forward;
struct server_stats;

#define DNS_WORKERS_MAX 64
#define DNS_LIST_BUCKETS 1024
#define CACHE_LINE 64			/* bytes that processors pass to each other at once */

/* So many at one time, whoever of the workers has them. */
struct dns_quota {
	char apart[CACHE_LINE];		/* from what others write */
	_Atomic uint32_t taken;
	const void *list;		/* of which list of servers */
	unsigned id;
	unsigned users;
	struct dns_quota *next;
};

/* False: `max` are taken. */
bool quota_take(struct dns_quota *q, uint32_t max);
void quota_give(struct dns_quota *q);

/*
 * Turns for round robin: each name and type counts its own, so that a client which always asks
 * for both addresses does not get the same one first each time.  Names may share a count.
 */
struct local_turns { _Atomic unsigned long long turn[256]; };

struct dns_member {
	const struct dns_counts *counts;
	struct forward *forward;	/* or NULL */
};

struct dns_common {
	pthread_mutex_t lock;		/* of members and lists */
	struct dns_member member[DNS_WORKERS_MAX + 1];	/* and the cache */
	size_t members;
	struct dns_quota *lists[DNS_LIST_BUCKETS];	/* by number */
	size_t lists_n;
	struct dns_quota flights;	/* of all lists together */
	struct dns_quota connections;	/* by TCP, from clients */
	struct rate *rate;		/* NULL: never needed */
	uint8_t cookie_secret[SIP_KEY];	/* where the configuration has none */
	_Atomic uint32_t serial;
	_Atomic int64_t full_told_ms;	/* 0: never */
	_Atomic int64_t rate_told_ms;
	_Atomic bool stranger_told;
	_Atomic bool mark_told;		/* that a mark could not be had */
	struct dns_told told;		/* of sets that take nothing, under the data at hand */
	struct dns_told case_told;	/* of servers that do not keep the case of letters */
	struct local_turns turns;
};

void common_init(struct dns_common *c);
void common_done(struct dns_common *c);		/* all have left */

/* From now on these counts are in the sums, once, and the servers of this forwarder. */
void common_join(struct dns_common *c, const struct dns_counts *counts, struct forward *forward);
void common_leave(struct dns_common *c, const struct dns_counts *counts);

/*
 * The quota of a list of servers, by the list's address and number: one for all workers that
 * have it at one time.  NULL: no memory.
 */
struct dns_quota *common_list(struct dns_common *c, const void *list, unsigned id);
void common_list_leave(struct dns_common *c, struct dns_quota *q);

/* The one table of rate-limit; NULL: no memory. */
struct rate *common_rate(struct dns_common *c);

/* The next question's: 1, 2, 3 … over all workers. */
uint32_t common_serial(struct dns_common *c);

/* Sums; those of a moment ago while others count. */
void common_counts(struct dns_common *c, struct dns_counts *out);
/* Each server that was ever asked, once; how many, at most max. */
size_t common_servers(struct dns_common *c, struct server_stats *out, size_t max);
