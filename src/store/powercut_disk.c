/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "store/powercut_disk.h"

#define SECTOR 512u

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- recording ------------------------------------------------------------ */

static struct powercut_op *record(struct powercut_disk *d, enum powercut_kind kind, int inode)
{
	if (d->ops_n == d->ops_size) {
		d->ops_size = d->ops_size ? d->ops_size * 2 : 1024;
		d->ops = realloc(d->ops, d->ops_size * sizeof *d->ops);
		must(d->ops != NULL);
	}
	d->ops[d->ops_n] = (struct powercut_op){ .kind = kind, .inode = inode };
	return &d->ops[d->ops_n++];
}

static bool fails(struct powercut_disk *d, enum powercut_kind kind)
{
	if (!(d->fail_kinds & 1u << kind))
		return false;
	d->seen++;
	if (!d->fail_at || d->seen < d->fail_at || d->seen >= d->fail_at + d->fail_for)
		return false;
	errno = d->fail_errno;
	return true;
}

static void copy_name(char to[40], const char *path)
{
	must(strlen(base_name(path)) < 40);
	strcpy(to, base_name(path));
}

/* ---- names ---------------------------------------------------------------- */

static struct powercut_name *name_find(struct powercut_name *names, const char *name)
{
	for (int i = 0; i < 16; i++)
		if (names[i].name[0] && strcmp(names[i].name, name) == 0)
			return &names[i];
	return NULL;
}

static void name_set(struct powercut_name *names, const char *name, int inode)
{
	struct powercut_name *n = name_find(names, name);

	for (int i = 0; !n; i++) {
		must(i < 16);
		if (!names[i].name[0])
			n = &names[i];
	}
	copy_name(n->name, name);
	n->inode = inode;
}

static void name_clear(struct powercut_name *names, const char *name)
{
	struct powercut_name *n = name_find(names, name);

	if (n)
		n->name[0] = 0;
}

int powercut_lookup(const struct powercut_disk *d, const char *name)
{
	const struct powercut_name *n =
		name_find((struct powercut_name *)(uintptr_t)d->names, base_name(name));

	return n ? n->inode : -1;
}

int powercut_create(struct powercut_disk *d, const char *name)
{
	struct powercut_op *op;

	if (fails(d, POWERCUT_CREATE))
		return -1;
	must(d->files < (int)COUNT_OF(d->file));
	op = record(d, POWERCUT_CREATE, d->files);
	copy_name(op->name, name);
	name_set(d->names, op->name, d->files);
	return d->files++;
}

int powercut_unlink(struct powercut_disk *d, const char *name)
{
	struct powercut_op *op;

	if (powercut_lookup(d, name) < 0) {
		errno = ENOENT;
		return -1;
	}
	if (fails(d, POWERCUT_UNLINK))
		return -1;
	op = record(d, POWERCUT_UNLINK, powercut_lookup(d, name));
	copy_name(op->name, name);
	name_clear(d->names, op->name);
	return 0;
}

int powercut_rename(struct powercut_disk *d, const char *from, const char *to)
{
	struct powercut_op *op;

	if (d->refuse_rename) {
		errno = EBUSY;
		return -1;
	}
	if (fails(d, POWERCUT_RENAME))
		return -1;
	op = record(d, POWERCUT_RENAME, powercut_lookup(d, from));
	copy_name(op->name, from);
	copy_name(op->to, to);
	name_clear(d->names, op->name);
	name_set(d->names, op->to, op->inode);
	return 0;
}

int powercut_sync_folder(struct powercut_disk *d)
{
	bool failed = fails(d, POWERCUT_SYNC_FOLDER);

	if (!d->syncs_lie)
		record(d, POWERCUT_SYNC_FOLDER, -1)->failed = failed;
	return failed ? -1 : 0;
}

/* ---- contents ------------------------------------------------------------- */

static void file_resize(struct powercut_file *f, size_t n)
{
	if (n > f->size) {
		f->size = n * 2 + 4096;
		f->p = realloc(f->p, f->size);
		must(f->p != NULL);
	}
	if (n > f->n)
		memset(f->p + f->n, 0, n - f->n);
	f->n = n;
}

static void file_write(struct powercut_file *f, const uint8_t *p, size_t n, size_t at)
{
	if (n == 0)
		return;
	if (at + n > f->n)
		file_resize(f, at + n);
	must(f->p != NULL);
	memcpy(f->p + at, p, n);
}

int powercut_write(struct powercut_disk *d, int inode, const void *p, size_t n, off_t at)
{
	bool failed = fails(d, POWERCUT_WRITE);
	struct powercut_op *op;

	if (failed)
		n /= 2;			/* a full disk takes what it can */
	op = record(d, POWERCUT_WRITE, inode);
	op->data = malloc(n + 1);
	must(op->data != NULL);
	memcpy(op->data, p, n);
	op->n = n;
	op->at = at;
	file_write(&d->file[inode], p, n, (size_t)at);
	return failed ? -1 : 0;
}

int powercut_truncate(struct powercut_disk *d, int inode, off_t size)
{
	if (fails(d, POWERCUT_TRUNCATE))
		return -1;
	record(d, POWERCUT_TRUNCATE, inode)->at = size;
	file_resize(&d->file[inode], (size_t)size);
	return 0;
}

int powercut_sync(struct powercut_disk *d, int inode)
{
	bool failed = fails(d, POWERCUT_SYNC);

	if (!d->syncs_lie)
		record(d, POWERCUT_SYNC, inode)->failed = failed;
	return failed ? -1 : 0;
}

size_t powercut_read(const struct powercut_disk *d, int inode, void *p, size_t n, off_t at)
{
	const struct powercut_file *f = &d->file[inode];
	size_t left = (size_t)at < f->n ? f->n - (size_t)at : 0;

	if (n > left)
		n = left;
	if (n)
		memcpy(p, f->p + at, n);
	return n;
}

/* ---- the power cut -------------------------------------------------------- */

/* For each of the first k operations: was it synced?  The first sync behind it decides. */
static bool *find_durable(const struct powercut_disk *d, size_t k)
{
	bool synced[COUNT_OF(d->file)] = { false }, folder_synced = false;
	bool *durable = calloc(k + 1, sizeof *durable);

	must(durable != NULL);
	for (size_t i = k; i-- > 0;) {
		const struct powercut_op *op = &d->ops[i];

		if (op->kind == POWERCUT_SYNC_FOLDER)
			folder_synced |= !op->failed;
		else if (op->kind == POWERCUT_SYNC)
			synced[op->inode] = !op->failed;
		else
			durable[i] = op->kind >= POWERCUT_CREATE ? folder_synced : synced[op->inode];
	}
	return durable;
}

static void write_torn(struct powercut_file *f, const struct powercut_op *op, struct rng *rng)
{
	for (size_t at = 0; at < op->n;) {
		size_t n = SECTOR - ((size_t)op->at + at) % SECTOR;

		if (n > op->n - at)
			n = op->n - at;
		if (rng_below(rng, 2))
			file_write(f, op->data + at, n, (size_t)op->at + at);
		at += n;
	}
}

enum fate { LOST, KEPT, TORN };

static void replay(const struct powercut_op *op, enum fate fate, struct rng *rng,
		   struct powercut_file *files, struct powercut_name *names)
{
	if (fate == LOST)
		return;
	switch (op->kind) {
	case POWERCUT_WRITE:
		if (fate == TORN)
			write_torn(&files[op->inode], op, rng);
		else
			file_write(&files[op->inode], op->data, op->n, (size_t)op->at);
		break;
	case POWERCUT_TRUNCATE:
		file_resize(&files[op->inode], (size_t)op->at);
		break;
	case POWERCUT_CREATE:
		name_set(names, op->name, op->inode);
		break;
	case POWERCUT_UNLINK:
		name_clear(names, op->name);
		break;
	case POWERCUT_RENAME:
		name_clear(names, op->name);
		name_set(names, op->to, op->inode);
		break;
	case POWERCUT_SYNC:
	case POWERCUT_SYNC_FOLDER:
	case POWERCUT_KINDS:
		break;
	}
}

static void save(const struct powercut_file *f, const char *folder, const char *name)
{
	char path[1024];
	FILE *out;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	out = fopen(path, "w");
	must(out != NULL);
	must(!f->n || fwrite(f->p, 1, f->n, out) == f->n);
	fclose(out);
}

void powercut_disk_survives(const struct powercut_disk *d, size_t k, struct rng *rng, const char *to)
{
	struct powercut_name names[16] = { 0 };
	struct powercut_file *files = calloc(COUNT_OF(d->file), sizeof *files);
	/* one time in three the disk had written nothing by itself, one all, else some of it */
	unsigned mood = rng_below(rng, 3);
	bool *durable = find_durable(d, k);

	must(files != NULL);
	for (size_t i = 0; i < k; i++) {
		enum fate fate = mood == 0 ? LOST : mood == 1 ? KEPT : (enum fate)rng_below(rng, 3);

		replay(&d->ops[i], durable[i] ? KEPT : fate, rng, files, names);
	}
	for (int i = 0; i < 16; i++)
		if (names[i].name[0])
			save(&files[names[i].inode], to, names[i].name);
	for (size_t i = 0; i < COUNT_OF(d->file); i++)
		free(files[i].p);
	free(files);
	free(durable);
}

/* ---- as the text store sees it -------------------------------------------- */

static struct powercut_disk *disk_of(const struct lease_files *f)
{
	return container_of((struct lease_files *)(uintptr_t)f, struct powercut_disk, files_ops);
}

static int ops_open(const struct lease_files *f, const char *path, int flags, mode_t mode)
{
	struct powercut_disk *d = disk_of(f);
	int inode = powercut_lookup(d, path);

	(void)mode;
	if (inode >= 0 && flags & O_EXCL) {
		errno = EEXIST;
		return -1;
	}
	if (inode < 0 && !(flags & O_CREAT)) {
		errno = ENOENT;
		return -1;
	}
	return inode < 0 ? powercut_create(d, path) : inode;
}

static void ops_close(const struct lease_files *f, int fd)
{
	(void)f;
	(void)fd;
}

static ssize_t ops_read(const struct lease_files *f, int fd, void *to, size_t n, off_t at)
{
	return (ssize_t)powercut_read(disk_of(f), fd, to, n, at);
}

static ssize_t ops_write(const struct lease_files *f, int fd, const void *from, size_t n, off_t at)
{
	return powercut_write(disk_of(f), fd, from, n, at) == 0 ? (ssize_t)n : -1;
}

static int ops_truncate(const struct lease_files *f, int fd, off_t size)
{
	return powercut_truncate(disk_of(f), fd, size);
}

static int ops_sync(const struct lease_files *f, int fd)
{
	return powercut_sync(disk_of(f), fd);
}

static int ops_sync_folder(const struct lease_files *f, const char *path)
{
	(void)path;
	return powercut_sync_folder(disk_of(f));
}

static int ops_rename(const struct lease_files *f, const char *from, const char *to)
{
	return powercut_rename(disk_of(f), from, to);
}

static int ops_unlink(const struct lease_files *f, const char *path)
{
	return powercut_unlink(disk_of(f), path);
}

static int ops_stat(const struct lease_files *f, const char *path, struct stat *out)
{
	int inode = powercut_lookup(disk_of(f), path);

	*out = (struct stat){ .st_mode = S_IFREG | 0644, .st_nlink = 1 };
	if (strcmp(path, "/disk") == 0) {
		out->st_mode = S_IFDIR | 0755;
		return 0;
	}
	if (inode < 0) {
		errno = ENOENT;
		return -1;
	}
	out->st_size = (off_t)disk_of(f)->file[inode].n;
	return 0;
}

static int ops_size(const struct lease_files *f, int fd, off_t *out)
{
	*out = (off_t)disk_of(f)->file[fd].n;
	return 0;
}

static int ops_own(const struct lease_files *f, int fd, uid_t uid, gid_t gid, mode_t mode)
{
	(void)f;
	(void)fd;
	(void)uid;
	(void)gid;
	(void)mode;
	return 0;
}

void powercut_disk_init(struct powercut_disk *d)
{
	*d = (struct powercut_disk){ .fail_errno = ENOSPC, .fail_for = 1, .files_ops = {
		.open = ops_open, .close = ops_close, .read = ops_read, .write = ops_write,
		.truncate = ops_truncate, .sync = ops_sync, .sync_folder = ops_sync_folder,
		.rename = ops_rename, .unlink = ops_unlink, .stat = ops_stat, .size = ops_size,
		.own = ops_own,
	} };
}

void powercut_disk_done(struct powercut_disk *d)
{
	for (size_t i = 0; i < d->ops_n; i++)
		free(d->ops[i].data);
	for (int i = 0; i < d->files; i++)
		free(d->file[i].p);
	free(d->ops);
}
