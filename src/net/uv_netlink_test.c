/* SPDX-License-Identifier: ISC */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/own_network_test.h"
#include "test/test.h"

struct listener {
	struct netif_watch watch;
	bool told;
};

static void note_change(struct netif_watch *w)
{
	container_of(w, struct listener, watch)->told = true;
}

static const struct netif_addr *addr_on(const struct loop *l, const char *device, const char *text)
{
	const struct netif *n = loop_netif_named(l, device);

	for (size_t i = 0; n && i < n->addrs; i++)
		if (strcmp(addr_text(&n->addr[i].addr).s, text) == 0)
			return &n->addr[i];
	return NULL;
}

static void check_start(const struct loop *l)
{
	const struct netif *lo = loop_netif_named(l, "lo"), *d0 = loop_netif_named(l, "d0");
	const struct netif_addr *a = addr_on(l, "d0", "192.0.2.1");

	CHECK(lo && lo->loopback && lo->up);
	CHECK(addr_on(l, "lo", "127.0.0.1"));
	CHECK(d0 && d0->up && !d0->loopback && d0->multicast && !d0->point_to_point);
	CHECK_TEXT(hwaddr_text(&d0->hw).s, "02:00:00:00:00:d0");
	CHECK_EQ(d0->mtu, 1500);
	CHECK(d0 == loop_netif(l, d0->index));
	CHECK(a != NULL);
	CHECK_EQ(a->bits, 24);
	CHECK_TEXT(addr_text(&a->broadcast).s, "192.0.2.255");
	CHECK_TEXT(a->label, "d0:9");
	CHECK(!a->temporary && !a->tentative);
}

TEST(the_interface_table_holds_what_is_there_at_start)
{
	struct loop *l;

	if (!own_network_enter())
		return;
	own_network_ip("address add 192.0.2.1/24 broadcast + dev d0 label d0:9");
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	check_start(l);
	loop_free(l);
	own_network_leave();
}

/* Each row: a command, and what the table must hold after it. */
TEST(the_interface_table_follows_links_and_addresses)
{
	static const struct { const char *command, *device, *addr; bool link, there; } rows[] = {
		{ "address add 192.0.2.1/24 dev d0", "d0", "192.0.2.1", true, true },
		{ "address add 192.0.2.1/32 dev d0", "d0", "192.0.2.1", true, true },
		{ "address del 192.0.2.1/32 dev d0", "d0", "192.0.2.1", true, true },
		{ "address add 2001:db8::1/64 dev d0 nodad", "d0", "2001:db8::1", true, true },
		{ "address add 192.0.2.1 peer 192.0.2.2 dev e0", "e0", "192.0.2.1", true, true },
		{ "address del 192.0.2.1/24 dev d0", "d0", "192.0.2.1", true, false },
		{ "link add br0 type bridge", "br0", NULL, true, false },
		{ "link set d0 master br0", "d0", "2001:db8::1", true, true },
		{ "link set d0 nomaster", "d0", "2001:db8::1", true, true },
		{ "link set e0 name x9", "e0", NULL, false, false },
		{ "link del br0", "br0", NULL, false, false },
		{ "link set d0 mtu 1400", "d0", "2001:db8::1", true, true },
		{ "link del d0", "d0", NULL, false, false },
	};
	struct listener listener = { .watch.changed = note_change };
	struct loop *l;

	if (!own_network_enter())
		return;
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	netif_watch_start(l, &listener.watch);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		listener.told = false;
		own_network_ip("%s", rows[i].command);
		if (!run_until(l, &listener.told, 5000) ||
		    (loop_netif_named(l, rows[i].device) != NULL) != rows[i].link ||
		    (rows[i].addr && addr_on(l, rows[i].device, rows[i].addr)) != rows[i].there)
			test_failed(__FILE__, __LINE__, rows[i].command);
		if (strstr(rows[i].command, "mtu"))
			CHECK_EQ(loop_netif_named(l, "d0")->mtu, 1400);
	}
	loop_free(l);
	own_network_leave();
}

static void change_many(const char *verb, unsigned n)
{
	char path[] = "/tmp/lanlord-test-XXXXXX";
	int fd = mkstemp(path);
	FILE *batch = fdopen(fd, "w");

	must(batch != NULL);
	for (unsigned i = 0; i < n; i++)
		fprintf(batch, "address %s 10.%u.%u.1/32 dev d0\n", verb, i / 250, i % 250);
	fclose(batch);
	own_network_ip("-batch %s", path);
	unlink(path);
}

TEST(the_interface_table_is_right_again_after_an_overrun)
{
	struct listener listener = { .watch.changed = note_change };
	struct loop *l;

	if (!own_network_enter())
		return;
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	netif_watch_start(l, &listener.watch);
	change_many("add", 2000);		/* several times what the socket holds */
	CHECK(run_until(l, &listener.told, 5000));
	CHECK_EQ(loop_netif_named(l, "d0")->addrs >= 2000, true);
	CHECK(addr_on(l, "d0", "10.7.249.1"));
	listener.told = false;
	change_many("del", 2000);
	CHECK(run_until(l, &listener.told, 5000));
	CHECK(!addr_on(l, "d0", "10.0.0.1") && !addr_on(l, "d0", "10.7.249.1"));
	loop_free(l);
	own_network_leave();
}

TEST(a_neighbour_that_is_written_can_be_read)
{
	struct hwaddr client = { 1, 6, { 2, 0, 0, 0, 0, 0x99 } }, got;
	struct addr a = addr_ip4(0xc0000263);
	const struct netif *d0;
	struct loop *l;

	if (!own_network_enter())
		return;
	own_network_ip("address add 192.0.2.1/24 dev d0");
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	d0 = loop_netif_named(l, "d0");
	CHECK(!loop_neighbour(l, d0->index, &a, &got));
	CHECK_EQ(loop_neighbour_set(l, d0->index, &a, &client), ST_OK);
	CHECK(loop_neighbour(l, d0->index, &a, &got));
	CHECK_TEXT(hwaddr_text(&got).s, "02:00:00:00:00:99");
	client.bytes[5] = 0x98;
	CHECK_EQ(loop_neighbour_set(l, d0->index, &a, &client), ST_OK);
	CHECK(loop_neighbour(l, d0->index, &a, &got) && got.bytes[5] == 0x98);
	CHECK_EQ(loop_neighbour_set(l, 9999, &a, &client), ST_UNKNOWN);
	loop_free(l);
	own_network_leave();
}
