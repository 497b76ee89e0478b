/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "app/hosts_dirs.h"
#include "base/log.h"
#include "base/must.h"

#define QUIET_MS 50

void hosts_pending_done(struct hosts_pending *p)
{
	while (p->n)
		free(p->path[--p->n]);
	p->many = false;
}

bool hosts_pending_has(const struct hosts_pending *p, const char *path)
{
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->path[i], path) == 0)
			return true;
	return p->many;
}

static void remember(struct hosts_pending *p, const char *path)
{
	if (!path || p->n == HOSTS_DIRS_PENDING) {
		p->many = true;
	} else if (!hosts_pending_has(p, path)) {
		p->path[p->n] = strdup(path);
		must(p->path[p->n]);
		p->n++;
	}
}

static void file_changed(struct folder_watch *w, const char *path, bool gone)
{
	struct hosts_dirs *h = container_of(w, struct hosts_dirs, watch);

	if (path)
		log_info(LOG_MAIN, "inotify: %s %s", path, gone ? "removed" : "new or modified");
	remember(&h->pending, path);
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
	hosts_pending_done(&h->pending);
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

void hosts_pending_tell(const struct hosts_pending *p, const struct hosts *old)
{
	for (size_t i = 0; i < p->n; i++) {
		size_t n = names_in(old, p->path[i]);

		if (n)
			log_info(LOG_MAIN, "inotify: flushed %zu names read from %s", n, p->path[i]);
	}
}

struct hosts_pending hosts_dirs_take(struct hosts_dirs *h)
{
	struct hosts_pending p = h->pending;

	timer_stop(&h->quiet);
	h->pending = (struct hosts_pending){ 0 };
	return p;
}
