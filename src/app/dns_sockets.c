/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/dns_sockets.h"
#include "base/must.h"

#define BACKLOG 511

/* A link-local address is on an interface, for the kernel to tell it from its like. */
static struct socket_want want_of(const struct loop *l, const struct binding *at, uint16_t port)
{
	struct socket_want w = { .at = { at->addr, port }, .only_device = at->device[0] };
	const struct netif *n = loop_netif_having(l, &at->addr);

	memcpy(w.device, at->device[0] || !n ? at->device : n->name, sizeof w.device);
	return w;
}

static enum status open_tcp(const struct loop *l, const struct socket_want *want, int *out_fd)
{
	enum status s = loop_socket(l, want, out_fd);
	int error;

	if (s != ST_OK || listen(*out_fd, BACKLOG) == 0)
		return s;
	error = errno;
	s = status_of_errno();
	close(*out_fd);
	errno = error;
	return s;
}

static enum status open_pair(const struct loop *l, struct socket_want *want,
			     struct dns_sockets *out)
{
	struct dns_sockets pair;
	enum status s;
	int error;

	want->type = SOCKET_UDP;
	s = loop_socket(l, want, &pair.udp);
	if (s != ST_OK)
		return s;
	want->type = SOCKET_TCP;
	s = open_tcp(l, want, &pair.tcp);
	if (s == ST_OK) {
		*out = pair;
		return s;
	}
	error = errno;
	close(pair.udp);
	errno = error;
	return s;
}

void dns_sockets_close(struct dns_sockets sockets[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		close(sockets[i].udp);
		close(sockets[i].tcp);
	}
}

enum status dns_sockets_open(const struct loop *l, const struct binding *at, uint16_t port,
			     size_t n, struct dns_sockets out[])
{
	struct socket_want want = want_of(l, at, port);
	enum status s = open_pair(l, &want, &out[0]);
	size_t have = s == ST_OK;
	int error;

	if (have && n > 1 &&
	    (socket_let_join(out[0].udp) != ST_OK || socket_let_join(out[0].tcp) != ST_OK))
		s = ST_SYSTEM;
	want.join = true;
	while (s == ST_OK && have < n) {
		s = open_pair(l, &want, &out[have]);
		have += s == ST_OK;
	}
	if (s == ST_OK)
		return s;
	error = errno;
	dns_sockets_close(out, have);
	errno = error;
	return s;
}
