/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/helper.h"
#include "net/uv_loop.h"
#include "test/test.h"

#define NOBODY 65534

static char folder[32], path[128];

/* A path below the test's folder. */
static const char *in_folder(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void file_make(const char *name, const char *text, mode_t mode)
{
	int fd = open(in_folder(name), O_CREAT | O_WRONLY | O_TRUNC, 0600);

	CHECK_EQ(write(fd, text, strlen(text)), (int64_t)strlen(text));
	CHECK_EQ(fchmod(fd, mode), 0);
	close(fd);
}

static void folder_make(void)
{
	strcpy(folder, "/tmp/lanlord-helper-XXXXXX");
	CHECK(mkdtemp(folder) != NULL);
	CHECK_EQ(chmod(folder, 0755), 0);
	CHECK_EQ(mkdir(in_folder("hosts.d"), 0700), 0);
	CHECK_EQ(mkdir(in_folder("root"), 0755), 0);
	file_make("hosts.d/one", "", 0600);
	file_make("root/image", "boot me", 0644);
	file_make("root/secret", "", 0600);
	file_make("other", "", 0644);
}

static void folder_remove(void)
{
	static const char *const names[] = { "hosts.d/one", "hosts.d", "root/image", "root/secret",
					     "root", "other", "conf", "log", "pid", "" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove(in_folder(names[i]));
}

static struct generation *generation_of(struct command_line *line, char **argv, int argc)
{
	static char text[512];

	snprintf(text, sizeof text,
		 "port=0\ndhcp-hostsfile=%s/hosts.d\nenable-tftp\ntftp-root=%s/root\n"
		 "log-facility=%s/log\npid-file=%s/pid\n", folder, folder, folder, folder);
	file_make("conf", text, 0600);
	*line = (struct command_line){ argc, argv };
	return generation_read(line, NULL);
}

static const struct { const char *name; bool read, serve; } paths[] = {
	{ "conf", true, false },
	{ "hosts.d", true, false },
	{ "hosts.d/one", true, false },
	{ "hosts.d/deep/er", false, false },
	{ "hosts.d/../other", false, false },
	{ "hosts.dx", false, false },
	{ "other", false, false },
	{ "root/image", false, true },
	{ "root/deep/image", false, true },
	{ "root/../other", false, false },
	{ "rootless", false, false },
	{ "", false, false },
};

TEST(the_helper_opens_what_the_configuration_names_and_nothing_else)
{
	struct command_line line;
	struct generation *g;
	char *argv[] = { "lanlord", "-C", NULL, NULL };

	folder_make();
	argv[2] = strdup(in_folder("conf"));
	g = generation_of(&line, argv, 3);
	CHECK_EQ(conf_errors(g->conf), 0);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		const char *p = in_folder(paths[i].name);

		if (helper_may_read(g, p) != paths[i].read ||
		    helper_may_serve(g, p) != paths[i].serve)
			printf("%s\n", p);
		CHECK_EQ(helper_may_read(g, p), paths[i].read);
		CHECK_EQ(helper_may_serve(g, p), paths[i].serve);
	}
	generation_free(g);
	free(argv[2]);
	folder_remove();
}

static int read_byte(int fd)
{
	unsigned char c;
	int got = fd >= 0 && read(fd, &c, 1) == 1 ? c : -1;

	if (fd >= 0)
		close(fd);
	return got;
}

static void ask_helper(struct helper *h)
{
	struct conf_files *files = helper_files(h);
	int fd;

	CHECK_EQ(read_byte(files->open(files, in_folder("conf"), O_RDONLY)), 'p');
	fd = files->open(files, in_folder("hosts.d"), O_RDONLY | O_DIRECTORY);
	CHECK(fd >= 0);
	close(fd);
	CHECK_EQ(files->open(files, in_folder("other"), O_RDONLY), -1);
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(files->open(files, in_folder("not-there"), O_RDONLY), -1);
	CHECK_EQ(errno, ENOENT);
	CHECK_EQ(read_byte(helper_open_served(h, in_folder("root/image"))), 'b');
	CHECK_EQ(helper_open_served(h, in_folder("root/secret")), -1);
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(helper_open_served(h, "/etc/passwd"), -1);
	fd = helper_open_log(h);
	CHECK_EQ(write(fd, "x", 1), 1);
	close(fd);
}

static bool opens(struct helper *h, const char *name)
{
	struct conf_files *files = helper_files(h);
	int fd = files->open(files, in_folder(name), O_RDONLY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void conf_make(const char *lines)
{
	static char text[400];

	snprintf(text, sizeof text, "port=0\npid-file=%s/other\nlog-facility=%s/other\n%s%s\n",
		 folder, folder, lines, lines[0] ? in_folder("other") : "");
	file_make("conf", text, 0600);
}

static void file_appears_by_reading_again(struct helper *h)
{
	conf_make("dhcp-optsfile=");
	CHECK(helper_read_again(h));
	CHECK(opens(h, "other"));
	conf_make("");
	CHECK(helper_read_again(h));
	CHECK(helper_read_again(h));
	CHECK(!opens(h, "other"));
	CHECK(opens(h, "hosts.d/one"));		/* two that came to nothing change nothing */
	CHECK(helper_serve(h));
	CHECK(!opens(h, "hosts.d/one"));
}

static void pipes_are_not_waited_for(struct helper *h)
{
	CHECK_EQ(mkfifo(in_folder("hosts.d/pipe"), 0600), 0);
	CHECK(!opens(h, "hosts.d/pipe"));
	CHECK_EQ(errno, EOPNOTSUPP);
	remove(in_folder("hosts.d/pipe"));
}

/* A link in a folder that others may write, or that is somebody's, reads what they may read. */
static void links_give_no_rights(struct helper *h)
{
	CHECK_EQ(symlink("../root/secret", in_folder("hosts.d/link")), 0);
	CHECK(opens(h, "hosts.d/link"));
	CHECK_EQ(chmod(in_folder("hosts.d"), 0777), 0);
	CHECK(!opens(h, "hosts.d/link"));
	CHECK_EQ(errno, EACCES);
	CHECK_EQ(chmod(in_folder("hosts.d"), 0755), 0);
	CHECK_EQ(chown(in_folder("hosts.d"), NOBODY, NOBODY), 0);
	CHECK(!opens(h, "hosts.d/link"));
	CHECK_EQ(chown(in_folder("hosts.d"), 0, 0), 0);
	CHECK_EQ(chmod(in_folder("hosts.d"), 0700), 0);
	CHECK(opens(h, "hosts.d/link"));
	remove(in_folder("hosts.d/link"));
}

/* Needs root: without it there is no helper. */
TEST(the_helper_hands_over_descriptors_and_forgets_nothing_that_serves)
{
	struct command_line line;
	struct generation *g;
	struct helper *h;
	struct stat st;
	char *argv[] = { "lanlord", "-C", NULL, NULL };

	if (getuid() != 0)
		return;
	folder_make();
	argv[2] = strdup(in_folder("conf"));
	g = generation_of(&line, argv, 3);
	h = helper_fork(&line, g, -1, NOBODY, NOBODY);
	CHECK(h != NULL);
	ask_helper(h);
	CHECK_EQ(stat(in_folder("log"), &st), 0);
	CHECK_EQ(st.st_uid, NOBODY);
	pipes_are_not_waited_for(h);
	links_give_no_rights(h);
	CHECK_EQ(read_byte(helper_open_served(h, in_folder("root/image"))), 'b');
	file_appears_by_reading_again(h);
	file_make("pid", "1\n", 0644);
	CHECK(helper_remove_pid_file(h));		/* that of the start */
	CHECK(access(in_folder("pid"), F_OK) < 0);
	CHECK_EQ(access(in_folder("other"), F_OK), 0);
	helper_free(h);
	generation_free(g);
	free(argv[2]);
	folder_remove();
}

static char how_it_ended[64];

static void told_gone(void *arg, const char *how)
{
	snprintf(how_it_ended, sizeof how_it_ended, "%s", how);
	loop_stop(arg);
}

/* Needs root: without it there is no helper. */
TEST(the_end_of_the_helper_is_told_once)
{
	struct command_line line;
	struct generation *g;
	struct helper *h;
	struct loop *l;
	char *argv[] = { "lanlord", "-C", NULL, NULL };
	FILE *children;
	int pid = 0;

	if (getuid() != 0)
		return;
	folder_make();
	argv[2] = strdup(in_folder("conf"));
	g = generation_of(&line, argv, 3);
	h = helper_fork(&line, g, -1, NOBODY, NOBODY);
	CHECK(h != NULL);
	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(helper_watch(h, l, told_gone, l), ST_OK);
	CHECK(!helper_is_gone(h));
	CHECK(opens(h, "conf"));		/* that it is watched changes nothing */
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)gettid());
	children = fopen(path, "re");
	CHECK(children && fscanf(children, "%d", &pid) == 1 && pid > 1);
	fclose(children);
	CHECK_EQ(kill(pid, SIGKILL), 0);
	loop_run(l);
	CHECK_TEXT(how_it_ended, "killed by signal 9");
	CHECK(helper_is_gone(h));
	CHECK(!helper_read_again(h));
	helper_free(h);
	loop_free(l);
	generation_free(g);
	free(argv[2]);
	folder_remove();
}
