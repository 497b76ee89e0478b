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
