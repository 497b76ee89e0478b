/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "base/must.h"
#include "net/uv_impl.h"

#define DRAIN_BATCHES 64

/* ---- addresses as the kernel wants them -------------------------------- */

static socklen_t sockaddr_of(union sockaddr_any *s, const struct endpoint *e, unsigned ifindex)
{
	*s = (union sockaddr_any){ 0 };
	if (e->addr.family == ADDR_IP6) {
		s->in6.sin6_family = AF_INET6;
		s->in6.sin6_port = htons(e->port);
		memcpy(&s->in6.sin6_addr, e->addr.bytes, 16);
		if (IN6_IS_ADDR_LINKLOCAL(&s->in6.sin6_addr) ||
		    IN6_IS_ADDR_MC_LINKLOCAL(&s->in6.sin6_addr))
			s->in6.sin6_scope_id = ifindex;
		return sizeof s->in6;
	}
	s->in4.sin_family = AF_INET;
	s->in4.sin_port = htons(e->port);
	memcpy(&s->in4.sin_addr, e->addr.bytes, 4);
	return sizeof s->in4;
}

static struct endpoint endpoint_of(const union sockaddr_any *s)
{
	struct endpoint e = { 0 };

	if (s->any.sa_family == AF_INET6) {
		e.port = ntohs(s->in6.sin6_port);
		e.addr = addr_of_bytes(span_of(&s->in6.sin6_addr, 16));
	} else {
		e.port = ntohs(s->in4.sin_port);
		e.addr = addr_of_bytes(span_of(&s->in4.sin_addr, 4));
	}
	return e;
}

enum status status_of_errno(void)
{
	static const struct { int error; enum status status; } known[] = {
		{ EADDRINUSE, ST_TAKEN },
		{ EADDRNOTAVAIL, ST_UNKNOWN }, { ENODEV, ST_UNKNOWN }, { ENXIO, ST_UNKNOWN },
		{ EAFNOSUPPORT, ST_UNKNOWN },
		{ EACCES, ST_REFUSED }, { EPERM, ST_REFUSED },
		{ EAGAIN, ST_FULL }, { ENOBUFS, ST_FULL }, { ENOMEM, ST_FULL },
		{ EMSGSIZE, ST_FULL },
	};

	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].error == errno)
			return known[i].status;
	return ST_SYSTEM;
}

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

static void prepare_batch(struct real_loop *r)
{
	for (size_t i = 0; i < BATCH; i++) {
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

/* One batch: how many there were; 0 when the socket was closed meanwhile. */
static int receive_batch(struct real_loop *r, struct udp *u)
{
	bool closed;
	int n;

	prepare_batch(r);
	n = recvmmsg(u->fd, r->message, BATCH, MSG_DONTWAIT, NULL);
	r->receiving = u;
	for (int i = 0; i < n && r->receiving; i++)
		receive_one(r->receiving, &r->message[i], &r->from[i], r->data[i]);
	closed = !r->receiving;
	r->receiving = NULL;
	return closed ? 0 : n;
}

/* What is left makes the descriptor ready again, after the others had their turn. */
static void udp_ready(struct handle *h)
{
	receive_batch(h->loop, h->owner);
}

/* No more than a socket's buffer holds: whoever fills it faster than we read must not hold us. */
void real_udp_drain(struct udp *u)
{
	struct real_loop *r = real_of(u->loop);

	must(!r->receiving);
	for (int i = 0; i < DRAIN_BATCHES && receive_batch(r, u) > 0; i++)
		;
}

/* ---- sending ------------------------------------------------------------ */

/* Which source to use, and which interface to leave by. */
static void write_pktinfo(struct msghdr *m, union pktinfo *room, const struct dgram *d)
{
	bool six = d->to.addr.family == ADDR_IP6;
	struct in_pktinfo info4 = { .ipi_ifindex = (int)d->ifindex };
	struct in6_pktinfo info6 = { .ipi6_ifindex = d->ifindex };
	size_t size = six ? sizeof info6 : sizeof info4;

	if (addr_is_any(&d->from.addr) && !d->ifindex)
		return;
	if (d->from.addr.family == ADDR_IP4)
		memcpy(&info4.ipi_spec_dst, d->from.addr.bytes, 4);
	if (d->from.addr.family == ADDR_IP6)
		memcpy(&info6.ipi6_addr, d->from.addr.bytes, 16);
	*room = (union pktinfo){
		.head.cmsg_level = six ? IPPROTO_IPV6 : IPPROTO_IP,
		.head.cmsg_type = six ? IPV6_PKTINFO : IP_PKTINFO,
		.head.cmsg_len = CMSG_LEN(size),
	};
	memcpy(CMSG_DATA(&room->head), six ? (void *)&info6 : (void *)&info4, size);
	m->msg_control = room;
	m->msg_controllen = CMSG_SPACE(size);
}

enum status real_udp_send(struct udp *u, const struct dgram *d)
{
	union sockaddr_any to;
	union pktinfo control;
	struct iovec part = { (void *)d->data.p, d->data.n };
	struct msghdr m = { .msg_name = &to, .msg_iov = &part, .msg_iovlen = 1 };

	m.msg_namelen = sockaddr_of(&to, &d->to, d->ifindex);
	write_pktinfo(&m, &control, d);
	return sendmsg(u->fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? status_of_errno() : ST_OK;
}

/* ---- opening ------------------------------------------------------------- */

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/*
 * Without a flag before the bind, a port that anybody has is an error.  With
 * `share` the other program must have set the same flags, as DHCP servers that
 * share a host do.
 */
static bool set_options(int fd, const struct udp_want *want)
{
	bool six = want->at.addr.family == ADDR_IP6;

	if (six && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	if (want->share && !(set(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
			     set(fd, SOL_SOCKET, SO_REUSEPORT, 1)))
		return false;
	if (want->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, want->device,
				       (socklen_t)strlen(want->device)) != 0)
		return false;
	return !want->broadcast || set(fd, SOL_SOCKET, SO_BROADCAST, 1);
}

void real_udp_share(struct udp *u, bool share)
{
	/* Where it cannot be said the next bind will tell. */
	(void)set(u->fd, SOL_SOCKET, SO_REUSEADDR, share);
	(void)set(u->fd, SOL_SOCKET, SO_REUSEPORT, share);
}

static bool want_pktinfo(int fd, bool six)
{
	return six ? set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
		   : set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

static unsigned device_index(const struct loop *l, const char *device)
{
	const struct netif *n = device ? loop_netif_named(l, device) : NULL;

	return n ? n->index : 0;
}

/* The interface that a link-local address is on, for the kernel to tell it from its like. */
static unsigned scope_of(const struct loop *l, const struct udp_want *want)
{
	const struct netif *n = netifs_having(&l->netifs, &want->at.addr);

	return want->device ? device_index(l, want->device) : n ? n->index : 0;
}

static enum status make_socket(const struct loop *l, const struct udp_want *want, int *out)
{
	bool six = want->at.addr.family == ADDR_IP6;
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	union sockaddr_any at;
	socklen_t n = sockaddr_of(&at, &want->at, scope_of(l, want));
	enum status s;

	if (fd < 0)
		return status_of_errno();
	if (set_options(fd, want) && bind(fd, &at.any, n) == 0) {
		*out = fd;
		return ST_OK;
	}
	s = status_of_errno();
	close(fd);
	return s;
}

static enum status read_own_address(int fd, struct endpoint *out)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	if (getsockname(fd, &at.any, &n) != 0)
		return status_of_errno();
	*out = endpoint_of(&at);
	return want_pktinfo(fd, out->addr.family == ADDR_IP6) ? ST_OK : status_of_errno();
}

enum status real_udp_open(struct loop *l, struct udp *u, const struct udp_want *want)
{
	struct handle *h;
	int fd = want->fd;
	enum status s = fd > 0 ? ST_OK : make_socket(l, want, &fd);

	if (s != ST_OK)
		return s;
	s = read_own_address(fd, &u->at);
	if (s == ST_OK)
		s = handle_open(real_of(l), fd, udp_ready, u, &h);
	if (s != ST_OK) {
		if (fd != want->fd)
			close(fd);
		return s;
	}
	u->fd = fd;
	u->impl = h;
	return ST_OK;
}

void real_udp_close(struct udp *u)
{
	struct real_loop *r = real_of(u->loop);

	if (r->receiving == u)
		r->receiving = NULL;
	handle_close(u->impl);
	close(u->fd);
	u->fd = -1;
	u->impl = NULL;
}
