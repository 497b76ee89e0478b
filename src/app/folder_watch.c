/* SPDX-License-Identifier: ISC */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "app/folder_watch.h"
#include "base/must.h"

#define COME (IN_CLOSE_WRITE | IN_MOVED_TO)
#define GONE (IN_DELETE | IN_MOVED_FROM)

/* As of folders of hosts files everywhere (conf/source.h). */
static bool counts(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && name[0] != '.' && name[n - 1] != '~' &&
	       !(name[0] == '#' && name[n - 1] == '#');
}

static void tell(struct folder_watch *w, const struct inotify_event *e)
{
	char path[PATH_MAX];

	if (e->mask & IN_Q_OVERFLOW) {
		w->changed(w, NULL, false);
		return;
	}
	if ((e->mask & IN_ISDIR) || !e->len || !counts(e->name))
		return;
	for (size_t i = 0; i < w->n; i++)
		if (w->folder[i].number == e->wd) {
			snprintf(path, sizeof path, "%s/%s", w->folder[i].path, e->name);
			w->changed(w, path, (e->mask & GONE) != 0);
			return;
		}
}

static void ready(struct loop_watch *lw)
{
	struct folder_watch *w = container_of(lw, struct folder_watch, watch);
	_Alignas(struct inotify_event) char buffer[16384];
	const struct inotify_event *e;
	ssize_t n;

	while ((n = read(w->fd, buffer, sizeof buffer)) > 0)
		for (char *at = buffer; at < buffer + n; at += sizeof *e + e->len) {
			e = (const struct inotify_event *)(void *)at;
			tell(w, e);
		}
}

enum status folder_watch_open(struct folder_watch *w)
{
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return w->fd >= 0 ? ST_OK : ST_SYSTEM;
}

enum status folder_watch_start(struct folder_watch *w, struct loop *l)
{
	w->watch.ready = ready;
	return watch_start(l, &w->watch, w->fd);
}

void folder_watch_close(struct folder_watch *w)
{
	watch_stop(&w->watch);
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	for (size_t i = 0; i < w->n; i++)
		free(w->folder[i].path);
	w->n = 0;
}

enum status folder_watch_add(struct folder_watch *w, const char *path)
{
	size_t i = 0;
	int number = inotify_add_watch(w->fd, path, COME | GONE | IN_ONLYDIR);

	while (i < w->n && strcmp(w->folder[i].path, path) != 0)
		i++;
	if (number < 0 && i < w->n)		/* it was watched while the server had more rights */
		return access(path, F_OK) == 0 ? ST_OK : ST_UNKNOWN;
	if (number < 0)
		return ST_UNKNOWN;
	if (i == FOLDER_WATCH_MAX)
		return ST_FULL;
	if (i == w->n) {
		w->folder[w->n].path = strdup(path);
		must(w->folder[w->n].path);
		w->n++;
	}
	w->folder[i].number = number;
	return ST_OK;
}

static bool is_shared(const struct folder_watch *w, size_t one)
{
	for (size_t i = 0; i < w->n; i++)
		if (i != one && w->folder[i].number == w->folder[one].number)
			return true;
	return false;
}

void folder_watch_drop(struct folder_watch *w, bool (*keep)(const void *arg, const char *path),
		       const void *arg)
{
	for (size_t i = 0; i < w->n; ) {
		if (keep(arg, w->folder[i].path)) {
			i++;
			continue;
		}
		if (!is_shared(w, i))
			inotify_rm_watch(w->fd, w->folder[i].number);	/* gone already: no loss */
		free(w->folder[i].path);
		w->folder[i] = w->folder[--w->n];
	}
}
