/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "net/sim.h"
#include "test/test.h"

#define MAC "02:00:00:00:00:01"

struct bell {
	struct loop_timer timer;
	int64_t rang_ms[4];
	unsigned rings;
	int64_t again_ms;		/* >= 0: starts itself anew */
};

static void ring(struct loop_timer *t)
{
	struct bell *b = container_of(t, struct bell, timer);

	if (b->rings < COUNT_OF(b->rang_ms))
		b->rang_ms[b->rings] = loop_now(t->loop).mono_ms;
	if (++b->rings < COUNT_OF(b->rang_ms) && b->again_ms >= 0)
		timer_start(t->loop, t, b->again_ms);
}

static struct bell bell_of(int64_t again_ms)
{
	return (struct bell){ .timer.fire = ring, .again_ms = again_ms };
}

TEST(sim_time_is_that_of_the_timer_that_fires)
{
	struct loop *l = sim_new(1);
	struct bell late = bell_of(-1), soon = bell_of(50);
	int64_t start_ms = loop_now(l).mono_ms;

	timer_start(l, &late.timer, 120);
	timer_start(l, &soon.timer, 50);
	sim_run_for(l, 200);
	CHECK_EQ(soon.rang_ms[0] - start_ms, 50);
	CHECK_EQ(soon.rang_ms[1] - start_ms, 100);
	CHECK_EQ(late.rang_ms[0] - start_ms, 120);
	CHECK_EQ(loop_now(l).mono_ms - start_ms, 200);
	sim_free(l);
}

TEST(sim_starts_its_story_at_fixed_times_and_weeks_pass_at_once)
{
	struct loop *l = sim_new(1);

	CHECK_EQ(loop_now(l).mono_ms, 1000000);
	CHECK_EQ(loop_now(l).wall_s, 1800000000);
	sim_run_for(l, INT64_C(7) * 86400 * 1000);
	CHECK_EQ(loop_now(l).wall_s, 1800000000 + 7 * 86400);
	sim_jump_wall(l, -3600);
	CHECK_EQ(loop_now(l).wall_s, 1800000000 + 7 * 86400 - 3600);
	CHECK_EQ(loop_now(l).mono_ms, 1000000 + INT64_C(7) * 86400 * 1000);
	sim_free(l);
}

TEST(a_stopped_timer_does_not_fire_and_a_restarted_one_fires_once)
{
	struct loop *l = sim_new(1);
	struct bell stopped = bell_of(-1), moved = bell_of(-1);

	timer_stop(&stopped.timer);		/* not running: nothing happens */
	timer_start(l, &stopped.timer, 10);
	timer_start(l, &moved.timer, 10);
	timer_start(l, &moved.timer, 30);
	timer_stop(&stopped.timer);
	CHECK_EQ(stopped.timer.due_ms, 0);
	sim_run_for(l, 20);
	CHECK_EQ(moved.rings, 0);
	sim_run_for(l, 20);
	CHECK_EQ(stopped.rings, 0);
	CHECK_EQ(moved.rings, 1);
	sim_free(l);
}

struct letter {
	struct loop_timer timer;
	char letter;
	char *at;
};

static void write_letter(struct loop_timer *t)
{
	struct letter *l = container_of(t, struct letter, timer);
	size_t end = strlen(l->at);

	l->at[end] = l->letter;
	l->at[end + 1] = '\0';
}

TEST(timers_of_one_moment_fire_in_the_order_they_were_started)
{
	struct loop *l = sim_new(1);
	char written[27] = "";
	struct letter letters[26];

	for (size_t i = 0; i < COUNT_OF(letters); i++) {
		letters[i] = (struct letter){ { .fire = write_letter }, (char)('a' + i), written };
		timer_start(l, &letters[i].timer, 5);
	}
	sim_run_for(l, 5);
	CHECK_TEXT(written, "abcdefghijklmnopqrstuvwxyz");
	sim_free(l);
}

struct note {
	struct loop_message message;
	char letter;
	char *at;
	struct loop *loop;
	struct note *then;		/* posted when this one runs */
};

static void read_note(struct loop_message *m)
{
	struct note *n = container_of(m, struct note, message);
	size_t end = strlen(n->at);

	n->at[end] = n->letter;
	n->at[end + 1] = '\0';
	if (n->then)
		loop_post(n->loop, &n->then->message);
}

TEST(messages_run_in_the_order_they_were_posted)
{
	struct loop *l = sim_new(1);
	char read[8] = "";
	struct note d = { { read_note, NULL }, 'd', read, l, NULL };
	struct note a = { { read_note, NULL }, 'a', read, l, &d };
	struct note b = { { read_note, NULL }, 'b', read, l, NULL };
	struct note c = { { read_note, NULL }, 'c', read, l, NULL };

	loop_post(l, &a.message);
	loop_post(l, &b.message);
	loop_post(l, &c.message);
	CHECK_TEXT(read, "");
	sim_run_for(l, 0);
	CHECK_TEXT(read, "abcd");
	sim_free(l);
}

/* ---- sockets --------------------------------------------------------- */

struct ear {
	struct udp udp;
	unsigned heard;
	char last[16];
};

static void hear(struct udp *u, const struct dgram *d)
{
	struct ear *e = container_of(u, struct ear, udp);

	e->heard++;
	memset(e->last, 0, sizeof e->last);
	memcpy(e->last, d->data.p, d->data.n < 15 ? d->data.n : 15);
}

static struct endpoint endpoint_of(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(addr_parse(addr, &e.addr));
	return e;
}

static enum status ear_open(struct loop *l, struct ear *e, const char *addr, const char *device,
			    bool share)
{
	*e = (struct ear){ .udp.receive = hear };
	return udp_open(l, &e->udp, &(struct udp_want){
		.at = endpoint_of(addr, 67), .device = device, .share = share });
}

TEST(a_datagram_goes_to_the_socket_that_fits_it_best)
{
	struct loop *l = sim_new(1);
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	unsigned eth1 = sim_netif_add(l, "eth1", "198.51.100.1/24", MAC);
	struct ear any, device, addr;
	struct { const char *to; unsigned ifindex; struct ear *want; } const rows[] = {
		{ "192.0.2.1", eth0, &addr },
		{ "255.255.255.255", eth0, &device },
		{ "255.255.255.255", eth1, &any },
		{ "198.51.100.1", eth1, &any },
	};

	CHECK_EQ(ear_open(l, &any, "0.0.0.0", NULL, true), ST_OK);
	CHECK_EQ(ear_open(l, &device, "0.0.0.0", "eth0", true), ST_OK);
	CHECK_EQ(ear_open(l, &addr, "192.0.2.1", NULL, true), ST_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		unsigned before = rows[i].want->heard;

		CHECK(sim_deliver(l, &(struct dgram){ .from = endpoint_of("192.0.2.9", 68),
			.to = endpoint_of(rows[i].to, 67), .ifindex = rows[i].ifindex,
			.data = span_text("hello") }));
		CHECK_EQ(rows[i].want->heard, before + 1);
		CHECK_TEXT(rows[i].want->last, "hello");
	}
	CHECK(!sim_deliver(l, &(struct dgram){ .to = endpoint_of("192.0.2.1", 69) }));
	udp_close(&addr.udp);
	udp_close(&addr.udp);
	CHECK(sim_deliver(l, &(struct dgram){ .to = endpoint_of("192.0.2.1", 67),
					      .ifindex = eth0, .data = span_text("x") }));
	CHECK_EQ(device.heard, 2);
	sim_free(l);
}

TEST(a_port_is_taken_unless_address_device_or_consent_keep_two_sockets_apart)
{
	struct loop *l = sim_new(1);
	struct { const char *addr, *device; bool share; enum status want; } const rows[] = {
		{ "0.0.0.0", NULL, false, ST_TAKEN },
		{ "0.0.0.0", NULL, true, ST_TAKEN },
		{ "192.0.2.1", NULL, false, ST_TAKEN },
		{ "0.0.0.0", "eth0", false, ST_TAKEN },
		{ "0.0.0.0", "eth1", false, ST_OK },
		{ "198.51.100.1", NULL, false, ST_OK },
		{ "::", NULL, false, ST_OK },
		{ "203.0.113.1", NULL, false, ST_UNKNOWN },
		{ "0.0.0.0", "eth9", false, ST_UNKNOWN },
	};

	sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	sim_netif_add(l, "eth1", "198.51.100.1/24", MAC);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct ear first, second;
		bool wild = strcmp(rows[i].addr, "198.51.100.1") != 0;

		CHECK_EQ(ear_open(l, &first, wild ? "0.0.0.0" : "192.0.2.1",
				  rows[i].device && rows[i].want == ST_OK ? "eth0" : NULL, false),
			 ST_OK);
		CHECK_EQ(ear_open(l, &second, rows[i].addr, rows[i].device, rows[i].share),
			 rows[i].want);
		udp_close(&second.udp);
		udp_close(&first.udp);
	}
	sim_free(l);
}

TEST(a_port_of_the_simulation_is_shared_from_when_its_socket_says_so)
{
	struct loop *l = sim_new(1);
	struct ear first, second;

	CHECK_EQ(ear_open(l, &first, "0.0.0.0", NULL, false), ST_OK);
	CHECK_EQ(ear_open(l, &second, "0.0.0.0", NULL, true), ST_TAKEN);
	udp_share(&first.udp, true);
	CHECK_EQ(ear_open(l, &second, "0.0.0.0", NULL, true), ST_OK);
	udp_drain(&first.udp);
	CHECK_EQ(first.heard, 0);
	udp_close(&second.udp);
	udp_close(&first.udp);
	sim_free(l);
}

TEST(port_zero_gets_a_free_port_and_the_same_one_for_the_same_seed)
{
	uint16_t port[2];

	for (size_t i = 0; i < 2; i++) {
		struct loop *l = sim_new(42);
		struct udp a = { .receive = hear }, b = a;
		const struct udp_want want = { .at = endpoint_of("0.0.0.0", 0) };

		CHECK_EQ(udp_open(l, &a, &want), ST_OK);
		CHECK_EQ(udp_open(l, &b, &want), ST_OK);
		CHECK(a.at.port != 0 && a.at.port != b.at.port);
		port[i] = a.at.port;
		sim_free(l);
	}
	CHECK_EQ(port[0], port[1]);
}

TEST(what_was_sent_is_read_back_oldest_first_with_its_time)
{
	struct loop *l = sim_new(1);
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	struct ear e;
	struct hwaddr client;
	struct sim_sent s;

	CHECK(hwaddr_parse("02:00:00:00:00:99", &client));
	CHECK_EQ(ear_open(l, &e, "0.0.0.0", "eth0", false), ST_OK);
	CHECK_EQ(udp_send(&e.udp, &(struct dgram){ .to = endpoint_of("192.0.2.9", 68),
						   .data = span_text("one") }), ST_OK);
	sim_run_for(l, 30);
	CHECK_EQ(frame_send(l, &(struct dgram){
		.from = endpoint_of("192.0.2.1", 67), .to = endpoint_of("192.0.2.9", 68),
		.ifindex = eth0, .data = span_text("two") }, &client), ST_OK);
	CHECK(sim_sent_next(l, &s));
	CHECK_BYTES(s.d.data, span_text("one"));
	CHECK_EQ(s.d.ifindex, eth0);
	CHECK_EQ(s.d.from.port, 67);
	CHECK_EQ(s.frame_to.len, 0);
	CHECK_EQ(s.at_ms, 1000000);
	CHECK(sim_sent_next(l, &s));
	CHECK_BYTES(s.d.data, span_text("two"));
	CHECK(hwaddr_eq(&s.frame_to, &client));
	CHECK_EQ(s.at_ms, 1000030);
	CHECK(!sim_sent_next(l, &s));
	CHECK_EQ(e.udp.sent, 1);
	sim_free(l);
}

TEST(sim_refuses_and_fails_what_it_is_told_to)
{
	struct loop *l = sim_new(1);
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	const struct dgram d = { .from = endpoint_of("192.0.2.1", 67),
				 .to = endpoint_of("192.0.2.9", 68), .ifindex = eth0 };
	const struct hwaddr hw = { 1, 6, { 2 } };
	struct hwaddr got;
	struct ear e;

	CHECK_EQ(ear_open(l, &e, "0.0.0.0", NULL, false), ST_OK);
	sim_fail_send(l, 2, ST_FULL);
	CHECK_EQ(udp_send(&e.udp, &d), ST_OK);
	CHECK_EQ(udp_send(&e.udp, &d), ST_FULL);
	CHECK_EQ(udp_send(&e.udp, &d), ST_OK);
	CHECK_EQ(udp_send(&e.udp, &(struct dgram){ .to = endpoint_of("::1", 68) }), ST_UNKNOWN);
	CHECK_EQ(e.udp.send_failed, 2);

	CHECK(frames_work(l));
	sim_refuse_frames(l, true);
	CHECK(!frames_work(l));
	CHECK_EQ(frame_send(l, &d, &hw), ST_REFUSED);

	sim_refuse_neighbours(l, true);
	CHECK_EQ(loop_neighbour_set(l, eth0, &d.to.addr, &hw), ST_REFUSED);
	sim_refuse_neighbours(l, false);
	CHECK(!loop_neighbour(l, eth0, &d.to.addr, &got));
	CHECK_EQ(loop_neighbour_set(l, eth0, &d.to.addr, &hw), ST_OK);
	CHECK(loop_neighbour(l, eth0, &d.to.addr, &got) && hwaddr_eq(&got, &hw));
	sim_free(l);
}

TEST(a_frame_larger_than_its_link_is_refused)
{
	struct loop *l = sim_new(1);
	static const uint8_t bytes[1500];
	struct dgram d = { .from = endpoint_of("192.0.2.1", 67), .to = endpoint_of("192.0.2.9", 68),
			   .ifindex = sim_netif_add(l, "eth0", NULL, MAC) };
	const struct hwaddr hw = { 1, 6, { 2 } };

	d.data = span_of(bytes, 1500 - FRAME_HEADERS);
	CHECK_EQ(frame_send(l, &d, &hw), ST_OK);
	d.data.n++;
	CHECK_EQ(frame_send(l, &d, &hw), ST_FULL);
	sim_free(l);
}

/* ---- interfaces and probes -------------------------------------------- */

struct listener {
	struct netif_watch watch;
	unsigned told;
};

static void count_change(struct netif_watch *w)
{
	container_of(w, struct listener, watch)->told++;
}

TEST(watchers_are_told_once_for_all_changes_of_a_turn)
{
	struct loop *l = sim_new(1);
	struct listener one = { .watch.changed = count_change }, two = one;
	unsigned eth0;

	netif_watch_start(l, &one.watch);
	netif_watch_start(l, &two.watch);
	eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	sim_netif_addr(l, eth0, "2001:db8::1/64");
	sim_run_for(l, 0);
	CHECK_EQ(one.told, 1);
	netif_watch_stop(l, &one.watch);
	sim_netif_addr(l, eth0, "2001:db8::1/64");	/* known already */
	sim_run_for(l, 0);
	CHECK_EQ(two.told, 1);
	sim_netif_remove(l, eth0);
	sim_run_for(l, 0);
	CHECK_EQ(one.told, 1);
	CHECK_EQ(two.told, 2);
	sim_free(l);
}

TEST(interfaces_are_found_by_index_and_by_name_with_all_their_addresses)
{
	struct loop *l = sim_new(1);
	const struct netif *n, *list;
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/25", MAC);

	sim_netif_add(l, "lo", "127.0.0.1/8", NULL);
	sim_netif_addr(l, eth0, "2001:db8::1/64");
	CHECK_EQ(loop_netifs(l, &list), 2);
	n = loop_netif_named(l, "eth0");
	CHECK(n && n == loop_netif(l, eth0) && n == &list[0]);
	CHECK_EQ(n->addrs, 2);
	CHECK_TEXT(addr_text(&n->addr[0].broadcast).s, "192.0.2.127");
	CHECK_TEXT(n->addr[0].label, "eth0");
	CHECK_EQ(n->addr[1].bits, 64);
	CHECK(loop_netif_named(l, "lo")->loopback);
	CHECK(!loop_netif_named(l, "eth1") && !loop_netif(l, 9));
	sim_free(l);
}

struct asker {
	struct probe probe;
	unsigned done;
	int64_t at_ms;
};

static void asked(struct probe *p)
{
	struct asker *a = container_of(p, struct asker, probe);

	a->done++;
	a->at_ms = loop_now(p->loop).mono_ms;
}

static struct asker asker_of(const char *addr, unsigned ifindex)
{
	return (struct asker){ .probe = { .done = asked, .addr = endpoint_of(addr, 0).addr,
					  .ifindex = ifindex } };
}

TEST(a_probe_finds_the_machine_that_has_the_address)
{
	struct loop *l = sim_new(1);
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", MAC);
	struct asker used = asker_of("192.0.2.7", eth0), unused = asker_of("192.0.2.8", eth0);
	struct asker relayed = asker_of("192.0.2.7", 0), nowhere = asker_of("192.0.2.7", 9);
	struct asker ended = asker_of("192.0.2.7", eth0), six = asker_of("2001:db8::7", eth0);

	sim_occupy(l, "192.0.2.7", "02:00:00:00:00:07");
	CHECK_EQ(probe_start(l, &used.probe, 500), ST_OK);
	CHECK_EQ(probe_start(l, &unused.probe, 500), ST_OK);
	CHECK_EQ(probe_start(l, &relayed.probe, 500), ST_OK);
	CHECK_EQ(probe_start(l, &nowhere.probe, 500), ST_OK);
	CHECK_EQ(probe_start(l, &ended.probe, 500), ST_OK);
	CHECK_EQ(probe_start(l, &six.probe, 500), ST_UNKNOWN);
	probe_stop(l, &ended.probe);
	probe_stop(l, &ended.probe);
	sim_run_for(l, 499);
	CHECK(used.done == 1 && used.probe.in_use && used.probe.sent);
	CHECK_TEXT(hwaddr_text(&used.probe.who).s, "02:00:00:00:00:07");
	CHECK_EQ(used.at_ms, 1000001);
	CHECK(relayed.done == 1 && relayed.probe.in_use && relayed.probe.who.len == 0);
	CHECK(nowhere.done == 1 && !nowhere.probe.in_use && !nowhere.probe.sent);
	CHECK_EQ(unused.done, 0);
	sim_run_for(l, 1);
	CHECK(unused.done == 1 && !unused.probe.in_use && unused.probe.sent);
	CHECK_EQ(ended.done, 0);
	CHECK_EQ(six.done, 0);
	sim_free(l);
}
