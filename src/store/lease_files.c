/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/lease_files.h"

static int real_open(const struct lease_files *f, const char *path, int flags, mode_t mode)
{
	(void)f;
	return open(path, flags | O_CLOEXEC, mode);
}

static void real_close(const struct lease_files *f, int fd)
{
	(void)f;
	close(fd);
}

static ssize_t real_read(const struct lease_files *f, int fd, void *to, size_t n, off_t at)
{
	(void)f;
	return pread(fd, to, n, at);
}

static ssize_t real_write(const struct lease_files *f, int fd, const void *from, size_t n, off_t at)
{
	(void)f;
	return pwrite(fd, from, n, at);
}

static int real_truncate(const struct lease_files *f, int fd, off_t size)
{
	(void)f;
	return ftruncate(fd, size);
}

static int real_sync(const struct lease_files *f, int fd)
{
	(void)f;
	return fsync(fd);
}

static int real_sync_folder(const struct lease_files *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	(void)f;
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int real_rename(const struct lease_files *f, const char *from, const char *to)
{
	(void)f;
	return rename(from, to);
}

static int real_unlink(const struct lease_files *f, const char *path)
{
	(void)f;
	return unlink(path);
}

static int real_stat(const struct lease_files *f, const char *path, struct stat *out)
{
	(void)f;
	return stat(path, out);
}

static int real_size(const struct lease_files *f, int fd, off_t *out)
{
	struct stat st;

	(void)f;
	if (fstat(fd, &st) != 0)
		return -1;
	*out = st.st_size;
	return 0;
}

/* Left alone where it is so already: a file's owner may be one that we cannot give it to. */
static int real_own(const struct lease_files *f, int fd, uid_t uid, gid_t gid, mode_t mode)
{
	struct stat st;

	(void)f;
	if (fstat(fd, &st) != 0)
		return -1;
	if ((st.st_uid != uid || st.st_gid != gid) && fchown(fd, uid, gid) != 0)
		return -1;
	return (st.st_mode & 07777) == mode ? 0 : fchmod(fd, mode);
}

const struct lease_files lease_files_real = {
	.open = real_open, .close = real_close, .read = real_read, .write = real_write,
	.truncate = real_truncate, .sync = real_sync, .sync_folder = real_sync_folder,
	.rename = real_rename, .unlink = real_unlink, .stat = real_stat, .size = real_size,
	.own = real_own,
};

enum status lease_files_write(const struct lease_files *f, int fd, struct span bytes, off_t at)
{
	while (bytes.n) {
		ssize_t n = f->write(f, fd, bytes.p, bytes.n, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0 || errno == ENOSPC || errno == EDQUOT ? ST_FULL : ST_SYSTEM;
		bytes = span_of(bytes.p + n, bytes.n - (size_t)n);
		at += n;
	}
	return ST_OK;
}

enum status lease_files_read_fd(const struct lease_files *f, int fd, uint8_t **out, size_t *out_n)
{
	size_t n = 0;
	off_t size;
	uint8_t *p;

	if (f->size(f, fd, &size) != 0)
		return ST_SYSTEM;
	p = malloc((size_t)size + 1);
	if (!p)
		return ST_FULL;
	while (n < (size_t)size) {
		ssize_t got = f->read(f, fd, p + n, (size_t)size - n, (off_t)n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			free(p);
			return ST_SYSTEM;
		}
		if (got == 0)
			break;			/* it became shorter meanwhile */
		n += (size_t)got;
	}
	*out = p;
	*out_n = n;
	return ST_OK;
}

enum status lease_files_read(const struct lease_files *f, const char *path, uint8_t **out,
			     size_t *out_n)
{
	int fd = f->open(f, path, O_RDONLY, 0);
	enum status s;

	if (fd < 0)
		return errno == ENOENT ? ST_UNKNOWN : ST_SYSTEM;
	s = lease_files_read_fd(f, fd, out, out_n);
	f->close(f, fd);
	return s;
}

void lease_files_folder(const char *path, char *out, size_t size)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(out, size, ".");
	else if (slash == path)
		snprintf(out, size, "/");
	else
		snprintf(out, size, "%.*s", (int)(slash - path), path);
}
