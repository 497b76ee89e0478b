/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "net/netif.h"

/* The addresses belong to the table; the world sees them as const. */
static struct netif_addr *addrs_of(const struct netif *n)
{
	return (struct netif_addr *)n->addr;
}

void netifs_done(struct netif_table *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(addrs_of(&t->link[i]));
	free(t->link);
	*t = (struct netif_table){ 0 };
}

/* The place of the first link whose index is not less. */
static size_t place_of(const struct netif_table *t, unsigned index)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (t->link[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct netif *find(const struct netif_table *t, unsigned index)
{
	size_t i = place_of(t, index);

	return i < t->n && t->link[i].index == index ? &t->link[i] : NULL;
}

static bool have_room(struct netif_table *t)
{
	size_t room = t->room ? 2 * t->room : 8;
	struct netif *p;

	if (t->n < t->room)
		return true;
	p = t->n < NETIFS_MAX ? realloc(t->link, room * sizeof *p) : NULL;
	if (!p) {
		t->left_out++;
		return false;
	}
	t->link = p;
	t->room = room;
	return true;
}

static bool link_same(const struct netif *a, const struct netif *b)
{
	return strcmp(a->name, b->name) == 0 && hwaddr_eq(&a->hw, &b->hw) && a->mtu == b->mtu &&
	       a->up == b->up && a->loopback == b->loopback && a->multicast == b->multicast &&
	       a->point_to_point == b->point_to_point;
}

bool netifs_link(struct netif_table *t, const struct netif *n)
{
	struct netif *known = find(t, n->index);
	struct netif link = *n;
	size_t i;

	link.addr = known ? known->addr : NULL;
	link.addrs = known ? known->addrs : 0;
	if (known) {
		bool same = link_same(known, n);

		*known = link;
		return !same;
	}
	if (!have_room(t))
		return false;
	i = place_of(t, n->index);
	memmove(&t->link[i + 1], &t->link[i], (t->n - i) * sizeof *t->link);
	t->link[i] = link;
	t->n++;
	return true;
}

bool netifs_unlink(struct netif_table *t, unsigned index)
{
	struct netif *n = find(t, index);

	if (!n)
		return false;
	free(addrs_of(n));
	t->n--;
	memmove(n, n + 1, (size_t)(t->link + t->n - n) * sizeof *n);
	return true;
}

static struct netif_addr *addr_find(const struct netif *n, const struct netif_addr *a)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (n->addr[i].bits == a->bits && addr_eq(&n->addr[i].addr, &a->addr))
			return addrs_of(n) + i;
	return NULL;
}

static bool addr_same(const struct netif_addr *a, const struct netif_addr *b)
{
	return addr_eq(&a->broadcast, &b->broadcast) &&
	       strcmp(a->label, b->label) == 0 && a->tentative == b->tentative &&
	       a->deprecated == b->deprecated && a->temporary == b->temporary;
}

bool netifs_addr(struct netif_table *t, unsigned index, const struct netif_addr *a)
{
	struct netif *n = find(t, index);
	struct netif_addr *known, *p;

	if (!n)
		return false;
	known = addr_find(n, a);
	if (known) {
		bool same = addr_same(known, a);

		*known = *a;
		return !same;
	}
	/* Grown by one: changes are rare, and most interfaces have two or three. */
	p = n->addrs < NETIF_ADDRS_MAX ? realloc(addrs_of(n), (n->addrs + 1) * sizeof *p) : NULL;
	if (!p) {
		t->left_out++;
		return false;
	}
	p[n->addrs++] = *a;
	n->addr = p;
	return true;
}

bool netifs_unaddr(struct netif_table *t, unsigned index, const struct netif_addr *a)
{
	struct netif *n = find(t, index);
	struct netif_addr *gone = n ? addr_find(n, a) : NULL;

	if (!gone)
		return false;
	n->addrs--;
	memmove(gone, gone + 1, (size_t)(addrs_of(n) + n->addrs - gone) * sizeof *gone);
	return true;
}

const struct netif *netifs_find(const struct netif_table *t, unsigned index)
{
	return find(t, index);
}

const struct netif *netifs_named(const struct netif_table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->link[i].name, name) == 0)
			return &t->link[i];
	return NULL;
}

static bool has(const struct netif *n, const struct addr *a)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (addr_eq(&n->addr[i].addr, a))
			return true;
	return false;
}

const struct netif *netifs_having(const struct netif_table *t, const struct addr *a)
{
	for (size_t i = 0; i < t->n; i++)
		if (has(&t->link[i], a))
			return &t->link[i];
	return NULL;
}
