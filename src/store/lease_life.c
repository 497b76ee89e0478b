/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/must.h"
#include "base/text.h"
#include "store/leases_private.h"

static void on_expiry(struct loop_timer *t)
{
	leases_expire(container_of(t, struct leases, expiry));
}

static void on_soon(struct loop_timer *t)
{
	leases_answer(container_of(t, struct leases, soon));
}

static void on_bell(struct loop_message *m)
{
	struct lease_bell *bell = container_of(m, struct lease_bell, message);
	struct leases *l = bell->leases;

	if (!l) {
		free(bell);
		return;
	}
	pthread_mutex_lock(&l->done_lock);
	bell->posted = false;
	pthread_mutex_unlock(&l->done_lock);
	leases_answer(l);
}

/* ---- to and from the store ------------------------------------------------ */

static void put_done(struct leases *l, struct lease_item *items, enum status s)
{
	*l->done_end = items;
	for (; items; items = items->next) {
		lease_work_of(items)->status = s;
		l->done_end = &items->next;
	}
}

void leases_finished(struct lease_writer *w, struct lease_item *items, enum status s)
{
	struct leases *l = container_of(w, struct leases, writer);
	bool ring;

	pthread_mutex_lock(&l->done_lock);
	put_done(l, items, s);
	ring = !l->bell->posted;
	l->bell->posted = true;
	pthread_mutex_unlock(&l->done_lock);
	if (ring)
		loop_post(l->loop, &l->bell->message);
}

static struct lease_item *take_unanswered(struct leases *l)
{
	struct lease_item *first = l->unanswered;

	l->unanswered = first->next;
	if (!l->unanswered)
		l->unanswered_end = &l->unanswered;
	first->next = NULL;
	return first;
}

/* A memory store: after its delay everything is answered, but for what is held; those whom nobody
 * awaits never fail. */
static void on_answer(struct loop_timer *t)
{
	struct leases *l = container_of(t, struct leases, answer);

	while (l->unanswered && !l->held) {
		pthread_mutex_lock(&l->done_lock);
		put_done(l, take_unanswered(l), l->answer_status);
		pthread_mutex_unlock(&l->done_lock);
		leases_answer(l);
	}
}

void leases_hold(struct leases *l, bool hold)
{
	must(l->given);
	l->held = hold;
	if (!hold && l->unanswered && !l->answer.due_ms)
		timer_start(l->loop, &l->answer, 0);
}

void leases_give(struct leases *l, struct lease_item *item)
{
	item->next = NULL;
	if (l->writer.kind == LEASE_STORE_MEMORY || l->stopped) {
		*l->unanswered_end = item;
		l->unanswered_end = &item->next;
		if (!l->answer.due_ms)
			timer_start(l->loop, &l->answer, l->answer_delay_ms);
	} else if (l->started) {
		lease_thread_give(&l->thread, item);
	} else {
		*l->before_start_end = item;
		l->before_start_end = &item->next;
	}
}

bool leases_failing(const struct leases *l)
{
	return l->answer_status != ST_OK || atomic_load(&l->writer.failing);
}

void leases_memory_answers(struct leases *l, int64_t delay_ms, enum status s)
{
	must(l->writer.kind == LEASE_STORE_MEMORY);
	l->answer_delay_ms = delay_ms;
	l->answer_status = s;
}

/* ---- opening -------------------------------------------------------------- */

static uint32_t clamp(uint32_t v, uint32_t least, uint32_t most)
{
	return v < least ? least : v > most ? most : v;
}

static struct leases *leases_new(struct loop *loop, const struct leases_want *want)
{
	struct leases *l = calloc(1, sizeof *l);
	uint32_t many = clamp(want->max, 64, 65536);

	if (!l)
		return NULL;
	l->bell = calloc(1, sizeof *l->bell);
	if (!l->bell) {
		free(l);
		return NULL;
	}
	l->bell->message.run = on_bell;
	l->bell->leases = l;
	l->loop = loop;
	l->counters = want->counters;
	l->max = want->max;
	l->given = want->store && strcmp(want->store, "given") == 0;
	l->expiry.fire = on_expiry;
	l->soon.fire = on_soon;
	l->answer.fire = on_answer;
	l->stored_end = &l->stored;
	l->before_start_end = &l->before_start;
	l->done_end = &l->done;
	l->unanswered_end = &l->unanswered;
	must(pthread_mutex_init(&l->done_lock, NULL) == 0);
	lease_table_init(&l->table, want->offers_max ? want->offers_max : many, many);
	return l;
}

static enum status adopt_all(struct leases *l, char *why, size_t why_size)
{
	struct span line;
	size_t cursor = 0;

	while ((line = lease_image_next(&l->writer.image, &cursor)).n)
		if (leases_adopt(l, line) != ST_OK) {
			snprintf(why, why_size, "no memory for the stored leases");
			return ST_SYSTEM;
		}
	if (leases_count(l) > l->max) {
		snprintf(why, why_size, "too many stored leases");
		return ST_FULL;
	}
	return ST_OK;
}

enum status leases_open(struct leases **out, struct loop *loop, const struct leases_want *want,
			uid_t owner, gid_t group, char *why, size_t why_size)
{
	struct lease_writer_want store = {
		.file = want->file, .store = want->store, .uid = owner, .gid = group,
		.wall_s = loop_now(loop).wall_s,
	};
	struct leases *l = leases_new(loop, want);
	enum status s = ST_OK;

	if (!l) {
		snprintf(why, why_size, "no memory");
		return ST_SYSTEM;
	}
	lease_clock_open(l, want->file);
	if (want->store && strcmp(want->store, "memory") == 0)
		lease_writer_memory(&l->writer);
	else if (want->store && strcmp(want->store, "copy") == 0)
		s = lease_writer_copy(&l->writer, want->file, why, why_size);
	else if (l->given)
		s = lease_writer_given(&l->writer, want->given, "dhcp-script init", why, why_size);
	else
		s = lease_writer_open(&l->writer, &store, why, why_size);
	l->writer.finished = leases_finished;
	l->writer.counters = want->counters;
	if (s == ST_OK)
		s = adopt_all(l, why, why_size);
	if (s != ST_OK) {
		leases_free(l);
		return s;
	}
	if (l->given)
		leases_watch_ends(l);	/* what has ended already ends before those who keep it */
	else
		leases_expire(l);
	*out = l;
	return ST_OK;
}

enum status leases_start(struct leases *l)
{
	enum status s;

	lease_clock_start(l);
	if (l->started || l->writer.kind == LEASE_STORE_MEMORY)
		return ST_OK;
	lease_writer_ready(&l->writer, lease_clock_ms());
	s = lease_thread_start(&l->thread, &l->writer);
	if (s != ST_OK)
		return s;
	l->started = true;
	for (struct lease_item *item = l->before_start, *next; item; item = next) {
		next = item->next;
		lease_thread_give(&l->thread, item);
	}
	l->before_start = NULL;
	l->before_start_end = &l->before_start;
	return ST_OK;
}

/* ---- the end -------------------------------------------------------------- */

void leases_stop(struct leases *l)
{
	if (l->stopped)
		return;
	if (l->started) {
		lease_thread_stop(&l->thread);
		lease_writer_close(&l->writer, lease_clock_ms());
	}
	timer_stop(&l->expiry);
	lease_clock_stop(l);
	leases_answer(l);
	if (l->held) {
		l->held = false;
		l->answer_status = ST_SYSTEM;
		timer_start(l->loop, &l->answer, 0);
	}
	if (l->answer.due_ms) {
		timer_stop(&l->answer);
		on_answer(&l->answer);
	}
	l->stopped = true;
	l->answer_status = ST_SYSTEM;		/* whatever comes now is not stored */
}

static void free_items(struct lease_item *items)
{
	for (struct lease_item *next; items; items = next) {
		next = items->next;
		lease_work_free(lease_work_of(items));
	}
}

void leases_free(struct leases *l)
{
	bool posted;

	if (!l)
		return;
	if (l->started)
		lease_thread_stop(&l->thread);
	lease_writer_drop(&l->writer);
	timer_stop(&l->expiry);
	lease_clock_stop(l);
	timer_stop(&l->soon);
	timer_stop(&l->answer);
	free_items(l->before_start);
	free_items(l->unanswered);
	free_items(l->stored);
	free_items(l->done);
	lease_inflights_done(&l->inflight);
	lease_table_done(&l->table);
	posted = l->bell->posted;
	l->bell->leases = NULL;
	if (!posted)
		free(l->bell);
	pthread_mutex_destroy(&l->done_lock);
	free(l);
}

void leases_set_max(struct leases *l, uint32_t max)
{
	l->max = max;
}

/* ---- what it says of itself ----------------------------------------------- */

size_t leases_folders(const struct leases *l, const char *out[2])
{
	size_t n = 0;

	if (l->writer.kind == LEASE_STORE_MEMORY)
		return 0;
	if (l->writer.text.fd >= 0)
		out[n++] = l->writer.text.folder;
	if (l->writer.kind == LEASE_STORE_SQLITE &&
	    (n == 0 || strcmp(l->writer.db_folder, out[0]) != 0))
		out[n++] = l->writer.db_folder;
	return n;
}

void leases_status(const struct leases *l, struct text *out)
{
	static const char *const kinds[] = {
		[LEASE_STORE_SQLITE] = "sqlite", [LEASE_STORE_FILE] = "file",
		[LEASE_STORE_MEMORY] = "memory",
	};
	struct lease_writer *w = (struct lease_writer *)(uintptr_t)&l->writer;
	char error[256];

	text_addf(out, "lease store: %s\n", l->given ? "dhcp-script" : kinds[w->kind]);
	if (w->kind == LEASE_STORE_SQLITE)
		text_addf(out, "lease database: %s\n", w->db_path);
	if (w->text.path[0])
		text_addf(out, "lease file: %s%s\n", w->text.path,
			  w->text.in_place ? " (rewritten in place)" : "");
	text_addf(out, "leases: %zu of %u, offers held: %zu, declined: %zu, remembered: %zu\n",
		  leases_count(l), l->max, lease_table_count(&l->table, LEASE_OFFERED),
		  lease_table_count(&l->table, LEASE_DECLINED),
		  lease_table_count(&l->table, LEASE_REMEMBERED));
	text_addf(out, "lease commits: %llu in %llu groups; lease file written %llu times\n",
		  (unsigned long long)atomic_load(&w->commits),
		  (unsigned long long)atomic_load(&w->groups),
		  (unsigned long long)atomic_load(&w->texts));
	lease_writer_error(w, error, sizeof error);
	if (error[0])
		text_addf(out, "lease store %s: %s\n",
			  leases_failing(l) ? "fails" : "works; last failure", error);
}
