/* SPDX-License-Identifier: ISC */
/*
 * lease_sqlite -- leases in a SQLite database, and what became of their text.
 *
 * Tables: lease (the five words of a line in columns, for people to query),
 * kept (the IPv6 part's lines), text (the sum of each text since the last that
 * is surely on the disk).  A commit is on the disk when it returns.
 */
#pragma once

#include "store/lease_image.h"

struct lease_db;

/* One change of the store: a line, or a removal.  Of whoever waits for it, see lease_writer.h. */
struct lease_item {
	struct lease_item *next;
	uint32_t ip4;
	uint16_t line_n;		/* 0: removed */
	const char *line;		/* with its newline */
};

/* A text that is about to be written. */
struct lease_text_note {
	uint64_t sum;
	const uint64_t *blocks;		/* of a write in place; NULL: by rename */
	size_t blocks_n;
};

/* How tests open one; all zero in service. */
struct lease_db_trial {
	const char *vfs;		/* SQLite's name of a file system of the test's */
	const char *pragma;		/* run after ours */
};

/*
 * ST_SYSTEM: cannot be opened or made; ST_MALFORMED: not a database, or a damaged
 * one; ST_REFUSED: made by a newer program.  *why is a line, borrowed, also later
 * of the last failure of any call.  *out_new: it was empty and has its tables now.
 */
enum status lease_db_open(struct lease_db **out, const char *path,
			  const struct lease_db_trial *trial, bool *out_new, char *why,
			  size_t why_size);

/* Puts everything into its place and closes; removes the log if the folder permits. */
void lease_db_close(struct lease_db *db);

/* All lines into an image.  ST_MALFORMED: damaged. */
enum status lease_db_load(struct lease_db *db, struct lease_image *image);

/*
 * All items or none; note may be NULL.  ST_FULL: no room; ST_MALFORMED: damaged;
 * ST_SYSTEM: another failure.
 */
enum status lease_db_commit(struct lease_db *db, const struct lease_item *items,
			    const struct lease_text_note *note);

/* Everything is replaced by the image, and the text that it came from noted. */
enum status lease_db_replace(struct lease_db *db, const struct lease_image *image,
			     const struct lease_text_note *note);

/* The last noted text is surely on the disk: those before it are forgotten. */
enum status lease_db_text_synced(struct lease_db *db);

/* Is this one of ours, whole or cut short in an in-place write? */
enum lease_text_is { TEXT_UNKNOWN, TEXT_OURS, TEXT_MIXTURE };
enum status lease_db_knows_text(struct lease_db *db, struct span text, enum lease_text_is *out);
/* Was any text of ours ever surely on the disk? */
enum status lease_db_had_text(struct lease_db *db, bool *out);

/* Moves the log into the database as far as readers permit; with `all`, wholly or failing. */
enum status lease_db_checkpoint(struct lease_db *db, bool all);

/* Pages in the log, and texts noted since the last that is surely on the disk. */
unsigned lease_db_log_pages(const struct lease_db *db);
unsigned lease_db_texts(const struct lease_db *db);

/* The file was replaced or removed under us: what is written now would be lost. */
bool lease_db_moved(struct lease_db *db);

/* What the last failure was. */
const char *lease_db_error(const struct lease_db *db);
