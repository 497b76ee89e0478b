/* SPDX-License-Identifier: ISC */
/*
 * uv_impl -- the insides of the program's loop, shared by its files.
 *
 * uv_loop.c waits and keeps time, uv_udp.c has the sockets of UDP, uv_stream.c
 * and uv_listen.c those of TCP, uv_netlink.c the interface table and the neighbours, uv_probe.c the address probes and
 * uv_frame.c the frames.  A descriptor that could not be had is -1, and what
 * needs it says ST_REFUSED.
 */
#pragma once

#include <uv.h>

#include "net/loop_impl.h"
#include "net/sockaddr.h"

#define BATCH 32			/* datagrams taken, or sent, by one system call */
#define GATHER_MAX 1500			/* bytes of one that waits to be sent with others */
#define NETLINK_BUFFER 32768		/* what the kernel fills when it dumps */
#define PROBE_BUCKETS 256

/* Room for either family's packet information beside a datagram. */
union pktinfo {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

/* A descriptor that is watched.  Kept for the next one when it is closed. */
struct handle {
	uv_poll_t poll;
	void (*ready)(struct handle *h);
	int events;			/* UV_READABLE, UV_WRITABLE; 0: not watched for now */
	void *owner;
	struct real_loop *loop;
	struct handle *next;
};

struct probes {
	int arp_fd;
	struct handle *arp;
	struct udp icmp;		/* a ping or a raw socket, adopted */
	bool icmp_raw;			/* its packets come with their IP header */
	struct probe *waiting[PROBE_BUCKETS];
	size_t arp_waiting;
	uint16_t id;
};

/* What waits to be sent, all of one socket. */
struct outbox {
	struct udp *of;
	unsigned n;
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	union sockaddr_any to[BATCH];
	union pktinfo control[BATCH];
	uint8_t data[BATCH][GATHER_MAX];
};

struct real_loop {
	struct loop loop;		/* first: a struct loop * is one of these */
	uv_loop_t uv;
	uv_prepare_t turn;
	uv_timer_t alarm;		/* for the first of our timers */
	uv_async_t mail;
	int64_t alarm_ms;		/* what it is set to; 0: not set */
	struct now now;
	bool running, now_is_read;
	struct handle *spare;

	int event_fd, ask_fd;		/* netlink: what changed; questions of ours */
	struct handle *event;
	uint32_t asked;			/* sequence number of the last question */
	struct loop_timer reread;
	int frame_fd;
	struct probes probes;
	struct udp *receiving;		/* NULL once it was closed by its own receive() */
	struct stream_listener *listening;	/* the same, of arrived() */

	struct outbox outbox;

	uint8_t netlink_buffer[NETLINK_BUFFER];
	size_t used;			/* of the batch: to be prepared anew */
	struct mmsghdr message[BATCH];
	struct iovec part[BATCH];
	union sockaddr_any from[BATCH];
	union pktinfo control[BATCH];
	uint8_t data[BATCH][DGRAM_MAX];
	uint8_t stream_data[65536];
};

static inline struct real_loop *real_of(const struct loop *l)
{
	return (struct real_loop *)l;
}

/* ST_FULL: no memory; ST_SYSTEM: the descriptor cannot be watched, see errno. */
enum status handle_open(struct real_loop *r, int fd, void (*ready)(struct handle *h), void *owner,
			struct handle **out);
void handle_want(struct handle *h, int events);	/* UV_READABLE from the start */
void handle_close(struct handle *h);	/* NULL is fine; the descriptor stays open */

/* uv_udp.c */
enum status real_udp_open(struct loop *l, struct udp *u, const struct udp_want *want);
void real_udp_close(struct udp *u);
void real_udp_drain(struct udp *u);
void real_udp_share(struct udp *u, bool share);
void real_udp_mark(struct udp *u);
enum status real_udp_send(struct udp *u, const struct dgram *d);
void udp_flush(struct real_loop *r);	/* sends what waits */

/* uv_stream.c */
struct endpoint real_own_end(int fd);	/* a socket's own address; ADDR_NONE where it has none */
enum status real_stream_connect(struct loop *l, struct stream *s, const struct stream_want *want);
enum status real_stream_adopt(struct loop *l, struct stream *s, int fd);	/* a connected one */
void real_stream_flush(struct stream *s);
void real_stream_close(struct stream *s);

/* uv_listen.c */
enum status real_stream_listen(struct loop *loop, struct stream_listener *l,
			       const struct stream_want *want);
void real_stream_unlisten(struct stream_listener *l);
enum status real_stream_take(struct stream_listener *l, struct stream *s);

/* uv_netlink.c */
enum status netlink_open(struct real_loop *r);
void netlink_done(struct real_loop *r);
bool real_neighbour(struct loop *l, unsigned ifindex, const struct addr *a, struct hwaddr *out);
enum status real_neighbour_set(struct loop *l, unsigned ifindex, const struct addr *a,
			       const struct hwaddr *hw);

/* uv_frame.c */
void frames_open(struct real_loop *r);
void frames_done(struct real_loop *r);
bool real_frames_work(const struct loop *l);
enum status real_frame_send(struct loop *l, const struct dgram *d, const struct hwaddr *dest);

/* uv_probe.c */
void probes_open(struct real_loop *r);
void probes_done(struct real_loop *r);
enum status real_probe_start(struct loop *l, struct probe *p, unsigned timeout_ms);
void real_probe_stop(struct loop *l, struct probe *p);
