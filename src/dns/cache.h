/* SPDX-License-Identifier: ISC */
/*
 * cache -- answers from upstream, as the bytes that they go out with.
 *
 * An entry is a whole reply in wire form, without its ID, with the offsets of its
 * TTLs: a hit is a copy and a patch.  Keyed by name, type, class and what of the
 * question shapes the answer (DO, CD).  Sharded; readers copy out under a short
 * lock.  Bounded by entries and by bytes; a stream of names asked once does not
 * evict what is asked again (a new entry stands on trial first).
 */
#pragma once

#include "base/clock.h"
#include "dns/counts.h"
#include "wire/dns.h"

struct cache;

struct cache_key {
	struct span name;		/* any case */
	uint16_t type, class;
	bool dnssec_ok, checking_disabled;
	bool authentic_data;		/* AD was asked for, and what servers say of it is passed on */
	uint64_t hash;			/* the cache's own; 0: not known yet */
};

/* entries 0: keeps nothing.  bytes_max 0: 4 KiB an entry. */
struct cache *cache_new(size_t entries, size_t bytes_max, struct dns_counts *counts);
void cache_free(struct cache *c);
void cache_clear(struct cache *c);
/* Another number of entries; what is too much goes. */
void cache_resize(struct cache *c, size_t entries);

/*
 * Keeps a reply for `ttl_s` seconds from now.  `message` is a whole message with
 * one question; its OPT record has been taken out.  NXDOMAIN without an alias before
 * it is about the name, and so answers questions of all types (RFC 2308 5).
 */
void cache_put(struct cache *c, const struct cache_key *k, struct span message, uint32_t ttl_s,
	       struct now now);

/*
 * Who is about to ask for several answers says so before: for each that its key will be
 * asked for, then for each that it comes next.  So their memory is on its way meanwhile.
 * The latter without a lock, between begin and end, where nothing waits: no table goes in between.
 */
void cache_expect(struct cache *c, struct cache_key *k);
void cache_approach_begin(struct cache *c);
void cache_approach(struct cache *c, const struct cache_key *k);
void cache_approach_end(struct cache *c);

struct cache_hit {
	size_t n;			/* bytes of the message in the caller's buffer */
	bool turns;			/* several addresses are its answer, and may take turns */
	uint32_t left_s, life_s;	/* until its time ends, 0 only for stale; of all of its time */
	uint32_t past_s;		/* since it ended; 0 but for stale */
	bool stale;			/* past its time; only where asked for */
	bool rests;			/* nobody need be asked anew for it yet: cache_rest */
	bool known;			/* something is kept for this key, given or not */
};
/*
 * Copies the message out with ID 0 and TTLs that count down since it was put,
 * clamped to ttl_max_s (0: no limit).  False: not there, or larger than size; then *out tells
 * of `known` alone.
 * stale_s: also give what ended at most so long ago; records of it whose time is over have a
 * TTL of 0.
 */
bool cache_get(struct cache *c, const struct cache_key *k, struct now now, uint32_t ttl_max_s,
	       uint32_t stale_s, void *buffer, size_t size, struct cache_hit *out);

/*
 * An entry may carry a pass: a number that stands for other data which had nothing to
 * say to its question.  cache_pass() gives it to the entry, if that is there; then
 * cache_get_passed() is cache_get() of an entry that has this very pass, and of no stale one.
 */
void cache_pass(struct cache *c, const struct cache_key *k, uint64_t pass);
bool cache_get_passed(struct cache *c, const struct cache_key *k, uint64_t pass, struct now now,
		      uint32_t ttl_max_s, void *buffer, size_t size, struct cache_hit *out);

/* Until then whoever gets this answer is told that it rests.  Nothing where it is not kept. */
void cache_rest(struct cache *c, const struct cache_key *k, int64_t until_mono_ms);

/* Every entry, for a dump, its name in small letters: told under the shard's lock. */
void cache_each(struct cache *c, void (*told)(void *arg, const struct cache_key *k,
					      struct span message, int64_t expires_mono_ms),
		void *arg);
