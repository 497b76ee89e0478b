/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/helper.h"
#include "app/log.h"
#include "app/privileges.h"
#include "app/sandbox.h"
#include "base/must.h"

#define PATH_BYTES 4096

enum request_kind { READ_AGAIN, OPEN_CONF, OPEN_SERVED, OPEN_LOG, REMOVE_PID_FILE };

struct request {
	uint32_t kind;
	uint32_t flags;			/* O_DIRECTORY or 0 */
	char path[PATH_BYTES];		/* ends in NUL */
};

struct answer {
	int32_t error; /* an errno; 0: done, and a descriptor came along if asked */
};

struct helper {
	struct conf_files files;
	int socket;
	pid_t pid;
	pthread_mutex_t lock;
};

/* ---- what may be opened ------------------------------------------------------ */

/* Is this path the folder itself, or (deep or not) something below it? */
static bool lies_below(const char *path, const char *folder, bool deep)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	if (strncmp(path, folder, n) != 0)
		return false;
	if (path[n] == 0)
		return true;
	if (path[n] != '/' && folder[n - 1] != '/')
		return false;
	return deep || !strchr(path + n + 1, '/');
}

static bool climbs(const char *path)
{
	for (const char *p = path; (p = strstr(p, "..")); p += 2)
		if ((p == path || p[-1] == '/') && (p[2] == 0 || p[2] == '/'))
			return true;
	return false;
}

bool helper_may_read(const struct generation *g, const char *path)
{
	const char *const *paths;
	size_t n = conf_paths(g->conf, &paths);

	for (size_t i = 0; i < n; i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	if (climbs(path))
		return false;
	for (const struct dhcp_path *p = g->dhcp->hosts_files; p; p = p->next)
		if (lies_below(path, p->path, false))
			return true;
	for (const struct dhcp_path *p = g->dhcp->opts_files; p; p = p->next)
		if (lies_below(path, p->path, false))
			return true;
	return false;
}

bool helper_may_serve(const struct generation *g, const char *path)
{
	if (path[0] != '/' || climbs(path))
		return false;
	for (const struct boot_root *r = g->boot->tftp_roots; r; r = r->next)
		if (lies_below(path, r->path, true))
			return true;
	for (const struct boot_root *r = g->boot->http_roots; r; r = r->next)
		if (lies_below(path, r->path, true))
			return true;
	return false;
}

/* ---- the helper's side --------------------------------------------------------- */

struct worker {
	int socket;
	struct command_line line;
	const struct generation *serving;	/* may be the candidate before last */
	struct generation *candidate;		/* read at the last READ_AGAIN, or NULL */
	uid_t owner;
	gid_t group;
};

static int read_again(struct worker *w, const struct request *r)
{
	(void)r;
	if (w->candidate)
		w->serving = w->candidate;	/* the one before dies with the process */
	w->candidate = generation_read(&w->line, NULL);
	return -1;
}

static int open_conf(struct worker *w, const struct request *r)
{
	if (!helper_may_read(w->serving, r->path) &&
	    (!w->candidate || !helper_may_read(w->candidate, r->path))) {
		errno = access(r->path, F_OK) < 0 ? errno : EACCES;
		return -1;
	}
	return open(r->path, O_RDONLY | O_CLOEXEC | (int)(r->flags & O_DIRECTORY));
}

/* With the rights of the server's user, as if it had no sandbox: root must not serve secrets. */
static int open_served(struct worker *w, const struct request *r)
{
	int fd, error;

	if (!helper_may_serve(w->serving, r->path) &&
	    (!w->candidate || !helper_may_serve(w->candidate, r->path))) {
		errno = EACCES;
		return -1;
	}
	setfsgid(w->group);
	setfsuid(w->owner);
	fd = open(r->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	error = errno;
	setfsuid(0);
	setfsgid(0);
	errno = error;
	return fd;
}

static int open_log(struct worker *w, const struct request *r)
{
	int fd;

	(void)r;
	if (!w->serving->app->log_file) {
		errno = ENOENT;
		return -1;
	}
	fd = log_file_open(w->serving->app->log_file);
	if (fd >= 0 && fchown(fd, w->owner, (gid_t)-1) < 0)
		return fd;		/* it can be written to all the same */
	return fd;
}

static int remove_pid_file(struct worker *w, const struct request *r)
{
	(void)r;
	unlink(w->serving->app->pid_file);
	return -1;
}

static int (*const works[])(struct worker *w, const struct request *r) = {
	[READ_AGAIN] = read_again,   [OPEN_CONF] = open_conf, [OPEN_SERVED] = open_served,
	[OPEN_LOG] = open_log,	     [REMOVE_PID_FILE] = remove_pid_file,
};

/* A fixed-size message, and a descriptor if fd >= 0. */
static bool message_send(int socket, const void *data, size_t n, int fd)
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

/* True for a message of exactly n bytes; *out_fd is its descriptor, or -1. */
static bool message_receive(int socket, void *data, size_t n, int *out_fd)
{
	union { char bytes[CMSG_SPACE(sizeof(int))]; struct cmsghdr align; } control = { 0 };
	struct iovec part = { data, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
			    .msg_controllen = sizeof control.bytes };
	struct cmsghdr *c;
	ssize_t got;

	do
		got = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	*out_fd = -1;
	if (got < 0)
		return false;
	c = CMSG_FIRSTHDR(&m);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(int)))
		memcpy(out_fd, CMSG_DATA(c), sizeof *out_fd);
	return got == (ssize_t)n && !(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
}

static bool request_ok(const struct request *r)
{
	return r->kind < COUNT_OF(works) && memchr(r->path, 0, sizeof r->path);
}

static void serve(struct worker *w)
{
	static struct request r;
	struct answer a;
	int fd, unwanted;

	while (message_receive(w->socket, &r, sizeof r, &unwanted) && request_ok(&r)) {
		if (unwanted >= 0)
			close(unwanted);
		errno = 0;
		fd = works[r.kind](w, &r);
		a.error = fd < 0 ? errno : 0;
		if (!message_send(w->socket, &a, sizeof a, fd))
			return;
		if (fd >= 0)
			close(fd);
	}
}

/* Signals are for the server: it tells the helper by closing the socket. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
}

static void keep_only(int socket)
{
	int null = open("/dev/null", O_RDWR);

	dup2(socket, 3);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_range(4, ~0U, 0);
}

static void worker_run(struct worker *w, pid_t server)
{
	prctl(PR_SET_NAME, "lanlord-helper");
	ignore_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(0);		/* it died before we asked to be told */
	keep_only(w->socket);
	w->socket = 3;
	if (privileges_drop_helper() == ST_OK)
		seccomp_enter(SECCOMP_HELPER);
	serve(w);
	_exit(0);
}

/* ---- the server's side ------------------------------------------------------------ */

static bool ask(struct helper *h, const struct request *r, int *out_fd)
{
	struct answer a = { .error = EPIPE };
	bool ok;

	pthread_mutex_lock(&h->lock);
	ok = message_send(h->socket, r, sizeof *r, -1) &&
	     message_receive(h->socket, &a, sizeof a, out_fd);
	pthread_mutex_unlock(&h->lock);
	errno = a.error;
	return ok;
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

struct helper *helper_fork(const struct command_line *line, const struct generation *g,
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
		struct worker w = { sockets[1], *line, g, NULL, owner, group };

		close(sockets[0]);
		worker_run(&w, server);
	}
	close(sockets[1]);
	if (child < 0) {
		close(sockets[0]);
		free(h);
		return NULL;
	}
	h->files.open = files_open;
	h->socket = sockets[0];
	h->pid = child;
	pthread_mutex_init(&h->lock, NULL);
	return h;
}

void helper_free(struct helper *h)
{
	if (!h)
		return;
	close(h->socket);
	while (waitpid(h->pid, NULL, 0) < 0 && errno == EINTR)
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

bool helper_remove_pid_file(struct helper *h)
{
	struct request r = { .kind = REMOVE_PID_FILE };
	int fd;

	return ask(h, &r, &fd);
}
