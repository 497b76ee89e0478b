/* SPDX-License-Identifier: ISC */
#include <stddef.h>

#include "base/heap.h"

/* Two trees into one: the later root becomes the first child of the earlier. */
static struct heap_node *meld(const struct heap *h, struct heap_node *a, struct heap_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (h->before(b, a)) {
		struct heap_node *t = a;

		a = b;
		b = t;
	}
	b->next = a->child;
	if (b->next)
		b->next->prev = b;
	b->prev = a;
	a->child = b;
	return a;
}

static struct heap_node *pop(struct heap_node **list)
{
	struct heap_node *n = *list;

	if (n) {
		*list = n->next;
		n->next = n->prev = NULL;
	}
	return n;
}

/* Siblings into one tree, in the two passes that make the heap's promise: pairs from the left,
 * then all of them from the right. */
static struct heap_node *meld_all(const struct heap *h, struct heap_node *siblings)
{
	struct heap_node *pairs = NULL, *root = NULL, *a;

	while ((a = pop(&siblings))) {
		a = meld(h, a, pop(&siblings));
		a->next = pairs;
		pairs = a;
	}
	while ((a = pop(&pairs)))
		root = meld(h, root, a);
	return root;
}

void heap_add(struct heap *h, struct heap_node *n)
{
	*n = (struct heap_node){ 0 };
	h->root = meld(h, h->root, n);
}

static void cut(struct heap_node *n)
{
	if (n->prev->child == n)
		n->prev->child = n->next;
	else
		n->prev->next = n->next;
	if (n->next)
		n->next->prev = n->prev;
}

void heap_remove(struct heap *h, struct heap_node *n)
{
	if (n == h->root) {
		h->root = meld_all(h, n->child);
	} else {
		cut(n);
		h->root = meld(h, h->root, meld_all(h, n->child));
	}
	*n = (struct heap_node){ 0 };
}
