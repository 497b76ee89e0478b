/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/conf.h"
#include "ra/conf.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &ra_section };

TEST(what_qualifies_ra_and_dhcp6_is_checked_for_form)
{
	static const struct { const char *line; bool good; } table[] = {
		{ "ra-param=eth0", true }, { "ra-param=eth0,60", true },
		{ "ra-param=*,mtu:9000,0", true }, { "ra-param=br-lan,high,60,1800", true },
		{ "ra-param=eth0,mtu:off,low,60,0", true }, { "ra-param=*,0,0", true },
		{ "ra-param=eth0,mtu:eth1,60", true }, { "ra-param=eth*,", true },
		{ "ra-param=eth0,mtu:1279,60", false }, { "ra-param=eth0,x", false },
		{ "ra-param=eth0,60,x", false }, { "ra-param=eth0,60,1,2", false },
		{ "ra-param=eth0,mtu:1500", false }, { "ra-param=eth0,high", false },
		{ "ra-param=eth0,high,mtu:1500,60", false }, { "ra-param=eth0,mtu:,60", false },
		{ "dhcp-duid=1,01:02", true }, { "dhcp-duid=1,0102", true },
		{ "dhcp-duid=1,", true }, { "dhcp-duid=1", false }, { "dhcp-duid=x,01", false },
		{ "dhcp-duid=1,zz", false }, { "dhcp-duid=1,01,02", false },
		{ "quiet-ra", true }, { "quiet-dhcp6", true }, { "quiet-ra=1", false },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = conf_new(sections, 1, NULL);

		conf_read_text(c, "f", span_text(table[i].line));
		if ((conf_errors(c) == 0) != table[i].good)
			test_failed(__FILE__, __LINE__, table[i].line);
		conf_free(c);
	}
}

TEST(router_advertisement_is_refused_by_name)
{
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "f", span_text("quiet-ra\nenable-ra\n"));
	CHECK_EQ(conf_errors(c), 1);
	CHECK_TEXT(conf_error_text(c, 0), "f:2: enable-ra is not served yet");
	CHECK_EQ(conf_exit_code(c), 1);
	conf_free(c);
}
