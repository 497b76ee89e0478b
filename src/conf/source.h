/* SPDX-License-Identifier: ISC */
/*
 * source -- the bytes of a file, and the names in a folder, wherever they come
 * from: the file system, a helper that hands over descriptors, or a test.
 */
#pragma once

#include <sys/stat.h>

#include "base/span.h"
#include "conf/conf.h"

/* O_RDONLY and close-on-exec; flags may add O_DIRECTORY.  -1 with errno. */
int source_open(struct conf_files *files, const char *path, int flags);

/* All that a descriptor gives, from malloc (the caller frees it); ends in NUL.  -1 with errno, as below;
 * ECANCELED: the reading ends (source_ends). */
int source_read(struct conf_files *files, int fd, struct span *out);

#define SOURCE_LINE_MAX (1u << 20)

/*
 * Each line that a descriptor gives, without its end, while it is read; `read` is of
 * how many bytes all lines so far are.  Of one longer than SOURCE_LINE_MAX the
 * beginning is given.  -1 with errno.
 */
int source_each_line(struct conf_files *files, int fd,
		     void (*told)(void *arg, struct span line, size_t read), void *arg);

/*
 * Names of the regular files in a folder (what a link leads to counts), sorted
 * by byte, without those that end in ~, begin with a dot or stand between two #;
 * also of what cannot be looked at: whoever opens it learns why.  They lie in
 * the arena.  -1 with errno.
 */
int source_list(struct arena *arena, struct conf_files *files, int folder_fd,
		const char *const **out, size_t *out_n);

/* Whoever reads for long asks now and then; see struct conf_files. */
static inline bool source_ends(const struct conf_files *files)
{
	return files && files->ends && files->ends(files);
}
