/* SPDX-License-Identifier: ISC */
/*
 * How the parts of a server are opened, fenced and started; the order of all
 * that is app/start.c's.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/fixed.h"
#include "app/host_files.h"
#include "app/log.h"
#include "app/script_init.h"
#include "app/server.h"
#include "base/must.h"
#include "lan/bind.h"
#include "net/uv_loop.h"

bool server_check(const struct server *s, const struct generation *g, struct failure *f)
{
	const struct lan_conf *lan = g->lan;
	const char *error = lan_start_error(lan);
	const struct if_name *missing = lan_missing(lan->interfaces, s->loop);

	if (error)
		return failure_set(f, EXIT_CODE_CONF, "%s", error);
	if (missing && lan->bind_interfaces)
		return failure_set(f, EXIT_CODE_NET, "unknown interface %s", missing->name);
	return true;
}

/*
 * In place where that is permitted: at the start, or of a port that is nobody's
 * privilege.  What is not, the helper may have; before it is forked, and where
 * there is none, not permitted is the answer.
 */
static enum status open_socket(struct socket_door *d, const struct socket_want *want, int *out_fd)
{
	struct server *s = container_of(d, struct server, door);
	enum status status = socket_open(want, out_fd);

	return status == ST_REFUSED && s->helper ? helper_socket(s->helper, want, out_fd) : status;
}

static bool open_loop(struct server *s, struct failure *f)
{
	s->door.open = open_socket;
	if (server_listen_to_signals(s) == ST_OK &&
	    loop_new(&s->loop, UV_LOOP_NETLINK) == ST_OK) {
		loop_set_door(s->loop, &s->door);
		return true;
	}
	return failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
}

void server_configure_logs(struct server *s, const struct generation *g)
{
	event_log_configure(&s->event_log, g->dhcp->quiet && !g->dhcp->log_dhcp, g->boot->quiet);
	boot_log_configure(&s->boot_log, g->boot);
	dhcp_log_set(&s->dhcp_log, g->dhcp->log_dhcp, g->dhcp->quiet);
	dns_log_set(&s->dns_log, g->app->log_queries_proto   ? DNS_LOG_PROTO
				 : g->app->log_queries_extra ? DNS_LOG_EXTRA
							     : DNS_LOG_PLAIN);
}

static void add_log(struct server *s)
{
	if (s->now->app->log_json) {
		event_log_init(&s->event_log, &s->events);
	} else {
		boot_log_init(&s->boot_log, &s->events);
		dhcp_log_init(&s->dhcp_log, &s->events);
		dns_log_init(&s->dns_log, &s->events);
	}
	server_configure_logs(s, s->now);
}

void server_add_roots(struct server *s, const struct generation *g)
{
	const struct boot_root *lists[] = { g->boot->tftp_roots, g->boot->http_roots };

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (const struct boot_root *r = lists[i]; r; r = r->next)
			if (files_add_root(s->files, r->path) != ST_OK)
				log_debug(LOG_MAIN, "cannot open %s yet: %s", r->path,
					  strerror(errno));
}

static void open_files(struct server *s)
{
	s->files = files_new(s->run_as.uid);
	must(s->files);
	server_add_roots(s, s->now);
}

static bool open_tftp(struct server *s, struct failure *f)
{
	if (!s->now->boot->tftp)
		return true;
	s->tftp = tftp_thread_open(s->now, s->files, &s->events, &s->counters, &s->lease_hw,
				   &s->door, f);
	return s->tftp != NULL;
}

static bool open_http(struct server *s, struct failure *f)
{
	if (!s->now->boot->http_roots)
		return true;
	s->http = http_service_open(s->loop, s->now, s->files, &s->events, &s->counters, f);
	return s->http != NULL;
}

static void names_changed(void *server, enum dns_change_of what)
{
	struct server *s = server;

	reader_ask(s->reader, &s->reread[what].job);
}

bool server_open_dns(struct server *s, const struct generation *g, struct failure *f)
{
	const struct dns_service_want want = { s->loop, &s->events, &s->door, s->lease_tags,
					       names_changed, s };

	s->dns = dns_service_open(&want, g, f);
	return s->dns != NULL;
}

static bool open_dns(struct server *s, struct failure *f)
{
	if (!s->now->lan->port)
		return true;
	return server_open_dns(s, s->now, f);
}

/* Leases come with the store, after the helper's fork. */
static bool open_dhcp(struct server *s, struct failure *f)
{
	char why[256];

	if (!dhcp_conf_is_on(s->now->dhcp))
		return true;
	s->dhcp = dhcp_server_new(s->loop, NULL, &s->events, &s->counters);
	dhcp_server_set_names(s->dhcp, host_files_names(s));
	if (host_files_open(s) != ST_OK)
		return failure_set(f, EXIT_CODE_MISC, "failed to create inotify: %s", strerror(errno));
	dhcp_server_configure(s->dhcp, s->now->dhcp, s->now->lan, NULL);
	if (dhcp_server_listen(s->dhcp, why, sizeof why) != ST_OK)
		return failure_set(f, EXIT_CODE_NET, "%s", why);
	return true;
}

bool server_open_sockets(struct server *s, struct failure *f)
{
	if (!open_loop(s, f) || !server_check(s, s->now, f))
		return false;
	add_log(s);
	lease_hw_init(&s->lease_hw);
	s->lease_tags = lease_tags_new();
	open_files(s);
	if (!open_dns(s, f) || !open_dhcp(s, f) || !open_tftp(s, f) || !open_http(s, f))
		return false;
	server_open_control(s);
	return true;
}

/* False: the script could not be asked. */
static bool ask_script(struct server *s, struct leases_want *want, struct failure *f)
{
	const struct dhcp_conf *c = s->now->dhcp;

	if (!c->leasefile_ro)
		return true;
	want->store = "given";
	if (!c->script) {
		log_warning(LOG_DHCP, "leasefile-ro without dhcp-script: leases are kept in memory only");
		want->store = "memory";
		return true;
	}
	script_keep_leases(s->script);
	return script_init(c->script, &want->given, f);
}

static bool open_leases(struct server *s, struct leases_want *want, struct failure *f)
{
	char why[512];
	enum status status;

	if (!ask_script(s, want, f))
		return false;
	status = leases_open(&s->leases, s->loop, want,
			     s->run_as.change ? s->run_as.uid : (uid_t)-1,
			     s->run_as.change ? s->run_as.gid : (gid_t)-1, why, sizeof why);
	return status == ST_OK || failure_set(f, status == ST_FULL ? EXIT_CODE_MISC : EXIT_CODE_FILE,
					      "%s", why);
}

bool server_open_store(struct server *s, struct failure *f)
{
	char *file = server_path(s, s->now->dhcp->lease_file);
	struct leases_want want = {
		.file = file, .store = s->now->dhcp->lease_store, .max = s->now->dhcp->lease_max,
		.counters = &s->counters,
	};
	const bool serves = s->now->dhcp->ranges != NULL;	/* a relay keeps no leases */
	const bool opened = !serves || open_leases(s, &want, f);

	free(file);
	free((void *)(uintptr_t)want.given.p);
	if (!opened || !serves)
		return opened;
	dhcp_server_set_leases(s->dhcp, s->leases);
	dhcp_server_set_tags(s->dhcp, s->lease_tags);
	lease_hw_follow(&s->lease_hw, s->leases);
	if (s->dns)
		dns_service_follow(s->dns, s->leases);
	return true;
}

static void allow(struct server *s, const char *folder, enum sandbox_access access)
{
	if (!sandbox_allow(&s->sandbox, folder, access))
		log_debug(LOG_MAIN, "sandbox: %s: %s", folder, strerror(errno));
}

/* TFTP without a root serves the whole machine, as in dnsmasq. */
static void allow_roots(struct server *s)
{
	const struct boot_conf *b = s->now->boot;

	for (const struct boot_root *r = b->tftp_roots; r; r = r->next)
		allow(s, r->path, SANDBOX_READ);
	for (const struct boot_root *r = b->http_roots; r; r = r->next)
		allow(s, r->path, SANDBOX_READ);
	if (b->tftp && !b->tftp_roots)
		allow(s, "/", SANDBOX_READ);
}

static void allow_around(void *sandbox, const char *path)
{
	sandbox_allow_around(sandbox, path, SANDBOX_READ);
}

/* Without a helper the server reads its configuration and opens its log itself. */
static void allow_own_files(struct server *s)
{
	const char *const *paths;
	size_t n = conf_paths(s->now->conf, &paths);

	for (size_t i = 0; i < n; i++)
		if (!sandbox_allow(&s->sandbox, paths[i], SANDBOX_READ))
			sandbox_allow_around(&s->sandbox, paths[i], SANDBOX_READ);
	dhcp_conf_each_path(s->now->dhcp, allow_around, &s->sandbox);
	dns_service_allow_files(s->now, &s->sandbox);
	if (log_path())
		sandbox_allow_around(&s->sandbox, log_path(), SANDBOX_WRITE);
	if (s->pid_file)
		sandbox_allow_around(&s->sandbox, s->pid_file, SANDBOX_WRITE);
}

void server_allow_folders(struct server *s)
{
	const char *folders[2];
	size_t n = s->leases ? leases_folders(s->leases, folders) : 0;

	for (size_t i = 0; i < n; i++)
		allow(s, folders[i], SANDBOX_WRITE);
	allow_roots(s);
	if (!s->helper)
		allow_own_files(s);
}

static int open_outside(void *arg, const char *path)
{
	return helper_open_served(arg, path);
}

/* It cannot be forked again: what it needs to be was given up. */
static void helper_gone(void *arg, const char *how)
{
	(void)arg;
	log_error(LOG_MAIN, "the helper process is gone (%s): serving goes on, but files and ports "
		  "that only it may open stay closed and a reload needs a new start", how);
}

bool server_start(struct server *s, struct failure *f)
{
	s->started_ms = loop_now(s->loop).mono_ms;
	s->number = 1;
	s->fixed = fixed_of(s->now);
	server_open_reader(s);
	if (s->helper)
		files_set_opener(s->files, open_outside, s->helper);
	if (s->script)
		script_configure(s->script, s->now);
	if (s->script && s->dhcp)
		dhcp_server_set_facts(s->dhcp, script_take_facts, s->script);
	if (reader_start(s->reader) != ST_OK || signals_start(&s->signals, s->loop) != ST_OK ||
	    (s->script && script_start(s->script, s->loop, s->leases, &s->events) != ST_OK) ||
	    (s->helper && helper_watch(s->helper, s->loop, helper_gone, s) != ST_OK) ||
	    (s->control && control_start(s->control, s->loop) != ST_OK) ||
	    (s->leases && leases_start(s->leases) != ST_OK) ||
	    (s->dhcp && hosts_dirs_start(&s->host_dirs) != ST_OK) ||
	    (s->dns && dns_service_start(s->dns) != ST_OK) ||
	    (s->tftp && tftp_thread_start(s->tftp) != ST_OK) ||
	    (s->http && http_service_start(s->http) != ST_OK))
		return failure_set(f, EXIT_CODE_MISC, "cannot start: %s", strerror(errno));
	return true;
}
