/* SPDX-License-Identifier: ISC */
#include <sys/stat.h>

#include "base/must.h"
#include "store/lease_lab_test.h"
#include "test/test.h"

TEST(a_copy_of_a_text_has_its_leases_and_touches_nothing)
{
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	lab_write(lab.file, "1900000000 02:00:00:00:00:07 192.0.2.7 seven 01:02\n"
			    "no lease\n"
			    "0 02:00:00:00:00:08 192.0.2.8 * *\n");
	CHECK_EQ(lab_open(&lab), ST_OK);
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_TEXT(lab_at(&lab, 7)->name, "seven");
	CHECK_EQ(lab_at(&lab, 8)->expires_s, 0);
	CHECK_EQ(lab_count(&lab, ""), 3);	/* it, "." and "..": no database, no lock */
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_copy_leaves_a_lease_out_that_ended_and_keeps_its_line)
{
	static const char line[] = "1000 02:00:00:00:00:07 192.0.2.7 seven *\n";
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	lab_write(lab.file, line);
	CHECK_EQ(lab_open(&lab), ST_OK);
	CHECK_EQ(leases_count(lab.leases), 0);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), line);
	lab_done(&lab);
}

TEST(a_copy_of_what_is_not_there_says_so)
{
	struct lab lab;

	lab_init(&lab);
	lab.store = "copy";
	CHECK_EQ(lab_open(&lab), ST_UNKNOWN);
	CHECK(strstr(lab.why, "No such file"));
	lab_done(&lab);
}

struct waiter {
	struct lease_commit commit;
	enum status status;
	bool done;
};

static void note(struct lease_commit *c, enum status s)
{
	struct waiter *w = container_of(c, struct waiter, commit);

	w->status = s;
	w->done = true;
}

struct ends {
	struct lease_watch watch;
	unsigned expired;
};

static void count_end(struct lease_watch *w, enum lease_event e, const struct lease *l,
		      const char *old_name)
{
	(void)l;
	(void)old_name;
	container_of(w, struct ends, watch)->expired += e == LEASE_EXPIRED;
}

/* Leases that somebody else keeps. */
static void open_given(struct lab *lab, const char *text)
{
	struct leases_want want = { .file = lab->file, .store = "given", .given = span_text(text),
				    .max = lab->max, .counters = &lab->counters };

	CHECK_EQ(leases_open(&lab->leases, lab->loop, &want, (uid_t)-1, (gid_t)-1, lab->why,
			     sizeof lab->why), ST_OK);
	CHECK_EQ(leases_start(lab->leases), ST_OK);
}

static const char given[] = "1900000000 02:00:00:00:00:07 192.0.2.7 seven 01:02\n"
			    "no lease\n"
			    "1000 02:00:00:00:00:08 192.0.2.8 * *\n";

TEST(leases_that_are_given_are_there_and_what_ended_ends_before_who_watches)
{
	struct ends ends = { .watch.told = count_end };
	struct lab lab;

	lab_init(&lab);
	open_given(&lab, given);
	CHECK_TEXT(lab_at(&lab, 7)->name, "seven");
	CHECK_EQ(lab_logged("line 2 is not a lease, dropped: no lease"), 1);
	leases_watch(lab.leases, &ends.watch);
	sim_run_for(lab.loop, 0);
	CHECK_EQ(ends.expired, 1);
	CHECK_EQ(leases_count(lab.leases), 1);
	CHECK_EQ(lab_count(&lab, ""), 2);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(commits_wait_while_they_are_held_and_fail_at_the_end)
{
	struct waiter one = { .commit.done = note }, two = one;
	struct lease_change change;
	struct lab lab;

	lab_init(&lab);
	open_given(&lab, "");
	leases_hold(lab.leases, true);
	change = lab_change(&lab, 7, "seven", 600);
	CHECK_EQ(leases_commit(lab.leases, &change, &one.commit), ST_OK);
	sim_run_for(lab.loop, 1000);
	CHECK(!one.done);
	leases_hold(lab.leases, false);
	sim_run_for(lab.loop, 0);
	CHECK(one.done);
	CHECK_EQ(one.status, ST_OK);
	leases_hold(lab.leases, true);
	change = lab_change(&lab, 8, "eight", 600);
	CHECK_EQ(leases_commit(lab.leases, &change, &two.commit), ST_OK);
	leases_stop(lab.leases);
	CHECK(two.done);
	CHECK_EQ(two.status, ST_SYSTEM);
	lab_crash(&lab);
	lab_done(&lab);
}
