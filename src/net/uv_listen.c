/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "net/stream_impl.h"
#include "net/uv_impl.h"

#define BACKLOG 511
#define ACCEPT_BATCH 16			/* then others have their turn */
#define STARVED_MS 100			/* without a free descriptor the queue waits so long */

struct real_listener {
	struct stream_listener *owner;
	struct handle *handle;
	struct loop_timer rest;
	int waiting;			/* descriptor that stream_take takes; -1: none */
	unsigned device_index;		/* of the device that it is bound to; 0: none */
};

/* ---- where a connection came in ----------------------------------------------------- */

/*
 * The kernel keeps the interface of a connection's first packet, and tells it as
 * an option of a datagram where the listener asked for those.
 */
static unsigned arrival_index(int fd, bool six)
{
	union pktinfo control = { 0 };
	socklen_t n = sizeof control;
	struct in6_pktinfo info6;
	struct in_pktinfo info4;

	if (getsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_2292PKTOPTIONS : IP_PKTOPTIONS,
		       &control, &n) != 0)
		return 0;
	/* to a 32-bit program a 64-bit kernel tells it in its own layout: not understood */
	if (control.head.cmsg_type != (six ? IPV6_PKTINFO : IP_PKTINFO))
		return 0;
	if (six && control.head.cmsg_len == CMSG_LEN(sizeof info6)) {
		memcpy(&info6, CMSG_DATA(&control.head), sizeof info6);
		return info6.ipi6_ifindex;
	}
	if (!six && control.head.cmsg_len == CMSG_LEN(sizeof info4)) {
		memcpy(&info4, CMSG_DATA(&control.head), sizeof info4);
		return (unsigned)info4.ipi_ifindex;
	}
	return 0;
}

static void ask_for_arrival(int fd, bool six)
{
	const int yes = 1;

	/* Where it cannot be had, the interface with the address stands in. */
	(void)setsockopt(fd, six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_RECVPKTINFO : IP_PKTINFO,
			 &yes, sizeof yes);
}

static unsigned find_arrival(const struct stream_listener *l, const struct stream *s)
{
	const struct netif *n = loop_netif_having(l->loop, &s->here.addr);
	const struct real_listener *k = l->impl;
	unsigned index = arrival_index(s->fd, s->here.addr.family == ADDR_IP6);

	if (index == 0)
		index = k->device_index;
	return index == 0 && n ? n->index : index;
}

/* ---- taking -------------------------------------------------------------------------- */

enum status real_stream_take(struct stream_listener *l, struct stream *s)
{
	struct real_listener *k = l->impl;
	enum status status;

	if (k->waiting < 0)
		return ST_UNKNOWN;
	status = real_stream_adopt(l->loop, s, k->waiting);
	if (status != ST_OK)
		return status;
	k->waiting = -1;
	s->ifindex = find_arrival(l, s);
	return ST_OK;
}

static void go_on(struct loop_timer *t)
{
	handle_want(container_of(t, struct real_listener, rest)->handle, UV_READABLE);
}

/* The queue stays ready while no descriptor is free: looking away is all that helps. */
static void rest(struct real_listener *k)
{
	k->owner->starved++;
	handle_want(k->handle, 0);
	timer_start(k->owner->loop, &k->rest, STARVED_MS);
}

static bool is_starved(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* The listener's waiting descriptor is closed unless it was taken.  False: the listener is gone. */
static bool offer(struct real_loop *r, struct real_listener *k, int fd)
{
	bool open;

	k->waiting = fd;
	r->listening = k->owner;
	k->owner->arrived(k->owner);
	open = r->listening != NULL;
	r->listening = NULL;
	if (!open)
		return false;		/* real_stream_unlisten closed what was not taken */
	if (k->waiting >= 0)
		close(k->waiting);
	k->waiting = -1;
	return true;
}

/* An error that is one connection's own took it off the queue. */
static void listener_ready(struct handle *h)
{
	struct real_listener *k = h->owner;

	for (int i = 0; i < ACCEPT_BATCH; i++) {
		int fd = accept4(k->owner->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			if (is_starved(errno))
				rest(k);
			return;
		}
		if (!offer(h->loop, k, fd))
			return;
	}
}

/* ---- opening ------------------------------------------------------------------------- */

static enum status make_listening(const struct loop *l, const struct stream_want *want, int *out)
{
	struct socket_want w = { .type = SOCKET_TCP, .at = want->at, .only_device = want->device };
	const struct netif *n = netifs_having(&l->netifs, &want->at.addr);
	const char *device = want->device ? want->device : n ? n->name : "";
	enum status s;
	int fd;

	if (strlen(device) >= sizeof w.device)
		return ST_UNKNOWN;
	memcpy(w.device, device, strlen(device));
	s = loop_socket(l, &w, &fd);
	if (s != ST_OK)
		return s;
	if (listen(fd, BACKLOG) != 0) {
		s = status_of_errno();
		close(fd);
		return s;
	}
	*out = fd;
	return ST_OK;
}

static struct real_listener *listener_new(struct stream_listener *l)
{
	struct real_listener *k = calloc(1, sizeof *k);

	if (k)
		*k = (struct real_listener){ .owner = l, .waiting = -1, .rest.fire = go_on };
	return k;
}

enum status real_stream_listen(struct loop *loop, struct stream_listener *l,
			       const struct stream_want *want)
{
	const struct netif *n = want->device ? loop_netif_named(loop, want->device) : NULL;
	struct real_listener *k = listener_new(l);
	int fd = want->fd;
	enum status s = !k ? ST_FULL : fd > 0 ? ST_OK : make_listening(loop, want, &fd);

	if (s == ST_OK)
		s = handle_open(real_of(loop), fd, listener_ready, k, &k->handle);
	if (s != ST_OK) {
		if (fd != want->fd)
			close(fd);
		free(k);
		return s;
	}
	k->device_index = n ? n->index : 0;
	l->fd = fd;
	l->impl = k;
	l->at = real_own_end(fd);
	ask_for_arrival(fd, l->at.addr.family == ADDR_IP6);
	return ST_OK;
}

void real_stream_unlisten(struct stream_listener *l)
{
	struct real_loop *r = real_of(l->loop);
	struct real_listener *k = l->impl;

	if (r->listening == l)
		r->listening = NULL;
	timer_stop(&k->rest);
	handle_close(k->handle);
	if (k->waiting >= 0)
		close(k->waiting);
	close(l->fd);
	l->fd = -1;
	l->impl = NULL;
	free(k);
}
