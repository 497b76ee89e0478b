/* SPDX-License-Identifier: ISC */
/*
 * folder_watch -- be told when files of a few folders come, change and go.
 *
 * A file counts once it was written and closed, or moved in: never half of it.  Hidden files
 * and those that editors leave behind (.x, x~, #x#) do not count.
 */
#pragma once

#include "net/loop.h"

#define FOLDER_WATCH_MAX 16

struct folder_watch {
	/* set before folder_watch_start: of each file; path NULL: some were missed, all may differ */
	void (*changed)(struct folder_watch *w, const char *path, bool gone);
	struct loop_watch watch;
	int fd;
	struct {
		int number;		/* inotify's; -1: none */
		char *path;
	} folder[FOLDER_WATCH_MAX];
	size_t n;
};

/* Before the sandbox.  ST_SYSTEM: see errno. */
enum status folder_watch_open(struct folder_watch *w);
enum status folder_watch_start(struct folder_watch *w, struct loop *l);
void folder_watch_close(struct folder_watch *w);	/* idempotent */

/* From now on this one too; one that is watched already goes on.  ST_UNKNOWN: it cannot be, errno says
 * why; ST_FULL: more than FOLDER_WATCH_MAX. */
enum status folder_watch_add(struct folder_watch *w, const char *path);
/* No more those for which keep() is false. */
void folder_watch_drop(struct folder_watch *w, bool (*keep)(const void *arg, const char *path),
		       const void *arg);
