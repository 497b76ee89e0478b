/* SPDX-License-Identifier: ISC */
/*
 * stream -- TCP on the loop: connections taken and made, bytes in and out.
 *
 * As everything of the loop, it has a twin in the simulation.  A stream is a
 * member of its owner; callbacks may close and free their own object as their last act,
 * and no function here calls one before it returns.
 * Bytes to send are copied into the stream's own buffer, whose limit is fixed when
 * the stream begins: what does not fit is ST_FULL and nothing of it is sent.  They
 * leave at the end of the turn, together.
 */
#pragma once

#include "net/loop.h"

struct stream {
	/* set before stream_take or stream_connect */
	void (*connected)(struct stream *s, enum status how);	/* of stream_connect only */
	void (*received)(struct stream *s, struct span data);	/* borrowed, never empty */
	void (*sent)(struct stream *s);				/* all that was given is out; may be NULL */
	/* The other side says no more, but may still listen: finish or close.  NULL: it is closed(). */
	void (*ended)(struct stream *s);
	void (*closed)(struct stream *s);	/* the other side ended or failed; the stream is closed */
	size_t send_max;		/* bytes that may wait; 0: 128 KiB */

	/* the loop's; zeroed before the first time */
	struct loop *loop;		/* NULL when closed */
	struct endpoint here, there;
	unsigned ifindex;		/* where a taken one came in; 0: unknown */
	int fd;				/* -1 in the simulation */
	void *impl;
};

struct stream_listener {
	/* A connection waits: call stream_take for it at once, or it is closed. */
	void (*arrived)(struct stream_listener *l);
	struct loop *loop;		/* NULL when closed */
	struct endpoint at;
	int fd;
	uint64_t starved;		/* how often a connection had to wait for a free descriptor */
	void *impl;
};

struct stream_want {
	struct endpoint at;		/* listening address, any: the wildcard of its family;
					 * connecting: the other side */
	struct endpoint from;		/* connecting: the source; ADDR_NONE: the kernel's choice */
	const char *device;		/* SO_BINDTODEVICE, or NULL; the link of a link-local address */
	int fd;				/* > 0: adopt this listening socket instead */
	uint32_t mark;			/* connecting: as udp_mark's */
};

/* As udp_open's statuses. */
enum status stream_listen(struct loop *loop, struct stream_listener *l,
			  const struct stream_want *want);
void stream_unlisten(struct stream_listener *l);	/* idempotent; taken streams go on */

/* Within arrived() only, else ST_UNKNOWN.  ST_FULL: no memory; ST_SYSTEM. */
enum status stream_take(struct stream_listener *l, struct stream *s);

/*
 * connected() follows in a later turn, with ST_OK, ST_TIMEOUT or ST_UNKNOWN (refused,
 * unreachable); but for ST_OK the stream is closed then, and closed() does not follow.
 * The kernel's patience is minutes: who has less keeps a timer.
 */
enum status stream_connect(struct loop *loop, struct stream *s, const struct stream_want *want);

/* Before it is connected, too: it waits.  ST_FULL: see above; ST_UNKNOWN: closed, or finishing. */
enum status stream_send(struct stream *s, struct span data);

/* How many bytes stream_send would take now; 0 of a closed one. */
size_t stream_room(const struct stream *s);

/* What waits to be sent is lost; no callback follows.  Idempotent. */
void stream_close(struct stream *s);
/* Closes when everything was sent; received() and ended() are not called any more; closed() is, at the
 * end, in a later turn. */
void stream_finish(struct stream *s);
