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
	uint32_t started_s;		/* wall clock */
	uint32_t readings;		/* of hosts files, since then */
};

/* ---- files that change ------------------------------------------------------------------- */

/* False: a folder cannot be watched; *out_path's. */
static bool watch_resolv(struct dns_service *s, const struct generation *g, const char **out_path)
{
	const struct dns_conf *c = g->dns;
	const char *paths[RESOLV_FILES_MAX];
	size_t n = c->no_poll || !g->lan->port ? 0 : dns_data_resolv(c, paths);
	size_t bad;

	if (file_watch_set(&s->resolv, paths, n, &bad) != ST_UNKNOWN)
		return true;
	*out_path = paths[bad];
	return false;
}

static void watch_resolv_or_say(struct dns_service *s, const struct generation *g)
{
	const char *path;

	if (!watch_resolv(s, g, &path))
		log_error(LOG_MAIN, "cannot watch %s: %s; it is read again on SIGHUP", path,
			  strerror(errno));
}

static void resolv_changed(struct file_watch *w)
{
	struct dns_service *s = container_of(w, struct dns_service, resolv);

	if (s->data)
		s->want.changed(s->want.arg, DNS_CHANGE_SERVERS);
}

static void hosts_changed(struct hosts_dirs *dirs)
{
	struct dns_service *s = container_of(dirs, struct dns_service, dirs);

	if (s->data)
		s->want.changed(s->want.arg, DNS_CHANGE_HOSTS);
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
	s->dirs.changed = hosts_changed;
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
	if (!watch_resolv(s, g, &path)) {
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
	lease_names_stop(&s->lease_names);
	dns_data_free(s->data);
	neighbours_free(s->neighbours);
	names_free(s->names);
	free(s);
}

/* ---- another reading ----------------------------------------------------------------------- */

/* Before it is read: what changes from now on is read once more.  On SIGHUP resolv.conf is watched
 * already, and so it is by one that has not served yet. */
static void watch(struct dns_service *s, const struct generation *g, enum dns_change_of what)
{
	if (what == DNS_CHANGE_ALL)
		hosts_dirs_use(&s->dirs, g->dns, !g->lan->port);
	if (what == DNS_CHANGE_SERVERS || g != s->now)
		watch_resolv_or_say(s, g);
}

void dns_service_prepare(struct dns_service *s, const struct loop *l, const struct generation *g,
			 enum dns_change_of what, enum dns_says says, struct dns_change *out)
{
	*out = (struct dns_change){
		.of = what, .says = says, .g = g, .here = dns_here_of(l, g->lan->port),
		.readings = 1, .started_s = (uint32_t)loop_now(l).wall_s,
	};
	if (!s)
		return;
	watch(s, g, what);
	out->old = s->data;
	out->started_s = s->started_s;
	out->readings = s->readings + 1;
	if (what != DNS_CHANGE_SERVERS)
		out->changed = hosts_dirs_take(&s->dirs);
}

static void use_all(struct dns_service *s, const struct dns_change *c)
{
	s->now = c->g;
	follow_neighbours(s);
	s->lease_names.dhcp = c->g->dhcp;
}

/* Hosts files are others, or may be. */
static void use_hosts(struct dns_service *s, const struct dns_change *c)
{
	s->readings = c->readings;	/* the serial of zones never goes back */
	lease_names_use(&s->lease_names, s->now->lan, s->data->hosts);
}

/* What is kept of answers goes where it may be another's now. */
static bool clears_cache(const struct dns_service *s, const struct dns_change *c)
{
	return (c->of == DNS_CHANGE_ALL && c->old) ||
	       (c->of == DNS_CHANGE_SERVERS && s->now->dns->clear_on_reload);
}

void dns_service_take(struct dns_service *s, struct dns_change *c)
{
	struct dns_data *before = s->data;

	if (c->of == DNS_CHANGE_ALL)
		use_all(s, c);
	s->data = c->data;
	c->data = before;
	if (c->of != DNS_CHANGE_SERVERS)
		use_hosts(s, c);
}

void dns_service_use(struct dns_service *s, const struct dns_change *c, struct failure *f)
{
	dns_workers_use(s->workers, s->now, s->data, f);
	if (clears_cache(s, c))
		dns_workers_clear_cache(s->workers);
	if (c->of == DNS_CHANGE_SERVERS)	/* told once they are asked */
		dns_lines_servers(s->data->conf, s->data->files, &c->here);
}

void dns_service_keep(struct dns_service *s)
{
	hosts_dirs_use(&s->dirs, s->now->dns, true);
	watch_resolv_or_say(s, s->now);
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

	if (!s->data)
		return;
	dns_lines_statistics(dns_workers_counts(s->workers), &now, s->data, servers, n);
	if (s->now->app->log_queries || s->now->app->no_daemon)
		dns_lines_cache(dns_workers_cache(s->workers), s->data, s->names,
				loop_now(s->want.loop));
}

void dns_service_status(struct dns_service *s, FILE *out)
{
	static struct server_stats servers[DNS_SERVERS_TOLD];
	struct dns_now now = dns_workers_now(s->workers);
	size_t n = dns_workers_servers(s->workers, servers);

	dns_lines_status(out, dns_workers_counts(s->workers), &now, names_count(s->names),
			 s->data ? hosts_count(s->data->hosts) : 0, servers, n);
}
