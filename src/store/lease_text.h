/* SPDX-License-Identifier: ISC */
/*
 * lease_text -- writes the lease file that programs read.
 *
 * By rename where the folder permits it: a reader sees the old text or the new
 * one.  Elsewhere (a folder of another user, a bind mount) in place, and then a
 * crash can leave a mixture; the blocks of the old text and the new are known
 * beforehand, so a mixture of the two is told from what somebody else wrote.
 * Owner and mode stay as they were.
 */
#pragma once

#include <stdio.h>

#include "store/lease_files.h"
#include "store/lease_image.h"

struct lease_text {
	const struct lease_files *files;
	char path[4096];		/* links followed, so that a rename replaces the file itself */
	char folder[4096];
	char fresh[4096 + 8];		/* the new text, before its rename */
	int fd;				/* the file as last written or opened; -1: none */
	_Atomic bool in_place;		/* a rename was refused; read by status from another thread */
	bool folder_unsynced;		/* a rename may not survive a power cut yet */
};

/*
 * Opens (makes, mode 0644) the file.  ST_SYSTEM: errno says why.  uid (uid_t)-1:
 * leave its owner.
 */
enum status lease_text_open(struct lease_text *t, const struct lease_files *files,
			    const char *path, uid_t uid, gid_t gid);
void lease_text_close(struct lease_text *t);

/* The name that path stands for, links followed, even if the file is not there yet. */
void lease_text_resolve(const char *path, char *out, size_t size);

/*
 * The image becomes the file; its content is on the disk when this returns ST_OK, and
 * the rename is after lease_text_sync.  ST_FULL, ST_SYSTEM (errno): not written.
 * ST_REFUSED, once: renames are refused, nothing was done; the next call writes in place.
 */
enum status lease_text_write(struct lease_text *t, struct lease_image *image);
enum status lease_text_sync(struct lease_text *t);

/*
 * The same when the file is the store and its folder refuses renames: the new
 * text is first added behind the old, and only when it is on the disk put in its
 * place.  Whoever reads a file that this was cut short in takes the last line of
 * each address, and has lost nothing.
 */
enum status lease_text_write_behind(struct lease_text *t, struct lease_image *image);

/* ---- mixtures ------------------------------------------------------------- */

/*
 * What an in-place write from the text now in the file to the image may leave
 * if it is cut short: sizes and sums of blocks.  The caller frees *out.
 */
enum status lease_text_blocks(struct lease_text *t, struct lease_image *image, uint64_t **out,
			      size_t *out_n);

/* Is this text such a mixture? */
bool lease_text_is_mixture(struct span text, const uint64_t *blocks, size_t n);
