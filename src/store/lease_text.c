/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>

#include "base/must.h"
#include "store/lease_text.h"

void lease_text_resolve(const char *path, char *out, size_t size)
{
	char real[PATH_MAX], folder[PATH_MAX];
	const char *base = strrchr(path, '/');

	if (realpath(path, real)) {
		snprintf(out, size, "%s", real);
		return;
	}
	/* not there: its folder may be */
	lease_files_folder(path, folder, sizeof folder);
	if (realpath(folder, real))
		snprintf(out, size, "%s/%s", strcmp(real, "/") == 0 ? "" : real,
			 base ? base + 1 : path);
	else
		snprintf(out, size, "%s", path);
}

enum status lease_text_open(struct lease_text *t, const struct lease_files *files,
			    const char *path, uid_t uid, gid_t gid)
{
	struct stat st;

	*t = (struct lease_text){ .files = files, .fd = -1 };
	snprintf(t->path, sizeof t->path, "%s", path);
	lease_files_folder(path, t->folder, sizeof t->folder);
	snprintf(t->fresh, sizeof t->fresh, "%s.new", t->path);
	t->folder_unsynced = files->stat(files, path, &st) != 0;
	t->fd = files->open(files, path, O_RDWR | O_CREAT, 0644);
	if (t->fd < 0)
		return ST_SYSTEM;
	if (files->stat(files, path, &st) != 0)
		return ST_SYSTEM;
	if (!S_ISREG(st.st_mode) || st.st_nlink > 1)
		t->in_place = true;	/* a rename would make another file of it */
	if (uid != (uid_t)-1 && S_ISREG(st.st_mode) &&
	    files->own(files, t->fd, uid, gid, st.st_mode & 07777) != 0 && errno != EPERM)
		return ST_SYSTEM;
	return ST_OK;
}

void lease_text_close(struct lease_text *t)
{
	if (t->files && t->fd >= 0)
		t->files->close(t->files, t->fd);
	t->fd = -1;
}

static enum status write_parts(struct lease_text *t, int fd, struct lease_image *image, off_t at)
{
	struct iovec part[2];
	enum status s = ST_OK;

	lease_image_text(image, part);
	for (int i = 0; i < 2 && s == ST_OK; i++) {
		s = lease_files_write(t->files, fd, span_of(part[i].iov_base, part[i].iov_len), at);
		at += (off_t)part[i].iov_len;
	}
	return s;
}

static off_t image_size(struct lease_image *image)
{
	struct iovec part[2];

	lease_image_text(image, part);
	return (off_t)(part[0].iov_len + part[1].iov_len);
}

/* ---- by rename ------------------------------------------------------------ */

/* What a folder answers that will never let a file be replaced, as opposed to being full. */
static bool refuses_rename(int error)
{
	static const int refusals[] = { EBUSY, EPERM, EACCES, EROFS, EXDEV };

	for (size_t i = 0; i < COUNT_OF(refusals); i++)
		if (error == refusals[i])
			return true;
	return false;
}

static enum status fresh_fill(struct lease_text *t, int fd, struct lease_image *image)
{
	struct stat st;
	enum status s;

	if (t->files->stat(t->files, t->path, &st) == 0 &&
	    t->files->own(t->files, fd, st.st_uid, st.st_gid, st.st_mode & 07777) != 0)
		return ST_SYSTEM;
	s = write_parts(t, fd, image, 0);
	if (s == ST_OK && t->files->sync(t->files, fd) != 0)
		s = errno == ENOSPC ? ST_FULL : ST_SYSTEM;
	if (s == ST_OK && t->files->rename(t->files, t->fresh, t->path) != 0)
		s = ST_SYSTEM;
	return s;
}

/* ST_REFUSED: it cannot be done here, ever. */
static enum status write_by_rename(struct lease_text *t, struct lease_image *image)
{
	const struct lease_files *f = t->files;
	int fd = f->open(f, t->fresh, O_RDWR | O_CREAT | O_EXCL, 0644);
	enum status s;
	int error;

	if (fd < 0 && errno == EEXIST && f->unlink(f, t->fresh) == 0)	/* of a crash */
		fd = f->open(f, t->fresh, O_RDWR | O_CREAT | O_EXCL, 0644);
	if (fd < 0)
		return refuses_rename(errno) || errno == EEXIST ? ST_REFUSED : ST_SYSTEM;
	s = fresh_fill(t, fd, image);
	if (s == ST_OK) {
		lease_text_close(t);
		t->fd = fd;
		t->folder_unsynced = true;
		return ST_OK;
	}
	error = errno;
	f->close(f, fd);
	f->unlink(f, t->fresh);
	errno = error;
	return s == ST_SYSTEM && refuses_rename(error) ? ST_REFUSED : s;
}

/* ---- in place ------------------------------------------------------------- */

/* Somebody may have put another file there: that one is written, if we may. */
static void follow_path(struct lease_text *t)
{
	int fd = t->files->open(t->files, t->path, O_RDWR, 0);

	if (fd < 0)
		return;
	lease_text_close(t);
	t->fd = fd;
}

static enum status finish(struct lease_text *t, off_t size)
{
	off_t now;

	if (t->files->size(t->files, t->fd, &now) != 0 ||
	    (now > size && t->files->truncate(t->files, t->fd, size) != 0))
		return ST_SYSTEM;
	if (t->files->sync(t->files, t->fd) != 0)
		return errno == ENOSPC ? ST_FULL : ST_SYSTEM;
	return ST_OK;
}

/*
 * What lies past the old end is written first: if there is no room for it, the
 * old text is still whole.
 */
static enum status write_in_place(struct lease_text *t, struct lease_image *image)
{
	off_t size = image_size(image), old = 0;
	struct iovec part[2];
	enum status s = ST_OK;

	follow_path(t);
	if (t->files->size(t->files, t->fd, &old) != 0)
		return ST_SYSTEM;
	lease_image_text(image, part);
	for (int pass = 0; pass < 2 && s == ST_OK; pass++) {
		off_t at = 0;

		for (int i = 0; i < 2 && s == ST_OK; at += (off_t)part[i].iov_len, i++) {
			off_t end = at + (off_t)part[i].iov_len;
			off_t from = pass == 0 && at < old ? old : at;
			off_t to = pass == 1 && end > old ? old : end;

			if (from < to)
				s = lease_files_write(t->files, t->fd, span_of(
					(char *)part[i].iov_base + (from - at),
					(size_t)(to - from)), from);
		}
		if (s != ST_OK && pass == 0) {
			int error = errno;

			if (t->files->truncate(t->files, t->fd, old) != 0)
				error = errno;
			errno = error;
		}
	}
	return s == ST_OK ? finish(t, size) : s;
}

enum status lease_text_write(struct lease_text *t, struct lease_image *image)
{
	enum status s;

	if (t->in_place)
		return write_in_place(t, image);
	s = write_by_rename(t, image);
	t->in_place = s == ST_REFUSED;
	return s;
}

enum status lease_text_sync(struct lease_text *t)
{
	if (t->fd >= 0 && t->files->sync(t->files, t->fd) != 0)
		return ST_SYSTEM;
	/* a folder that may not be read cannot be synced: nothing better can be done there */
	if (t->folder_unsynced && t->files->sync_folder(t->files, t->folder) != 0 && errno != EACCES)
		return ST_SYSTEM;
	t->folder_unsynced = false;
	return ST_OK;
}

/*
 * Where the copy begins: past the old text and past where the new one will lie, with
 * newlines between, so that a line that was cut short does not run into it.
 */
static enum status make_gap(struct lease_text *t, off_t old, off_t size, off_t *out_end)
{
	char newlines[4096];
	enum status s = ST_OK;

	*out_end = (old > size ? old : size) + 1;
	memset(newlines, '\n', sizeof newlines);
	while (old < *out_end && s == ST_OK) {
		size_t left = (size_t)(*out_end - old);
		size_t n = left < sizeof newlines ? left : sizeof newlines;

		s = lease_files_write(t->files, t->fd, span_of(newlines, n), old);
		old += (off_t)n;
	}
	return s;
}

enum status lease_text_write_behind(struct lease_text *t, struct lease_image *image)
{
	off_t size = image_size(image), old, end;
	enum status s;

	follow_path(t);
	if (t->files->size(t->files, t->fd, &old) != 0)
		return ST_SYSTEM;
	s = make_gap(t, old, size, &end);
	if (s == ST_OK)
		s = write_parts(t, t->fd, image, end);
	if (s == ST_OK)
		s = t->files->sync(t->files, t->fd) == 0 ? ST_OK : ST_SYSTEM;
	if (s != ST_OK) {
		int error = errno;

		/* the old text alone: what was not acknowledged is not to be found later */
		if (t->files->truncate(t->files, t->fd, old) != 0)
			error = errno;
		errno = error;
		return s;
	}
	s = write_parts(t, t->fd, image, 0);
	/* the copy behind goes when this one is surely there */
	if (s == ST_OK && t->files->sync(t->files, t->fd) != 0)
		s = ST_SYSTEM;
	return s == ST_OK ? finish(t, size) : s;
}
