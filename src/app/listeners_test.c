/* SPDX-License-Identifier: ISC */
#include "app/listeners.h"
#include "net/sim.h"
#include "test/test.h"

static bool serves_named(const void *service, const struct lan_conf *lan, const struct netif *n,
			 const struct addr *to)
{
	(void)lan, (void)to;
	return strcmp(n->name, service) == 0;
}

static struct loop *two_links(void)
{
	struct loop *l = sim_new(1);

	sim_netif_addr(l, sim_netif_add(l, "br0", "10.77.0.1/24", "02:00:00:00:00:01"),
		       "fe80::1/64");
	sim_netif_addr(l, sim_netif_add(l, "br1", "10.78.0.1/24", "02:00:00:00:00:02"),
		       "fe80::1/64");
	return l;
}

TEST(listeners_without_bind_options_are_the_wildcards)
{
	struct lan_conf lan = { 0 };
	struct loop *l = two_links();
	static struct listeners want;

	listeners_want(&want, &lan, l, serves_named, "br0");
	CHECK_EQ(want.n, 2);
	CHECK_TEXT(addr_text(&want.at[0].addr).s, "0.0.0.0");
	CHECK_TEXT(addr_text(&want.at[1].addr).s, "::");
	sim_free(l);
}

TEST(listeners_with_bind_interfaces_are_the_served_addresses)
{
	struct lan_conf lan = { .bind_interfaces = true };
	struct loop *l = two_links();
	static struct listeners want;

	listeners_want(&want, &lan, l, serves_named, "br1");
	CHECK_EQ(want.n, 2);
	CHECK_TEXT(addr_text(&want.at[0].addr).s, "10.78.0.1");
	CHECK_TEXT(want.at[0].device, "");
	CHECK_TEXT(addr_text(&want.at[1].addr).s, "fe80::1");
	CHECK_TEXT(want.at[1].device, "br1");		/* the same address is on br0 too */
	sim_free(l);
}

TEST(listeners_name_what_is_not_there)
{
	struct if_name gone = { .name = "nope" }, any = { .name = "x", .prefix = true, .next = &gone };
	struct listen_addr far = { .addr = addr_ip4(0xc000024d) };
	struct listen_addr here = { .addr = addr_ip4(0x0a4d0001), .next = &far };
	struct lan_conf lan = { .bind_interfaces = true, .interfaces = &any, .listen = &here };
	struct loop *l = two_links();

	CHECK_TEXT(listeners_missing_interface(&lan, l), "nope");
	CHECK(listeners_missing_address(&lan, l) == &far.addr);
	lan.listen = NULL;
	lan.interfaces = NULL;
	CHECK(listeners_missing_interface(&lan, l) == NULL);
	CHECK(listeners_missing_address(&lan, l) == NULL);
	sim_free(l);
}
