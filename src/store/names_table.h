/* SPDX-License-Identifier: ISC */
/*
 * names_table -- nodes found by a few bytes, in shards with a lock each.
 *
 * What store/names.c is made of, twice: by name and by address.  A node is born
 * empty and dies when it is empty again; an empty one means nothing.  Whoever
 * touches a node, or looks for one, holds its shard's lock.
 */
#pragma once

#include <pthread.h>

#include "base/addr.h"
#include "wire/dname.h"

#define NAMES_SHARD_BITS 6
#define NAMES_SHARDS (1 << NAMES_SHARD_BITS)

/* An entry as a node keeps it, no longer than its name. */
struct names_item {
	struct names_item *next;
	struct addr addr;
	int64_t mono_expires_ms;
	bool names_address, has_ttl;
	uint32_t ttl_s;
	uint8_t n, labels;
	uint8_t name[];
};

struct names_node {
	struct names_node *next;
	uint64_t hash;
	struct names_item *items;	/* in the order they came */
	size_t below;			/* names below this one */
	uint8_t n;
	uint8_t key[];
};

struct names_shard {
	pthread_mutex_t lock;
	struct names_node **bucket;	/* `buckets` of them, a power of two; NULL: none yet */
	size_t buckets, nodes;
};

struct names_table {
	struct names_shard shard[NAMES_SHARDS];
	struct dname_key key;
};

/* A key is compared byte by byte; names come in small letters. */
void names_table_init(struct names_table *t);
void names_table_done(struct names_table *t);

/* The shard that a key belongs in, locked; *out_hash is for the two below. */
struct names_shard *names_shard_lock(struct names_table *t, struct span key, uint64_t *out_hash);
void names_shard_unlock(struct names_shard *s);

struct names_node *names_node_find(struct names_shard *s, struct span key, uint64_t hash);
/* The one that is there, or an empty one; NULL: no memory. */
struct names_node *names_node_get(struct names_shard *s, struct span key, uint64_t hash);
/* Frees the node if it is empty. */
void names_node_settle(struct names_shard *s, struct names_node *node);
