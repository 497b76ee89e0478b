/* SPDX-License-Identifier: ISC */
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
