/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "conf/fuzz_files.h"

#define SELVES_MAX 8			/* how often an input may include itself */

static int open_text(struct span text)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, text.p, text.n) == (ssize_t)text.n);
	must(lseek(fd, 0, SEEK_SET) == 0);
	return fd;
}

/* A folder with a few regular files in it that is on every Linux. */
static int open_folder(void)
{
	return open("/proc/sys/net/core", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int open_file(struct conf_files *files, const char *path, int flags)
{
	struct fuzz_files *f = container_of(files, struct fuzz_files, files);

	if (flags & O_DIRECTORY && path[0] == 'd')
		return open_folder();
	if (path[0] == 's' && f->selves++ < SELVES_MAX)
		return open_text(f->self);
	if (path[0] == 'l')
		return open_text(span_text("conf-file=loop\n"));	/* without an end */
	if (path[0] == 'd')
		return open_text(span_text("# a file of the folder\n"));
	if (path[0] == 'f')
		return open_folder();		/* a folder where a file was meant */
	errno = path[0] == 'e' ? EACCES : ENOENT;
	return -1;
}

/* A command prints what a file of its name holds; one that begins with "l" fails besides. */
static int run_command(struct conf_files *files, const char *command, int *out_status)
{
	*out_status = command[0] == 'l';
	return open_file(files, command, 0);
}

void fuzz_files_init(struct fuzz_files *f, struct span self)
{
	static bool closed;

	*f = (struct fuzz_files){ .files.open = open_file, .files.run = run_command,
				   .self = self };
	if (closed)
		return;
	closed = true;			/* standard input is nobody's here */
	must(freopen("/dev/null", "r", stdin));
}
