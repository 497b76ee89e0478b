/* SPDX-License-Identifier: ISC */
/*
 * lease_table -- every lease in memory, found by address, client or name.
 *
 * Entries live in slabs and are named by number, so that a chain is four bytes
 * and nothing moves.  lease_become() alone changes a state, and with it the
 * heap of what ends next, the queues of what may be forgotten, and the counts.
 * The table knows neither files nor the clock.
 */
#pragma once

#include "base/ip4_set.h"
#include "store/leases.h"

enum lease_index { BY_ADDR, BY_CLID, BY_HW, BY_NAME, LEASE_INDEXES };

struct lease_entry {
	struct lease lease;
	uint32_t chain[LEASE_INDEXES];	/* the next in its bucket */
	uint32_t id;			/* from 1 */
	uint32_t heap_at;		/* from 1; 0: nothing ends it */
	uint32_t older, newer;		/* in the queue of its state */
};

struct lease_hash { uint32_t *bucket; size_t n, count; };
struct lease_queue { uint32_t oldest, newest; size_t count, max; };

struct lease_table {
	struct lease_entry **slab;
	size_t slabs;
	uint32_t used, free_id;		/* numbers given out so far; the first given back */
	struct lease_hash index[LEASE_INDEXES];
	uint32_t *heap;
	size_t heap_n, heap_size;
	struct lease_queue queue[LEASE_STATES];	/* bounded ones: OFFERED, DECLINED, REMEMBERED */
	struct lease_domain *domains;
	struct ip4_set bound;		/* addresses: of leases, */
	struct ip4_set barred;		/* those and the declined ones, */
	struct ip4_set held;		/* and those on offer too */
	uint64_t seed;
};

void lease_table_init(struct lease_table *t, size_t offers_max, size_t remembered_max);
void lease_table_done(struct lease_table *t);

struct lease_entry *lease_table_at(const struct lease_table *t, const struct addr *a);
/* As above, made in state NONE if there is none; NULL: no memory. */
struct lease_entry *lease_table_take(struct lease_table *t, const struct addr *a);

/* The next with the same key as a client id, a hardware address or a name (any case). */
struct lease_entry *lease_table_clid(const struct lease_table *t, struct span clid,
				     const struct lease_entry *after);
struct lease_entry *lease_table_hw(const struct lease_table *t, const struct hwaddr *hw,
				   const struct lease_entry *after);
struct lease_entry *lease_table_name(const struct lease_table *t, const char *name,
				     const struct lease_entry *after);

/* Every entry; *cursor from 0; NULL at the end. */
struct lease_entry *lease_table_each(const struct lease_table *t, size_t *cursor);

/* Who holds it.  ST_FULL: no memory, and the entry is as it was. */
enum status lease_entry_set(struct lease_table *t, struct lease_entry *e, const struct hwaddr *hw,
			    struct span clid, const char *name, const char *domain);
enum status lease_entry_rename(struct lease_table *t, struct lease_entry *e, const char *name,
			       const char *domain);

/*
 * The one way from state to state.  until_ms: monotonic, 0: for ever.  NONE
 * frees the entry.  Room in the heap and the queues is there beforehand; a full
 * queue forgets its oldest.
 */
void lease_become(struct lease_table *t, struct lease_entry *e, enum lease_state state,
		  int64_t until_ms);

/* What ends next, or NULL. */
struct lease_entry *lease_table_next_end(const struct lease_table *t);

static inline size_t lease_table_count(const struct lease_table *t, enum lease_state state)
{
	return t->queue[state].count;
}
