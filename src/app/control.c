/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"

struct control {
	struct loop *loop;
	struct loop_watch watch;
	int fd;
	uid_t owner;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

static bool may_ask(const struct control *c, int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == 0 || who.uid == c->owner);
}

static struct control_client *free_client(struct control *c)
{
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd < 0)
			return &c->clients[i];
	return NULL;
}

static void accept_ready(struct loop_watch *w)
{
	struct control *c = container_of(w, struct control, watch);
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_client *cl = free_client(c);

	if (fd < 0)
		return;
	if (!cl || !may_ask(c, fd)) {
		close(fd);
		return;
	}
	control_client_start(cl, c->loop, fd);
}

enum status control_open(struct control **out, const struct control_word *words, size_t n,
			 void *server, uid_t owner)
{
	struct sockaddr_un name;
	socklen_t size = control_name(getpid(), &name);
	struct control *c = calloc(1, sizeof *c);

	must(c);
	*c = (struct control){ .owner = owner };
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		c->clients[i] = (struct control_client){ .words = words, .n = n, .server = server,
							 .fd = -1 };
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&name, size) < 0 ||
	    listen(c->fd, CONTROL_CLIENTS_MAX) < 0) {
		if (c->fd >= 0)
			close(c->fd);
		free(c);
		return ST_SYSTEM;
	}
	*out = c;
	return ST_OK;
}

enum status control_start(struct control *c, struct loop *loop)
{
	c->loop = loop;
	c->watch.ready = accept_ready;
	return watch_start(loop, &c->watch, c->fd);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0)
			control_client_end(&c->clients[i]);
	if (c->loop)
		watch_stop(&c->watch);
	close(c->fd);
	free(c);
}
