/* SPDX-License-Identifier: ISC */
#include "dhcp/conf_lab_test.h"
#include "dhcp/relay.h"
#include "dhcp/stage_test.h"

static const char lines[] = "dhcp-relay=192.0.2.1,198.51.100.1\n"
			    "dhcp-relay=192.0.2.9,198.51.100.9\n"
			    "dhcp-relay=192.0.2.1,198.51.100.2\n"
			    "dhcp-split-relay=192.0.2.1,198.51.100.3,eth1\n";

TEST(relays_of_an_interface_are_those_whose_address_it_has)
{
	struct stage *s = stage_new("192.0.2.1/24", lines);
	const struct netif *n = loop_netif_named(s->loop, "eth0");
	const struct dhcp_relay *r = dhcp_relay_next(s->env.conf, n, NULL);

	CHECK_TEXT(addr_text(&r->server).s, "198.51.100.1");
	r = dhcp_relay_next(s->env.conf, n, r);
	CHECK_TEXT(addr_text(&r->server).s, "198.51.100.2");
	r = dhcp_relay_next(s->env.conf, n, r);
	CHECK(r->split);
	CHECK(!dhcp_relay_next(s->env.conf, n, r));
	stage_free(s);
}

TEST(what_came_too_far_or_came_back_is_not_passed_on)
{
	const struct addr all = addr_ip4(0xffffffff), own = addr_ip4(0xc0000201);
	struct stage *s = stage_new("192.0.2.1/24", lines);
	const struct netif *n = loop_netif_named(s->loop, "eth0");
	const struct dhcp_relay *r = dhcp_relay_next(s->env.conf, n, NULL);
	const struct dhcp_relay *split = dhcp_relay_next(s->env.conf, n,
							 dhcp_relay_next(s->env.conf, n, r));
	struct dhcp4_msg m = { .hops = DHCP_HOPS_MAX, .giaddr = addr_ip4(0) };

	CHECK(!dhcp_relay_trouble(r, n, &m, &all));
	CHECK(dhcp_relay_trouble(r, n, &m, &own));
	CHECK(!dhcp_relay_trouble(split, n, &m, &own));
	m.hops++;
	CHECK(dhcp_relay_trouble(r, n, &m, &all));
	m.hops = 0;
	m.giaddr = own;
	CHECK(dhcp_relay_trouble(r, n, &m, &all));
	m.giaddr = addr_ip4(0xc6336401);
	CHECK(!dhcp_relay_trouble(r, n, &m, &all));
	stage_free(s);
}

TEST(a_relay_line_names_a_server_or_an_interface)
{
	static const struct { const char *line, *error; } cases[] = {
		{ "dhcp-relay=192.0.2.1,198.51.100.1#6767,eth*", NULL },
		{ "dhcp-relay=192.0.2.1,eth1", NULL },
		{ "dhcp-relay=192.0.2.1", "names no server" },
		{ "dhcp-relay=192.0.2.1,eth*", "names no server" },
		{ "dhcp-relay=192.0.2.1,198.51.100.1#0", "is no port" },
		{ "dhcp-relay=192.0.2.1,198.51.100.1,eth1,eth2", "does not fit" },
		{ "dhcp-relay=fd00::1,fd00::2", "DHCPv6 is not served yet" },
		{ "dhcp-relay=eth0,198.51.100.1", "an address of this machine" },
		{ "dhcp-split-relay=192.0.2.1,198.51.100.1", "names no interface" },
		{ "dhcp-split-relay=192.0.2.1,eth1", "names no server" },
		{ "dhcp-split-relay=192.0.2.1,198.51.100.1,eth1", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_line(cases[i].line, cases[i].error);
}
