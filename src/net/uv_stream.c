/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "net/stream_impl.h"
#include "net/uv_impl.h"

struct real_stream {
	struct stream_core core;	/* first: a stream's impl is one of these */
	struct handle *handle;
	bool blocked;			/* the kernel takes no more for now */
};

static struct real_stream *impl_of(const struct stream *s)
{
	return s->impl;
}

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

static bool would_block(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

struct endpoint real_own_end(int fd)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	return getsockname(fd, &at.any, &n) == 0 ? endpoint_of(&at) : (struct endpoint){ 0 };
}

static struct endpoint other_end(int fd)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	return getpeername(fd, &at.any, &n) == 0 ? endpoint_of(&at) : (struct endpoint){ 0 };
}

/* ---- bytes out and in -------------------------------------------------------------- */

static void watch_what_matters(struct real_stream *k)
{
	handle_want(k->handle, (k->core.ended ? 0 : UV_READABLE) | (k->blocked ? UV_WRITABLE : 0));
}

static bool set_blocked(struct real_stream *k, bool blocked)
{
	k->blocked = blocked;
	watch_what_matters(k);
	return true;
}

/* False: the stream was closed. */
static bool push(struct stream *s)
{
	struct real_stream *k = impl_of(s);
	struct span data;

	while ((data = stream_waiting(&k->core)).n > 0) {
		ssize_t n = send(s->fd, data.p, data.n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0)
			return would_block(errno) ? set_blocked(k, true) : stream_tell_closed(s);
		stream_was_sent(&k->core, (size_t)n);
	}
	if (k->blocked)
		set_blocked(k, false);
	return stream_tell_sent(s);
}

void real_stream_flush(struct stream *s)
{
	if (!impl_of(s)->blocked)
		push(s);
}

static bool take_end(struct stream *s)
{
	struct real_stream *k = impl_of(s);

	k->core.ended = true;
	watch_what_matters(k);
	return stream_tell_ended(s);
}

/* One piece: what is left makes the descriptor ready again, after the others had their turn. */
static void pull(struct real_loop *r, struct stream *s)
{
	ssize_t n = recv(s->fd, r->stream_data, sizeof r->stream_data, MSG_DONTWAIT);

	if (n == 0)
		take_end(s);
	else if (n < 0 && !would_block(errno))
		stream_tell_closed(s);
	else if (n > 0 && !impl_of(s)->core.finishing)
		stream_tell_received(s, span_of(r->stream_data, (size_t)n));
}

/* ---- connecting --------------------------------------------------------------------- */

static enum status status_of_connect(int error)
{
	return error == 0 ? ST_OK : error == ETIMEDOUT ? ST_TIMEOUT : ST_UNKNOWN;
}

static void end_connect(struct stream *s)
{
	int error = 0;
	socklen_t n = sizeof error;

	if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &n) != 0)
		error = errno;
	s->here = real_own_end(s->fd);
	set_blocked(impl_of(s), false);
	stream_tell_connected(s, status_of_connect(error));
}

static void stream_ready(struct handle *h)
{
	struct stream *s = h->owner;
	struct real_stream *k = impl_of(s);

	if (k->core.connecting)
		end_connect(s);
	else if ((!k->blocked || push(s)) && !k->core.ended)
		pull(h->loop, s);
}

static enum status open_stream(struct loop *l, struct stream *s, int fd)
{
	struct real_stream *k = calloc(1, sizeof *k);
	enum status status = ST_FULL;

	if (k)
		status = handle_open(real_of(l), fd, stream_ready, s, &k->handle);
	if (status != ST_OK) {
		free(k);
		return status;
	}
	(void)set(fd, IPPROTO_TCP, TCP_NODELAY, 1);	/* without it all is slower, and right */
	s->fd = fd;
	stream_opened(l, s, &k->core);
	return ST_OK;
}

enum status real_stream_adopt(struct loop *l, struct stream *s, int fd)
{
	s->here = real_own_end(fd);
	s->there = other_end(fd);
	return open_stream(l, s, fd);
}

void real_stream_close(struct stream *s)
{
	struct real_stream *k = impl_of(s);

	handle_close(k->handle);
	close(s->fd);
	s->fd = -1;
	free(k);
}

/* A port is chosen when the other side is known, so that many may share it. */
static bool bind_source(int fd, const struct stream_want *want)
{
	union sockaddr_any from;
	socklen_t n = sockaddr_of(&from, &want->from, 0);

	if (want->device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, want->device,
				       (socklen_t)strlen(want->device)) != 0)
		return false;
	if (!addr_is_set(&want->from.addr))
		return true;
	if (want->from.port == 0)
		(void)set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
	else if (!set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return false;
	return bind(fd, &from.any, n) == 0;
}

static unsigned index_of(const struct loop *l, const char *device)
{
	const struct netif *n = device ? loop_netif_named(l, device) : NULL;

	return n ? n->index : 0;
}

/* What connect() says at once is told later, as what it says later is. */
static void begin_connect(struct stream *s, const union sockaddr_any *to, socklen_t n)
{
	struct real_stream *k = impl_of(s);

	k->core.connecting = true;
	if (connect(s->fd, &to->any, n) == 0 || errno == EINPROGRESS) {
		set_blocked(k, true);
		return;
	}
	k->core.how = status_of_connect(errno);
	handle_want(k->handle, 0);
	timer_start(s->loop, &k->core.flush, 0);
}

enum status real_stream_connect(struct loop *l, struct stream *s, const struct stream_want *want)
{
	union sockaddr_any to;
	socklen_t n = sockaddr_of(&to, &want->at, index_of(l, want->device));
	int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum status status;

	if (fd < 0)
		return status_of_errno();
	if (want->mark)
		(void)setsockopt(fd, SOL_SOCKET, SO_MARK, &want->mark, sizeof want->mark);
	status = bind_source(fd, want) ? open_stream(l, s, fd) : status_of_errno();
	if (status != ST_OK) {
		close(fd);
		return status;
	}
	s->here = want->from;
	s->there = want->at;
	s->ifindex = 0;
	begin_connect(s, &to, n);
	return ST_OK;
}
