/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "test/test.h"
#include "wire/dhcp_options.h"

TEST(dhcp_option_names_find_their_codes_in_any_case)
{
	CHECK_EQ(dhcp4_option_code("router"), 3);
	CHECK_EQ(dhcp4_option_code("MTU"), 26);
	CHECK_EQ(dhcp4_option_code("t1"), 58);
	CHECK_EQ(dhcp4_option_code("server-ip-address"), 255);
	CHECK_EQ(dhcp4_option_code("nosuch"), -1);
	CHECK_EQ(dhcp6_option_code("dns-server"), 23);
	CHECK_EQ(dhcp6_option_code("router"), -1);
}

TEST(dhcp_options_that_the_server_makes_have_no_name_to_configure)
{
	static const char *const names[] = { "hostname", "broadcast", "lease-time", "message-type",
					     "server-identifier", "client-id", "vendor-encap" };

	for (size_t i = 0; i < COUNT_OF(names); i++)
		CHECK_EQ(dhcp4_option_code(names[i]), -1);
	CHECK_EQ(dhcp4_option_code_sent("hostname"), 12);	/* but a client may send one */
	CHECK_EQ(dhcp4_option_code_sent("nosuch"), -1);
}

TEST(every_configurable_dhcp_option_is_found_by_its_name)
{
	for (int code = 0; code < DHCP_OPTIONS; code++) {
		if (dhcp4_options[code].name && !dhcp4_options[code].internal)
			CHECK_EQ(dhcp4_option_code(dhcp4_options[code].name), code);
		if (dhcp6_options[code].name)
			CHECK_EQ(dhcp6_option_code(dhcp6_options[code].name), code);
	}
}

static char *printed(bool v6)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	must(f);
	dhcp_options_print(f, v6);
	fclose(f);
	return text;
}

static size_t lines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

TEST(help_dhcp_lists_the_options_in_dnsmasqs_format)
{
	char *v4 = printed(false), *v6 = printed(true);

	CHECK(strncmp(v4, "Known DHCP options:\n  1 netmask\n  2 time-offset\n", 47) == 0);
	CHECK(strstr(v4, "\n 13 boot-file-size\n"));
	CHECK(strstr(v4, "\n150 tftp-server-address\n255 server-ip-address\n"));
	CHECK_EQ(lines(v4), 62);		/* as dnsmasq 2.90 prints */
	CHECK(strncmp(v6, "Known DHCPv6 options:\n 21 sip-server-domain\n", 44) == 0);
	CHECK_EQ(lines(v6), 16);
	free(v4);
	free(v6);
}

TEST(dhcp_options_are_logged_as_dnsmasq_logs_them)
{
	/* Lines of dnsmasq 2.90 with log-dhcp. */
	static const struct { uint8_t code; const char *hex, *line; } rows[] = {
		{ 53, "02", "sent size:  1 option: 53 message-type  2" },
		{ 54, "c0a80001", "sent size:  4 option: 54 server-identifier  192.168.0.1" },
		{ 51, "00000e10", "sent size:  4 option: 51 lease-time  1h" },
		{ 51, "ffffffff", "sent size:  4 option: 51 lease-time  infinite" },
		{ 59, "00000c4e", "sent size:  4 option: 59 T2  52m30s" },
		{ 58, "0000003c", "sent size:  4 option: 58 T1  1m" },
		{ 6, "01020304c0a80001",
		  "sent size:  8 option:  6 dns-server  1.2.3.4, 192.168.0.1" },
		{ 33, "1801020301020304",
		  "sent size:  8 option: 33 static-route  24.1.2.3, 1.2.3.4" },
		{ 26, "05d4", "sent size:  2 option: 26 mtu  1492" },
		{ 26, "666f6f", "sent size:  3 option: 26 mtu  6713199" },
		{ 93, "0102030405", "sent size:  5 option: 93 client-arch  33752069" },
		{ 23, "40", "sent size:  1 option: 23 default-ttl  64" },
		{ 23, "", "sent size:  0 option: 23 default-ttl  " },
		{ 37, "40", "sent size:  1 option: 37 tcp-ttl  40" },
		{ 2, "fffff1f0", "sent size:  4 option:  2 time-offset  ff:ff:f1:f0" },
		{ 15, "666f6f2e6c616e", "sent size:  7 option: 15 domain-name  foo.lan" },
		{ 40, "610962", "sent size:  3 option: 40 nis-domain  ab" },
		{ 66, "312e322e332e3400", "sent size:  8 option: 66 tftp-server  1.2.3.4" },
		{ 60, "505845436c69656e74",
		  "sent size:  9 option: 60 vendor-class  50:58:45:43:6c:69:65:6e:74" },
		{ 121, "18c0a80101020304080a05060708",
		  "sent size: 14 option:121 classless-static-route  "
		  "18:c0:a8:01:01:02:03:04:08:0a:05:06:07:08" },
		{ 119, "01610162016300c002c0040178c002",
		  "sent size: 15 option:119 domain-search  "
		  "01:61:01:62:01:63:00:c0:02:c0:04:01:78:c0..." },
		{ 252, "0a", "sent size:  1 option:252   0a" },
		{ 80, "", "sent size:  0 option: 80 rapid-commit  " },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t bytes[64];
		char line[300];
		struct text t = TEXT(line);

		dhcp_option_text(&t, rows[i].code, test_hex(rows[i].hex, bytes, sizeof bytes));
		CHECK_TEXT(line, rows[i].line);
	}
}
