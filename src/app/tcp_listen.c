/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/tcp_listen.h"

#define BACKLOG 256

union address {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static socklen_t address_of(union address *out, const struct binding *l, uint16_t port)
{
	*out = (union address){ 0 };
	if (l->addr.family == ADDR_IP4) {
		out->in4.sin_family = AF_INET;
		out->in4.sin_port = htons(port);
		memcpy(&out->in4.sin_addr, l->addr.bytes, 4);
		return sizeof out->in4;
	}
	out->in6.sin6_family = AF_INET6;
	out->in6.sin6_port = htons(port);
	out->in6.sin6_scope_id = l->device[0] ? if_nametoindex(l->device) : 0;
	memcpy(&out->in6.sin6_addr, l->addr.bytes, 16);
	return sizeof out->in6;
}

static bool prepare(int fd, int family)
{
	const int yes = 1;

	/* Connections of the run before may linger; a listening socket is refused all the same. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) < 0)
		return false;
	return family != AF_INET6 ||
	       setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0;
}

static enum status failed(int fd)
{
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	switch (error) {
	case EADDRINUSE: return ST_TAKEN;
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT: return ST_UNKNOWN;
	case EACCES: return ST_REFUSED;
	default: return ST_SYSTEM;
	}
}

enum status tcp_listen(const struct binding *at, uint16_t port, int *out_fd)
{
	union address address;
	socklen_t size = address_of(&address, at, port);
	int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || !prepare(fd, address.any.sa_family) || bind(fd, &address.any, size) < 0 ||
	    listen(fd, BACKLOG) < 0)
		return failed(fd);
	*out_fd = fd;
	return ST_OK;
}
