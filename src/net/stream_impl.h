/* SPDX-License-Identifier: ISC */
/*
 * stream_impl -- what the streams of both loops share: the bytes that wait, and
 * the order of callbacks.
 *
 * Only net/ includes this.  uv_stream.c and sim_stream.c each embed a struct
 * stream_core as the first member of a stream's impl.
 */
#pragma once

#include "net/loop_impl.h"
#include "net/stream.h"

struct stream_bytes {
	uint8_t *p;
	size_t from, to, size;		/* what waits lies in p[from..to) */
};

struct stream_core {
	struct stream *owner;
	struct stream_bytes waiting;
	size_t send_max;
	struct loop_timer flush;	/* the end of this turn, or a connect that failed */
	enum status how;		/* of connecting */
	bool connecting;
	bool finishing;			/* closes when nothing waits */
	bool ended;			/* the other side says no more */
};

static inline struct stream_core *stream_core_of(const struct stream *s)
{
	return s->impl;
}

/* The owner's stream is open from now on.  Both loops call it when theirs is ready. */
void stream_opened(struct loop *l, struct stream *s, struct stream_core *core);

static inline struct span stream_waiting(const struct stream_core *c)
{
	size_t n = c->waiting.to - c->waiting.from;

	return n ? span_of(c->waiting.p + c->waiting.from, n) : span_of(NULL, 0);
}
void stream_was_sent(struct stream_core *c, size_t n);

/*
 * Each calls back.  False: the stream was closed by it, and perhaps freed.
 */
bool stream_tell_received(struct stream *s, struct span data);
bool stream_tell_ended(struct stream *s);
bool stream_tell_connected(struct stream *s, enum status how);
bool stream_tell_sent(struct stream *s);	/* nothing waits any more */
bool stream_tell_closed(struct stream *s);	/* closes it; always false */
