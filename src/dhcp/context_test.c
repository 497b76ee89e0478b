/* SPDX-License-Identifier: ISC */
#include "dhcp/stage_test.h"

static unsigned line_of(struct stage *s, const char *address)
{
	struct addr a;
	const struct dhcp_range *r;

	must(addr_parse(address, &a));
	r = dhcp_range_of(s->env.conf, s->loop, &a);
	return r ? r->origin.line : 0;
}

TEST(an_address_is_of_the_range_between_whose_ends_it_lies_or_on_whose_network)
{
	struct stage *s = stage_new("192.0.2.1/24",
		"dhcp-range=192.0.2.10,192.0.2.50\n"
		"dhcp-range=192.0.2.100,192.0.2.150\n"
		"dhcp-range=10.0.0.10,10.0.0.20,255.255.255.0\n"
		"dhcp-range=10.1.0.10,10.1.0.20\n");

	CHECK_EQ(line_of(s, "192.0.2.50"), 1);
	CHECK_EQ(line_of(s, "192.0.2.100"), 2);
	CHECK_EQ(line_of(s, "192.0.2.60"), 1);		/* by the interface's network: the first */
	CHECK_EQ(line_of(s, "10.0.0.99"), 3);		/* by its own netmask, behind a relay */
	CHECK_EQ(line_of(s, "10.1.0.15"), 4);
	CHECK_EQ(line_of(s, "10.1.0.99"), 0);		/* nobody knows the netmask */
	CHECK_EQ(line_of(s, "198.51.100.1"), 0);
	CHECK_EQ(line_of(s, "fd00::1"), 0);
	stage_free(s);
}
