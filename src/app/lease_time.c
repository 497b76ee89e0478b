/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <string.h>

#include "app/lease_list.h"
#include "app/lease_time.h"
#include "app/servers.h"
#include "base/text.h"
#include "wire/dhcp_options.h"

static bool print_left(void *arg, pid_t pid, const char *text)
{
	const char *field[LEASE_FIELDS];
	char row[CONTROL_LINE_MAX], buffer[64] = "0s";
	struct text left = TEXT(buffer);
	uint64_t s = UINT32_MAX;

	(void)arg;
	(void)pid;
	if (!lease_row_first(text, row, field) || strcmp(field[FIELD_STATE], "bound") != 0)
		return false;
	(void)text_uint(field[FIELD_LEFT_S], UINT32_MAX, &s);	/* empty: for ever */
	if (s)
		dhcp_seconds_text(&left, (uint32_t)s);
	fputs(s ? buffer : "0s", stdout);
	return true;
}

int lease_time_run(char **words)
{
	char line[64];
	struct addr a;

	if (!words[0] || words[1]) {
		fprintf(stderr, "usage: " LEASE_TIME_WORD " <address>\n");
		return 1;
	}
	if (!addr_parse(words[0], &a)) {
		fprintf(stderr, "invalid address: %s\n", words[0]);
		return 1;
	}
	snprintf(line, sizeof line, "leases %s", addr_text(&a).s);
	return servers_each(line, print_left, NULL) ? 0 : 1;
}
