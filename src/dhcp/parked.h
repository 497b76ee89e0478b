/* SPDX-License-Identifier: ISC */
/*
 * parked -- packets that wait for a probe, for a commit, or for a while (dhcp-reply-delay).
 *
 * A fixed number of places, made once.  A packet keeps its bytes and not what
 * was decided about it: when its answer is there it is decided afresh.  It is
 * found by client and transaction, so that a retransmission is absorbed.
 */
#pragma once

#include "dhcp/reply.h"

enum { DHCP_PARKED_MAX = 1024, DHCP_PARKED_BUCKETS = 2048, DHCP_PACKET_MAX = 2048,
       DHCP_FACTS_MAX = 4096 };

enum dhcp_wait { WAIT_NOTHING, WAIT_PROBE, WAIT_DELAY, WAIT_COMMIT };

/* A packet as it came, and where. */
struct dhcp_input {
	struct span packet;
	unsigned ifindex;
	struct endpoint from, to;
};

struct dhcp_server;

struct dhcp_parked {
	struct dhcp_server *server;
	struct dhcp_parked *next;		/* of the bucket, or the next free */
	enum dhcp_wait wait;
	uint32_t xid;
	struct hwaddr hw;			/* of the header: what it is found by */
	struct hwaddr client;			/* what the client is known by */
	uint64_t generation;			/* of the configuration that it was decided under */
	unsigned probes;			/* made for it so far */
	bool failed;				/* its commit failed once */
	bool delayed;				/* it has waited for a while, and was told of */
	bool is_new;				/* the client held no lease on addr before */
	struct addr addr;			/* probed or committed */
	struct addr range_start;		/* where addr is from */
	struct probe probe;
	struct loop_timer delay;
	struct lease_commit commit;
	struct dhcp_input input;		/* .packet points to bytes */
	char name[64];				/* of the lease, for the log */
	struct origin origin;			/* that decided; strings live as long as generation */
	struct dhcp_reply reply;		/* sent when the commit is done */
	size_t facts_n;
	char facts[DHCP_FACTS_MAX];		/* what the client said, for whoever is told */
	uint8_t bytes[DHCP_PACKET_MAX];
};

struct dhcp_parking {
	struct dhcp_server *server;
	struct dhcp_parked *places;
	size_t touched;				/* places used at least once: the others cost no memory */
	struct dhcp_parked *free;
	struct dhcp_parked *bucket[DHCP_PARKED_BUCKETS];
	size_t used;
};

void dhcp_parking_init(struct dhcp_parking *p, struct dhcp_server *s);
void dhcp_parking_done(struct dhcp_parking *p);

struct dhcp_parked *dhcp_parking_find(struct dhcp_parking *p, const struct dhcp4_msg *m);

/* Copies the packet; NULL when every place is taken, or the packet is longer than one. */
struct dhcp_parked *dhcp_parking_take(struct dhcp_parking *p, const struct dhcp4_msg *m,
				      const struct dhcp_input *in);
void dhcp_parking_leave(struct dhcp_parking *p, struct dhcp_parked *k);
