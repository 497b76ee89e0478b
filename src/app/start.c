/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/conf_runner.h"
#include "app/daemon.h"
#include "app/identity.h"
#include "app/log.h"
#include "app/pidfile.h"
#include "app/privileges.h"
#include "app/questions.h"
#include "app/server.h"
#include "app/start.h"
#include "app/start_lines.h"
#include "base/must.h"

#define DESCRIPTORS 16384
#define MAPPED_BYTES (128 * 1024)	/* what glibc begins with */

struct start {
	struct server *server;
	struct failure failure;
	bool answered;			/* it was a question, not a start */
};

/* ---- the steps: false ends the start, with a failure or an answer ------------ */

static bool answer_names(struct start *s)
{
	s->answered = questions_names(s->server->line.argc, s->server->line.argv);
	return !s->answered;
}

static bool read_configuration(struct start *s)
{
	s->server->now = generation_read(&s->server->line, NULL);
	s->answered = questions_answer(s->server->now);
	return !s->answered;
}

/* All mistakes together. */
static bool tell_mistakes(struct start *s)
{
	struct conf *conf = s->server->now->conf;

	s->failure.code = (enum exit_code)conf_exit_code(conf);
	for (size_t i = 0; i < conf_errors(conf); i++)
		failure_tell(conf_error_text(conf, i), i == 0);
	return conf_errors(conf) == 0;
}

static bool check_configuration(struct start *s)
{
	tell_mistakes(s);
	if (s->failure.code == EXIT_CODE_OK && s->server->now->app->test) {
		fprintf(stderr, "%s: syntax check OK.\n", identity_name());
		s->answered = true;
	}
	return s->failure.code == EXIT_CODE_OK && !s->answered;
}

/* What only shows on the machine that serves, and so is no part of --test. */
static bool check_folders(struct start *s)
{
	return boot_roots_check(s->server->now->conf, s->server->now->boot) || tell_mistakes(s);
}

static bool find_user(struct start *s)
{
	const char *name;

	if (privileges_find(s->server->now->app, &s->server->run_as, &name) == ST_OK)
		return true;
	return failure_set(&s->failure, EXIT_CODE_CONF, "unknown user or group: %s", name);
}

static bool go_into_background(struct start *s)
{
	const struct app_conf *app = s->server->now->app;

	if (app->no_daemon || app->foreground || daemon_enter() == ST_OK)
		return true;
	return failure_set(&s->failure, EXIT_CODE_MISC, "cannot fork into background: %s",
			   strerror(errno));
}

/* Before there is a log or a socket that it could hold open. */
static bool fork_conf_runner(struct start *s)
{
	s->server->runner = conf_runner_fork(s->server->now->conf, &s->server->runner_pid);
	return true;
}

static bool open_log(struct start *s)
{
	const struct app_conf *app = s->server->now->app;

	if (log_open(app) != ST_OK)
		return failure_set(&s->failure, EXIT_CODE_FILE, "cannot open log %s: %s",
				   app->log_file, strerror(errno));
	if (log_fd() >= 0 && s->server->run_as.change &&
	    fchown(log_fd(), s->server->run_as.uid, (gid_t)-1) < 0)
		log_warning(LOG_MAIN, "warning: cannot give log %s to its user: %s", app->log_file,
			    strerror(errno));
	return true;
}

static bool open_dump(struct start *s)
{
	const struct app_conf *app = s->server->now->app;

	if (!app->dump_file || !*app->dump_file)
		return true;
	if (!app->dump_mask)
		log_warning(LOG_MAIN, "warning: dumpfile %s stays empty without dumpmask",
			    app->dump_file);
	return dump_open(&s->server->dump, &s->server->events, app->dump_file, app->dump_mask,
			 &s->failure);
}

static bool open_sockets(struct start *s)
{
	return server_open_sockets(s->server, &s->failure);
}

static bool fork_helper(struct start *s)
{
	struct server *server = s->server;

	if (getuid() != 0)
		return true;
	server->helper = helper_fork(&server->line, server->now, server->runner,
				     s->server->run_as.uid, s->server->run_as.gid);
	if (!server->helper)
		return failure_set(&s->failure, EXIT_CODE_MISC, "cannot fork the helper: %s",
				   strerror(errno));
	return true;
}

/* Whom it runs as; debug mode changes nobody.  False: there is no such user. */
static bool find_script_user(const struct start *s, uid_t *uid, gid_t *gid)
{
	const struct generation *g = s->server->now;
	const struct passwd *user;

	*uid = (uid_t)-1;
	*gid = (gid_t)-1;
	if (!g->dhcp->script_user || g->app->no_daemon)
		return true;
	user = getpwnam(g->dhcp->script_user);
	if (user) {
		*uid = user->pw_uid;
		*gid = user->pw_gid;
	}
	return user != NULL;
}

static bool fork_script(struct start *s)
{
	struct server *server = s->server;
	const struct dhcp_conf *dhcp = server->now->dhcp;
	uid_t uid;
	gid_t gid;

	if (!dhcp->script)
		return true;
	if (!find_script_user(s, &uid, &gid))
		return failure_set(&s->failure, EXIT_CODE_CONF, "unknown user or group: %s",
				   dhcp->script_user);
	server->script = script_fork(dhcp->script, uid, gid);
	if (!server->script)
		return failure_set(&s->failure, EXIT_CODE_MISC, "cannot fork for %s: %s",
				   dhcp->script, strerror(errno));
	return true;
}

static bool open_store(struct start *s)
{
	return server_open_store(s->server, &s->failure);
}

/* Not in debug mode, as in dnsmasq. */
static bool write_pid_file(struct start *s)
{
	const struct app_conf *app = s->server->now->app;

	if (app->no_daemon || !*app->pid_file)
		return true;
	if (pidfile_write(app->pid_file, getpid(), s->server->run_as.uid, s->server->run_as.gid) !=
	    ST_OK)
		return failure_set(&s->failure, EXIT_CODE_FILE, "failed to open pidfile %s: %s",
				   app->pid_file, strerror(errno));
	s->server->pid_file = server_path(s->server, app->pid_file);
	return true;
}

/* Folders are opened as root; the server's user may not be able to reach them. */
static bool prepare_sandbox(struct start *s)
{
	sandbox_init(&s->server->sandbox,
		     s->server->dns ? SANDBOX_MAKES_TCP : SANDBOX_TAKES_TCP);
	server_allow_folders(s->server);
	if (!s->server->now->app->no_daemon && chdir("/") < 0)
		return failure_set(&s->failure, EXIT_CODE_MISC, "cannot change to /: %s",
				   strerror(errno));
	return true;
}

static bool drop_privileges(struct start *s)
{
	s->server->run_as.has_helper = s->server->helper != NULL;
	s->server->run_as.needs_devices = s->server->now->lan->bind_dynamic ||
					  s->server->now->lan->bind_interfaces;
	s->server->run_as.needs_neighbours = !frames_work(s->server->loop);
	s->server->run_as.needs_netfilter = s->server->now->lan->port &&
					    dns_conf_needs_netfilter(s->server->now->dns);
	if (privileges_drop(&s->server->run_as) == ST_OK)
		return true;
	return failure_set(&s->failure, EXIT_CODE_MISC, "cannot become user %s: %s",
			   s->server->now->app->user, strerror(errno));
}

static bool enter_sandbox(struct start *s)
{
	sandbox_enter(&s->server->sandbox);
	return true;
}

static bool start_threads(struct start *s)
{
	return server_start(s->server, &s->failure);
}

static bool say_so(struct start *s)
{
	start_lines(s->server);
	server_read_files(s->server);
	log_start();
	daemon_ready(s->server->now->app->log_target == LOG_TO_STDERR);
	return true;
}

/* clang-format off */
static bool (*const steps[])(struct start *s) = {
	answer_names, read_configuration, check_configuration, check_folders, find_user,
	go_into_background, fork_conf_runner, open_log, open_dump, open_sockets, fork_helper, fork_script, open_store, write_pid_file, prepare_sandbox, drop_privileges,
	enter_sandbox, start_threads, say_so,
};
/* clang-format on */

/* ---- around them ----------------------------------------------------------------- */

/* Whoever started us may have closed these; a socket must never become number 2. */
static void open_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd >= 0)
		close(fd);
}

/* Connections, transfers and listeners each have one. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	(void)setrlimit(RLIMIT_NOFILE, &limit);		/* it serves fewer, then */
}

/*
 * What is large is mapped by itself and goes back to the system when it is freed.  Left alone, glibc
 * takes the first large table that a reload frees as a sign to take the next ones from the heap, where
 * what lives on between them keeps the room of all that went.
 */
static void give_memory_back(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
}

static int finish(struct start *s)
{
	struct server *server = s->server;

	if (s->failure.text[0])
		failure_tell(s->failure.text, true);
	server_stop(server);
	dump_close(&server->dump);
	log_stop();
	if (s->failure.code != EXIT_CODE_OK)
		daemon_failed((int)s->failure.code);
	generation_free(server->now);
	free(server->start_folder);
	return s->failure.code != EXIT_CODE_OK ? (int)s->failure.code : server->exit_code;
}

int start(int argc, char **argv)
{
	static struct server server;
	struct start s = { .server = &server };
	bool ok = true;

	signals_hold();
	open_standard_descriptors();
	raise_descriptor_limit();
	give_memory_back();
	umask(022);
	server.line = (struct command_line){ argc, argv };
	server.runner = -1;
	server.start_folder = getcwd(NULL, 0);
	for (size_t i = 0; ok && i < COUNT_OF(steps); i++)
		ok = steps[i](&s);
	if (ok)
		server_run(&server);
	return finish(&s);
}
