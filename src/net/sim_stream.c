/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "net/sim_impl.h"

struct sim_listener {
	struct stream_listener *owner;
	char device[16];		/* "": any */
	struct sim_peer *offered;	/* while arrived() runs, until it is taken */
	struct sim_listener *next;
};

struct sim_peer {
	struct stream_core *core;	/* NULL: not taken yet, or the engine has closed */
	struct endpoint to, from;
	unsigned ifindex;
	bool asked, seen;		/* the engine connects; the test knows */
	bool stalled;
	size_t room;			/* that is left while it is stalled */
	uint8_t *bytes;			/* from the engine */
	size_t n, size, given;
	struct sim_peer *next;
};

/* The impl of a stream. */
struct sim_side {
	struct stream_core core;	/* first */
	struct sim_peer *peer;
};

static struct sim_side *side_of(const struct stream *s)
{
	return s->impl;
}

static struct sim_peer *peer_new(struct loop *l, const struct endpoint *to,
				 const struct endpoint *from)
{
	struct sim_streams *all = sim_streams_of(l);
	struct sim_peer *p = sim_alloc(sizeof *p);

	p->to = *to;
	p->from = *from;
	if (!all->peers_end)
		all->peers_end = &all->peers;
	*all->peers_end = p;
	all->peers_end = &p->next;
	return p;
}

static void open_side(struct loop *l, struct stream *s, struct sim_peer *p)
{
	struct sim_side *side = sim_alloc(sizeof *side);

	side->peer = p;
	p->core = &side->core;
	s->fd = -1;
	stream_opened(l, s, &side->core);
}

/* ---- listening ------------------------------------------------------------------- */

static bool devices_overlap(const char *a, const char *b)
{
	return !*a || !*b || strcmp(a, b) == 0;
}

static bool same_place(const struct endpoint *a, const struct endpoint *b)
{
	return a->port == b->port && a->addr.family == b->addr.family &&
	       (addr_is_any(&a->addr) || addr_is_any(&b->addr) || addr_eq(&a->addr, &b->addr));
}

static bool is_taken(struct loop *loop, const struct endpoint *at, const char *device)
{
	for (struct sim_listener *k = sim_streams_of(loop)->listeners; k; k = k->next)
		if (same_place(&k->owner->at, at) && devices_overlap(k->device, device))
			return true;
	return false;
}

enum status sim_stream_listen(struct loop *loop, struct stream_listener *l,
			      const struct stream_want *want)
{
	const char *device = want->device ? want->device : "";
	struct endpoint at = want->at;
	struct sim_listener *k;

	if (!sim_has(loop, &at.addr, want->device))
		return ST_UNKNOWN;
	if (at.port == 0)
		at.port = sim_port(loop);
	if (is_taken(loop, &at, device))
		return ST_TAKEN;
	k = sim_alloc(sizeof *k);
	k->owner = l;
	strcpy(k->device, device);
	k->next = sim_streams_of(loop)->listeners;
	sim_streams_of(loop)->listeners = k;
	l->at = at;
	l->fd = -1;
	l->impl = k;
	return ST_OK;
}

void sim_stream_unlisten(struct stream_listener *l)
{
	struct sim_listener **at = &sim_streams_of(l->loop)->listeners;

	while (*at != l->impl)
		at = &(*at)->next;
	*at = (*at)->next;
	free(l->impl);
	l->impl = NULL;
}

enum status sim_stream_take(struct stream_listener *l, struct stream *s)
{
	struct sim_listener *k = l->impl;
	struct sim_peer *p = k->offered;

	if (!p)
		return ST_UNKNOWN;
	k->offered = NULL;
	s->here = p->to;
	s->there = p->from;
	s->ifindex = p->ifindex;
	open_side(l->loop, s, p);
	return ST_OK;
}

static struct sim_listener *listener_for(struct loop *l, const struct endpoint *to, unsigned ifindex)
{
	const struct netif *n = loop_netif(l, ifindex);
	struct sim_listener *found = NULL;

	/* Its own address counts for more than the wildcard. */
	for (struct sim_listener *k = sim_streams_of(l)->listeners; k; k = k->next)
		if (same_place(&k->owner->at, to) && devices_overlap(k->device, n ? n->name : "?") &&
		    (!found || !addr_is_any(&k->owner->at.addr)))
			found = k;
	return found;
}

static bool is_listening(struct loop *l, const struct sim_listener *k)
{
	const struct sim_listener *at = sim_streams_of(l)->listeners;

	while (at && at != k)
		at = at->next;
	return at != NULL;
}

struct sim_peer *sim_peer_connect(struct loop *l, const struct endpoint *to,
				  const struct endpoint *from, unsigned ifindex)
{
	struct sim_listener *k = listener_for(l, to, ifindex);
	struct sim_peer *p;

	if (!k)
		return NULL;
	p = peer_new(l, to, from);
	p->ifindex = ifindex;
	k->offered = p;
	k->owner->arrived(k->owner);
	if (is_listening(l, k))
		k->offered = NULL;
	return p->core ? p : NULL;
}

/* ---- connecting ------------------------------------------------------------------- */

enum status sim_stream_open(struct loop *loop, struct stream *s, const struct stream_want *want)
{
	struct sim_peer *p;

	if (!sim_has(loop, &want->from.addr, want->device))
		return ST_UNKNOWN;
	s->there = want->at;
	s->here = want->from;
	if (s->here.port == 0)
		s->here.port = sim_port(loop);
	s->ifindex = 0;
	p = peer_new(loop, &s->there, &s->here);
	p->asked = true;
	open_side(loop, s, p);
	p->core->connecting = true;
	return ST_OK;
}

struct sim_peer *sim_peer_next(struct loop *l, struct endpoint *to, struct endpoint *from)
{
	for (struct sim_peer *p = sim_streams_of(l)->peers; p; p = p->next) {
		if (!p->asked || p->seen)
			continue;
		p->seen = true;
		*to = p->to;
		*from = p->from;
		return p;
	}
	return NULL;
}

void sim_peer_answer(struct sim_peer *p, enum status how)
{
	if (!p->core)
		return;
	must(p->core->connecting);
	p->core->how = how;
	timer_start(p->core->owner->loop, &p->core->flush, 0);
}

/* ---- bytes ------------------------------------------------------------------------- */

static void keep(struct sim_peer *p, struct span data)
{
	if (p->size - p->n < data.n) {
		p->size = 2 * (p->n + data.n);
		p->bytes = realloc(p->bytes, p->size);
		must(p->bytes != NULL);
	}
	memcpy(p->bytes + p->n, data.p, data.n);
	p->n += data.n;
}

void sim_stream_flush(struct stream *s)
{
	struct sim_peer *p = side_of(s)->peer;
	struct span data = stream_waiting(p->core);
	bool some = data.n > 0;

	if (p->stalled && data.n > p->room)
		data.n = p->room;
	if (data.n > 0)
		keep(p, data);
	if (p->stalled)
		p->room -= data.n;
	stream_was_sent(p->core, data.n);
	if (stream_waiting(p->core).n == 0 && (some || p->core->finishing))
		stream_tell_sent(s);
}

struct span sim_peer_sent(struct sim_peer *p)
{
	size_t n = p->n - p->given;

	if (n > 0)
		memmove(p->bytes, p->bytes + p->given, n);
	p->n = p->given = n;
	return span_of(p->bytes, n);
}

void sim_peer_stall(struct sim_peer *p, size_t room)
{
	p->stalled = true;
	p->room = room;
}

void sim_peer_read_on(struct sim_peer *p)
{
	p->stalled = false;
	if (p->core && !p->core->connecting)
		timer_start(p->core->owner->loop, &p->core->flush, 0);
}

bool sim_peer_send(struct sim_peer *p, struct span data)
{
	if (!p->core)
		return false;
	must(!p->core->connecting && !p->core->ended);
	if (data.n > 0 && !p->core->finishing)
		stream_tell_received(p->core->owner, data);
	return true;
}

void sim_peer_end(struct sim_peer *p)
{
	if (!p->core)
		return;
	must(!p->core->connecting && !p->core->ended);
	p->core->ended = true;
	stream_tell_ended(p->core->owner);
}

void sim_peer_reset(struct sim_peer *p)
{
	if (p->core)
		stream_tell_closed(p->core->owner);
}

bool sim_peer_is_open(const struct sim_peer *p)
{
	return p->core != NULL;
}

/* ---- life -------------------------------------------------------------------------- */

void sim_stream_release(struct stream *s)
{
	side_of(s)->peer->core = NULL;
	free(s->impl);
}

void sim_streams_done(struct sim_streams *all)
{
	while (all->listeners) {
		struct sim_listener *k = all->listeners;

		all->listeners = k->next;
		free(k);
	}
	while (all->peers) {
		struct sim_peer *p = all->peers;

		all->peers = p->next;
		if (p->core) {
			free(p->core->waiting.p);
			free(container_of(p->core, struct sim_side, core));
		}
		free(p->bytes);
		free(p);
	}
}
