/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/daemon.h"

static int to_parent = -1;
static int null = -1;			/* opened early: the sandbox has no /dev */

static int wait_for_code(int fd)
{
	unsigned char code;
	ssize_t n;

	do
		n = read(fd, &code, 1);
	while (n < 0 && errno == EINTR);
	return n == 1 ? code : 5;	/* it died without a word */
}

/* Twice, so that the daemon can never acquire a terminal. */
enum status daemon_enter(void)
{
	int pipe_fds[2];
	pid_t child;

	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0 || pipe2(pipe_fds, O_CLOEXEC) < 0)
		return ST_SYSTEM;
	child = fork();
	if (child < 0)
		return ST_SYSTEM;
	if (child > 0) {
		close(pipe_fds[1]);
		_exit(wait_for_code(pipe_fds[0]));
	}
	close(pipe_fds[0]);
	setsid();
	child = fork();
	if (child < 0) {
		close(pipe_fds[1]);
		return ST_SYSTEM;
	}
	if (child > 0)
		_exit(0);
	to_parent = pipe_fds[1];
	return ST_OK;
}

static void tell(unsigned char code)
{
	if (to_parent < 0)
		return;
	while (write(to_parent, &code, 1) < 0 && errno == EINTR)
		;
	close(to_parent);
	to_parent = -1;
}

static void leave_terminal(int last)
{
	for (int fd = 0; fd <= last; fd++)
		dup2(null, fd);
	close(null);
}

void daemon_ready(bool logs_to_stderr)
{
	if (to_parent < 0)
		return;
	leave_terminal(logs_to_stderr ? STDOUT_FILENO : STDERR_FILENO);
	tell(0);
}

void daemon_failed(int code)
{
	tell((unsigned char)code);
}
