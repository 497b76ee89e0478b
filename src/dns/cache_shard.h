/* SPDX-License-Identifier: ISC */
/*
 * cache_shard -- one part of the answer cache: a table, and who has to go when it
 * is full.  Only cache*.c includes this.
 *
 * A shard takes no lock and knows no time but what it is handed; whoever calls
 * holds its mutex.  The order of leaving is that of S3-FIFO (Yang and others,
 * SOSP 2023): a new entry stands on trial in a short queue, and only what is asked
 * again there, or comes back soon after it left, enters the long one.  So names
 * that are asked once push out each other.
 */
#pragma once

#include <pthread.h>

#include "dns/cache.h"
#include "dns/common.h"

enum cache_place { ON_TRIAL, SETTLED, CACHE_PLACES };

/* An answer.  Its bytes: the message, in whose question the name is, and the offsets of TTLs.  What a hit reads lies
 * in few of the processor's lines. */
struct cache_entry {
	struct cache_entry *chain;	/* the next of the same bucket */
	struct cache_entry *newer, *older;	/* in the queue of its place */
	uint64_t hash;
	uint64_t pass;			/* 0: none */
	int64_t put_ms, ends_ms;	/* monotonic */
	int64_t rests_ms;		/* until then nobody is asked for it anew */
	uint16_t type, class;
	uint16_t message_n;
	uint16_t ttls;			/* how many */
	uint8_t name_n;
	uint8_t asked;			/* since it came to its place, at most CACHE_ASKED_MAX */
	uint8_t place;			/* enum cache_place */
	bool dnssec_ok, checking_disabled, authentic_data;
	bool turns;			/* several addresses are its answer */
	uint8_t passed;			/* the questions that the pass is for: a bit for each type */
	uint8_t bytes[];
};

#define CACHE_ASKED_MAX 3

struct cache_queue {
	struct cache_entry *newest, *oldest;
	size_t n;
};

struct cache_ghost { uint32_t print, at; };	/* what left on trial, and when, in departures */

struct cache_shard {
	_Alignas(CACHE_LINE) pthread_mutex_t lock;	/* and what it is taken for first, in one line */
	struct cache_entry **_Atomic bucket;
	struct cache_ghost *ghost;
	_Atomic size_t buckets;		/* a power of two; 0: keeps nothing */
	size_t entries, entries_max, bytes, bytes_max;
	uint32_t departures;
	struct cache_queue queue[CACHE_PLACES];
	struct dns_counts *counts;
};

void shard_init(struct cache_shard *s, struct dns_counts *counts);
void shard_done(struct cache_shard *s);
/* Empties it, and makes it of this size.  False, and it keeps nothing: no memory. */
bool shard_size(struct cache_shard *s, size_t entries_max, size_t bytes_max);
void shard_clear(struct cache_shard *s);
/* Of an empty one: whoever has no mutex finds nothing from now on, until it is sized. */
void shard_close(struct cache_shard *s);

/* Has the place of a hash fetched into the processor's cache; without the mutex. */
void shard_expect(const struct cache_shard *s, uint64_t hash);
/* The same of what lies there; also without, but the table must not go meanwhile. */
void shard_approach(const struct cache_shard *s, uint64_t hash);

struct cache_entry *shard_find(const struct cache_shard *s, const struct cache_key *k,
			       uint64_t hash);
/* Takes the entry: it replaces what has its key, others leave for it, or it is freed where it is
 * larger than the whole. */
void shard_add(struct cache_shard *s, struct cache_entry *e, int64_t now_ms);
void shard_remove(struct cache_shard *s, struct cache_entry *e);
/* Takes out any entry, unfreed; NULL: there is none. */
struct cache_entry *shard_pop(struct cache_shard *s);

size_t entry_size(const struct cache_entry *e);
/* In the spelling of whoever answered. */
static inline struct span entry_name(const struct cache_entry *e)
{
	return span_of(e->bytes + DNS_HEADER, e->name_n);
}
static inline struct cache_key entry_key(const struct cache_entry *e)
{
	return (struct cache_key){ .name = entry_name(e), .type = e->type, .class = e->class,
				   .dnssec_ok = e->dnssec_ok,
				   .checking_disabled = e->checking_disabled,
				   .authentic_data = e->authentic_data };
}
static inline const uint8_t *entry_ttls(const struct cache_entry *e)
{
	return e->bytes + e->message_n;
}
static inline struct span entry_message(const struct cache_entry *e)
{
	return span_of(e->bytes, e->message_n);
}
