/* SPDX-License-Identifier: ISC */
/*
 * The store as it is in service, on a real disk: a user without rights on the
 * folder, a disk that is full, a process that is killed, a database taken away.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "base/text.h"
#include "store/lease_lab_test.h"
#include "test/test.h"

#define NOBODY 65534

/* ---- a folder that is not ours -------------------------------------------- */

static void folder_becomes(struct lab *lab, mode_t mode)
{
	CHECK_EQ(chmod(lab->dir, mode), 0);
	if (geteuid() == 0)
		CHECK_EQ(seteuid(NOBODY), 0);
}

/* The folder refuses new names, as /var/lib/misc does to the user that we become. */
static void folder_refuses(struct lab *lab)
{
	folder_becomes(lab, 0555);
}

static void folder_allows(struct lab *lab)
{
	if (getuid() == 0)
		CHECK_EQ(seteuid(0), 0);
	CHECK_EQ(chmod(lab->dir, 0755), 0);
}

static void check_status_has(struct lab *lab, const char *part)
{
	char lines[1024];
	struct text t = TEXT(lines);

	leases_status(lab->leases, &t);
	CHECK(strstr(lines, part) != NULL);
}

TEST(files_made_as_root_serve_the_user_that_it_becomes)
{
	struct lab lab;

	lab_init(&lab);
	if (geteuid() == 0)
		lab.owner = lab.group = NOBODY;
	CHECK_EQ(lab_open(&lab), ST_OK);
	folder_refuses(&lab);
	CHECK_EQ(leases_start(lab.leases), ST_OK);
	for (unsigned host = 1; host < 6; host++)
		CHECK_EQ(lab_commit(&lab, host, NULL, 600), ST_OK);
	lab_wait_text(&lab, " 192.0.2.5 ");
	check_status_has(&lab, "(rewritten in place)");
	check_status_has(&lab, "lease store: sqlite");
	lab_stop(&lab);
	folder_allows(&lab);
	lab_start(&lab);
	CHECK_EQ(leases_count(lab.leases), 5);
	CHECK_TEXT(lab_log(), "");
	lab_stop(&lab);
	lab_done(&lab);
}

/* As NetworkManager's folder of state, which is root's alone. */
TEST(a_folder_that_the_user_may_not_enter_keeps_leases_all_the_same)
{
	struct lab lab;

	lab_init(&lab);
	if (geteuid() == 0)
		lab.owner = lab.group = NOBODY;
	CHECK_EQ(lab_open(&lab), ST_OK);
	folder_becomes(&lab, 0);
	CHECK_EQ(leases_start(lab.leases), ST_OK);
	for (unsigned host = 1; host < 6; host++)
		CHECK_EQ(lab_commit(&lab, host, NULL, 600), ST_OK);
	lab_wait_ms(&lab, 100);
	folder_allows(&lab);
	lab_wait_text(&lab, " 192.0.2.5 ");
	lab_crash(&lab);
	lab_start(&lab);
	CHECK_EQ(leases_count(lab.leases), 5);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(where_no_database_can_be_made_the_file_is_the_store_and_says_so)
{
	struct leases *first;
	char who[160];
	struct lab lab;

	lab_init(&lab);
	lab_write(lab.file, "1800000600 02:00:00:00:00:01 192.0.2.1 a *\n");
	CHECK_EQ(chmod(lab.file, 0666), 0);
	folder_refuses(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_logged("cannot be made ("), 1);
	CHECK_EQ(lab_logged("lease-store=file is used"), 1);
	CHECK_EQ(lab_logged("a power cut while that happens may lose leases"), 1);
	CHECK_EQ(lab_commit(&lab, 2, "b", 600), ST_OK);
	CHECK(strstr(lab_read(lab.file), " 192.0.2.2 b *") != NULL);	/* before the answer */
	first = lab.leases;
	CHECK_EQ(lab_open(&lab), ST_TAKEN);
	snprintf(who, sizeof who, "process %d, has %s", (int)getpid(), lab.file);
	CHECK(strstr(lab.why, who) != NULL);
	lab.leases = first;
	lab_crash(&lab);
	lab.why[0] = 0;
	lab_start(&lab);
	CHECK_EQ(leases_count(lab.leases), 2);
	lab_stop(&lab);
	folder_allows(&lab);
	CHECK(!lab_exists(lab.db));
	lab_done(&lab);
}

TEST(a_store_of_a_chosen_place_that_cannot_be_made_ends_the_start)
{
	struct lab lab;

	lab_init(&lab);
	lab.store = "sqlite:/nonexistent/leases.db";
	CHECK_EQ(lab_open(&lab), ST_SYSTEM);
	CHECK(strstr(lab.why, "/nonexistent/leases.db") != NULL);
	lab_done(&lab);
}

/* ---- a disk that is full -------------------------------------------------- */

static void limit_files(rlim_t bytes)
{
	struct rlimit limit;

	CHECK_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = bytes;
	CHECK_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void check_a_full_disk(const char *store)
{
	struct addr known = lab_addr(1), unknown = lab_addr(2);
	struct lab lab;

	signal(SIGXFSZ, SIG_IGN);
	lab_init(&lab);
	lab.store = store;
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_wait_text(&lab, " 192.0.2.1 ");
	lab_wait_ms(&lab, 20);
	limit_files(1);				/* no file can grow or be written */
	CHECK(lab_commit(&lab, 2, "b", 600) != ST_OK);
	CHECK(lab_at(&lab, 2) == NULL);
	CHECK_EQ(leases_promise(lab.leases, &unknown, 3600, loop_now(lab.loop)), 0);
	CHECK_EQ(lab.counters.value[COUNTER_LEASES_REFUSED], 1);
	CHECK_EQ(leases_promise(lab.leases, &known, 3600, loop_now(lab.loop)), 600);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);		/* the time that remains */
	CHECK(lab_commit(&lab, 1, "a", 7200) != ST_OK);		/* and not more */
	check_status_has(&lab, "lease store fails: ");
	CHECK_EQ(lab_logged("cannot store leases: "), 1);
	limit_files(RLIM_INFINITY);
	lab_wait_ms(&lab, 2500);
	CHECK_EQ(lab_logged("leases are stored again"), 1);
	CHECK_EQ(leases_promise(lab.leases, &unknown, 3600, loop_now(lab.loop)), 3600);
	CHECK_EQ(lab_commit(&lab, 2, "b", 600), ST_OK);
	lab_crash(&lab);
	lab_start(&lab);
	CHECK_EQ(leases_count(lab.leases), 2);
	CHECK_EQ(lab_at(&lab, 1)->expires_s, 1800000600);
	lab_stop(&lab);
	lab_done(&lab);
}

TEST(a_full_disk_refuses_new_leases_keeps_old_ones_and_service_returns)
{
	check_a_full_disk(NULL);
}

TEST(a_full_disk_under_a_file_store_refuses_new_leases_and_service_returns)
{
	check_a_full_disk("file");
}

TEST(a_text_that_cannot_be_written_stops_no_lease)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	lab_wait_text(&lab, " 192.0.2.1 ");
	unlink(lab.file);
	CHECK_EQ(mkdir(lab.file, 0755), 0);	/* neither replaced nor rewritten */
	CHECK_EQ(lab_commit(&lab, 2, "b", 600), ST_OK);
	lab_wait_ms(&lab, 100);
	CHECK_EQ(lab_logged("cannot write "), 1);
	CHECK_EQ(lab_commit(&lab, 3, "c", 600), ST_OK);
	CHECK_EQ(rmdir(lab.file), 0);
	lab_wait_text(&lab, " 192.0.2.3 c *");
	lab_wait_ms(&lab, 50);
	CHECK_EQ(lab_logged("is written again"), 1);
	lab_stop(&lab);
	lab_done(&lab);
}

/* ---- what people do to a database ----------------------------------------- */

TEST(a_database_removed_under_a_running_server_is_made_anew)
{
	struct lab lab;

	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	unlink(lab.db);
	CHECK_EQ(lab_commit(&lab, 2, "b", 600), ST_OK);
	CHECK_EQ(lab_logged("made anew from memory"), 1);
	lab_crash(&lab);
	lab_start(&lab);
	CHECK_EQ(leases_count(lab.leases), 2);
	lab_stop(&lab);
	lab_done(&lab);
}

/* ---- kill -9 -------------------------------------------------------------- */

static void report(int fd, unsigned host)
{
	if (write(fd, &host, sizeof host) != sizeof host)
		_exit(1);
}

/* Commits leases as fast as it can and tells of each that was acknowledged. */
static void serve_until_killed(struct lab *lab, int fd, unsigned from)
{
	lab_start(lab);
	for (unsigned host = from;; host++) {
		if (lab_commit(lab, host, "killed", 86400) != ST_OK)
			_exit(1);
		report(fd, host);
	}
}

static unsigned kill_one(struct lab *lab, struct rng *rng, unsigned from)
{
	unsigned host, last = from - 1;
	int pipes[2];
	pid_t child;

	CHECK_EQ(pipe(pipes), 0);
	child = fork();
	if (child == 0)
		serve_until_killed(lab, pipes[1], from);
	close(pipes[1]);
	if (read(pipes[0], &host, sizeof host) == sizeof host)
		last = host;
	usleep(rng_below(rng, 20000));
	kill(child, SIGKILL);
	while (read(pipes[0], &host, sizeof host) == sizeof host)
		last = host;
	close(pipes[0]);
	waitpid(child, NULL, 0);
	return last;
}

static void check_kills(const char *store, bool in_place)
{
	struct rng rng = { .seed = 5 };
	unsigned last = 299;
	struct lab lab;
	char other[128];

	lab_init(&lab);
	lab.store = store;
	lab.max = 1000000;
	snprintf(other, sizeof other, "%s/second-name", lab.dir);
	if (in_place) {			/* a file with two names is never replaced */
		lab_write(lab.file, "");
		CHECK_EQ(link(lab.file, other), 0);
	}
	for (int round = 0; round < 20; round++) {
		unsigned before = last;

		last = kill_one(&lab, &rng, last + 1);
		CHECK(last > before);
		CHECK_EQ(lab_open(&lab), ST_OK);
		for (unsigned host = 300; host <= last; host++)
			CHECK(lab_at(&lab, host) != NULL);
		lab_crash(&lab);
	}
	CHECK_EQ(lab_logged("was edited"), 0);
	CHECK_EQ(lab_logged("damaged"), 0);
	lab_done(&lab);
}

TEST(a_server_killed_twenty_times_loses_no_acknowledged_lease)
{
	check_kills(NULL, false);
}

TEST(a_server_killed_while_it_rewrites_its_file_loses_no_acknowledged_lease)
{
	check_kills(NULL, true);
}

TEST(a_file_store_killed_twenty_times_loses_no_acknowledged_lease)
{
	check_kills("file", false);
	check_kills("file", true);
}

static void wait_logged(struct lab *lab, const char *part)
{
	for (int i = 0; i < 100 && !lab_logged(part); i++)
		lab_wait_ms(lab, 50);
	CHECK_EQ(lab_logged(part), 1);
}

TEST(a_lease_that_ends_while_the_disk_is_full_does_not_come_back)
{
	struct addr given_back = lab_addr(1);
	struct lab lab;

	signal(SIGXFSZ, SIG_IGN);
	lab_init(&lab);
	lab_start(&lab);
	CHECK_EQ(lab_commit(&lab, 1, "a", 600), ST_OK);
	CHECK_EQ(lab_commit(&lab, 2, "b", 600), ST_OK);
	lab_wait_text(&lab, " 192.0.2.2 ");
	limit_files(1);
	leases_release(lab.leases, &given_back, NULL);
	wait_logged(&lab, "cannot store leases: ");
	limit_files(RLIM_INFINITY);
	wait_logged(&lab, "leases are stored again");
	lab_crash(&lab);
	lab_start(&lab);
	CHECK(lab_at(&lab, 1) == NULL);
	CHECK(lab_at(&lab, 2) != NULL);
	lab_stop(&lab);
	lab_done(&lab);
}
