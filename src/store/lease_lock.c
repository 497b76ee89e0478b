/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "store/lease_lock.h"

static pid_t pid_inside(int fd)
{
	char text[32] = "";

	if (pread(fd, text, sizeof text - 1, 0) <= 0)
		return 0;
	return (pid_t)strtol(text, NULL, 10);
}

/* The lock on a file that holds no number is looked up in the kernel's list. */
static pid_t pid_listed(int fd)
{
	unsigned long long inode;
	unsigned major, minor;
	struct stat st;
	char line[256];
	int pid, found = 0;
	FILE *list;

	if (fstat(fd, &st) != 0 || !(list = fopen("/proc/locks", "re")))
		return 0;
	while (!found && fgets(line, sizeof line, list))
		if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major, &minor, &inode) == 4 &&
		    inode == st.st_ino && makedev(major, minor) == st.st_dev)
			found = pid;
	fclose(list);
	return (pid_t)found;
}

static bool still_named(int fd, const char *path)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

static enum status lock_fd(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB) == 0)
		return ST_OK;
	return errno == EWOULDBLOCK ? ST_TAKEN : ST_SYSTEM;
}

enum status lease_lock_take(struct lease_lock *l, const char *path, uid_t uid, gid_t gid,
			    pid_t *out_pid)
{
	enum status s = ST_SYSTEM;
	char number[32];
	int fd, n;

	snprintf(l->path, sizeof l->path, "%s.lock", path);
	for (int tries = 0; tries < 10; tries++) {
		fd = open(l->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
		if (fd < 0 && errno == EACCES)		/* another user's: still to be asked */
			fd = open(l->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return ST_SYSTEM;
		s = lock_fd(fd);
		if (s == ST_TAKEN)
			*out_pid = pid_inside(fd);
		/* its last holder may have removed it between our open and our lock */
		if (s != ST_OK || still_named(fd, l->path))
			break;
		close(fd);
		s = ST_SYSTEM;
	}
	if (s != ST_OK) {
		close(fd);
		return s;
	}
	l->fd = fd;
	n = snprintf(number, sizeof number, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) != 0 || pwrite(fd, number, (size_t)n, 0) != n)
		*out_pid = 0;		/* a full disk: locked all the same, only nameless */
	if (uid != (uid_t)-1 && fchown(fd, uid, gid) != 0 && errno != EPERM) {
		lease_lock_free(l);
		return ST_SYSTEM;
	}
	return ST_OK;
}

enum status lease_lock_take_file(struct lease_lock *l, const char *path, pid_t *out_pid)
{
	enum status s;

	l->path[0] = 0;
	l->fd = open(path, O_RDWR | O_CLOEXEC);
	if (l->fd < 0)
		return ST_SYSTEM;
	s = lock_fd(l->fd);
	if (s == ST_TAKEN)
		*out_pid = pid_listed(l->fd);
	if (s != ST_OK) {
		close(l->fd);
		l->fd = -1;
	}
	return s;
}

void lease_lock_free(struct lease_lock *l)
{
	if (l->fd < 0)
		return;
	/* may be refused by the folder: an unlocked file that stays harms nobody */
	if (l->path[0] && still_named(l->fd, l->path))
		unlink(l->path);
	close(l->fd);
	l->fd = -1;
}
