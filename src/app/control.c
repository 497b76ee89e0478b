/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"

#define CLIENTS_MAX 4

struct client {
	struct loop_watch watch;
	struct control *control;
	int fd;				/* -1: free */
};

struct control {
	struct loop *loop;
	struct loop_watch watch;
	int fd;
	const struct control_word *words;
	size_t n;
	void *server;
	uid_t owner;
	struct client clients[CLIENTS_MAX];
};

static const struct control_word *word_find(const struct control *c, const char *word)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->words[i].word, word) == 0)
			return &c->words[i];
	return NULL;
}

static void client_end(struct client *cl)
{
	watch_stop(&cl->watch);
	close(cl->fd);
	cl->fd = -1;
}

/* What does not fit into the socket's buffer is cut: the server waits for nobody. */
static void send_all(int fd, const char *data, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, data, n, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (sent <= 0)
			return;
		data += sent;
		n -= (size_t)sent;
	}
}

static void answer(struct client *cl, const char *word)
{
	const struct control_word *w = word_find(cl->control, word);
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	bool ok;

	if (!out)
		return;
	ok = w && w->answer(cl->control->server, out);
	if (!w)
		fprintf(out, "no such word\n");
	if (fclose(out) == 0) {
		send_all(cl->fd, ok ? "ok\n" : "error\n", ok ? 3 : 6);
		send_all(cl->fd, text, n);
	}
	free(text);
}

static void client_ready(struct loop_watch *w)
{
	struct client *cl = container_of(w, struct client, watch);
	char word[64];
	ssize_t n = recv(cl->fd, word, sizeof word - 1, MSG_DONTWAIT);

	if (n > 0 && word[n - 1] == '\n') {
		word[n - 1] = 0;
		answer(cl, word);
	}
	client_end(cl);
}

static bool may_ask(const struct control *c, int fd)
{
	struct ucred who;
	socklen_t n = sizeof who;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) == 0 &&
	       (who.uid == 0 || who.uid == c->owner);
}

static void accept_ready(struct loop_watch *w)
{
	struct control *c = container_of(w, struct control, watch);
	int fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *cl = c->clients;

	if (fd < 0)
		return;
	while (cl < c->clients + CLIENTS_MAX && cl->fd >= 0)
		cl++;
	if (cl == c->clients + CLIENTS_MAX || !may_ask(c, fd)) {
		close(fd);
		return;
	}
	cl->fd = fd;
	cl->watch.ready = client_ready;
	if (watch_start(c->loop, &cl->watch, fd) != ST_OK) {
		close(fd);
		cl->fd = -1;
	}
}

enum status control_open(struct control **out, const struct control_word *words, size_t n,
			 void *server, uid_t owner)
{
	struct sockaddr_un name;
	socklen_t size = control_name(getpid(), &name);
	struct control *c = calloc(1, sizeof *c);

	must(c);
	*c = (struct control){ .words = words, .n = n, .server = server, .owner = owner };
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		c->clients[i] = (struct client){ .control = c, .fd = -1 };
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->fd < 0 || bind(c->fd, (struct sockaddr *)&name, size) < 0 ||
	    listen(c->fd, CLIENTS_MAX) < 0) {
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
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (c->clients[i].fd >= 0)
			client_end(&c->clients[i]);
	if (c->loop)
		watch_stop(&c->watch);
	close(c->fd);
	free(c);
}
