/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "app/helper_private.h"

bool message_send(int socket, const void *data, size_t n, int fd)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { 0 };
	struct iovec part = { (void *)data, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		m.msg_control = control.bytes;
		m.msg_controllen = sizeof control.bytes;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	return sendmsg(socket, &m, MSG_NOSIGNAL) == (ssize_t)n;
}

/* ---- sockets ------------------------------------------------------------------------ */

struct socket_message socket_message_of(const struct socket_want *w)
{
	struct socket_message m = { .port = w->at.port, .type = (uint8_t)w->type,
				    .family = w->at.addr.family };

	m.flags = (uint8_t)((w->only_device ? ONLY_DEVICE : 0) | (w->share ? SHARE : 0) |
			    (w->broadcast ? BROADCAST : 0) | (w->join ? JOIN : 0));
	memcpy(m.bytes, w->at.addr.bytes, sizeof m.bytes);
	memcpy(m.device, w->device, sizeof m.device);
	return m;
}

bool socket_message_read(const struct socket_message *m, struct socket_want *out)
{
	if (m->type > SOCKET_TCP || (m->family != ADDR_IP4 && m->family != ADDR_IP6) ||
	    (m->flags & ~(ONLY_DEVICE | SHARE | BROADCAST | JOIN)) ||
	    !memchr(m->device, 0, sizeof m->device))
		return false;
	*out = (struct socket_want){
		.type = m->type, .only_device = m->flags & ONLY_DEVICE,
		.share = m->flags & SHARE, .broadcast = m->flags & BROADCAST,
		.join = m->flags & JOIN,
		.at = { addr_of_bytes(span_of(m->bytes, m->family == ADDR_IP4 ? 4 : 16)),
			m->port },
	};
	memcpy(out->device, m->device, sizeof out->device);
	return true;
}

/* ---- receiving ---------------------------------------------------------------------- */

/* The loop that watches a socket makes it one that does not wait. */
static bool is_waited_for(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	return poll(&p, 1, -1) > 0 || errno == EINTR;
}

bool message_receive(int socket, void *data, size_t n, int *out_fd)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { 0 };
	struct iovec part = { data, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof control.bytes };
	struct cmsghdr *c;
	ssize_t got;

	do
		got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || (errno == EAGAIN && is_waited_for(socket))));
	*out_fd = -1;
	if (got < 0)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(out_fd, CMSG_DATA(c), sizeof *out_fd);
	return got == (ssize_t)n && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
}
