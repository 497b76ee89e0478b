/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/log.h"
#include "app/log_gather.h"
#include "base/must.h"
#include "test/test.h"

/* Both ends of a pipe, of which nobody waits for the reading one. */
struct ends { int in, out; };

static struct ends pipe_open(void)
{
	int fd[2];

	must(pipe2(fd, O_CLOEXEC | O_NONBLOCK) == 0);
	return (struct ends){ fd[0], fd[1] };
}

static void pipe_close(struct ends e)
{
	close(e.in);
	close(e.out);
}

/* What the pipe has, as text; "": nothing. */
static const char *came(struct ends e, char *room, size_t size)
{
	ssize_t n = read(e.in, room, size - 1);

	room[n > 0 ? n : 0] = 0;
	return room;
}

static bool add(struct ends e, const char *line)
{
	return log_gather_add(e.out, line, strlen(line));
}

TEST(who_does_not_gather_has_to_write_by_himself)
{
	struct ends e = pipe_open();
	char room[64];

	CHECK(!add(e, "a\n"));
	log_gather_flush();
	CHECK_TEXT(came(e, room, sizeof room), "");
	pipe_close(e);
}

TEST(lines_that_are_gathered_leave_together_when_they_are_flushed)
{
	struct ends e = pipe_open(), other = pipe_open();
	char room[64];

	log_gather_begin();
	CHECK(add(e, "a\n") && add(e, "b\n"));
	CHECK_TEXT(came(e, room, sizeof room), "");
	log_gather_flush();
	CHECK_TEXT(came(e, room, sizeof room), "a\nb\n");
	CHECK(add(e, "c\n") && add(other, "d\n"));	/* a line for somebody else waits for nobody's */
	CHECK_TEXT(came(e, room, sizeof room), "c\n");
	log_gather_end();
	CHECK_TEXT(came(other, room, sizeof room), "d\n");
	CHECK(!add(e, "e\n"));
	pipe_close(e);
	pipe_close(other);
}

TEST(what_is_too_much_to_gather_leaves_whole_lines_in_their_order)
{
	static char room[65536], line[100], longest[5000];
	struct ends e = pipe_open();
	size_t n = 0, lines = 0;

	memset(longest, 'x', sizeof longest - 2);
	longest[sizeof longest - 2] = '\n';
	log_gather_begin();
	for (int i = 0; i < 60; i++) {
		snprintf(line, sizeof line, "%d %090d\n", i, 0);
		CHECK(add(e, line));
	}
	n = strlen(came(e, room, sizeof room));
	CHECK(n > 0 && n <= 4096 && room[n - 1] == '\n');
	CHECK(add(e, longest));
	CHECK_TEXT(strchr(came(e, room, sizeof room), 'x'), longest);
	for (char *at = room; *at != 'x'; at = strchr(at, '\n') + 1)
		lines++;
	CHECK(lines > 0 && lines < 60);
	log_gather_end();
	pipe_close(e);
}

/* ---- the log --------------------------------------------------------------------- */

#define MOVED ".1"

static char folder[] = "/tmp/lanlord-log-XXXXXX";
static char path[64], moved[80];

static size_t size_of(const char *file)
{
	FILE *f = fopen(file, "re");
	size_t n;

	must(f && fseek(f, 0, SEEK_END) == 0);
	n = (size_t)ftell(f);
	fclose(f);
	return n;
}

/* The exit code says what was wrong. */
static int gather_and_move(void)
{
	log_gather_begin();
	log_info(LOG_MAIN, "one");
	if (size_of(path) != 0)
		return 1;
	log_gather_flush();
	if (size_of(path) == 0)
		return 2;
	if (rename(path, moved) != 0 || log_reopen(-1) != ST_OK)
		return 3;
	log_info(LOG_MAIN, "two");
	log_info(LOG_MAIN, "three");
	log_gather_end();
	return 0;
}

/* "one two " of the lines of a file, of which each begins as the log's lines do. */
static const char *texts(const char *file, char *room, size_t size)
{
	FILE *f = fopen(file, "re");
	char line[256];
	size_t n = 0;

	must(f);
	while (fgets(line, sizeof line, f)) {
		const char *text = strstr(line, "]: ");

		CHECK(line[0] >= 'A' && line[0] <= 'Z' && text);
		n += (size_t)snprintf(room + n, size - n, "%.*s ",
				      text ? (int)strcspn(text + 3, "\n") : 0, text ? text + 3 : "");
	}
	fclose(f);
	return room;
}

TEST(a_thread_that_gathers_writes_to_the_file_that_is_the_log_by_then)
{
	const struct app_conf conf = { .log_target = LOG_TO_FILE, .log_file = path };
	char room[256];
	int status = -1;
	pid_t child;

	must(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/log", folder);
	snprintf(moved, sizeof moved, "%s" MOVED, path);
	child = fork();			/* the log is the process's */
	if (child == 0)
		_exit(log_open(&conf) == ST_OK ? gather_and_move() : 4);
	CHECK(child > 0 && waitpid(child, &status, 0) == child);
	CHECK_EQ(status, 0);
	CHECK_TEXT(texts(moved, room, sizeof room), "one ");
	CHECK_TEXT(texts(path, room, sizeof room), "two three ");
	unlink(path);
	unlink(moved);
	rmdir(folder);
}
