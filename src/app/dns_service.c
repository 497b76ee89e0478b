/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/dns_lines.h"
#include "app/dns_service.h"
#include "app/file_watch.h"
#include "app/hosts_dirs.h"
#include "app/lease_names.h"
#include "base/log.h"
#include "base/must.h"
#include "dns/edns_ask.h"
#include "net/neighbours.h"

#define BAD_LINES_MAX 50		/* told of one reading */

struct dns_service {
	struct dns_service_want want;
	const struct generation *now;
	struct dns_workers *workers;
	struct dns_data *data;		/* NULL before the first reading */
	struct names *names;
	struct neighbours *neighbours;	/* followed where add-mac asks for them */
	struct lease_names lease_names;
	struct file_watch resolv;
	struct hosts_dirs dirs;
	struct conf_files *from;	/* as last given: what a changed file is read through */
	uint32_t started_s;		/* wall clock */
	uint32_t readings;		/* of all data, since then */
};

/* ---- reading ----------------------------------------------------------------------- */

/* What of a reading is told: nothing while names are not served. */
enum says { SAY_NOTHING, SAY_FILES, SAY_FILES_AND_SERVERS };

struct complaints {
	enum says says;
	struct dns_here here;
	const struct hosts_dirs *dirs;	/* of these files alone that were read is told; NULL: of all */
	uint32_t told, left_out;
};

static void bad_line(void *arg, const struct origin *o, const char *what)
{
	struct complaints *c = arg;

	if (c->says == SAY_NOTHING || (c->dirs && !hosts_dirs_awaits(c->dirs, o->file)))
		return;
	if (c->told == BAD_LINES_MAX) {
		c->left_out++;
		return;
	}
	c->told++;
	log_error(LOG_MAIN, "%s:%u: %s", o->file, o->line, what);
}

static void hosts_were_read(void *arg, const char *path, size_t names)
{
	const struct complaints *c = arg;

	if (c->says != SAY_NOTHING && (!c->dirs || hosts_dirs_awaits(c->dirs, path)))
		log_info(LOG_MAIN, "read %s - %zu names", path, names);
}

static void list_was_read(void *arg, const char *path, const struct block_counts *n)
{
	const struct complaints *c = arg;

	if (c->says != SAY_NOTHING)
		dns_lines_block_list(path, n);
}

static void servers_were_read(void *arg, const struct dns_conf *conf, const struct server_files *f)
{
	const struct complaints *c = arg;

	if (c->says == SAY_FILES_AND_SERVERS)
		dns_lines_servers(conf, f, &c->here);
}

static struct dns_reading reading(struct conf_files *from, struct complaints *c)
{
	return (struct dns_reading){
		.from = from, .bad = bad_line, .servers_read = servers_were_read,
		.hosts_read = hosts_were_read, .list_read = list_was_read, .arg = c,
	};
}

static void tell_left_out(const struct complaints *c)
{
	if (c->left_out)
		log_error(LOG_MAIN, "%u more wrong lines were left out", c->left_out);
}

static struct dns_here here(const struct dns_service *s)
{
	return (struct dns_here){ s->want.loop, s->now->lan->port };
}

/* All of it. */
static void read_all(struct dns_service *s, struct conf_files *from, enum says says,
		     struct failure *f)
{
	struct complaints c = { .says = says, .here = here(s) };
	struct dns_reading how = reading(from, &c);
	struct dns_data *old = s->data;

	how.readings = ++s->readings;
	how.started_s = s->started_s;
	s->data = dns_data_read(s->now->dns, s->now->lan, &how);
	tell_left_out(&c);
	if (says != SAY_NOTHING && s->now->dns->no_hosts && !s->now->dns->hosts_files &&
	    s->now->dns->cache_size > 0)
		log_info(LOG_MAIN, "cleared cache");	/* dnsmasq's line where no file was read */
	hosts_dirs_read(&s->dirs, NULL);
	s->lease_names.dhcp = s->now->dhcp;
	lease_names_use(&s->lease_names, s->now->lan, s->data->hosts);
	dns_workers_use(s->workers, s->now, s->data, f);
	if (old)
		dns_workers_clear_cache(s->workers);
	dns_data_free(old);
}

/* Told once they are asked. */
static void read_servers(struct dns_service *s)
{
	struct complaints c = { .says = SAY_FILES, .here = here(s) };
	const struct dns_reading how = reading(s->from, &c);
	struct failure f = { .code = EXIT_CODE_OK };
	struct dns_data *old = s->data;

	s->data = dns_data_read_servers(old, &how);
	tell_left_out(&c);
	dns_workers_use(s->workers, s->now, s->data, &f);
	if (f.text[0])
		log_error(LOG_MAIN, "%s", f.text);
	if (s->now->dns->clear_on_reload)
		dns_workers_clear_cache(s->workers);
	dns_data_free_old(old);
	dns_lines_servers(s->data->conf, s->data->files, &c.here);
}

/* Files of hostsdir have changed.  Wrong lines of the others were told before. */
static void read_hosts(struct hosts_dirs *dirs)
{
	struct dns_service *s = container_of(dirs, struct dns_service, dirs);
	struct complaints c = { .says = SAY_FILES, .here = here(s), .dirs = dirs };
	const struct dns_reading how = reading(s->from, &c);
	struct failure f = { .code = EXIT_CODE_OK };
	struct dns_data *old = s->data;

	if (!old)
		return;
	s->data = dns_data_read_hosts(old, &how);
	s->readings++;			/* the serial of zones never goes back */
	tell_left_out(&c);
	hosts_dirs_read(dirs, old->hosts);
	lease_names_use(&s->lease_names, s->now->lan, s->data->hosts);
	dns_workers_use(s->workers, s->now, s->data, &f);
	if (f.text[0])
		log_error(LOG_MAIN, "%s", f.text);
	dns_data_free_old_hosts(old);
}

/* ---- resolv.conf changes --------------------------------------------------------------- */

/* False: a folder cannot be watched; *out_path's. */
static bool watch_resolv(struct dns_service *s, const char **out_path)
{
	const struct dns_conf *c = s->now->dns;
	const char *paths[RESOLV_FILES_MAX];
	size_t n = c->no_poll || !s->now->lan->port ? 0 : dns_data_resolv(c, paths);
	size_t bad;

	if (file_watch_set(&s->resolv, paths, n, &bad) != ST_UNKNOWN)
		return true;
	*out_path = paths[bad];
	return false;
}

static void resolv_changed(struct file_watch *w)
{
	struct dns_service *s = container_of(w, struct dns_service, resolv);
	const char *path;

	if (!s->data)
		return;
	read_servers(s);
	if (!watch_resolv(s, &path))
		log_error(LOG_MAIN, "cannot watch %s: %s; it is read again on SIGHUP", path,
			  strerror(errno));
}

/* ---- life ---------------------------------------------------------------------------------- */

/* Without them the kernel is asked for each question, which is slower and no less true. */
static void follow_neighbours(struct dns_service *s)
{
	if (!s->now->lan->port || !edns_wants_hw(&s->now->dns->disclosure))
		neighbours_stop(s->neighbours);
	else if (neighbours_start(s->neighbours, s->want.loop) != ST_OK)
		log_warning(LOG_MAIN, "warning: cannot follow the neighbour table: %s",
			    strerror(errno));
}

struct dns_service *dns_service_open(const struct dns_service_want *want,
				     const struct generation *g, struct failure *f)
{
	struct dns_service *s = calloc(1, sizeof *s);
	const char *path;

	must(s);
	s->want = *want;
	s->now = g;
	s->started_s = (uint32_t)(loop_now(want->loop).wall_s);
	s->resolv.fd = -1;
	s->resolv.changed = resolv_changed;
	s->dirs.watch.fd = -1;
	s->dirs.changed = read_hosts;
	s->neighbours = neighbours_new();
	s->names = names_new();
	must(s->names);
	lease_names_init(&s->lease_names, s->names, want->loop);
	s->workers = dns_workers_open(&(struct dns_workers_want){ want->loop, want->events,
								  s->names, want->tags,
								  s->neighbours, want->door },
				      g, f);
	if (!s->workers)
		goto failed;
	if (file_watch_open(&s->resolv) != ST_OK || hosts_dirs_open(&s->dirs, want->loop) != ST_OK) {
		failure_set(f, EXIT_CODE_MISC, "failed to create inotify: %s", strerror(errno));
		goto failed;
	}
	if (!watch_resolv(s, &path)) {
		failure_set(f, EXIT_CODE_MISC, "directory for resolv-file %s is missing, cannot "
			    "poll: %s", path, strerror(errno));
		goto failed;
	}
	hosts_dirs_use(&s->dirs, g->dns, true);	/* with the rights of the start; told when it reads */
	return s;
failed:
	dns_service_free(s);
	return NULL;
}

void dns_service_follow(struct dns_service *s, struct leases *leases)
{
	lease_names_follow(&s->lease_names, leases);
}

enum status dns_service_start(struct dns_service *s)
{
	enum status status = file_watch_start(&s->resolv, s->want.loop);

	follow_neighbours(s);
	if (status == ST_OK)
		status = hosts_dirs_start(&s->dirs);
	return status == ST_OK ? dns_workers_start(s->workers) : status;
}

void dns_service_free(struct dns_service *s)
{
	if (!s)
		return;
	file_watch_close(&s->resolv);
	hosts_dirs_close(&s->dirs);
	dns_workers_free(s->workers);
	dns_data_free(s->data);
	neighbours_free(s->neighbours);
	names_free(s->names);
	free(s);
}

void dns_service_read(struct dns_service *s, struct conf_files *from, enum dns_why why)
{
	struct failure f = { .code = EXIT_CODE_OK };
	bool servers;

	s->from = from;
	if (!s->now->lan->port)
		return;
	servers = why == DNS_AT_START || s->now->dns->no_poll || s->now->dns->servers_files;
	hosts_dirs_use(&s->dirs, s->now->dns, false);
	read_all(s, from, servers ? SAY_FILES_AND_SERVERS : SAY_FILES, &f);
}

void dns_service_configure(struct dns_service *s, const struct generation *g,
			   struct conf_files *from, struct failure *f)
{
	const char *path;

	s->from = from;
	s->now = g;
	follow_neighbours(s);
	hosts_dirs_use(&s->dirs, g->dns, !g->lan->port);
	read_all(s, from, g->lan->port ? SAY_FILES_AND_SERVERS : SAY_NOTHING, f);
	if (!watch_resolv(s, &path))
		log_error(LOG_MAIN, "cannot watch %s: %s; it is read again on SIGHUP", path,
			  strerror(errno));
}

const struct dns_data *dns_service_data(const struct dns_service *s)
{
	return s->now->lan->port ? s->data : NULL;
}

static void allow(void *sandbox, const char *path)
{
	if (!sandbox_allow(sandbox, path, SANDBOX_READ))
		sandbox_allow_around(sandbox, path, SANDBOX_READ);
}

void dns_service_allow_files(const struct generation *g, struct sandbox *sandbox)
{
	if (g->lan->port)
		dns_data_each_path(g->dns, allow, sandbox);
}

/* ---- what it tells -------------------------------------------------------------------------------- */

const struct bindings *dns_service_listening(const struct dns_service *s)
{
	return dns_workers_listening(s->workers);
}

void dns_service_statistics(struct dns_service *s)
{
	static struct server_stats servers[DNS_SERVERS_TOLD];	/* the control loop is one thread */
	struct dns_now now = dns_workers_now(s->workers);
	size_t n = dns_workers_servers(s->workers, servers);

	dns_lines_statistics(dns_workers_counts(s->workers), &now, s->now->dns, servers, n);
	if (s->now->app->log_queries || s->now->app->no_daemon)
		dns_lines_cache(dns_workers_cache(s->workers), loop_now(s->want.loop));
}

void dns_service_status(struct dns_service *s, FILE *out)
{
	static struct server_stats servers[DNS_SERVERS_TOLD];
	struct dns_now now = dns_workers_now(s->workers);
	size_t n = dns_workers_servers(s->workers, servers);

	dns_lines_status(out, dns_workers_counts(s->workers), &now, names_count(s->names),
			 s->data ? hosts_count(s->data->hosts) : 0, servers, n);
}
