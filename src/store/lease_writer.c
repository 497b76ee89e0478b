/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "store/lease_line.h"
#include "store/lease_writer.h"

#define TEXT_IDLE_MS 25		/* text behind the last commit when nothing more comes */
#define TEXT_BUSY_MS 800	/* and at most, under load, before it is written */
#define IDLE_MS 1000		/* quiet for so long is a moment to tidy */
#define LOG_PAGES_MAX 8000	/* about 32 MB: tidied in a busy moment too */
#define TEXTS_MAX 64
#define WAIT_FIRST_MS 250	/* between attempts while the store fails, doubled up to: */
#define WAIT_MAX_MS 5000
#define TEXT_WAIT_MAX_MS 60000

int64_t lease_clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t at_most(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t at_least(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void lease_work_free(struct lease_work *work)
{
	if (!work)
		return;
	free(work->old_name);
	free(work->undo);
	free(work);
}

/* ---- the image, there and back -------------------------------------------- */

static enum status keep_undo(struct lease_work *work, struct span old)
{
	free(work->undo);
	work->undo = old.n ? malloc(old.n) : NULL;
	work->undo_n = old.n;
	if (!old.n)
		return ST_OK;
	if (!work->undo)
		return ST_FULL;
	memcpy(work->undo, old.p, old.n);
	return ST_OK;
}

static void put_line(struct lease_image *image, uint32_t ip4, const char *line, size_t n)
{
	if (n)
		must(lease_image_set(image, ip4, span_of(line, n)) == ST_OK);	/* reserved */
	else
		lease_image_remove(image, ip4);
}

static void undo_group(struct lease_writer *w, struct lease_work *last)
{
	for (; last; last = last->before)
		put_line(&w->image, last->item.ip4, last->undo, last->undo_n);
}

/* On failure the image is as it was. */
static enum status apply_group(struct lease_writer *w, struct lease_item *items,
			       struct lease_work **out_last)
{
	struct lease_work *last = NULL;
	size_t bytes = 0, lines = 0;
	enum status s;

	for (struct lease_item *i = items; i; i = i->next, lines++)
		bytes += i->line_n + LEASE_LINE_MAX;	/* the line, and the old one back */
	s = lease_image_reserve(&w->image, bytes, lines);
	for (struct lease_item *i = items; i && s == ST_OK; i = i->next) {
		struct lease_work *work = lease_work_of(i);

		s = keep_undo(work, lease_image_find(&w->image, i->ip4));
		if (s != ST_OK)
			break;
		work->before = last;
		last = work;
		put_line(&w->image, i->ip4, i->line, i->line_n);
	}
	if (s != ST_OK)
		undo_group(w, last);
	*out_last = last;
	return s;
}

/* ---- the text ------------------------------------------------------------- */

static void text_changed(struct lease_writer *w, int64_t now_ms)
{
	w->tidy = false;
	if (w->text.fd < 0)		/* nobody wants one */
		return;
	if (!w->text_due)
		w->text_due_ms = now_ms;
	w->text_due = true;
}

static void text_failed(struct lease_writer *w, int64_t now_ms)
{
	int error = errno;

	if (!w->text_wait_ms)
		log_error(LOG_DHCP, "cannot write %s: %s; trying again, leases are safe in %s",
			  w->text.path, strerror(error), w->db_path);
	w->text_wait_ms = w->text_wait_ms ? at_most(w->text_wait_ms * 2, TEXT_WAIT_MAX_MS) : 1000;
	w->text_retry_ms = now_ms + w->text_wait_ms;
}

static void text_written(struct lease_writer *w, int64_t began_ms)
{
	if (w->text_wait_ms)
		log_warning(LOG_DHCP, "%s is written again", w->text.path);
	w->text_end_ms = lease_clock_ms();
	w->text_took_ms = at_least(w->text_end_ms - began_ms, 1);
	w->text_wait_ms = w->text_retry_ms = 0;
	w->text_due = false;
	atomic_fetch_add(&w->texts, 1);
}

/* What the database must know of a text before it is written; the caller frees note->blocks. */
static enum status note_of(struct lease_writer *w, struct lease_text_note *out)
{
	uint64_t *blocks = NULL;
	size_t n = 0;

	if (w->text.in_place && lease_text_blocks(&w->text, &w->image, &blocks, &n) != ST_OK)
		return ST_SYSTEM;
	*out = (struct lease_text_note){ w->image.sum, blocks, n };
	return ST_OK;
}

static void note_done(struct lease_text_note *note)
{
	free((void *)(uintptr_t)note->blocks);
}

/* With a note of its own: refused if the database cannot take one. */
static enum status note_and_write(struct lease_writer *w)
{
	struct lease_text_note note;
	enum status s = note_of(w, &note);

	if (s != ST_OK)
		return s;
	s = lease_db_commit(w->db, NULL, &note);
	note_done(&note);
	return s == ST_OK ? lease_text_write(&w->text, &w->image) : s;
}

static void write_text(struct lease_writer *w, bool noted, int64_t now_ms)
{
	int64_t began_ms = lease_clock_ms();
	enum status s = ST_REFUSED;

	if (noted)
		s = lease_text_write(&w->text, &w->image);
	else
		s = note_and_write(w);
	if (s == ST_REFUSED)		/* in place from now on: that wants another note */
		s = note_and_write(w);
	if (s == ST_OK)
		text_written(w, began_ms);
	else
		text_failed(w, now_ms);
}

/* When the text is to be written if no group comes before. */
static int64_t text_wake_ms(const struct lease_writer *w)
{
	int64_t idle_ms = at_least(w->text_due_ms + TEXT_IDLE_MS, w->text_end_ms + 3 * w->text_took_ms);

	if (!w->text_due)
		return INT64_MAX;
	if (w->text_wait_ms)
		return w->text_retry_ms;
	return at_most(idle_ms, w->text_due_ms + TEXT_BUSY_MS);
}

/* A group that comes when the last text is long past takes the next with it. */
static bool text_with_group(const struct lease_writer *w, int64_t now_ms)
{
	int64_t gap_ms = at_most(at_least(10 * w->text_took_ms, TEXT_IDLE_MS), TEXT_BUSY_MS);

	if (w->kind != LEASE_STORE_SQLITE || w->text.fd < 0 || w->text_wait_ms)
		return false;
	return now_ms >= w->text_end_ms + gap_ms ||
	       (w->text_due && now_ms >= w->text_due_ms + TEXT_BUSY_MS);
}

/* ---- the store ------------------------------------------------------------ */

static void keep_error(struct lease_writer *w, enum status s)
{
	int error = errno;
	struct text t;

	pthread_mutex_lock(&w->error_lock);
	t = TEXT(w->error);
	if (w->kind == LEASE_STORE_SQLITE)
		text_addf(&t, "%s: %s", w->db_path, w->db ? lease_db_error(w->db) : strerror(error));
	else
		text_addf(&t, "%s: %s", w->text.path, error ? strerror(error) : status_text(s));
	pthread_mutex_unlock(&w->error_lock);
}

void lease_writer_error(struct lease_writer *w, char *out, size_t size)
{
	pthread_mutex_lock(&w->error_lock);
	snprintf(out, size, "%s", w->error);
	pthread_mutex_unlock(&w->error_lock);
}

static void store_failed(struct lease_writer *w, enum status s, int64_t now_ms)
{
	keep_error(w, s);
	if (!w->wait_ms)
		log_error(LOG_DHCP, "cannot store leases: %s; new ones are refused until it works",
			  w->error);
	w->wait_ms = w->wait_ms ? at_most(w->wait_ms * 2, WAIT_MAX_MS) : WAIT_FIRST_MS;
	w->retry_ms = now_ms + w->wait_ms;
	atomic_store(&w->failing, true);
}

static void store_works(struct lease_writer *w)
{
	if (w->wait_ms)
		log_warning(LOG_DHCP, "leases are stored again");
	w->wait_ms = w->retry_ms = 0;
	atomic_store(&w->failing, false);
}

static enum status store_in_db(struct lease_writer *w, struct lease_item *items,
			       const struct lease_text_note *note)
{
	enum status s = ST_OK;

	if (!w->db || lease_db_moved(w->db))	/* what is written there would be lost */
		s = lease_writer_rebuild(w, time(NULL));
	if (s == ST_OK)
		s = lease_db_commit(w->db, items, note);
	if (s != ST_MALFORMED)
		return s;
	/* the image has the group in it: what is made anew holds it too */
	s = lease_writer_rebuild(w, time(NULL));
	return s == ST_OK && note ? lease_db_commit(w->db, NULL, note) : s;
}

/* The text is the store: on the disk before anybody is answered. */
static enum status store_in_file(struct lease_writer *w)
{
	enum status s = ST_REFUSED;

	errno = 0;
	if (!w->text.in_place)
		s = lease_text_write(&w->text, &w->image);
	if (s == ST_REFUSED)
		s = lease_text_write_behind(&w->text, &w->image);
	if (s == ST_OK && w->text.folder_unsynced)
		s = lease_text_sync(&w->text);
	return s;
}

static enum status store(struct lease_writer *w, struct lease_item *items,
			 const struct lease_text_note *note)
{
	if (w->kind == LEASE_STORE_FILE)
		return store_in_file(w);
	return w->kind == LEASE_STORE_SQLITE ? store_in_db(w, items, note) : ST_OK;
}

static void give_back(struct lease_writer *w, struct lease_item *items, enum status s)
{
	if (items)
		w->finished(w, items, s);
}

/* Those that somebody waits for fail; the others stay for the next attempt, in order. */
static void fail_group(struct lease_writer *w, struct lease_item *items, enum status s)
{
	struct lease_item *waited = NULL, **waited_end = &waited, **keep = &w->postponed;

	w->postponed = NULL;
	for (struct lease_item *next; items; items = next) {
		next = items->next;
		items->next = NULL;
		if (lease_work_of(items)->commit) {
			*waited_end = items;
			waited_end = &items->next;
		} else {
			*keep = items;
			keep = &items->next;
		}
	}
	give_back(w, waited, s);
}

static void count_group(struct lease_writer *w, const struct lease_item *items)
{
	for (; items; items = items->next) {
		counter_add(w->counters, COUNTER_LEASE_COMMITS);
		atomic_fetch_add(&w->commits, 1);
	}
	counter_add(w->counters, COUNTER_LEASE_COMMIT_GROUPS);
	atomic_fetch_add(&w->groups, 1);
}

/* The group, and with it the note of the text that follows, in one commit. */
static void store_group(struct lease_writer *w, struct lease_item *items, int64_t now_ms)
{
	bool with_text = text_with_group(w, now_ms);
	struct lease_text_note note = { 0 };
	struct lease_work *last = NULL;
	enum status s = apply_group(w, items, &last);

	if (w->trial.finish_early)
		give_back(w, items, ST_OK);
	if (s == ST_OK) {
		with_text = with_text && note_of(w, &note) == ST_OK;
		s = store(w, items, with_text ? &note : NULL);
		note_done(&note);
		if (s != ST_OK)
			undo_group(w, last);
	}
	if (s != ST_OK) {
		store_failed(w, s, now_ms);
		if (w->kind == LEASE_STORE_FILE)
			text_changed(w, now_ms);
		fail_group(w, items, s);
		return;
	}
	store_works(w);
	w->busy_ms = now_ms;
	count_group(w, items);
	if (w->kind == LEASE_STORE_SQLITE)
		text_changed(w, now_ms);
	else
		w->text_due = false;
	if (!w->trial.finish_early)
		give_back(w, items, ST_OK);
	if (with_text)
		write_text(w, true, now_ms);
}

/* ---- idle moments --------------------------------------------------------- */

/* False: not now. */
static bool sync_texts(struct lease_writer *w)
{
	if (lease_db_texts(w->db) == 0 || w->text.fd < 0)
		return true;
	return !w->text_due && lease_text_sync(&w->text) == ST_OK &&
	       lease_db_text_synced(w->db) == ST_OK;
}

static void tidy(struct lease_writer *w, int64_t now_ms)
{
	bool busy = now_ms < w->busy_ms + IDLE_MS, done = true;

	if (w->kind != LEASE_STORE_SQLITE || w->tidy || w->wait_ms)
		return;
	if (!busy || lease_db_texts(w->db) > TEXTS_MAX)
		done = sync_texts(w);
	if (!busy || lease_db_log_pages(w->db) > LOG_PAGES_MAX)
		done = lease_db_checkpoint(w->db, false) == ST_OK && done;
	if (busy)
		return;
	w->tidy = done;
	if (!done)
		w->busy_ms = now_ms;	/* in another second */
}

/* An attempt when nobody waits: what was postponed, or a note that changes nothing. */
static void try_again(struct lease_writer *w, int64_t now_ms)
{
	struct lease_text_note note = { .sum = w->image.sum };
	enum status s;

	if (w->postponed) {
		struct lease_item *items = w->postponed;

		w->postponed = NULL;
		store_group(w, items, now_ms);
		return;
	}
	s = store(w, NULL, &note);
	if (s != ST_OK) {
		store_failed(w, s, now_ms);
		return;
	}
	store_works(w);
	w->text_due &= w->kind == LEASE_STORE_SQLITE;
}

/* ---- turns ---------------------------------------------------------------- */

static struct lease_item *joined(struct lease_item *first, struct lease_item *then)
{
	struct lease_item **end = &first;

	while (*end)
		end = &(*end)->next;
	*end = then;
	return first;
}

void lease_writer_turn(struct lease_writer *w, struct lease_item *items, int64_t now_ms)
{
	bool waiting = w->wait_ms && now_ms < w->retry_ms;

	items = joined(w->postponed, items);
	w->postponed = NULL;
	if (items && waiting)
		fail_group(w, items, ST_SYSTEM);
	else if (items)
		store_group(w, items, now_ms);
	else if (w->wait_ms && !waiting)
		try_again(w, now_ms);
	if (w->kind == LEASE_STORE_SQLITE && !w->wait_ms && now_ms >= text_wake_ms(w))
		write_text(w, false, now_ms);
	tidy(w, now_ms);
}

int64_t lease_writer_wake_ms(const struct lease_writer *w)
{
	if (w->kind == LEASE_STORE_MEMORY)
		return INT64_MAX;
	if (w->wait_ms)
		return w->retry_ms;
	if (w->kind == LEASE_STORE_FILE)
		return INT64_MAX;
	return at_most(text_wake_ms(w), w->tidy ? INT64_MAX : w->busy_ms + IDLE_MS);
}

void lease_writer_ready(struct lease_writer *w, int64_t now_ms)
{
	enum status s;

	w->busy_ms = now_ms;
	if (w->kind != LEASE_STORE_FILE)
		return;
	s = store_in_file(w);
	if (s != ST_OK)
		store_failed(w, s, now_ms);
	if (w->text.in_place)
		log_warning(LOG_DHCP, "%s cannot be replaced, only rewritten: a power cut while "
			    "that happens may lose leases", w->text.path);
}

void lease_writer_close(struct lease_writer *w, int64_t now_ms)
{
	if (w->wait_ms)
		try_again(w, now_ms);
	if (w->kind == LEASE_STORE_SQLITE && !w->wait_ms) {
		if (w->text_due)
			write_text(w, false, now_ms);
		w->tidy = sync_texts(w);
	}
	lease_writer_drop(w);
}

void lease_writer_drop(struct lease_writer *w)
{
	for (struct lease_item *next; w->postponed; w->postponed = next) {
		next = w->postponed->next;
		lease_work_free(lease_work_of(w->postponed));
	}
	lease_db_close(w->db);
	w->db = NULL;
	lease_text_close(&w->text);
	lease_image_done(&w->image);
	lease_lock_free(&w->text_lock);
	lease_lock_free(&w->db_lock);
}
