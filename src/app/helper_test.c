/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/helper.h"
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

static void file_appears_by_reading_again(struct helper *h)
{
	static char text[256];
	struct conf_files *files = helper_files(h);
	int fd;

	snprintf(text, sizeof text, "port=0\ndhcp-optsfile=%s/other\n", folder);
	file_make("conf", text, 0600);
	CHECK(helper_read_again(h));
	fd = files->open(files, in_folder("other"), O_RDONLY);
	CHECK(fd >= 0);
	close(fd);
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
	h = helper_fork(&line, g, NOBODY, NOBODY);
	CHECK(h != NULL);
	ask_helper(h);
	CHECK_EQ(stat(in_folder("log"), &st), 0);
	CHECK_EQ(st.st_uid, NOBODY);
	file_appears_by_reading_again(h);
	CHECK_EQ(read_byte(helper_open_served(h, in_folder("root/image"))), 'b');
	file_make("pid", "1\n", 0644);
	CHECK(helper_remove_pid_file(h));
	CHECK(access(in_folder("pid"), F_OK) < 0);
	helper_free(h);
	generation_free(g);
	free(argv[2]);
	folder_remove();
}
