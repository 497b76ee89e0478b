/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/sockaddr.h"
#include "net/socket.h"

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

static bool set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/*
 * Without a flag before the bind, a port that anybody has is an error.  With
 * `share` the other program must have set the same flags, as DHCP servers that
 * share a host do.  Connections of the run before may linger on TCP's, whose
 * SO_REUSEADDR does not let two listen.
 */
static bool set_options(int fd, const struct socket_want *w)
{
	bool six = w->at.addr.family == ADDR_IP6;

	if (six && !set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	if ((w->share || w->type == SOCKET_TCP) && !set(fd, SOL_SOCKET, SO_REUSEADDR, 1))
		return false;
	if ((w->share || w->join) && !set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
		return false;
	if (w->only_device && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, w->device,
					 (socklen_t)strlen(w->device)) != 0)
		return false;
	return !w->broadcast || set(fd, SOL_SOCKET, SO_BROADCAST, 1);
}

enum status socket_let_join(int fd)
{
	return set(fd, SOL_SOCKET, SO_REUSEPORT, 1) ? ST_OK : ST_SYSTEM;
}

enum status socket_open(const struct socket_want *w, int *out_fd)
{
	static const int types[] = { [SOCKET_UDP] = SOCK_DGRAM, [SOCKET_TCP] = SOCK_STREAM };
	union sockaddr_any at;
	socklen_t n = sockaddr_of(&at, &w->at, *w->device ? if_nametoindex(w->device) : 0);
	int fd = socket(at.any.sa_family, types[w->type] | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return status_of_errno();
	if (set_options(fd, w) && bind(fd, &at.any, n) == 0) {
		*out_fd = fd;
		return ST_OK;
	}
	error = errno;
	close(fd);
	errno = error;
	return status_of_errno();
}
