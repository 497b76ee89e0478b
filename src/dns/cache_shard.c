/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/cache_shard.h"

#define TRIAL_PART 10			/* one in so many stands on trial */
#define GHOSTS 4			/* places a bucket, in a table where the later overwrites the earlier */
#define FETCHED 192			/* bytes of an entry that is about to be asked for */
#define EVICT_STEPS 1024		/* second chances given before one goes all the same */
#define SETTLE_STEPS 2			/* an addition */

size_t entry_size(const struct cache_entry *e)
{
	return sizeof *e + (size_t)2 * e->ttls + e->message_n;
}

/* ---- queues ---------------------------------------------------------------------- */

static void queue_push(struct cache_shard *s, struct cache_entry *e, enum cache_place place)
{
	struct cache_queue *q = &s->queue[place];

	e->place = (uint8_t)place;
	e->newer = NULL;
	e->older = q->newest;
	if (q->newest)
		q->newest->newer = e;
	else
		q->oldest = e;
	q->newest = e;
	q->n++;
}

static void queue_take(struct cache_shard *s, struct cache_entry *e)
{
	struct cache_queue *q = &s->queue[e->place];

	*(e->newer ? &e->newer->older : &q->newest) = e->older;
	*(e->older ? &e->older->newer : &q->oldest) = e->newer;
	q->n--;
}

/* ---- what left on trial: a small memory of its hash -------------------------------- */

static struct cache_ghost *ghost_of(const struct cache_shard *s, uint64_t hash)
{
	return &s->ghost[hash & (GHOSTS * s->buckets - 1)];
}

static void ghost_add(struct cache_shard *s, uint64_t hash)
{
	*ghost_of(s, hash) = (struct cache_ghost){ (uint32_t)(hash >> 32), ++s->departures };
}

static bool ghost_has(const struct cache_shard *s, uint64_t hash)
{
	const struct cache_ghost *g = ghost_of(s, hash);

	return g->at != 0 && g->print == (uint32_t)(hash >> 32) &&
	       s->departures - g->at < s->entries_max;
}

/* ---- the table -------------------------------------------------------------------- */

/* `buckets` as it was found, which for who has no mutex may be another number by now. */
static struct cache_entry **bucket_at(const struct cache_shard *s, size_t buckets, uint64_t hash)
{
	return &atomic_load_explicit(&s->bucket, memory_order_relaxed)[hash & (buckets - 1)];
}

static struct cache_entry **bucket_of(const struct cache_shard *s, uint64_t hash)
{
	return bucket_at(s, atomic_load_explicit(&s->buckets, memory_order_relaxed), hash);
}

/* Both numbers may be changing: nothing is read from there. */
void shard_expect(const struct cache_shard *s, uint64_t hash)
{
	const size_t buckets = atomic_load_explicit(&s->buckets, memory_order_relaxed);

	if (buckets)
		__builtin_prefetch(bucket_at(s, buckets, hash));
}

/* Of an entry, which may be gone, no more than its address is looked at.  A usual one is no longer than FETCHED. */
void shard_approach(const struct cache_shard *s, uint64_t hash)
{
	const size_t buckets = atomic_load_explicit(&s->buckets, memory_order_acquire);
	const struct cache_entry *e =
		buckets ? __atomic_load_n(bucket_at(s, buckets, hash), __ATOMIC_RELAXED) : NULL;

	for (size_t at = 0; e && at < FETCHED; at += CACHE_LINE)
		__builtin_prefetch((const char *)e + at);
}

struct cache_entry *shard_find(const struct cache_shard *s, const struct cache_key *k,
			       uint64_t hash)
{
	if (s->buckets == 0)
		return NULL;
	for (struct cache_entry *e = *bucket_of(s, hash); e; e = e->chain)
		if (e->hash == hash && e->type == k->type && e->class == k->class &&
		    e->dnssec_ok == k->dnssec_ok &&
		    e->checking_disabled == k->checking_disabled &&
		    e->authentic_data == k->authentic_data &&
		    dname_span_eq(entry_name(e), k->name))
			return e;
	return NULL;
}

static void gauge(_Atomic uint64_t *g, int64_t by)
{
	atomic_fetch_add_explicit(g, (uint64_t)by, memory_order_relaxed);
}

static void take_out(struct cache_shard *s, struct cache_entry *e)
{
	struct cache_entry **at = bucket_of(s, e->hash);

	while (*at != e)
		at = &(*at)->chain;
	__atomic_store_n(at, e->chain, __ATOMIC_RELAXED);
	queue_take(s, e);
	s->entries--;
	s->bytes -= entry_size(e);
	gauge(&s->counts->cache_entries, -1);
}

static void put_in(struct cache_shard *s, struct cache_entry *e, enum cache_place place)
{
	struct cache_entry **at = bucket_of(s, e->hash);

	e->chain = *at;
	__atomic_store_n(at, e, __ATOMIC_RELAXED);
	queue_push(s, e, place);
	s->entries++;
	s->bytes += entry_size(e);
	gauge(&s->counts->cache_entries, 1);
}

void shard_remove(struct cache_shard *s, struct cache_entry *e)
{
	take_out(s, e);
	free(e);
}

struct cache_entry *shard_pop(struct cache_shard *s)
{
	struct cache_entry *e = s->queue[SETTLED].oldest;

	if (!e)
		e = s->queue[ON_TRIAL].oldest;
	if (e)
		take_out(s, e);
	return e;
}

void shard_clear(struct cache_shard *s)
{
	struct cache_entry *e;

	while ((e = shard_pop(s)))
		free(e);
}

/* ---- who leaves ------------------------------------------------------------------- */

static enum cache_place place_to_shorten(const struct cache_shard *s)
{
	bool trial_is_long = s->queue[ON_TRIAL].n > s->entries_max / TRIAL_PART;

	return s->queue[ON_TRIAL].n && (trial_is_long || !s->queue[SETTLED].n) ? ON_TRIAL
									       : SETTLED;
}

/* True where the oldest of a queue was asked for since: it stays, in the long queue. */
static bool second_chance(struct cache_shard *s, struct cache_entry *e, int64_t now_ms)
{
	if (e->asked == 0 || e->ends_ms <= now_ms)
		return false;
	e->asked = e->place == ON_TRIAL ? 0 : e->asked - 1;
	queue_take(s, e);
	queue_push(s, e, SETTLED);
	return true;
}

/*
 * A cache that is not full yet keeps all of its entries on trial.  Those that were asked for settle as
 * others come, so that the first who has to leave is not one of them.
 */
static void settle_some(struct cache_shard *s, int64_t now_ms)
{
	for (unsigned i = 0; i < SETTLE_STEPS; i++) {
		struct cache_entry *e = s->queue[ON_TRIAL].oldest;

		if (s->queue[ON_TRIAL].n <= s->entries_max / TRIAL_PART ||
		    !second_chance(s, e, now_ms))
			return;
	}
}

static void evict_one(struct cache_shard *s, int64_t now_ms)
{
	struct cache_entry *e;
	unsigned steps = 0;

	do
		e = s->queue[place_to_shorten(s)].oldest;
	while (++steps < EVICT_STEPS && second_chance(s, e, now_ms));

	if (e->place == ON_TRIAL)
		ghost_add(s, e->hash);
	if (e->ends_ms > now_ms)
		dns_count(&s->counts->cache_evictions);
	shard_remove(s, e);
}

void shard_add(struct cache_shard *s, struct cache_entry *e, int64_t now_ms)
{
	const struct cache_key key = entry_key(e);
	struct cache_entry *old = shard_find(s, &key, e->hash);
	enum cache_place place = ON_TRIAL;

	if (s->buckets == 0 || entry_size(e) > s->bytes_max) {
		free(e);
		return;
	}
	if (old) {
		place = old->place;
		e->asked = old->asked;
		shard_remove(s, old);
	} else if (ghost_has(s, e->hash)) {
		place = SETTLED;
	}
	settle_some(s, now_ms);
	while (s->entries >= s->entries_max || s->bytes + entry_size(e) > s->bytes_max)
		evict_one(s, now_ms);
	put_in(s, e, place);
}

/* ---- life -------------------------------------------------------------------------- */

void shard_init(struct cache_shard *s, struct dns_counts *counts)
{
	*s = (struct cache_shard){ .counts = counts };
	must(pthread_mutex_init(&s->lock, NULL) == 0);
}

static void free_tables(struct cache_shard *s)
{
	free(s->bucket);
	free(s->ghost);
	s->bucket = NULL;
	s->ghost = NULL;
	s->buckets = 0;
}

void shard_close(struct cache_shard *s)
{
	s->buckets = 0;
}

bool shard_size(struct cache_shard *s, size_t entries_max, size_t bytes_max)
{
	size_t buckets = 1;

	shard_clear(s);
	free_tables(s);
	s->entries_max = entries_max;
	s->bytes_max = bytes_max;
	if (entries_max == 0)
		return true;
	while (buckets < entries_max)
		buckets *= 2;
	s->bucket = calloc(buckets, sizeof(struct cache_entry *));
	s->ghost = calloc(GHOSTS * buckets, sizeof(struct cache_ghost));
	if (!s->bucket || !s->ghost) {
		free_tables(s);
		return false;
	}
	s->buckets = buckets;
	return true;
}

void shard_done(struct cache_shard *s)
{
	shard_clear(s);
	free_tables(s);
	pthread_mutex_destroy(&s->lock);
}
