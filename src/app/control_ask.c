/* SPDX-License-Identifier: ISC */
/*
 * The side of whoever asks a server.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/control_private.h"
#include "base/must.h"

#define ANSWER_SECONDS 10		/* one waits no longer */

socklen_t control_name(pid_t server, struct sockaddr_un *out)
{
	int n;

	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(out->sun_path + 1, sizeof out->sun_path - 1, CONTROL_PREFIX "%d", (int)server);
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
}

/* The last column of /proc/net/unix is the name, with @ for NUL.  A listener has flag 0x10000. */
static pid_t server_in(const char *line)
{
	const char *name = strstr(line, " @" CONTROL_PREFIX);
	unsigned flags;

	if (!name || sscanf(line, "%*s %*s %*s %x", &flags) != 1 || !(flags & 0x10000))
		return 0;
	return (pid_t)strtol(name + sizeof " @" CONTROL_PREFIX - 1, NULL, 10);
}

static int server_connect(pid_t server)
{
	struct sockaddr_un name;
	socklen_t size = control_name(server, &name);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&name, size) == 0)
		return fd;
	close(fd);
	return -1;
}

/* A name anybody may take: who is neither root nor us is not believed. */
static bool is_server(pid_t pid)
{
	int fd = pid > 0 ? server_connect(pid) : -1;
	struct ucred who = { .uid = (uid_t)-1 };
	socklen_t n = sizeof who;

	if (fd < 0)
		return false;
	(void)getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n);
	close(fd);
	return who.uid == 0 || who.uid == getuid();
}

size_t control_find(pid_t *out, size_t max)
{
	FILE *sockets = fopen("/proc/net/unix", "re");
	char line[512];
	size_t n = 0;
	pid_t pid;

	if (!sockets)
		return 0;
	while (n < max && fgets(line, sizeof line, sockets)) {
		pid = server_in(line);
		if (is_server(pid))
			out[n++] = pid;
	}
	fclose(sockets);
	return n;
}

static enum status read_answer(int fd, char **out)
{
	char *text = NULL, buffer[4096];
	size_t size = 0;
	FILE *all = open_memstream(&text, &size);
	ssize_t n;
	bool ok;

	must(all);
	while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
		fwrite(buffer, 1, (size_t)n, all);
	must(fclose(all) == 0);
	ok = strncmp(text, "ok\n", 3) == 0;
	if (n < 0 || (!ok && strncmp(text, "error\n", 6) != 0)) {
		errno = n < 0 && errno != ECONNRESET ? errno : EACCES;	/* it closed without a word */
		free(text);
		return ST_SYSTEM;
	}
	memmove(text, text + (ok ? 3 : 6), size - (ok ? 3 : 6) + 1);
	*out = text;
	return ok ? ST_OK : ST_REFUSED;
}

/* Its answer, or none, says it all: whether it took everything is not asked. */
static void tell(int fd, const char *data, size_t n)
{
	ssize_t sent = 1;

	for (; n > 0 && sent > 0; data += sent, n -= (size_t)sent) {
		sent = send(fd, data, n, MSG_NOSIGNAL);
		if (sent < 0)
			return;
	}
}

enum status control_ask(pid_t server, const char *words, struct span lines, char **out)
{
	struct timeval limit = { .tv_sec = ANSWER_SECONDS };
	int fd = server_connect(server);
	enum status s;

	if (fd < 0)
		return ST_UNKNOWN;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	tell(fd, words, strlen(words));
	tell(fd, "\n", 1);
	tell(fd, (const char *)lines.p, lines.n);
	shutdown(fd, SHUT_WR);
	s = read_answer(fd, out);
	close(fd);
	return s;
}
