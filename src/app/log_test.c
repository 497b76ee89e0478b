/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "app/log.h"
#include "app/log_queue.h"
#include "base/must.h"
#include "base/text.h"
#include "test/test.h"

static const struct {
	enum log_layout layout;
	enum log_subsystem sub;
	const char *line;
} layouts[] = {
	{ LAYOUT_STAMPED, LOG_MAIN, "Nov  2 07:05:09 dnsmasq[123]: hello" },
	{ LAYOUT_STAMPED, LOG_DHCP, "Nov  2 07:05:09 dnsmasq-dhcp[123]: hello" },
	{ LAYOUT_PID, LOG_TFTP, "dnsmasq-tftp[123]: hello" },
	{ LAYOUT_BARE, LOG_DHCP, "dnsmasq-dhcp: hello" },
	{ LAYOUT_BARE, LOG_SCRIPT, "dnsmasq-script: hello" },
	{ LAYOUT_PID, LOG_HTTP, "dnsmasq-http[123]: hello" },
};

TEST(log_lines_are_laid_out_as_dnsmasq_does)
{
	const struct tm when = {
		.tm_mon = 10, .tm_mday = 2, .tm_hour = 7, .tm_min = 5, .tm_sec = 9
	};
	char buffer[128];

	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		struct text t = TEXT(buffer);

		log_lay_out(&t, layouts[i].layout, layouts[i].sub, &when, 123, "hello");
		CHECK_TEXT(buffer, layouts[i].line);
	}
}

/* ---- log-async ------------------------------------------------------------------ */

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static unsigned written, told_lost;
static char last[16];

static void slow_write(const struct log_entry *e)
{
	pthread_mutex_lock(&gate);
	written++;
	snprintf(last, sizeof last, "%.15s", e->text);
	pthread_mutex_unlock(&gate);
}

static void count_lost(time_t at, unsigned n)
{
	(void)at;
	told_lost += n;
}

TEST(a_slow_log_holds_nobody_up_and_what_is_lost_is_counted)
{
	struct log_entry e = { .text = "" };

	written = told_lost = 0;
	CHECK(!log_queue_put(&e));		/* no queue: the caller writes */
	CHECK(log_queue_start(5, slow_write, count_lost));
	pthread_mutex_lock(&gate);		/* the log takes nothing now */
	for (int i = 0; i < 100; i++) {
		snprintf(e.text, sizeof e.text, "%d", i);
		CHECK(log_queue_put(&e));
	}
	pthread_mutex_unlock(&gate);
	log_queue_stop();
	CHECK(written >= 5 && written <= 6);	/* the queue, and one in the writer's hand */
	CHECK_EQ(written + told_lost, 100);
	CHECK_TEXT(last, written == 5 ? "4" : "5");
}

/* ---- what strangers can cause --------------------------------------------------- */

#define FLOOD 30000

/* In a process of its own: the log is the process's. */
static void log_in_child(const char *path, void (*lines)(void))
{
	const struct app_conf conf = { .log_target = LOG_TO_FILE, .log_file = path };
	pid_t child = fork();
	int status = -1;

	if (child == 0) {
		if (log_open(&conf) == ST_OK)
			lines();
		_exit(0);
	}
	CHECK(child > 0 && waitpid(child, &status, 0) == child && status == 0);
}

static void flood(void)
{
	for (int i = 0; i < FLOOD; i++)
		log_info(LOG_TFTP, "stranger");
	log_info(LOG_DHCP, "another service");
	log_info(LOG_MAIN, "our own");
	usleep(20000);
	log_info(LOG_TFTP, "afterwards");
}

static void odd_bytes(void)
{
	log_info(LOG_HTTP, "%s", "a\nb\033[2Jc\177 gr\303\274n");
}

/* Calls take() for each line of a file, without the time and the ident. */
static void each_line(const char *path, void (*take)(const char *text))
{
	FILE *f = fopen(path, "re");
	char line[256];

	CHECK(f != NULL);
	while (f && fgets(line, sizeof line, f)) {
		const char *text = strstr(line, "]: ");

		CHECK(text != NULL);
		take(text ? text + 3 : line);
	}
	if (f)
		fclose(f);
}

static unsigned strangers, others, left_out;

static void count_line(const char *text)
{
	unsigned n = 0;

	if (sscanf(text, "%u lines were left out", &n) == 1)
		left_out += n;
	else if (strcmp(text, "stranger\n") == 0)
		strangers++;
	else
		others++;
}

TEST(a_flood_of_lines_is_held_back_and_counted_and_hides_nobody)
{
	char path[] = "/tmp/lanlord-log-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0);
	close(fd);
	strangers = others = left_out = 0;
	log_in_child(path, flood);
	each_line(path, count_line);
	CHECK(strangers >= 20000 && strangers < FLOOD);
	CHECK_EQ(strangers + left_out, FLOOD);
	CHECK_EQ(others, 3);
	unlink(path);
}

static void check_odd(const char *text)
{
	CHECK_TEXT(text, "a\\x0ab\\x1b[2Jc\\x7f gr\303\274n\n");
	others++;
}

TEST(a_line_stays_one_line_whatever_is_in_it)
{
	char path[] = "/tmp/lanlord-log-XXXXXX";
	int fd = mkstemp(path);

	must(fd >= 0);
	close(fd);
	others = 0;
	log_in_child(path, odd_bytes);
	each_line(path, check_odd);
	CHECK_EQ(others, 1);
	unlink(path);
}
