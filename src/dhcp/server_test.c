/* SPDX-License-Identifier: ISC */
#include "dhcp/stage_test.h"
#include "dhcp/log.h"
#include "dhcp/parked.h"
#include "store/lease_tags.h"

struct house {
	struct stage *stage;
	struct events events;
	struct dhcp_log log;
	struct dhcp_server *server;
};

static struct house *house_new(const char *lines)
{
	struct house *h = calloc(1, sizeof *h);
	char why[100];

	must(h);
	h->stage = stage_new("192.0.2.1/24", lines);
	dhcp_log_init(&h->log, &h->events);
	dhcp_log_set(&h->log, false, true);
	h->server = dhcp_server_new(h->stage->loop, h->stage->leases, &h->events,
				    &h->stage->counters);
	dhcp_server_configure(h->server, h->stage->env.conf, h->stage->env.lan, NULL);
	CHECK_EQ(dhcp_server_listen(h->server, why, sizeof why), ST_OK);
	return h;
}

static void house_free(struct house *h)
{
	dhcp_server_free(h->server);
	stage_free(h->stage);
	free(h);
}

static void deliver(struct house *h, struct span packet)
{
	struct dgram d = { .to = { addr_ip4(0xffffffff), DHCP4_SERVER_PORT }, .ifindex =
			   loop_netif_named(h->stage->loop, "eth0")->index, .data = packet };

	CHECK(sim_deliver(h->stage->loop, &d));
}

static uint64_t counted(struct house *h, enum counter which)
{
	return h->stage->counters.value[which];
}

static const char conf[] = "no-ping\ndhcp-range=192.0.2.10,192.0.2.250\n";
static const char mac[] = "02:00:00:00:00:01";

TEST(server_counts_what_it_cannot_read_by_reason)
{
	struct house *h = house_new(conf);
	struct stage *s = h->stage;
	struct span p;
	struct sim_sent sent;

	p = stage_packet(s, mac, HEX("350101"));
	deliver(h, span_of(p.p, 200));
	s->packet[0] = 2;
	deliver(h, p);
	s->packet[0] = 1;
	s->packet[2] = 17;
	deliver(h, p);
	deliver(h, stage_packet(s, mac, HEX("3505")));
	deliver(h, stage_packet(s, mac, HEX("350163")));
	sim_run_for(s->loop, 0);
	CHECK_EQ(counted(h, COUNTER_DHCP_SHORT), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_NOT_REQUEST), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_BAD_HEADER), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_BAD_OPTIONS), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_NO_TYPE), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_DISCOVER), 0);
	CHECK(!sim_sent_next(s->loop, &sent));
	house_free(h);
}

/* Ever new clients, while the store is slow. */
TEST(server_parks_so_many_packets_and_no_more)
{
	struct house *h = house_new("no-ping\ndhcp-range=10.0.0.10,10.0.255.250\n");
	struct stage *s = h->stage;

	sim_netif_addr(s->loop, loop_netif_named(s->loop, "eth0")->index, "10.0.0.1/16");
	leases_set_max(s->leases, 100000);
	leases_memory_answers(s->leases, 1000, ST_OK);
	for (unsigned i = 0; i < DHCP_PARKED_MAX + 10; i++) {
		uint8_t options[] = { 53, 1, 3, 54, 4, 10, 0, 0, 1, 50, 4, 10, 0,
				      (uint8_t)(1 + (i >> 8)), (uint8_t)i };
		char text[32];

		snprintf(text, sizeof text, "02:00:00:00:%02x:%02x", i >> 8, i & 255);
		deliver(h, stage_packet(s, text, SPAN(options)));
		sim_run_for(s->loop, 0);
	}
	CHECK_EQ(dhcp_server_parked(h->server), DHCP_PARKED_MAX);
	CHECK_EQ(counted(h, COUNTER_DHCP_PARKED_FULL), 10);
	sim_run_for(s->loop, 1100);
	CHECK_EQ(dhcp_server_parked(h->server), 0);
	CHECK_EQ(counted(h, COUNTER_DHCP_ACK), DHCP_PARKED_MAX);
	house_free(h);
}

/* What was sent until now; false: nothing. */
static bool sent_type(struct house *h, uint8_t *type)
{
	struct sim_sent sent;
	struct dhcp4_msg m;

	if (!sim_sent_next(h->stage->loop, &sent))
		return false;
	must(dhcp4_read_reply(sent.d.data, &m) == DHCP4_READ);
	*type = m.opt[DHCP4_MESSAGE_TYPE].n ? m.opt[DHCP4_MESSAGE_TYPE].p[0] : 0;
	return true;
}

TEST(an_offer_waits_as_long_as_it_is_told_to_and_a_retransmission_is_absorbed)
{
	struct house *h = house_new("no-ping\ndhcp-range=set:r,192.0.2.10,192.0.2.250\n"
				    "dhcp-reply-delay=1\ndhcp-reply-delay=tag:r,3\n"
				    "dhcp-reply-delay=tag:other,9\n");
	uint8_t type = 0;

	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 1500);
	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 1400);
	CHECK(!sent_type(h, &type));
	CHECK_EQ(dhcp_server_parked(h->server), 1);
	sim_run_for(h->stage->loop, 200);
	CHECK(sent_type(h, &type));
	CHECK_EQ(type, DHCP4_OFFER);
	CHECK(!sent_type(h, &type));
	CHECK_EQ(dhcp_server_parked(h->server), 0);
	house_free(h);
}

TEST(a_server_that_ends_while_an_offer_waits_forgets_it)
{
	struct house *h = house_new("no-ping\ndhcp-range=192.0.2.10,192.0.2.250\ndhcp-reply-delay=9\n");

	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 100);
	CHECK_EQ(dhcp_server_parked(h->server), 1);
	dhcp_server_free(h->server);
	sim_run_for(h->stage->loop, 20000);
	stage_free(h->stage);
	free(h);
}

TEST(bootp_is_answered_without_options_of_dhcp_once_its_lease_is_durable)
{
	struct house *h = house_new("no-ping\ndhcp-range=192.0.2.10,192.0.2.250\nbootp-dynamic\n");
	uint8_t type = 0;

	leases_memory_answers(h->stage->leases, 100, ST_OK);
	deliver(h, stage_packet(h->stage, mac, HEX("0c0161")));
	sim_run_for(h->stage->loop, 50);
	CHECK(!sent_type(h, &type));
	sim_run_for(h->stage->loop, 100);
	CHECK(sent_type(h, &type));
	CHECK_EQ(type, 0);
	CHECK_EQ(counted(h, COUNTER_BOOTP), 1);
	CHECK_EQ(counted(h, COUNTER_DHCP_ACK), 0);
	CHECK_EQ(leases_count(h->stage->leases), 1);
	house_free(h);
}

TEST(bootp_is_not_answered_when_there_is_no_lease_left)
{
	struct house *h = house_new("no-ping\ndhcp-range=192.0.2.10,192.0.2.250\nbootp-dynamic\n");
	uint8_t type = 0;

	leases_set_max(h->stage->leases, 0);
	deliver(h, stage_packet(h->stage, mac, HEX("0c0161")));
	sim_run_for(h->stage->loop, 50);
	CHECK(!sent_type(h, &type));
	CHECK_EQ(dhcp_server_parked(h->server), 0);
	house_free(h);
}

TEST(server_counts_and_tells_what_it_could_not_send)
{
	struct house *h = house_new(conf);

	sim_fail_send(h->stage->loop, 1, ST_SYSTEM);
	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 0);
	CHECK_EQ(counted(h, COUNTER_DHCP_SEND_FAILED), 1);
	house_free(h);
}

TEST(server_without_leases_drops_packets_until_it_has_some)
{
	struct house *h = house_new(conf);
	struct sim_sent sent;

	dhcp_server_set_leases(h->server, NULL);
	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 0);
	CHECK(!sim_sent_next(h->stage->loop, &sent));
	dhcp_server_set_leases(h->server, h->stage->leases);
	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 0);
	CHECK(sim_sent_next(h->stage->loop, &sent));
	house_free(h);
}

TEST(server_stops_with_a_probe_under_way)
{
	struct house *h = house_new("dhcp-range=192.0.2.10,192.0.2.250\n");

	deliver(h, stage_packet(h->stage, mac, HEX("350101")));
	sim_run_for(h->stage->loop, 0);
	CHECK_EQ(dhcp_server_parked(h->server), 1);
	house_free(h);
}

TEST(server_under_bind_interfaces_follows_the_interfaces)
{
	struct house *h = house_new("no-ping\nbind-dynamic\ndhcp-range=192.0.2.10,192.0.2.20\n"
				    "dhcp-range=198.51.100.10,198.51.100.20\n");
	struct loop *l = h->stage->loop;
	unsigned i = sim_netif_add(l, "eth1", "198.51.100.1/24", "02:ff:00:00:00:01");
	struct dgram d = { .to = { addr_ip4(0xffffffff), DHCP4_SERVER_PORT }, .ifindex = i };
	struct sim_sent sent;

	sim_run_for(l, 0);
	d.data = stage_packet(h->stage, mac, HEX("350101"));
	CHECK(sim_deliver(l, &d));
	sim_run_for(l, 0);
	CHECK(sim_sent_next(l, &sent));
	CHECK_EQ(sent.d.ifindex, i);
	sim_netif_remove(l, i);
	sim_run_for(l, 0);
	CHECK(!sim_deliver(l, &d));
	house_free(h);
}

/* ---- the log ------------------------------------------------------------------- */

static char heard[8][200];
static size_t hearings;

static void hear(enum log_subsystem sub, enum log_level level, const char *text)
{
	(void)level;
	CHECK_EQ(sub, LOG_DHCP);
	snprintf(heard[hearings++ % 8], sizeof heard[0], "%s", text);
}

static void say(bool log_dhcp, bool quiet, struct event e)
{
	struct events events = { 0 };
	struct dhcp_log log;

	hearings = 0;
	log_set_sink(hear);
	dhcp_log_init(&log, &events);
	dhcp_log_set(&log, log_dhcp, quiet);
	e.interface = "eth0";
	e.xid = 77;
	hwaddr_parse(mac, &e.hw);
	events_publish(&events, &e);
	log_set_sink(NULL);
}

TEST(dhcp_log_lines_are_dnsmasqs)
{
	struct addr a = addr_ip4(0xc000020a);
	const struct { struct event e; const char *line; } rows[] = {
		{ { .kind = EVENT_DHCP_DISCOVER }, "DHCPDISCOVER(eth0) 02:00:00:00:00:01 " },
		{ { .kind = EVENT_DHCP_DISCOVER, .text = "no address available" },
		  "DHCPDISCOVER(eth0) 02:00:00:00:00:01 no address available" },
		{ { .kind = EVENT_DHCP_OFFER, .addr = a },
		  "DHCPOFFER(eth0) 192.0.2.10 02:00:00:00:00:01 " },
		{ { .kind = EVENT_DHCP_ACK, .addr = a, .name = "printer" },
		  "DHCPACK(eth0) 192.0.2.10 02:00:00:00:00:01 printer" },
		{ { .kind = EVENT_DHCP_NAK, .addr = a, .text = "wrong address" },
		  "DHCPNAK(eth0) 192.0.2.10 02:00:00:00:00:01 wrong address" },
		{ { .kind = EVENT_DHCP_WARNING, .text = "something" }, "something" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		say(false, false, rows[i].e);
		CHECK_EQ(hearings, 1);
		CHECK_TEXT(heard[0], rows[i].line);
	}
}

TEST(dhcp_log_is_quiet_or_detailed_as_asked)
{
	struct event routine = { .kind = EVENT_DHCP_DISCOVER };
	struct event trouble = { .kind = EVENT_DHCP_DISCOVER, .text = "ignored" };

	say(false, true, routine);
	CHECK_EQ(hearings, 0);
	say(false, true, trouble);
	CHECK_EQ(hearings, 1);
	say(true, true, routine);				/* log-dhcp beats quiet-dhcp */
	CHECK_EQ(hearings, 1);
	CHECK_TEXT(heard[0], "77 DHCPDISCOVER(eth0) 02:00:00:00:00:01 ");
	say(false, false, (struct event){ .kind = EVENT_TFTP_SENT, .name = "x" });
	CHECK_EQ(hearings, 0);
}

TEST(dhcp_log_counts_the_warnings_that_were_too_many)
{
	struct events events = { 0 };
	struct event e = { .kind = EVENT_DHCP_WARNING, .at = { 1000, 1800000000 }, .text = "odd" };
	struct dhcp_log log;

	hearings = 0;
	log_set_sink(hear);
	dhcp_log_init(&log, &events);
	for (int i = 0; i < 50; i++)
		events_publish(&events, &e);
	CHECK_EQ(hearings, 20);
	e.at.mono_ms += 1500;
	events_publish(&events, &e);
	CHECK_EQ(hearings, 22);
	CHECK_TEXT(heard[20 % 8], "30 warnings like the next were left out");
	CHECK_TEXT(heard[21 % 8], "odd");
	log_set_sink(NULL);
}

/* From so many clients at once, each for an address of its own. */
static void many_ask(struct house *h, unsigned from, unsigned n)
{
	for (unsigned i = from; i < from + n; i++) {
		uint8_t options[] = { 53, 1, 3, 54, 4, 10, 0, 0, 1, 50, 4, 10, 0,
				      (uint8_t)(1 + (i >> 8)), (uint8_t)i };
		char text[32];

		snprintf(text, sizeof text, "02:00:00:00:%02x:%02x", i >> 8, i & 255);
		deliver(h, stage_packet(h->stage, text, SPAN(options)));
	}
	sim_run_for(h->stage->loop, 0);
}

TEST(a_place_whose_packet_was_answered_serves_the_next)
{
	struct house *h = house_new("no-ping\ndhcp-range=10.0.0.10,10.0.255.250\n");
	struct stage *s = h->stage;

	sim_netif_addr(s->loop, loop_netif_named(s->loop, "eth0")->index, "10.0.0.1/16");
	leases_set_max(s->leases, 100000);
	leases_memory_answers(s->leases, 10, ST_OK);
	for (unsigned from = 0; from < 2 * DHCP_PARKED_MAX; from += 256) {
		many_ask(h, from, 256);
		CHECK_EQ(dhcp_server_parked(h->server), 256);
		sim_run_for(s->loop, 20);
	}
	CHECK_EQ(counted(h, COUNTER_DHCP_ACK), 2 * DHCP_PARKED_MAX);
	CHECK_EQ(counted(h, COUNTER_DHCP_PARKED_FULL), 0);
	house_free(h);
}

static bool has_tag(const struct lease_tags *t, const char *address, const char *tag)
{
	const struct tag_cond when = { .name = tag };
	struct addr a;

	must(addr_parse(address, &a));
	return lease_tags_match(t, &a, &when);
}

TEST(server_tells_the_tags_of_a_lease_until_it_ends)
{
	struct house *h = house_new("no-ping\ndhcp-authoritative\ndhcp-range=set:low,192.0.2.10,192.0.2.250\n"
				    "dhcp-vendorclass=set:phone,phone\n");
	struct lease_tags *tags = lease_tags_new();
	struct stage *s = h->stage;
	struct addr a;

	dhcp_server_set_tags(h->server, tags);
	must(addr_parse("192.0.2.20", &a));
	deliver(h, stage_packet(s, mac, HEX("350103 3204c0000214 3c0570686f6e65")));
	sim_run_for(s->loop, 1000);
	CHECK(has_tag(tags, "192.0.2.20", "phone") && has_tag(tags, "192.0.2.20", "low"));
	/* What is known already stays. */
	dhcp_server_recall_tags(h->server);
	CHECK(has_tag(tags, "192.0.2.20", "phone"));
	lease_tags_remove(tags, &a);
	dhcp_server_recall_tags(h->server);
	CHECK(has_tag(tags, "192.0.2.20", "low") && !has_tag(tags, "192.0.2.20", "phone"));
	leases_release(s->leases, &a, NULL);
	sim_run_for(s->loop, 1000);
	CHECK(!lease_tags_has(tags, &a));
	house_free(h);
	lease_tags_free(tags);
}
