/* SPDX-License-Identifier: ISC */
#include <linux/if_ether.h>
#include <unistd.h>

#include "base/must.h"
#include "net/own_network_test.h"
#include "test/test.h"

static struct loop *loop_with_address(void)
{
	struct loop *l;

	own_network_ip("address add 192.0.2.1/24 dev d0");
	own_network_ip("address add 198.51.100.1/24 dev e0");
	must(loop_new(&l, UV_LOOP_NETLINK) == ST_OK);
	return l;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	must(addr_parse(text, &a));
	return a;
}

/* ---- frames --------------------------------------------------------------------- */

TEST(a_frame_goes_to_a_hardware_address_and_asks_nobody)
{
	struct loop *l;
	struct hwaddr client = { 1, 6, { 2, 0, 0, 0, 0, 0x99 } }, to = { 0 };
	uint8_t buffer[128];
	struct span packet;
	int wire, arp;

	if (!own_network_enter())
		return;
	l = loop_with_address();
	wire = wire_open("c0", ETH_P_IP);
	arp = wire_open("c0", ETH_P_ARP);
	CHECK(frames_work(l));
	CHECK_EQ(frame_send(l, &(struct dgram){
		.from = { addr_of("192.0.2.1"), 67 }, .to = { addr_of("192.0.2.2"), 68 },
		.ifindex = loop_netif_named(l, "d0")->index, .data = span_text("hello") }, &client),
		ST_OK);
	packet = wire_read(wire, buffer, sizeof buffer, &to);
	CHECK_BYTES(packet, HEX("4500 0021 0000 4000 4011 b6c8 c0000201 c0000202"
				"0043 0044 000d 3777 68656c6c6f"));
	CHECK_TEXT(hwaddr_text(&to).s, "02:00:00:00:00:99");
	CHECK_EQ(wire_read(arp, buffer, sizeof buffer, &to).n, 0);
	close(wire);
	close(arp);
	loop_free(l);
	own_network_leave();
}

TEST(a_frame_that_cannot_go_out_says_why)
{
	static const uint8_t bytes[1500];
	struct loop *l;
	struct hwaddr client = { 1, 6, { 2 } };
	struct dgram d = { .from.addr = addr_of("192.0.2.1"), .to.addr = addr_of("192.0.2.2") };

	if (!own_network_enter())
		return;
	l = loop_with_address();
	d.ifindex = 9999;
	CHECK_EQ(frame_send(l, &d, &client), ST_UNKNOWN);
	d.ifindex = loop_netif_named(l, "d0")->index;
	d.data = span_of(bytes, 1500 - FRAME_HEADERS);
	CHECK_EQ(frame_send(l, &d, &client), ST_OK);
	d.data.n++;
	CHECK_EQ(frame_send(l, &d, &client), ST_FULL);
	loop_free(l);
	own_network_leave();
}

/* ---- probes --------------------------------------------------------------------- */

struct asker {
	struct probe probe;
	bool done;
	int64_t took_ms;
};

static void asked(struct probe *p)
{
	struct asker *a = container_of(p, struct asker, probe);

	a->done = true;
	a->took_ms += loop_now(p->loop).mono_ms;
}

static struct asker *ask(struct loop *l, struct asker *a, const char *addr, const char *device,
			 unsigned timeout_ms)
{
	*a = (struct asker){ .probe = { .done = asked, .addr = addr_of(addr),
		.ifindex = device ? loop_netif_named(l, device)->index : 0 },
		.took_ms = -loop_now(l).mono_ms };
	CHECK_EQ(probe_start(l, &a->probe, timeout_ms), ST_OK);
	return a;
}

TEST(an_address_that_nobody_has_is_asked_for_twice_and_free)
{
	struct loop *l;
	struct asker a;
	struct hwaddr to = { 0 };
	uint8_t buffer[128];
	unsigned asked_times = 0;
	int wire;

	if (!own_network_enter())
		return;
	l = loop_with_address();
	wire = wire_open("c0", ETH_P_ARP);
	CHECK(run_until(l, &ask(l, &a, "192.0.2.77", "d0", 120)->done, 5000));
	CHECK(!a.probe.in_use && a.probe.sent);
	CHECK(a.took_ms >= 120 && a.took_ms < 2000);
	for (struct span p; (p = wire_read(wire, buffer, sizeof buffer, &to)).n; asked_times++) {
		/* RFC 5227, 2.1.1: no sender address, no target hardware address, to all. */
		CHECK_BYTES(p, HEX("0001 0800 06 04 0001 0200000000d0 00000000"
				   "000000000000 c000024d"));
		CHECK_TEXT(hwaddr_text(&to).s, "ff:ff:ff:ff:ff:ff");
	}
	CHECK_EQ(asked_times, 2);
	close(wire);
	loop_free(l);
	own_network_leave();
}

#define REPLY(addr) HEX("0001 0800 06 04 0002 020000000099" addr "0200000000d0 00000000")

TEST(an_answer_counts_for_its_address_on_its_interface)
{
	struct loop *l;
	struct asker used, twin, other, elsewhere;
	int c0, f0;

	if (!own_network_enter())
		return;
	l = loop_with_address();
	c0 = wire_open("c0", ETH_P_ARP);
	f0 = wire_open("f0", ETH_P_ARP);
	ask(l, &used, "192.0.2.77", "d0", 3000);
	ask(l, &twin, "192.0.2.77", "d0", 3000);
	ask(l, &other, "192.0.2.78", "d0", 150);
	ask(l, &elsewhere, "192.0.2.79", "d0", 150);
	wire_send(c0, "c0", ETH_P_ARP, REPLY("c000024d"));
	wire_send(f0, "f0", ETH_P_ARP, REPLY("c000024f"));	/* reaches e0, not d0 */
	CHECK(run_until(l, &used.done, 5000) && used.probe.in_use);
	CHECK_TEXT(hwaddr_text(&used.probe.who).s, "02:00:00:00:00:99");
	CHECK(used.took_ms < 1000);
	CHECK(twin.done && twin.probe.in_use);
	CHECK(run_until(l, &elsewhere.done, 5000) && !elsewhere.probe.in_use);
	CHECK(run_until(l, &other.done, 5000) && !other.probe.in_use);
	close(c0);
	close(f0);
	loop_free(l);
	own_network_leave();
}

TEST(a_stopped_probe_ends_in_silence_and_answers_from_before_a_probe_do_not_count)
{
	struct loop *l;
	struct asker stopped, late;
	int c0;

	if (!own_network_enter())
		return;
	l = loop_with_address();
	c0 = wire_open("c0", ETH_P_ARP);
	wire_send(c0, "c0", ETH_P_ARP, REPLY("c000024d"));
	ask(l, &stopped, "192.0.2.77", "d0", 100);
	probe_stop(l, &stopped.probe);
	probe_stop(l, &stopped.probe);
	CHECK(run_until(l, &ask(l, &late, "192.0.2.77", "d0", 150)->done, 5000));
	CHECK(!late.probe.in_use);
	CHECK(!stopped.done);
	close(c0);
	loop_free(l);
	own_network_leave();
}

TEST(an_address_behind_a_relay_is_asked_for_by_echo)
{
	struct loop *l;
	struct asker used, unused, nowhere, own;

	if (!own_network_enter())
		return;
	own_network_ip("route add blackhole 203.0.113.0/24");
	l = loop_with_address();
	ask(l, &used, "127.0.0.77", NULL, 3000);	/* answered by the kernel's loopback */
	ask(l, &unused, "192.0.2.77", NULL, 100);
	ask(l, &nowhere, "203.0.113.1", NULL, 3000);
	ask(l, &own, "192.0.2.1", "d0", 3000);
	CHECK(run_until(l, &used.done, 5000) && used.probe.in_use);
	CHECK_EQ(used.probe.who.len, 0);
	CHECK(run_until(l, &unused.done, 5000) && !unused.probe.in_use && unused.probe.sent);
	CHECK(run_until(l, &nowhere.done, 1000) && !nowhere.probe.in_use && !nowhere.probe.sent);
	CHECK(run_until(l, &own.done, 1000) && own.probe.in_use);
	CHECK_TEXT(hwaddr_text(&own.probe.who).s, "02:00:00:00:00:d0");
	loop_free(l);
	own_network_leave();
}

TEST(without_privileges_the_loop_serves_and_says_what_is_refused)
{
	struct loop *l;
	struct asker a;
	const struct hwaddr hw = { 1, 6, { 2 } };
	struct dgram d = { .from.addr = addr_of("192.0.2.1"), .to.addr = addr_of("192.0.2.2") };

	if (!own_network_enter())
		return;
	own_network_ip("address add 192.0.2.1/24 dev d0");
	CHECK_EQ(seteuid(65534), 0);
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	d.ifindex = loop_netif_named(l, "d0")->index;
	CHECK(!frames_work(l));
	CHECK_EQ(frame_send(l, &d, &hw), ST_REFUSED);
	CHECK_EQ(loop_neighbour_set(l, d.ifindex, &d.to.addr, &hw), ST_REFUSED);
	CHECK(run_until(l, &ask(l, &a, "192.0.2.77", "d0", 3000)->done, 1000));
	CHECK(!a.probe.in_use && !a.probe.sent);
	loop_free(l);
	CHECK_EQ(seteuid(0), 0);
	own_network_leave();
}
