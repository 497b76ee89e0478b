/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/hosts_private.h"
#include "dns/tail_hash.h"

#define BYTES_BLOCK 65536		/* names are laid into */
#define TABLE_LEAST 64

/* Places + 1 of entries; 0: empty. */
struct table { uint32_t *slot; uint32_t slots, used; };

/*
 * The entries lie in one array in the order in which they were read.  Tables lead
 * to the first of each name, to the first of each address, and from each domain to
 * a name below it, with where in that name the domain begins.
 */
struct hosts {
	struct arena arena;
	struct host_entry *entry;
	uint32_t *next;			/* place + 1 of the next of a name, while reading */
	uint32_t n, room;
	struct table names, addresses, above;
	uint8_t *above_start;
	uint8_t *bytes;			/* where the next name goes */
	size_t bytes_left;
};

static void *grow(void *p, size_t n, size_t size)
{
	void *bigger = reallocarray(p, n, size);

	must(bigger);
	return bigger;
}

static void *zeroed(size_t n, size_t size)
{
	void *p = calloc(n, size);

	must(p);
	return p;
}

/* ---- hashes --------------------------------------------------------------------------- */

/* Of a name and each domain above it: hash[i] is of what begins at label i. */
struct hashes { uint32_t hash[DNAME_LABELS_MAX]; uint8_t start[DNAME_LABELS_MAX]; unsigned n; };

static void hash_name(struct span name, struct hashes *out)
{
	uint64_t h = TAIL_HASH_START;

	out->n = tail_starts(name, out->start);
	for (unsigned i = out->n; i-- > 0;) {
		h = tail_hash_label(h, name, out->start[i]);
		out->hash[i] = tail_hash_end(h, 0);
	}
}

static uint32_t hash_of(struct span name)
{
	struct hashes h;

	hash_name(name, &h);
	return h.n ? h.hash[0] : 0;
}

static uint32_t hash_addr(const struct addr *a)
{
	uint64_t h = TAIL_HASH_START;

	for (size_t i = 0; i < addr_bytes(a).n; i++)
		h = tail_hash_step(h, a->bytes[i]);
	return tail_hash_end(h, a->family);
}

static struct span tail(struct span name, size_t start)
{
	return span_of(name.p + start, name.n - start);
}

/* ---- tables ----------------------------------------------------------------------------- */

static uint32_t slot_of_name(const struct hosts *h, uint32_t hash, struct span name)
{
	const struct table *t = &h->names;
	uint32_t at = hash & (t->slots - 1);

	while (t->slot[at] && !dname_span_eq(h->entry[t->slot[at] - 1].name, name))
		at = (at + 1) & (t->slots - 1);
	return at;
}

static uint32_t slot_of_addr(const struct hosts *h, const struct addr *a)
{
	const struct table *t = &h->addresses;
	uint32_t at = hash_addr(a) & (t->slots - 1);

	while (t->slot[at] && !addr_eq(&h->entry[t->slot[at] - 1].addr, a))
		at = (at + 1) & (t->slots - 1);
	return at;
}

static struct span domain_in(const struct hosts *h, uint32_t at)
{
	return tail(h->entry[h->above.slot[at] - 1].name, h->above_start[at]);
}

static uint32_t slot_above(const struct hosts *h, uint32_t hash, struct span name)
{
	const struct table *t = &h->above;
	uint32_t at = hash & (t->slots - 1);

	while (t->slot[at] && !dname_span_eq(domain_in(h, at), name))
		at = (at + 1) & (t->slots - 1);
	return at;
}

static void table_new(struct table *t, uint32_t slots)
{
	t->slots = slots;
	t->slot = zeroed(slots, sizeof *t->slot);
}

static bool is_full(const struct table *t)
{
	return t->used >= t->slots / 4 * 3;
}

static void rehash_names(struct hosts *h, uint32_t slots)
{
	struct table old = h->names;

	table_new(&h->names, slots);
	for (uint32_t i = 0; i < old.slots; i++) {
		struct span name;

		if (!old.slot[i])
			continue;
		name = h->entry[old.slot[i] - 1].name;
		h->names.slot[slot_of_name(h, hash_of(name), name)] = old.slot[i];
	}
	free(old.slot);
}

static void rehash_addresses(struct hosts *h)
{
	struct table old = h->addresses;

	table_new(&h->addresses, 2 * old.slots);
	for (uint32_t i = 0; i < old.slots; i++)
		if (old.slot[i])
			h->addresses.slot[slot_of_addr(h, &h->entry[old.slot[i] - 1].addr)] =
				old.slot[i];
	free(old.slot);
}

static void rehash_above(struct hosts *h, uint32_t slots)
{
	struct table old = h->above;
	uint8_t *old_start = h->above_start;

	table_new(&h->above, slots);
	h->above_start = zeroed(h->above.slots, 1);
	for (uint32_t i = 0; i < old.slots; i++) {
		struct span name;
		uint32_t at;

		if (!old.slot[i])
			continue;
		name = tail(h->entry[old.slot[i] - 1].name, old_start[i]);
		at = slot_above(h, hash_of(name), name);
		h->above.slot[at] = old.slot[i];
		h->above_start[at] = old_start[i];
	}
	free(old.slot);
	free(old_start);
}

/* ---- adding ------------------------------------------------------------------------------ */

struct hosts *hosts_new(void)
{
	struct hosts *h = zeroed(1, sizeof *h);

	arena_init(&h->arena, 0);
	table_new(&h->names, TABLE_LEAST);
	table_new(&h->addresses, TABLE_LEAST);
	table_new(&h->above, TABLE_LEAST);
	h->above_start = zeroed(TABLE_LEAST, 1);
	return h;
}

void hosts_free(struct hosts *h)
{
	if (!h)
		return;
	arena_done(&h->arena);
	free(h->entry);
	free(h->next);
	free(h->names.slot);
	free(h->addresses.slot);
	free(h->above.slot);
	free(h->above_start);
	free(h);
}

struct arena *hosts_arena(struct hosts *h)
{
	return &h->arena;
}

/* How many slots a table has once n more come. */
static uint32_t slots_for(const struct table *t, size_t n)
{
	uint32_t slots = t->slots;

	while ((size_t)slots * 3 / 4 <= t->used + n && slots < UINT32_MAX / 2)
		slots *= 2;
	return slots;
}

void hosts_expect(struct hosts *h, size_t n)
{
	uint32_t names = slots_for(&h->names, n), above = slots_for(&h->above, n / 2);

	if (names > h->names.slots)
		rehash_names(h, names);
	if (above > h->above.slots)
		rehash_above(h, above);
}

static struct span keep_name(struct hosts *h, struct span name)
{
	uint8_t *kept;

	if (h->bytes_left < name.n) {
		h->bytes = arena_take(&h->arena, BYTES_BLOCK);
		h->bytes_left = BYTES_BLOCK;
	}
	kept = h->bytes;
	memcpy(kept, name.p, name.n);
	h->bytes += name.n;
	h->bytes_left -= name.n;
	return span_of(kept, name.n);
}

/* Place + 1 of a name's last entry; 0 where one of its entries has this address. */
static uint32_t last_of_name(const struct hosts *h, uint32_t first, const struct addr *a)
{
	for (uint32_t i = first;; i = h->next[i - 1]) {
		if (addr_eq(&h->entry[i - 1].addr, a))
			return 0;
		if (!h->next[i - 1])
			return i;
	}
}

static void make_room(struct hosts *h)
{
	if (h->n == h->room) {
		must(h->n < UINT32_MAX / 4);
		h->room = h->room ? 2 * h->room : 64;
		h->entry = grow(h->entry, h->room, sizeof *h->entry);
		h->next = grow(h->next, h->room, sizeof *h->next);
	}
	if (is_full(&h->names))
		rehash_names(h, 2 * h->names.slots);
	if (is_full(&h->addresses))
		rehash_addresses(h);
}

/* A domain that something lies below already has all its own domains too. */
static void note_above(struct hosts *h, const struct hashes *hashes, uint32_t place)
{
	struct span name = h->entry[place - 1].name;

	for (unsigned i = 1; i < hashes->n; i++) {
		uint32_t at;

		if (is_full(&h->above))
			rehash_above(h, 2 * h->above.slots);
		at = slot_above(h, hashes->hash[i], tail(name, hashes->start[i]));
		if (h->above.slot[at])
			return;
		h->above.slot[at] = place;
		h->above_start[at] = hashes->start[i];
		h->above.used++;
	}
}

static void note_addr(struct hosts *h, const struct addr *a, uint32_t place)
{
	uint32_t at = slot_of_addr(h, a);

	if (h->addresses.slot[at])
		return;
	h->addresses.slot[at] = place;
	h->addresses.used++;
}

void hosts_add(struct hosts *h, struct origin o, const struct addr *a, struct span name)
{
	struct hashes hashes;
	uint32_t at, last = 0;

	make_room(h);
	hash_name(name, &hashes);
	at = slot_of_name(h, hashes.n ? hashes.hash[0] : 0, name);
	if (h->names.slot[at]) {
		last = last_of_name(h, h->names.slot[at], a);
		if (!last)
			return;
		name = h->entry[last - 1].name;
	} else {
		name = keep_name(h, name);
	}
	h->entry[h->n] = (struct host_entry){ .origin = o, .addr = *a, .name = name };
	h->next[h->n++] = 0;
	note_addr(h, a, h->n);
	if (last) {
		h->next[last - 1] = h->n;
		return;
	}
	h->names.slot[at] = h->n;
	h->names.used++;
	note_above(h, &hashes, h->n);
}

void hosts_seal(struct hosts *h)
{
	if (h->n) {
		h->entry = grow(h->entry, h->n, sizeof *h->entry);
		h->room = h->n;
	}
	for (uint32_t i = 0; i < h->n; i++)
		h->entry[i].next_same_name = h->next[i] ? &h->entry[h->next[i] - 1] : NULL;
	free(h->next);
	h->next = NULL;
}

/* ---- finding ------------------------------------------------------------------------------ */

const struct host_entry *hosts_named(const struct hosts *h, struct span name)
{
	uint32_t place = h->names.slot[slot_of_name(h, hash_of(name), name)];

	return place ? &h->entry[place - 1] : NULL;
}

const struct host_entry *hosts_at(const struct hosts *h, const struct addr *a)
{
	uint32_t place = h->addresses.slot[slot_of_addr(h, a)];

	return place ? &h->entry[place - 1] : NULL;
}

bool hosts_below(const struct hosts *h, struct span name)
{
	return name.n <= 1 ? h->n > 0 : h->above.slot[slot_above(h, hash_of(name), name)] != 0;
}

const struct host_entry *hosts_entry(const struct hosts *h, size_t i)
{
	return i < h->n ? &h->entry[i] : NULL;
}

const struct host_entry *hosts_each(const struct hosts *h, size_t *cursor)
{
	return *cursor < h->n ? &h->entry[(*cursor)++] : NULL;
}

size_t hosts_count(const struct hosts *h)
{
	return h->n;
}
