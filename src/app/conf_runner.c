/* SPDX-License-Identifier: ISC */
#include "app/conf_runner.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/helper_private.h"
#include "app/runner.h"
#include "base/must.h"
#include "conf/script.h"

struct conf_runner {
	struct runner process;
	const struct conf *conf;
};

struct wish { char command[PATH_BYTES]; };	/* ends in NUL */
struct outcome { int32_t error, status; };

static bool is_known(const struct conf *c, const char *command)
{
	const char *const *commands;
	size_t n = conf_commands(c, &commands);

	for (size_t i = 0; i < n; i++)
		if (strcmp(commands[i], command) == 0)
			return true;
	return false;
}

static bool serve_one(int socket, const struct conf *c)
{
	static struct wish w;
	struct outcome out = { .error = EPERM };
	int fd, status = 0;
	bool sent;

	if (!message_receive(socket, &w, sizeof w, &fd) ||
	    !memchr(w.command, 0, sizeof w.command))
		return false;
	fd = -1;
	if (is_known(c, w.command)) {
		fd = script_run(w.command, &status);
		out = (struct outcome){ fd < 0 ? errno : 0, status };
	}
	sent = message_send(socket, &out, sizeof out, fd);
	if (fd >= 0)
		close(fd);
	return sent;
}

static void live(const struct runner *r, int socket, int error)
{
	const struct conf_runner *c = container_of(r, struct conf_runner, process);

	while (error == 0 && serve_one(socket, c->conf))
		continue;
}

int conf_runner_fork(const struct conf *c, pid_t *out_pid)
{
	const struct conf_runner r = {
		{ .name = "lanlord-conf", .uid = (uid_t)-1, .stays_here = true, .live = live }, c
	};
	const char *const *commands;

	return conf_commands(c, &commands) ? runner_fork(&r.process, out_pid) : -1;
}

int conf_runner_run(int runner, const char *command, int *out_status)
{
	static struct wish w;			/* the client is one thread */
	struct outcome out = { .error = EPERM };
	int fd = -1;

	if (runner >= 0 && strlen(command) < sizeof w.command) {
		memset(&w, 0, sizeof w);
		memcpy(w.command, command, strlen(command));
		if (!message_send(runner, &w, sizeof w, -1) ||
		    !message_receive(runner, &out, sizeof out, &fd))
			out.error = EPIPE;
	}
	*out_status = out.status;
	errno = out.error;
	return fd;
}
