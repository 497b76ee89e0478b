/* SPDX-License-Identifier: ISC */
/*
 * powercut_disk -- a disk that can lose its power, for tests.
 *
 * It records every operation.  powercut_disk_survives() then answers: had the
 * power gone after the first k of them, what would the files hold?  What was synced
 * is there; of what was not, each write is there, or not, or torn (each sector of
 * 512 bytes by itself), each change of a name is there or not.  A sync that failed
 * loses for good what it was to make sure: the next one does not mend it.
 *
 * One folder, "/disk".  Any operation can be made to fail.
 */
#pragma once

#include "base/rng.h"
#include "store/lease_files.h"

enum powercut_kind {
	POWERCUT_WRITE, POWERCUT_TRUNCATE, POWERCUT_SYNC, POWERCUT_CREATE, POWERCUT_UNLINK,
	POWERCUT_RENAME, POWERCUT_SYNC_FOLDER, POWERCUT_KINDS
};

struct powercut_op {
	enum powercut_kind kind;
	int inode;
	bool failed;
	off_t at;			/* WRITE, TRUNCATE: the offset, the size */
	uint8_t *data;
	size_t n;
	char name[40], to[40];
};

struct powercut_file { uint8_t *p; size_t n, size; };
struct powercut_name { char name[40]; int inode; };

struct powercut_disk {
	struct powercut_op *ops;
	size_t ops_n, ops_size;
	struct powercut_file file[256];		/* as the running program sees them */
	int files;
	struct powercut_name names[16];
	bool refuse_rename;			/* EBUSY, as a bind mount answers */
	bool syncs_lie;				/* a sync does nothing, and says that it did */

	/* The fail_at-th (from 1) operation of the kinds in fail_kinds fails, and the fail_for - 1
	 * after it; how many there were. */
	unsigned fail_kinds;
	size_t fail_at, fail_for, seen;
	int fail_errno;

	struct lease_files files_ops;		/* the disk as the text store sees it */
};

void powercut_disk_init(struct powercut_disk *d);
void powercut_disk_done(struct powercut_disk *d);

/* Real files in the folder `to`, as they were after a power cut behind the first k operations. */
void powercut_disk_survives(const struct powercut_disk *d, size_t k, struct rng *rng, const char *to);

/* Operations; 0 or -1 and errno. */
int powercut_lookup(const struct powercut_disk *d, const char *name);	/* its inode, or -1 */
int powercut_create(struct powercut_disk *d, const char *name);		/* an inode */
int powercut_write(struct powercut_disk *d, int inode, const void *p, size_t n, off_t at);
int powercut_truncate(struct powercut_disk *d, int inode, off_t size);
int powercut_sync(struct powercut_disk *d, int inode);
int powercut_sync_folder(struct powercut_disk *d);
int powercut_unlink(struct powercut_disk *d, const char *name);
int powercut_rename(struct powercut_disk *d, const char *from, const char *to);
size_t powercut_read(const struct powercut_disk *d, int inode, void *p, size_t n, off_t at);

/* SQLite's file system "powercut" on this disk, until powercut_vfs_done. */
void powercut_vfs_init(struct powercut_disk *d);
void powercut_vfs_done(void);
