/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "boot/files.h"
#include "boot/walk.h"

#define ROOTS_MAX 64			/* over all reloads */
#define ROOT_PATH O_PATH | O_DIRECTORY | O_CLOEXEC

struct held_root {
	char *path;
	int fd;				/* -1: it was not there */
};

struct files {
	uid_t run_as;
	struct walk walk;
	files_open_outside *open_outside;
	void *open_arg;
	pthread_mutex_t lock;		/* of the roots; they only ever grow in number */
	struct held_root root[ROOTS_MAX];
	size_t roots;
};

struct files *files_new(uid_t run_as)
{
	struct files *f = calloc(1, sizeof *f);

	if (!f)
		return NULL;
	f->run_as = run_as;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

void files_free(struct files *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->roots; i++) {
		free(f->root[i].path);
		if (f->root[i].fd >= 0)
			close(f->root[i].fd);
	}
	pthread_mutex_destroy(&f->lock);
	free(f);
}

void files_set_opener(struct files *f, files_open_outside *open_outside, void *arg)
{
	f->open_outside = open_outside;
	f->open_arg = arg;
}

void files_without_openat2(struct files *f)
{
	atomic_store(&f->walk.without_openat2, true);
}

/* ---- roots -------------------------------------------------------------- */

static int root_open_path(const char *path)
{
	char full[PATH_MAX];

	if (!files_path(path, "", "", full, sizeof full)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(full, ROOT_PATH);
}

/* The descriptor held for a path, or -1.  Under the lock. */
static int root_held(const struct files *f, const char *path)
{
	for (size_t i = 0; i < f->roots; i++)
		if (strcmp(f->root[i].path, path) == 0)
			return f->root[i].fd;
	return -1;
}

static enum status root_keep(struct files *f, const char *path, int fd)
{
	struct held_root *r = &f->root[f->roots];

	if (f->roots == ROOTS_MAX)
		return ST_FULL;
	r->path = strdup(path);
	if (!r->path)
		return ST_FULL;
	r->fd = fd;
	f->roots++;
	return ST_OK;
}

enum status files_add_root(struct files *f, const char *path)
{
	int fd = root_open_path(path);
	enum status s = fd < 0 ? ST_SYSTEM : ST_OK;
	int error = errno;

	pthread_mutex_lock(&f->lock);
	if (fd >= 0 && root_held(f, path) < 0)
		s = root_keep(f, path, fd);
	else if (fd >= 0)
		close(fd);
	pthread_mutex_unlock(&f->lock);
	if (fd >= 0 && s == ST_FULL)
		close(fd);
	errno = error;
	return s;
}

/*
 * The root as it is now: its path may have been replaced or mounted on since
 * the start.  The one held since then serves where the path cannot be walked
 * any more (privileges are gone).
 */
static int root_open(struct files *f, const char *path)
{
	int fd = root_open_path(path), error = errno;

	if (fd >= 0 || error == ENOENT || error == ENOTDIR)
		return fd;
	pthread_mutex_lock(&f->lock);
	fd = root_held(f, path);
	pthread_mutex_unlock(&f->lock);
	errno = error;
	return fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 3);
}

/* ---- files -------------------------------------------------------------- */

static enum files_result result_of(int error)
{
	static const struct { int error; enum files_result result; } table[] = {
		{ ENOENT,  FILES_MISSING    }, { EACCES, FILES_FORBIDDEN  },
		{ EPERM,   FILES_FORBIDDEN  }, { EXDEV,  FILES_FORBIDDEN  },
		{ ELOOP,   FILES_FORBIDDEN  }, { EISDIR, FILES_NOT_A_FILE },
		{ ENOTDIR, FILES_NOT_A_FILE },
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].error == error)
			return table[i].result;
	return FILES_FAILED;
}

/* dnsmasq's rules; 0 or an errno. */
static int refusal(const struct files *f, const struct stat *st, enum files_rule rule)
{
	if (S_ISDIR(st->st_mode))
		return EISDIR;
	if (!S_ISREG(st->st_mode))
		return EACCES;
	if (f->run_as == 0)
		return st->st_mode & S_IROTH ? 0 : EACCES;
	return rule & FILES_OWNED && st->st_uid != f->run_as ? EACCES : 0;
}

/* May run_as read it, by its mode alone?  What another process opened for us was not checked. */
static bool is_readable(const struct files *f, const struct stat *st)
{
	return st->st_mode & S_IROTH || (st->st_uid == f->run_as && st->st_mode & S_IRUSR);
}

/* A link out of the root that the sandbox does not let us follow. */
static int open_elsewhere(struct files *f, const char *root, const char *name,
			  const struct stat *st)
{
	char path[PATH_MAX];

	if (!f->open_outside || !is_readable(f, st) ||
	    !files_path(root, "", name, path, sizeof path)) {
		errno = EACCES;
		return -1;
	}
	return f->open_outside(f->open_arg, path);
}

static bool is_refused(int error)
{
	return error == EACCES || error == EPERM || error == EXDEV;
}

/* The file is looked at before it is opened: opening a device or a pipe may do something. */
static int open_checked(struct files *f, const char *root, int dir, const char *name,
			enum files_rule rule)
{
	const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	bool inside = rule & FILES_INSIDE;
	struct stat st;
	int fd;

	if (fstatat(dir, *name ? name : ".", &st, 0) < 0)
		return -1;
	errno = refusal(f, &st, rule);
	if (errno)
		return -1;
	fd = walk_open(&f->walk, dir, name, flags, inside ? WALK_INSIDE : WALK_FOLLOW);
	if (fd < 0 && !inside && is_refused(errno))
		fd = open_elsewhere(f, root, name, &st);
	return fd;
}

/* What was opened need not be what was looked at. */
static int found_of(const struct files *f, int fd, enum files_rule rule, struct files_found *out)
{
	struct stat st;
	int error = fstat(fd, &st) < 0 ? errno : refusal(f, &st, rule);

	if (error == 0)
		*out = (struct files_found){
			.fd = fd, .size = (uint64_t)st.st_size, .mtime_s = st.st_mtime,
			.device = st.st_dev, .inode = st.st_ino,
		};
	else
		close(fd);
	return error;
}

enum files_result files_open(struct files *f, const char *root, const char *dir,
			     const struct files_name *name, enum files_rule rule,
			     struct files_found *out)
{
	char below[2 * FILES_NAME_MAX];
	int top = root_open(f, root);
	int fd, error;

	if (top < 0) {
		out->error = errno;
		return result_of(out->error);
	}
	files_path("", dir, name->s, below, sizeof below);
	fd = open_checked(f, root, top, below + 1, rule);
	error = fd < 0 ? errno : found_of(f, fd, rule, out);
	close(top);
	if (error == 0)
		return FILES_OK;
	out->error = error;
	return result_of(error);
}

bool files_has_dir(struct files *f, const char *root, const char *dir)
{
	int top = root_open(f, root);
	struct stat st;
	bool there;

	if (top < 0)
		return false;
	there = fstatat(top, dir, &st, 0) == 0 && S_ISDIR(st.st_mode);
	close(top);
	return there;
}
