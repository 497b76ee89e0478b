/* SPDX-License-Identifier: ISC */
#include "app/runner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"

#define SOCKET 3			/* where it is in the runner */

/* Signals are for the server: it tells the runner by closing the socket. */
static void ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

	for (size_t i = 0; i < COUNT_OF(ignored); i++)
		signal(ignored[i], SIG_IGN);
}

static void leave_descriptors(void)
{
	const int null = open("/dev/null", O_RDWR);

	for (int fd = 0; fd < SOCKET; fd++)
		dup2(null, fd);
}

/* 0 or an errno. */
static int become(const struct runner *r)
{
	if (r->uid == (uid_t)-1 ||
	    (setgroups(0, NULL) == 0 && setgid(r->gid) == 0 && setuid(r->uid) == 0))
		return 0;
	return errno;
}

static _Noreturn void live(const struct runner *r, int socket)
{
	prctl(PR_SET_NAME, r->name);
	ignore_signals();
	dup2(socket, SOCKET);
	fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
	if (!r->stays_here)
		leave_descriptors();
	close_range(SOCKET + 1, ~0U, 0);
	if (!r->stays_here && chdir("/") < 0)
		_exit(1);
	r->live(r, SOCKET, become(r));
	_exit(0);
}

int runner_fork(const struct runner *r, pid_t *out_pid)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -1;
	*out_pid = fork();
	if (*out_pid == 0)
		live(r, sockets[1]);
	close(sockets[1]);
	if (*out_pid < 0) {
		close(sockets[0]);
		return -1;
	}
	return sockets[0];
}
