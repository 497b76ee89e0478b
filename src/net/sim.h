/* SPDX-License-Identifier: ISC */
/*
 * sim -- a loop in virtual time with a network of its own, for tests.
 *
 * A test makes one, gives it interfaces, opens engines on it, and then plays:
 * packets go in with sim_deliver(), time passes with sim_run_for(), and what
 * engines sent is read back with sim_sent().  Nothing here touches the machine.
 */
#pragma once

#include "net/loop.h"
#include "net/stream.h"

struct loop *sim_new(uint64_t seed);
void sim_free(struct loop *l);

/* Start of story: monotonic 1,000,000 ms, wall 1,800,000,000 s. */
void sim_run_for(struct loop *l, int64_t ms);	/* fires timers and messages in order of time */
void sim_jump_wall(struct loop *l, int64_t by_s);	/* the wall clock alone */

/* An interface that is up; cidr is "192.0.2.1/24" or NULL, mac may be NULL.  Returns its index. */
unsigned sim_netif_add(struct loop *l, const char *name, const char *cidr, const char *mac);
/* One more address. */
void sim_netif_addr(struct loop *l, unsigned ifindex, const char *cidr);
void sim_netif_remove(struct loop *l, unsigned ifindex);

/* A machine on the link that answers probes for this address. */
void sim_occupy(struct loop *l, const char *addr, const char *mac);

/* Hands a datagram to the socket it is meant for; false if nobody listens there. */
bool sim_deliver(struct loop *l, const struct dgram *d);

/* What was sent, oldest first; removed by being read.  frame_to.len is 0 for udp_send. */
struct sim_sent {
	struct dgram d;			/* d.data lives until the next sim_sent_next */
	struct hwaddr frame_to;
	int64_t at_ms;
};
bool sim_sent_next(struct loop *l, struct sim_sent *out);

/* Faults: the n-th send from now on fails with this status (1: the next). */
void sim_fail_send(struct loop *l, unsigned nth, enum status s);
/* frame_send is refused (no AF_PACKET here). */
void sim_refuse_frames(struct loop *l, bool refused);
/* loop_neighbour_set is refused. */
void sim_refuse_neighbours(struct loop *l, bool refused);

/* ---- the other side of a connection ------------------------------------------------- */

/* Lives as long as the loop. */
struct sim_peer;

/* Connects to the listener that `to` is meant for, as it came in on this interface.  NULL: nobody
 * listens there, or the connection was not taken. */
struct sim_peer *sim_peer_connect(struct loop *l, const struct endpoint *to,
				  const struct endpoint *from, unsigned ifindex);

/* The oldest stream_connect of an engine that nobody saw yet; NULL: there is none.  *to is where it
 * goes, *from where it comes from.  It waits until it is answered. */
struct sim_peer *sim_peer_next(struct loop *l, struct endpoint *to, struct endpoint *from);
void sim_peer_answer(struct sim_peer *p, enum status how);

/* Bytes for the engine, whose received() is called.  False: it has closed. */
bool sim_peer_send(struct sim_peer *p, struct span data);
/* What the engine sent since this was asked last; borrowed until then. */
struct span sim_peer_sent(struct sim_peer *p);
/* While it does not read, what the engine sends waits there once `room` bytes are on their way. */
void sim_peer_stall(struct sim_peer *p, size_t room);
void sim_peer_read_on(struct sim_peer *p);
/* Says no more, but listens. */
void sim_peer_end(struct sim_peer *p);
/* Is gone: ends, and what is sent to it is lost.  The engine's closed() is called. */
void sim_peer_reset(struct sim_peer *p);
/* Has the engine not closed its side? */
bool sim_peer_is_open(const struct sim_peer *p);
