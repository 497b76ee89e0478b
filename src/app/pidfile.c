/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "app/pidfile.h"

static enum status fill(int fd, pid_t pid, uid_t owner, gid_t group)
{
	char line[16];
	int n = snprintf(line, sizeof line, "%d\n", (int)pid);

	if (write(fd, line, (size_t)n) != n)
		return ST_SYSTEM;
	/* Without the right to give it away it stays ours: no reason to fail. */
	if (fchown(fd, owner, group) < 0 && errno != EPERM)
		return ST_SYSTEM;
	return ST_OK;
}

enum status pidfile_write(const char *path, pid_t pid, uid_t owner, gid_t group)
{
	enum status s;
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return ST_SYSTEM;
	s = fill(fd, pid, owner, group);
	close(fd);
	return s;
}
