/* SPDX-License-Identifier: ISC */
#include "dhcp/stage_test.h"

static const char *offered(struct stage *s, const char *mac)
{
	static struct addr_text text;
	const struct dhcp_verdict *v = stage_decide(s, mac, HEX("350101"));

	text = addr_text(&v->addr);
	return v->kind == VERDICT_OFFER ? text.s : v->reason;
}

static void stored(struct lease_commit *c, enum status status)
{
	(void)c;
	CHECK_EQ(status, ST_OK);
}

static void bind(struct stage *s, const char *addr, const char *mac)
{
	struct lease_commit c = { .done = stored };
	struct lease_change change = { .expires_s = loop_now(s->loop).wall_s + 600 };

	addr_parse(addr, &change.addr);
	hwaddr_parse(mac, &change.hw);
	must(leases_commit(s->leases, &change, &c) == ST_OK);
	sim_run_for(s->loop, 1);
}

/* Seen from dnsmasq 2.90 with these ranges and these clients. */
TEST(pick_begins_where_dnsmasq_begins)
{
	static const struct { const char *cidr, *lines, *mac, *addr; } rows[] = {
#define WIDE "10.1.0.1/16", "no-ping\ndhcp-range=10.1.0.10,10.1.255.250\n"
		{ WIDE, "02:00:00:00:00:01", "10.1.91.222" },
		{ WIDE, "52:54:00:12:34:56", "10.1.215.179" },
		{ WIDE, "fe:dc:ba:98:76:54", "10.1.44.240" },
		{ WIDE, "00:1b:21:3c:4d:5e", "10.1.206.214" },
		{ WIDE, "ac:de:48:00:11:22", "10.1.189.177" },
		{ WIDE, "02:99:00:00:ff:ff", "10.1.94.185" },
		/* .255 and .0 of a class C network break old clients: both are passed over */
#define CLASS_C "192.168.0.1/16", "no-ping\ndhcp-range=192.168.0.200,192.168.1.20\n"
		{ CLASS_C, "02:00:00:00:05:2b", "192.168.1.1" },
		{ CLASS_C, "02:00:00:00:05:2c", "192.168.1.1" },
		{ CLASS_C, "52:54:00:12:34:56", "192.168.0.230" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct stage *s = stage_new(rows[i].cidr, rows[i].lines);

		CHECK_TEXT(offered(s, rows[i].mac), rows[i].addr);
		stage_free(s);
	}
}

TEST(pick_goes_on_to_the_next_free_address_and_round_the_end)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n"
						    "dhcp-host=02:00:00:00:00:99,192.0.2.16\n");

	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.15");
	bind(s, "192.0.2.15", "02:00:00:00:00:02");
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.17");	/* .16 is kept for :99 */
	for (int i = 17; i <= 20; i++) {
		char addr[32], mac[32];

		snprintf(addr, sizeof addr, "192.0.2.%d", i);
		snprintf(mac, sizeof mac, "02:00:00:00:01:%02x", (unsigned)i);
		bind(s, addr, mac);
	}
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.10");
	stage_free(s);
}

TEST(pick_gives_nobody_our_own_address)
{
	struct stage *s = stage_new("192.0.2.15/24", "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n");

	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.16");
	stage_free(s);
}

TEST(pick_in_sequence_goes_on_after_the_highest_lease)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-sequential-ip\n"
						    "dhcp-range=192.0.2.10,192.0.2.20\n");

	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.10");
	bind(s, "192.0.2.10", "02:00:00:00:00:02");
	bind(s, "192.0.2.12", "02:00:00:00:00:03");
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.13");
	bind(s, "192.0.2.20", "02:00:00:00:00:04");
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.11");
	stage_free(s);
}

TEST(pick_takes_a_held_address_when_nothing_else_is_left_and_a_declined_one_never)
{
	struct stage *s = stage_new("192.0.2.1/24", "no-ping\ndhcp-range=192.0.2.10,192.0.2.11\n");
	struct now now = loop_now(s->loop);
	struct addr ten = addr_ip4(0xc000020a), eleven = addr_ip4(0xc000020b);
	struct hwaddr other;

	hwaddr_parse("02:00:00:00:00:55", &other);
	leases_decline(s->leases, &ten, 600, now);
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.11");
	leases_offer(s->leases, &eleven, &other, span_of(NULL, 0), 60, now);
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.11");
	bind(s, "192.0.2.11", "02:00:00:00:00:56");
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "no address available");
	stage_free(s);
}

TEST(pick_asks_for_a_probe_and_believes_it_for_half_a_minute)
{
	struct stage *s = stage_new("192.0.2.1/24", "dhcp-range=192.0.2.10,192.0.2.20\n");
	struct addr a = addr_ip4(0xc000020f);

	CHECK_EQ(stage_decide(s, "02:00:00:00:00:01", HEX("350101"))->kind, VERDICT_PROBE);
	CHECK(addr_eq(&s->verdict.addr, &a));
	dhcp_memory_probed(&s->memory, &a, false, loop_now(s->loop));
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.15");
	dhcp_memory_probed(&s->memory, &a, true, loop_now(s->loop));
	CHECK_EQ(stage_decide(s, "02:00:00:00:00:01", HEX("350101"))->kind, VERDICT_PROBE);
	CHECK_TEXT(addr_text(&s->verdict.addr).s, "192.0.2.16");
	sim_run_for(s->loop, DHCP_PROBE_CACHE_MS + 1);
	stage_decide(s, "02:00:00:00:00:01", HEX("350101"));
	CHECK_TEXT(addr_text(&s->verdict.addr).s, "192.0.2.15");
	s->env.may_probe = false;			/* no room for one: better unprobed than none */
	CHECK_TEXT(offered(s, "02:00:00:00:00:01"), "192.0.2.15");
	stage_free(s);
}

TEST(memory_of_probes_and_failures_forgets_the_oldest)
{
	static struct dhcp_memory m;
	struct now now = { 1000, 0 };
	struct addr first = addr_ip4(1), later;

	dhcp_memory_probed(&m, &first, true, now);
	dhcp_memory_failed(&m, &first);
	dhcp_memory_failed(&m, &first);
	CHECK_EQ(dhcp_memory_probe(&m, &first, now), PROBED_IN_USE);
	CHECK_EQ(dhcp_memory_failures(&m, &first), 2);
	for (uint32_t i = 2; i < 2 + COUNT_OF(m.probed); i++) {
		later = addr_ip4(i);
		dhcp_memory_probed(&m, &later, false, now);
		dhcp_memory_failed(&m, &later);
	}
	CHECK_EQ(dhcp_memory_probe(&m, &first, now), PROBED_UNKNOWN);
	CHECK_EQ(dhcp_memory_failures(&m, &first), 0);
	CHECK_EQ(dhcp_memory_probe(&m, &later, now), PROBED_FREE);
}
