/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "base/heap.h"
#include "base/must.h"
#include "base/rng.h"
#include "test/test.h"

struct thing {
	uint32_t key;
	bool in;
	struct heap_node node;
};

static bool thing_before(const struct heap_node *a, const struct heap_node *b)
{
	return container_of(a, struct thing, node)->key < container_of(b, struct thing, node)->key;
}

static uint32_t least(const struct thing *things, size_t n)
{
	uint32_t key = UINT32_MAX;

	for (size_t i = 0; i < n; i++)
		if (things[i].in && things[i].key < key)
			key = things[i].key;
	return key;
}

TEST(a_heap_always_gives_the_least_of_what_is_in_it)
{
	static struct thing things[200];
	struct heap h = { NULL, thing_before };
	struct rng rng = { .seed = 7 };
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT_OF(things); i++)
		things[i].key = rng_u32(&rng) % 100 * 200 + (uint32_t)i;
	for (unsigned step = 0; step < 20000; step++) {
		struct thing *t = &things[rng_below(&rng, COUNT_OF(things))];

		if (t->in)
			heap_remove(&h, &t->node);
		else
			heap_add(&h, &t->node);
		t->in = !t->in;

		struct heap_node *first = heap_first(&h);
		uint32_t got = first ? container_of(first, struct thing, node)->key : UINT32_MAX;

		wrong += got != least(things, COUNT_OF(things));
	}
	CHECK_EQ(wrong, 0);
}
