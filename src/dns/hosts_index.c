/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/hosts_private.h"
#include "dns/name_index.h"
#include "dns/name_store.h"

#define IS_IP6 0x80000000u		/* in an item's line */

/* One name with one address, in 16 bytes. */
struct item {
	uint32_t name;			/* its place in the store */
	uint32_t addr;			/* the four bytes of an address, or a place among ip6 */
	uint32_t line;			/* and IS_IP6 */
	uint32_t next;			/* the number of the next of its name; 0: none */
};

/* From this item on they are of this file. */
struct stretch { const char *file; uint32_t number; };

struct ip6 { uint8_t bytes[16]; };

/* An index, and while it grows all that was put into it, in this order: one walk makes a larger one. */
struct put { uint32_t hash, ref; };
struct growing { struct name_index index; struct put *put; size_t n, room; };

/*
 * Items lie in the order in which they were read and are numbered from 1.  Each
 * name, each address of IPv6 and each file is kept once.  The indexes lead to the
 * first item of each name, to the first of each address, and to where in the store
 * each domain begins that something lies below.  What is known only while lines are
 * read: the last item of each name, and an index of the name and address of those that
 * are not its first, so that no list is walked, however long a name's is.
 */
struct hosts {
	struct arena arena;
	struct name_key key;
	struct name_store names;
	struct growing by_name, by_addr, above;
	struct item *item;
	struct ip6 *ip6;
	struct stretch *stretch;
	uint32_t n, room, ip6s, ip6_room, stretches;
	uint32_t *last;			/* the number, at the first of each name */
	struct growing pairs;
	uint64_t *compared;		/* by a test, or NULL */
};

static void *grow(void *p, size_t n, size_t size)
{
	void *bigger = reallocarray(p, n ? n : 1, size);

	must(bigger);
	return bigger;
}

static struct item *item_at(const struct hosts *h, uint32_t number)
{
	return &h->item[number - 1];
}

static void compare(const struct hosts *h)
{
	if (h->compared)
		++*h->compared;
}

/* ---- hashes --------------------------------------------------------------------------- */

static uint32_t hash_addr(const struct hosts *h, const struct addr *a)
{
	uint64_t sum = h->key.start + h->key.word[0] * a->family;

	for (size_t i = 0; i < sizeof a->bytes / 4; i++) {
		uint32_t word;

		memcpy(&word, a->bytes + 4 * i, sizeof word);
		sum += h->key.word[1 + i] * word;
	}
	return (uint32_t)(sum >> 32);
}

static struct span addr_bytes_of(const struct hosts *h, const struct item *i)
{
	return i->line & IS_IP6 ? span_of(h->ip6[i->addr].bytes, sizeof h->ip6->bytes)
				: span_of(&i->addr, sizeof i->addr);
}

static struct addr addr_of(const struct hosts *h, const struct item *i)
{
	return addr_of_bytes(addr_bytes_of(h, i));
}

/* Of a name and an address, as items have them. */
static uint32_t hash_pair(const struct hosts *h, const struct item *i)
{
	const uint64_t *word = h->key.word;

	return (uint32_t)((h->key.start + word[0] * i->name + word[1] * i->addr +
			   word[2] * (i->line & IS_IP6)) >> 32);
}

/* ---- indexes ---------------------------------------------------------------------------- */

static void remake(struct growing *g, size_t n)
{
	name_index_done(&g->index);
	name_index_init(&g->index, n);
	for (size_t i = 0; i < g->n; i++)
		name_index_put(&g->index, g->put[i].hash, g->put[i].ref);
}

static void put(struct growing *g, uint32_t hash, uint32_t ref)
{
	if (g->n == g->room) {
		g->room = g->room ? 2 * g->room : 64;
		g->put = grow(g->put, g->room, sizeof *g->put);
	}
	if (name_index_is_full(&g->index))
		remake(g, 2 * g->n);
	g->put[g->n++] = (struct put){ hash, ref };
	name_index_put(&g->index, hash, ref);
}

/* It grows no more. */
static void settle(struct growing *g)
{
	if (name_index_is_loose(&g->index))
		remake(g, g->n);
	free(g->put);
	g->put = NULL;
}

static void growing_done(struct growing *g)
{
	name_index_done(&g->index);
	free(g->put);
}

/* The first item of a name; 0: none. */
static uint32_t find_name(const struct hosts *h, const struct name_tails *name)
{
	struct name_probe p = name_probe_of(&h->by_name.index, name->hash[0]);
	uint32_t number;

	while (name_probe_next(&p, &number)) {
		compare(h);
		if (name_store_is(&h->names, item_at(h, number)->name, name_tail(name, 0)))
			return number;
	}
	return 0;
}

static bool is_above(const struct hosts *h, const struct name_tails *name, unsigned tail)
{
	struct name_probe p = name_probe_of(&h->above.index, name->hash[tail]);
	uint32_t at;

	while (name_probe_next(&p, &at)) {
		compare(h);
		if (name_store_is_tail(&h->names, at, name_tail(name, tail)))
			return true;
	}
	return false;
}

/* The first item of an address; 0: none. */
static uint32_t find_addr(const struct hosts *h, const struct addr *a, uint32_t hash)
{
	struct name_probe p = name_probe_of(&h->by_addr.index, hash);
	uint32_t number;

	while (name_probe_next(&p, &number)) {
		const struct addr its = addr_of(h, item_at(h, number));

		compare(h);
		if (addr_eq(&its, a))
			return number;
	}
	return 0;
}

static bool same_addr(const struct item *a, const struct item *b)
{
	return a->addr == b->addr && (a->line & IS_IP6) == (b->line & IS_IP6);
}

/* Does the name, whose first item this is, have that address? */
static bool has_addr(const struct hosts *h, uint32_t first, const struct item *i)
{
	struct name_probe p = name_probe_of(&h->pairs.index, hash_pair(h, i));
	uint32_t number;

	compare(h);
	if (same_addr(item_at(h, first), i))
		return true;
	while (name_probe_next(&p, &number)) {
		compare(h);
		if (item_at(h, number)->name == i->name && same_addr(item_at(h, number), i))
			return true;
	}
	return false;
}

/* ---- adding ------------------------------------------------------------------------------ */

struct hosts *hosts_new(void)
{
	struct hosts *h = calloc(1, sizeof *h);

	must(h);
	arena_init(&h->arena, 0);
	name_key_draw(&h->key);
	name_store_init(&h->names);
	name_index_init(&h->by_name.index, 0);
	name_index_init(&h->by_addr.index, 0);
	name_index_init(&h->above.index, 0);
	name_index_init(&h->pairs.index, 0);
	return h;
}

void hosts_free(struct hosts *h)
{
	if (!h)
		return;
	arena_done(&h->arena);
	name_store_done(&h->names);
	growing_done(&h->by_name);
	growing_done(&h->by_addr);
	growing_done(&h->above);
	growing_done(&h->pairs);
	free(h->item);
	free(h->ip6);
	free(h->stretch);
	free(h->last);
	free(h);
}

struct arena *hosts_arena(struct hosts *h)
{
	return &h->arena;
}

void hosts_expect(struct hosts *h, size_t n)
{
	if (n > h->by_name.n)
		remake(&h->by_name, h->by_name.n + n);
}

void hosts_count_compared(struct hosts *h, uint64_t *count)
{
	h->compared = count;
}

static void make_room(struct hosts *h)
{
	if (h->n < h->room)
		return;
	must(h->n < UINT32_MAX / 4);
	h->room = h->room ? 2 * h->room : 64;
	h->item = grow(h->item, h->room, sizeof *h->item);
	h->last = grow(h->last, h->room, sizeof *h->last);
}

static void note_file(struct hosts *h, const char *file)
{
	if (h->stretches && h->stretch[h->stretches - 1].file == file)
		return;
	h->stretch = grow(h->stretch, h->stretches + 1u, sizeof *h->stretch);
	h->stretch[h->stretches++] = (struct stretch){ file, h->n + 1 };
}

/* What an item has of an address that is new. */
static uint32_t keep_addr(struct hosts *h, const struct addr *a)
{
	uint32_t bytes;

	if (a->family == ADDR_IP4) {
		memcpy(&bytes, a->bytes, sizeof bytes);
		return bytes;
	}
	if (h->ip6s == h->ip6_room) {
		h->ip6_room = h->ip6_room ? 2 * h->ip6_room : 16;
		h->ip6 = grow(h->ip6, h->ip6_room, sizeof *h->ip6);
	}
	memcpy(h->ip6[h->ip6s].bytes, a->bytes, sizeof h->ip6->bytes);
	return h->ip6s++;
}

/* A domain that something lies below already has all its own domains too. */
static void note_above(struct hosts *h, const struct name_tails *name, uint32_t place)
{
	for (unsigned i = 1; i < name->labels && !is_above(h, name, i); i++)
		put(&h->above, name->hash[i], name_store_tail(&h->names, place, i));
}

static void add_name(struct hosts *h, const struct name_tails *name)
{
	uint32_t place = name_store_add(&h->names, name, 0);

	h->item[h->n].name = place;
	h->last[h->n] = h->n + 1;
	h->n++;
	put(&h->by_name, name->hash[0], h->n);
	note_above(h, name, place);
}

static void add_to_name(struct hosts *h, uint32_t first)
{
	uint32_t *last = &h->last[first - 1];

	h->n++;
	item_at(h, *last)->next = h->n;
	*last = h->n;
	put(&h->pairs, hash_pair(h, item_at(h, h->n)), h->n);
}

void hosts_add(struct hosts *h, struct origin o, const struct addr *a, struct span name)
{
	struct item i = { .line = (uint32_t)o.line & ~IS_IP6 };
	struct name_tails tails UNCLEARED;
	uint32_t hash = hash_addr(h, a), known = find_addr(h, a, hash), first;

	name_tails_of(&h->key, name, &tails);
	must(tails.labels);
	first = find_name(h, &tails);
	if (first)
		i.name = item_at(h, first)->name;
	i.line |= a->family == ADDR_IP6 ? IS_IP6 : 0;
	if (known)
		i.addr = item_at(h, known)->addr;
	if (known && first && has_addr(h, first, &i))
		return;
	if (!known)
		i.addr = keep_addr(h, a);
	make_room(h);
	note_file(h, o.file);
	h->item[h->n] = i;
	if (first)
		add_to_name(h, first);
	else
		add_name(h, &tails);
	if (!known)
		put(&h->by_addr, hash, h->n);
}

void hosts_seal(struct hosts *h)
{
	free(h->last);
	h->last = NULL;
	growing_done(&h->pairs);
	h->pairs = (struct growing){ 0 };
	h->item = grow(h->item, h->n, sizeof *h->item);
	h->ip6 = grow(h->ip6, h->ip6s, sizeof *h->ip6);
	h->room = h->n;
	h->ip6_room = h->ip6s;
	name_store_seal(&h->names);
	settle(&h->by_name);
	settle(&h->by_addr);
	settle(&h->above);
}

size_t hosts_bytes(const struct hosts *h)
{
	return h->room * sizeof *h->item + h->ip6_room * sizeof *h->ip6 + h->names.room +
	       name_index_bytes(&h->by_name.index) + name_index_bytes(&h->by_addr.index) +
	       name_index_bytes(&h->above.index);
}

/* ---- finding ------------------------------------------------------------------------------ */

static const char *file_of(const struct hosts *h, uint32_t number)
{
	size_t from = 0, to = h->stretches;

	while (to - from > 1) {
		size_t middle = from + (to - from) / 2;

		*(h->stretch[middle].number <= number ? &from : &to) = middle;
	}
	return h->stretch[from].file;
}

struct host_entry hosts_entry(const struct hosts *h, uint32_t number)
{
	struct host_entry e = { .number = number <= h->n ? number : 0 };

	if (!e.number)
		return e;
	e.origin = (struct origin){ file_of(h, number), item_at(h, number)->line & ~IS_IP6 };
	e.addr = addr_of(h, item_at(h, number));
	return e;
}

struct host_entry hosts_named(const struct hosts *h, struct span name)
{
	struct name_tails tails UNCLEARED;

	if (h->n == 0)
		return (struct host_entry){ 0 };
	name_tails_of(&h->key, name, &tails);
	return hosts_entry(h, tails.labels ? find_name(h, &tails) : 0);
}

struct host_entry hosts_next(const struct hosts *h, const struct host_entry *e)
{
	return hosts_entry(h, item_at(h, e->number)->next);
}

struct host_entry hosts_at(const struct hosts *h, const struct addr *a)
{
	return hosts_entry(h, find_addr(h, a, hash_addr(h, a)));
}

bool hosts_below(const struct hosts *h, struct span name)
{
	struct name_tails tails UNCLEARED;

	if (h->n == 0)
		return false;
	name_tails_of(&h->key, name, &tails);
	return tails.labels == 0 || is_above(h, &tails, 0);
}

struct span hosts_addr_bytes(const struct hosts *h, const struct host_entry *e)
{
	return addr_bytes_of(h, item_at(h, e->number));
}

size_t hosts_count(const struct hosts *h)
{
	return h->n;
}

void hosts_name(const struct hosts *h, const struct host_entry *e, struct dname *out)
{
	name_store_name(&h->names, item_at(h, e->number)->name, out);
}
