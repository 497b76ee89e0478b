/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "net/stream_impl.h"

#define SEND_MAX ((size_t)128 * 1024)
#define BYTES_FIRST 1024		/* what the first allocation has */

/* ---- bytes that wait ------------------------------------------------------------ */

static size_t waiting_n(const struct stream_core *c)
{
	return c->waiting.to - c->waiting.from;
}

static size_t room(const struct stream_core *c)
{
	return c->send_max - waiting_n(c);
}

/* Makes n more bytes fit behind those that wait.  False: no memory. */
static bool bytes_grow(struct stream_bytes *b, size_t n)
{
	size_t size = b->size ? b->size : BYTES_FIRST;
	uint8_t *p;

	if (b->from > 0) {
		memmove(b->p, b->p + b->from, b->to - b->from);
		b->to -= b->from;
		b->from = 0;
	}
	while (size - b->to < n)
		size *= 2;
	if (size == b->size)
		return true;
	p = realloc(b->p, size);
	if (!p)
		return false;
	b->p = p;
	b->size = size;
	return true;
}

void stream_was_sent(struct stream_core *c, size_t n)
{
	must(n <= waiting_n(c));
	c->waiting.from += n;
	if (c->waiting.from == c->waiting.to)
		c->waiting.from = c->waiting.to = 0;
}

/* ---- calling back ---------------------------------------------------------------- */

/* What is told between these two may close and free the stream: `telling` is NULL then. */
static struct loop *tell_begin(struct stream *s)
{
	must(!s->loop->telling);	/* a callback is called by the loop alone */
	s->loop->telling = s;
	return s->loop;
}

static bool tell_end(struct loop *l)
{
	bool is_open = l->telling != NULL;

	l->telling = NULL;
	return is_open;
}

bool stream_tell_received(struct stream *s, struct span data)
{
	struct loop *l = tell_begin(s);

	s->received(s, data);
	return tell_end(l);
}

bool stream_tell_closed(struct stream *s)
{
	stream_close(s);
	s->closed(s);
	return false;
}

bool stream_tell_ended(struct stream *s)
{
	struct loop *l;

	if (stream_core_of(s)->finishing)
		return true;
	if (!s->ended)
		return stream_tell_closed(s);
	l = tell_begin(s);
	s->ended(s);
	return tell_end(l);
}

bool stream_tell_sent(struct stream *s)
{
	struct loop *l;

	if (stream_core_of(s)->finishing)
		return stream_tell_closed(s);
	if (!s->sent)
		return true;
	l = tell_begin(s);
	s->sent(s);
	return tell_end(l);
}

bool stream_tell_connected(struct stream *s, enum status how)
{
	struct stream_core *c = stream_core_of(s);
	struct loop *l;

	if (how != ST_OK) {
		stream_close(s);
		s->connected(s, how);
		return false;
	}
	c->connecting = false;
	if (waiting_n(c) > 0 || c->finishing)
		timer_start(s->loop, &c->flush, 0);
	l = tell_begin(s);
	s->connected(s, how);
	return tell_end(l);
}

/* ---- what owners call ------------------------------------------------------------- */

static void flush(struct loop_timer *t)
{
	struct stream_core *c = container_of(t, struct stream_core, flush);

	if (c->connecting)
		stream_tell_connected(c->owner, c->how);
	else
		t->loop->ops->stream_flush(c->owner);
}

void stream_opened(struct loop *l, struct stream *s, struct stream_core *core)
{
	must(!s->loop);				/* zeroed, or closed */
	core->owner = s;
	core->send_max = s->send_max ? s->send_max : SEND_MAX;
	core->flush.fire = flush;
	s->loop = l;
	s->impl = core;
}

size_t stream_room(const struct stream *s)
{
	return s->loop && !stream_core_of(s)->finishing ? room(stream_core_of(s)) : 0;
}

enum status stream_send(struct stream *s, struct span data)
{
	struct stream_core *c = stream_core_of(s);

	if (!s->loop || c->finishing)
		return ST_UNKNOWN;
	if (data.n > room(c) || !bytes_grow(&c->waiting, data.n))
		return ST_FULL;
	if (data.n > 0)
		memcpy(c->waiting.p + c->waiting.to, data.p, data.n);
	c->waiting.to += data.n;
	if (!c->connecting && c->flush.due_ms == 0)
		timer_start(s->loop, &c->flush, 0);
	return ST_OK;
}

void stream_finish(struct stream *s)
{
	struct stream_core *c = stream_core_of(s);

	if (!s->loop || c->finishing)
		return;
	c->finishing = true;
	if (!c->connecting && c->flush.due_ms == 0)
		timer_start(s->loop, &c->flush, 0);
}

void stream_close(struct stream *s)
{
	struct stream_core *c = stream_core_of(s);

	if (!s->loop)
		return;
	timer_stop(&c->flush);
	free(c->waiting.p);
	s->loop->ops->stream_close(s);
	if (s->loop->telling == s)
		s->loop->telling = NULL;
	s->loop = NULL;
	s->impl = NULL;
}

enum status stream_connect(struct loop *l, struct stream *s, const struct stream_want *want)
{
	return l->ops->stream_connect(l, s, want);
}

enum status stream_take(struct stream_listener *l, struct stream *s)
{
	return l->loop ? l->loop->ops->stream_take(l, s) : ST_UNKNOWN;
}

enum status stream_listen(struct loop *loop, struct stream_listener *l,
			  const struct stream_want *want)
{
	enum status s = loop->ops->stream_listen(loop, l, want);

	l->loop = s == ST_OK ? loop : NULL;
	return s;
}

void stream_unlisten(struct stream_listener *l)
{
	if (l->loop)
		l->loop->ops->stream_unlisten(l);
	l->loop = NULL;
}
