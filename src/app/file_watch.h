/* SPDX-License-Identifier: ISC */
/*
 * file_watch -- be told when one of a few files was written or replaced.
 *
 * It watches the folders that they lie in (inotify), and those that links lead
 * to, so that a file may come, go and be replaced.
 */
#pragma once

#include "net/loop.h"

#define FILE_WATCH_MAX 16

struct file_watch {
	void (*changed)(struct file_watch *w);	/* set before file_watch_start */
	struct loop_watch watch;
	int fd;
	struct {
		int folder;		/* inotify's number */
		char name[256];
	} file[2 * FILE_WATCH_MAX];	/* each, and what it leads to */
	size_t n;
};

/* Before the sandbox.  ST_SYSTEM: see errno. */
enum status file_watch_open(struct file_watch *w);
enum status file_watch_start(struct file_watch *w, struct loop *l);
void file_watch_close(struct file_watch *w);	/* idempotent */

/* From now on these instead, and again after each change.  ST_UNKNOWN: the folder of paths[*out_bad]
 * cannot be watched, errno says why; the others are; ST_FULL: more than FILE_WATCH_MAX. */
enum status file_watch_set(struct file_watch *w, const char *const *paths, size_t n,
			   size_t *out_bad);
