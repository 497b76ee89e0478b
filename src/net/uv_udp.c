/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "base/must.h"
#include "net/uv_impl.h"

#define READY_BATCHES 16
#define BUSY 4				/* datagrams at once: others come while they are answered */
#define UNWATCHED 8			/* datagrams at once, where to stop and start watching pays */
#define CLOSED 0			/* what a batch gives in place of a number */
#define DRAIN_BATCHES 64
#define LOOK_EVERY 16			/* datagrams that come one by one */

/* ---- receiving --------------------------------------------------------- */

static void read_pktinfo(struct msghdr *m, struct dgram *d)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			d->ifindex = (unsigned)info.ipi_ifindex;
			d->to.addr = addr_of_bytes(span_of(&info.ipi_addr, 4));
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof info);
			d->ifindex = info.ipi6_ifindex;
			d->to.addr = addr_of_bytes(span_of(&info.ipi6_addr, 16));
		}
	}
}

/* The kernel writes into what it fills; the rest is as it was. */
static void prepare_batch(struct real_loop *r)
{
	for (size_t i = 0; i < r->used; i++) {
		r->part[i] = (struct iovec){ r->data[i], sizeof r->data[i] };
		r->message[i].msg_hdr = (struct msghdr){
			.msg_name = &r->from[i], .msg_namelen = sizeof r->from[i],
			.msg_iov = &r->part[i], .msg_iovlen = 1,
			.msg_control = &r->control[i], .msg_controllen = sizeof r->control[i],
		};
	}
}

static void receive_one(struct udp *u, struct mmsghdr *m, const union sockaddr_any *from,
			const uint8_t *data)
{
	struct dgram d = { .from = endpoint_of(from), .to = u->at,
			   .data = span_of(data, m->msg_len) };

	if (m->msg_hdr.msg_flags & MSG_TRUNC) {
		u->too_long++;
		return;
	}
	read_pktinfo(&m->msg_hdr, &d);
	u->received++;
	u->receive(u, &d);
}

/*
 * How many to ask the kernel for next.  It looks once more for each that is not there, so where
 * they come one by one, one is asked for, and now and then two; but who answers all together
 * counts on many.
 */
static void adapt_batch(struct udp *u, unsigned n)
{
	bool look = u->batch > 1 || u->received % LOOK_EVERY == 0;

	if (u->received_all)
		u->batch = BATCH;
	else if (n < u->batch)
		u->batch = n ? n : 1;
	else if (look)
		u->batch = u->batch * 2 < BATCH ? u->batch * 2 : BATCH;
}

/* One batch: how many there were, less than 0 for none; CLOSED when the socket was closed meanwhile. */
static int receive_batch(struct real_loop *r, struct udp *u)
{
	bool closed;
	int n;

	prepare_batch(r);
	n = recvmmsg(u->fd, r->message, u->batch, MSG_DONTWAIT, NULL);
	r->used = n < 0 ? BATCH : (size_t)n;
	adapt_batch(u, n < 0 ? 0 : (unsigned)n);
	r->receiving = u;
	for (int i = 0; i < n && r->receiving; i++)
		receive_one(r->receiving, &r->message[i], &r->from[i], r->data[i]);
	if (n > 0 && r->receiving && r->receiving->received_all)
		r->receiving->received_all(r->receiving);
	closed = !r->receiving;
	r->receiving = NULL;
	return closed ? CLOSED : n;
}

static void flush_of(struct real_loop *r, const struct udp *u)
{
	if (r->outbox.of == u)
		udp_flush(r);
}

/* Where some came, others may have come while they were answered, and to wait is dearer than to ask. */
static bool asks_again(const struct udp *u, int n)
{
	return n == BATCH || (n >= BUSY && u->received_all);
}

/*
 * What is left makes the descriptor ready again, after the others had their turn.  While we look for ourselves
 * whether more came, the socket is not watched: see udp_flush.
 */
static void udp_ready(struct handle *h)
{
	struct real_loop *r = h->loop;
	struct udp *u = h->owner;
	int n = receive_batch(r, u);
	bool watched = true;

	for (int i = 1; i < READY_BATCHES && asks_again(u, n); i++) {
		if (watched && n >= UNWATCHED)
			handle_want(h, 0);
		watched = watched && n < UNWATCHED;
		flush_of(r, u);
		n = receive_batch(r, u);
	}
	if (watched || n == CLOSED)
		return;
	flush_of(r, u);
	handle_want(h, UV_READABLE);
}

/* No more than a socket's buffer holds: whoever fills it faster than we read must not hold us. */
void real_udp_drain(struct udp *u)
{
	struct real_loop *r = real_of(u->loop);

	must(!r->receiving);
	u->batch = BATCH;
	for (int i = 0; i < DRAIN_BATCHES && receive_batch(r, u) > 0; i++)
		;
}

/* ---- sending ------------------------------------------------------------ */

/* Without what would align another one behind it: as long as the kernel has room for on its stack. */
static size_t put_control(union pktinfo *room, int level, int type, const void *info, size_t n)
{
	room->head = (struct cmsghdr){ .cmsg_level = level, .cmsg_type = type,
				       .cmsg_len = CMSG_LEN(n) };
	memcpy(CMSG_DATA(&room->head), info, n);
	return CMSG_LEN(n);
}

/* Which source to use, and which interface to leave by; the bytes of it. */
static size_t write_pktinfo(union pktinfo *room, const struct dgram *d, const struct addr *bound_to)
{
	if (!d->ifindex && (addr_is_any(&d->from.addr) || addr_eq(&d->from.addr, bound_to)))
		return 0;
	if (d->to.addr.family == ADDR_IP6) {
		struct in6_pktinfo info = { .ipi6_ifindex = d->ifindex };

		memcpy(&info.ipi6_addr, d->from.addr.bytes, 16);
		return put_control(room, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
	}

	struct in_pktinfo info = { .ipi_ifindex = (int)d->ifindex };

	memcpy(&info.ipi_spec_dst, d->from.addr.bytes, 4);
	return put_control(room, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
}

static void write_message(struct msghdr *m, const struct udp *u, const struct dgram *d,
			  union sockaddr_any *to, union pktinfo *control, struct iovec *part)
{
	*m = (struct msghdr){
		.msg_name = to, .msg_namelen = sockaddr_of(to, &d->to, d->ifindex),
		.msg_iov = part, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = write_pktinfo(control, d, &u->at.addr),
	};
}

/* One that cannot be sent is passed over. */
static void send_all(struct outbox *o)
{
	for (unsigned done = 0; done < o->n;) {
		int n = sendmmsg(o->of->fd, o->message + done, o->n - done,
				 MSG_DONTWAIT | MSG_NOSIGNAL);

		o->of->send_failed += n < 1;
		done += n < 1 ? 1 : (unsigned)n;
	}
	o->n = 0;
}

/*
 * Of each datagram that leaves by a watched socket the kernel tells the watcher too, through two locks: as
 * much work as an answer out of the cache is.  So it is not watched while many leave at once.
 */
void udp_flush(struct real_loop *r)
{
	struct outbox *o = &r->outbox;
	struct handle *h = o->n >= UNWATCHED ? o->of->impl : NULL;
	const int events = h ? h->events : 0;

	if (o->n == 0)
		return;
	loop_before(&r->loop);
	if (events)
		handle_want(h, 0);
	send_all(o);
	if (events)
		handle_want(h, events);
}

static void gather(struct real_loop *r, struct udp *u, const struct dgram *d)
{
	struct outbox *o = &r->outbox;
	unsigned i;

	if (o->n == BATCH || o->of != u)
		udp_flush(r);
	o->of = u;
	i = o->n++;
	memcpy(o->data[i], d->data.p, d->data.n);
	o->part[i] = (struct iovec){ o->data[i], d->data.n };
	write_message(&o->message[i].msg_hdr, u, d, &o->to[i], &o->control[i], &o->part[i]);
}

enum status real_udp_send(struct udp *u, const struct dgram *d)
{
	struct real_loop *r = real_of(u->loop);
	union sockaddr_any to;
	union pktinfo control;
	struct iovec part = { (void *)d->data.p, d->data.n };
	struct msghdr m;

	if (u->gather && r->running && d->data.n <= GATHER_MAX) {
		gather(r, u, d);
		return ST_OK;
	}
	write_message(&m, u, d, &to, &control, &part);
	return sendmsg(u->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? status_of_errno() : ST_OK;
}

/* ---- opening ------------------------------------------------------------- */

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

void real_udp_share(struct udp *u, bool share)
{
	/* Where it cannot be said the next bind will tell. */
	(void)set(u->fd, SOL_SOCKET, SO_REUSEADDR, share);
	(void)set(u->fd, SOL_SOCKET, SO_REUSEPORT, share);
}

void real_udp_mark(struct udp *u)
{
	(void)setsockopt(u->fd, SOL_SOCKET, SO_MARK, &u->mark, sizeof u->mark);
}

static bool want_pktinfo(int fd, bool six)
{
	return six ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
		   : set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

/* A link-local address is on an interface, for the kernel to tell it from its like. */
static enum status make_socket(const struct loop *l, const struct udp_want *want, int *out)
{
	struct socket_want w = { .type = SOCKET_UDP, .at = want->at, .share = want->share,
				 .broadcast = want->broadcast, .only_device = want->device };
	const struct netif *n = netifs_having(&l->netifs, &want->at.addr);
	const char *device = want->device ? want->device : n ? n->name : "";

	if (strlen(device) >= sizeof w.device)
		return ST_UNKNOWN;
	memcpy(w.device, device, strlen(device));
	return want->in_place ? socket_open(&w, out) : loop_socket(l, &w, out);
}

static enum status read_own_address(int fd, struct endpoint *out)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	if (getsockname(fd, &at.any, &n) != 0)
		return status_of_errno();
	*out = endpoint_of(&at);
	return ST_OK;
}

enum status real_udp_open(struct loop *l, struct udp *u, const struct udp_want *want)
{
	struct handle *h;
	int fd = want->fd;
	enum status s = fd > 0 ? ST_OK : make_socket(l, want, &fd);

	if (s != ST_OK)
		return s;
	s = read_own_address(fd, &u->at);
	if (s == ST_OK && !want->no_pktinfo && !want_pktinfo(fd, u->at.addr.family == ADDR_IP6))
		s = status_of_errno();
	if (s == ST_OK)
		s = handle_open(real_of(l), fd, udp_ready, u, &h);
	if (s != ST_OK) {
		if (fd != want->fd)
			close(fd);
		return s;
	}
	u->fd = fd;
	u->impl = h;
	u->batch = u->received_all ? BATCH : 1;
	return ST_OK;
}

void real_udp_close(struct udp *u)
{
	struct real_loop *r = real_of(u->loop);

	if (r->receiving == u)
		r->receiving = NULL;
	flush_of(r, u);
	handle_close(u->impl);
	close(u->fd);
	u->fd = -1;
	u->impl = NULL;
}
