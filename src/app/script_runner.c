/* SPDX-License-Identifier: ISC */
#include "app/script_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"

#define SOCKET 3			/* where it is in the runner */
#define WORDS_MAX ((size_t)512)		/* arguments and what the environment has more */

extern char **environ;

static const int server_signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

/* ---- telling the server ------------------------------------------------------------- */

static void say(enum script_said what, const void *bytes, size_t n)
{
	uint8_t message[1 + SCRIPT_LINE_MAX] = { (uint8_t)what };

	if (n > SCRIPT_LINE_MAX)
		n = SCRIPT_LINE_MAX;
	memcpy(message + 1, bytes, n);
	if (send(SOCKET, message, 1 + n, MSG_NOSIGNAL) < 0)
		_exit(0);		/* nobody is there any more */
}

static void say_failed(int error)
{
	const char *why = strerror(error);

	say(SCRIPT_SAID_FAILED, why, strlen(why));
}

/* Output, cut into lines; a longer one than a message is told in parts. */
struct lines {
	char text[SCRIPT_LINE_MAX];
	size_t n;
};

static void say_line(struct lines *l)
{
	if (l->n)
		say(SCRIPT_SAID_LINE, l->text, l->n);
	l->n = 0;
}

static void take_output(struct lines *l, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (bytes[i] == '\n' || l->n == sizeof l->text)
			say_line(l);
		if (bytes[i] != '\n')
			l->text[l->n++] = bytes[i];
	}
}

/* ---- one run ------------------------------------------------------------------------- */

/* Its output goes into the pipe; the server's signals mean nothing to it.  0 or an errno. */
static int start(char **argv, char **env, int output, pid_t *out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	sigset_t set;
	int error;

	must(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&how) == 0);
	must(posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) == 0 &&
	     posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO) == 0);
	sigemptyset(&set);
	must(posix_spawnattr_setsigmask(&how, &set) == 0);
	for (size_t i = 0; i < COUNT_OF(server_signals); i++)
		sigaddset(&set, server_signals[i]);
	must(posix_spawnattr_setsigdefault(&how, &set) == 0 &&
	     posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0);
	error = posix_spawn(out, argv[0], &actions, &how, argv, env);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* Until it is closed by everybody, or the script has ended and nothing is left in it. */
static void read_output(int output, pid_t script, int *status)
{
	struct lines lines = { .n = 0 };
	bool ended = false;

	for (;;) {
		struct pollfd p = { .fd = output, .events = POLLIN };
		int ready = poll(&p, 1, ended ? 0 : 100);
		char bytes[4096];
		ssize_t n = ready > 0 ? read(output, bytes, sizeof bytes) : -1;

		if (n > 0)
			take_output(&lines, bytes, (size_t)n);
		if (n == 0 || (ready == 0 && ended))
			break;
		if (!ended)
			ended = waitpid(script, status, WNOHANG) == script;
	}
	say_line(&lines);
	while (!ended && waitpid(script, status, 0) < 0 && errno == EINTR)
		;
}

static void say_end(int status)
{
	const uint8_t code = (uint8_t)(WIFSIGNALED(status) ? WTERMSIG(status)
							   : WEXITSTATUS(status));

	say(WIFSIGNALED(status) ? SCRIPT_SAID_KILLED : SCRIPT_SAID_EXITED, &code, 1);
}

static void run(char **argv, char **env)
{
	int output[2], error, status = 0;
	pid_t script;

	if (pipe2(output, O_CLOEXEC) < 0) {
		say_failed(errno);
		return;
	}
	error = start(argv, env, output[1], &script);
	close(output[1]);
	if (error == 0)
		read_output(output[0], script, &status);
	close(output[0]);
	if (error)
		say_failed(error);
	else
		say_end(status);
}

/* ---- the runner ------------------------------------------------------------------------ */

/* The words of a message, after `n` of those that are there already; how many there are then. */
static size_t add_words(char *message, char *end, char **words, size_t n, size_t max)
{
	while (message < end && n + 1 < max) {
		words[n++] = message;
		message += strlen(message) + 1;
	}
	words[n] = NULL;
	return n;
}

static void take(const struct script_runner *how, char *message, size_t size)
{
	static char *argv[WORDS_MAX], *env[WORDS_MAX * 4];
	char *end = message + size;
	size_t n = 0, args;

	if (size < 2 || end[-1] != '\0')
		return;
	argv[0] = (char *)(uintptr_t)how->path;
	args = add_words(message + 1, end, argv, 1, (size_t)(uint8_t)message[0] + 2);
	while (n < WORDS_MAX * 3 && environ[n]) {
		env[n] = environ[n];
		n++;
	}
	message = argv[args - 1] + strlen(argv[args - 1]) + 1;
	add_words(message, end, env, n, COUNT_OF(env));
	run(argv, env);
}

/* 0 or an errno. */
static int become(const struct script_runner *how)
{
	if (how->uid == (uid_t)-1 ||
	    (setgroups(0, NULL) == 0 && setgid(how->gid) == 0 && setuid(how->uid) == 0))
		return 0;
	return errno;
}

_Noreturn static void live(const struct script_runner *how, int socket)
{
	static char message[SCRIPT_MESSAGE_MAX];
	const int null = open("/dev/null", O_RDWR);
	int error;
	ssize_t n;

	prctl(PR_SET_NAME, "lanlord-script");
	for (size_t i = 0; i < COUNT_OF(server_signals); i++)
		signal(server_signals[i], SIG_IGN);
	dup2(socket, SOCKET);
	fcntl(SOCKET, F_SETFD, FD_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	close_range(SOCKET + 1, ~0U, 0);
	if (chdir("/") < 0)
		_exit(1);
	error = become(how);
	while ((n = recv(SOCKET, message, sizeof message, 0)) > 0)
		if (error)
			say_failed(error);
		else
			take(how, message, (size_t)n);
	_exit(0);
}

int script_runner_fork(const struct script_runner *how, pid_t *out_pid)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
		return -1;
	*out_pid = fork();
	if (*out_pid == 0)
		live(how, sockets[1]);
	close(sockets[1]);
	if (*out_pid < 0) {
		close(sockets[0]);
		return -1;
	}
	return sockets[0];
}
