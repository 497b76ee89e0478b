/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/lease_hw.h"
#include "base/must.h"

#define ROOM_FIRST 256

/* Addresses come in rows: the multiplication spreads them. */
static size_t place_of(const struct lease_hw *t, uint32_t ip)
{
	return (ip * 2654435769u >> 7) & (t->room - 1);
}

/* The slot of this address, or the free one where it would be. */
static struct lease_hw_slot *slot_of(const struct lease_hw *t, uint32_t ip)
{
	size_t i = place_of(t, ip);

	while (t->slots[i].ip && t->slots[i].ip != ip)
		i = (i + 1) & (t->room - 1);
	return &t->slots[i];
}

static bool have_room(struct lease_hw *t)
{
	struct lease_hw bigger = { .room = t->room ? 2 * t->room : ROOM_FIRST };

	if (2 * (t->n + 1) <= t->room)
		return true;
	bigger.slots = calloc(bigger.room, sizeof *bigger.slots);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < t->room; i++)
		if (t->slots[i].ip)
			*slot_of(&bigger, t->slots[i].ip) = t->slots[i];
	free(t->slots);
	t->slots = bigger.slots;
	t->room = bigger.room;
	return true;
}

static void add(struct lease_hw *t, uint32_t ip, const struct hwaddr *hw)
{
	struct lease_hw_slot *slot;

	if (!have_room(t))
		return;
	slot = slot_of(t, ip);
	t->n += slot->ip == 0;
	*slot = (struct lease_hw_slot){ ip, *hw };
}

/* Those behind it that it kept from their places move up. */
static void delete(struct lease_hw *t, uint32_t ip)
{
	struct lease_hw_slot *gone = t->room ? slot_of(t, ip) : NULL;
	size_t i;

	if (!gone || !gone->ip)
		return;
	gone->ip = 0;
	t->n--;
	i = (size_t)(gone - t->slots);
	while (t->slots[i = (i + 1) & (t->room - 1)].ip) {
		struct lease_hw_slot moved = t->slots[i];

		t->slots[i].ip = 0;
		*slot_of(t, moved.ip) = moved;
	}
}

void lease_hw_set(struct lease_hw *t, const struct addr *client, const struct hwaddr *hw)
{
	uint32_t ip = client->family == ADDR_IP4 ? addr_to_ip4(client) : 0;

	if (!ip)
		return;
	pthread_mutex_lock(&t->lock);
	if (hw->len)
		add(t, ip, hw);
	else
		delete(t, ip);
	pthread_mutex_unlock(&t->lock);
}

bool lease_hw_find(void *lease_hw, const struct addr *client, struct hwaddr *out)
{
	struct lease_hw *t = lease_hw;
	uint32_t ip = client->family == ADDR_IP4 ? addr_to_ip4(client) : 0;
	struct lease_hw_slot found = { 0 };

	if (!ip)
		return false;
	pthread_mutex_lock(&t->lock);
	if (t->room)
		found = *slot_of(t, ip);
	pthread_mutex_unlock(&t->lock);
	if (found.ip)
		*out = found.hw;
	return found.ip != 0;
}

static void told(struct lease_watch *w, enum lease_event e, const struct lease *l,
		 const char *old_name)
{
	static const struct hwaddr none;
	bool ended = e == LEASE_REMOVED || e == LEASE_EXPIRED;

	(void)old_name;
	lease_hw_set(container_of(w, struct lease_hw, watch), &l->addr, ended ? &none : &l->hw);
}

void lease_hw_init(struct lease_hw *t)
{
	*t = (struct lease_hw){ .watch.told = told };
	pthread_mutex_init(&t->lock, NULL);
}

void lease_hw_done(struct lease_hw *t)
{
	pthread_mutex_destroy(&t->lock);
	free(t->slots);
}

void lease_hw_follow(struct lease_hw *t, struct leases *leases)
{
	const struct lease *l;
	size_t cursor = 0;

	while ((l = leases_each(leases, &cursor)))
		lease_hw_set(t, &l->addr, &l->hw);
	leases_watch(leases, &t->watch);
}
