/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/conf_runner.h"
#include "app/fixed.h"
#include "app/lease_answers.h"
#include "app/log.h"
#include "app/server.h"
#include "app/server_status.h"
#include "base/child.h"
#include "base/must.h"
#include "conf/look_up.h"
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

/* The working folder is / by now. */
static int open_own(struct conf_files *files, const char *path, int flags)
{
	char *whole = server_path(container_of(files, struct server, own_files), path);
	int fd = open(whole, flags | O_CLOEXEC), error = errno;

	free(whole);
	errno = error;
	return fd;
}

static int run_own(struct conf_files *files, const char *command, int *out_status)
{
	return conf_runner_run(container_of(files, struct server, own_files)->runner, command,
			  out_status);
}

void server_open_reader(struct server *s)
{
	s->own_files = (struct conf_files){ .open = open_own, .look_up = look_up_here,
					    .run = run_own };
	s->reader = reader_new(s->loop, s->helper ? helper_files(s->helper) : &s->own_files);
	for (size_t i = 0; i < COUNT_OF(s->reread); i++)
		reread_init(&s->reread[i], s, (enum change_of)i);
	reload_init(&s->reload, s);
}

void server_read_files(struct server *s)
{
	reader_do(s->reader, &s->reread[CHANGE_ALL].job);
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
	if (s->ending)
		return;			/* told twice; once is enough to say so */
	s->ending = true;
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

static void read_files(struct server *s)
{
	reader_ask(s->reader, &s->reread[CHANGE_ALL].job);
}

static const struct { int number; void (*act)(struct server *s); } on_signal[] = {
	{ SIGHUP, read_files }, { SIGUSR1, server_statistics }, { SIGUSR2, open_log_again },
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

static bool answer_status(void *server, char *const *args, FILE *out)
{
	(void)args;
	server_status(server, out);
	return true;
}

static bool answer_conf(void *server, char *const *args, FILE *out)
{
	(void)args;
	server_print_paths(server, out, "");
	return true;
}

static const struct control_word words[] = {
	{ "conf", answer_conf, NULL },          { "leases", NULL, &lease_list_task },
	{ "lease-add", NULL, &lease_add_task }, { "lease-release", NULL, &lease_release_task },
	{ "pools", lease_pools_answer, NULL },  { "reload", NULL, &reload_task },
	{ "status", answer_status, NULL },
};

/* ---- life ---------------------------------------------------------------------------- */

enum status server_listen_to_signals(struct server *s)
{
	s->signals.got = got_signal;
	s->signals.fd = -1;
	return signals_open(&s->signals);
}

void server_open_control(struct server *s)
{
	if (control_open(&s->control, words, COUNT_OF(words), s, getuid()) != ST_OK)
		log_debug(LOG_MAIN, "no control socket: %s", strerror(errno));
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

/* It was the helper's, too. */
static void stop_runner(struct server *s)
{
	if (s->runner < 0)
		return;
	close(s->runner);
	child_wait(s->runner_pid);
}

void server_stop(struct server *s)
{
	control_free(s->control);
	s->control = NULL;
	reader_free(s->reader);		/* it reads for all of these */
	tftp_thread_free(s->tftp);
	http_service_free(s->http);
	if (s->leases)
		leases_stop(s->leases);
	if (s->script)
		script_finish(s->script);
	if (s->dhcp)
		hosts_dirs_close(&s->host_dirs);
	dhcp_server_free(s->dhcp);
	leases_free(s->leases);
	script_free(s->script);
	dns_service_free(s->dns);	/* it was told of the last leases, too */
	dhcp_files_free(s->host_files);
	if (s->loop && s->signals.fd >= 0)
		signals_stop(&s->signals);
	remove_pid_file(s);
	helper_free(s->helper);
	stop_runner(s);
	fixed_free(s->fixed);
	loop_free(s->loop);
	files_free(s->files);
	lease_hw_done(&s->lease_hw);
	lease_tags_free(s->lease_tags);
}
