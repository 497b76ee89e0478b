/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/rng.h"
#include "store/names_table.h"

#define BUCKETS_MIN 16

static uint64_t random_u64(void)
{
	struct rng r = { 0 };
	uint64_t high = rng_u32(&r);

	return high << 32 | rng_u32(&r);
}

void names_table_init(struct names_table *t)
{
	*t = (struct names_table){ .key = { { random_u64(), random_u64() } } };
	for (size_t i = 0; i < NAMES_SHARDS; i++)
		must(pthread_mutex_init(&t->shard[i].lock, NULL) == 0);
}

static void node_free(struct names_node *node)
{
	struct names_item *next;

	for (struct names_item *i = node->items; i; i = next) {
		next = i->next;
		free(i);
	}
	free(node);
}

static void shard_done(struct names_shard *s)
{
	struct names_node *next;

	for (size_t i = 0; i < s->buckets; i++)
		for (struct names_node *n = s->bucket[i]; n; n = next) {
			next = n->next;
			node_free(n);
		}
	free(s->bucket);
	pthread_mutex_destroy(&s->lock);
}

void names_table_done(struct names_table *t)
{
	for (size_t i = 0; i < NAMES_SHARDS; i++)
		shard_done(&t->shard[i]);
}

struct names_shard *names_shard_lock(struct names_table *t, struct span key, uint64_t *out_hash)
{
	struct names_shard *s;

	*out_hash = dname_hash(key, &t->key);
	s = &t->shard[*out_hash >> (64 - NAMES_SHARD_BITS)];
	pthread_mutex_lock(&s->lock);
	return s;
}

void names_shard_unlock(struct names_shard *s)
{
	pthread_mutex_unlock(&s->lock);
}

static struct names_node **place_of(struct names_shard *s, uint64_t hash)
{
	return &s->bucket[hash & (s->buckets - 1)];
}

struct names_node *names_node_find(struct names_shard *s, struct span key, uint64_t hash)
{
	if (s->buckets == 0)
		return NULL;
	for (struct names_node *n = *place_of(s, hash); n; n = n->next)
		if (n->hash == hash && span_eq(span_of(n->key, n->n), key))
			return n;
	return NULL;
}

/* Twice as many buckets; without memory for them the chains are longer. */
static bool shard_grow(struct names_shard *s)
{
	size_t old_n = s->buckets, n = old_n ? 2 * old_n : BUCKETS_MIN;
	struct names_node **old = s->bucket, **bucket = calloc(n, sizeof *bucket), *next;

	if (!bucket)
		return old_n != 0;
	s->bucket = bucket;
	s->buckets = n;
	for (size_t i = 0; i < old_n; i++)
		for (struct names_node *node = old[i]; node; node = next) {
			next = node->next;
			node->next = *place_of(s, node->hash);
			*place_of(s, node->hash) = node;
		}
	free(old);
	return true;
}

struct names_node *names_node_get(struct names_shard *s, struct span key, uint64_t hash)
{
	struct names_node *node = names_node_find(s, key, hash);

	if (node || (s->nodes == s->buckets && !shard_grow(s)))
		return node;
	node = calloc(1, sizeof *node + key.n);
	if (!node)
		return NULL;
	node->hash = hash;
	node->n = (uint8_t)key.n;
	memcpy(node->key, key.p, key.n);
	node->next = *place_of(s, hash);
	*place_of(s, hash) = node;
	s->nodes++;
	return node;
}

void names_node_settle(struct names_shard *s, struct names_node *node)
{
	struct names_node **at = place_of(s, node->hash);

	if (node->items || node->below)
		return;
	while (*at != node)
		at = &(*at)->next;
	*at = node->next;
	s->nodes--;
	free(node);
}
