/* SPDX-License-Identifier: ISC */
/*
 * lease_files -- the operations on files that the text store is made of.
 *
 * A table of them, so that a test can record each one, fail any one of them, or
 * lose what was not synced.  They answer as their system calls do.
 */
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include "base/span.h"
#include "base/status.h"

struct lease_files {
	int (*open)(const struct lease_files *f, const char *path, int flags, mode_t mode);
	void (*close)(const struct lease_files *f, int fd);
	ssize_t (*read)(const struct lease_files *f, int fd, void *to, size_t n, off_t at);
	ssize_t (*write)(const struct lease_files *f, int fd, const void *from, size_t n, off_t at);
	int (*truncate)(const struct lease_files *f, int fd, off_t size);
	int (*sync)(const struct lease_files *f, int fd);
	int (*sync_folder)(const struct lease_files *f, const char *path);
	int (*rename)(const struct lease_files *f, const char *from, const char *to);
	int (*unlink)(const struct lease_files *f, const char *path);
	int (*stat)(const struct lease_files *f, const char *path, struct stat *out);
	int (*size)(const struct lease_files *f, int fd, off_t *out);
	int (*own)(const struct lease_files *f, int fd, uid_t uid, gid_t gid, mode_t mode);
};

extern const struct lease_files lease_files_real;

/* All of it or ST_FULL, ST_SYSTEM with errno. */
enum status lease_files_write(const struct lease_files *f, int fd, struct span bytes, off_t at);

/* The whole file; the caller frees *out.  ST_UNKNOWN: there is none; ST_SYSTEM: see errno. */
enum status lease_files_read(const struct lease_files *f, const char *path, uint8_t **out,
			     size_t *out_n);
enum status lease_files_read_fd(const struct lease_files *f, int fd, uint8_t **out, size_t *out_n);

/* The folder that a file of this name lies in. */
void lease_files_folder(const char *path, char *out, size_t size);
