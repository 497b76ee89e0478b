/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"
#include "net/uv_loop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool answer_yes(void *server, char *const *args, FILE *out)
{
	(void)server;
	(void)args;
	fprintf(out, "yes\n");
	return true;
}

static bool answer_no(void *server, char *const *args, FILE *out)
{
	(void)server;
	(void)args;
	fprintf(out, "no\n");
	return false;
}

/* Echoes the lines that follow. */
static void *echo_begin(void *server, char *const *args)
{
	(void)args;
	return server;
}

static enum control_step echo_step(void *task, struct control_client *c, FILE *out)
{
	const char *line;
	bool ended;

	(void)task;
	line = control_line(c, &ended);
	if (line)
		fprintf(out, "%s\n", line);
	return line ? CONTROL_MORE : ended ? CONTROL_OK : CONTROL_WAIT;
}

static void echo_end(void *task)
{
	(void)task;
}

static const struct control_task echo = { echo_begin, echo_step, echo_end };

static const struct control_word words[] = { { "status", answer_yes, NULL }, { "reload", answer_no, NULL },
					     { "echo", NULL, &echo } };

static void stop(struct loop_timer *t)
{
	loop_stop(t->loop);
}

static int call(void)
{
	struct sockaddr_un name;
	socklen_t n = control_name(getpid(), &name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, (struct sockaddr *)&name, n) == 0);
	return fd;
}

/* A zero is a pause: what follows comes later. */
static void say(struct loop *loop, struct loop_timer *t, int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		const uint8_t *pause = memchr(data, 0, size);
		size_t n = pause ? (size_t)(pause - data) : size;

		(void)!send(fd, data, n, MSG_NOSIGNAL);
		timer_start(loop, t, 1);
		loop_run(loop);
		data += n + (pause != NULL);
		size -= n + (pause != NULL);
	}
}

/* Those who connect and say nothing: as many as may, where the input begins so. */
static size_t crowd(int fds[5], const uint8_t *data, size_t size)
{
	size_t n = size > 0 && data[0] == 0xff ? 5 : 1;

	for (size_t i = 0; i < n; i++)
		fds[i] = call();
	return n;
}

/*
 * fuzzes: app/control.c app/control_client.c
 * Whatever a client says, it is answered with "ok" or "error", or with nothing, and
 * the next one is served.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct control *c, *second;
	struct loop *loop;
	struct loop_timer t = { .fire = stop };
	char reply[16] = "";
	int fd, silent[5];
	size_t n;

	must(loop_new(&loop, UV_LOOP_ALONE) == ST_OK);
	must(control_open(&c, words, COUNT_OF(words), NULL, getuid()) == ST_OK);
	must(control_open(&second, words, COUNT_OF(words), NULL, getuid()) == ST_SYSTEM);
	must(control_start(c, loop) == ST_OK);
	n = crowd(silent, data, size);
	timer_start(loop, &t, 1);
	loop_run(loop);
	fd = call();
	say(loop, &t, fd, data, size);
	shutdown(fd, SHUT_WR);
	timer_start(loop, &t, 1);
	loop_run(loop);
	must(recv(fd, reply, sizeof reply - 1, MSG_DONTWAIT) <= 0 ||
	     strncmp(reply, "ok\n", 3) == 0 || strncmp(reply, "error\n", 6) == 0);
	close(fd);
	control_free(c);
	while (n > 0)
		close(silent[--n]);
	loop_free(loop);
	return 0;
}
