/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/dump.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

/* Asks, upstream answers, and the client hears it. */
static void learn(struct server_lab *o, const char *name, uint16_t type, const char *answer)
{
	const struct lab_query q = { .name = name, .id = 7, .type = type };
	struct dgram query;

	server_lab_ask(o, &q);
	must(server_lab_sent(o, true, &query));
	server_lab_answer(o, &query, answer, 300);
	must(server_lab_heard(o)[0] == '7');
}

/* clang-format off */
static const struct { const char *name; uint16_t type; const char *answer, *line; } kept[] = {
	{ "a.org", DNS_A, "203.0.113.1",
	  "a.org                          203.0.113.1                              4F         " },
	{ "a.org", DNS_AAAA, "2001:db8::1",
	  "a.org                          2001:db8::1                              6F         " },
	{ "no.org", DNS_A, NULL,
	  "no.org                                                                   F   NX    " },
	{ "a-very-long-name-that-does-not-fit-in-thirty-columns.org", DNS_A, "203.0.113.2",
	  "a-very-long-name-that-does-not 203.0.113.2                              4F         " },
};
/* clang-format on */

TEST(the_table_has_a_line_for_each_record_that_is_kept_in_dnsmasqs_columns)
{
	setenv("TZ", "UTC", 1);
	for (size_t i = 0; i < COUNT_OF(kept); i++) {
		struct server_lab o;
		struct now now;
		char *text, *third, line[200];

		server_lab_open(&o, "no-resolv\nno-hosts\nserver=198.51.100.1\n");
		learn(&o, kept[i].name, kept[i].type, kept[i].answer);
		now = (struct now){ .mono_ms = loop_now(o.loop).mono_ms, .wall_s = 1000 };
		text = cache_dump(o.cache, now);
		must(text && (third = strchr(strchr(text, '\n') + 1, '\n')));
		CHECK(strncmp(text, "Host       ", 11) == 0);
		snprintf(line, sizeof line, "%.*s", (int)strlen(kept[i].line), third + 1);
		CHECK_TEXT(line, kept[i].line);
		CHECK(strstr(third, kept[i].answer ? "Thu Jan  1 00:21:" : "Thu Jan  1 00:17:"));
		free(text);
		server_lab_close(&o);
	}
}
