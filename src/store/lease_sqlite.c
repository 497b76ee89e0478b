/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <sqlite3.h>

#include "base/must.h"
#include "store/lease_line.h"
#include "store/lease_sqlite.h"
#include "store/lease_text.h"

#define SCHEMA 1

enum statement {
	BEGIN, COMMIT, ROLLBACK, SET, REMOVE, NOTE, KEEP, CLEAR_LEASES, CLEAR_KEPT, LOAD, LOAD_KEPT,
	TEXTS, FORGET_TEXTS, MARK_TEXT, COUNT_TEXTS, HAD_TEXT, STATEMENTS
};

static const char *const sql[STATEMENTS] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
	[SET] = "INSERT OR REPLACE INTO lease VALUES (?3, ?2, ?4, ?5, ?1)",	/* words in their order */
	[REMOVE] = "DELETE FROM lease WHERE address = ?",
	[NOTE] = "INSERT INTO text (sum, blocks) VALUES (?, ?)",
	[KEEP] = "INSERT INTO kept (line) VALUES (?)",
	[CLEAR_LEASES] = "DELETE FROM lease",
	[CLEAR_KEPT] = "DELETE FROM kept",
	[LOAD] = "SELECT expires, hardware, address, name, client_id FROM lease",
	[LOAD_KEPT] = "SELECT line FROM kept ORDER BY n",
	[TEXTS] = "SELECT sum, blocks FROM text",
	[FORGET_TEXTS] = "DELETE FROM text WHERE n < (SELECT max(n) FROM text)",
	[MARK_TEXT] = "UPDATE text SET synced = 1",
	[COUNT_TEXTS] = "SELECT count(*) FROM text",
	[HAD_TEXT] = "SELECT count(*) FROM text WHERE synced",
};

static const char tables[] =
	"BEGIN IMMEDIATE;"
	"CREATE TABLE lease (address TEXT PRIMARY KEY, hardware TEXT NOT NULL, name TEXT,"
	" client_id TEXT, expires INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE kept (n INTEGER PRIMARY KEY, line TEXT NOT NULL);"
	"CREATE TABLE text (n INTEGER PRIMARY KEY, sum INTEGER NOT NULL, blocks BLOB,"
	" synced INTEGER NOT NULL DEFAULT 0);"
	"PRAGMA user_version = 1;"
	"COMMIT;";

struct lease_db {
	sqlite3 *handle;
	sqlite3_stmt *prepared[STATEMENTS];
	unsigned log_pages, texts;
	char error[256];
};

/* ---- one call ------------------------------------------------------------- */

static enum status failed(struct lease_db *db, int rc)
{
	int error = sqlite3_system_errno(db->handle);

	snprintf(db->error, sizeof db->error, "%s%s%s", sqlite3_errmsg(db->handle),
		 error ? ": " : "", error ? strerror(error) : "");
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ST_MALFORMED;
	case SQLITE_FULL:
	case SQLITE_NOMEM:
		return ST_FULL;
	default:
		errno = error;
		return error == ENOSPC || error == EDQUOT ? ST_FULL : ST_SYSTEM;
	}
}

static enum status run_text(struct lease_db *db, const char *text)
{
	int rc = sqlite3_exec(db->handle, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? ST_OK : failed(db, rc);
}

/* Steps once and makes the statement ready for its next use. */
static enum status run(struct lease_db *db, enum statement which)
{
	sqlite3_stmt *stmt = db->prepared[which];
	int rc = sqlite3_step(stmt);
	enum status s = rc == SQLITE_DONE || rc == SQLITE_ROW ? ST_OK : failed(db, rc);

	sqlite3_reset(stmt);
	return s;
}

static void bind_word(sqlite3_stmt *stmt, int at, struct span word)
{
	if (span_eq(word, span_text("*")) && at > 3)	/* no name, no client id */
		sqlite3_bind_null(stmt, at);
	else
		sqlite3_bind_text(stmt, at, (const char *)word.p, (int)word.n, SQLITE_STATIC);
}

static enum status set_line(struct lease_db *db, struct span line)
{
	struct span word[LEASE_WORDS];

	must(lease_line_words(line, word));
	for (int i = 0; i < LEASE_WORDS; i++)
		bind_word(db->prepared[SET], i + 1, word[i]);
	return run(db, SET);
}

static enum status remove_line(struct lease_db *db, uint32_t ip4)
{
	struct addr a = addr_ip4(ip4);
	struct addr_text text = addr_text(&a);

	sqlite3_bind_text(db->prepared[REMOVE], 1, text.s, -1, SQLITE_TRANSIENT);
	return run(db, REMOVE);
}

static enum status note_text(struct lease_db *db, const struct lease_text_note *note)
{
	sqlite3_stmt *stmt = db->prepared[NOTE];

	if (!note)
		return ST_OK;
	sqlite3_bind_int64(stmt, 1, (int64_t)note->sum);
	if (note->blocks)
		sqlite3_bind_blob64(stmt, 2, note->blocks, note->blocks_n * sizeof *note->blocks,
				    SQLITE_STATIC);
	else
		sqlite3_bind_null(stmt, 2);
	return run(db, NOTE);
}

static enum status begin(struct lease_db *db)
{
	return run(db, BEGIN);
}

/* The end of every transaction: all of it, or as it was. */
static enum status end(struct lease_db *db, enum status s)
{
	if (s == ST_OK)
		s = run(db, COMMIT);
	if (s != ST_OK && !sqlite3_get_autocommit(db->handle)) {
		char error[sizeof db->error];

		memcpy(error, db->error, sizeof error);
		if (run(db, ROLLBACK) == ST_OK)
			memcpy(db->error, error, sizeof error);
	}
	return s;
}

static enum status get_number(struct lease_db *db, enum statement which, int64_t *out)
{
	int rc = sqlite3_step(db->prepared[which]);
	enum status s = ST_OK;

	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(db->prepared[which], 0);
	else
		s = failed(db, rc);
	sqlite3_reset(db->prepared[which]);
	return s;
}

/* ---- opening -------------------------------------------------------------- */

static int log_grew(void *own, sqlite3 *handle, const char *name, int pages)
{
	struct lease_db *db = own;

	(void)handle;
	(void)name;
	db->log_pages = (unsigned)pages;
	return SQLITE_OK;
}

static enum status user_version(struct lease_db *db, int *out)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(db->handle, "PRAGMA user_version", -1, &stmt, NULL);
	enum status s = ST_OK;

	if (rc != SQLITE_OK)
		return failed(db, rc);
	rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int(stmt, 0);
	else
		s = failed(db, rc);
	sqlite3_finalize(stmt);
	return s;
}

static enum status check_version(struct lease_db *db, bool *out_new)
{
	int version = 0;
	enum status s = user_version(db, &version);

	if (s != ST_OK)
		return s;
	*out_new = version == 0;
	if (version > SCHEMA) {
		snprintf(db->error, sizeof db->error,
			 "it is of version %d, made by a newer lanlord; this one knows version %d",
			 version, SCHEMA);
		return ST_REFUSED;
	}
	return version == 0 ? run_text(db, tables) : ST_OK;
}

static enum status prepare(struct lease_db *db)
{
	for (int i = 0; i < STATEMENTS; i++) {
		int rc = sqlite3_prepare_v3(db->handle, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
					    &db->prepared[i], NULL);

		if (rc != SQLITE_OK)
			return failed(db, rc);
	}
	return ST_OK;
}

static enum status set_up(struct lease_db *db, const struct lease_db_trial *trial, bool *out_new)
{
	int64_t texts = 0;
	enum status s;

	sqlite3_busy_timeout(db->handle, 1000);
	sqlite3_wal_hook(db->handle, log_grew, db);	/* also in place of automatic checkpoints */
	s = run_text(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
		     "PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = 4194304");
	if (s == ST_OK && trial->pragma)
		s = run_text(db, trial->pragma);
	if (s == ST_OK)
		s = check_version(db, out_new);
	if (s == ST_OK)
		s = prepare(db);
	if (s == ST_OK)
		s = get_number(db, COUNT_TEXTS, &texts);
	db->texts = (unsigned)texts;
	return s;
}

static void release(struct lease_db *db)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->prepared[i]);
	sqlite3_close(db->handle);
	free(db);
}

enum status lease_db_open(struct lease_db **out, const char *path,
			  const struct lease_db_trial *trial, bool *out_new, char *why,
			  size_t why_size)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE;
	struct lease_db *db = calloc(1, sizeof *db);
	enum status s;
	int rc;

	if (!db) {
		snprintf(why, why_size, "no memory");
		return ST_FULL;
	}
	rc = sqlite3_open_v2(path, &db->handle, flags, trial->vfs);
	s = rc == SQLITE_OK ? set_up(db, trial, out_new) : failed(db, rc);
	if (s != ST_OK) {
		snprintf(why, why_size, "%s", db->error);
		release(db);
		return s;
	}
	*out = db;
	return ST_OK;
}

void lease_db_close(struct lease_db *db)
{
	if (db)
		release(db);
}

/* ---- reading -------------------------------------------------------------- */

static struct span column(sqlite3_stmt *stmt, int at)
{
	const void *p = sqlite3_column_text(stmt, at);

	return p ? span_of(p, (size_t)sqlite3_column_bytes(stmt, at)) : span_of("*", 1);
}

static enum status load_row(struct lease_db *db, struct lease_image *image)
{
	char line[LEASE_LINE_MAX];
	struct lease_record record;
	size_t n = 0;

	for (int i = 0; i < LEASE_WORDS; i++) {
		struct span word = column(db->prepared[LOAD], i);

		if (n + word.n + 2 > sizeof line)
			return ST_MALFORMED;
		memcpy(line + n, word.p, word.n);
		n += word.n;
		line[n++] = ' ';
	}
	/* people may have written here too: what is no lease is damage */
	if (!lease_line_parse(span_of(line, n), &record)) {
		snprintf(db->error, sizeof db->error, "a row is no lease: %.*s", (int)n, line);
		return ST_MALFORMED;
	}
	n = lease_line_print(&record, line);
	return lease_image_set(image, addr_to_ip4(&record.addr), span_of(line, n));
}

static enum status load_kept(struct lease_db *db, struct lease_image *image)
{
	return lease_image_keep(image, column(db->prepared[LOAD_KEPT], 0));
}

static enum status each_row(struct lease_db *db, enum statement which, struct lease_image *image,
			    enum status (*row)(struct lease_db *db, struct lease_image *image))
{
	enum status s = ST_OK;
	int rc;

	while (s == ST_OK && (rc = sqlite3_step(db->prepared[which])) != SQLITE_DONE)
		s = rc == SQLITE_ROW ? row(db, image) : failed(db, rc);
	sqlite3_reset(db->prepared[which]);
	return s;
}

static enum status check_pages(struct lease_db *db)
{
	sqlite3_stmt *stmt;
	enum status s = ST_OK;
	int rc = sqlite3_prepare_v2(db->handle, "PRAGMA quick_check(1)", -1, &stmt, NULL);

	if (rc != SQLITE_OK)
		return failed(db, rc);
	rc = sqlite3_step(stmt);
	if (rc != SQLITE_ROW) {
		s = failed(db, rc);
	} else if (!span_eq(column(stmt, 0), span_text("ok"))) {
		snprintf(db->error, sizeof db->error, "%s", (const char *)column(stmt, 0).p);
		s = ST_MALFORMED;
	}
	sqlite3_finalize(stmt);
	return s;
}

enum status lease_db_load(struct lease_db *db, struct lease_image *image)
{
	enum status s = check_pages(db);

	if (s == ST_OK)
		s = each_row(db, LOAD, image, load_row);
	return s == ST_OK ? each_row(db, LOAD_KEPT, image, load_kept) : s;
}

/* A blob may lie at any address, numbers may not. */
static bool is_mixture(struct span text, sqlite3_stmt *stmt)
{
	const void *blob = sqlite3_column_blob(stmt, 1);
	size_t bytes = (size_t)sqlite3_column_bytes(stmt, 1);
	uint64_t *blocks = blob ? malloc(bytes + 1) : NULL;
	bool is;

	if (!blocks)
		return false;
	memcpy(blocks, blob, bytes);
	is = lease_text_is_mixture(text, blocks, bytes / sizeof *blocks);
	free(blocks);
	return is;
}

enum status lease_db_knows_text(struct lease_db *db, struct span text, enum lease_text_is *out)
{
	sqlite3_stmt *stmt = db->prepared[TEXTS];
	uint64_t sum = lease_text_sum(text);
	enum status s = ST_OK;
	int rc;

	*out = TEXT_UNKNOWN;
	while (s == ST_OK && (rc = sqlite3_step(stmt)) != SQLITE_DONE) {
		if (rc != SQLITE_ROW)
			s = failed(db, rc);
		else if ((uint64_t)sqlite3_column_int64(stmt, 0) == sum)
			*out = TEXT_OURS;
		else if (*out == TEXT_UNKNOWN && is_mixture(text, stmt))
			*out = TEXT_MIXTURE;
	}
	sqlite3_reset(stmt);
	return s;
}

enum status lease_db_had_text(struct lease_db *db, bool *out)
{
	int64_t n = 0;
	enum status s = get_number(db, HAD_TEXT, &n);

	*out = n > 0;
	return s;
}

/* ---- writing -------------------------------------------------------------- */

enum status lease_db_commit(struct lease_db *db, const struct lease_item *items,
			    const struct lease_text_note *note)
{
	enum status s = begin(db);

	for (; items && s == ST_OK; items = items->next)
		s = items->line_n ? set_line(db, span_of(items->line, items->line_n))
				  : remove_line(db, items->ip4);
	if (s == ST_OK)
		s = note_text(db, note);
	s = end(db, s);
	db->texts += s == ST_OK && note;
	return s;
}

static enum status keep_lines(struct lease_db *db, struct span kept)
{
	struct lease_walk w = { .rest = kept };
	enum status s = ST_OK;

	while (s == ST_OK && lease_walk_next(&w) != LINE_END) {
		sqlite3_bind_text(db->prepared[KEEP], 1, (const char *)w.text.p, (int)w.text.n,
				  SQLITE_STATIC);
		s = run(db, KEEP);
	}
	return s;
}

enum status lease_db_replace(struct lease_db *db, const struct lease_image *image,
			     const struct lease_text_note *note)
{
	enum status s = begin(db);
	struct span line;
	size_t cursor = 0;

	if (s == ST_OK)
		s = run(db, CLEAR_LEASES);
	if (s == ST_OK)
		s = run(db, CLEAR_KEPT);
	while (s == ST_OK && (line = lease_image_next(image, &cursor)).n)
		s = set_line(db, line);
	if (s == ST_OK)
		s = keep_lines(db, span_of(image->kept, image->kept_n));
	if (s == ST_OK)
		s = note_text(db, note);
	s = end(db, s);
	db->texts += s == ST_OK && note;
	return s;
}

enum status lease_db_text_synced(struct lease_db *db)
{
	enum status s = begin(db);

	if (s == ST_OK)
		s = run(db, FORGET_TEXTS);
	if (s == ST_OK)
		s = run(db, MARK_TEXT);
	s = end(db, s);
	if (s == ST_OK)
		db->texts = 0;
	return s;
}

enum status lease_db_checkpoint(struct lease_db *db, bool all)
{
	int left = 0;
	int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, all ? SQLITE_CHECKPOINT_TRUNCATE :
					   SQLITE_CHECKPOINT_PASSIVE, &left, NULL);

	if (rc != SQLITE_OK)
		return failed(db, rc);
	db->log_pages = 0;
	return ST_OK;
}

unsigned lease_db_log_pages(const struct lease_db *db)
{
	return db->log_pages;
}

unsigned lease_db_texts(const struct lease_db *db)
{
	return db->texts;
}

bool lease_db_moved(struct lease_db *db)
{
	struct stat info;
	int moved = 0;

	sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);
	if (!moved)
		return false;
	/* a folder that the server's user may not enter tells nothing: what is open is served */
	return stat(sqlite3_db_filename(db->handle, NULL), &info) == 0 || errno != EACCES;
}

const char *lease_db_error(const struct lease_db *db)
{
	return db->error;
}
