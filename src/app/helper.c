/* SPDX-License-Identifier: ISC */
/*
 * The server's side.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/helper_private.h"
#include "base/must.h"

struct helper {
	struct conf_files files;
	int socket;
	pid_t pid;
	pthread_mutex_t lock;
	struct loop_watch watch;	/* of the socket's end */
	void (*gone)(void *arg, const char *how);
	void *gone_arg;
	_Atomic bool ended;
};

/* ---- asking --------------------------------------------------------------------------- */

/* False with errno: there is no answer, or no room here for its descriptor (EMFILE). */
static bool ask_for(struct helper *h, const struct request *r, struct answer *a, int *out_fd)
{
	bool ok;

	*a = (struct answer){ .error = EPIPE };
	pthread_mutex_lock(&h->lock);
	ok = message_send(h->socket, r, sizeof *r, -1) &&
	     message_receive(h->socket, a, sizeof *a, out_fd);
	pthread_mutex_unlock(&h->lock);
	errno = !ok && a->error == 0 ? EMFILE : a->error;
	return ok;
}

static bool ask(struct helper *h, const struct request *r, int *out_fd)
{
	struct answer a;

	return ask_for(h, r, &a, out_fd);
}

static int ask_open(struct helper *h, enum request_kind kind, const char *path, int flags)
{
	struct request r = { .kind = kind, .flags = (uint32_t)flags & O_DIRECTORY };
	int fd = -1;

	if (strlen(path) >= sizeof r.path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(r.path, path, strlen(path) + 1);
	return ask(h, &r, &fd) ? fd : -1;
}

static int files_open(struct conf_files *files, const char *path, int flags)
{
	return ask_open(container_of(files, struct helper, files), OPEN_CONF, path, flags);
}

static void files_look_up(struct conf_files *files, const char *host, enum addr_family family,
			  struct looked_up *out)
{
	struct request r = { .kind = LOOK_UP, .flags = family };
	struct answer a;
	int unwanted = -1;

	*out = (struct looked_up){ .failed = true, .why = "the helper found none" };
	if (strlen(host) >= sizeof r.path)
		return;
	memcpy(r.path, host, strlen(host) + 1);
	if (!ask_for(container_of(files, struct helper, files), &r, &a, &unwanted) || a.error != 0 ||
	    a.found > LOOK_UP_MAX)
		return;
	out->failed = false;
	out->n = a.found;
	memcpy(out->addr, a.addr, sizeof out->addr);
}

static int files_run(struct conf_files *files, const char *command, int *out_status)
{
	struct request r = { .kind = RUN_CONF };
	struct answer a;
	int fd = -1;

	if (strlen(command) >= sizeof r.path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(r.path, command, strlen(command) + 1);
	if (!ask_for(container_of(files, struct helper, files), &r, &a, &fd))
		return -1;
	*out_status = a.status;
	return fd;
}

struct helper *helper_fork(const struct command_line *line, const struct generation *g, int runner,
			   uid_t owner, gid_t group)
{
	struct helper *h = calloc(1, sizeof *h);
	pid_t server = getpid(), child;
	int sockets[2];

	must(h);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		free(h);
		return NULL;
	}
	child = fork();
	if (child == 0) {
		struct worker w = { .socket = sockets[1], .line = *line, .serving = g,
				    .runner = runner,
				    .log_file = g->app->log_file, .pid_file = g->app->pid_file,
				    .owner = owner, .group = group };

		close(sockets[0]);
		worker_run(&w, server);
	}
	close(sockets[1]);
	if (child < 0) {
		close(sockets[0]);
		free(h);
		return NULL;
	}
	h->files = (struct conf_files){ .open = files_open, .look_up = files_look_up,
				       .run = files_run };
	h->socket = sockets[0];
	h->pid = child;
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

/* ---- its end ------------------------------------------------------------------------ */

static void reap(struct helper *h, char *how, size_t size)
{
	pid_t got;
	int status = 0;

	do
		got = waitpid(h->pid, &status, 0);
	while (got < 0 && errno == EINTR);
	if (got == h->pid && WIFSIGNALED(status))
		snprintf(how, size, "killed by signal %d", WTERMSIG(status));
	else
		snprintf(how, size, "it ended by itself");
}

/* Answers are for whoever asked; the end of them is what we look for. */
static void socket_ready(struct loop_watch *w)
{
	struct helper *h = container_of(w, struct helper, watch);
	char how[64], byte;

	if (recv(h->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
		return;
	watch_stop(w);
	atomic_store(&h->ended, true);
	reap(h, how, sizeof how);
	h->gone(h->gone_arg, how);
}

enum status helper_watch(struct helper *h, struct loop *l,
			 void (*gone)(void *arg, const char *how), void *arg)
{
	h->gone = gone;
	h->gone_arg = arg;
	h->watch.ready = socket_ready;
	return watch_start(l, &h->watch, h->socket);
}

bool helper_is_gone(struct helper *h)
{
	return atomic_load(&h->ended);
}

void helper_free(struct helper *h)
{
	if (!h)
		return;
	watch_stop(&h->watch);
	close(h->socket);
	while (!helper_is_gone(h) && waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
		;
	pthread_mutex_destroy(&h->lock);
	free(h);
}

bool helper_read_again(struct helper *h)
{
	struct request r = { .kind = READ_AGAIN };
	int fd;

	return ask(h, &r, &fd);
}

bool helper_serve(struct helper *h)
{
	struct request r = { .kind = SERVE };
	int fd;

	return ask(h, &r, &fd);
}

struct conf_files *helper_files(struct helper *h)
{
	return &h->files;
}

int helper_open_served(struct helper *h, const char *path)
{
	return ask_open(h, OPEN_SERVED, path, 0);
}

int helper_open_log(struct helper *h)
{
	return ask_open(h, OPEN_LOG, "", 0);
}

enum status helper_socket(struct helper *h, const struct socket_want *want, int *out_fd)
{
	struct request r = { .kind = OPEN_SOCKET, .socket = socket_message_of(want) };
	int fd;

	if (!ask(h, &r, &fd))
		return errno == EPIPE ? ST_GONE : status_of_errno();
	if (fd < 0)
		return errno == ERROR_UNNAMED ? ST_UNNAMED : status_of_errno();
	*out_fd = fd;
	return ST_OK;
}

bool helper_remove_pid_file(struct helper *h)
{
	struct request r = { .kind = REMOVE_PID_FILE };
	int fd;

	return ask(h, &r, &fd);
}
