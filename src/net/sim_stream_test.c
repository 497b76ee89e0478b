/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "net/sim.h"
#include "test/test.h"

/* The engine's side, and what it was told: a letter a callback. */
struct side {
	struct stream stream;
	char told[32], bytes[32];
	size_t n;
	enum status how;
	char close_on;
};

struct post {
	struct stream_listener listener;
	struct side *next;
	bool unlistens;
};

static struct endpoint at(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(addr_parse(addr, &e.addr));
	return e;
}

static void tell(struct stream *s, char what)
{
	struct side *k = container_of(s, struct side, stream);

	k->told[strlen(k->told)] = what;
	if (k->close_on != what)
		return;
	stream_close(s);
	free(k);
}

static void on_connected(struct stream *s, enum status how)
{
	container_of(s, struct side, stream)->how = how;
	tell(s, how == ST_OK ? 'c' : 'f');
}

static void on_received(struct stream *s, struct span data)
{
	struct side *k = container_of(s, struct side, stream);

	must(k->n + data.n <= sizeof k->bytes);
	memcpy(k->bytes + k->n, data.p, data.n);
	k->n += data.n;
	tell(s, 'r');
}

static void on_sent(struct stream *s)
{
	tell(s, 's');
}

static void on_ended(struct stream *s)
{
	tell(s, 'e');
}

static void on_closed(struct stream *s)
{
	tell(s, 'x');
}

static struct side *side_new(void)
{
	struct side *k = calloc(1, sizeof *k);

	must(k != NULL);
	k->stream.connected = on_connected;
	k->stream.received = on_received;
	k->stream.sent = on_sent;
	k->stream.closed = on_closed;
	return k;
}

static void side_free(struct side *k)
{
	stream_close(&k->stream);
	free(k);
}

static void on_arrived(struct stream_listener *l)
{
	struct post *p = container_of(l, struct post, listener);

	if (p->next)
		CHECK_EQ(stream_take(l, &p->next->stream), ST_OK);
	if (p->unlistens)
		stream_unlisten(l);
}

static enum status post_open(struct loop *l, struct post *p, const char *addr, const char *device)
{
	const struct stream_want want = { .at = at(addr, 53), .device = device };

	p->listener.arrived = on_arrived;
	return stream_listen(l, &p->listener, &want);
}

static struct sim_peer *peer_of(struct loop *l, struct side *k, enum status how)
{
	const struct stream_want want = { .at = at("192.0.2.99", 53) };
	struct endpoint to, from;
	struct sim_peer *p;

	CHECK_EQ(stream_connect(l, &k->stream, &want), ST_OK);
	p = sim_peer_next(l, &to, &from);
	must(p != NULL);
	CHECK_TEXT(addr_text(&to.addr).s, "192.0.2.99");
	CHECK_EQ(to.port, 53);
	CHECK(from.port != 0);
	CHECK(!sim_peer_next(l, &to, &from));
	sim_peer_answer(p, how);
	sim_run_for(l, 0);
	return p;
}

TEST(in_the_simulation_a_connection_is_taken_and_bytes_go_both_ways)
{
	const struct endpoint from = at("192.0.2.50", 4000), to = at("192.0.2.1", 53);
	struct loop *l = sim_new(1);
	unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", NULL);
	struct side *k = side_new();
	struct post p = { .next = k };
	struct sim_peer *peer;

	CHECK_EQ(post_open(l, &p, "0.0.0.0", NULL), ST_OK);
	peer = sim_peer_connect(l, &to, &from, eth0);
	must(peer != NULL);
	CHECK_TEXT(addr_text(&k->stream.here.addr).s, "192.0.2.1");
	CHECK_TEXT(addr_text(&k->stream.there.addr).s, "192.0.2.50");
	CHECK_EQ(k->stream.there.port, 4000);
	CHECK_EQ(k->stream.ifindex, eth0);
	CHECK(sim_peer_send(peer, span_text("hello")));
	CHECK_BYTES(span_of(k->bytes, k->n), span_text("hello"));
	CHECK_EQ(stream_send(&k->stream, span_text("ab")), ST_OK);
	CHECK_EQ(stream_send(&k->stream, span_text("c")), ST_OK);
	CHECK_EQ(sim_peer_sent(peer).n, 0);
	sim_run_for(l, 0);
	CHECK_BYTES(sim_peer_sent(peer), span_text("abc"));
	CHECK_EQ(sim_peer_sent(peer).n, 0);
	CHECK_TEXT(k->told, "rs");
	stream_unlisten(&p.listener);
	CHECK(sim_peer_is_open(peer));
	side_free(k);
	CHECK(!sim_peer_is_open(peer));
	CHECK(!sim_peer_send(peer, span_text("x")));
	sim_free(l);
}

TEST(in_the_simulation_a_listener_hears_its_own_address_and_device_alone)
{
	static const struct { const char *addr, *device; const char *to; bool in; } rows[] = {
		{ "0.0.0.0", NULL, "192.0.2.1", true },
		{ "192.0.2.1", NULL, "192.0.2.1", true },
		{ "192.0.2.1", NULL, "198.51.100.1", false },
		{ "0.0.0.0", "eth0", "192.0.2.1", true },
		{ "0.0.0.0", "eth1", "192.0.2.1", false },	/* it comes in on eth0 */
		{ "::", NULL, "192.0.2.1", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct endpoint from = at("192.0.2.50", 4000), to = at(rows[i].to, 53);
		struct loop *l = sim_new(1);
		unsigned eth0 = sim_netif_add(l, "eth0", "192.0.2.1/24", NULL);
		struct side *k = side_new();
		struct post p = { .next = k }, q = { 0 };

		sim_netif_add(l, "eth1", "198.51.100.1/24", NULL);
		CHECK_EQ(post_open(l, &p, rows[i].addr, rows[i].device), ST_OK);
		CHECK_EQ(post_open(l, &q, rows[i].addr, rows[i].device), ST_TAKEN);
		CHECK_EQ(post_open(l, &q, "203.0.113.1", NULL), ST_UNKNOWN);
		CHECK_EQ(!!sim_peer_connect(l, &to, &from, eth0), rows[i].in);
		CHECK_EQ(!!k->stream.loop, rows[i].in);
		side_free(k);
		sim_free(l);
	}
}

TEST(in_the_simulation_what_nobody_takes_is_no_connection)
{
	const struct endpoint from = at("127.0.0.1", 4000), to = at("127.0.0.1", 53);
	struct loop *l = sim_new(1);
	struct side *k = side_new();
	struct post p = { 0 };

	CHECK_EQ(post_open(l, &p, "127.0.0.1", NULL), ST_OK);
	CHECK(!sim_peer_connect(l, &to, &from, 0));
	CHECK_EQ(stream_take(&p.listener, &k->stream), ST_UNKNOWN);
	p.unlistens = true;
	p.next = k;
	CHECK(sim_peer_connect(l, &to, &from, 0) != NULL);	/* taken, though the listener ends */
	CHECK(!sim_peer_connect(l, &to, &from, 0));
	side_free(k);
	sim_free(l);
}

TEST(in_the_simulation_the_other_side_answers_a_connection)
{
	static const struct { enum status how; const char *told; } rows[] = {
		{ ST_OK, "cs" }, { ST_UNKNOWN, "f" }, { ST_TIMEOUT, "f" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct loop *l = sim_new(1);
		struct side *k = side_new();
		struct endpoint to, from;
		struct sim_peer *peer;

		CHECK_EQ(stream_connect(l, &k->stream, &(struct stream_want){
			.at = at("192.0.2.99", 53), .from = at("203.0.113.1", 0) }), ST_UNKNOWN);
		CHECK_EQ(stream_connect(l, &k->stream, &(struct stream_want){
			.at = at("192.0.2.99", 53) }), ST_OK);
		CHECK_EQ(stream_send(&k->stream, span_text("early")), ST_OK);
		sim_run_for(l, 60000);
		CHECK_TEXT(k->told, "");
		peer = sim_peer_next(l, &to, &from);
		must(peer != NULL);
		sim_peer_answer(peer, rows[i].how);
		CHECK_TEXT(k->told, "");
		sim_run_for(l, 0);
		CHECK_TEXT(k->told, rows[i].told);
		CHECK_EQ(k->how, rows[i].how);
		CHECK_EQ(!!k->stream.loop, rows[i].how == ST_OK);
		CHECK_BYTES(sim_peer_sent(peer), span_text(rows[i].how == ST_OK ? "early" : ""));
		side_free(k);
		sim_free(l);
	}
}

TEST(in_the_simulation_a_side_that_does_not_read_makes_the_other_wait)
{
	struct loop *l = sim_new(1);
	struct side *k = side_new();
	struct sim_peer *peer;

	k->stream.send_max = 10;
	peer = peer_of(l, k, ST_OK);
	sim_peer_stall(peer, 3);
	CHECK_EQ(stream_send(&k->stream, span_text("0123456789")), ST_OK);
	sim_run_for(l, 10);
	CHECK_BYTES(sim_peer_sent(peer), span_text("012"));
	CHECK_EQ(stream_room(&k->stream), 3);
	CHECK_EQ(stream_send(&k->stream, span_text("abcd")), ST_FULL);
	CHECK_TEXT(k->told, "c");
	stream_finish(&k->stream);
	sim_run_for(l, 10);
	CHECK(sim_peer_is_open(peer));
	sim_peer_read_on(peer);
	sim_run_for(l, 0);
	CHECK_BYTES(sim_peer_sent(peer), span_text("3456789"));
	CHECK_TEXT(k->told, "cx");
	CHECK(!sim_peer_is_open(peer));
	side_free(k);
	sim_free(l);
}

TEST(in_the_simulation_the_other_side_ends_or_is_gone)
{
	for (int wants_end = 0; wants_end < 2; wants_end++) {
		struct loop *l = sim_new(1);
		struct side *k = side_new();
		struct sim_peer *peer = peer_of(l, k, ST_OK);

		k->stream.ended = wants_end ? on_ended : NULL;
		sim_peer_end(peer);
		CHECK_TEXT(k->told, wants_end ? "ce" : "cx");
		CHECK_EQ(sim_peer_is_open(peer), wants_end);
		sim_peer_reset(peer);
		CHECK_TEXT(k->told, wants_end ? "cex" : "cx");
		sim_peer_reset(peer);
		side_free(k);
		sim_free(l);
	}
}

TEST(in_the_simulation_a_stream_may_be_freed_within_each_of_its_callbacks)
{
	static const char letters[] = "cfrsex";

	for (size_t i = 0; letters[i]; i++) {
		struct loop *l = sim_new(1);
		struct side *k = side_new();
		struct sim_peer *peer;

		k->close_on = letters[i];
		k->stream.ended = letters[i] == 'e' ? on_ended : NULL;
		peer = peer_of(l, k, letters[i] == 'f' ? ST_UNKNOWN : ST_OK);
		if (letters[i] == 's')
			CHECK_EQ(stream_send(&k->stream, span_text("x")), ST_OK);
		sim_run_for(l, 0);
		if (letters[i] == 'r')
			sim_peer_send(peer, span_text("x"));
		if (strchr("ex", letters[i]))
			sim_peer_end(peer);
		CHECK(!sim_peer_is_open(peer));
		sim_free(l);
	}
}

TEST(in_the_simulation_streams_that_nobody_closed_end_with_it)
{
	struct loop *l = sim_new(1);
	struct side *k = side_new();
	struct post p = { 0 };

	CHECK_EQ(post_open(l, &p, "127.0.0.1", NULL), ST_OK);
	peer_of(l, k, ST_OK);
	CHECK_EQ(stream_send(&k->stream, span_text("x")), ST_OK);
	sim_free(l);
	free(k);
}
