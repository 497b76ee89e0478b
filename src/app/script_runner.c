/* SPDX-License-Identifier: ISC */
#include "app/script_runner.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/runner.h"
#include "base/child.h"
#include "base/must.h"

#define SOCKET 3			/* where it is in the runner */
#define WORDS_MAX ((size_t)512)		/* arguments and what the environment has more */

extern char **environ;

struct script_runner {
	struct runner process;
	const char *path;
};

/* ---- telling the server ------------------------------------------------------------- */

static void say(enum script_said what, const void *bytes, size_t n)
{
	uint8_t message[1 + SCRIPT_LINE_MAX] = { (uint8_t)what };

	if (n > SCRIPT_LINE_MAX)
		n = SCRIPT_LINE_MAX;
	memcpy(message + 1, bytes, n);
	(void)!send(SOCKET, message, 1 + n, MSG_NOSIGNAL);	/* nobody there: what was told is run */
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
	if (!ended)
		*status = child_wait(script);
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
	error = child_start(argv, env, output[1], output[1], &script);
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

static void live(const struct runner *r, int socket, int error)
{
	const struct script_runner *how = container_of(r, struct script_runner, process);
	static char message[SCRIPT_MESSAGE_MAX];
	ssize_t n;

	must(socket == SOCKET);
	while ((n = recv(socket, message, sizeof message, 0)) > 0)
		if (error)
			say_failed(error);
		else
			take(how, message, (size_t)n);
}

int script_runner_fork(const char *path, uid_t uid, gid_t gid, pid_t *out_pid)
{
	const struct script_runner how = {
		{ .name = "lanlord-script", .uid = uid, .gid = gid, .live = live }, path
	};

	return runner_fork(&how.process, out_pid);
}
