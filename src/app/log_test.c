/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "app/log.h"
#include "app/log_queue.h"
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
