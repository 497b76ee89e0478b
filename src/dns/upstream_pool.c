/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/upstream_pool.h"

#define PORT_TRIES 32			/* ports of other programs met before another socket is used */

struct pool {
	struct pool_want want;
	size_t slots;			/* those that are drawn from */
	size_t sockets;			/* room for slots, and as many that are retired */
	struct pool_socket **slot;
	struct pool_socket *socket;
	struct pool_socket *unused;
	size_t open;
	struct loop_timer tidy;		/* closes what is old while nobody asks */
};

/* ---- opening and closing ------------------------------------------------------------- */

static void received(struct udp *u, const struct dgram *d)
{
	struct pool_socket *s = container_of(u, struct pool_socket, udp);

	s->pool->want.received(s->pool->want.arg, s, d);
}

static enum status open_on(struct pool *p, struct pool_socket *s, uint16_t port)
{
	struct udp_want want = { .at = { p->want.from, port }, .in_place = true,
				 .device = *p->want.device ? p->want.device : NULL };
	enum status how;

	s->udp = (struct udp){ .receive = received };
	how = udp_open(p->want.loop, &s->udp, &want);
	if (how == ST_REFUSED) {	/* a privileged port, by whoever may */
		want.in_place = false;
		how = udp_open(p->want.loop, &s->udp, &want);
	}
	return how;
}

static enum status open_anywhere(struct pool *p, struct pool_socket *s)
{
	const uint32_t ports = (uint32_t)p->want.port_max - p->want.port_min + 1;
	enum status how = ST_TAKEN;

	if (p->want.fixed)
		return open_on(p, s, p->want.port_min);
	for (unsigned i = 0; i < PORT_TRIES && how == ST_TAKEN; i++)
		how = open_on(p, s, (uint16_t)(p->want.port_min + rng_below(p->want.rng, ports)));
	return how;
}

static struct pool_socket *open_new(struct pool *p, enum status *why)
{
	struct pool_socket *s = p->unused;

	*why = s ? open_anywhere(p, s) : ST_FULL;
	if (*why != ST_OK)
		return NULL;
	p->unused = s->next;
	s->drawn = s->waits = 0;
	s->retired = false;
	s->opened_ms = loop_now(p->want.loop).mono_ms;
	if (p->open++ == 0)
		timer_start(p->want.loop, &p->tidy, POOL_AGE_MS);
	return s;
}

static void close_socket(struct pool_socket *s)
{
	struct pool *p = s->pool;

	udp_close(&s->udp);
	s->next = p->unused;
	p->unused = s;
	p->open--;
}

static void retire(struct pool *p, size_t slot)
{
	struct pool_socket *s = p->slot[slot];

	p->slot[slot] = NULL;
	s->retired = true;
	if (s->waits == 0)
		close_socket(s);
}

static bool is_spent(const struct pool *p, const struct pool_socket *s)
{
	return !p->want.fixed &&
	       (s->drawn >= POOL_DRAWS ||
		loop_now(p->want.loop).mono_ms - s->opened_ms >= POOL_AGE_MS);
}

static void tidy(struct loop_timer *t)
{
	struct pool *p = container_of(t, struct pool, tidy);

	for (size_t i = 0; i < p->slots; i++)
		if (p->slot[i] && is_spent(p, p->slot[i]))
			retire(p, i);
	if (p->open)
		timer_start(p->want.loop, &p->tidy, POOL_AGE_MS);
}

/* ---- drawing --------------------------------------------------------------------------- */

/* Where no new one can be had: the next that is open, from a slot drawn by chance. */
static struct pool_socket *any_open(const struct pool *p, size_t from)
{
	for (size_t i = 0; i < p->slots; i++)
		if (p->slot[(from + i) % p->slots])
			return p->slot[(from + i) % p->slots];
	return NULL;
}

struct pool_socket *pool_draw(struct pool *p, enum status *why)
{
	size_t slot = p->want.fixed ? 0 : rng_below(p->want.rng, (uint32_t)p->slots);
	struct pool_socket *s = p->slot[slot], *fresh;

	*why = ST_OK;
	if (!s || is_spent(p, s)) {
		fresh = open_new(p, why);
		if (fresh && s)
			retire(p, slot);
		if (fresh)
			p->slot[slot] = fresh;
		s = fresh ? fresh : any_open(p, slot);
	}
	if (s) {
		s->drawn++;
		s->waits++;
	}
	return s;
}

void pool_release(struct pool_socket *s)
{
	must(s->waits > 0);
	if (--s->waits == 0 && s->retired)
		close_socket(s);
}

size_t pool_open(const struct pool *p)
{
	return p->open;
}

/* ---- life ------------------------------------------------------------------------------- */

void pool_set_ports(struct pool *p, bool fixed, uint16_t port_min, uint16_t port_max)
{
	if (p->want.fixed == fixed && p->want.port_min == port_min &&
	    p->want.port_max == port_max)
		return;
	for (size_t i = 0; i < p->slots; i++)
		if (p->slot[i])
			retire(p, i);
	p->want.fixed = fixed;
	p->want.port_min = port_min;
	p->want.port_max = port_max;
}

struct pool *pool_new(const struct pool_want *want)
{
	struct pool *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->want = *want;
	p->slots = want->sockets;
	p->sockets = 2 * want->sockets;
	p->tidy.fire = tidy;
	p->slot = calloc(p->slots, sizeof(struct pool_socket *));
	p->socket = calloc(p->sockets, sizeof *p->socket);
	if (!p->slot || !p->socket) {
		pool_free(p);
		return NULL;
	}
	for (size_t i = p->sockets; i-- > 0;) {
		p->socket[i].pool = p;
		p->socket[i].index = (unsigned)i;
		p->socket[i].next = p->unused;
		p->unused = &p->socket[i];
	}
	return p;
}

void pool_free(struct pool *p)
{
	if (!p)
		return;
	timer_stop(&p->tidy);
	for (size_t i = 0; p->socket && i < p->sockets; i++)
		udp_close(&p->socket[i].udp);
	free(p->slot);
	free(p->socket);
	free(p);
}
