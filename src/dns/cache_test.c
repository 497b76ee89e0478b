/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/must.h"
#include "dns/cache.h"
#include "test/test.h"

struct store {				/* a cache, a clock and room for what it gives */
	struct cache *cache;
	struct dns_counts counts;
	struct now now;
	struct cache_hit hit;
	uint8_t out[1500];
};

static struct store *store_open(size_t entries, size_t bytes)
{
	struct store *s = calloc(1, sizeof *s);

	must(s);
	s->cache = cache_new(entries, bytes, &s->counts);
	s->now.mono_ms = 5000;
	return s;
}

static void store_close(struct store *s)
{
	cache_free(s->cache);
	free(s);
}

static struct dname name_of(const char *text)
{
	struct dname n;

	must(dname_parse(text, &n));
	return n;
}

/* An answer with one address and, below it, one that lives twice as long. */
static struct span answer_of(const struct dname *name, uint32_t ttl_s, uint8_t *buffer,
			     size_t size)
{
	const struct dns_question q = { .name = *name, .type = DNS_A, .class = DNS_IN };
	const struct addr a = addr_ip4(0xc0000201);
	struct dns_writer w;

	dns_write_start(&w, buffer, size, 0x4242, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q);
	must(dns_write_addr(&w, DNS_ANSWER, dname_span(name), &a, ttl_s));
	must(dns_write_addr(&w, DNS_ANSWER, dname_span(name), &a, 2 * ttl_s));
	return dns_write_end(&w, DNS_NOERROR);
}

static struct cache_key key_of(const struct dname *name)
{
	return (struct cache_key){ .name = dname_span(name), .type = DNS_A, .class = DNS_IN };
}

static void put(struct store *s, const char *text, uint32_t ttl_s)
{
	uint8_t bytes[1500];
	const struct dname name = name_of(text);
	const struct cache_key key = key_of(&name);

	cache_put(s->cache, &key, answer_of(&name, ttl_s, bytes, sizeof bytes), ttl_s, s->now);
}

static bool get_stale(struct store *s, const char *text, uint32_t ttl_max_s, uint32_t stale_s)
{
	const struct dname name = name_of(text);
	const struct cache_key key = key_of(&name);

	return cache_get(s->cache, &key, s->now, ttl_max_s, stale_s, s->out, sizeof s->out,
			 &s->hit);
}

static bool get(struct store *s, const char *text)
{
	return get_stale(s, text, 0, 0);
}

/* The TTL of the n-th record of what was got. */
static int64_t ttl(const struct store *s, unsigned n)
{
	struct dns_walk w;
	struct dns_rr rr = { 0 };

	must(dns_walk_start(&w, span_of(s->out, s->hit.n), NULL));
	for (unsigned i = 0; i <= n; i++)
		must(dns_walk_next(&w, &rr));
	return rr.ttl_s;
}

TEST(a_cached_answer_comes_back_with_id_0_and_its_time_counted_down)
{
	struct store *s = store_open(100, 0);

	CHECK(!get(s, "www.example"));
	put(s, "www.Example", 60);
	s->now.mono_ms += 20999;
	CHECK(get(s, "WWW.example"));
	CHECK_EQ(s->out[0] << 8 | s->out[1], 0);
	CHECK_EQ(ttl(s, 0), 40);
	CHECK_EQ(ttl(s, 1), 100);
	CHECK_EQ(s->hit.left_s, 40);
	CHECK(!s->hit.stale);
	store_close(s);
}

TEST(a_cached_answer_ends_with_its_time)
{
	struct store *s = store_open(100, 0);

	put(s, "www.example", 60);
	s->now.mono_ms += 59999;
	CHECK(get(s, "www.example"));
	s->now.mono_ms += 1;
	CHECK(!get(s, "www.example"));
	CHECK_EQ(s->counts.cache_entries, 0);
	store_close(s);
}

TEST(an_answer_lives_by_its_own_shortest_time_and_never_longer_than_max_ttl)
{
	struct store *s = store_open(100, 0);

	put(s, "www.example", 1000);
	CHECK(get_stale(s, "www.example", 300, 0));
	CHECK_EQ(ttl(s, 0), 300);
	CHECK_EQ(ttl(s, 1), 300);
	s->now.mono_ms += 800000;
	CHECK(get_stale(s, "www.example", 300, 0));
	CHECK_EQ(ttl(s, 0), 200);			/* the true time counts on */
	store_close(s);
}

TEST(a_stale_answer_is_given_only_where_asked_for_and_with_times_of_0)
{
	struct store *s = store_open(100, 0);

	put(s, "www.example", 60);
	s->now.mono_ms += 60000 + 100000;
	CHECK(!get_stale(s, "www.example", 0, 99));
	put(s, "www.example", 60);
	s->now.mono_ms += 60000 + 100000;
	CHECK(get_stale(s, "www.example", 0, 100));
	CHECK(s->hit.stale);
	CHECK_EQ(s->hit.left_s, 0);
	CHECK_EQ(ttl(s, 0), 0);
	CHECK_EQ(ttl(s, 1), 0);
	CHECK(!get(s, "www.example"));
	store_close(s);
}

TEST(what_shapes_an_answer_is_part_of_its_key)
{
	struct store *s = store_open(100, 0);
	const struct dname name = name_of("www.example");
	struct cache_key other[5];

	put(s, "www.example", 60);
	for (unsigned i = 0; i < COUNT_OF(other); i++)
		other[i] = key_of(&name);
	other[0].type = DNS_AAAA;
	other[1].class = DNS_CHAOS;
	other[2].dnssec_ok = true;
	other[3].checking_disabled = true;
	other[4].authentic_data = true;
	for (unsigned i = 0; i < COUNT_OF(other); i++)
		CHECK(!cache_get(s->cache, &other[i], s->now, 0, 0, s->out, sizeof s->out, &s->hit));
	CHECK(!get(s, "ww.example"));
	CHECK(get(s, "www.example"));
	store_close(s);
}

static void put_nxdomain(struct store *s, const char *text, bool with_alias)
{
	struct dns_question q = { .name = name_of(text), .type = DNS_A, .class = DNS_IN };
	const struct cache_key key = key_of(&q.name);
	uint8_t bytes[600];
	struct dns_writer w;

	dns_write_start(&w, bytes, sizeof bytes, 1, DNS_QR | DNS_RA);
	dns_write_question(&w, &q);
	if (with_alias)
		must(dns_write_rr(&w, DNS_ANSWER, dname_span(&q.name), DNS_CNAME, DNS_IN, 60,
				  span_of("\1b\0", 3)));
	cache_put(s->cache, &key, dns_write_end(&w, DNS_NXDOMAIN), 60, s->now);
}

TEST(a_name_that_does_not_exist_has_no_type_at_all)
{
	struct store *s = store_open(100, 0);
	const struct dname name = name_of("no.example"), alias = name_of("alias.example");
	struct cache_key key = key_of(&name);
	struct dns_question q = { 0 };
	struct dns_walk w;

	put_nxdomain(s, "no.example", false);
	key.type = DNS_MX;
	CHECK(cache_get(s->cache, &key, s->now, 0, 0, s->out, sizeof s->out, &s->hit));
	CHECK(dns_walk_start(&w, span_of(s->out, s->hit.n), &q));
	CHECK_EQ(q.type, DNS_MX);
	put_nxdomain(s, "alias.example", true);		/* the alias exists, its target does not */
	key = key_of(&alias);
	CHECK(cache_get(s->cache, &key, s->now, 0, 0, s->out, sizeof s->out, &s->hit));
	key.type = DNS_MX;
	CHECK(!cache_get(s->cache, &key, s->now, 0, 0, s->out, sizeof s->out, &s->hit));
	store_close(s);
}

TEST(a_buffer_that_is_too_small_gets_nothing)
{
	struct store *s = store_open(100, 0);
	const struct dname name = name_of("www.example");
	const struct cache_key key = key_of(&name);
	size_t n;

	put(s, "www.example", 60);
	CHECK(get(s, "www.example"));
	n = s->hit.n;
	memset(s->out, 0xee, sizeof s->out);
	CHECK(!cache_get(s->cache, &key, s->now, 0, 0, s->out, n - 1, &s->hit));
	CHECK_EQ(s->out[0], 0xee);
	CHECK(cache_get(s->cache, &key, s->now, 0, 0, s->out, n, &s->hit));
	store_close(s);
}

TEST(what_is_no_message_about_its_key_is_not_kept)
{
	struct store *s = store_open(100, 0);
	const struct dname name = name_of("www.example"), other = name_of("other.example");
	const struct cache_key key = key_of(&name);
	uint8_t bytes[1500];
	struct span m = answer_of(&other, 60, bytes, sizeof bytes);

	cache_put(s->cache, &key, m, 60, s->now);
	m = answer_of(&name, 60, bytes, sizeof bytes);
	cache_put(s->cache, &key, span_of(m.p, m.n - 1), 60, s->now);
	cache_put(s->cache, &key, m, 0, s->now);
	CHECK_EQ(s->counts.cache_entries, 0);
	CHECK(!get(s, "www.example"));
	store_close(s);
}

/* ---- who goes --------------------------------------------------------------------------- */

static void put_numbered(struct store *s, const char *kind, unsigned i)
{
	char text[40];

	snprintf(text, sizeof text, "%s%u.example", kind, i);
	put(s, text, 3600);
}

static bool get_numbered(struct store *s, const char *kind, unsigned i)
{
	char text[40];

	snprintf(text, sizeof text, "%s%u.example", kind, i);
	return get(s, text);
}

TEST(a_cache_holds_as_many_entries_as_it_was_made_for)
{
	static const unsigned sizes[] = { 1, 2, 150, 1000, 5000 };

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		struct store *s = store_open(sizes[i], 0);
		unsigned there = 0;

		for (unsigned n = 0; n < 3 * sizes[i]; n++)
			put_numbered(s, "n", n);
		CHECK_EQ(s->counts.cache_entries, sizes[i]);
		CHECK_EQ(s->counts.cache_evictions, 2 * sizes[i]);
		CHECK_EQ(s->counts.cache_insertions, 3 * sizes[i]);
		for (unsigned n = 0; n < 3 * sizes[i]; n++)
			there += get_numbered(s, "n", n);
		CHECK_EQ(there, sizes[i]);
		store_close(s);
	}
}

TEST(a_cache_of_size_0_keeps_nothing)
{
	struct store *s = store_open(0, 0);

	put(s, "www.example", 60);
	CHECK(!get(s, "www.example"));
	CHECK_EQ(s->counts.cache_insertions, 0);
	store_close(s);
}

TEST(a_stream_of_names_asked_once_leaves_the_working_set)
{
	enum { SIZE = 10000, SET = 5000, STREAM = 1000000 };
	struct store *s = store_open(SIZE, 0);
	unsigned there = 0;

	for (unsigned i = 0; i < SET; i++) {
		put_numbered(s, "set", i);
		CHECK(get_numbered(s, "set", i));
	}
	for (unsigned i = 0; i < STREAM; i++) {
		put_numbered(s, "once", i);
		if (i % 20 == 0)		/* each of the set ten times in all */
			(void)get_numbered(s, "set", i / 20 % SET);
	}
	for (unsigned i = 0; i < SET; i++)
		there += get_numbered(s, "set", i);
	CHECK(there >= SET * 9 / 10);
	store_close(s);
}

TEST(what_was_asked_for_stays_when_a_cache_becomes_full_for_the_first_time)
{
	enum { SIZE = 10000, SET = 5000, STREAM = 20000 };
	struct store *s = store_open(SIZE, 0);
	unsigned there = 0;

	for (unsigned i = 0; i < SET; i++)
		put_numbered(s, "set", i);
	for (unsigned i = 0; i < SET; i++)
		CHECK(get_numbered(s, "set", i));
	for (unsigned i = 0; i < STREAM; i++)
		put_numbered(s, "once", i);
	for (unsigned i = 0; i < SET; i++)
		there += get_numbered(s, "set", i);
	CHECK_EQ(there, SET);
	store_close(s);
}

TEST(what_comes_back_soon_after_it_left_stays)
{
	enum { SIZE = 200, BACK = 40 };
	struct store *s = store_open(SIZE, 0);
	unsigned there = 0;

	for (unsigned round = 0; round < 2; round++) {
		for (unsigned i = 0; i < BACK; i++) {
			CHECK(!get_numbered(s, "back", i));
			put_numbered(s, "back", i);	/* the second time it settles at once */
		}
		for (unsigned i = 0; i < SIZE; i++)
			put_numbered(s, round ? "once" : "first", i);
	}
	for (unsigned i = 0; i < BACK; i++)
		there += get_numbered(s, "back", i);
	CHECK(there > BACK / 2);	/* the memory of what left is a small one */
	store_close(s);
}

TEST(what_has_ended_makes_room_before_what_has_not)
{
	struct store *s = store_open(100, 0);

	for (unsigned i = 0; i < 50; i++) {
		char text[40];

		snprintf(text, sizeof text, "short%u.example", i);
		put(s, text, 1);
	}
	s->now.mono_ms += 1000;
	for (unsigned i = 0; i < 50 + 50; i++)
		put_numbered(s, "long", i);
	CHECK_EQ(s->counts.cache_evictions, 0);		/* of what was still good */
	store_close(s);
}

TEST(bytes_are_a_limit_too)
{
	enum { BYTES = 20000 };
	struct store *s = store_open(1000, BYTES);
	unsigned there = 0;

	for (unsigned i = 0; i < 1000; i++)
		put_numbered(s, "n", i);
	for (unsigned i = 0; i < 1000; i++)
		there += get_numbered(s, "n", i);
	CHECK_EQ(s->counts.cache_entries, there);
	CHECK(there > 50 && there * s->hit.n < BYTES);
	store_close(s);
}

static void count_entry(void *arg, const struct cache_key *k, struct span message, int64_t ends_ms)
{
	unsigned *n = arg;

	CHECK(k->name.n > 1 && message.n > DNS_HEADER && ends_ms > 0);
	++*n;
}

TEST(another_size_keeps_what_fits_and_a_clear_keeps_nothing)
{
	struct store *s = store_open(100, 0);
	unsigned there = 0, told = 0;

	for (unsigned i = 0; i < 100; i++)
		put_numbered(s, "n", i);
	cache_resize(s->cache, 20000);
	CHECK_EQ(s->counts.cache_size, 20000);
	for (unsigned i = 0; i < 100; i++)
		there += get_numbered(s, "n", i);
	CHECK_EQ(there, 100);
	cache_resize(s->cache, 30);
	CHECK_EQ(s->counts.cache_entries, 30);
	cache_each(s->cache, count_entry, &told);
	CHECK_EQ(told, 30);
	cache_clear(s->cache);
	CHECK_EQ(s->counts.cache_entries, 0);
	cache_resize(s->cache, 0);
	put(s, "www.example", 60);
	CHECK(!get(s, "www.example"));
	store_close(s);
}

TEST(an_answer_replaces_the_one_before_it)
{
	struct store *s = store_open(100, 0);

	put(s, "www.example", 60);
	put(s, "WWW.example", 600);
	CHECK(get(s, "www.example"));
	CHECK_EQ(ttl(s, 0), 600);
	CHECK_EQ(s->counts.cache_entries, 1);
	CHECK_EQ(s->counts.cache_evictions, 0);
	store_close(s);
}

static void note_name(void *arg, const struct cache_key *k, struct span message, int64_t ends_ms)
{
	*(struct dname_text *)arg = dname_span_text(k->name);
	CHECK(message.n > DNS_HEADER && ends_ms > 0);
}

TEST(names_are_told_in_small_letters_however_they_were_spelled)
{
	struct store *s = store_open(100, 0);
	struct dname_text told;

	put(s, "WWW.Example", 60);
	cache_each(s->cache, note_name, &told);
	CHECK_TEXT(told.s, "www.example");
	CHECK(get(s, "wwW.exampLe"));
	store_close(s);
}

TEST(who_gets_nothing_is_told_whether_anything_is_kept)
{
	struct store *s = store_open(100, 0);
	const struct dname name = name_of("www.example");
	const struct cache_key key = key_of(&name);

	CHECK(!get(s, "www.example"));
	CHECK(!s->hit.known);
	put(s, "www.example", 60);
	CHECK(!cache_get_passed(s->cache, &key, 7, s->now, 0, s->out, sizeof s->out, &s->hit));
	CHECK(s->hit.known);			/* without a pass */
	CHECK(!cache_get(s->cache, &key, s->now, 0, 0, s->out, 20, &s->hit));
	CHECK(s->hit.known);			/* too large */
	s->now.mono_ms += 60000;
	CHECK(!cache_get_passed(s->cache, &key, 7, s->now, 0, s->out, sizeof s->out, &s->hit));
	CHECK(s->hit.known);			/* stale, perhaps */
	CHECK(!get(s, "www.example"));
	CHECK(!s->hit.known);			/* over, and gone */
	cache_resize(s->cache, 0);
	CHECK(!get(s, "www.example"));
	CHECK(!s->hit.known);
	store_close(s);
}

/* ---- threads: run under TSan ---------------------------------------------------------------- */

struct busy {
	struct store *s;
	unsigned seed, hits;
};

static void *be_busy(void *arg)
{
	struct busy *b = arg;
	struct store mine = { .cache = b->s->cache, .now = b->s->now };

	for (unsigned i = 0; i < 3000; i++) {
		unsigned n = (b->seed + i * 7919u) % 700;

		put_numbered(&mine, "n", n);
		b->hits += get_numbered(&mine, "n", n);
		if (b->seed == 0 && i % 500 == 250)
			cache_resize(mine.cache, i % 1000 == 250 ? 3000 : 200);
		if (b->seed == 1 && i % 900 == 0)
			cache_clear(mine.cache);
	}
	return NULL;
}

TEST(four_threads_may_use_a_cache_at_once)
{
	struct store *s = store_open(500, 0);
	struct busy b[4];
	pthread_t thread[4];

	for (unsigned i = 0; i < 4; i++) {
		b[i] = (struct busy){ s, i, 0 };
		must(pthread_create(&thread[i], NULL, be_busy, &b[i]) == 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		must(pthread_join(thread[i], NULL) == 0);
		CHECK(b[i].hits > 1000);
	}
	CHECK(s->counts.cache_entries <= 3000);
	store_close(s);
}

struct near {
	struct cache *cache;
	_Atomic bool ends;
	_Atomic uint64_t rounds;
};

static void *come_near(void *arg)
{
	struct near *n = arg;
	const struct dname name = name_of("www.example");

	while (!n->ends) {
		struct cache_key key = key_of(&name);

		cache_approach_begin(n->cache);
		for (uint64_t i = 1; i <= 64; i++) {
			key.hash = i << 56 | i;		/* each shard */
			cache_approach(n->cache, &key);
		}
		cache_approach_end(n->cache);
		n->rounds++;
	}
	return NULL;
}

TEST(a_table_that_somebody_looks_into_does_not_go)
{
	struct store *s = store_open(100000, 0);
	struct near n = { .cache = s->cache };
	pthread_t thread;

	must(pthread_create(&thread, NULL, come_near, &n) == 0);
	for (unsigned i = 0; i < 100 || n.rounds < 100; i++)
		cache_resize(s->cache, i % 2 ? 100000 : 70000);
	n.ends = true;
	must(pthread_join(thread, NULL) == 0);
	store_close(s);
}
