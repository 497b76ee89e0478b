/* SPDX-License-Identifier: ISC */
#include <time.h>

#include "app/log.h"
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
	const struct tm when = { .tm_mon = 10, .tm_mday = 2, .tm_hour = 7, .tm_min = 5, .tm_sec = 9 };
	char buffer[128];

	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
		struct text t = TEXT(buffer);

		log_lay_out(&t, layouts[i].layout, layouts[i].sub, &when, 123, "hello");
		CHECK_TEXT(buffer, layouts[i].line);
	}
}
