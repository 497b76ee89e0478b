/* SPDX-License-Identifier: ISC */
/*
 * loop_impl -- what the two loops share: timers, messages, the interface table.
 *
 * Only net/ includes this.  uv_loop.c and sim.c each embed a struct loop as
 * their first member and fill in the operations; loop.c has everything that
 * does not depend on which of them it is.
 */
#pragma once

#include <stdatomic.h>

#include "base/heap.h"
#include "net/loop.h"
#include "net/netif.h"
#include "net/stream.h"

struct loop_ops {
	struct now (*now)(const struct loop *l);
	void (*run)(struct loop *l);
	void (*stop)(struct loop *l);
	void (*wake)(struct loop *l);		/* from any thread: there is a message */
	enum status (*watch_start)(struct loop *l, struct loop_watch *w, int fd);
	void (*watch_stop)(struct loop_watch *w);
	enum status (*udp_open)(struct loop *l, struct udp *u, const struct udp_want *want);
	void (*udp_close)(struct udp *u);
	void (*udp_drain)(struct udp *u);
	void (*udp_share)(struct udp *u, bool share);
	void (*udp_mark)(struct udp *u);
	enum status (*udp_send)(struct udp *u, const struct dgram *d);
	enum status (*stream_listen)(struct loop *loop, struct stream_listener *l,
				     const struct stream_want *want);
	void (*stream_unlisten)(struct stream_listener *l);
	enum status (*stream_take)(struct stream_listener *l, struct stream *s);
	enum status (*stream_connect)(struct loop *loop, struct stream *s,
				      const struct stream_want *want);
	void (*stream_flush)(struct stream *s);	/* sends what waits, as far as it goes */
	void (*stream_close)(struct stream *s);	/* and frees its impl */
	bool (*frames_work)(const struct loop *l);
	enum status (*frame_send)(struct loop *l, const struct dgram *d,
				  const struct hwaddr *dest);
	bool (*neighbour)(struct loop *l, unsigned ifindex, const struct addr *a,
			  struct hwaddr *out);
	enum status (*neighbour_set)(struct loop *l, unsigned ifindex, const struct addr *a,
				     const struct hwaddr *hw);
	enum status (*probe_start)(struct loop *l, struct probe *p, unsigned timeout_ms);
	void (*probe_stop)(struct loop *l, struct probe *p);
};

struct loop {
	const struct loop_ops *ops;
	struct heap timers;
	uint64_t order;				/* of timer starts: equal times fire in turn */
	_Atomic(struct loop_message *) messages;	/* newest first */
	struct netif_table netifs;
	void (*before)(void);			/* what was gathered leaves; or NULL */
	bool netifs_changed;			/* and nobody was told yet */
	struct socket_door *door;		/* NULL: sockets are opened in place */
	struct stream *telling;			/* whose callback runs; NULL once it was closed in it */
	struct netif_watch *netif_watches;
	struct netif_watch *next_told;		/* while they are told: whose turn is next */
};

void loop_init(struct loop *l, const struct loop_ops *ops);
void loop_done(struct loop *l);

/* The end of a turn: runs what other threads posted, tells of interface changes, fires what is
 * due.  What these start anew waits for the next turn. */
void loop_turn(struct loop *l);

/* What is to be done before anything leaves. */
void loop_before(const struct loop *l);

/* Is there something to do now, and if not, when does the first timer fire? */
bool loop_pending(struct loop *l);
bool loop_next_due(const struct loop *l, int64_t *out_ms);	/* false: no timer runs */

/* Ends a probe: takes its verdict to its owner. */
void probe_finish(struct probe *p, const struct hwaddr *who);	/* who NULL: nobody answered */
