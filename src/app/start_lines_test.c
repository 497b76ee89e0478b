/* SPDX-License-Identifier: ISC */
#include "app/start_lines.h"
#include "test/test.h"

static const struct {
	struct dhcp_range range;
	const char *line;
} ranges[] = {
	{ { .mode = RANGE_DYNAMIC, .start = { ADDR_IP4, { 10, 77, 0, 100 } },
	    .end = { ADDR_IP4, { 10, 77, 0, 199 } }, .lease_s = 4000 },
	  "DHCP, IP range 10.77.0.100 -- 10.77.0.199, lease time 1h6m40s" },
	{ { .mode = RANGE_DYNAMIC, .start = { ADDR_IP4, { 10, 77, 0, 1 } },
	    .end = { ADDR_IP4, { 10, 77, 0, 2 } }, .lease_s = LEASE_INFINITE },
	  "DHCP, IP range 10.77.0.1 -- 10.77.0.2, lease time infinite" },
	{ { .mode = RANGE_STATIC, .start = { ADDR_IP4, { 10, 78, 0, 0 } }, .lease_s = 2700 },
	  "DHCP, static leases only on 10.78.0.0, lease time 45m" },
	{ { .mode = RANGE_PROXY, .start = { ADDR_IP4, { 10, 78, 0, 0 } } },
	  "DHCP, proxy on subnet 10.78.0.0" },
};

TEST(start_lines_tell_where_a_relay_passes_on_to)
{
	static const struct if_name eth = { .name = "eth", .prefix = true };
	static const struct { struct dhcp_relay relay; const char *line; } relays[] = {
		{ { .local = { ADDR_IP4, { 10, 77, 0, 1 } }, .server = { ADDR_IP4, { 10, 78, 0, 2 } },
		    .port = 6767 }, "DHCP relay from 10.77.0.1 to 10.78.0.2#6767" },
		{ { .local = { ADDR_IP4, { 10, 77, 0, 1 } }, .interface = &eth },
		  "DHCP relay from 10.77.0.1 via eth*" },
	};
	char buffer[160];

	for (size_t i = 0; i < sizeof relays / sizeof *relays; i++) {
		struct text t = TEXT(buffer);

		start_lines_relay(&t, &relays[i].relay);
		CHECK_TEXT(buffer, relays[i].line);
	}
}

TEST(start_lines_tell_each_mode_of_range_in_dnsmasqs_words)
{
	char buffer[160];

	for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
		struct text t = TEXT(buffer);

		start_lines_range(&t, &ranges[i].range);
		CHECK_TEXT(buffer, ranges[i].line);
	}
}
