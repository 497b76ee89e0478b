/* SPDX-License-Identifier: ISC */
/*
 * heap -- what comes first of many things, without memory of its own.
 *
 * A pairing heap: a node is a member of what it orders, found back by
 * container_of, so adding never fails.  Adding is constant time; removing any
 * node is logarithmic, amortised.  The heap does not know whether a node is in
 * it; its owner does.
 */
#pragma once

#include <stdbool.h>

struct heap_node {
	struct heap_node *child, *next, *prev;	/* prev of a first child is its parent */
};

struct heap {
	struct heap_node *root;
	/* A strict order: never both before(a, b) and before(b, a). */
	bool (*before)(const struct heap_node *a, const struct heap_node *b);
};

static inline struct heap_node *heap_first(const struct heap *h)
{
	return h->root;
}

void heap_add(struct heap *h, struct heap_node *n);
void heap_remove(struct heap *h, struct heap_node *n);
