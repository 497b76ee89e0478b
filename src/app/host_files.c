/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <string.h>

#include "app/host_files.h"
#include "app/host_names.h"
#include "app/log.h"
#include "base/must.h"
#include "conf/source.h"

#define BAD_LINES_MAX 50		/* told of one reading */
#define UNREAD_MAX 64			/* more of them are said to be read */

struct complaints {
	const struct dhcp_conf *conf;
	const struct conf_files *from;
	const struct hosts_pending *changed;	/* of these files alone is told; NULL: of all */
	uint32_t told, left_out;
	const struct origin *unread[UNREAD_MAX];	/* of paths that could not be read */
	size_t unread_n;
};

static const struct dhcp_path *dirs_of(const struct dhcp_conf *c, size_t which)
{
	return which == 0 ? c->hosts_dirs : c->opts_dirs;
}

static bool names_path(const struct dhcp_path *p, const struct origin *o)
{
	while (p && &p->origin != o)
		p = p->next;
	return p != NULL;
}

static bool is_of_path(const struct dhcp_conf *c, const struct origin *o)
{
	return names_path(c->hosts_files, o) || names_path(c->opts_files, o) ||
	       names_path(c->hosts_dirs, o) || names_path(c->opts_dirs, o) || names_path(c->ethers, o);
}

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	struct complaints *c = arg;

	if (source_ends(c->from))
		return;			/* nobody will see what is read */
	if (c->unread_n < UNREAD_MAX && is_of_path(c->conf, o))
		c->unread[c->unread_n++] = o;
	else if (c->changed && !hosts_pending_has(c->changed, o->file))
		return;
	if (c->told == BAD_LINES_MAX) {
		c->left_out++;
		return;
	}
	c->told++;
	log_error(LOG_DHCP, "%s:%u: %s", o->file, o->line, what);
}

static bool was_read(const struct complaints *c, const struct dhcp_path *p)
{
	for (size_t i = 0; i < c->unread_n; i++)
		if (c->unread[i] == &p->origin)
			return false;
	return true;
}

static void tell_read(const struct complaints *c, const struct dhcp_path *p)
{
	for (; p && !source_ends(c->from); p = p->next)
		if (was_read(c, p))
			log_info(LOG_DHCP, "read %s", p->path);
}

static void tell_ethers(const struct complaints *c, const struct dhcp_files *f)
{
	if (c->conf->ethers && !source_ends(c->from) && was_read(c, c->conf->ethers))
		log_info(LOG_DHCP, "read %s - %zu addresses", c->conf->ethers->path, f->ethers);
}

static void tell_left_out(const struct complaints *c)
{
	if (c->left_out > 0)
		log_error(LOG_DHCP, "%u more wrong lines were left out", c->left_out);
}

/* ---- folders -------------------------------------------------------------------------- */

static bool is_watched(const void *conf, const char *path)
{
	for (size_t i = 0; i < 2; i++)
		for (const struct dhcp_path *p = dirs_of(conf, i); p; p = p->next)
			if (strcmp(p->path, path) == 0)
				return true;
	return false;
}

static void watch(struct server *s, const struct dhcp_path *p, enum host_files_told told)
{
	enum status status = folder_watch_add(&s->host_dirs.watch, p->path);

	if (status == ST_OK || told == HOST_FILES_QUIET)
		return;
	if (status == ST_FULL)
		log_error(LOG_MAIN, "%s:%u: %s is not watched: there are more than %d folders",
			  p->origin.file, p->origin.line, p->path, FOLDER_WATCH_MAX);
	else
		log_error(LOG_MAIN, "bad dynamic directory %s: %s", p->path, strerror(errno));
}

void host_files_watch(struct server *s, const struct dhcp_conf *c, enum host_files_told told)
{
	folder_watch_drop(&s->host_dirs.watch, is_watched, c);
	for (size_t i = 0; i < 2; i++)
		for (const struct dhcp_path *p = dirs_of(c, i); p; p = p->next)
			watch(s, p, told);
}

static void folders_changed(struct hosts_dirs *dirs)
{
	struct server *s = container_of(dirs, struct server, host_dirs);

	if (s->host_files)
		reader_ask(s->reader, &s->reread[CHANGE_FOLDERS].job);
}

enum status host_files_open(struct server *s)
{
	s->host_dirs.changed = folders_changed;
	if (hosts_dirs_open(&s->host_dirs, s->loop) != ST_OK)
		return ST_SYSTEM;
	host_files_watch(s, s->now->dhcp, HOST_FILES_QUIET);
	return ST_OK;
}

struct dhcp_files *host_folders_read(const struct dhcp_conf *conf, struct conf_files *from,
				     const struct dhcp_files *beside,
				     const struct hosts_pending *changed)
{
	struct complaints c = { .conf = conf, .from = from, .changed = changed };
	struct dhcp_files *f;

	for (size_t i = 0; i < changed->n; i++)
		log_info(LOG_DHCP, "read %s", changed->path[i]);
	f = dhcp_folders_read(conf, from, beside, bad_line, &c);
	tell_left_out(&c);
	return f;
}

/* ---- all of it ------------------------------------------------------------------------ */

struct dhcp_files *host_files_read(const struct dhcp_conf *conf, struct conf_files *from)
{
	struct complaints c = { .conf = conf, .from = from };
	struct dhcp_files *f = dhcp_files_read(conf, from, bad_line, &c);

	tell_ethers(&c, f);
	tell_read(&c, conf->hosts_files);
	tell_read(&c, conf->opts_files);
	tell_read(&c, conf->hosts_dirs);
	tell_read(&c, conf->opts_dirs);
	tell_left_out(&c);
	return f;
}

/* ---- the addresses of names -------------------------------------------------------- */

static bool find_name(void *arg, const char *name, struct dhcp_named *out)
{
	const struct server *s = arg;
	const struct dns_data *d = s->dns ? dns_service_data(s->dns) : NULL;

	return d && host_names_find(d, name, out);
}

static bool find_name_at(void *arg, const struct addr *a, struct dhcp_name_at *out)
{
	const struct server *s = arg;
	const struct dns_data *d = s->dns ? dns_service_data(s->dns) : NULL;

	return d && host_names_at(d, a, out);
}

static bool find_name_in(void *arg, const char *name, struct dhcp_named *out)
{
	const struct dns_data *const *data = arg;

	return *data && host_names_find(*data, name, out);
}

static bool find_name_at_in(void *arg, const struct addr *a, struct dhcp_name_at *out)
{
	const struct dns_data *const *data = arg;

	return *data && host_names_at(*data, a, out);
}

static void tell_named(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;			/* dnsmasq's line does not say it */
	log_warning(LOG_DHCP, "%s", what);
}

const struct dhcp_names *host_files_names(struct server *s)
{
	s->host_names = (struct dhcp_names){ find_name, find_name_at, tell_named, s };
	return &s->host_names;
}

struct dhcp_names host_files_names_of(const struct dns_data **data)
{
	return (struct dhcp_names){ find_name_in, find_name_at_in, tell_named, data };
}
