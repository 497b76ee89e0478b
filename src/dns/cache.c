/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/cache_shard.h"

#define SHARDS_MAX 64
#define SHARD_ENTRIES 512		/* a shard has at least so many, but for the only one */
#define ENTRY_BYTES 4096		/* the limit in bytes where none is given, an entry */
#define ANY_TYPE 0			/* in the key of what answers questions of all types */
#define TTLS_MAX 4096			/* in one message: the shortest record has 11 bytes */

struct cache {
	struct cache_shard shard[SHARDS_MAX];
	_Atomic size_t shards;		/* in use, a power of two; changed under all locks */
	size_t bytes_max;		/* 0: ENTRY_BYTES an entry */
	_Atomic bool keeps;		/* not of size 0 */
	struct dname_key key;
	struct dns_counts *counts;
};

/* ---- shards ------------------------------------------------------------------------ */

static uint64_t hash_of(const struct cache *c, const struct cache_key *k)
{
	uint64_t h = dname_hash(k->name, &c->key);

	h ^= (uint64_t)k->type << 16 ^ k->class ^ (uint64_t)k->dnssec_ok << 32 ^
	     (uint64_t)k->checking_disabled << 33;
	h *= 0x9e3779b97f4a7c15u;	/* 2^64 over the golden ratio: spreads the type's bits */
	return h ^ h >> 29;
}

static struct cache_shard *shard_at(struct cache *c, size_t shards, uint64_t hash)
{
	return &c->shard[hash >> 56 & (shards - 1)];
}

/* The number of shards may change until the lock is held. */
static struct cache_shard *lock_for(struct cache *c, uint64_t hash)
{
	for (;;) {
		size_t shards = atomic_load_explicit(&c->shards, memory_order_acquire);
		struct cache_shard *s = shard_at(c, shards, hash);

		pthread_mutex_lock(&s->lock);
		if (shards == atomic_load_explicit(&c->shards, memory_order_acquire))
			return s;
		pthread_mutex_unlock(&s->lock);
	}
}

static void unlock(struct cache_shard *s)
{
	pthread_mutex_unlock(&s->lock);
}

static size_t shards_for(size_t entries)
{
	size_t n = 1;

	while (n < SHARDS_MAX && entries / (2 * n) >= SHARD_ENTRIES)
		n *= 2;
	return n;
}

/* With all locks held, or before anybody knows of the cache. */
static void size_shards(struct cache *c, size_t entries)
{
	size_t n = shards_for(entries);
	size_t bytes = c->bytes_max ? c->bytes_max / n : entries / n * ENTRY_BYTES;

	for (size_t i = 0; i < SHARDS_MAX; i++) {
		size_t share = i < n ? entries / n + (i < entries % n) : 0;

		must(shard_size(&c->shard[i], share, i < n ? bytes : 0) || entries);
	}
	atomic_store_explicit(&c->shards, n, memory_order_release);
	atomic_store_explicit(&c->keeps, entries != 0, memory_order_relaxed);
	atomic_store_explicit(&c->counts->cache_size, entries, memory_order_relaxed);
}

struct cache *cache_new(size_t entries, size_t bytes_max, struct dns_counts *counts)
{
	struct cache *c = calloc(1, sizeof *c);

	must(c && getrandom(&c->key, sizeof c->key, 0) == sizeof c->key);
	c->counts = counts;
	c->bytes_max = bytes_max;
	for (size_t i = 0; i < SHARDS_MAX; i++)
		shard_init(&c->shard[i], counts);
	size_shards(c, entries);
	return c;
}

void cache_free(struct cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < SHARDS_MAX; i++)
		shard_done(&c->shard[i]);
	free(c);
}

void cache_clear(struct cache *c)
{
	for (size_t i = 0; i < SHARDS_MAX; i++) {
		pthread_mutex_lock(&c->shard[i].lock);
		shard_clear(&c->shard[i]);
		unlock(&c->shard[i]);
	}
}

/* All entries, chained, out of their shards; what is settled is at the chain's end. */
static struct cache_entry *take_all(struct cache *c)
{
	struct cache_entry *all = NULL, *e;

	for (size_t i = 0; i < SHARDS_MAX; i++)
		while ((e = shard_pop(&c->shard[i]))) {
			e->chain = all;
			all = e;
		}
	return all;
}

void cache_resize(struct cache *c, size_t entries)
{
	struct cache_entry *e, *next;

	for (size_t i = 0; i < SHARDS_MAX; i++)
		pthread_mutex_lock(&c->shard[i].lock);
	e = take_all(c);
	size_shards(c, entries);
	for (; e; e = next) {
		next = e->chain;
		shard_add(shard_at(c, c->shards, e->hash), e, e->put_ms);
	}
	for (size_t i = SHARDS_MAX; i-- > 0;)
		unlock(&c->shard[i]);
}

/* ---- putting ------------------------------------------------------------------------- */

/* The offsets of TTLs in a message; false: it does not parse, or does not fit its key. */
static bool find_ttls(const struct cache_key *k, struct span message, uint16_t *at, size_t max,
		      uint16_t *out_n)
{
	struct dns_question q;
	struct dns_walk w;
	struct dns_rr rr;
	uint16_t n = 0;

	if (message.n > DNS_MESSAGE_MAX || !dns_walk_start(&w, message, &q) ||
	    !dname_span_eq(dname_span(&q.name), k->name))
		return false;
	while (dns_walk_next(&w, &rr)) {
		if (n == max)
			return false;
		at[n++] = (uint16_t)rr.ttl_at;
	}
	*out_n = n;
	return dns_walk_ok(&w);
}

static bool is_about_the_name(struct span message)
{
	struct dns_header h;

	return dns_header_read(message, &h) && (h.flags & DNS_RCODE_MASK) == DNS_NXDOMAIN &&
	       h.answers == 0;
}

static struct cache_entry *entry_new(const struct cache_key *k, struct span message)
{
	uint16_t ttl_at[TTLS_MAX] UNCLEARED, ttls;
	struct cache_entry *e;
	struct writer w;
	struct dname name;

	if (!dname_of_span(k->name, &name) ||
	    !find_ttls(k, message, ttl_at, COUNT_OF(ttl_at), &ttls))
		return NULL;
	dname_lower(&name);

	size_t n = name.n + (size_t)2 * ttls + message.n;

	e = malloc(sizeof *e + n);
	if (!e)
		return NULL;		/* not kept: the next who asks is answered from outside */
	*e = (struct cache_entry){
		.name_n = name.n, .ttls = ttls, .message_n = message.n, .type = k->type,
		.class = k->class, .dnssec_ok = k->dnssec_ok,
		.checking_disabled = k->checking_disabled,
	};
	w = writer_of(e->bytes, n);
	writer_span(&w, dname_span(&name));
	for (size_t i = 0; i < ttls; i++)
		writer_u16(&w, ttl_at[i]);
	writer_span(&w, message);
	must(writer_ok(&w));
	return e;
}

void cache_put(struct cache *c, const struct cache_key *key, struct span message, uint32_t ttl_s,
	       struct now now)
{
	struct cache_key k = *key;
	struct cache_entry *e;
	struct cache_shard *s;

	if (ttl_s == 0 || !atomic_load_explicit(&c->keeps, memory_order_relaxed))
		return;
	if (is_about_the_name(message))
		k.type = ANY_TYPE;
	e = entry_new(&k, message);
	if (!e)
		return;
	e->hash = hash_of(c, &k);
	e->put_ms = now.mono_ms;
	e->ends_ms = now.mono_ms + (int64_t)ttl_s * 1000;
	dns_count(&c->counts->cache_insertions);
	s = lock_for(c, e->hash);
	shard_add(s, e, now.mono_ms);
	unlock(s);
}

/* ---- getting ------------------------------------------------------------------------- */

static void copy_out(const struct cache_entry *e, uint32_t age_s, uint32_t ttl_max_s, bool stale,
		     uint8_t *out)
{
	struct span message = entry_message(e);
	struct reader at = reader_of(span_of(entry_ttls(e), (size_t)2 * e->ttls));

	memcpy(out, message.p, message.n);
	put_uint(out, 2, 0);
	while (reader_left(&at)) {
		uint16_t offset = reader_u16(&at);
		struct reader r = reader_of(span_of(out + offset, 4));
		uint32_t ttl_s = reader_u32(&r);

		if (ttl_s >> 31)
			ttl_s = 0;	/* RFC 2181 8 */
		ttl_s = stale || ttl_s < age_s ? 0 : ttl_s - age_s;
		if (ttl_max_s && ttl_s > ttl_max_s)
			ttl_s = ttl_max_s;
		put_uint(out + offset, 4, ttl_s);
	}
}

/* What of an entry may be given now; false: nothing, it is too old. */
static bool judge_age(const struct cache_entry *e, struct now now, uint32_t stale_s,
		      struct cache_hit *out)
{
	int64_t left_ms = e->ends_ms - now.mono_ms;

	out->n = e->message_n;
	out->stale = left_ms <= 0;
	out->left_s = out->stale ? 0 : (uint32_t)((left_ms + 999) / 1000);
	return !out->stale || (stale_s && -left_ms <= (int64_t)stale_s * 1000);
}

/* As cache_get, of what was put with this very key. */
static bool get_exactly(struct cache *c, const struct cache_key *k, struct now now,
			uint32_t ttl_max_s, uint32_t stale_s, void *buffer, size_t size,
			struct cache_hit *out)
{
	uint64_t hash = hash_of(c, k);
	struct cache_shard *s = lock_for(c, hash);
	struct cache_entry *e = shard_find(s, k, hash);
	struct cache_hit hit;
	bool found = false;

	if (e && !judge_age(e, now, stale_s, &hit)) {
		shard_remove(s, e);
	} else if (e && e->message_n <= size) {
		if (e->asked < CACHE_ASKED_MAX)
			e->asked++;
		copy_out(e, (uint32_t)((now.mono_ms - e->put_ms) / 1000), ttl_max_s, hit.stale,
			 buffer);
		*out = hit;
		found = true;
	}
	unlock(s);
	return found;
}

bool cache_get(struct cache *c, const struct cache_key *k, struct now now, uint32_t ttl_max_s,
	       uint32_t stale_s, void *buffer, size_t size, struct cache_hit *out)
{
	struct cache_key any = *k;

	if (!atomic_load_explicit(&c->keeps, memory_order_relaxed))
		return false;
	if (get_exactly(c, k, now, ttl_max_s, stale_s, buffer, size, out))
		return true;
	any.type = ANY_TYPE;
	if (!get_exactly(c, &any, now, ttl_max_s, stale_s, buffer, size, out))
		return false;
	put_uint((uint8_t *)buffer + DNS_HEADER + k->name.n, 2, k->type);
	return true;
}

void cache_each(struct cache *c, void (*told)(void *arg, const struct cache_key *k,
					      struct span message, int64_t expires_mono_ms),
		void *arg)
{
	for (size_t i = 0; i < SHARDS_MAX; i++) {
		struct cache_shard *s = &c->shard[i];

		pthread_mutex_lock(&s->lock);
		for (size_t place = 0; place < CACHE_PLACES; place++)
			for (struct cache_entry *e = s->queue[place].newest; e; e = e->older)
				told(arg, &(struct cache_key){ entry_name(e), e->type, e->class,
							       e->dnssec_ok,
							       e->checking_disabled },
				     entry_message(e), e->ends_ms);
		unlock(s);
	}
}
