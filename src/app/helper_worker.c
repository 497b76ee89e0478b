/* SPDX-License-Identifier: ISC */
/*
 * The helper's own side: what it opens, and with whose rights.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/conf_runner.h"
#include "app/helper_private.h"
#include "app/log.h"
#include "app/ports.h"
#include "app/privileges.h"
#include "app/sandbox.h"
#include "base/must.h"
#include "dns/data.h"
#include "net/uv_loop.h"

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

struct sought {
	const char *path;
	bool found;
};

static void seek(void *arg, const char *path)
{
	struct sought *s = arg;

	s->found |= lies_below(s->path, path, false);
}

static bool is_for_dhcp(const struct generation *g, const char *path)
{
	struct sought s = { .path = path };

	dhcp_conf_each_path(g->dhcp, seek, &s);
	return s.found;
}

/* What DNS reads beside the configuration. */
static bool is_for_dns(const struct generation *g, const char *path)
{
	struct sought s = { .path = path };

	if (g->lan->port)
		dns_data_each_path(g->dns, seek, &s);
	return s.found;
}

bool helper_may_read(const struct generation *g, const char *path)
{
	if (is_conf(g, path))
		return true;
	if (climbs(path))
		return false;
	return is_for_dhcp(g, path) || is_for_dns(g, path);
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

/* ---- what it is asked for --------------------------------------------------------- */

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

/* ---- commands --------------------------------------------------------------------- */

/* Kept, so that the server reads the same. */
static int run_of_conf(struct conf_files *files, const char *command, int *out_status)
{
	struct worker *w = container_of(files, struct worker, files);
	struct printed *p = calloc(1, sizeof *p);

	must(p);
	p->command = strdup(command);
	must(p->command);
	p->fd = conf_runner_run(w->runner, command, &p->status);
	if (p->fd < 0) {
		free(p->command);
		free(p);
		return -1;
	}
	p->next = w->printed;
	w->printed = p;
	*out_status = p->status;
	return dup(p->fd);
}

static void forget_printed(struct worker *w)
{
	while (w->printed) {
		struct printed *p = w->printed;

		w->printed = p->next;
		close(p->fd);
		free(p->command);
		free(p);
	}
}

static int run_conf(struct worker *w, const struct request *r)
{
	for (struct printed *p = w->printed; p; p = p->next)
		if (strcmp(p->command, r->path) == 0 && lseek(p->fd, 0, SEEK_SET) == 0) {
			w->status = p->status;
			return dup(p->fd);
		}
	errno = EPERM;
	return -1;
}

static int open_file_of_conf(struct conf_files *files, const char *path, int flags)
{
	(void)files;
	return open_unwaiting(path, flags);
}

/* The server looks names up itself, by us; what we open does not hang on them. */
static void leave_to_server(struct conf_files *files, const char *host, enum addr_family family,
			    struct looked_up *out)
{
	(void)files;
	(void)host;
	(void)family;
	*out = (struct looked_up){ .n = 0 };
}

static int read_again(struct worker *w, const struct request *r)
{
	(void)r;
	forget_printed(w);
	w->files = (struct conf_files){ .open = open_file_of_conf, .look_up = leave_to_server,
				       .run = run_of_conf };
	generation_free(w->candidate);
	w->candidate = generation_read(&w->line, &w->files);
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
	bool is_new;
	int fd;

	(void)r;
	if (!w->log_file) {
		errno = ENOENT;
		return -1;
	}
	fd = log_file_open(w->log_file, &is_new);
	if (fd >= 0 && fchown(fd, w->owner, is_new ? w->group : (gid_t)-1) < 0)
		return fd;		/* it can be written to all the same */
	return fd;
}

/* A candidate with mistakes will not serve. */
static bool is_named(const struct worker *w, const struct loop *l, const struct socket_want *want)
{
	return ports_name(w->serving, l, want) ||
	       (w->candidate && conf_errors(w->candidate->conf) == 0 &&
		ports_name(w->candidate, l, want));
}

/* A loop of a moment, for the interfaces as they are now. */
static int open_socket(struct worker *w, const struct request *r)
{
	struct socket_want want;
	struct loop *l;
	bool named;
	int fd = -1;

	must(socket_message_read(&r->socket, &want));
	if (loop_new(&l, UV_LOOP_NETLINK) != ST_OK)
		return -1;
	named = is_named(w, l, &want);
	loop_free(l);
	errno = ERROR_UNNAMED;
	return named && socket_open(&want, &fd) == ST_OK ? fd : -1;
}

static int remove_pid_file(struct worker *w, const struct request *r)
{
	(void)r;
	unlink(w->pid_file);
	return -1;
}

static int find_host(struct worker *w, const struct request *r)
{
	look_up_here(NULL, r->path, r->flags, &w->found);
	errno = w->found.failed ? ENOENT : 0;
	return -1;
}

static int (*const works[])(struct worker *w, const struct request *r) = {
	[READ_AGAIN] = read_again,   [SERVE] = serve_candidate, [OPEN_CONF] = open_conf,
	[OPEN_SERVED] = open_served, [OPEN_LOG] = open_log,
	[REMOVE_PID_FILE] = remove_pid_file, [OPEN_SOCKET] = open_socket,
	[LOOK_UP] = find_host,	     [RUN_CONF] = run_conf,
};

/* ---- its life ------------------------------------------------------------------------ */

static bool request_ok(const struct request *r)
{
	struct socket_want want;

	if (r->kind == OPEN_SOCKET)
		return socket_message_read(&r->socket, &want);
	return r->kind < COUNT_OF(works) && memchr(r->path, 0, sizeof r->path) &&
	       (r->kind != LOOK_UP || r->flags <= ADDR_IP6);
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
		w->found.n = 0;
		w->status = 0;
		fd = works[r.kind](w, &r);
		a = (struct answer){ .error = fd < 0 ? errno : 0, .status = w->status,
				     .found = (uint32_t)w->found.n };
		memcpy(a.addr, w->found.addr, sizeof a.addr);
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

/* The server's socket becomes 3, the runner's 4. */
static void keep_only(struct worker *w)
{
	int null = open("/dev/null", O_RDWR);
	int server = fcntl(w->socket, F_DUPFD_CLOEXEC, 16);
	int runner = w->runner < 0 ? -1 : fcntl(w->runner, F_DUPFD_CLOEXEC, 16);

	w->socket = dup2(server, 3);
	w->runner = runner < 0 ? -1 : dup2(runner, 4);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_range(runner < 0 ? 4 : 5, ~0U, 0);
}

static enum helper_binds binds(const struct lan_conf *lan)
{
	return lan->bind_interfaces || lan->bind_dynamic ? HELPER_BINDS_DEVICES
							 : HELPER_BINDS_PORTS;
}

void worker_run(struct worker *w, pid_t server)
{
	prctl(PR_SET_NAME, "lanlord-helper");
	setenv("RES_OPTIONS", "timeout:2 attempts:2", 0);	/* the server waits for what is looked up */
	ignore_signals();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != server)
		_exit(0);		/* it died before we asked to be told */
	keep_only(w);
	if (privileges_drop_helper(binds(w->serving->lan)) == ST_OK)
		seccomp_enter(SECCOMP_HELPER);
	serve(w);
	_exit(0);
}
