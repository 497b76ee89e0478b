/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/folder_watch.h"
#include "base/must.h"
#include "base/text.h"
#include "net/uv_loop.h"
#include "test/test.h"

/* Two folders, and what was told of their files: "+a -b". */
struct lab {
	struct loop *loop;
	struct folder_watch watch;
	struct loop_timer timer;
	char top[64], one[96], two[96];
	char told[300];
};

static void changed(struct folder_watch *w, const char *path, bool gone)
{
	struct lab *lab = container_of(w, struct lab, watch);
	size_t n = strlen(lab->told);

	snprintf(lab->told + n, sizeof lab->told - n, "%s%c%s", n ? " " : "", gone ? '-' : '+',
		 path ? path + strlen(lab->top) + 1 : "?");
}

static void stop(struct loop_timer *t)
{
	loop_stop(t->loop);
}

static const char *told(struct lab *lab)
{
	lab->told[0] = 0;
	lab->timer.fire = stop;
	timer_start(lab->loop, &lab->timer, 30);
	loop_run(lab->loop);
	return lab->told;
}

static void open_lab(struct lab *lab)
{
	*lab = (struct lab){ .watch.changed = changed };
	snprintf(lab->top, sizeof lab->top, "/tmp/folder-watch-XXXXXX");
	must(mkdtemp(lab->top));
	snprintf(lab->one, sizeof lab->one, "%s/one", lab->top);
	snprintf(lab->two, sizeof lab->two, "%s/two", lab->top);
	must(mkdir(lab->one, 0755) == 0 && mkdir(lab->two, 0755) == 0);
	must(loop_new(&lab->loop, UV_LOOP_ALONE) == ST_OK);
	must(folder_watch_open(&lab->watch) == ST_OK);
	must(folder_watch_start(&lab->watch, lab->loop) == ST_OK);
}

static void close_lab(struct lab *lab)
{
	char command[128];

	folder_watch_close(&lab->watch);
	loop_free(lab->loop);
	snprintf(command, sizeof command, "rm -r %s", lab->top);
	must(system(command) == 0);
}

static int open_file(const struct lab *lab, const char *name)
{
	char path[200];
	int fd;

	snprintf(path, sizeof path, "%s/%s", lab->top, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	must(fd >= 0 && write(fd, "x", 1) == 1);
	return fd;
}

static void write_file(const struct lab *lab, const char *name)
{
	close(open_file(lab, name));
}

static void move(const struct lab *lab, const char *from, const char *to)
{
	char a[200], b[200];

	snprintf(a, sizeof a, "%s/%s", lab->top, from);
	snprintf(b, sizeof b, "%s/%s", lab->top, to);
	must(rename(a, b) == 0);
}

TEST(files_of_a_folder_are_told_once_they_are_whole_and_when_they_are_gone)
{
	struct lab lab;
	int fd;

	open_lab(&lab);
	CHECK_EQ(folder_watch_add(&lab.watch, lab.one), ST_OK);
	fd = open_file(&lab, "one/a");
	CHECK_TEXT(told(&lab), "");
	close(fd);
	CHECK_TEXT(told(&lab), "+one/a");
	write_file(&lab, "b");
	move(&lab, "b", "one/b");
	CHECK_TEXT(told(&lab), "+one/b");
	move(&lab, "one/b", "b");
	CHECK_TEXT(told(&lab), "-one/b");
	move(&lab, "one/a", "one/c");
	CHECK_TEXT(told(&lab), "-one/a +one/c");
	write_file(&lab, "one/.hidden");
	write_file(&lab, "one/c~");
	write_file(&lab, "one/#c#");
	CHECK_TEXT(told(&lab), "");
	close_lab(&lab);
}

static bool keep_two(const void *arg, const char *path)
{
	return strcmp(path, ((const struct lab *)arg)->two) == 0;
}

TEST(folders_come_and_go_and_one_that_is_named_again_stays_watched)
{
	struct lab lab;

	open_lab(&lab);
	CHECK_EQ(folder_watch_add(&lab.watch, lab.one), ST_OK);
	CHECK_EQ(folder_watch_add(&lab.watch, lab.two), ST_OK);
	CHECK_EQ(folder_watch_add(&lab.watch, lab.two), ST_OK);
	CHECK_EQ(folder_watch_add(&lab.watch, "/nonexistent/folder"), ST_UNKNOWN);
	write_file(&lab, "one/a");
	write_file(&lab, "two/a");
	CHECK_TEXT(told(&lab), "+one/a +two/a");
	folder_watch_drop(&lab.watch, keep_two, &lab);
	write_file(&lab, "one/b");
	write_file(&lab, "two/b");
	CHECK_TEXT(told(&lab), "+two/b");
	close_lab(&lab);
}
