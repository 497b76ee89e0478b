/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "conf/source.h"

#define FILE_LIMIT (1u << 30)		/* more than that is no configuration */

int source_open(struct conf_files *files, const char *path, int flags)
{
	flags |= O_RDONLY | O_CLOEXEC;
	return files ? files->open(files, path, flags) : open(path, flags);
}

/* -1 with the errno that there is. */
static int break_off(struct conf_files *files)
{
	int error = errno;

	if (files && files->broke && error != ECANCELED)
		files->broke(files);
	errno = error;
	return -1;
}

/* True: end here. */
static bool is_cancelled(const struct conf_files *files)
{
	if (!source_ends(files))
		return false;
	errno = ECANCELED;
	return true;
}

int source_read(struct conf_files *files, int fd, struct span *out)
{
	size_t room = 65536, n = 0;
	char *bytes = malloc(room);

	while (bytes && !is_cancelled(files)) {
		ssize_t got = read(fd, bytes + n, room - n - 1);
		char *more;

		if (got == 0) {
			bytes[n] = 0;
			*out = span_of(bytes, n);
			return 0;
		}
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		n += (size_t)got;
		if (n < room - 1)
			continue;
		if (room >= FILE_LIMIT) {
			errno = EFBIG;
			break;
		}
		more = realloc(bytes, room *= 2);
		if (!more)
			break;
		bytes = more;
	}
	free(bytes);
	return break_off(files);
}

/* What is read but not yet told. */
struct lines {
	struct conf_files *files;
	char *bytes;
	size_t n, room, read;
	bool skips;			/* up to the end of a line that was too long */
	void (*told)(void *arg, struct span line, size_t read);
	void *arg;
};

static void tell_line(struct lines *l, struct span line, size_t end)
{
	l->read += end;
	if (!l->skips)
		l->told(l->arg, line, l->read);
	l->skips = false;
}

/* All whole lines; the rest moves to the front. */
static void tell_lines(struct lines *l)
{
	const char *from = l->bytes, *end;
	size_t left = l->n;

	while (left && (end = memchr(from, '\n', left))) {
		size_t n = (size_t)(end - from);

		tell_line(l, span_of(from, n), n + 1);
		from += n + 1;
		left -= n + 1;
	}
	memmove(l->bytes, from, left);
	l->n = left;
}

/* A line that fills all there is. */
static bool make_room(struct lines *l)
{
	char *more;

	if (l->n < l->room)
		return true;
	if (l->room >= SOURCE_LINE_MAX) {
		tell_line(l, span_of(l->bytes, l->n), l->n);
		l->skips = true;
		l->n = 0;
		return true;
	}
	more = realloc(l->bytes, 2 * l->room);
	if (!more)
		return false;
	l->bytes = more;
	l->room *= 2;
	return true;
}

static int read_lines(struct lines *l, int fd)
{
	while (make_room(l) && !is_cancelled(l->files)) {
		ssize_t got = read(fd, l->bytes + l->n, l->room - l->n);

		if (got == 0) {
			if (l->n)
				tell_line(l, span_of(l->bytes, l->n), l->n);
			return 0;
		}
		if (got < 0 && errno != EINTR)
			return -1;
		if (got < 0)
			continue;
		l->n += (size_t)got;
		tell_lines(l);
	}
	return -1;
}

int source_each_line(struct conf_files *files, int fd,
		     void (*told)(void *arg, struct span line, size_t read), void *arg)
{
	struct lines l = { .files = files, .bytes = malloc(65536), .room = 65536, .told = told,
			   .arg = arg };
	int result = l.bytes && read_lines(&l, fd) == 0 ? 0 : break_off(files);

	free(l.bytes);
	return result;
}

static bool is_skipped(const char *name)
{
	size_t n = strlen(name);

	return n == 0 || name[n - 1] == '~' || name[0] == '.' ||
	       (name[0] == '#' && name[n - 1] == '#');
}

static int by_byte(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

struct names { const char **list; size_t n, room; };

static void add_name(struct arena *arena, struct names *names, const char *name)
{
	if (names->n == names->room) {
		size_t room = names->room ? 2 * names->room : 32;
		const char **list = arena_take(arena, room * sizeof *list);

		if (names->n)
			memcpy(list, names->list, names->n * sizeof *list);
		names->list = list;
		names->room = room;
	}
	names->list[names->n++] = arena_text(arena, name);
}

/* A folder that a helper opened may be closed to us; then the entry's own type must do. */
static bool may_be_file(int folder_fd, const struct dirent *entry)
{
	struct stat st;

	if (fstatat(folder_fd, entry->d_name, &st, 0) == 0)
		return S_ISREG(st.st_mode);
	return entry->d_type == DT_REG || entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN;
}

int source_list(struct arena *arena, struct conf_files *files, int folder_fd,
		const char *const **out, size_t *out_n)
{
	DIR *folder = fdopendir(folder_fd);
	struct names names = { 0 };
	struct dirent *entry;
	int error;

	if (!folder) {
		error = errno;
		close(folder_fd);
		errno = error;
		return break_off(files);
	}
	errno = 0;
	while ((entry = readdir(folder))) {
		if (!is_skipped(entry->d_name) && may_be_file(dirfd(folder), entry))
			add_name(arena, &names, entry->d_name);
		errno = 0;
	}
	error = errno;
	closedir(folder);
	errno = error;
	if (error)
		return break_off(files);
	if (names.n)
		qsort(names.list, names.n, sizeof *names.list, by_byte);
	*out = names.list;
	*out_n = names.n;
	return 0;
}
