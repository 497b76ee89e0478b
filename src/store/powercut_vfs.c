/* SPDX-License-Identifier: ISC */
/*
 * SQLite on a powercut_disk.  It promises nothing that a disk need not keep: no
 * atomic writes, no order, sectors of 512 bytes.  As SQLite's own file system
 * does, the first sync of a new journal or log also syncs the folder.
 */
#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "base/must.h"
#include "store/powercut_disk.h"

#define SHARED_REGIONS 16

struct vfs_file {
	sqlite3_file base;
	struct powercut_disk *disk;
	int inode;
	bool folder_unsynced;
	void *shared[SHARED_REGIONS];
};

static struct vfs_file *file_of(sqlite3_file *f)
{
	return (struct vfs_file *)(void *)f;
}

static int error_code(int code)
{
	return errno == ENOSPC ? SQLITE_FULL : code;
}

static int f_close(sqlite3_file *f)
{
	for (int i = 0; i < SHARED_REGIONS; i++)
		free(file_of(f)->shared[i]);
	return SQLITE_OK;
}

static int f_read(sqlite3_file *f, void *to, int n, sqlite3_int64 at)
{
	size_t got = powercut_read(file_of(f)->disk, file_of(f)->inode, to, (size_t)n, at);

	memset((char *)to + got, 0, (size_t)n - got);
	return got == (size_t)n ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int f_write(sqlite3_file *f, const void *from, int n, sqlite3_int64 at)
{
	int rc = powercut_write(file_of(f)->disk, file_of(f)->inode, from, (size_t)n, at);

	return rc == 0 ? SQLITE_OK : error_code(SQLITE_IOERR_WRITE);
}

static int f_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return powercut_truncate(file_of(f)->disk, file_of(f)->inode, size) == 0
		? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

static int f_sync(sqlite3_file *f, int flags)
{
	struct vfs_file *own = file_of(f);

	(void)flags;
	if (powercut_sync(own->disk, own->inode) != 0)
		return SQLITE_IOERR_FSYNC;
	if (own->folder_unsynced && powercut_sync_folder(own->disk) != 0)
		return SQLITE_IOERR_DIR_FSYNC;
	own->folder_unsynced = false;
	return SQLITE_OK;
}

static int f_size(sqlite3_file *f, sqlite3_int64 *out)
{
	*out = (sqlite3_int64)file_of(f)->disk->file[file_of(f)->inode].n;
	return SQLITE_OK;
}

/* One connection in one thread: every lock is granted. */
static int f_lock(sqlite3_file *f, int level)
{
	(void)f;
	(void)level;
	return SQLITE_OK;
}

static int f_check_lock(sqlite3_file *f, int *out)
{
	(void)f;
	*out = 0;
	return SQLITE_OK;
}

static int f_control(sqlite3_file *f, int op, void *arg)
{
	(void)f;
	(void)op;
	(void)arg;
	return SQLITE_NOTFOUND;
}

static int f_sector(sqlite3_file *f)
{
	(void)f;
	return 512;
}

static int f_traits(sqlite3_file *f)
{
	(void)f;
	return 0;
}

static int f_shm_map(sqlite3_file *f, int region, int size, int extend, void volatile **out)
{
	struct vfs_file *own = file_of(f);

	must(region < SHARED_REGIONS);
	if (!own->shared[region] && extend)
		own->shared[region] = calloc(1, (size_t)size);
	*out = own->shared[region];
	return SQLITE_OK;
}

static int f_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	(void)f;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void f_shm_barrier(sqlite3_file *f)
{
	(void)f;
}

static int f_shm_unmap(sqlite3_file *f, int remove)
{
	(void)remove;
	for (int i = 0; i < SHARED_REGIONS; i++) {
		free(file_of(f)->shared[i]);
		file_of(f)->shared[i] = NULL;
	}
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {
	.iVersion = 2, .xClose = f_close, .xRead = f_read, .xWrite = f_write,
	.xTruncate = f_truncate, .xSync = f_sync, .xFileSize = f_size, .xLock = f_lock,
	.xUnlock = f_lock, .xCheckReservedLock = f_check_lock, .xFileControl = f_control,
	.xSectorSize = f_sector, .xDeviceCharacteristics = f_traits, .xShmMap = f_shm_map,
	.xShmLock = f_shm_lock, .xShmBarrier = f_shm_barrier, .xShmUnmap = f_shm_unmap,
};

static int v_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out_flags)
{
	struct vfs_file *own = file_of(f);
	struct powercut_disk *d = v->pAppData;

	*own = (struct vfs_file){ .disk = d };
	must(name != NULL);		/* temporary files stay in memory */
	own->inode = powercut_lookup(d, name);
	if (own->inode < 0) {
		own->inode = powercut_create(d, name);
		own->folder_unsynced = flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL);
	}
	if (own->inode < 0)
		return error_code(SQLITE_CANTOPEN);
	own->base.pMethods = &methods;
	if (out_flags)
		*out_flags = flags;
	return SQLITE_OK;
}

static int v_delete(sqlite3_vfs *v, const char *name, int sync_folder)
{
	struct powercut_disk *d = v->pAppData;

	if (powercut_unlink(d, name) != 0)
		return errno == ENOENT ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
	if (sync_folder && powercut_sync_folder(d) != 0)
		return SQLITE_IOERR_DIR_FSYNC;
	return SQLITE_OK;
}

static int v_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
	(void)flags;
	*out = powercut_lookup(v->pAppData, name) >= 0;
	return SQLITE_OK;
}

static int v_full(sqlite3_vfs *v, const char *name, int n, char *out)
{
	(void)v;
	sqlite3_snprintf(n, out, "%s", name);
	return SQLITE_OK;
}

static int v_random(sqlite3_vfs *v, int n, char *out)
{
	struct rng rng = { .seed = 99 };

	(void)v;
	for (int i = 0; i < n; i++)
		out[i] = (char)rng_u32(&rng);
	return n;
}

static int v_sleep(sqlite3_vfs *v, int us)
{
	(void)v;
	return us;
}

static int v_time(sqlite3_vfs *v, double *out)
{
	(void)v;
	*out = 2460000.5;
	return SQLITE_OK;
}

static int v_last_error(sqlite3_vfs *v, int n, char *out)
{
	(void)v;
	(void)n;
	(void)out;
	return 0;
}

static sqlite3_vfs vfs = {
	.iVersion = 1, .szOsFile = sizeof(struct vfs_file), .mxPathname = 256, .zName = "powercut",
	.xOpen = v_open, .xDelete = v_delete, .xAccess = v_access, .xFullPathname = v_full,
	.xRandomness = v_random, .xSleep = v_sleep, .xCurrentTime = v_time,
	.xGetLastError = v_last_error,
};

void powercut_vfs_init(struct powercut_disk *d)
{
	vfs.pAppData = d;
	must(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
}

void powercut_vfs_done(void)
{
	sqlite3_vfs_unregister(&vfs);
}
