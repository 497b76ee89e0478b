/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "app/file_watch.h"
#include "base/must.h"

/* Written and closed, or put in place: never half of a file. */
#define COMPLETED (IN_CLOSE_WRITE | IN_MOVED_TO)

static bool is_ours(const struct file_watch *w, const struct inotify_event *e)
{
	for (size_t i = 0; e->len && i < w->n; i++)
		if (w->file[i].folder == e->wd && strcmp(w->file[i].name, e->name) == 0)
			return true;
	return (e->mask & IN_Q_OVERFLOW) != 0;
}

static void ready(struct loop_watch *lw)
{
	struct file_watch *w = container_of(lw, struct file_watch, watch);
	_Alignas(struct inotify_event) char buffer[4096];
	const struct inotify_event *e;
	bool changed = false;
	ssize_t n;

	while ((n = read(w->fd, buffer, sizeof buffer)) > 0)
		for (char *at = buffer; at < buffer + n; at += sizeof *e + e->len) {
			e = (const struct inotify_event *)(void *)at;
			changed |= is_ours(w, e);
		}
	if (changed)
		w->changed(w);
}

enum status file_watch_open(struct file_watch *w)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return w->fd >= 0 ? ST_OK : ST_SYSTEM;
}

enum status file_watch_start(struct file_watch *w, struct loop *l)
{
	w->watch.ready = ready;
	return watch_start(l, &w->watch, w->fd);
}

void file_watch_close(struct file_watch *w)
{
	watch_stop(&w->watch);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
}

static bool add(struct file_watch *w, const char *path)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX];
	int n;

	snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
		 slash ? path : ".");
	w->file[w->n].folder = inotify_add_watch(w->fd, folder, COMPLETED | IN_ONLYDIR);
	n = snprintf(w->file[w->n].name, sizeof w->file[w->n].name, "%s", slash ? slash + 1 : path);
	if (w->file[w->n].folder < 0 || n >= (int)sizeof w->file[w->n].name)
		return false;
	w->n++;
	return true;
}

/* Where a link leads; a file that is not there yet is no link. */
static void add_target(struct file_watch *w, const char *path)
{
	char *real = realpath(path, NULL);

	if (real && strcmp(real, path) != 0)
		add(w, real);		/* a folder that cannot be watched: the link itself is */
	free(real);
}

enum status file_watch_set(struct file_watch *w, const char *const *paths, size_t n,
			   size_t *out_bad)
{
	enum status s = ST_OK;

	for (size_t i = 0; i < w->n; i++)
		inotify_rm_watch(w->fd, w->file[i].folder);	/* one that is gone already is no loss */
	w->n = 0;
	if (n > FILE_WATCH_MAX)
		return ST_FULL;
	for (size_t i = 0; i < n; i++) {
		if (!add(w, paths[i])) {
			*out_bad = i;
			s = ST_UNKNOWN;
		} else {
			add_target(w, paths[i]);
		}
	}
	return s;
}
