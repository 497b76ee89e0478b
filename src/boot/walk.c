/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "boot/walk.h"

#define LINKS_MAX 40			/* the kernel's own limit */
#define DEPTH_MAX 64			/* directories below a root */

static int open_kernel(int root, const char *name, int flags, enum walk_links links)
{
	struct open_how how = {
		.flags = (unsigned)flags,
		.resolve = RESOLVE_NO_MAGICLINKS | (links == WALK_INSIDE ? RESOLVE_BENEATH : 0),
	};

	return (int)syscall(SYS_openat2, root, name, &how, sizeof how);
}

/* Where a walk by hand stands: the directories passed, and the names still to go. */
struct hike {
	int dir[DEPTH_MAX];		/* dir[0] is the root, not ours to close */
	unsigned depth, links;
	char rest[PATH_MAX];
};

static int fail(int error)
{
	errno = error;
	return -1;
}

/* Cuts the first component off `rest`; empty at the end. */
static void next_component(struct hike *h, char *out, size_t size)
{
	size_t skip = strspn(h->rest, "/");
	size_t n = strcspn(h->rest + skip, "/");

	snprintf(out, size, "%.*s", (int)n, h->rest + skip);
	memmove(h->rest, h->rest + skip + n, strlen(h->rest + skip + n) + 1);
}

/* A link's text takes the place of its name. */
static int expand_link(struct hike *h, int link)
{
	char target[PATH_MAX], rest[2 * PATH_MAX];
	ssize_t n = readlinkat(link, "", target, sizeof target - 1);

	if (n < 0)
		return -1;
	target[n] = 0;
	if (n == 0 || target[0] == '/')
		return fail(EXDEV);
	if (++h->links > LINKS_MAX)
		return fail(ELOOP);
	if (snprintf(rest, sizeof rest, "%s%s", target, h->rest) >= (int)sizeof h->rest)
		return fail(ENAMETOOLONG);
	strcpy(h->rest, rest);
	return 0;
}

static int step_up(struct hike *h)
{
	if (h->depth == 0)
		return fail(EXDEV);
	close(h->dir[h->depth--]);
	return 0;
}

/* Into a directory, or along a link; `fd` is the component, and closed or kept here. */
static int step_into(struct hike *h, int fd)
{
	struct stat st;
	int done;

	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode) && h->depth + 1 < DEPTH_MAX) {
		h->dir[++h->depth] = fd;
		return 0;
	}
	done = S_ISLNK(st.st_mode) ? expand_link(h, fd) :
	       fail(S_ISDIR(st.st_mode) ? ELOOP : ENOTDIR);
	close(fd);
	return done;
}

static bool is_last(const struct hike *h)
{
	return h->rest[strspn(h->rest, "/")] == 0;
}

/*
 * 1: *out is the file, opened; 0: one step further; -1: errno.  A name with a
 * slash behind it is a directory's, so it goes by way of step_into too.
 */
static int step(struct hike *h, int flags, int *out)
{
	char name[NAME_MAX + 2];
	int top = h->dir[h->depth], fd;

	next_component(h, name, sizeof name);
	if (name[0] == 0 || strcmp(name, ".") == 0) {
		if (!is_last(h))
			return 0;
		*out = openat(top, ".", flags | O_NOFOLLOW);
		return *out < 0 ? -1 : 1;
	}
	if (strcmp(name, "..") == 0)
		return step_up(h);
	if (h->rest[0] == 0) {
		*out = openat(top, name, flags | O_NOFOLLOW);
		if (*out >= 0)
			return 1;
		if (errno != ELOOP && errno != ENOTDIR)
			return -1;	/* else it may be a link, whose text is next */
	}
	fd = openat(top, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -1 : step_into(h, fd);
}

static int open_inside(int root, const char *name, int flags)
{
	struct hike h = { .dir = { root } };
	int fd = -1, done;

	if (snprintf(h.rest, sizeof h.rest, "%s", name) >= (int)sizeof h.rest)
		return fail(ENAMETOOLONG);
	do
		done = step(&h, flags, &fd);
	while (done == 0);

	int error = errno;

	while (h.depth > 0)
		close(h.dir[h.depth--]);
	errno = error;
	return done < 0 ? -1 : fd;
}

int walk_open(struct walk *w, int root, const char *name, int flags, enum walk_links links)
{
	const char *at = *name ? name : ".";
	int fd;

	if (!atomic_load(&w->without_openat2)) {
		fd = open_kernel(root, at, flags, links);
		if (fd >= 0 || (errno != ENOSYS && errno != EPERM && errno != EAGAIN))
			return fd;
		if (errno == ENOSYS)
			atomic_store(&w->without_openat2, true);
	}
	/* EPERM: a filter refuses the call; EAGAIN: somebody renamed while the kernel looked */
	return links == WALK_INSIDE ? open_inside(root, at, flags) : openat(root, at, flags);
}
