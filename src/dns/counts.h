/* SPDX-License-Identifier: ISC */
/*
 * counts -- how often each thing happened in DNS, for SIGUSR1, `lanlord status`
 * and the CHAOS names.
 *
 * Written by the worker, read from other threads (relaxed).
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

struct dns_counts {
	_Atomic uint64_t queries;		/* taken in */
	_Atomic uint64_t malformed;		/* dropped or answered FORMERR */
	_Atomic uint64_t not_local;		/* dropped by local-service */
	_Atomic uint64_t local;			/* answered from local data or the cache */
	_Atomic uint64_t zones;			/* answered by auth-zones */
	_Atomic uint64_t forwarded;		/* sent upstream */
	_Atomic uint64_t refused_full;		/* more than dns-forward-max */
	_Atomic uint64_t unanswered;		/* nobody answered in time */
	_Atomic uint64_t replies_unexpected;	/* from upstream: matched no question of ours */
	_Atomic uint64_t replies_malformed;
	_Atomic uint64_t rebind_blocked;
	_Atomic uint64_t tcp_taken, tcp_refused;
	_Atomic uint64_t tcp_made, tcp_asked, tcp_moved;	/* connections to servers, questions on
					 * them, and those of these that went to another one */
	_Atomic uint64_t stale;			/* answered from the cache, past its time; also in local */
	_Atomic uint64_t rate_left_out, rate_cut;	/* by rate-limit: no answer, TC alone */
	_Atomic uint64_t prefetched;		/* asked for anew before their time ended */
	_Atomic uint64_t cache_insertions;
	_Atomic uint64_t cache_evictions;	/* of what was still good */
	_Atomic uint64_t cache_entries, cache_size;
};

/* Of counts that this thread alone writes. */
static inline void dns_count_own(_Atomic uint64_t *c)
{
	atomic_store_explicit(c, atomic_load_explicit(c, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static inline void dns_count(_Atomic uint64_t *c)
{
	atomic_fetch_add_explicit(c, 1, memory_order_relaxed);
}
