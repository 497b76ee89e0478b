/* SPDX-License-Identifier: ISC */
/*
 * Every entry is kept twice: at its name and at its address.  Each name counts
 * at all names above it, so that names_below() is one look.  The writers take turns
 * and hold one shard at a time; a reader may so find a name whose address is not there
 * yet, which is as if it had asked a moment earlier.
 */
#include <stdatomic.h>
#include <stdlib.h>

#include "base/must.h"
#include "store/names.h"
#include "store/names_table.h"

struct names {
	pthread_mutex_t writing;
	struct names_table by_name, by_addr;
	_Atomic size_t count;
	_Atomic uint64_t serial;
	_Atomic uint32_t changes;
};

struct names *names_new(void)
{
	struct names *n = calloc(1, sizeof *n);

	must(n);
	must(pthread_mutex_init(&n->writing, NULL) == 0);
	names_table_init(&n->by_name);
	names_table_init(&n->by_addr);
	return n;
}

void names_free(struct names *n)
{
	if (!n)
		return;
	names_table_done(&n->by_name);
	names_table_done(&n->by_addr);
	pthread_mutex_destroy(&n->writing);
	free(n);
}

/* ---- items ------------------------------------------------------------------------ */

static struct names_item *item_new(const struct names_entry *e)
{
	struct names_item *i = malloc(sizeof *i + e->name.n);

	if (!i)
		return NULL;
	*i = (struct names_item){ NULL, e->addr, e->mono_expires_ms, e->names_address, e->has_ttl,
				  e->ttl_s, e->name.n, e->name.labels };
	memcpy(i->name, e->name.bytes, e->name.n);
	return i;
}

static void item_copy(const struct names_item *i, struct names_entry *out)
{
	out->name.n = i->n;
	out->name.labels = i->labels;
	memcpy(out->name.bytes, i->name, i->n);
	out->addr = i->addr;
	out->mono_expires_ms = i->mono_expires_ms;
	out->names_address = i->names_address;
	out->has_ttl = i->has_ttl;
	out->ttl_s = i->ttl_s;
}

static bool item_is(const struct names_item *i, const struct names_entry *e)
{
	return addr_eq(&i->addr, &e->addr) &&
	       dname_span_eq(span_of(i->name, i->n), dname_span(&e->name));
}

/* Puts it in the place of the one that it replaces, which is freed, or at the end.  False: it
 * replaced one. */
static bool items_put(struct names_item **at, struct names_item *item, const struct names_entry *e)
{
	struct names_item *old;

	while (*at && !item_is(*at, e))
		at = &(*at)->next;
	old = *at;
	item->next = old ? old->next : NULL;
	*at = item;
	free(old);
	return old == NULL;
}

static void items_drop(struct names_item **at, const struct names_entry *e)
{
	struct names_item *old;

	while (*at && !item_is(*at, e))
		at = &(*at)->next;
	old = *at;
	if (!old)
		return;
	*at = old->next;
	free(old);
}

/* ---- nodes -------------------------------------------------------------------------- */

static struct span addr_key(const struct addr *a)
{
	return span_of(a, sizeof *a);		/* the family and bytes without gaps */
}

/* An empty node of this key where there is none, so that what follows cannot fail. */
static bool node_prepare(struct names_table *t, struct span key)
{
	uint64_t hash;
	struct names_shard *s = names_shard_lock(t, key, &hash);
	bool done = names_node_get(s, key, hash) != NULL;

	names_shard_unlock(s);
	return done;
}

static void node_settle(struct names_table *t, struct span key)
{
	uint64_t hash;
	struct names_shard *s = names_shard_lock(t, key, &hash);
	struct names_node *node = names_node_find(s, key, hash);

	if (node)
		names_node_settle(s, node);
	names_shard_unlock(s);
}

static bool node_put(struct names_table *t, struct span key, struct names_item *item,
		     const struct names_entry *e)
{
	uint64_t hash;
	struct names_shard *s = names_shard_lock(t, key, &hash);
	struct names_node *node = names_node_find(s, key, hash);
	bool is_new = items_put(&node->items, item, e);

	names_shard_unlock(s);
	return is_new;
}

static void node_drop(struct names_table *t, struct span key, const struct names_entry *e)
{
	uint64_t hash;
	struct names_shard *s = names_shard_lock(t, key, &hash);
	struct names_node *node = names_node_find(s, key, hash);

	if (node) {
		items_drop(&node->items, e);
		names_node_settle(s, node);
	}
	names_shard_unlock(s);
}

/* The names above `name` without the root, the nearest first; empty at the end. */
static struct span above(struct span name)
{
	struct span up = dname_parent(name, 1);

	return up.n > 1 ? up : span_of(NULL, 0);
}

enum above_step { ABOVE_PREPARE, ABOVE_ADD, ABOVE_TAKE };

static bool above_each(struct names *n, struct span name, enum above_step step)
{
	for (struct span up = above(name); up.n; up = above(up)) {
		uint64_t hash;
		struct names_shard *s = names_shard_lock(&n->by_name, up, &hash);
		struct names_node *node = step == ABOVE_PREPARE
					  ? names_node_get(s, up, hash)
					  : names_node_find(s, up, hash);

		if (node && step == ABOVE_ADD)
			node->below++;
		if (node && step == ABOVE_TAKE) {
			node->below--;
			names_node_settle(s, node);
		}
		names_shard_unlock(s);
		if (!node)
			return false;
	}
	return true;
}

/* ---- writing ------------------------------------------------------------------------- */

static void settle_all(struct names *n, struct span name, const struct addr *a)
{
	node_settle(&n->by_addr, addr_key(a));
	for (struct span at = name; at.n; at = above(at))
		node_settle(&n->by_name, at);
}

static enum status put(struct names *n, const struct names_entry *e, struct span name)
{
	struct names_item *at_name = item_new(e), *at_addr = item_new(e);

	if (!at_name || !at_addr || !node_prepare(&n->by_name, name) ||
	    !node_prepare(&n->by_addr, addr_key(&e->addr)) ||
	    !above_each(n, name, ABOVE_PREPARE)) {
		settle_all(n, name, &e->addr);
		free(at_name);
		free(at_addr);
		return ST_FULL;
	}
	node_put(&n->by_addr, addr_key(&e->addr), at_addr, e);
	if (node_put(&n->by_name, name, at_name, e)) {
		above_each(n, name, ABOVE_ADD);
		atomic_fetch_add(&n->count, 1);
	}
	return ST_OK;
}

enum status names_put(struct names *n, const struct names_entry *e)
{
	struct dname lower = e->name;
	enum status s;

	must(e->name.n && addr_is_set(&e->addr));
	dname_lower(&lower);
	pthread_mutex_lock(&n->writing);
	s = put(n, e, dname_span(&lower));
	atomic_fetch_add(&n->serial, 1);
	pthread_mutex_unlock(&n->writing);
	return s;
}

static void drop(struct names *n, struct names_entry *e)
{
	node_drop(&n->by_addr, addr_key(&e->addr), e);
	dname_lower(&e->name);
	node_drop(&n->by_name, dname_span(&e->name), e);
	above_each(n, dname_span(&e->name), ABOVE_TAKE);
	atomic_fetch_sub(&n->count, 1);
}

void names_remove(struct names *n, const struct addr *a)
{
	struct names_entry e;

	pthread_mutex_lock(&n->writing);
	while (names_of(n, a, &e, 1))
		drop(n, &e);
	atomic_fetch_add(&n->serial, 1);
	pthread_mutex_unlock(&n->writing);
}

/* ---- reading -------------------------------------------------------------------------- */

/* A const names is one whose entries the caller does not change; its locks move all the same. */
static struct names_table *table_of(const struct names_table *t)
{
	return (struct names_table *)(uintptr_t)t;
}

size_t names_named(const struct names *n, struct span name, struct names_entry *out, size_t max)
{
	struct names_shard *s;
	struct names_node *node;
	struct dname lower;
	uint64_t hash;
	size_t found = 0;

	if (!dname_of_span(name, &lower))
		return 0;
	dname_lower(&lower);
	s = names_shard_lock(table_of(&n->by_name), dname_span(&lower), &hash);
	node = names_node_find(s, dname_span(&lower), hash);
	for (struct names_item *i = node ? node->items : NULL; i; i = i->next)
		if (found++ < max)
			item_copy(i, &out[found - 1]);
	names_shard_unlock(s);
	return found;
}

size_t names_of(const struct names *n, const struct addr *a, struct names_entry *out, size_t max)
{
	uint64_t hash;
	struct names_shard *s = names_shard_lock(table_of(&n->by_addr), addr_key(a), &hash);
	struct names_node *node = names_node_find(s, addr_key(a), hash);
	size_t found = 0;

	for (int first = 1; first >= 0; first--)
		for (struct names_item *i = node ? node->items : NULL; i; i = i->next)
			if (i->names_address == first && found++ < max)
				item_copy(i, &out[found - 1]);
	names_shard_unlock(s);
	return found;
}

bool names_at(const struct names *n, const struct addr *a, struct names_entry *out)
{
	struct names_entry e;

	if (!names_of(n, a, &e, 1) || !e.names_address)
		return false;
	*out = e;
	return true;
}

bool names_below(const struct names *n, struct span name)
{
	struct names_shard *s;
	struct names_node *node;
	struct dname lower;
	uint64_t hash;
	bool found;

	if (!dname_of_span(name, &lower))
		return false;
	dname_lower(&lower);
	s = names_shard_lock(table_of(&n->by_name), dname_span(&lower), &hash);
	node = names_node_find(s, dname_span(&lower), hash);
	found = node && node->below;
	names_shard_unlock(s);
	return found;
}

size_t names_count(const struct names *n)
{
	return atomic_load_explicit(&n->count, memory_order_acquire);
}

uint64_t names_serial(const struct names *n)
{
	return atomic_load_explicit(&n->serial, memory_order_acquire);
}

size_t names_part(const struct names *n, unsigned part, struct names_entry *out, size_t max)
{
	struct names_shard *s = &table_of(&n->by_name)->shard[part % NAMES_SHARDS];
	size_t found = 0;

	_Static_assert(NAMES_PARTS == NAMES_SHARDS, "a part is a shard");
	pthread_mutex_lock(&s->lock);
	for (size_t b = 0; s->bucket && b < s->buckets; b++)
		for (struct names_node *node = s->bucket[b]; node; node = node->next)
			for (struct names_item *i = node->items; i; i = i->next)
				if (found++ < max)
					item_copy(i, &out[found - 1]);
	names_shard_unlock(s);
	return found;
}

void names_tell_change(struct names *n)
{
	atomic_fetch_add(&n->changes, 1);
}

uint32_t names_changes(const struct names *n)
{
	return atomic_load(&((struct names *)(uintptr_t)n)->changes);
}
