/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/rng.h"
#include "base/text.h"
#include "store/lease_table.h"

#define SLAB 1024u

/* Few: each comes from a line of the configuration. */
struct lease_domain {
	struct lease_domain *next;
	char name[];
};

void lease_table_init(struct lease_table *t, size_t offers_max, size_t remembered_max)
{
	struct rng rng = { 0 };

	*t = (struct lease_table){ .seed = rng_u32(&rng) };
	t->queue[LEASE_OFFERED].max = t->queue[LEASE_DECLINED].max = offers_max;
	t->queue[LEASE_REMEMBERED].max = remembered_max;
}

static struct lease_entry *entry_of(const struct lease_table *t, uint32_t id)
{
	return &t->slab[(id - 1) / SLAB][(id - 1) % SLAB];
}

/* The client id and the name share one allocation, the id first. */
static void *strings_of(const struct lease *l)
{
	return (void *)(uintptr_t)(l->clid_len ? (const char *)l->clid : l->name);
}

void lease_table_done(struct lease_table *t)
{
	struct lease_entry *e;
	size_t cursor = 0;

	while ((e = lease_table_each(t, &cursor)))
		free(strings_of(&e->lease));
	for (size_t i = 0; i < t->slabs; i++)
		free(t->slab[i]);
	for (struct lease_domain *d = t->domains, *next; d; d = next) {
		next = d->next;
		free(d);
	}
	for (int i = 0; i < LEASE_INDEXES; i++)
		free(t->index[i].bucket);
	free(t->slab);
	free(t->heap);
	ip4_set_done(&t->bound);
	ip4_set_done(&t->barred);
	ip4_set_done(&t->held);
	*t = (struct lease_table){ 0 };
}

struct lease_entry *lease_table_each(const struct lease_table *t, size_t *cursor)
{
	while (*cursor < t->used) {
		struct lease_entry *e = entry_of(t, (uint32_t)++*cursor);

		if (addr_is_set(&e->lease.addr))
			return e;
	}
	return NULL;
}

/* ---- indexes -------------------------------------------------------------- */

static uint64_t hash_bytes(const struct lease_table *t, const void *p, size_t n, uint8_t fold)
{
	uint64_t h = t->seed ^ 0xcbf29ce484222325;

	for (size_t i = 0; i < n; i++)
		h = (h ^ (((const uint8_t *)p)[i] | fold)) * 0x100000001b3;
	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15;
	return h ^ h >> 29;
}

/* Names are alike in any case: bit 5 is set in each byte, which joins a few others too. */
static uint64_t hash_key(const struct lease_table *t, enum lease_index which, struct span key)
{
	return hash_bytes(t, key.p, key.n, which == BY_NAME ? 0x20 : 0);
}

/* Empty: the entry has no such key. */
static struct span key_of(const struct lease_entry *e, enum lease_index which)
{
	const struct lease *l = &e->lease;

	switch (which) {
	case BY_ADDR: return addr_bytes(&l->addr);
	case BY_CLID: return span_of(l->clid, l->clid_len);
	case BY_HW:   return span_of(l->hw.bytes, l->hw.len);
	case BY_NAME: return l->name ? span_text(l->name) : span_of(NULL, 0);
	case LEASE_INDEXES: break;
	}
	return span_of(NULL, 0);
}

static bool key_same(const struct lease_entry *e, enum lease_index which, struct span key)
{
	struct span own = key_of(e, which);

	if (which == BY_NAME)
		return own.n == key.n && text_same((const char *)own.p, (const char *)key.p);
	return span_eq(own, key);
}

static uint32_t *bucket_of(const struct lease_table *t, enum lease_index which, struct span key)
{
	const struct lease_hash *h = &t->index[which];

	return &h->bucket[hash_key(t, which, key) & (h->n - 1)];
}

static enum status index_grow(struct lease_table *t, enum lease_index which)
{
	struct lease_hash *h = &t->index[which];
	size_t n = h->n ? h->n * 2 : 64;
	struct lease_hash old = *h;

	if (h->count < h->n)
		return ST_OK;
	h->bucket = calloc(n, sizeof *h->bucket);
	if (!h->bucket) {
		*h = old;
		return ST_FULL;
	}
	h->n = n;
	for (size_t i = 0; i < old.n; i++)
		for (uint32_t id = old.bucket[i], next; id; id = next) {
			struct lease_entry *e = entry_of(t, id);
			uint32_t *to = bucket_of(t, which, key_of(e, which));

			next = e->chain[which];
			e->chain[which] = *to;
			*to = id;
		}
	free(old.bucket);
	return ST_OK;
}

/* Room was made by index_grow. */
static void index_add(struct lease_table *t, enum lease_index which, struct lease_entry *e)
{
	struct span key = key_of(e, which);
	uint32_t *bucket;

	if (!key.n)
		return;
	bucket = bucket_of(t, which, key);
	e->chain[which] = *bucket;
	*bucket = e->id;
	t->index[which].count++;
}

static void index_remove(struct lease_table *t, enum lease_index which, struct lease_entry *e)
{
	struct span key = key_of(e, which);
	uint32_t *at;

	if (!key.n)
		return;
	for (at = bucket_of(t, which, key); *at != e->id; at = &entry_of(t, *at)->chain[which])
		must(*at != 0);
	*at = e->chain[which];
	e->chain[which] = 0;
	t->index[which].count--;
}

static struct lease_entry *index_find(const struct lease_table *t, enum lease_index which,
				      struct span key, const struct lease_entry *after)
{
	uint32_t id = 0;

	if (after)
		id = after->chain[which];
	else if (key.n && t->index[which].n)
		id = *bucket_of(t, which, key);
	while (id && !key_same(entry_of(t, id), which, key))
		id = entry_of(t, id)->chain[which];
	return id ? entry_of(t, id) : NULL;
}

struct lease_entry *lease_table_at(const struct lease_table *t, const struct addr *a)
{
	return index_find(t, BY_ADDR, addr_bytes(a), NULL);
}

struct lease_entry *lease_table_clid(const struct lease_table *t, struct span clid,
				     const struct lease_entry *after)
{
	return index_find(t, BY_CLID, clid, after);
}

struct lease_entry *lease_table_hw(const struct lease_table *t, const struct hwaddr *hw,
				   const struct lease_entry *after)
{
	struct lease_entry *e = index_find(t, BY_HW, span_of(hw->bytes, hw->len), after);

	while (e && e->lease.hw.type != hw->type)
		e = index_find(t, BY_HW, span_of(hw->bytes, hw->len), e);
	return e;
}

struct lease_entry *lease_table_name(const struct lease_table *t, const char *name,
				     const struct lease_entry *after)
{
	return index_find(t, BY_NAME, span_text(name), after);
}

/* ---- entries -------------------------------------------------------------- */

static bool slab_add(struct lease_table *t)
{
	struct lease_entry **grown = realloc(t->slab, (t->slabs + 1) * sizeof(struct lease_entry *));

	if (!grown)
		return false;
	t->slab = grown;
	t->slab[t->slabs] = calloc(SLAB, sizeof(struct lease_entry));
	if (!t->slab[t->slabs])
		return false;
	t->slabs++;
	return true;
}

/* Each entry has its place in the heap beforehand, so that no later step can fail. */
static bool heap_grow(struct lease_table *t)
{
	size_t size = t->heap_size ? t->heap_size * 2 : SLAB;
	uint32_t *grown;

	if (t->used < t->heap_size)
		return true;
	grown = realloc(t->heap, size * sizeof *grown);
	if (!grown)
		return false;
	t->heap = grown;
	t->heap_size = size;
	return true;
}

static bool sets_reserve(struct lease_table *t, const struct addr *a)
{
	const uint32_t ip = addr_to_ip4(a);

	return a->family != ADDR_IP4 ||
	       (ip4_set_reserve(&t->bound, ip) && ip4_set_reserve(&t->barred, ip) &&
		ip4_set_reserve(&t->held, ip));
}

struct lease_entry *lease_table_take(struct lease_table *t, const struct addr *a)
{
	struct lease_entry *e = lease_table_at(t, a);

	must(addr_is_set(a));
	if (e)
		return e;
	if (index_grow(t, BY_ADDR) != ST_OK || !sets_reserve(t, a))
		return NULL;
	if (t->free_id) {
		e = entry_of(t, t->free_id);
		t->free_id = e->chain[BY_ADDR];
		e->chain[BY_ADDR] = 0;
	} else {
		if (!heap_grow(t) || (t->used == t->slabs * SLAB && !slab_add(t)))
			return NULL;
		e = entry_of(t, ++t->used);
		e->id = t->used;
	}
	e->lease.addr = *a;
	index_add(t, BY_ADDR, e);
	t->queue[LEASE_NONE].count++;
	return e;
}

static void entry_free(struct lease_table *t, struct lease_entry *e)
{
	uint32_t id = e->id;

	for (enum lease_index i = 0; i < LEASE_INDEXES; i++)
		index_remove(t, i, e);
	free(strings_of(&e->lease));
	*e = (struct lease_entry){ .id = id, .chain[BY_ADDR] = t->free_id };
	t->free_id = id;
	t->queue[LEASE_NONE].count--;
}

static const char *domain_keep(struct lease_table *t, const char *name)
{
	struct lease_domain *d = t->domains;

	if (!name)
		return NULL;
	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	if (d)
		return d->name;
	d = malloc(sizeof *d + strlen(name) + 1);
	if (!d)
		return NULL;
	strcpy(d->name, name);
	d->next = t->domains;
	t->domains = d;
	return d->name;
}

enum status lease_entry_set(struct lease_table *t, struct lease_entry *e, const struct hwaddr *hw,
			    struct span clid, const char *name, const char *domain)
{
	size_t name_n = name ? strlen(name) + 1 : 0;
	struct lease *l = &e->lease;
	struct hwaddr kept_hw = *hw;	/* may be this entry's own */
	uint8_t *strings = NULL;

	must(clid.n <= CLID_MAX);
	for (enum lease_index i = BY_CLID; i < LEASE_INDEXES; i++)
		if (index_grow(t, i) != ST_OK)
			return ST_FULL;
	if (clid.n + name_n && !(strings = malloc(clid.n + name_n)))
		return ST_FULL;
	if (clid.n && strings)
		memcpy(strings, clid.p, clid.n);
	if (name_n && strings)
		memcpy(strings + clid.n, name, name_n);
	for (enum lease_index i = BY_CLID; i < LEASE_INDEXES; i++)
		index_remove(t, i, e);
	free(strings_of(l));
	l->hw = kept_hw;
	l->clid_len = (uint8_t)clid.n;
	l->clid = clid.n ? strings : NULL;
	l->name = name_n ? (const char *)strings + clid.n : NULL;
	l->domain = domain_keep(t, domain);
	for (enum lease_index i = BY_CLID; i < LEASE_INDEXES; i++)
		index_add(t, i, e);
	return ST_OK;
}

enum status lease_entry_rename(struct lease_table *t, struct lease_entry *e, const char *name,
			       const char *domain)
{
	return lease_entry_set(t, e, &e->lease.hw, span_of(e->lease.clid, e->lease.clid_len), name,
			       domain);
}

/* ---- what ends next ------------------------------------------------------- */

static int64_t end_of(const struct lease_table *t, size_t at)
{
	return entry_of(t, t->heap[at - 1])->lease.mono_expires_ms;
}

static void heap_put(struct lease_table *t, size_t at, uint32_t id)
{
	t->heap[at - 1] = id;
	entry_of(t, id)->heap_at = (uint32_t)at;
}

/* Lets the entry at `at` rise or sink to where it belongs. */
static void heap_settle(struct lease_table *t, size_t at)
{
	uint32_t id = t->heap[at - 1];
	int64_t end = end_of(t, at);

	for (; at > 1 && end < end_of(t, at / 2); at /= 2)
		heap_put(t, at, t->heap[at / 2 - 1]);
	for (size_t child; (child = at * 2) <= t->heap_n; at = child) {
		if (child < t->heap_n && end_of(t, child + 1) < end_of(t, child))
			child++;
		if (end <= end_of(t, child))
			break;
		heap_put(t, at, t->heap[child - 1]);
	}
	heap_put(t, at, id);
}

static void heap_remove(struct lease_table *t, struct lease_entry *e)
{
	size_t at = e->heap_at;
	uint32_t last;

	if (!at)
		return;
	e->heap_at = 0;
	last = t->heap[--t->heap_n];
	if (last == e->id)
		return;
	heap_put(t, at, last);
	heap_settle(t, at);
}

static void heap_add(struct lease_table *t, struct lease_entry *e)
{
	heap_put(t, ++t->heap_n, e->id);
	heap_settle(t, t->heap_n);
}

struct lease_entry *lease_table_next_end(const struct lease_table *t)
{
	return t->heap_n ? entry_of(t, t->heap[0]) : NULL;
}

/* ---- states --------------------------------------------------------------- */

static void queue_leave(struct lease_table *t, struct lease_entry *e)
{
	struct lease_queue *q = &t->queue[e->lease.state];

	q->count--;
	if (!q->max)
		return;
	*(e->older ? &entry_of(t, e->older)->newer : &q->oldest) = e->newer;
	*(e->newer ? &entry_of(t, e->newer)->older : &q->newest) = e->older;
	e->older = e->newer = 0;
}

static void queue_join(struct lease_table *t, struct lease_entry *e)
{
	struct lease_queue *q = &t->queue[e->lease.state];

	q->count++;
	if (!q->max)
		return;
	e->older = q->newest;
	*(q->newest ? &entry_of(t, q->newest)->newer : &q->oldest) = e->id;
	q->newest = e->id;
	if (q->count > q->max)
		lease_become(t, entry_of(t, q->oldest), LEASE_NONE, 0);
}

static void sets_follow(struct lease_table *t, const struct addr *a, enum lease_state state)
{
	const uint32_t ip = addr_to_ip4(a);
	const bool bound = state == LEASE_BOUND, barred = bound || state == LEASE_DECLINED;

	if (a->family != ADDR_IP4)
		return;
	ip4_set_put(&t->bound, ip, bound);
	ip4_set_put(&t->barred, ip, barred);
	ip4_set_put(&t->held, ip, barred || state == LEASE_OFFERED);
}

void lease_become(struct lease_table *t, struct lease_entry *e, enum lease_state state,
		  int64_t until_ms)
{
	queue_leave(t, e);
	heap_remove(t, e);
	e->lease.state = state;
	sets_follow(t, &e->lease.addr, state);
	e->lease.mono_expires_ms = until_ms;
	if (until_ms && state != LEASE_NONE && state != LEASE_REMEMBERED)
		heap_add(t, e);
	queue_join(t, e);
	if (state == LEASE_NONE)
		entry_free(t, e);
}
