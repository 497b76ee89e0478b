/* SPDX-License-Identifier: ISC */
#include "dhcp/parked.h"

#include <stdlib.h>

#include "base/must.h"

void dhcp_parking_init(struct dhcp_parking *p, struct dhcp_server *s)
{
	*p = (struct dhcp_parking){ .places = calloc(DHCP_PARKED_MAX, sizeof *p->places) };
	must(p->places);
	p->server = s;
}

void dhcp_parking_done(struct dhcp_parking *p)
{
	free(p->places);
	*p = (struct dhcp_parking){ 0 };
}

/* Transaction numbers are random enough to spread, and a client that forges them gains one long
 * bucket of at most DHCP_PARKED_MAX. */
static struct dhcp_parked **bucket_of(struct dhcp_parking *p, uint32_t xid)
{
	return &p->bucket[(xid * 2654435761u >> 16) % DHCP_PARKED_BUCKETS];
}

struct dhcp_parked *dhcp_parking_find(struct dhcp_parking *p, const struct dhcp4_msg *m)
{
	struct dhcp_parked *k = *bucket_of(p, m->xid);

	while (k && (k->xid != m->xid || !hwaddr_eq(&k->hw, &m->hw)))
		k = k->next;
	return k;
}

static struct dhcp_parked *free_place(struct dhcp_parking *p)
{
	struct dhcp_parked *k = p->free;

	if (k)
		p->free = k->next;
	else if (p->touched < DHCP_PARKED_MAX)
		k = &p->places[p->touched++];
	return k;
}

struct dhcp_parked *dhcp_parking_take(struct dhcp_parking *p, const struct dhcp4_msg *m,
				      const struct dhcp_input *in)
{
	struct dhcp_parked **bucket = bucket_of(p, m->xid);
	struct dhcp_parked *k = in->packet.n <= DHCP_PACKET_MAX ? free_place(p) : NULL;

	if (!k)
		return NULL;
	k->server = p->server;
	p->used++;
	k->xid = m->xid;
	k->hw = m->hw;
	k->probes = 0;
	k->failed = k->delayed = k->is_new = false;
	k->input = *in;
	memcpy(k->bytes, in->packet.p, in->packet.n);
	k->input.packet.p = k->bytes;
	k->next = *bucket;
	*bucket = k;
	return k;
}

void dhcp_parking_leave(struct dhcp_parking *p, struct dhcp_parked *k)
{
	struct dhcp_parked **at = bucket_of(p, k->xid);

	while (*at != k)
		at = &(*at)->next;
	*at = k->next;
	k->wait = WAIT_NOTHING;
	k->next = p->free;
	p->free = k;
	p->used--;
}
