/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/listeners.h"
#include "app/log.h"
#include "app/reload.h"
#include "app/server.h"
#include "app/server_status.h"
#include "base/must.h"
#include "net/uv_loop.h"

char *server_path(const struct server *s, const char *path)
{
	const char *folder = s->start_folder ? s->start_folder : "/";
	size_t size = strlen(folder) + strlen(path) + 2;
	char *whole = malloc(size);

	must(whole);
	snprintf(whole, size, path[0] == '/' ? "%.0s%s" : "%s/%s", folder, path);
	return whole;
}

struct conf_files *server_files(struct server *s)
{
	return s->helper ? helper_files(s->helper) : NULL;
}

/* ---- signals ------------------------------------------------------------------- */

static void open_log_again(struct server *s)
{
	int fd = -1;

	if (!log_path())
		return;
	if (s->helper) {
		fd = helper_open_log(s->helper);
		if (fd < 0)
			goto failed;
	}
	if (log_reopen(fd) == ST_OK)
		return;
failed:
	log_error(LOG_MAIN, "cannot open log %s: %s", log_path(), strerror(errno));
}

static void end(struct server *s)
{
	log_info(LOG_MAIN, "exiting on receipt of SIGTERM");
	s->exit_code = EXIT_CODE_OK;
	loop_stop(s->loop);
}

/* Only in debug mode: elsewhere it once told dnsmasq that the clock is right. */
static void interrupt(struct server *s)
{
	if (!s->now->app->no_daemon)
		return;
	s->exit_code = EXIT_CODE_MISC;
	loop_stop(s->loop);
}

static const struct { int number; void (*act)(struct server *s); } on_signal[] = {
	{ SIGHUP, server_read_files }, { SIGUSR1, server_statistics }, { SIGUSR2, open_log_again },
	{ SIGTERM, end },	      { SIGINT, interrupt },
};

static void got_signal(struct signals *signals, int number)
{
	struct server *s = container_of(signals, struct server, signals);

	for (size_t i = 0; i < COUNT_OF(on_signal); i++)
		if (on_signal[i].number == number)
			on_signal[i].act(s);
}

/* ---- words that others send ------------------------------------------------------- */

static bool answer_reload(void *server, FILE *out)
{
	return server_reload(server, out);
}

static bool answer_status(void *server, FILE *out)
{
	server_status(server, out);
	return true;
}

static bool answer_conf(void *server, FILE *out)
{
	server_print_paths(server, out, "");
	return true;
}

static const struct control_word words[] = {
	{ "conf", answer_conf }, { "reload", answer_reload }, { "status", answer_status },
};

/* ---- life ---------------------------------------------------------------------------- */

/* A server without a control socket serves all the same. */
static void open_control(struct server *s)
{
	if (control_open(&s->control, words, COUNT_OF(words), s, getuid()) != ST_OK)
		log_debug(LOG_MAIN, "no control socket: %s", strerror(errno));
}

/* What only bind-interfaces insists on. */
static bool check_interfaces(struct server *s, struct failure *f)
{
	const struct lan_conf *lan = s->now->lan;
	const char *name;
	const struct addr *a;

	if (!lan->bind_interfaces)
		return true;
	name = listeners_missing_interface(lan, s->loop);
	if (name)
		return failure_set(f, EXIT_CODE_NET, "unknown interface %s", name);
	a = listeners_missing_address(lan, s->loop);
	if (a && (s->now->boot->tftp || s->now->boot->http_roots))
		return failure_set(f, EXIT_CODE_NET,
				   "failed to create listening socket for %s: %s", addr_text(a).s,
				   strerror(EADDRNOTAVAIL));
	return true;
}

static bool open_loop(struct server *s, struct failure *f)
{
	s->signals.got = got_signal;
	s->signals.fd = -1;
	if (signals_open(&s->signals) == ST_OK && loop_new(&s->loop, UV_LOOP_NETLINK) == ST_OK)
		return true;
	return failure_set(f, EXIT_CODE_MISC, "cannot make an event loop: %s", strerror(errno));
}

static void add_log(struct server *s)
{
	if (s->now->app->log_json) {
		event_log_init(&s->event_log, &s->events);
		return;
	}
	boot_log_init(&s->boot_log, &s->events);
	boot_log_configure(&s->boot_log, s->now->boot);
}

static void add_roots(struct server *s)
{
	const struct boot_root *lists[] = { s->now->boot->tftp_roots, s->now->boot->http_roots };

	for (size_t i = 0; i < COUNT_OF(lists); i++)
		for (const struct boot_root *r = lists[i]; r; r = r->next)
			if (files_add_root(s->files, r->path) != ST_OK)
				log_debug(LOG_MAIN, "cannot open %s yet: %s", r->path,
					  strerror(errno));
}

static bool open_boot(struct server *s, struct failure *f)
{
	s->files = files_new(s->run_as.uid);
	must(s->files);
	add_roots(s);
	if (!s->now->boot->tftp)
		return true;
	s->tftp = tftp_thread_open(s->now, s->files, &s->events, &s->counters, f);
	return s->tftp != NULL;
}

bool server_open_sockets(struct server *s, struct failure *f)
{
	if (!open_loop(s, f) || !check_interfaces(s, f))
		return false;
	add_log(s);
	if (!open_boot(s, f))
		return false;
	open_control(s);
	return true;
}

bool server_open_store(struct server *s, struct failure *f)
{
	(void)s, (void)f;
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

/* Without a helper the server reads its configuration and opens its log itself. */
static void allow_own_files(struct server *s)
{
	const char *const *paths;
	size_t n = conf_paths(s->now->conf, &paths);

	for (size_t i = 0; i < n; i++)
		if (!sandbox_allow(&s->sandbox, paths[i], SANDBOX_READ))
			sandbox_allow_around(&s->sandbox, paths[i], SANDBOX_READ);
	for (const struct dhcp_path *p = s->now->dhcp->hosts_files; p; p = p->next)
		sandbox_allow_around(&s->sandbox, p->path, SANDBOX_READ);
	for (const struct dhcp_path *p = s->now->dhcp->opts_files; p; p = p->next)
		sandbox_allow_around(&s->sandbox, p->path, SANDBOX_READ);
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

bool server_start(struct server *s, struct failure *f)
{
	s->started_ms = loop_now(s->loop).mono_ms;
	s->number = 1;
	if (s->helper)
		files_set_opener(s->files, open_outside, s->helper);
	if (signals_start(&s->signals, s->loop) != ST_OK ||
	    (s->control && control_start(s->control, s->loop) != ST_OK) ||
	    (s->tftp && tftp_thread_start(s->tftp) != ST_OK))
		return failure_set(f, EXIT_CODE_MISC, "cannot start: %s", strerror(errno));
	return true;
}

void server_run(struct server *s)
{
	loop_run(s->loop);
}

static void remove_pid_file(struct server *s)
{
	if (!s->pid_file)
		return;
	if (!s->helper || !helper_remove_pid_file(s->helper))
		unlink(s->pid_file);
	free(s->pid_file);
	s->pid_file = NULL;
}

void server_stop(struct server *s)
{
	control_free(s->control);
	tftp_thread_free(s->tftp);
	if (s->loop && s->signals.fd >= 0)
		signals_stop(&s->signals);
	loop_free(s->loop);
	files_free(s->files);
	remove_pid_file(s);
	helper_free(s->helper);
}
