/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/must.h"
#include "dns/blocks_lab_test.h"

static int open_one(struct conf_files *files, const char *path, int flags)
{
	const struct lab_files *f = container_of(files, struct lab_files, files);

	for (size_t i = 0; i < f->n; i++) {
		size_t length = strlen(f->list[i].text);
		int fd;

		if (strcmp(f->list[i].path, path) != 0)
			continue;
		if (flags & O_DIRECTORY) {
			errno = ENOTDIR;
			return -1;
		}
		fd = memfd_create(path, MFD_CLOEXEC);
		must(fd >= 0 && write(fd, f->list[i].text, length) == (ssize_t)length &&
		     lseek(fd, 0, SEEK_SET) == 0);
		return fd;
	}
	errno = ENOENT;
	return -1;
}

struct lab_files lab_files_of(const struct lab_file *list, size_t n)
{
	return (struct lab_files){ { .open = open_one }, list, n };
}
