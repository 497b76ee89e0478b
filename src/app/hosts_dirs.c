/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/hosts_dirs.h"
#include "base/log.h"
#include "base/must.h"

#define QUIET_MS 50

static void forget(struct hosts_dirs *h)
{
	while (h->n)
		free(h->pending[--h->n]);
	h->many = false;
}

bool hosts_dirs_awaits(const struct hosts_dirs *h, const char *path)
{
	for (size_t i = 0; i < h->n; i++)
		if (strcmp(h->pending[i], path) == 0)
			return true;
	return h->many;
}

static void remember(struct hosts_dirs *h, const char *path)
{
	if (!path || h->n == HOSTS_DIRS_PENDING) {
		h->many = true;
	} else if (!hosts_dirs_awaits(h, path)) {
		h->pending[h->n] = strdup(path);
		must(h->pending[h->n]);
		h->n++;
	}
}

static void file_changed(struct folder_watch *w, const char *path, bool gone)
{
	struct hosts_dirs *h = container_of(w, struct hosts_dirs, watch);

	if (path)
		log_info(LOG_MAIN, "inotify: %s %s", path, gone ? "removed" : "new or modified");
	remember(h, path);
	timer_start(h->loop, &h->quiet, QUIET_MS);
}

static void is_quiet(struct loop_timer *t)
{
	struct hosts_dirs *h = container_of(t, struct hosts_dirs, quiet);

	h->changed(h);
}

enum status hosts_dirs_open(struct hosts_dirs *h, struct loop *l)
{
	h->loop = l;
	h->watch.changed = file_changed;
	h->quiet.fire = is_quiet;
	return folder_watch_open(&h->watch);
}

enum status hosts_dirs_start(struct hosts_dirs *h)
{
	return folder_watch_start(&h->watch, h->loop);
}

void hosts_dirs_close(struct hosts_dirs *h)
{
	timer_stop(&h->quiet);
	folder_watch_close(&h->watch);
	forget(h);
}

static bool is_named(const void *conf, const char *path)
{
	const struct dns_conf *c = conf;

	for (const struct dns_path *p = c->hosts_dirs; p; p = p->next)
		if (strcmp(p->path, path) == 0)
			return true;
	return false;
}

void hosts_dirs_use(struct hosts_dirs *h, const struct dns_conf *c, bool quiet)
{
	folder_watch_drop(&h->watch, is_named, c);
	for (const struct dns_path *p = c->hosts_dirs; p; p = p->next) {
		enum status s = folder_watch_add(&h->watch, p->path);

		if (s == ST_FULL && !quiet)
			log_error(LOG_MAIN, "%s:%u: hostsdir: %s is not watched: there are more "
				  "than %d folders", p->origin.file, p->origin.line, p->path,
				  FOLDER_WATCH_MAX);
		else if (s != ST_OK && !quiet)
			log_error(LOG_MAIN, "bad dynamic directory %s: %s", p->path,
				  strerror(errno));
	}
}

static size_t names_in(const struct hosts *hosts, const char *path)
{
	size_t n = 0;

	for (uint32_t i = 1; i <= hosts_count(hosts); i++)
		n += strcmp(hosts_entry(hosts, i).origin.file, path) == 0;
	return n;
}

void hosts_dirs_read(struct hosts_dirs *h, const struct hosts *old)
{
	timer_stop(&h->quiet);
	for (size_t i = 0; old && i < h->n; i++) {
		size_t n = names_in(old, h->pending[i]);

		if (n)
			log_info(LOG_MAIN, "inotify: flushed %zu names read from %s", n,
				 h->pending[i]);
	}
	forget(h);
}
