/* SPDX-License-Identifier: ISC */
#include "base/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/must.h"

/* Those that a server or its processes take or ignore. */
static const int our_signals[] = { SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE };

static void set_signals(posix_spawnattr_t *how)
{
	sigset_t set;

	sigemptyset(&set);
	must(posix_spawnattr_setsigmask(how, &set) == 0);
	for (size_t i = 0; i < COUNT_OF(our_signals); i++)
		sigaddset(&set, our_signals[i]);
	must(posix_spawnattr_setsigdefault(how, &set) == 0 &&
	     posix_spawnattr_setflags(how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF) == 0);
}

static void redirect(posix_spawn_file_actions_t *actions, int from, int to)
{
	must(from < 0 || posix_spawn_file_actions_adddup2(actions, from, to) == 0);
}

int child_start(char *const *argv, char *const *env, int output, int errors, pid_t *out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t how;
	int error;

	must(posix_spawn_file_actions_init(&actions) == 0 && posix_spawnattr_init(&how) == 0);
	redirect(&actions, output, STDOUT_FILENO);
	redirect(&actions, errors, STDERR_FILENO);
	set_signals(&how);
	error = posix_spawn(out, argv[0], &actions, &how, argv, env);
	posix_spawnattr_destroy(&how);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int child_wait(pid_t child)
{
	int status = 0;

	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}
