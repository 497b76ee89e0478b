/* SPDX-License-Identifier: ISC */
/*
 * What is true at start: the database, or the text that somebody edited.
 *
 *	text is one of ours, or a write of ours cut short	the database
 *	text is another						the text
 *	text is gone, and once was surely on the disk		no leases
 *	text is gone, and never surely was			the database
 *	no database						the text
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "store/lease_line.h"
#include "store/lease_writer.h"

#define GARBAGE_LINES 20	/* told one by one; then only counted */

struct start {
	struct lease_writer *w;
	const struct lease_writer_want *want;
	uint8_t *text;			/* what was found */
	size_t text_n;
	bool found;
	char *why;
	size_t why_size;
};

__attribute__((format(printf, 3, 4)))
static enum status fail(struct start *st, enum status s, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(st->why, st->why_size, format, args);
	va_end(args);
	return s;
}

/* ---- the text as leases --------------------------------------------------- */

static void tell_garbage(const struct start *st, const struct lease_walk *w, unsigned nth)
{
	char safe[160];
	struct text t = TEXT(safe);

	if (nth > GARBAGE_LINES)
		return;
	text_safe(&t, w->text);
	log_warning(LOG_DHCP, "%s:%u: not a lease, dropped: %s", st->want->file, w->line, safe);
}

static enum status take_line(const struct start *st, struct lease_image *image,
			     const struct lease_walk *w)
{
	char line[LEASE_LINE_MAX];
	size_t n = lease_line_print(&w->record, line);
	uint32_t ip4 = addr_to_ip4(&w->record.addr);

	bool twice = lease_image_find(image, ip4).n != 0;

	/*
	 * A file that was the store has lines twice when a write was cut short: the last
	 * holds, but for one that was cut itself.
	 */
	if (twice && st->w->kind == LEASE_STORE_FILE && w->rest.n == 0 && !w->ended)
		return ST_OK;
	if (twice && st->w->kind != LEASE_STORE_FILE)
		log_warning(LOG_DHCP, "%s:%u: %s is there twice, the last line holds",
			    st->want->file, w->line, addr_text(&w->record.addr).s);
	return lease_image_set(image, ip4, span_of(line, n));
}

static enum status parse_text(const struct start *st, struct lease_image *image)
{
	struct lease_walk w = { .rest = span_of(st->text, st->text_n) };
	enum lease_line_kind kind;
	unsigned garbage = 0;
	enum status s = ST_OK;

	while (s == ST_OK && (kind = lease_walk_next(&w)) != LINE_END) {
		if (kind == LINE_LEASE)
			s = take_line(st, image, &w);
		else if (kind == LINE_KEPT)
			s = lease_image_keep(image, w.text);
		else if (kind == LINE_GARBAGE)
			tell_garbage(st, &w, ++garbage);
	}
	if (garbage > GARBAGE_LINES)
		log_warning(LOG_DHCP, "%s: %u more lines are not leases, dropped", st->want->file,
			    garbage - GARBAGE_LINES);
	return s;
}

/* ---- differences ---------------------------------------------------------- */

static void tell(const struct start *st, const char *what, struct span line)
{
	log_info(LOG_DHCP, "%s was edited: %s %.*s", st->want->file, what, (int)line.n - 1, line.p);
}

static void tell_kept(const struct start *st, const struct lease_image *in,
		      const struct lease_image *not_in, const char *what)
{
	struct lease_walk w = { .rest = span_of(in->kept, in->kept_n) };

	while (lease_walk_next(&w) != LINE_END) {
		struct lease_walk other = { .rest = span_of(not_in->kept, not_in->kept_n) };
		bool there = false;

		while (!there && lease_walk_next(&other) != LINE_END)
			there = span_eq(w.text, other.text);
		if (!there)
			tell(st, what, span_of(w.text.p, w.text.n + 1));
	}
}

static void tell_differences(const struct start *st, const struct lease_image *was,
			     const struct lease_image *is)
{
	struct span line, other;
	size_t cursor = 0;

	while ((line = lease_image_next(was, &cursor)).n)
		if (!lease_image_find(is, lease_line_ip4(line)).n)
			tell(st, "removed", line);
	cursor = 0;
	while ((line = lease_image_next(is, &cursor)).n) {
		other = lease_image_find(was, lease_line_ip4(line));
		if (!span_eq(line, other))
			tell(st, other.n ? "changed to" : "added", line);
	}
	tell_kept(st, was, is, "removed");
	tell_kept(st, is, was, "added");
}

/* ---- files set aside ------------------------------------------------------ */

/* "PATH.WORD-20300102-030405", its log with it. */
static enum status set_aside(struct lease_writer *w, const char *word, int64_t wall_s,
			     char *out, size_t out_size)
{
	char from[sizeof w->db_path + 8], to[sizeof w->db_path + 64], stamp[32];
	time_t at = (time_t)wall_s;
	struct tm tm;

	strftime(stamp, sizeof stamp, "%Y%m%d-%H%M%S", gmtime_r(&at, &tm));
	snprintf(out, out_size, "%s.%s-%s", w->db_path, word, stamp);
	snprintf(from, sizeof from, "%s-wal", w->db_path);
	snprintf(to, sizeof to, "%s.%s-%s-wal", w->db_path, word, stamp);
	if (rename(from, to) != 0 && errno != ENOENT)
		return ST_SYSTEM;
	snprintf(from, sizeof from, "%s-shm", w->db_path);
	if (unlink(from) != 0 && errno != ENOENT)
		return ST_SYSTEM;
	return rename(w->db_path, out) == 0 || errno == ENOENT ? ST_OK : ST_SYSTEM;
}

static void give_files(struct lease_writer *w)
{
	static const char *const ending[] = { "", "-wal", "-shm" };

	if (w->uid == (uid_t)-1)
		return;
	for (size_t i = 0; i < COUNT_OF(ending); i++) {
		char path[sizeof w->db_path + 8];

		snprintf(path, sizeof path, "%s%s", w->db_path, ending[i]);
		if (chown(path, w->uid, w->gid) != 0 && errno != ENOENT && errno != EPERM)
			log_warning(LOG_DHCP, "cannot give %s to its user: %s", path,
				    strerror(errno));
	}
}

static enum status open_db(struct lease_writer *w, bool *out_new, char *why, size_t why_size)
{
	enum status s = lease_db_open(&w->db, w->db_path, &w->trial.db, out_new, why, why_size);

	if (s != ST_OK)
		return s;
	give_files(w);
	if (*out_new && w->trial.files->sync_folder(w->trial.files, w->db_folder) != 0) {
		struct text t = text_of(why, why_size);

		text_addf(&t, "%s: %s", w->db_folder, strerror(errno));
		lease_db_close(w->db);
		w->db = NULL;
		return ST_SYSTEM;
	}
	return ST_OK;
}

/* The text as it is on the disk now: ours, and the new database has to know it. */
static uint64_t present_text(struct lease_writer *w)
{
	uint8_t *text;
	uint64_t sum;
	size_t n;

	if (lease_files_read(w->trial.files, w->text.path, &text, &n) != ST_OK)
		return w->image.sum;
	sum = lease_text_sum(span_of(text, n));
	free(text);
	return sum;
}

enum status lease_writer_rebuild(struct lease_writer *w, int64_t wall_s)
{
	struct lease_text_note note = { .sum = present_text(w) };
	char aside[sizeof w->db_path + 64], why[256];
	bool is_new;
	enum status s;

	lease_db_close(w->db);
	w->db = NULL;
	s = set_aside(w, "damaged", wall_s, aside, sizeof aside);
	if (s == ST_OK)
		s = open_db(w, &is_new, why, sizeof why);
	if (s == ST_OK)
		s = lease_db_replace(w->db, &w->image, &note);
	if (s == ST_OK)
		log_warning(LOG_DHCP, "%s was damaged or gone; made anew from memory, what was left "
			    "of it is %s", w->db_path, aside);
	return s;
}

/* ---- the decision --------------------------------------------------------- */

/* The text is the truth: the database is brought to it, and knows it from now on. */
static enum status follow_text(struct start *st, struct lease_image *was)
{
	struct lease_writer *w = st->w;
	struct lease_text_note note = { .sum = lease_text_sum(span_of(st->text, st->text_n)) };
	enum status s = parse_text(st, &w->image);

	if (s != ST_OK)
		return fail(st, s, "no memory for the leases of %s", st->want->file);
	if (was)
		tell_differences(st, was, &w->image);
	s = lease_db_replace(w->db, &w->image, &note);
	return s == ST_OK ? s : fail(st, s, "%s: %s", w->db_path, lease_db_error(w->db));
}

static enum status start_afresh(struct start *st, const char *word, const char *because)
{
	struct lease_writer *w = st->w;
	char aside[sizeof w->db_path + 64], why[256];
	bool is_new;

	if (w->db && lease_db_checkpoint(w->db, true) != ST_OK)
		log_debug(LOG_DHCP, "%s: %s", w->db_path, lease_db_error(w->db));
	lease_db_close(w->db);
	w->db = NULL;
	lease_image_done(&w->image);
	if (set_aside(w, word, st->want->wall_s, aside, sizeof aside) != ST_OK)
		return fail(st, ST_SYSTEM, "%s %s, and cannot be set aside: %s", w->db_path,
			    because, strerror(errno));
	log_warning(LOG_DHCP, "%s %s: set aside as %s; leases are those of %s", w->db_path, because,
		    aside, st->want->file);
	if (open_db(w, &is_new, why, sizeof why) != ST_OK)
		return fail(st, ST_SYSTEM, "%s: %s", w->db_path, why);
	return follow_text(st, NULL);
}

static enum status damaged(struct start *st, const char *why)
{
	char because[300];

	snprintf(because, sizeof because, "is damaged (%s)", why);
	return start_afresh(st, "damaged", because);
}

static enum status decide(struct start *st)
{
	struct lease_writer *w = st->w;
	enum lease_text_is is = TEXT_UNKNOWN;
	bool had = false;
	struct lease_image was;
	enum status s = lease_db_load(w->db, &w->image);

	if (s == ST_OK)
		s = lease_db_had_text(w->db, &had);
	if (s == ST_OK)
		s = lease_db_knows_text(w->db, span_of(st->text, st->text_n), &is);
	if (s == ST_MALFORMED)
		return damaged(st, lease_db_error(w->db));
	if (s != ST_OK)
		return fail(st, s, "%s: %s", w->db_path, lease_db_error(w->db));
	if (!st->found && had)
		return start_afresh(st, "old", "has leases but its text is gone");
	if (!st->found) {		/* an empty one is about to be made */
		s = lease_db_commit(w->db, NULL, &(struct lease_text_note){ .sum = 0 });
		return s == ST_OK ? s : fail(st, s, "%s: %s", w->db_path, lease_db_error(w->db));
	}
	if (is != TEXT_UNKNOWN)
		return ST_OK;
	was = w->image;
	w->image = (struct lease_image){ 0 };
	s = follow_text(st, &was);
	lease_image_done(&was);
	return s;
}

/* ---- opening -------------------------------------------------------------- */

static enum status read_text(struct start *st)
{
	const struct lease_files *files = st->w->trial.files;
	enum status s = lease_files_read(files, st->w->text.path, &st->text, &st->text_n);
	char folder[sizeof st->w->text.folder];
	struct stat info;

	lease_files_folder(st->w->text.path, folder, sizeof folder);
	st->found = s == ST_OK;
	if (s == ST_OK || (s == ST_UNKNOWN && files->stat(files, folder, &info) == 0))
		return ST_OK;
	return fail(st, ST_SYSTEM, "cannot open or create lease file %s: %s", st->want->file,
		    strerror(errno));
}

static enum status open_text(struct start *st)
{
	struct lease_writer *w = st->w;
	char path[sizeof w->text.path];

	memcpy(path, w->text.path, sizeof path);
	if (lease_text_open(&w->text, w->trial.files, path, w->uid, w->gid) != ST_OK)
		return fail(st, ST_SYSTEM, "cannot open or create lease file %s: %s",
			    st->want->file, strerror(errno));
	w->text_due = !st->found ||
		      lease_text_sum(span_of(st->text, st->text_n)) != w->image.sum;
	return ST_OK;
}

static enum status taken(struct start *st, const char *path, pid_t pid)
{
	if (!pid)
		return fail(st, ST_TAKEN, "another server has %s", path);
	return fail(st, ST_TAKEN, "another server, process %d, has %s", (int)pid, path);
}

/*
 * The text's lock keeps two servers off one file, whatever their stores are.
 * A folder where none can be made leaves the file itself to lock.
 */
static enum status lock_text(struct start *st)
{
	struct lease_writer *w = st->w;
	pid_t pid = 0;
	enum status s = lease_lock_take(&w->text_lock, w->text.path, w->uid, w->gid, &pid);

	if (s == ST_SYSTEM)
		s = lease_lock_take_file(&w->text_lock, w->text.path, &pid);
	if (s == ST_TAKEN)
		return taken(st, st->want->file, pid);
	/* no such file and no such folder: opening it will say so better */
	return ST_OK;
}

static enum status lock_db(struct start *st)
{
	struct lease_writer *w = st->w;
	pid_t pid = 0;
	enum status s = lease_lock_take(&w->db_lock, w->db_path, w->uid, w->gid, &pid);

	if (s == ST_TAKEN)
		return taken(st, w->db_path, pid);
	return s == ST_OK ? s : fail(st, s, "%s: %s", w->db_lock.path, strerror(errno));
}

static enum status open_file_store(struct start *st)
{
	enum status s;

	st->w->kind = LEASE_STORE_FILE;
	s = parse_text(st, &st->w->image);
	return s == ST_OK ? s : fail(st, s, "no memory for the leases of %s", st->want->file);
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* ST_UNKNOWN: no database can be made here. */
static enum status open_sqlite_store(struct start *st)
{
	struct lease_writer *w = st->w;
	bool was_there = w->trial.db.vfs || exists(w->db_path), is_new = false;
	char why[256];
	enum status s = open_db(w, &is_new, why, sizeof why);

	if (s == ST_MALFORMED)
		return damaged(st, why);
	if (s == ST_SYSTEM && !was_there) {
		bool refused = faccessat(AT_FDCWD, w->db_folder, W_OK, AT_EACCESS) != 0;

		return fail(st, ST_UNKNOWN, "%s", refused ? strerror(errno) : why);
	}
	if (s != ST_OK)
		return fail(st, s, "%s: %s", w->db_path, why);
	return is_new ? follow_text(st, NULL) : decide(st);
}

static enum status open_store(struct start *st)
{
	const char *store = st->want->store;
	struct lease_writer *w = st->w;
	bool chosen = store && strncmp(store, "sqlite:", 7) == 0;
	enum status s;

	if (store && strcmp(store, "file") == 0)
		return open_file_store(st);
	snprintf(w->db_path, sizeof w->db_path, "%s%s", chosen ? store + 7 : st->want->file,
		 chosen ? "" : ".db");
	lease_files_folder(w->db_path, w->db_folder, sizeof w->db_folder);
	if (chosen && !w->trial.db.vfs) {
		s = lock_db(st);
		if (s != ST_OK)
			return s;
	}
	s = open_sqlite_store(st);
	if (s != ST_UNKNOWN)
		return s;
	if (chosen)
		return fail(st, ST_SYSTEM, "lease-store=%s cannot be made: %s", store,
			    strerror(errno));
	log_warning(LOG_DHCP, "%s cannot be made (%s): lease-store=file is used, %s is the store",
		    w->db_path, st->why, st->want->file);
	return open_file_store(st);
}

/* A device, as /dev/null: there is nothing to keep leases in. */
static bool is_device(const struct start *st)
{
	struct stat info;

	return st->w->trial.files->stat(st->w->trial.files, st->w->text.path, &info) == 0 &&
	       !S_ISREG(info.st_mode);
}

static enum status open_all(struct start *st)
{
	struct lease_writer *w = st->w;
	enum status s;

	if (is_device(st) && (!st->want->store || strncmp(st->want->store, "sqlite:", 7) != 0)) {
		log_warning(LOG_DHCP, "%s is not a file: leases are kept in memory only",
			    st->want->file);
		w->kind = LEASE_STORE_MEMORY;
		return ST_OK;
	}
	if (is_device(st))
		return open_store(st);
	s = w->trial.files == &lease_files_real ? lock_text(st) : ST_OK;
	if (s == ST_OK)
		s = read_text(st);
	if (s == ST_OK)
		s = open_store(st);
	return s == ST_OK ? open_text(st) : s;
}

void lease_writer_memory(struct lease_writer *w)
{
	*w = (struct lease_writer){
		.kind = LEASE_STORE_MEMORY, .text = { .fd = -1 }, .text_lock = { .fd = -1 },
		.db_lock = { .fd = -1 }, .error_lock = PTHREAD_MUTEX_INITIALIZER,
	};
}

enum status lease_writer_open(struct lease_writer *w, const struct lease_writer_want *want,
			      char *why, size_t why_size)
{
	struct start st = { .w = w, .want = want, .why = why, .why_size = why_size };
	enum status s;

	lease_writer_memory(w);
	w->kind = LEASE_STORE_SQLITE;
	w->trial = want->trial;
	w->uid = want->uid;
	w->gid = want->gid;
	if (!w->trial.files)
		w->trial.files = &lease_files_real;
	lease_text_resolve(want->file, w->text.path, sizeof w->text.path);
	s = open_all(&st);
	free(st.text);
	if (s == ST_OK && why_size)
		why[0] = 0;		/* what was told and overcome on the way */
	if (s != ST_OK)
		lease_writer_drop(w);
	return s;
}
