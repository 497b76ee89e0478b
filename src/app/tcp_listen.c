/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/tcp_listen.h"

#define BACKLOG 256

enum status tcp_listen(const struct loop *l, const struct binding *at, uint16_t port, int *out_fd)
{
	struct socket_want want = { .type = SOCKET_TCP, .at = { at->addr, port } };
	enum status s;
	int fd, error;

	memcpy(want.device, at->device, sizeof want.device);
	s = loop_socket(l, &want, &fd);
	if (s != ST_OK)
		return s;
	if (listen(fd, BACKLOG) == 0) {
		*out_fd = fd;
		return ST_OK;
	}
	error = errno;
	close(fd);
	errno = error;
	return status_of_errno();
}
