/* SPDX-License-Identifier: ISC */
#include "app/script_init.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/child.h"
#include "conf/source.h"

extern char **environ;

/* dnsmasq's: what the script ended with comes on top. */
enum { EXIT_CODE_INIT = 10 };

static bool cannot_run(const char *path, int error, struct failure *f)
{
	return failure_set(f, EXIT_CODE_FILE, "cannot run lease-init script %s: %s", path,
			   strerror(error));
}

static bool judge(int status, struct failure *f)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (!WIFEXITED(status))
		return failure_set(f, EXIT_CODE_MISC, "lease-init script was killed by signal %d",
				   WTERMSIG(status));
	return failure_set(f, (enum exit_code)(EXIT_CODE_INIT + WEXITSTATUS(status)),
			   "lease-init script returned exit code %d", WEXITSTATUS(status));
}

bool script_init(const char *path, struct span *out, struct failure *f)
{
	char *argv[] = { (char *)(uintptr_t)path, (char *)(uintptr_t)"init", NULL };
	int output[2], error, status;
	pid_t script;

	*out = span_of(NULL, 0);
	if (pipe2(output, O_CLOEXEC) < 0)
		return cannot_run(path, errno, f);
	error = child_start(argv, environ, output[1], -1, &script);
	close(output[1]);
	if (!error && source_read(NULL, output[0], out) < 0)
		error = -errno;			/* it runs, and is waited for */
	close(output[0]);
	if (error > 0)
		return cannot_run(path, error, f);
	status = child_wait(script);
	return error ? cannot_run(path, -error, f) : judge(status, f);
}
