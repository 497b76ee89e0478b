/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/helper.h"
#include "app/log.h"
#include "app/privileges.h"
#include "app/sandbox.h"
#include "base/must.h"

#define PATH_BYTES 4096

enum request_kind { READ_AGAIN, SERVE, OPEN_CONF, OPEN_SERVED, OPEN_LOG, REMOVE_PID_FILE };

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
	struct loop_watch watch;	/* of the socket's end */
	void (*gone)(void *arg, const char *how);
	void *gone_arg;
	_Atomic bool ended;
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

/* A file or folder of the configuration itself. */
static bool is_conf(const struct generation *g, const char *path)
{
	const char *const *paths;
	size_t n = conf_paths(g->conf, &paths);

	for (size_t i = 0; i < n; i++)
		if (strcmp(path, paths[i]) == 0)
			return true;
	return false;
}

bool helper_may_read(const struct generation *g, const char *path)
{
	if (is_conf(g, path))
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
	const struct generation *serving;
	struct generation *own;			/* serving, where we read it; or NULL */
	struct generation *candidate;		/* read at the last READ_AGAIN, or NULL */
	const char *log_file, *pid_file;	/* of the start: they do not change */
	uid_t owner;
	gid_t group;
};

/* A pipe or a device that waits would keep the helper, and with it the server. */
static int open_unwaiting(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | flags);
	struct stat st;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode) || S_ISCHR(st.st_mode)))
		return fd;
	close(fd);
	errno = EOPNOTSUPP;
	return -1;
}

static int open_file_of_conf(struct conf_files *files, const char *path, int flags)
{
	(void)files;
	return open_unwaiting(path, flags);
}

static int read_again(struct worker *w, const struct request *r)
{
	static struct conf_files files = { open_file_of_conf };

	(void)r;
	generation_free(w->candidate);
	w->candidate = generation_read(&w->line, &files);
	return -1;
}

static int serve_candidate(struct worker *w, const struct request *r)
{
	(void)r;
	if (!w->candidate)
		return -1;
	generation_free(w->own);
	w->serving = w->own = w->candidate;
	w->candidate = NULL;
	return -1;
}

/* With the rights of this user and group. */
static int open_as(uid_t user, gid_t group, const char *path, int flags)
{
	int fd, error;

	setfsgid(group);
	setfsuid(user);
	fd = open_unwaiting(path, flags);
	error = errno;
	setfsuid(0);
	setfsgid(0);
	errno = error;
	return fd;
}

/* Whose folder a path lies in. */
static bool folder_owner(const char *path, struct stat *out)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_BYTES];

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	return stat(folder, out) == 0;
}

/*
 * Files beside the configuration are often other programs' to write, and wrong
 * lines of theirs are told: whoever may write in the folder may have put a link
 * there, and must not read by it what is not theirs.  What the server's user may
 * read is no secret.
 */
static int open_beside(struct worker *w, const char *path, int flags)
{
	struct stat folder;
	int fd = -1;

	errno = EACCES;
	if (folder_owner(path, &folder) && !(folder.st_mode & (S_IWGRP | S_IWOTH)))
		fd = open_as(folder.st_uid, folder.st_gid, path, flags);
	if (fd < 0 && errno == EACCES)
		fd = open_as(w->owner, w->group, path, flags);
	return fd;
}

static int open_conf(struct worker *w, const struct request *r)
{
	int flags = (int)(r->flags & O_DIRECTORY);

	if (is_conf(w->serving, r->path) || (w->candidate && is_conf(w->candidate, r->path)))
		return open_unwaiting(r->path, flags);
	if (helper_may_read(w->serving, r->path) ||
	    (w->candidate && helper_may_read(w->candidate, r->path)))
		return open_beside(w, r->path, flags);
	errno = access(r->path, F_OK) < 0 ? errno : EACCES;
	return -1;
}

/* With the rights of the server's user, as if it had no sandbox: root must not serve secrets. */
static int open_served(struct worker *w, const struct request *r)
{
	if (helper_may_serve(w->serving, r->path) ||
	    (w->candidate && helper_may_serve(w->candidate, r->path)))
		return open_as(w->owner, w->group, r->path, 0);
	errno = EACCES;
	return -1;
}

static int open_log(struct worker *w, const struct request *r)
{
	int fd;

	(void)r;
	if (!w->log_file) {
		errno = ENOENT;
		return -1;
	}
	fd = log_file_open(w->log_file);
	if (fd >= 0 && fchown(fd, w->owner, (gid_t)-1) < 0)
		return fd;		/* it can be written to all the same */
	return fd;
}

static int remove_pid_file(struct worker *w, const struct request *r)
{
	(void)r;
	unlink(w->pid_file);
	return -1;
}

static int (*const works[])(struct worker *w, const struct request *r) = {
	[READ_AGAIN] = read_again,   [SERVE] = serve_candidate, [OPEN_CONF] = open_conf,
	[OPEN_SERVED] = open_served, [OPEN_LOG] = open_log,
	[REMOVE_PID_FILE] = remove_pid_file,
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

/* The loop that watches a socket makes it one that does not wait. */
static bool is_waited_for(int socket)
{
	struct pollfd p = { .fd = socket, .events = POLLIN };

	return poll(&p, 1, -1) > 0 || errno == EINTR;
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
		struct worker w = { .socket = sockets[1], .line = *line, .serving = g,
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
	h->files.open = files_open;
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

bool helper_remove_pid_file(struct helper *h)
{
	struct request r = { .kind = REMOVE_PID_FILE };
	int fd;

	return ask(h, &r, &fd);
}
