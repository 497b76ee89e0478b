/* SPDX-License-Identifier: ISC */
#include "conf/script.h"

#include <errno.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/child.h"

extern char **environ;

int script_run(const char *command, int *out_status)
{
	char shell[] = "/bin/sh", option[] = "-c";
	char *argv[] = { shell, option, (char *)(uintptr_t)command, NULL };
	int output = memfd_create("conf-script", MFD_CLOEXEC), error;
	pid_t child;

	if (output < 0)
		return -1;
	error = child_start(argv, environ, output, -1, &child);
	if (error == 0) {
		*out_status = child_wait(child);
		error = lseek(output, 0, SEEK_SET) < 0 ? errno : 0;
	}
	if (error == 0)
		return output;
	close(output);
	errno = error;
	return -1;
}
