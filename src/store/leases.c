/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "store/lease_line.h"
#include "store/leases_private.h"

/* ---- telling -------------------------------------------------------------- */

void leases_watch(struct leases *l, struct lease_watch *w)
{
	struct lease_watch **at = &l->watches;

	while (*at)
		at = &(*at)->next;
	w->next = NULL;
	*at = w;
}

static void tell(struct leases *l, enum lease_event event, const struct lease *lease,
		 const char *old_name)
{
	for (struct lease_watch *w = l->watches; w; w = w->next)
		w->told(w, event, lease, old_name);
}

/* ---- time ----------------------------------------------------------------- */

int64_t leases_mono_of(const struct leases *l, int64_t expires_s)
{
	struct now now = loop_now(l->loop);

	return expires_s ? now.mono_ms + (expires_s - now.wall_s) * 1000 : 0;
}

static void set_timer(struct leases *l)
{
	const struct lease_entry *e = lease_table_next_end(&l->table);
	int64_t now_ms = loop_now(l->loop).mono_ms;

	if (!e)
		timer_stop(&l->expiry);
	else if (l->expiry.due_ms != e->lease.mono_expires_ms)
		timer_start(l->loop, &l->expiry, e->lease.mono_expires_ms > now_ms ?
			    e->lease.mono_expires_ms - now_ms : 0);
}

void leases_watch_ends(struct leases *l)
{
	set_timer(l);
}

/* Who had it stays known, so that the client gets it again if it is still free. */
static void remember(struct leases *l, struct lease_entry *e)
{
	e->lease.committing = false;
	e->lease.expires_s = loop_now(l->loop).wall_s;
	lease_become(&l->table, e, LEASE_REMEMBERED, 0);
}

/* Told of as it was. */
static void end(struct leases *l, struct lease_entry *e, enum lease_event event)
{
	const struct lease was = e->lease;

	remember(l, e);
	tell(l, event, &was, was.name);
}

/* ---- work for the store --------------------------------------------------- */

static struct lease_inflight *inflight_find(const struct leases *l, uint32_t ip4)
{
	return lease_inflight_find(&l->inflight, ip4);
}

static struct span line_of(const struct lease_work *work)
{
	return span_of(work->line, work->item.line_n);
}

static void record_of(const struct lease *lease, struct lease_record *out)
{
	*out = (struct lease_record){ .addr = lease->addr, .hw = lease->hw,
				      .expires_s = lease->expires_s, .clid_len = lease->clid_len };
	if (lease->clid_len)
		memcpy(out->clid, lease->clid, lease->clid_len);
	if (lease->name)
		strcpy(out->name, lease->name);
}

/* record NULL: a removal. */
static struct lease_work *work_new(struct leases *l, const struct addr *a,
				   const struct lease_record *record, struct lease_commit *c)
{
	static const struct lease_work nothing;
	char line[LEASE_LINE_MAX];
	size_t n = record ? lease_line_print(record, line) : 0;
	struct lease_work *work = malloc(sizeof *work + n + 1);

	if (!work)
		return NULL;
	*work = nothing;
	memcpy(work->line, line, n);
	work->item = (struct lease_item){ .ip4 = addr_to_ip4(a), .line_n = (uint16_t)n,
					  .line = work->line };
	work->commit = c;
	work->number = ++l->numbers;
	return work;
}

/* Nobody waits: what the store will hold of it is settled now. */
static void give_unwaited(struct leases *l, struct lease_work *work)
{
	struct lease_inflight *f = inflight_find(l, work->item.ip4);

	if (f) {
		f->newest = work->number;
		lease_inflight_durable(f, work->number, line_of(work));
	}
	leases_give(l, &work->item);
}

static void store_removal(struct leases *l, const struct addr *a)
{
	struct lease_work *work = work_new(l, a, NULL, NULL);

	if (work)		/* else its line stays, and ends by its own date */
		give_unwaited(l, work);
}

void leases_store_as_is(struct leases *l, const struct lease *lease)
{
	struct lease_record record;
	struct lease_work *work;

	record_of(lease, &record);
	work = work_new(l, &lease->addr, &record, NULL);
	if (work)
		give_unwaited(l, work);
}

/* The address's, with what it falls back to; NULL: no memory. */
static struct lease_inflight *inflight_take(struct leases *l, const struct lease_entry *e)
{
	char line[LEASE_LINE_MAX];
	struct lease_record record;
	size_t n = 0;

	if (e->lease.state == LEASE_BOUND) {
		record_of(&e->lease, &record);
		n = lease_line_print(&record, line);
	}
	return lease_inflight_take(&l->inflight, addr_to_ip4(&e->lease.addr), span_of(line, n));
}

static void give_waited(struct leases *l, struct lease_inflight *f, struct lease_work *work)
{
	f->waiting++;
	f->newest = work->number;
	leases_give(l, &work->item);
}

/* ---- commits -------------------------------------------------------------- */

static bool same_client(const struct lease *lease, const struct lease_change *change)
{
	struct span clid = span_of(lease->clid, lease->clid_len);

	if (clid.n || change->clid.n)
		return span_eq(clid, change->clid);
	return hwaddr_eq(&lease->hw, &change->hw);
}

/* What the store holds of the address; false: nothing. */
static bool stored_until(const struct leases *l, const struct lease_entry *e, int64_t *out_expires_s)
{
	const struct lease_inflight *f = inflight_find(l, addr_to_ip4(&e->lease.addr));
	struct lease_record record;

	if (!f) {
		*out_expires_s = e->lease.expires_s;
		return e->lease.state == LEASE_BOUND;
	}
	if (!lease_line_parse(span_of(f->durable, f->durable_n), &record))
		return false;
	*out_expires_s = record.expires_s;
	return true;
}

static bool is_stored_already(const struct leases *l, const struct lease_entry *e,
			      const struct lease_change *change)
{
	int64_t until_s;

	if (!e || e->lease.state != LEASE_BOUND || !same_client(&e->lease, change) ||
	    !stored_until(l, e, &until_s))
		return false;
	return until_s == 0 || (change->expires_s != 0 && change->expires_s <= until_s);
}

/* Another lease of that name and domain loses it: the newer machine has it, as in dnsmasq. */
static void take_name(struct leases *l, const struct lease_change *change)
{
	struct lease_entry *e = change->name ? lease_table_name(&l->table, change->name, NULL) : NULL;

	while (e && (e->lease.state != LEASE_BOUND || addr_eq(&e->lease.addr, &change->addr) ||
		     !leases_domain_same(e->lease.domain, change->domain)))
		e = lease_table_name(&l->table, change->name, e);
	if (e)
		leases_rename(l, &e->lease.addr, NULL, e->lease.domain);
}

static bool same_name(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* A machine that calls itself otherwise than before is the same one, as in dnsmasq. */
static uint8_t event_of(const struct lease *before, const struct lease_change *change)
{
	const bool same_hw = before->hw.len && hwaddr_eq(&before->hw, &change->hw);
	const bool same_clid = span_eq(span_of(before->clid, before->clid_len), change->clid);

	if (before->state != LEASE_BOUND || (!same_client(before, change) && !same_hw))
		return LEASE_ADDED + 1;
	if (!same_hw || !same_clid || !same_name(before->name, change->name))
		return LEASE_RENAMED + 1;
	return LEASE_RENEWED + 1;
}

static bool keep_old_name(struct lease_work *work, const struct lease *before, const char *name)
{
	if (before->state != LEASE_BOUND || !before->name || work->event == LEASE_RENEWED + 1)
		return true;
	if (work->event == LEASE_RENAMED + 1 && same_name(before->name, name))
		return true;
	work->old_name = strdup(before->name);
	return work->old_name != NULL;
}

static void change_record(const struct lease_change *change, struct lease_record *out)
{
	*out = (struct lease_record){ .addr = change->addr, .hw = change->hw,
				      .expires_s = change->expires_s,
				      .clid_len = (uint8_t)change->clid.n };
	if (change->clid.n)
		memcpy(out->clid, change->clid.p, change->clid.n);
	if (change->name && lease_name_fits(change->name))
		strcpy(out->name, change->name);
}

/* The table holds it at once; on failure it is as it was. */
static enum status bind(struct leases *l, struct lease_entry *e, const struct lease_change *change,
			struct lease_commit *c)
{
	struct lease_inflight *f;
	struct lease_record record;
	struct lease_work *work;

	change_record(change, &record);
	work = work_new(l, &change->addr, &record, c);
	if (!work)
		return ST_FULL;
	work->event = event_of(&e->lease, change);
	f = keep_old_name(work, &e->lease, change->name) ? inflight_take(l, e) : NULL;
	if (!f || lease_entry_set(&l->table, e, &change->hw, change->clid,
				  *record.name ? record.name : NULL, change->domain) != ST_OK) {
		if (f && !f->waiting)
			lease_inflight_drop(&l->inflight, f);
		lease_work_free(work);
		return ST_FULL;
	}
	e->lease.expires_s = change->expires_s;
	e->lease.ifindex = change->ifindex;
	e->lease.committing = e->lease.given_here = true;
	e->lease.heard_ms = loop_now(l->loop).mono_ms;
	lease_become(&l->table, e, LEASE_BOUND, leases_mono_of(l, change->expires_s));
	give_waited(l, f, work);
	return ST_OK;
}

/* Nothing is to be written: answered in the next turn. */
static enum status answer_as_stored(struct leases *l, const struct addr *a, struct lease_commit *c)
{
	struct lease_work *work = work_new(l, a, NULL, c);

	if (!work)
		return ST_FULL;
	*l->stored_end = &work->item;
	l->stored_end = &work->item.next;
	if (!l->soon.due_ms)
		timer_start(l->loop, &l->soon, 0);
	return ST_OK;
}

enum status leases_commit(struct leases *l, const struct lease_change *change,
			  struct lease_commit *c)
{
	struct lease_entry *e;
	enum status s;

	must(change->addr.family == ADDR_IP4 && change->clid.n <= CLID_MAX);
	lease_clock_look(l);
	e = lease_table_at(&l->table, &change->addr);
	if (leases_failing(l) && is_stored_already(l, e, change))
		return answer_as_stored(l, &change->addr, c);
	if ((!e || e->lease.state != LEASE_BOUND) && leases_count(l) >= l->max)
		return ST_FULL;
	e = lease_table_take(&l->table, &change->addr);
	if (!e)
		return ST_FULL;
	take_name(l, change);
	s = bind(l, e, change, c);
	if (s != ST_OK && e->lease.state == LEASE_NONE)
		lease_become(&l->table, e, LEASE_NONE, 0);
	set_timer(l);
	return s;
}

void leases_rename(struct leases *l, const struct addr *a, const char *name, const char *domain)
{
	struct lease_entry *e = lease_table_at(&l->table, a);
	char old[LEASE_NAME_MAX + 1];
	bool had;

	if (!e || e->lease.state != LEASE_BOUND)
		return;
	had = e->lease.name != NULL;
	strcpy(old, had ? e->lease.name : "");
	if (name && !lease_name_fits(name))
		name = NULL;
	if (lease_entry_rename(&l->table, e, name, domain) != ST_OK ||
	    strcmp(old, name ? name : "") == 0)
		return;
	leases_store_as_is(l, &e->lease);
	tell(l, LEASE_RENAMED, &e->lease, had ? old : NULL);
}

void leases_release(struct leases *l, const struct addr *a, struct lease_commit *c)
{
	struct lease_entry *e = lease_table_at(&l->table, a);
	struct lease_inflight *f;
	struct lease_work *work;

	if (!e || e->lease.state != LEASE_BOUND) {
		if (c && answer_as_stored(l, a, c) != ST_OK)
			c->done(c, ST_FULL);
		return;
	}
	work = c ? work_new(l, a, NULL, c) : NULL;
	f = work ? inflight_take(l, e) : NULL;
	if (c && !f) {
		lease_work_free(work);
		c->done(c, ST_FULL);
		return;
	}
	if (f)
		give_waited(l, f, work);
	else
		store_removal(l, a);
	end(l, e, LEASE_REMOVED);
	set_timer(l);
}

void leases_decline(struct leases *l, const struct addr *a, uint32_t seconds, struct now now)
{
	struct lease_entry *e = lease_table_take(&l->table, a);

	if (!e)
		return;
	if (e->lease.state == LEASE_BOUND) {
		store_removal(l, a);
		tell(l, LEASE_REMOVED, &e->lease, e->lease.name);
	}
	e->lease.committing = false;
	e->lease.expires_s = now.wall_s + seconds;
	if (lease_entry_set(&l->table, e, &(struct hwaddr){ 0 }, span_of(NULL, 0), NULL, NULL) != ST_OK)
		e->lease.ifindex = 0;		/* barred all the same, whoever it names */
	lease_become(&l->table, e, LEASE_DECLINED, now.mono_ms + (int64_t)seconds * 1000);
	set_timer(l);
}

void leases_offer(struct leases *l, const struct addr *a, const struct hwaddr *hw, struct span clid,
		  uint32_t seconds, struct now now)
{
	struct lease_change client = { .hw = *hw, .clid = clid };
	struct lease_entry *e = lease_table_take(&l->table, a);

	if (!e || e->lease.state == LEASE_BOUND || e->lease.state == LEASE_DECLINED)
		return;
	if (e->lease.state == LEASE_NONE || !same_client(&e->lease, &client)) {
		e->lease.expires_s = 0;		/* nothing to remember when it ends */
		if (lease_entry_set(&l->table, e, hw, clid, NULL, NULL) != ST_OK) {
			lease_become(&l->table, e, LEASE_NONE, 0);
			return;
		}
	}
	lease_become(&l->table, e, LEASE_OFFERED, now.mono_ms + (int64_t)seconds * 1000);
	set_timer(l);
}

uint32_t leases_promise(const struct leases *l, const struct addr *a, uint32_t want_s,
			struct now now)
{
	const struct lease_entry *e = lease_table_at(&l->table, a);
	int64_t until_s, left_s;

	if (!leases_failing(l))
		return want_s;
	if (e && stored_until(l, e, &until_s)) {
		if (until_s == 0)
			return want_s;
		left_s = until_s - now.wall_s;
		if (!inflight_find(l, addr_to_ip4(a)))	/* its own clock has not jumped */
			left_s = (e->lease.mono_expires_ms - now.mono_ms) / 1000;
		if (left_s > 0)
			return left_s < want_s ? (uint32_t)left_s : want_s;
	}
	counter_add(l->counters, COUNTER_LEASES_REFUSED);
	return 0;
}

/* ---- answers -------------------------------------------------------------- */

/* The newest change of an address failed: the lease is what the store holds of it. */
static void fall_back(struct leases *l, struct lease_entry *e, const struct lease_inflight *f)
{
	struct lease_record r;

	e->lease.committing = false;
	if (!lease_line_parse(span_of(f->durable, f->durable_n), &r) ||
	    lease_entry_set(&l->table, e, &r.hw, span_of(r.clid, r.clid_len),
			    *r.name ? r.name : NULL, e->lease.domain) != ST_OK) {
		lease_become(&l->table, e, LEASE_NONE, 0);
		return;
	}
	e->lease.expires_s = r.expires_s;
	lease_become(&l->table, e, LEASE_BOUND, leases_mono_of(l, r.expires_s));
}

static void settle(struct leases *l, const struct lease_work *work)
{
	struct addr a = addr_ip4(work->item.ip4);
	struct lease_entry *e = lease_table_at(&l->table, &a);
	struct lease_inflight *f = inflight_find(l, work->item.ip4);

	if (!work->commit || !f)
		return;
	if (work->status == ST_OK)
		lease_inflight_durable(f, work->number, line_of(work));
	f->waiting--;
	if (work->number == f->newest && e) {
		e->lease.committing = false;
		if (work->status != ST_OK)
			fall_back(l, e, f);
	}
	if (f->waiting == 0)
		lease_inflight_drop(&l->inflight, f);
}

static void tell_bound(struct leases *l, const struct lease_work *work)
{
	struct addr a = addr_ip4(work->item.ip4);
	const struct lease_entry *e = lease_table_at(&l->table, &a);

	if (!work->event || work->status != ST_OK)
		return;
	if (work->event == LEASE_ADDED + 1)
		counter_add(l->counters, COUNTER_LEASES_ALLOCATED);
	if (e && e->lease.state == LEASE_BOUND)
		tell(l, (enum lease_event)(work->event - 1), &e->lease, work->old_name);
}

static void answer_items(struct leases *l, struct lease_item *items, bool stored)
{
	for (struct lease_item *next; items; items = next) {
		struct lease_work *work = lease_work_of(items);

		next = items->next;
		if (stored) {
			settle(l, work);
			tell_bound(l, work);
		}
		if (work->commit)
			work->commit->done(work->commit, work->status);
		lease_work_free(work);
	}
	set_timer(l);
}

void leases_answer(struct leases *l)
{
	struct lease_item *items = l->stored;

	l->stored = NULL;
	l->stored_end = &l->stored;
	answer_items(l, items, false);
	pthread_mutex_lock(&l->done_lock);
	items = l->done;
	l->done = NULL;
	l->done_end = &l->done;
	pthread_mutex_unlock(&l->done_lock);
	answer_items(l, items, true);
}

void leases_expire(struct leases *l)
{
	int64_t now_ms = loop_now(l->loop).mono_ms;
	struct lease_entry *e;

	while ((e = lease_table_next_end(&l->table)) && e->lease.mono_expires_ms <= now_ms) {
		if (e->lease.state == LEASE_BOUND) {
			store_removal(l, &e->lease.addr);
			counter_add(l->counters, COUNTER_LEASES_PRUNED);
			end(l, e, LEASE_EXPIRED);
		} else if (e->lease.state == LEASE_OFFERED && e->lease.expires_s) {
			lease_become(&l->table, e, LEASE_REMEMBERED, 0);
		} else {
			lease_become(&l->table, e, LEASE_NONE, 0);
		}
	}
	set_timer(l);
}

enum status leases_adopt(struct leases *l, struct span line)
{
	int64_t wall_s = loop_now(l->loop).wall_s;
	struct lease_record r;
	struct lease_entry *e;

	must(lease_line_parse(line, &r));	/* the image holds nothing else */
	e = lease_table_take(&l->table, &r.addr);
	if (!e || lease_entry_set(&l->table, e, &r.hw, span_of(r.clid, r.clid_len),
				  *r.name ? r.name : NULL, NULL) != ST_OK)
		return ST_FULL;
	e->lease.expires_s = r.expires_s;
	if (r.expires_s == 0 || r.expires_s > wall_s) {
		lease_become(&l->table, e, LEASE_BOUND, leases_mono_of(l, r.expires_s));
		return ST_OK;
	}
	if (l->given) {				/* it ends at once, and its keeper is told */
		lease_become(&l->table, e, LEASE_BOUND, 1);
		return ST_OK;
	}
	store_removal(l, &r.addr);
	lease_become(&l->table, e, LEASE_REMEMBERED, 0);
	return ST_OK;
}
