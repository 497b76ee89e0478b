/* SPDX-License-Identifier: ISC */
/*
 * What is true at start, clause by clause: the database, or the text file that
 * programs read and edit.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "store/lease_lab_test.h"
#include "test/test.h"

#define LEASE(host, name) "1800000600 02:00:00:00:00:0" #host " 192.0.2." #host " " name " *\n"

static void sql(const char *path, const char *text)
{
	sqlite3 *db;

	CHECK_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_EQ(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void start_with(struct lab *lab, const char *text)
{
	lab_init(lab);
	lab_write(lab->file, text);
	lab_start(lab);
}

static void restart(struct lab *lab)
{
	lab_log_clear();
	lab_start(lab);
}

TEST(a_lease_file_of_dnsmasq_is_taken_over_and_given_back)
{
	static const char text[] =
		LEASE(1, "a")
		"0 06-02:00:00:00:00:02 192.0.2.2 * ff:00:01\n"
		"duid 00:01:00:01:2c:9a:aa:aa:02:00:00:00:00:01\n"
		"1795386047 T12346 fd00::6 * 00:01:00:01:aa\n"
		"1795386047 12345 fd00::5 v6name 00:01:00:01:aa\n";
	struct lab lab;

	start_with(&lab, text);
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_TEXT(lab_at(&lab, 1)->name, "a");
	CHECK_EQ(lab_at(&lab, 2)->clid_len, 3);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), text);
	CHECK_TEXT(lab_log(), "");
	restart(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), text);
	CHECK_TEXT(lab_log(), "");
	lab_done(&lab);
}

TEST(a_text_that_somebody_edited_is_the_truth_and_each_difference_a_line)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a") LEASE(2, "b") LEASE(3, "c") "duid 00:01\n");
	lab_stop(&lab);
	lab_write(lab.file, LEASE(1, "a") LEASE(3, "other") LEASE(4, "new") "duid 00:02\n");
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 3);
	CHECK_TEXT(lab_at(&lab, 3)->name, "other");
	CHECK(lab_at(&lab, 2) == NULL);
	CHECK(lab_at(&lab, 4) != NULL);
	CHECK_EQ(lab_logged("was edited"), 5);
	CHECK_EQ(lab_logged("was edited: removed " "1800000600 02:00:00:00:00:02 192.0.2.2 b *"), 1);
	CHECK_EQ(lab_logged("was edited: changed to 1800000600 02:00:00:00:00:03 192.0.2.3 other *"), 1);
	CHECK_EQ(lab_logged("was edited: added 1800000600 02:00:00:00:00:04 192.0.2.4 new *"), 1);
	CHECK_EQ(lab_logged("was edited: removed duid 00:01"), 1);
	CHECK_EQ(lab_logged("was edited: added duid 00:02"), 1);
	lab_crash(&lab);
	restart(&lab);				/* and it is stored */
	CHECK_EQ(leases_count(lab.leases), 3);
	CHECK_TEXT(lab_log(), "");
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(an_edit_is_not_asked_for_twice_after_a_crash)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	lab_write(lab.file, LEASE(2, "b"));
	restart(&lab);
	CHECK_EQ(lab_commit(&lab, 3, "c", 600), ST_OK);
	lab_crash(&lab);
	lab_write(lab.file, LEASE(2, "b"));	/* as if the crash had come before the text */
	restart(&lab);
	CHECK(lab_at(&lab, 3) != NULL);
	CHECK_TEXT(lab_log(), "");
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_file_emptied_while_stopped_means_no_leases)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	lab_write(lab.file, "");
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 0);
	CHECK_EQ(lab_logged("was edited: removed"), 1);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(lines_in_another_order_are_no_edit)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a") LEASE(2, "b"));
	lab_stop(&lab);
	lab_write(lab.file, LEASE(2, "b") LEASE(1, "a"));
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_TEXT(lab_log(), "");
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(after_a_crash_every_text_since_the_last_synced_is_ours)
{
	char seen[4][256];
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	for (unsigned i = 0; i < 4; i++) {
		char part[32];

		snprintf(part, sizeof part, " 192.0.2.%u ", 10 + i);
		CHECK_EQ(lab_commit(&lab, 10 + i, "n", 600), ST_OK);
		lab_wait_text(&lab, part);
		snprintf(seen[i], sizeof seen[i], "%s", lab_read(lab.file));
		CHECK(i == 0 || strcmp(seen[i], seen[i - 1]) != 0);
	}
	lab_crash(&lab);
	for (unsigned i = 0; i < 4; i++) {
		lab_write(lab.file, seen[i]);
		restart(&lab);
		CHECK_EQ(leases_count(lab.leases), 5);
		CHECK_TEXT(lab_log(), "");
		lab_crash(&lab);
	}
	lab_write(lab.file, "");		/* and this is somebody else's */
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 0);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_text_that_is_gone_means_no_leases_and_the_database_is_set_aside)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	unlink(lab.file);
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 0);
	CHECK_EQ(lab_logged("its text is gone: set aside as"), 1);
	CHECK_EQ(lab_count(&lab, "leases.db.old-"), 1);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 600), ST_OK);
	lab_stop(&lab);
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 1);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_text_that_was_never_surely_written_is_not_missed)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_crash(&lab);
	unlink(lab.file);
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 1);
	CHECK_EQ(lab_count(&lab, "leases.db.old-"), 0);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), LEASE(1, "a"));
	lab_done(&lab);
}

TEST(an_idle_second_makes_the_text_sure)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_wait_ms(&lab, 1500);
	lab_crash(&lab);
	unlink(lab.file);
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 0);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_database_that_is_gone_is_made_from_the_text)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	unlink(lab.db);
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 1);
	CHECK(lab_exists(lab.db));
	lab_stop(&lab);
	lab_done(&lab);
}

static void check_damage_is_mended(struct lab *lab)
{
	restart(lab);
	CHECK_EQ(leases_count(lab->leases), 1);
	CHECK_EQ(lab_logged("is damaged ("), 1);
	CHECK_EQ(lab_count(lab, "leases.db.damaged-"), 1);
	lab_stop(lab);
	lab_done(lab);
}

TEST(a_file_that_is_no_database_is_set_aside_and_made_anew_from_the_text)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	lab_write(lab.db, "this is not a database, whatever its name says; it is long enough to be "
		  "taken for one at first sight, a hundred bytes or so, but no more");
	check_damage_is_mended(&lab);
}

TEST(a_database_with_a_damaged_page_is_set_aside_and_made_anew_from_the_text)
{
	struct lab lab;
	FILE *f;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	f = fopen(lab.db, "r+");
	CHECK(f != NULL);
	fseek(f, 4096, SEEK_SET);
	for (int i = 0; i < 4096; i++)
		fputc(0x5a, f);
	fclose(f);
	check_damage_is_mended(&lab);
}

TEST(a_row_that_is_no_lease_is_damage)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	sql(lab.db, "UPDATE lease SET hardware = 'nonsense'");
	check_damage_is_mended(&lab);
}

TEST(a_newer_database_is_refused_with_a_sentence)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	sql(lab.db, "PRAGMA user_version = 2");
	CHECK_EQ(lab_open(&lab), ST_REFUSED);
	CHECK(strstr(lab.why, "version 2, made by a newer lanlord; this one knows version 1"));
	CHECK_TEXT(lab_read(lab.file), LEASE(1, "a"));
	lab_done(&lab);
}

TEST(people_can_query_the_database)
{
	struct lab lab;
	sqlite3_stmt *stmt;
	sqlite3 *db;

	start_with(&lab, "1800000600 02:00:00:00:00:01 192.0.2.1 a 01:02\n" LEASE(2, "*"));
	CHECK_EQ(sqlite3_open(lab.db, &db), SQLITE_OK);		/* while it runs */
	CHECK_EQ(sqlite3_prepare_v2(db, "SELECT hardware, name, client_id, expires FROM lease"
				    " ORDER BY address", -1, &stmt, NULL), SQLITE_OK);
	CHECK_EQ(sqlite3_step(stmt), SQLITE_ROW);
	CHECK_TEXT((const char *)sqlite3_column_text(stmt, 0), "02:00:00:00:00:01");
	CHECK_TEXT((const char *)sqlite3_column_text(stmt, 1), "a");
	CHECK_TEXT((const char *)sqlite3_column_text(stmt, 2), "01:02");
	CHECK_EQ(sqlite3_column_int64(stmt, 3), 1800000600);
	CHECK_EQ(sqlite3_step(stmt), SQLITE_ROW);
	CHECK_EQ(sqlite3_column_type(stmt, 1), SQLITE_NULL);
	CHECK_EQ(sqlite3_column_type(stmt, 2), SQLITE_NULL);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(lines_that_are_no_lease_are_logged_with_their_place_and_dropped)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "a") "gar\001bage\n\nabc def ghi jkl mno\n" LEASE(2, "b"));
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_EQ(lab_logged("leases:2: not a lease, dropped: gar\\x01bage"), 1);
	CHECK_EQ(lab_logged("leases:4: not a lease, dropped: abc def ghi jkl mno"), 1);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), LEASE(1, "a") LEASE(2, "b"));
	lab_done(&lab);
}

TEST(an_address_that_is_there_twice_is_told_and_the_last_line_holds)
{
	struct lab lab;

	start_with(&lab, LEASE(1, "first") LEASE(1, "last"));
	CHECK_TEXT(lab_at(&lab, 1)->name, "last");
	CHECK_EQ(lab_logged("leases:2: 192.0.2.1 is there twice"), 1);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(more_stored_leases_than_the_maximum_end_the_start)
{
	struct lab lab;

	lab_init(&lab);
	lab.max = 2;
	lab_write(lab.file, LEASE(1, "a") LEASE(2, "b") "5 02:00:00:00:00:03 192.0.2.3 ended *\n");
	CHECK_EQ(lab_open(&lab), ST_OK);	/* what has ended does not count */
	lab_crash(&lab);
	lab.max = 1;
	CHECK_EQ(lab_open(&lab), ST_FULL);
	CHECK_TEXT(lab.why, "too many stored leases");
	lab_done(&lab);
}

TEST(a_lease_that_ended_while_stopped_is_remembered_and_leaves_the_file)
{
	struct lab lab;
	struct hwaddr hw = lab_hw(1);

	start_with(&lab, "5 02:00:00:00:00:01 192.0.2.1 a *\n" LEASE(2, "b"));
	CHECK(lab_at(&lab, 1) == NULL);
	CHECK(leases_remembered(lab.leases, &hw, span_of(NULL, 0), lab_addr(1), 0) != NULL);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(lab.file), LEASE(2, "b"));
	lab_done(&lab);
}

/* Nine in ten: the machine that runs the test may have better things to do for a moment. */
TEST(the_text_is_at_most_fifty_milliseconds_behind_when_idle)
{
	unsigned in_time = 0;
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	for (unsigned host = 1; host <= 20; host++) {
		char part[32];

		snprintf(part, sizeof part, " 192.0.2.%u ", host);
		CHECK_EQ(lab_commit(&lab, host, NULL, 600), ST_OK);
		in_time += lab_wait_text(&lab, part) <= 50;
	}
	CHECK(in_time >= 18);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(the_file_keeps_its_mode_and_is_replaced_not_rewritten)
{
	struct stat before, after;
	struct lab lab;

	lab_init(&lab);
	lab_write(lab.file, LEASE(1, "a"));
	CHECK_EQ(chmod(lab.file, 0640), 0);
	if (geteuid() == 0)
		CHECK_EQ(chown(lab.file, 12345, 54321), 0);
	CHECK_EQ(stat(lab.file, &before), 0);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 2, NULL, 600), ST_OK);
	lab_stop(&lab);
	CHECK_EQ(stat(lab.file, &after), 0);
	CHECK_EQ(after.st_mode & 07777, 0640);
	CHECK_EQ(after.st_uid, before.st_uid);
	CHECK_EQ(after.st_gid, before.st_gid);
	CHECK(after.st_ino != before.st_ino);
	CHECK_EQ(lab_count(&lab, "leases.new"), 0);
	lab_done(&lab);
}

TEST(a_link_to_the_lease_file_stays_a_link)
{
	char real[128];
	struct stat st;
	struct lab lab;

	lab_init(&lab);
	snprintf(real, sizeof real, "%s/real", lab.dir);
	lab_write(real, LEASE(1, "a"));
	CHECK_EQ(symlink("real", lab.file), 0);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "renamed", 600), ST_OK);
	lab_stop(&lab);
	CHECK_EQ(lstat(lab.file, &st), 0);
	CHECK(S_ISLNK(st.st_mode));
	CHECK_TEXT(lab_read(real), LEASE(1, "renamed"));
	lab_done(&lab);
}

TEST(a_second_name_of_the_lease_file_shows_the_same_text)
{
	char other[128];
	struct lab lab;

	lab_init(&lab);
	snprintf(other, sizeof other, "%s/other", lab.dir);
	lab_write(lab.file, LEASE(1, "a"));
	CHECK_EQ(link(lab.file, other), 0);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "renamed", 600), ST_OK);
	lab_stop(&lab);
	CHECK_TEXT(lab_read(other), LEASE(1, "renamed"));
	lab_done(&lab);
}

TEST(a_second_server_on_one_store_is_refused_and_told_who_has_it)
{
	static const char *const stores[] = { NULL, "file" };

	for (int i = 0; i < 2; i++) {
		struct lab lab;
		struct leases *first;
		char who[160];

		lab_init(&lab);
		lab.store = stores[i];
		lab_start(&lab);
		first = lab.leases;
		snprintf(who, sizeof who, "process %d, has %s", (int)getpid(), lab.file);
		CHECK_EQ(lab_open(&lab), ST_TAKEN);
		CHECK(strstr(lab.why, who) != NULL);
		lab.leases = first;
		lab_stop(&lab);
		lab.why[0] = 0;
		lab_start(&lab);		/* and free again */
		lab_stop(&lab);
		lab_done(&lab);
	}
}

TEST(a_lock_left_by_a_dead_server_holds_nobody_up)
{
	char lock[128];
	struct lab lab;

	lab_init(&lab);
	snprintf(lock, sizeof lock, "%s.lock", lab.file);
	lab_write(lock, "1\n");			/* a number that lives, but holds nothing */
	lab_start(&lab);
	lab_stop(&lab);
	CHECK(!lab_exists(lock));
	lab_done(&lab);
}

TEST(the_database_may_lie_elsewhere)
{
	char where[128], store[160];
	struct lab lab;

	lab_init(&lab);
	snprintf(where, sizeof where, "%s/elsewhere.sqlite", lab.dir);
	snprintf(store, sizeof store, "sqlite:%s", where);
	lab.store = store;
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	CHECK(!lab_exists(lab.db));
	lab_stop(&lab);
	unlink(lab.file);
	lab_write(lab.file, LEASE(1, "a"));
	restart(&lab);
	CHECK_EQ(leases_count(lab.leases), 1);
	CHECK_TEXT(lab_log(), "");
	lab_stop(&lab);
	CHECK(lab_exists(where));
	lab_done(&lab);
}

TEST(a_lease_file_that_cannot_be_made_is_one_clear_line)
{
	struct lab lab;

	lab_init(&lab);
	snprintf(lab.file, sizeof lab.file, "%s/nowhere/leases", lab.dir);
	CHECK_EQ(lab_open(&lab), ST_SYSTEM);
	CHECK(strncmp(lab.why, "cannot open or create lease file /", 34) == 0);
	CHECK(strstr(lab.why, "nowhere/leases: No such file or directory") != NULL);
	CHECK_EQ(lab_logged("lease-store=file"), 0);
	lab_done(&lab);
}

TEST(a_device_as_lease_file_keeps_nothing_and_says_so)
{
	struct lab lab;

	lab_init(&lab);
	snprintf(lab.file, sizeof lab.file, "/dev/null");
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_stop(&lab);
	CHECK_EQ(lab_logged("/dev/null is not a file: leases are kept in memory only"), 1);
	CHECK(!lab_exists("/dev/null.db"));
	lab_done(&lab);
}

TEST(status_says_where_leases_are_and_how_many)
{
	char lines[1024], want[512];
	struct text t = TEXT(lines);
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	leases_status(lab.leases, &t);
	snprintf(want, sizeof want, "lease store: sqlite\nlease database: %s\nlease file: %s\n"
		 "leases: 1 of 1000, ", lab.db, lab.file);
	CHECK(strncmp(lines, want, strlen(want)) == 0);
	CHECK(strstr(lines, "lease commits: 1 in 1 groups") != NULL);
	CHECK(strstr(lines, "fails") == NULL);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(damage_where_no_lease_lies_is_found_at_the_start)
{
	struct lab lab;
	FILE *f;

	start_with(&lab, LEASE(1, "a"));
	lab_stop(&lab);
	f = fopen(lab.db, "r+");
	CHECK(f != NULL);
	fseek(f, 36, SEEK_SET);			/* how many pages are free */
	for (int i = 0; i < 4; i++)
		fputc(i == 3 ? 5 : 0, f);
	fclose(f);
	check_damage_is_mended(&lab);
}
