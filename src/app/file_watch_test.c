/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file_watch.h"
#include "base/must.h"
#include "net/uv_loop.h"
#include "test/test.h"

/* A folder with a file that is watched, and how often that was said to have changed. */
struct lab {
	struct loop *loop;
	struct file_watch watch;
	struct loop_timer timer;
	unsigned changes;
	char folder[64], path[96], other[96];
};

static void changed(struct file_watch *w)
{
	container_of(w, struct lab, watch)->changes++;
}

static void stop(struct loop_timer *t)
{
	loop_stop(t->loop);
}

static void play(struct lab *lab)
{
	lab->timer.fire = stop;
	timer_start(lab->loop, &lab->timer, 30);
	loop_run(lab->loop);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	must(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void open_lab(struct lab *lab, const char *watched)
{
	*lab = (struct lab){ .watch.changed = changed };
	snprintf(lab->folder, sizeof lab->folder, "/tmp/file-watch-XXXXXX");
	must(mkdtemp(lab->folder));
	snprintf(lab->path, sizeof lab->path, "%s/%s", lab->folder, watched);
	snprintf(lab->other, sizeof lab->other, "%s/other", lab->folder);
	must(loop_new(&lab->loop, UV_LOOP_ALONE) == ST_OK);
	must(file_watch_open(&lab->watch) == ST_OK);
	must(file_watch_start(&lab->watch, lab->loop) == ST_OK);
}

static void close_lab(struct lab *lab)
{
	char command[128];

	file_watch_close(&lab->watch);
	loop_free(lab->loop);
	snprintf(command, sizeof command, "rm -r %s", lab->folder);
	must(system(command) == 0);
}

static void watch(struct lab *lab, const char *path)
{
	size_t bad;

	must(file_watch_set(&lab->watch, &path, 1, &bad) == ST_OK);
}

TEST(a_file_that_is_written_replaced_or_new_has_changed_and_its_neighbour_has_not)
{
	struct lab lab;

	open_lab(&lab, "resolv.conf");
	watch(&lab, lab.path);
	write_file(lab.path, "new");
	play(&lab);
	CHECK_EQ(lab.changes, 1);
	write_file(lab.other, "somebody else's");
	play(&lab);
	CHECK_EQ(lab.changes, 1);
	must(rename(lab.other, lab.path) == 0);
	play(&lab);
	CHECK_EQ(lab.changes, 2);
	close_lab(&lab);
}

TEST(a_file_behind_a_link_is_watched_where_it_lies)
{
	struct lab lab;
	char folder[96], target[128];

	open_lab(&lab, "link");
	snprintf(folder, sizeof folder, "%s/far", lab.folder);
	snprintf(target, sizeof target, "%s/resolv.conf", folder);
	must(mkdir(folder, 0755) == 0 && symlink(target, lab.path) == 0);
	write_file(target, "one");
	watch(&lab, lab.path);
	write_file(target, "two");
	play(&lab);
	CHECK_EQ(lab.changes, 1);
	close_lab(&lab);
}

TEST(files_that_are_watched_no_more_are_not_told_of)
{
	struct lab lab;
	size_t bad;

	open_lab(&lab, "resolv.conf");
	watch(&lab, lab.path);
	CHECK_EQ(file_watch_set(&lab.watch, NULL, 0, &bad), ST_OK);
	write_file(lab.path, "new");
	play(&lab);
	CHECK_EQ(lab.changes, 0);
	close_lab(&lab);
}

TEST(a_folder_that_is_not_there_is_named)
{
	const char *paths[] = { "/tmp/resolv.conf", "/nowhere/resolv.conf" };
	struct lab lab;
	size_t bad = 9;

	open_lab(&lab, "resolv.conf");
	CHECK_EQ(file_watch_set(&lab.watch, paths, 2, &bad), ST_UNKNOWN);
	CHECK_EQ(bad, 1);
	close_lab(&lab);
}

TEST(more_files_than_can_be_watched_and_names_too_long_are_refused)
{
	const char *many[FILE_WATCH_MAX + 1];
	char name[400] = "/tmp/";
	const char *paths[] = { name };
	struct lab lab;
	size_t bad = 9;

	open_lab(&lab, "resolv.conf");
	for (size_t i = 0; i < COUNT_OF(many); i++)
		many[i] = lab.path;
	CHECK_EQ(file_watch_set(&lab.watch, many, COUNT_OF(many), &bad), ST_FULL);
	CHECK_EQ(file_watch_set(&lab.watch, many, FILE_WATCH_MAX, &bad), ST_OK);
	memset(name + 5, 'a', 300);
	CHECK_EQ(file_watch_set(&lab.watch, paths, 1, &bad), ST_UNKNOWN);
	CHECK_EQ(bad, 0);
	close_lab(&lab);
}

TEST(watching_again_and_again_watches_no_more_than_once)
{
	struct lab lab;

	open_lab(&lab, "resolv.conf");
	for (int i = 0; i < 100; i++)
		watch(&lab, lab.path);
	CHECK_EQ(lab.watch.n, 1);
	write_file(lab.path, "new");
	play(&lab);
	CHECK(lab.changes > 0);
	close_lab(&lab);
}
