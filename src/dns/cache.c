/* SPDX-License-Identifier: ISC */
#include <sched.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/cache_shard.h"

#define SHARDS_MAX 64
#define SHARD_ENTRIES 512		/* a shard has at least so many, but for the only one */
#define LOCK_TRIES 64
#define ENTRY_BYTES 4096		/* the limit in bytes where none is given, an entry */
#define ANY_TYPE 0			/* in the key of what answers questions of all types */
#define TTLS_MAX 4096			/* in one message: the shortest record has 11 bytes */

struct cache {
	struct cache_shard shard[SHARDS_MAX];
	_Atomic size_t shards;		/* in use, a power of two; changed under all locks */
	size_t bytes_max;		/* 0: ENTRY_BYTES an entry */
	_Atomic bool keeps;		/* not of size 0 */
	_Atomic unsigned approaching;	/* threads that look into tables without a lock */
	struct dname_key key;
	struct dns_counts *counts;
};

/* ---- shards ------------------------------------------------------------------------ */

static uint64_t name_hash(const struct cache *c, const struct cache_key *k)
{
	return k->hash ? k->hash : dname_hash(k->name, &c->key);
}

static uint64_t hash_of(uint64_t name, const struct cache_key *k)
{
	uint64_t h = name;

	h ^= (uint64_t)k->type << 16 ^ k->class ^ (uint64_t)k->dnssec_ok << 32 ^
	     (uint64_t)k->checking_disabled << 33 ^ (uint64_t)k->authentic_data << 34;
	h *= 0x9e3779b97f4a7c15u;	/* 2^64 over the golden ratio: spreads the type's bits */
	return h ^ h >> 29;
}

/* All that is known of a name lies in one, by the hash of the name alone. */
static struct cache_shard *shard_at(struct cache *c, size_t shards, uint64_t name)
{
	return &c->shard[name >> 56 & (shards - 1)];
}

/* Held for a copy: whoever has it will have let go before the kernel would have woken us. */
static void lock(struct cache_shard *s)
{
	for (unsigned i = 0; i < LOCK_TRIES; i++)
		if (pthread_mutex_trylock(&s->lock) == 0)
			return;
	pthread_mutex_lock(&s->lock);
}

/* The number of shards may change until the lock is held. */
static struct cache_shard *lock_for(struct cache *c, uint64_t name)
{
	for (;;) {
		size_t shards = atomic_load_explicit(&c->shards, memory_order_acquire);
		struct cache_shard *s = shard_at(c, shards, name);

		lock(s);
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
	struct cache *c = aligned_alloc(CACHE_LINE, sizeof *c);

	must(c);
	memset(c, 0, sizeof *c);
	must(getrandom(&c->key, sizeof c->key, 0) == sizeof c->key);
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

/* From now on nobody begins to look into a table, and who does has done. */
static void close_tables(struct cache *c)
{
	for (size_t i = 0; i < SHARDS_MAX; i++)
		shard_close(&c->shard[i]);
	while (atomic_load(&c->approaching))
		sched_yield();
}

void cache_resize(struct cache *c, size_t entries)
{
	struct cache_entry *e, *next;

	for (size_t i = 0; i < SHARDS_MAX; i++)
		pthread_mutex_lock(&c->shard[i].lock);
	e = take_all(c);
	close_tables(c);
	size_shards(c, entries);
	for (; e; e = next) {
		next = e->chain;
		shard_add(shard_at(c, c->shards, dname_hash(entry_name(e), &c->key)), e, e->put_ms);
	}
	for (size_t i = SHARDS_MAX; i-- > 0;)
		unlock(&c->shard[i]);
}

/* ---- putting ------------------------------------------------------------------------- */

/* What one walk over a message tells. */
struct message_facts {
	uint16_t ttl_at[TTLS_MAX];	/* offsets */
	uint16_t ttls, addresses;	/* how many; addresses of the type that was asked for */
};

static bool is_address(const struct dns_rr *rr, uint16_t asked)
{
	const struct addr a = rr->type == asked ? dns_rr_addr(rr) : (struct addr){ 0 };

	return addr_is_set(&a);
}

/* False: it does not parse, or does not fit its key. */
static bool look_through(const struct cache_key *k, struct span message, struct message_facts *out)
{
	struct dns_question q UNCLEARED;
	struct dns_rr rr UNCLEARED;
	struct dns_walk w;

	out->ttls = out->addresses = 0;
	if (message.n > DNS_MESSAGE_MAX || !dns_walk_start(&w, message, &q) ||
	    !dname_span_eq(dname_span(&q.name), k->name))
		return false;
	while (dns_walk_next(&w, &rr)) {
		if (out->ttls == TTLS_MAX)
			return false;
		out->ttl_at[out->ttls++] = (uint16_t)rr.ttl_at;
		if (w.section == DNS_ANSWER && is_address(&rr, q.type))
			out->addresses++;
	}
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
	struct message_facts facts UNCLEARED;
	struct cache_entry *e;
	struct writer w;

	if (!look_through(k, message, &facts))
		return NULL;

	const size_t n = message.n + (size_t)2 * facts.ttls;

	e = malloc(sizeof *e + n);
	if (!e)
		return NULL;		/* not kept: the next who asks is answered from outside */
	*e = (struct cache_entry){
		.message_n = (uint16_t)message.n, .ttls = facts.ttls,
		.name_n = (uint8_t)k->name.n, .type = k->type,
		.class = k->class, .dnssec_ok = k->dnssec_ok,
		.checking_disabled = k->checking_disabled, .authentic_data = k->authentic_data,
		.turns = facts.addresses > 1,
	};
	w = writer_of(e->bytes, n);
	writer_span(&w, message);
	for (size_t i = 0; i < facts.ttls; i++)
		writer_u16(&w, facts.ttl_at[i]);
	must(writer_ok(&w));
	return e;
}

/* What was kept for one type goes, where the name is known not to be. */
static void drop(struct cache *c, const struct cache_key *k)
{
	uint64_t name = name_hash(c, k);
	struct cache_shard *s = lock_for(c, name);
	struct cache_entry *e = shard_find(s, k, hash_of(name, k));

	if (e)
		shard_remove(s, e);
	unlock(s);
}

void cache_put(struct cache *c, const struct cache_key *key, struct span message, uint32_t ttl_s,
	       struct now now)
{
	struct cache_key k = *key;
	struct cache_entry *e;
	struct cache_shard *s;
	uint64_t name;

	if (ttl_s == 0 || !atomic_load_explicit(&c->keeps, memory_order_relaxed))
		return;
	if (is_about_the_name(message)) {
		drop(c, &k);
		k.type = ANY_TYPE;
	}
	e = entry_new(&k, message);
	if (!e)
		return;
	name = name_hash(c, &k);
	e->hash = hash_of(name, &k);
	e->put_ms = now.mono_ms;
	e->ends_ms = now.mono_ms + (int64_t)ttl_s * 1000;
	dns_count(&c->counts->cache_insertions);
	s = lock_for(c, name);
	shard_add(s, e, now.mono_ms);
	unlock(s);
}

/* ---- passes ------------------------------------------------------------------------- */

#define ALL_TYPES 0xff

/* The questions that an entry's pass is good for.  One about a name answers those of any type, and
 * has a bit for each of these. */
static uint8_t pass_bits(const struct cache_entry *e, uint16_t type)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA, DNS_HTTPS, DNS_PTR, DNS_MX, DNS_TXT,
					  DNS_SRV, DNS_SVCB };

	if (e->type != ANY_TYPE)
		return ALL_TYPES;
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (types[i] == type)
			return (uint8_t)(1u << i);
	return 0;
}

static bool has_pass(const struct cache_entry *e, uint16_t type, uint64_t pass)
{
	return e->pass == pass && (e->passed & pass_bits(e, type));
}

static void give_pass(struct cache_entry *e, uint16_t type, uint64_t pass)
{
	if (e->pass != pass)
		e->passed = 0;
	e->pass = pass;
	e->passed |= pass_bits(e, type);
}

/* ---- getting ------------------------------------------------------------------------- */

/* Of what is stale each record whose own time is not over has a time to live still, as in dnsmasq. */
static void copy_out(const struct cache_entry *e, uint32_t age_s, uint32_t ttl_max_s, uint8_t *out)
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
		ttl_s = ttl_s < age_s ? 0 : ttl_s - age_s;
		if (ttl_max_s && ttl_s > ttl_max_s)
			ttl_s = ttl_max_s;
		put_uint(out + offset, 4, ttl_s);
	}
}

/* How an entry is asked for. */
struct asking {
	struct now now;
	uint32_t ttl_max_s, stale_s;
	uint16_t type;
	uint64_t pass;			/* 0: with any */
	void *buffer;
	size_t size;
};

/* What of an entry may be given now; false: nothing, it is too old. */
static bool judge_age(const struct cache_entry *e, const struct asking *a, struct cache_hit *out)
{
	int64_t left_ms = e->ends_ms - a->now.mono_ms;

	out->n = e->message_n;
	out->turns = e->turns;
	out->stale = left_ms <= 0;
	out->left_s = out->stale ? 0 : (uint32_t)((left_ms + 999) / 1000);
	out->past_s = out->stale ? (uint32_t)(-left_ms / 1000) : 0;
	out->life_s = (uint32_t)((e->ends_ms - e->put_ms) / 1000);
	out->rests = a->now.mono_ms < e->rests_ms;
	return !out->stale || (a->stale_s && -left_ms <= (int64_t)a->stale_s * 1000);
}

static void give(struct cache_entry *e, const struct asking *a)
{
	if (e->asked < CACHE_ASKED_MAX)
		e->asked++;
	copy_out(e, (uint32_t)((a->now.mono_ms - e->put_ms) / 1000), a->ttl_max_s, a->buffer);
}

/* As cache_get, of what was put with this very key. */
static bool get_exactly(struct cache_shard *s, const struct cache_key *k, uint64_t hash,
			const struct asking *a, struct cache_hit *out)
{
	struct cache_entry *e = shard_find(s, k, hash);
	struct cache_hit hit;

	if (!e)
		return false;
	if (!judge_age(e, a, &hit)) {
		if (!a->pass)
			shard_remove(s, e);
		else
			out->known = true;
		return false;
	}
	out->known = true;
	if (e->message_n > a->size || (a->pass && !has_pass(e, a->type, a->pass)))
		return false;
	give(e, a);
	hit.known = true;
	*out = hit;
	return true;
}

static bool keeps(struct cache *c)
{
	return atomic_load_explicit(&c->keeps, memory_order_relaxed);
}

/* What is known of the question itself, else of its name. */
static bool get(struct cache *c, const struct cache_key *k, const struct asking *a,
		struct cache_hit *out)
{
	struct cache_key any = *k;
	struct cache_shard *s;
	bool found, by_name;
	uint64_t name;

	out->known = false;
	if (!keeps(c))
		return false;
	name = name_hash(c, k);
	any.type = ANY_TYPE;
	s = lock_for(c, name);
	found = get_exactly(s, k, hash_of(name, k), a, out);
	by_name = !found && get_exactly(s, &any, hash_of(name, &any), a, out);
	unlock(s);
	if (by_name)
		put_uint((uint8_t *)a->buffer + DNS_HEADER + k->name.n, 2, k->type);
	return found || by_name;
}

void cache_expect(struct cache *c, struct cache_key *k)
{
	size_t shards = atomic_load_explicit(&c->shards, memory_order_relaxed);

	k->hash = name_hash(c, k);
	shard_expect(shard_at(c, shards, k->hash), hash_of(k->hash, k));
}

void cache_approach_begin(struct cache *c)
{
	atomic_fetch_add(&c->approaching, 1);
}

void cache_approach_end(struct cache *c)
{
	atomic_fetch_sub_explicit(&c->approaching, 1, memory_order_release);
}

void cache_approach(struct cache *c, const struct cache_key *k)
{
	size_t shards = atomic_load_explicit(&c->shards, memory_order_relaxed);
	uint64_t name = name_hash(c, k);

	shard_approach(shard_at(c, shards, name), hash_of(name, k));
}

bool cache_get(struct cache *c, const struct cache_key *k, struct now now, uint32_t ttl_max_s,
	       uint32_t stale_s, void *buffer, size_t size, struct cache_hit *out)
{
	return get(c, k, &(struct asking){ now, ttl_max_s, stale_s, k->type, 0, buffer, size }, out);
}

bool cache_get_passed(struct cache *c, const struct cache_key *k, uint64_t pass, struct now now,
		      uint32_t ttl_max_s, void *buffer, size_t size, struct cache_hit *out)
{
	out->known = true;
	return pass && get(c, k, &(struct asking){ now, ttl_max_s, 0, k->type, pass, buffer, size }, out);
}

/* What would be given for this key, however old; NULL: nothing. */
static struct cache_entry *find(const struct cache_shard *s, const struct cache_key *k, uint64_t name)
{
	struct cache_entry *e = shard_find(s, k, hash_of(name, k));
	struct cache_key any = *k;

	any.type = ANY_TYPE;
	return e ? e : shard_find(s, &any, hash_of(name, &any));
}

void cache_pass(struct cache *c, const struct cache_key *k, uint64_t pass)
{
	uint64_t name = name_hash(c, k);
	struct cache_shard *s = lock_for(c, name);
	struct cache_entry *e = find(s, k, name);

	if (e)
		give_pass(e, k->type, pass);
	unlock(s);
}

void cache_rest(struct cache *c, const struct cache_key *k, int64_t until_mono_ms)
{
	uint64_t name = name_hash(c, k);
	struct cache_shard *s = lock_for(c, name);
	struct cache_entry *e = find(s, k, name);

	if (e)
		e->rests_ms = until_mono_ms;
	unlock(s);
}

void cache_each(struct cache *c, void (*told)(void *arg, const struct cache_key *k,
					      struct span message, int64_t expires_mono_ms),
		void *arg)
{
	for (size_t i = 0; i < SHARDS_MAX; i++) {
		struct cache_shard *s = &c->shard[i];

		pthread_mutex_lock(&s->lock);
		for (size_t place = 0; place < CACHE_PLACES; place++)
			for (struct cache_entry *e = s->queue[place].newest; e; e = e->older) {
				struct cache_key k = entry_key(e);
				struct dname name UNCLEARED;

				must(dname_of_span(k.name, &name));
				dname_lower(&name);
				k.name = dname_span(&name);
				told(arg, &k, entry_message(e), e->ends_ms);
			}
		unlock(s);
	}
}
