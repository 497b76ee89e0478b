/* SPDX-License-Identifier: ISC */
/* On the loopback of the machine that the tests run on; nothing here needs privileges. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "net/uv_loop.h"
#include "test/test.h"

static void stop_now(struct loop_timer *t)
{
	loop_stop(t->loop);
}

/* Runs the loop until somebody stops it, for at most this long. */
static void run_for(struct loop *l, int64_t ms)
{
	struct loop_timer end = { .fire = stop_now };

	timer_start(l, &end, ms);
	loop_run(l);
	timer_stop(&end);
}

static struct endpoint endpoint_of(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(addr_parse(addr, &e.addr));
	return e;
}

/* ---- time, messages, descriptors --------------------------------------- */

struct tick {
	struct loop_timer timer;
	unsigned ticks, every_ms;
	int64_t last_ms;
};

static void tick(struct loop_timer *t)
{
	struct tick *k = container_of(t, struct tick, timer);

	k->ticks++;
	k->last_ms = loop_now(t->loop).mono_ms;
	if (k->ticks < 3)
		timer_start(t->loop, t, k->every_ms);
	else
		loop_stop(t->loop);
}

TEST(the_programs_timers_fire_after_their_time_and_no_earlier)
{
	struct loop *l;
	struct tick k = { .timer.fire = tick, .every_ms = 20 };
	int64_t start_ms;

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	start_ms = loop_now(l).mono_ms;
	timer_start(l, &k.timer, 20);
	run_for(l, 5000);
	CHECK_EQ(k.ticks, 3);
	CHECK(k.last_ms - start_ms >= 60);
	CHECK(k.last_ms - start_ms < 2000);
	loop_free(l);
}

TEST(the_programs_timer_of_no_time_fires_in_the_next_turn)
{
	struct loop *l;
	struct tick k = { .timer.fire = tick };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	timer_start(l, &k.timer, 0);
	run_for(l, 5000);
	CHECK_EQ(k.ticks, 3);
	loop_free(l);
}

#define POSTS 1000

struct post {
	struct loop_message message;
	unsigned number;
	struct mailbox *box;
};

struct mailbox {
	struct loop *loop;
	unsigned expected, out_of_order;
	struct post post[POSTS];
};

static void arrive(struct loop_message *m)
{
	struct post *p = container_of(m, struct post, message);

	p->box->out_of_order += p->number != p->box->expected;
	if (++p->box->expected == POSTS)
		loop_stop(p->box->loop);
}

static void *post_all(void *arg)
{
	struct mailbox *box = arg;

	for (unsigned i = 0; i < POSTS; i++) {
		box->post[i] = (struct post){ { arrive, NULL }, i, box };
		loop_post(box->loop, &box->post[i].message);
	}
	return NULL;
}

TEST(messages_of_another_thread_arrive_each_once_and_in_order)
{
	static struct mailbox box;
	pthread_t thread;

	CHECK_EQ(loop_new(&box.loop, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(pthread_create(&thread, NULL, post_all, &box), 0);
	run_for(box.loop, 10000);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	CHECK_EQ(box.expected, POSTS);
	CHECK_EQ(box.out_of_order, 0);
	loop_free(box.loop);
}

struct pipe_reader {
	struct loop_watch watch;
	char read[8];
	unsigned times;
};

static void read_pipe(struct loop_watch *w)
{
	struct pipe_reader *p = container_of(w, struct pipe_reader, watch);

	CHECK_EQ(read(w->fd, p->read, sizeof p->read), 2);
	p->times++;
	loop_stop(w->loop);
}

TEST(a_watch_tells_of_bytes_until_it_is_stopped)
{
	struct loop *l;
	struct pipe_reader p = { .watch.ready = read_pipe };
	int fd[2];

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(pipe(fd), 0);
	CHECK_EQ(watch_start(l, &p.watch, fd[0]), ST_OK);
	CHECK_EQ(write(fd[1], "hi", 2), 2);
	run_for(l, 5000);
	CHECK_TEXT(p.read, "hi");
	watch_stop(&p.watch);
	watch_stop(&p.watch);
	CHECK_EQ(write(fd[1], "ho", 2), 2);
	run_for(l, 20);
	CHECK_EQ(p.times, 1);
	close(fd[0]);
	close(fd[1]);
	CHECK_EQ(watch_start(l, &p.watch, fd[0]), ST_SYSTEM);	/* closed: it cannot be watched */
	loop_free(l);
}

/* ---- UDP ------------------------------------------------------------------ */

struct catcher {
	struct udp udp;
	unsigned want, close_after;
	struct dgram last;
	char text[16];
};

static void catch(struct udp *u, const struct dgram *d)
{
	struct catcher *c = container_of(u, struct catcher, udp);

	c->last = *d;
	memset(c->text, 0, sizeof c->text);
	memcpy(c->text, d->data.p, d->data.n < 15 ? d->data.n : 15);
	if (u->received == c->want)
		loop_stop(u->loop);
	if (u->received == c->close_after)
		udp_close(u);
}

TEST(a_datagram_arrives_with_its_source_its_destination_and_its_interface)
{
	static const struct { const char *bound, *to; } rows[] = {
		{ "0.0.0.0", "127.0.0.1" }, { "127.0.0.5", "127.0.0.5" },
		{ "::", "::1" }, { "::1", "::1" },
	};
	struct loop *l;

	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct catcher in = { .udp.receive = catch, .want = 1 }, out = in;
		const struct netif *lo = loop_netif_named(l, "lo");
		enum status s = udp_open(l, &in.udp, &(struct udp_want){
			.at = endpoint_of(rows[i].bound, 0) });

		if (s == ST_UNKNOWN && strchr(rows[i].bound, ':'))
			continue;		/* a machine without IPv6 */
		CHECK_EQ(s, ST_OK);
		CHECK_EQ(udp_open(l, &out.udp, &(struct udp_want){
			.at = endpoint_of(rows[i].to, 0) }), ST_OK);
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){
			.to = endpoint_of(rows[i].to, in.udp.at.port),
			.data = span_text("hello") }), ST_OK);
		run_for(l, 5000);
		CHECK_TEXT(in.text, "hello");
		CHECK_TEXT(addr_text(&in.last.to.addr).s, rows[i].to);
		CHECK_EQ(in.last.to.port, in.udp.at.port);
		CHECK_TEXT(addr_text(&in.last.from.addr).s, rows[i].to);
		CHECK_EQ(in.last.from.port, out.udp.at.port);
		CHECK(lo && in.last.ifindex == lo->index);
		CHECK_EQ(in.udp.received, 1);
		CHECK_EQ(out.udp.sent, 1);
		udp_close(&in.udp);
		udp_close(&out.udp);
	}
	loop_free(l);
}

TEST(a_socket_without_packet_information_has_its_own_address_for_all_that_comes)
{
	struct loop *l;
	struct catcher in = { .udp.receive = catch, .want = 1 };
	const struct udp_want want = { .at = endpoint_of("0.0.0.0", 0), .no_pktinfo = true };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &want), ST_OK);
	CHECK_EQ(udp_send(&in.udp, &(struct dgram){
		.to = endpoint_of("127.0.0.1", in.udp.at.port), .data = span_text("x") }), ST_OK);
	run_for(l, 5000);
	CHECK_TEXT(in.text, "x");
	CHECK_TEXT(addr_text(&in.last.to.addr).s, "0.0.0.0");
	CHECK_EQ(in.last.to.port, in.udp.at.port);
	CHECK_EQ(in.last.ifindex, 0);
	udp_close(&in.udp);
	loop_free(l);
}

TEST(a_datagram_leaves_with_the_source_it_was_given)
{
	struct loop *l;
	struct catcher in = { .udp.receive = catch, .want = 1 }, out = in;

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &(struct udp_want){ .at = endpoint_of("127.0.0.1", 0) }),
		 ST_OK);
	CHECK_EQ(udp_open(l, &out.udp, &(struct udp_want){ .at = endpoint_of("0.0.0.0", 0) }),
		 ST_OK);
	CHECK_EQ(udp_send(&out.udp, &(struct dgram){
		.from = endpoint_of("127.0.0.9", 0), .ifindex = 1,
		.to = endpoint_of("127.0.0.1", in.udp.at.port), .data = span_text("x") }), ST_OK);
	run_for(l, 5000);
	CHECK_TEXT(addr_text(&in.last.from.addr).s, "127.0.0.9");
	CHECK_EQ(in.last.from.port, out.udp.at.port);
	udp_close(&in.udp);
	udp_close(&out.udp);
	loop_free(l);
}

TEST(many_datagrams_come_in_batches_and_a_receiver_may_close_in_their_middle)
{
	struct loop *l;
	struct catcher in = { .udp.receive = catch, .want = 40 };
	struct catcher quits = { .udp.receive = catch, .close_after = 5 }, out;
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &quits.udp, &want), ST_OK);
	out = (struct catcher){ .udp.receive = catch };
	CHECK_EQ(udp_open(l, &out.udp, &want), ST_OK);
	for (unsigned i = 0; i < 40; i++) {
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = quits.udp.at,
							     .data = span_text("q") }), ST_OK);
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = in.udp.at,
							     .data = span_text("i") }), ST_OK);
	}
	run_for(l, 5000);
	CHECK_EQ(in.udp.received, 40);
	CHECK(in.udp.batch > 2);
	for (in.want = 41; in.want <= 73; in.want++) {
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = in.udp.at,
							     .data = span_text("i") }), ST_OK);
		run_for(l, 5000);
		CHECK(in.udp.batch <= 2);	/* as they come one by one */
	}
	CHECK_EQ(in.udp.received, 73);
	CHECK_EQ(quits.udp.received, 5);
	CHECK(quits.udp.loop == NULL && quits.udp.fd == -1);
	udp_close(&in.udp);
	udp_close(&out.udp);
	loop_free(l);
}

struct burst {
	struct loop_timer timer;
	struct udp udp;
	struct endpoint to;
};

#define BURST 70			/* more than wait at a time */

/* A few that wait, one that cannot leave and one too long to wait; then it is closed. */
static void burst(struct loop_timer *t)
{
	static const uint8_t bytes[2000];
	struct burst *b = container_of(t, struct burst, timer);
	const struct endpoint nowhere = { b->to.addr, 0 };

	for (unsigned i = 0; i < BURST; i++) {
		const struct dgram d = { .to = i == BURST / 2 ? nowhere : b->to,
					 .data = span_of(bytes, i == 3 ? sizeof bytes : 1 + i) };

		CHECK_EQ(udp_send(&b->udp, &d), ST_OK);
	}
	udp_close(&b->udp);
}

TEST(what_is_gathered_leaves_before_its_socket_closes_and_passes_over_what_cannot)
{
	struct loop *l;
	struct catcher in = { .udp.receive = catch, .want = BURST - 1 };
	struct burst b = { .timer.fire = burst, .udp = { .receive = catch, .gather = true } };
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &b.udp, &want), ST_OK);
	b.to = in.udp.at;
	timer_start(l, &b.timer, 0);
	run_for(l, 5000);
	CHECK_EQ(in.udp.received, BURST - 1);
	CHECK_EQ(in.last.data.n, BURST);
	CHECK_EQ(b.udp.sent, BURST);
	CHECK_EQ(b.udp.send_failed, 1);
	udp_close(&in.udp);
	loop_free(l);
}

/* Answers what it gets with what it got, to its sender. */
static void answer(struct udp *u, const struct dgram *d)
{
	CHECK_EQ(udp_send(u, &(struct dgram){ .to = d->from, .data = d->data }), ST_OK);
}

TEST(what_is_gathered_in_a_turn_leaves_at_its_end)
{
	struct loop *l;
	struct catcher asks = { .udp.receive = catch, .want = 40 };
	struct udp answers = { .receive = answer, .gather = true };
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &asks.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &answers, &want), ST_OK);
	for (uint8_t i = 1; i <= 40; i++)
		CHECK_EQ(udp_send(&asks.udp, &(struct dgram){ .to = answers.at,
							      .data = span_of(&i, 1) }), ST_OK);
	run_for(l, 5000);
	CHECK_EQ(asks.udp.received, 40);
	CHECK_EQ(asks.text[0], 40);
	CHECK_EQ(answers.send_failed, 0);
	udp_close(&asks.udp);
	udp_close(&answers);
	loop_free(l);
}

static unsigned batches;

static void count_batch(struct udp *u)
{
	(void)u;
	batches++;
}

/* Who asks, who answers, and what of the answers was seen when the teller was called first. */
static struct catcher *asker;
static const struct udp *answerer;
static bool told, seen_untold;

static void tell_before(void)
{
	uint8_t byte;

	if (told || answerer->received == 0)
		return;
	told = true;
	seen_untold = recv(asker->udp.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

TEST(whoever_tells_is_called_before_what_was_gathered_leaves)
{
	struct loop *l;
	struct catcher asks = { .udp.receive = catch, .want = 8 };
	struct udp answers = { .receive = answer, .received_all = count_batch, .gather = true };
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	loop_set_before(l, tell_before);
	CHECK_EQ(udp_open(l, &asks.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &answers, &want), ST_OK);
	asker = &asks;
	answerer = &answers;
	told = seen_untold = false;
	for (uint8_t i = 1; i <= 8; i++)
		CHECK_EQ(udp_send(&asks.udp, &(struct dgram){ .to = answers.at,
							      .data = span_of(&i, 1) }), ST_OK);
	run_for(l, 5000);
	CHECK_EQ(asks.udp.received, 8);
	CHECK(told);
	CHECK(!seen_untold);
	udp_close(&asks.udp);
	udp_close(&answers);
	loop_free(l);
}

TEST(who_answers_all_together_is_told_when_all_of_a_batch_are_there)
{
	struct loop *l;
	struct catcher in = { .udp = { .receive = catch, .received_all = count_batch }, .want = 40 };
	struct catcher out = { .udp.receive = catch };
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	batches = 0;
	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &out.udp, &want), ST_OK);
	for (unsigned i = 0; i < 40; i++)
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = in.udp.at,
							     .data = span_text("i") }), ST_OK);
	run_for(l, 5000);
	CHECK_EQ(in.udp.received, 40);
	CHECK_EQ(batches, 2);		/* 32, and the rest */
	udp_close(&in.udp);
	udp_close(&out.udp);
	loop_free(l);
}

TEST(a_datagram_too_long_to_be_ours_is_dropped_and_counted)
{
	struct loop *l;
	static const uint8_t bytes[DGRAM_MAX + 1];
	struct catcher in = { .udp.receive = catch, .want = 1 }, out = in;
	const struct udp_want want = { .at = endpoint_of("127.0.0.1", 0) };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &want), ST_OK);
	CHECK_EQ(udp_open(l, &out.udp, &want), ST_OK);
	CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = in.udp.at,
						     .data = SPAN(bytes) }), ST_OK);
	CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = in.udp.at,
						     .data = span_of(bytes, DGRAM_MAX) }), ST_OK);
	run_for(l, 5000);
	CHECK_EQ(in.udp.too_long, 1);
	CHECK_EQ(in.udp.received, 1);
	CHECK_EQ(in.last.data.n, DGRAM_MAX);
	udp_close(&in.udp);
	udp_close(&out.udp);
	loop_free(l);
}

TEST(a_port_that_anybody_has_is_taken_unless_both_share_it)
{
	struct loop *l;
	struct { bool first_shares, second_shares; enum status want; } const rows[] = {
		{ false, false, ST_TAKEN }, { true, false, ST_TAKEN },
		{ false, true, ST_TAKEN }, { true, true, ST_OK },
	};

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct udp first = { .receive = catch }, second = first;

		CHECK_EQ(udp_open(l, &first, &(struct udp_want){
			.at = endpoint_of("127.0.0.1", 0), .share = rows[i].first_shares }), ST_OK);
		CHECK_EQ(udp_open(l, &second, &(struct udp_want){
			.at = first.at, .share = rows[i].second_shares }), rows[i].want);
		udp_close(&second);
		udp_close(&first);
	}
	loop_free(l);
}

/* As when one socket takes the place of another: nothing is lost, and then nobody may join. */
TEST(a_socket_that_goes_lets_its_heir_in_and_is_read_to_its_end)
{
	struct loop *l;
	struct catcher old = { .udp.receive = catch }, heir = old, other = old, out = old;
	const struct udp_want any = { .at = endpoint_of("127.0.0.1", 0) };
	struct udp_want same = { .share = true };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &old.udp, &any), ST_OK);
	CHECK_EQ(udp_open(l, &out.udp, &any), ST_OK);
	same.at = old.udp.at;
	for (unsigned i = 0; i < 100; i++)
		CHECK_EQ(udp_send(&out.udp, &(struct dgram){ .to = same.at,
							     .data = span_text("x") }), ST_OK);
	CHECK_EQ(udp_open(l, &heir.udp, &same), ST_TAKEN);
	udp_share(&old.udp, true);
	CHECK_EQ(udp_open(l, &heir.udp, &same), ST_OK);
	udp_drain(&old.udp);
	CHECK_EQ(old.udp.received, 100);
	udp_close(&old.udp);
	udp_drain(&old.udp);			/* nothing more to read: no harm */
	udp_share(&heir.udp, false);
	CHECK_EQ(udp_open(l, &other.udp, &same), ST_TAKEN);
	udp_close(&heir.udp);
	udp_close(&out.udp);
	loop_free(l);
}

TEST(what_cannot_be_opened_says_why)
{
	struct loop *l;
	struct udp u = { .receive = catch };
	struct { struct udp_want want; enum status status; } const rows[] = {
		{ { .at = endpoint_of("192.0.2.77", 0) }, ST_UNKNOWN },
		{ { .at = endpoint_of("0.0.0.0", 0), .device = "no-such-if" }, ST_UNKNOWN },
		{ { .fd = 9999 }, ST_SYSTEM },
	};

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		CHECK_EQ(udp_open(l, &u, &rows[i].want), rows[i].status);
		CHECK(u.loop == NULL);
	}
	CHECK(!frames_work(l));
	CHECK_EQ(frame_send(l, &(struct dgram){ .from = rows[0].want.at, .to = rows[0].want.at },
			    &(struct hwaddr){ .len = 6 }), ST_REFUSED);
	CHECK_EQ(loop_neighbour_set(l, 1, &rows[0].want.at.addr, &(struct hwaddr){ .len = 6 }),
		 ST_REFUSED);
	loop_free(l);
}

TEST(a_socket_that_is_handed_over_is_read_and_closed_by_the_loop)
{
	struct loop *l;
	struct catcher in = { .udp.receive = catch, .want = 1 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	CHECK_EQ(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &in.udp, &(struct udp_want){ .fd = fd }), ST_OK);
	CHECK_EQ(udp_send(&in.udp, &(struct dgram){ .to = in.udp.at, .data = span_text("me") }),
		 ST_OK);
	run_for(l, 5000);
	CHECK_TEXT(in.text, "me");
	CHECK_TEXT(addr_text(&in.last.to.addr).s, "127.0.0.1");
	udp_close(&in.udp);
	CHECK(close(fd) != 0);
	loop_free(l);
}
