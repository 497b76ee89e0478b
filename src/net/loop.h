/* SPDX-License-Identifier: ISC */
/*
 * loop -- the one way to wait, to know the time, to send and to receive.
 *
 * Behind it stands libuv in the program (net/uv_loop.c) and a simulated network
 * in virtual time in tests (net/sim.c).  An engine holds a struct loop * and
 * cannot tell which.  A loop belongs to one thread; only loop_post() may be
 * called from another.
 *
 * Timers and sockets are members of their owner, found back by container_of; a
 * callback may free its own object as its last act.  The loop allocates
 * nothing per packet.
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"
#include "base/heap.h"
#include "base/status.h"
#include "net/socket.h"

struct loop;

/* Both times, read once a turn: every callback of a turn sees the same now. */
struct now loop_now(const struct loop *l);

/* Until loop_stop(). */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/*
 * Something to be done before anything that was gathered leaves, and at the end of each turn: what
 * tells of it must be out first.  NULL: nothing.
 */
void loop_set_before(struct loop *l, void (*before)(void));

/* ---- timers ---------------------------------------------------------- */

struct loop_timer {
	void (*fire)(struct loop_timer *t);	/* set before timer_start */
	struct loop *loop;			/* set by timer_start */
	int64_t due_ms;				/* monotonic; 0 when not running */
	uint64_t order;				/* the loop's own, as is node */
	struct heap_node node;
};

/* One shot, `after_ms` from now (0: this turn's end).  Restarts a running timer. */
void timer_start(struct loop *l, struct loop_timer *t, int64_t after_ms);
/* Idempotent; also on a zeroed timer. */
void timer_stop(struct loop_timer *t);

/* ---- messages between threads ---------------------------------------- */

/*
 * Have run(m) called on the loop's thread.  Safe from any thread; the message
 * belongs to the receiver from then on.  Order is kept for each sender.
 */
struct loop_message {
	void (*run)(struct loop_message *m);
	struct loop_message *next;		/* the loop's own */
};
void loop_post(struct loop *l, struct loop_message *m);

/* ---- descriptors (the program only; sim refuses with ST_SYSTEM) ------- */

struct loop_watch {
	void (*ready)(struct loop_watch *w);	/* fd has something to read */
	int fd;
	struct loop *loop;			/* set by watch_start; NULL when stopped */
	void *impl;				/* the loop's own */
};
enum status watch_start(struct loop *l, struct loop_watch *w, int fd);
void watch_stop(struct loop_watch *w);	/* idempotent; the descriptor stays open */

/* ---- sockets (of the program; the simulation has its own) -------------- */

/* Where bound sockets come from; NULL: opened in place.  Before the first that may need it. */
void loop_set_door(struct loop *l, struct socket_door *door);

/* A bound socket by that way, on the loop's thread; the descriptor is the caller's. */
enum status loop_socket(const struct loop *l, const struct socket_want *want, int *out_fd);

/* ---- UDP --------------------------------------------------------------- */

#define DGRAM_MAX 9216			/* what one receives: a jumbo frame's worth */

/* A datagram and what the kernel told of it.  Data is borrowed. */
struct dgram {
	struct endpoint from, to;	/* to.addr: the address it was sent to; on sending
					 * `from` is the source to use (any: kernel's choice) */
	unsigned ifindex;		/* arrival interface, or the one to leave by; 0: routing */
	struct span data;
};

struct udp_want {
	struct endpoint at;		/* address any: the wildcard of its family */
	const char *device;		/* SO_BINDTODEVICE, or NULL */
	bool share;			/* SO_REUSEADDR + SO_REUSEPORT with other programs:
					 * DHCP's port under bind-interfaces */
	bool broadcast;			/* SO_BROADCAST */
	bool in_place;			/* opened by this thread, not by way of the loop's door */
	bool no_pktinfo;		/* what comes in has the socket's own address as .to, and 0 as
					 * .ifindex: cheaper where nobody asks */
	int fd;				/* > 0: adopt this bound socket instead */
};

struct udp {
	void (*receive)(struct udp *u, const struct dgram *d);	/* set before udp_open */
	void (*received_all)(struct udp *u);	/* the same, or NULL: after some receive(), while the
					 * data of all of them are still there; with it, receive()
					 * does not close its socket */
	bool gather;			/* set before udp_open: what is sent may wait for the turn's
					 * end and leave together; it counts as sent at once, and
					 * as failed too if it does */
	struct loop *loop;		/* NULL when closed */
	int fd;				/* -1 in the simulation */
	struct endpoint at;		/* with the port the kernel chose, if 0 was asked */
	uint64_t received, sent, send_failed;	/* counters, never set back here */
	uint64_t too_long;		/* arrived, longer than DGRAM_MAX, dropped */
	uint32_t mark;			/* udp_mark's; also in the simulation */
	unsigned batch;			/* the loop's own, as is the rest */
	void *impl;
};

/*
 * ST_TAKEN: the port is in use; ST_UNKNOWN: no such address, device or address
 * family on this machine; ST_REFUSED: not permitted; ST_FULL: no memory;
 * ST_UNNAMED, ST_GONE: by the loop's door; ST_SYSTEM: see errno.  receive() may
 * close its own socket.
 */
enum status udp_open(struct loop *l, struct udp *u, const struct udp_want *want);
void udp_close(struct udp *u);		/* idempotent */

/* Gives receive() what waits, for a socket that is closed next.  Not from within a receive(). */
void udp_drain(struct udp *u);

/* From now on others may, or may not, bind the port too; for the moment in which one socket takes
 * the place of another. */
void udp_share(struct udp *u, bool share);

/* What is sent from now on has this mark (SO_MARK; CAP_NET_ADMIN), for the kernel's rules; 0: none.
 * Without the right to it, it goes unmarked. */
void udp_mark(struct udp *u, uint32_t mark);

/* ST_UNKNOWN: an address of another family, or gone from this machine; ST_FULL: the socket's buffer
 * is full; ST_REFUSED: by a filter of the kernel's; ST_SYSTEM: see errno. */
enum status udp_send(struct udp *u, const struct dgram *d);

#define FRAME_HEADERS 28		/* IPv4 and UDP, what a frame's data shares the MTU with */

/*
 * A UDP datagram in a frame of its own to a hardware address, without asking
 * the neighbour table: for a client that has no address yet.  The kernel builds
 * the link header (AF_PACKET, SOCK_DGRAM).  d->ifindex and both addresses, IPv4,
 * must be set.
 * ST_REFUSED: AF_PACKET is not permitted here (remembered: frames_work() is
 * false); ST_FULL: larger than the link carries, or the queue is full;
 * ST_UNKNOWN: no such interface, or an address is missing; ST_SYSTEM: see errno.
 */
enum status frame_send(struct loop *l, const struct dgram *d, const struct hwaddr *dest);
bool frames_work(const struct loop *l);

/* ---- interfaces -------------------------------------------------------- */

struct netif_addr {
	struct addr addr;
	uint8_t bits;			/* prefix length */
	struct addr broadcast;		/* IPv4; ADDR_NONE when there is none */
	char label[16];			/* alias name ("eth0:1") or the interface's */
	bool tentative, deprecated, temporary;	/* IPv6 */
};

struct netif {
	unsigned index;
	char name[16];
	struct hwaddr hw;
	uint32_t mtu;
	bool up, loopback, multicast, point_to_point;
	const struct netif_addr *addr;
	size_t addrs;
};

/* The interfaces as they are now, by index; borrowed until the callback returns. */
size_t loop_netifs(const struct loop *l, const struct netif **out);
const struct netif *loop_netif(const struct loop *l, unsigned index);		/* or NULL */
const struct netif *loop_netif_named(const struct loop *l, const char *name);	/* or NULL */
/* The first interface that has this address of its own, or NULL. */
const struct netif *loop_netif_having(const struct loop *l, const struct addr *a);
/* That with this index or, if there is none, the first on whose network the address lies; or NULL. */
const struct netif *loop_netif_or_near(const struct loop *l, unsigned index, const struct addr *a);

/*
 * Watchers are told after links or addresses changed (netlink in the program,
 * also after an overrun, when everything was read afresh).
 */
struct netif_watch {
	void (*changed)(struct netif_watch *w);
	struct netif_watch *next;	/* the loop's own */
};
void netif_watch_start(struct loop *l, struct netif_watch *w);
void netif_watch_stop(struct loop *l, struct netif_watch *w);

/* The kernel's neighbour entry for an address; false if it has none. */
bool loop_neighbour(struct loop *l, unsigned ifindex, const struct addr *a, struct hwaddr *out);

/*
 * Write a neighbour entry, as dnsmasq does where frames cannot be sent.
 * ST_REFUSED without CAP_NET_ADMIN.
 */
enum status loop_neighbour_set(struct loop *l, unsigned ifindex, const struct addr *a,
			       const struct hwaddr *hw);

/* ---- address probes ---------------------------------------------------- */

/*
 * Is somebody using this IPv4 address?  ARP on the link (RFC 5227 probe), ICMP
 * echo where it lies behind a relay (ifindex 0).  Asynchronous; done() is
 * called once, with in_use, and may free the probe.  A probe that cannot be
 * sent ends as "not in use" with `sent` false, in the next turn.
 * ST_UNKNOWN, and done() is not called: not an IPv4 address.
 */
struct probe {
	void (*done)(struct probe *p);	/* these three are set before probe_start */
	struct addr addr;
	unsigned ifindex;
	bool in_use, sent;
	struct hwaddr who;		/* of an ARP answer; len 0 after ICMP */
	struct loop *loop;		/* set by probe_start */
	bool by_arp;			/* the loop's own, as is the rest */
	unsigned left_ms;
	struct loop_timer timer;
	struct probe *next;
};
enum status probe_start(struct loop *l, struct probe *p, unsigned timeout_ms);
void probe_stop(struct loop *l, struct probe *p);	/* idempotent; done is not called */
