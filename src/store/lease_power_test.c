/* SPDX-License-Identifier: ISC */
/*
 * A power cut at every sync point of a run of several hundred leases, with
 * checkpoints, releases and renewals: whatever was acknowledged is there again.
 * And the proof that this test would see it: with synchronous=OFF, with syncs
 * that lie, and with the answer before the commit, it finds losses.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "store/lease_lab_test.h"
#include "store/lease_line.h"
#include "store/lease_writer.h"
#include "store/powercut_disk.h"
#include "test/test.h"

#define HOSTS 300u
#define FIRST_EXPIRES 2000000000

/* What one address went through: each version is told by when it expires. */
struct version {
	unsigned host;
	int64_t expires_s;		/* 0: released */
	size_t given, acknowledged;	/* operations of the disk by then; SIZE_MAX: never */
	struct lease_work *work;
};

struct run {
	struct powercut_disk disk;
	struct lease_writer writer;
	struct rng rng;
	struct version *versions;
	size_t versions_n;
	int64_t now_ms;
	struct lease_commit somebody;
	unsigned refused;
};

struct plan {
	const char *store, *pragma;
	bool refuse_rename, syncs_lie, finish_early;
};

static void give(struct run *r, unsigned host, bool release, struct lease_item ***end)
{
	int64_t expires_s = release ? 0 : FIRST_EXPIRES + (int64_t)r->versions_n;
	struct lease_record record = { .addr = lab_addr(1000 + host), .hw = lab_hw(host),
				       .expires_s = expires_s, .name = "" };
	char line[LEASE_LINE_MAX];
	size_t n = release ? 0 : lease_line_print(&record, line);
	struct lease_work *work = calloc(1, sizeof *work + n + 1);

	must(work != NULL);
	memcpy(work->line, line, n);
	work->item = (struct lease_item){ NULL, addr_to_ip4(&record.addr), (uint16_t)n, work->line };
	work->commit = &r->somebody;
	r->versions = realloc(r->versions, (r->versions_n + 1) * sizeof *r->versions);
	must(r->versions != NULL);
	r->versions[r->versions_n++] = (struct version){ host, expires_s, r->disk.ops_n, SIZE_MAX, work };
	**end = &work->item;
	*end = &work->item.next;
}

static void acknowledge(struct lease_writer *w, struct lease_item *items, enum status s)
{
	struct run *r = container_of(w, struct run, writer);

	for (; items; items = items->next)
		for (size_t i = r->versions_n; i-- > 0;)
			if (&r->versions[i].work->item == items) {
				r->refused += s != ST_OK;
				if (s == ST_OK)
					r->versions[i].acknowledged = r->disk.ops_n;
				break;
			}
}

static enum status run_open(struct run *r, const struct plan *plan)
{
	struct lease_writer_want want = {
		.file = "/disk/leases", .store = plan->store, .uid = (uid_t)-1, .gid = (gid_t)-1,
		.trial = { { "powercut", plan->pragma }, &r->disk.files_ops, plan->finish_early },
	};
	char why[256];

	*r = (struct run){ .rng.seed = 42, .now_ms = lease_clock_ms() };
	powercut_disk_init(&r->disk);
	r->disk.refuse_rename = plan->refuse_rename;
	r->disk.syncs_lie = plan->syncs_lie;
	powercut_vfs_init(&r->disk);
	return lease_writer_open(&r->writer, &want, why, sizeof why);
}

static void run_done(struct run *r)
{
	lease_writer_drop(&r->writer);
	powercut_vfs_done();
	for (size_t i = 0; i < r->versions_n; i++)
		lease_work_free(r->versions[i].work);
	free(r->versions);
	powercut_disk_done(&r->disk);
}

/* Groups of one to eight: new leases, and one in four something about an old one. */
static void run_leases(struct run *r, unsigned hosts)
{
	for (unsigned host = 0, groups = 1; host < hosts; groups++) {
		struct lease_item *group = NULL, **end = &group;
		unsigned n = 1 + rng_below(&r->rng, 8);

		for (unsigned i = 0; i < n && host < hosts; i++) {
			if (host > 8 && rng_below(&r->rng, 4) == 0)
				give(r, rng_below(&r->rng, host - 8), rng_below(&r->rng, 3) == 0, &end);
			else
				give(r, host++, false, &end);
		}
		lease_writer_turn(&r->writer, group, r->now_ms);
		/* now and then a moment for the text, or an idle second */
		r->now_ms += groups % 8 == 0 ? 3000 : rng_below(&r->rng, 4) ? 5 : 40;
		lease_writer_turn(&r->writer, NULL, r->now_ms);
	}
}

static bool version_is(const struct version *v, const struct lease *l)
{
	if (!l || l->state != LEASE_BOUND)
		return v->expires_s == 0;
	return l->expires_s == v->expires_s;
}

/* After a cut behind k operations: how many acknowledged changes are lost. */
static unsigned count_lost(const struct run *r, struct lab *lab, size_t k)
{
	static bool seen[HOSTS];
	unsigned lost = 0;

	memset(seen, 0, sizeof seen);
	for (size_t i = r->versions_n; i-- > 0;) {
		const struct version *newest = &r->versions[i];
		bool found = false;

		if (seen[newest->host] || newest->acknowledged > k)
			continue;
		seen[newest->host] = true;
		/* it, or one given later that nobody was told of yet */
		for (size_t j = i; j < r->versions_n && !found; j++)
			found = r->versions[j].host == newest->host && r->versions[j].given <= k &&
				version_is(&r->versions[j], lab_at(lab, 1000 + newest->host));
		lost += !found;
	}
	return lost;
}

static void empty_folder(const struct lab *lab)
{
	static const char *const names[] = { "", ".db", ".db-wal", ".db-shm", ".db-journal", ".new" };

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char path[160];

		snprintf(path, sizeof path, "%s%s", lab->file, names[i]);
		remove(path);
	}
}

/* What remains is opened by the store as it is in service, on real files. */
static unsigned lost_after(const struct run *r, struct lab *lab, size_t k)
{
	struct rng rng = { .seed = k + 1 };
	unsigned lost = 1;

	powercut_disk_survives(&r->disk, k, &rng, lab->dir);
	if (lab_open(lab) == ST_OK) {
		lost = count_lost(r, lab, k);
		lab_crash(lab);
	}
	empty_folder(lab);
	return lost;
}

static bool is_sync(const struct powercut_op *op)
{
	return op->kind == POWERCUT_SYNC || op->kind == POWERCUT_SYNC_FOLDER;
}

/* Before and after each sync, and here and there between; until the first loss. */
static unsigned lost_anywhere(struct run *r, size_t from, const char *store, unsigned *out_cuts)
{
	unsigned lost = 0;
	struct lab lab;

	lab_init(&lab);
	lab.store = store;
	for (size_t k = from; k <= r->disk.ops_n && !lost; k++) {
		bool edge = k == r->disk.ops_n || is_sync(&r->disk.ops[k]) ||
			    (k > 0 && is_sync(&r->disk.ops[k - 1]));

		if (!edge && rng_below(&r->rng, 8))
			continue;
		lost = lost_after(r, &lab, k);
		(*out_cuts)++;
	}
	lab_done(&lab);
	return lost;
}

static unsigned lost_by(const struct plan *plan, unsigned *out_cuts)
{
	unsigned lost = 1;
	struct run r;
	size_t ready;

	if (run_open(&r, plan) == ST_OK) {
		r.writer.finished = acknowledge;
		lease_writer_ready(&r.writer, r.now_ms);
		ready = r.disk.ops_n;
		run_leases(&r, HOSTS);
		lost = lost_anywhere(&r, ready, plan->store, out_cuts);
		CHECK_EQ(r.refused, 0);
	}
	run_done(&r);
	return lost;
}

static void check_nothing_is_lost(const struct plan *plan)
{
	unsigned cuts = 0;

	CHECK_EQ(lost_by(plan, &cuts), 0);
	CHECK(cuts > 200);
}

static void check_losses_are_seen(const struct plan *plan)
{
	unsigned cuts = 0;

	CHECK(lost_by(plan, &cuts) > 0);
}

TEST(a_power_cut_loses_no_acknowledged_lease)
{
	check_nothing_is_lost(&(struct plan){ 0 });
}

TEST(a_power_cut_loses_no_acknowledged_lease_where_the_file_is_written_in_place)
{
	check_nothing_is_lost(&(struct plan){ .refuse_rename = true });
}

TEST(a_power_cut_loses_no_acknowledged_lease_of_a_file_store)
{
	check_nothing_is_lost(&(struct plan){ .store = "file" });
}

TEST(a_power_cut_loses_no_acknowledged_lease_of_a_file_store_in_place)
{
	check_nothing_is_lost(&(struct plan){ .store = "file", .refuse_rename = true });
}

TEST(the_power_cut_test_sees_a_database_that_does_not_sync)
{
	check_losses_are_seen(&(struct plan){ .pragma = "PRAGMA synchronous = OFF" });
}

TEST(the_power_cut_test_sees_an_answer_before_the_commit)
{
	check_losses_are_seen(&(struct plan){ .finish_early = true });
	check_losses_are_seen(&(struct plan){ .store = "file", .finish_early = true });
	check_losses_are_seen(&(struct plan){ .store = "file", .finish_early = true,
					      .refuse_rename = true });
}

TEST(the_power_cut_test_sees_syncs_that_lie)
{
	check_losses_are_seen(&(struct plan){ .store = "file", .syncs_lie = true });
	check_losses_are_seen(&(struct plan){ .store = "file", .syncs_lie = true,
					      .refuse_rename = true });
}

/* ---- one operation fails, each in turn ------------------------------------ */

static void arm(struct run *r, unsigned kind, size_t nth, size_t many, int error)
{
	r->disk.fail_kinds = 1u << kind;
	r->disk.fail_at = nth;
	r->disk.fail_for = many;
	r->disk.fail_errno = error;
	r->disk.seen = 0;
}

/* The disk works again: after one more attempt so does everything, by itself. */
static void check_recovers(struct run *r)
{
	struct lease_item *group = NULL, **end = &group;
	unsigned before = r->refused;

	r->disk.fail_kinds = 0;
	r->now_ms += 6000;
	lease_writer_turn(&r->writer, NULL, r->now_ms);
	CHECK(!atomic_load(&r->writer.failing));
	give(r, HOSTS - 1, false, &end);
	lease_writer_turn(&r->writer, group, r->now_ms);
	CHECK_EQ(r->refused, before);
}

/* False: there was no nth operation of the kind. */
static bool survives_fault(const struct plan *plan, struct lab *lab, unsigned kind, size_t nth,
			   size_t many, int error)
{
	struct run r;
	bool there = false;

	CHECK_EQ(run_open(&r, plan), ST_OK);
	r.writer.finished = acknowledge;
	lease_writer_ready(&r.writer, r.now_ms);
	arm(&r, kind, nth, many, error);
	run_leases(&r, 60);
	there = r.disk.seen >= nth;
	check_recovers(&r);
	CHECK_EQ(lost_after(&r, lab, r.disk.ops_n), 0);
	CHECK_EQ(lost_after(&r, lab, r.disk.ops_n - rng_below(&r.rng, 20)), 0);
	run_done(&r);
	return there;
}

static size_t fail_each(const struct plan *plan, unsigned kind, size_t many, int error)
{
	struct lab lab;
	size_t nth = 1;

	lab_init(&lab);
	lab.store = plan->store;
	while (survives_fault(plan, &lab, kind, nth, many, error))
		nth++;
	lab_done(&lab);
	return nth - 1;
}

static void fail_everything(const struct plan *plan, unsigned least_kinds)
{
	static const int errors[] = { ENOSPC, EIO };
	unsigned kinds = 0;

	for (unsigned kind = 0; kind < POWERCUT_KINDS; kind++) {
		size_t there = 0;

		for (size_t many = 1; many <= 7; many += 6)
			there += fail_each(plan, kind, many, errors[many == 1]);
		kinds += there > 0;
	}
	CHECK(kinds >= least_kinds);
}

TEST(whatever_operation_fails_no_acknowledged_lease_is_lost_and_service_returns)
{
	fail_everything(&(struct plan){ 0 }, 5);
}

TEST(whatever_operation_fails_in_place_no_acknowledged_lease_is_lost)
{
	fail_everything(&(struct plan){ .refuse_rename = true }, 3);
}

TEST(whatever_operation_fails_of_a_file_store_no_acknowledged_lease_is_lost)
{
	fail_everything(&(struct plan){ .store = "file" }, 5);
}

TEST(whatever_operation_fails_of_a_file_store_in_place_no_acknowledged_lease_is_lost)
{
	fail_everything(&(struct plan){ .store = "file", .refuse_rename = true }, 3);
}
