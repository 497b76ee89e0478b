/* SPDX-License-Identifier: ISC */
/*
 * stream -- TCP on the loop: connections taken and made, bytes in and out.
 *
 * As everything of the loop, it has a twin in the simulation.  A stream is a
 * member of its owner; callbacks may close and free their own object as their last act.
 * Bytes to send are copied into the stream's own buffer, whose limit is fixed when
 * the stream begins: what does not fit is ST_FULL and nothing of it is sent.
 */
#pragma once

#include "net/loop.h"

struct stream {
	/* set before stream_take or stream_connect */
	void (*connected)(struct stream *s, enum status how);	/* of stream_connect only */
	void (*received)(struct stream *s, struct span data);	/* borrowed */
	void (*sent)(struct stream *s);				/* all that was given is out; may be NULL */
	void (*closed)(struct stream *s);	/* the other side ended or failed; the stream is closed */
	size_t send_max;		/* bytes that may wait; 0: 128 KiB */

	/* the loop's */
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
	void *impl;
};

struct stream_want {
	struct endpoint at;		/* listening address, any: the wildcard of its family;
					 * connecting: the other side */
	struct endpoint from;		/* connecting: the source; ADDR_NONE: the kernel's choice */
	const char *device;		/* SO_BINDTODEVICE, or NULL */
	int fd;				/* > 0: adopt this listening socket instead */
};

/* As udp_open's statuses. */
enum status stream_listen(struct loop *loop, struct stream_listener *l,
			  const struct stream_want *want);
void stream_unlisten(struct stream_listener *l);	/* idempotent; taken streams go on */

/* Within arrived() only. */
enum status stream_take(struct stream_listener *l, struct stream *s);

/* connected() follows in a later turn, with ST_OK, ST_TIMEOUT, ST_UNKNOWN (refused, unreachable). */
enum status stream_connect(struct loop *loop, struct stream *s, const struct stream_want *want);

/* Before it is connected, too: it waits. */
enum status stream_send(struct stream *s, struct span data);

/* What waits to be sent is lost; no callback follows.  Idempotent. */
void stream_close(struct stream *s);
/* Closes when everything was sent; received() is not called any more; closed() is, at the end. */
void stream_finish(struct stream *s);
