/* SPDX-License-Identifier: ISC */
/* Streams of the program's loop, on loopback; the other side is one of them, or a bare socket. */
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/must.h"
#include "net/own_network_test.h"
#include "net/sockaddr.h"
#include "net/stream.h"
#include "net/uv_loop.h"
#include "test/test.h"

#define PATIENCE_MS 10000

/* One side of a connection, and what it was told: a letter a callback. */
struct side {
	struct stream stream;
	char told[64];
	uint8_t *bytes;			/* malloc */
	size_t n;
	enum status how;
	bool done, answers;
	char close_on, finish_on;	/* the letter */
	bool *gone;			/* freed by its own callback */
};

struct post {
	struct stream_listener listener;
	struct side *next;		/* who takes what arrives */
	unsigned arrived;
	bool done, takes_not, unlistens, closes;
};

static struct endpoint endpoint_at(const char *addr, uint16_t port)
{
	struct endpoint e = { .port = port };

	must(addr_parse(addr, &e.addr));
	return e;
}

static void side_free(struct side *k)
{
	stream_close(&k->stream);
	free(k->bytes);
	if (k->gone)
		*k->gone = true;
	free(k);
}

static void tell(struct side *k, char what)
{
	size_t n = strlen(k->told);

	if (n + 1 < sizeof k->told && (n == 0 || k->told[n - 1] != what || what != 'r'))
		k->told[n] = what;
	k->done = true;
	if (k->finish_on == what)
		stream_finish(&k->stream);
	if (k->close_on == what)
		side_free(k);
}

static struct side *side_of(struct stream *s)
{
	return container_of(s, struct side, stream);
}

static void on_connected(struct stream *s, enum status how)
{
	side_of(s)->how = how;
	tell(side_of(s), how == ST_OK ? 'c' : 'f');
}

static void on_received(struct stream *s, struct span data)
{
	struct side *k = side_of(s);

	k->bytes = realloc(k->bytes, k->n + data.n);
	must(k->bytes != NULL);
	memcpy(k->bytes + k->n, data.p, data.n);
	k->n += data.n;
	if (k->answers)
		CHECK_EQ(stream_send(s, data), ST_OK);
	tell(k, 'r');
}

static void on_sent(struct stream *s)
{
	tell(side_of(s), 's');
}

static void on_ended(struct stream *s)
{
	tell(side_of(s), 'e');
}

static void on_closed(struct stream *s)
{
	CHECK(!s->loop);
	tell(side_of(s), 'x');
}

static struct side *side_new(void)
{
	struct side *k = calloc(1, sizeof *k);

	must(k != NULL);
	k->stream.connected = on_connected;
	k->stream.received = on_received;
	k->stream.closed = on_closed;
	return k;
}

static void on_arrived(struct stream_listener *l)
{
	struct post *p = container_of(l, struct post, listener);

	p->arrived++;
	p->done = true;
	if (p->next && !p->takes_not) {
		CHECK_EQ(stream_take(l, &p->next->stream), ST_OK);
		CHECK_EQ(stream_take(l, &p->next->stream), ST_UNKNOWN);
		if (p->closes)
			side_free(p->next);
		p->next = NULL;
	}
	if (p->unlistens)
		stream_unlisten(l);
}

static void post_open(struct loop *l, struct post *p, const char *addr)
{
	const struct stream_want want = { .at = endpoint_at(addr, 0) };

	p->listener.arrived = on_arrived;
	CHECK_EQ(stream_listen(l, &p->listener, &want), ST_OK);
}

static void run_for(struct loop *l, int64_t ms)
{
	const bool never = false;

	run_until(l, &never, ms);
}

/* A bare socket, connected to the listener. */
static int bare_connect(const struct endpoint *to)
{
	union sockaddr_any at;
	socklen_t n = sockaddr_of(&at, to, 0);
	int fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	must(fd >= 0 && connect(fd, &at.any, n) == 0);
	return fd;
}

/* A listener, a side of ours that took a connection, and the bare socket at its other end. */
struct pair {
	struct loop *loop;
	struct post post;
	struct side *us;
	int fd;
};

static void pair_open_with(struct pair *p, size_t send_max)
{
	*p = (struct pair){ .us = side_new() };
	p->us->stream.send_max = send_max;
	CHECK_EQ(loop_new(&p->loop, UV_LOOP_ALONE), ST_OK);
	post_open(p->loop, &p->post, "127.0.0.1");
	p->post.next = p->us;
	p->fd = bare_connect(&p->post.listener.at);
	CHECK(run_until(p->loop, &p->post.done, PATIENCE_MS));
}

static void pair_open(struct pair *p)
{
	pair_open_with(p, 0);
}

static void pair_close(struct pair *p)
{
	if (p->us)
		side_free(p->us);
	if (p->fd >= 0)
		close(p->fd);
	stream_unlisten(&p->post.listener);
	stream_unlisten(&p->post.listener);
	loop_free(p->loop);
}

static void reset(int fd)
{
	const struct linger at_once = { 1, 0 };

	must(setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
	close(fd);
}

/* ---- bytes ---------------------------------------------------------------------------- */

TEST(a_connection_has_both_ends_and_its_interface_and_bytes_go_both_ways)
{
	static const struct { const char *bound, *to, *from; } rows[] = {
		{ "0.0.0.0", "127.0.0.1", "127.0.0.9" }, { "127.0.0.5", "127.0.0.5", "127.0.0.1" },
		{ "::", "::1", "::1" }, { "::1", "::1", "::1" },
	};
	struct loop *l;

	if (!own_network_enter())
		return;
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct side *in = side_new(), *out = side_new();
		struct post p = { .next = in };
		struct stream_want want = { .from = endpoint_at(rows[i].from, 0) };

		in->answers = true;
		post_open(l, &p, rows[i].bound);
		want.at = endpoint_at(rows[i].to, p.listener.at.port);
		CHECK_EQ(stream_connect(l, &out->stream, &want), ST_OK);
		CHECK_EQ(stream_send(&out->stream, span_text("hello")), ST_OK);	/* it waits */
		CHECK_EQ(out->told[0], 0);
		while (out->n < 5 && run_until(l, &out->done, PATIENCE_MS))
			out->done = false;
		CHECK_TEXT(out->told, "cr");
		CHECK_BYTES(span_of(out->bytes, out->n), span_text("hello"));
		CHECK_TEXT(addr_text(&in->stream.here.addr).s, rows[i].to);
		CHECK_EQ(in->stream.here.port, p.listener.at.port);
		CHECK_TEXT(addr_text(&in->stream.there.addr).s, rows[i].from);
		CHECK_EQ(in->stream.there.port, out->stream.here.port);
		CHECK_TEXT(addr_text(&out->stream.here.addr).s, rows[i].from);
		CHECK_EQ(in->stream.ifindex, loop_netif_named(l, "lo")->index);
		side_free(in);
		side_free(out);
		stream_unlisten(&p.listener);
	}
	loop_free(l);
	own_network_leave();
}

TEST(bytes_given_in_one_turn_leave_together)
{
	struct pair p;
	char got[8] = "";

	pair_open(&p);
	CHECK_EQ(stream_send(&p.us->stream, span_text("ab")), ST_OK);
	CHECK_EQ(stream_send(&p.us->stream, span_text("cde")), ST_OK);
	CHECK_EQ(recv(p.fd, got, sizeof got, MSG_DONTWAIT), -1);
	run_for(p.loop, 5);
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 5);
	CHECK_TEXT(got, "abcde");
	pair_close(&p);
}

#define MUCH ((size_t)6 * 1024 * 1024)

static uint8_t pattern(size_t i)
{
	return (uint8_t)(i * 7 + i / 251);
}

TEST(more_than_the_kernel_takes_at_once_arrives_whole_and_in_order)
{
	uint8_t *data = malloc(MUCH), piece[50000];
	size_t got = 0, wrong = 0;
	struct pair p;

	must(data != NULL);
	for (size_t i = 0; i < MUCH; i++)
		data[i] = pattern(i);
	pair_open_with(&p, MUCH);
	p.us->stream.sent = on_sent;
	CHECK_EQ(stream_send(&p.us->stream, span_of(data, MUCH)), ST_OK);
	CHECK_EQ(stream_send(&p.us->stream, span_of(data, 1)), ST_FULL);
	run_for(p.loop, 20);
	CHECK_TEXT(p.us->told, "");			/* the other side has read nothing */
	while (got < MUCH) {
		ssize_t n = recv(p.fd, piece, sizeof piece, MSG_DONTWAIT);

		for (ssize_t i = 0; i < n; i++)
			wrong += piece[i] != pattern(got + (size_t)i);
		if (n > 0)
			got += (size_t)n;
		else
			run_for(p.loop, 1);
	}
	run_for(p.loop, 5);
	CHECK_EQ(wrong, 0);
	CHECK_TEXT(p.us->told, "s");
	CHECK_EQ(stream_room(&p.us->stream), MUCH);
	free(data);
	pair_close(&p);
}

TEST(what_does_not_fit_is_refused_whole_and_the_limit_is_the_streams_own)
{
	struct loop *l;
	struct side *k = side_new();
	struct post p = { .takes_not = true };
	struct stream_want want = { 0 };

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	post_open(l, &p, "127.0.0.1");
	want.at = p.listener.at;
	k->stream.send_max = 10;
	CHECK_EQ(stream_connect(l, &k->stream, &want), ST_OK);
	CHECK_EQ(stream_room(&k->stream), 10);
	CHECK_EQ(stream_send(&k->stream, span_text("abcdef")), ST_OK);
	CHECK_EQ(stream_send(&k->stream, span_text("ghijk")), ST_FULL);
	CHECK_EQ(stream_room(&k->stream), 4);
	CHECK_EQ(stream_send(&k->stream, span_text("ghij")), ST_OK);
	CHECK_EQ(stream_room(&k->stream), 0);
	stream_close(&k->stream);
	CHECK_EQ(stream_room(&k->stream), 0);
	CHECK_EQ(stream_send(&k->stream, span_text("a")), ST_UNKNOWN);
	CHECK_EQ(stream_connect(l, &k->stream, &(struct stream_want){ .at = want.at }), ST_OK);
	k->stream.send_max = 0;				/* too late for this one */
	CHECK_EQ(stream_room(&k->stream), 10);
	stream_close(&k->stream);
	CHECK_EQ(stream_connect(l, &k->stream, &(struct stream_want){ .at = want.at }), ST_OK);
	CHECK_EQ(stream_room(&k->stream), 128 * 1024);
	side_free(k);
	stream_unlisten(&p.listener);
	loop_free(l);
}

/* ---- ends ------------------------------------------------------------------------------ */

TEST(a_side_that_ends_closes_the_stream)
{
	struct pair p;

	pair_open(&p);
	must(write(p.fd, "ab", 2) == 2 && shutdown(p.fd, SHUT_WR) == 0);
	while (!strchr(p.us->told, 'x') && run_until(p.loop, &p.us->done, PATIENCE_MS))
		p.us->done = false;
	CHECK_TEXT(p.us->told, "rx");
	pair_close(&p);
}

TEST(a_side_that_says_no_more_is_still_answered_where_the_owner_likes)
{
	struct pair p;
	char got[8] = "";

	pair_open(&p);
	p.us->stream.ended = on_ended;
	must(write(p.fd, "ab", 2) == 2 && shutdown(p.fd, SHUT_WR) == 0);
	run_for(p.loop, 30);
	CHECK_TEXT(p.us->told, "re");			/* once, and not again while it waits */
	CHECK_EQ(stream_send(&p.us->stream, span_text("answer")), ST_OK);
	stream_finish(&p.us->stream);
	run_for(p.loop, 10);
	CHECK_TEXT(p.us->told, "rex");
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 6);
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 0);
	pair_close(&p);
}

TEST(a_side_that_resets_closes_the_stream)
{
	struct pair p;
	static const uint8_t much[100000];

	for (int sends = 0; sends < 2; sends++) {
		pair_open(&p);
		reset(p.fd);
		p.fd = -1;
		if (sends) {
			p.us->stream.ended = on_ended;
			CHECK_EQ(stream_send(&p.us->stream, SPAN(much)), ST_OK);
		}
		CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
		CHECK_TEXT(p.us->told, "x");
		pair_close(&p);
	}
}

/* Where the kernel would send SIGPIPE, which ends a program. */
TEST(a_reset_behind_an_end_closes_the_stream_and_no_signal_comes)
{
	struct pair p;
	struct sigaction usual = { .sa_handler = SIG_DFL }, before;
	static const uint8_t much[100000];

	must(sigaction(SIGPIPE, &usual, &before) == 0);
	pair_open(&p);
	p.us->stream.ended = on_ended;
	must(shutdown(p.fd, SHUT_WR) == 0);
	CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
	reset(p.fd);
	p.fd = -1;
	CHECK_EQ(stream_send(&p.us->stream, SPAN(much)), ST_OK);
	p.us->done = false;
	CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
	CHECK_TEXT(p.us->told, "ex");
	pair_close(&p);
	must(sigaction(SIGPIPE, &before, NULL) == 0);
}

TEST(finishing_sends_what_waits_hears_no_more_and_closes_in_a_later_turn)
{
	struct pair p;
	char got[8] = "";

	pair_open(&p);
	CHECK_EQ(stream_send(&p.us->stream, span_text("bye")), ST_OK);
	must(write(p.fd, "more", 4) == 4);
	stream_finish(&p.us->stream);
	stream_finish(&p.us->stream);
	CHECK_TEXT(p.us->told, "");
	CHECK_EQ(stream_send(&p.us->stream, span_text("!")), ST_UNKNOWN);
	CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
	CHECK_TEXT(p.us->told, "x");
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 3);
	pair_close(&p);

	pair_open(&p);					/* nothing waits */
	stream_finish(&p.us->stream);
	CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
	CHECK_TEXT(p.us->told, "x");
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 0);
	pair_close(&p);
}

/* Each of a side's callbacks frees it; ASan sees who touches it after that. */
TEST(a_stream_may_be_freed_within_each_of_its_callbacks)
{
	static const char letters[] = "crsexf";

	for (size_t i = 0; letters[i]; i++) {
		struct side *in = side_new(), *out = side_new();
		struct post p = { .next = in };
		struct loop *l;
		bool gone = false;
		struct stream_want want = { 0 };

		CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
		post_open(l, &p, "127.0.0.1");
		want.at = p.listener.at;
		if (letters[i] == 'f')
			stream_unlisten(&p.listener);
		out->close_on = letters[i];
		out->gone = &gone;
		out->stream.sent = on_sent;
		if (letters[i] == 'e')
			out->stream.ended = on_ended;
		in->answers = true;
		in->finish_on = strchr("ex", letters[i]) ? 'r' : 0;
		CHECK_EQ(stream_connect(l, &out->stream, &want), ST_OK);
		CHECK_EQ(stream_send(&out->stream, span_text("hello")), ST_OK);
		if (!run_until(l, &gone, PATIENCE_MS))
			test_failed(__FILE__, __LINE__, (char[]){ letters[i], 0 });
		run_for(l, 5);
		side_free(in);
		stream_unlisten(&p.listener);
		loop_free(l);
	}
}

TEST(a_stream_may_be_freed_when_what_the_kernel_did_not_take_at_once_is_out)
{
	uint8_t *data = calloc(1, MUCH), piece[50000];
	size_t got = 0;
	struct pair p;
	bool gone = false;

	must(data != NULL);
	pair_open_with(&p, MUCH);
	p.us->stream.sent = on_sent;
	p.us->close_on = 's';
	p.us->gone = &gone;
	CHECK_EQ(stream_send(&p.us->stream, span_of(data, MUCH)), ST_OK);
	while (got < MUCH) {
		ssize_t n = recv(p.fd, piece, sizeof piece, MSG_DONTWAIT);

		if (n == 0)
			break;
		if (n > 0)
			got += (size_t)n;
		else
			run_for(p.loop, 1);
	}
	CHECK_EQ(got, MUCH);
	CHECK(gone);
	p.us = NULL;
	free(data);
	pair_close(&p);
}

TEST(finishing_within_a_callback_closes_after_it)
{
	struct pair p;
	char got[8] = "";

	pair_open(&p);
	p.us->answers = true;
	p.us->finish_on = 'r';
	must(write(p.fd, "ab", 2) == 2);
	while (!strchr(p.us->told, 'x') && run_until(p.loop, &p.us->done, PATIENCE_MS))
		p.us->done = false;
	CHECK_TEXT(p.us->told, "rx");
	CHECK_EQ(recv(p.fd, got, sizeof got, 0), 2);
	pair_close(&p);
}

/* ---- listening --------------------------------------------------------------------------- */

TEST(a_connection_that_nobody_takes_is_closed)
{
	struct pair p;
	char got[8];
	int fd;

	pair_open(&p);
	fd = bare_connect(&p.post.listener.at);
	p.post.done = false;
	CHECK(run_until(p.loop, &p.post.done, PATIENCE_MS));
	CHECK_EQ(p.post.arrived, 2);
	CHECK_EQ(recv(fd, got, sizeof got, 0), 0);
	CHECK_EQ(stream_take(&p.post.listener, &p.us->stream), ST_UNKNOWN);	/* outside arrived() */
	close(fd);
	pair_close(&p);
}

TEST(a_listener_may_end_within_arrived_and_what_it_took_goes_on)
{
	for (int closes = 0; closes < 2; closes++) {
		struct pair p = { .us = side_new(), .fd = -1 };
		int waits;

		CHECK_EQ(loop_new(&p.loop, UV_LOOP_ALONE), ST_OK);
		post_open(p.loop, &p.post, "127.0.0.1");
		p.post.next = p.us;
		p.post.unlistens = true;
		p.post.closes = closes;
		p.fd = bare_connect(&p.post.listener.at);
		waits = bare_connect(&p.post.listener.at);
		CHECK(run_until(p.loop, &p.post.done, PATIENCE_MS));
		run_for(p.loop, 5);
		CHECK_EQ(p.post.arrived, 1);
		must(write(p.fd, "ab", 2) == 2);
		if (closes)
			p.us = NULL;
		else
			CHECK(run_until(p.loop, &p.us->done, PATIENCE_MS));
		close(waits);
		pair_close(&p);
	}
}

TEST(what_cannot_listen_or_connect_says_why)
{
	struct loop *l;
	struct post p = { 0 }, q = { 0 }, six = { 0 };
	struct side *k = side_new();
	struct stream_want want;

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	post_open(l, &p, "0.0.0.0");
	want = (struct stream_want){ .at = endpoint_at("127.0.0.1", p.listener.at.port) };
	CHECK_EQ(stream_listen(l, &q.listener, &want), ST_TAKEN);
	CHECK(!q.listener.loop);
	stream_unlisten(&q.listener);
	want = (struct stream_want){ .at = endpoint_at("::", p.listener.at.port) };
	six.listener.arrived = on_arrived;
	CHECK_EQ(stream_listen(l, &six.listener, &want), ST_OK);	/* IPv6 alone */
	want = (struct stream_want){ .at = endpoint_at("192.0.2.1", 0) };
	CHECK_EQ(stream_listen(l, &q.listener, &want), ST_UNKNOWN);
	want = (struct stream_want){ .at = endpoint_at("0.0.0.0", 0), .device = "nothing0" };
	CHECK_EQ(stream_listen(l, &q.listener, &want), ST_UNKNOWN);
	want.device = "a-name-that-is-too-long";
	CHECK_EQ(stream_listen(l, &q.listener, &want), ST_UNKNOWN);
	want = (struct stream_want){ .at = p.listener.at, .from = endpoint_at("192.0.2.1", 0) };
	CHECK_EQ(stream_connect(l, &k->stream, &want), ST_UNKNOWN);
	want = (struct stream_want){ .at = p.listener.at, .device = "nothing0" };
	CHECK_EQ(stream_connect(l, &k->stream, &want), ST_UNKNOWN);
	CHECK(!k->stream.loop);
	side_free(k);
	stream_unlisten(&p.listener);
	stream_unlisten(&six.listener);
	loop_free(l);
}

TEST(a_connection_that_is_refused_or_has_no_way_is_told_later)
{
	struct loop *l;

	if (!own_network_enter())
		return;
	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	for (int i = 0; i < 2; i++) {
		struct side *k = side_new();
		const struct stream_want want = { .at = endpoint_at(i ? "192.0.2.1" : "127.0.0.1", 9) };

		CHECK_EQ(stream_connect(l, &k->stream, &want), ST_OK);
		CHECK_TEXT(k->told, "");
		CHECK(run_until(l, &k->done, PATIENCE_MS));
		CHECK_TEXT(k->told, "f");
		CHECK_EQ(k->how, ST_UNKNOWN);
		CHECK(!k->stream.loop);
		side_free(k);
	}
	loop_free(l);
	own_network_leave();
}

TEST(a_listening_socket_that_is_handed_over_is_used_and_closed)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct side *in = side_new();
	struct post p = { .listener.arrived = on_arrived, .next = in };
	struct loop *l;
	int other;

	must(fd > 0 && listen(fd, 5) == 0);
	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(stream_listen(l, &p.listener, &(struct stream_want){ .fd = fd }), ST_OK);
	CHECK(p.listener.at.port != 0);
	other = bare_connect(&(struct endpoint){ endpoint_at("127.0.0.1", 0).addr,
						 p.listener.at.port });
	CHECK(run_until(l, &p.done, PATIENCE_MS));
	stream_unlisten(&p.listener);
	CHECK_EQ(fcntl(fd, F_GETFD), -1);
	CHECK(fcntl(in->stream.fd, F_GETFD) & FD_CLOEXEC);
	side_free(in);
	close(other);
	loop_free(l);
}

/* The lowest descriptor that is free is as many as there may be. */
TEST(connections_wait_while_no_descriptor_is_free_and_the_loop_rests)
{
	struct pair p;
	struct rlimit usual, none;
	struct timespec before, after;
	struct side *late = side_new();
	int fd, lowest;

	pair_open(&p);
	fd = bare_connect(&p.post.listener.at);
	p.post.next = late;
	p.post.done = false;
	lowest = dup(fd);
	close(lowest);
	must(getrlimit(RLIMIT_NOFILE, &usual) == 0);
	none = (struct rlimit){ (rlim_t)lowest, usual.rlim_max };
	must(setrlimit(RLIMIT_NOFILE, &none) == 0);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
	run_for(p.loop, 350);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
	must(setrlimit(RLIMIT_NOFILE, &usual) == 0);
	CHECK(!p.post.done);
	CHECK(p.post.listener.starved >= 2 && p.post.listener.starved <= 5);
	CHECK((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000 < 200);
	CHECK(run_until(p.loop, &p.post.done, PATIENCE_MS));
	CHECK_EQ(p.post.arrived, 2);
	side_free(late);
	close(fd);
	pair_close(&p);
}

/* ---- another machine ----------------------------------------------------------------------- */

/* In a network of its own, at the other end of d0's cable. */
static void be_other_machine(int tell_fd, int wait_fd, const struct endpoint *to)
{
	char byte = 0;

	if (unshare(CLONE_NEWNET) != 0 || write(tell_fd, &byte, 1) != 1 || read(wait_fd, &byte, 1) != 1)
		_exit(1);
	if (system("ip addr add 192.0.2.99/24 dev c0 && ip link set c0 up &&"
		   "ip route add 198.51.100.0/24 via 192.0.2.1") != 0)
		_exit(1);
	bare_connect(to);
	if (read(wait_fd, &byte, 1) != 0)	/* until the test is over */
		_exit(1);
	_exit(0);
}

TEST(a_connection_on_the_wildcard_knows_the_interface_that_it_came_in_by)
{
	struct side *in = side_new();
	struct post p = { .next = in };
	struct endpoint to;
	int up[2], down[2], status = 0;
	struct loop *l;
	char byte;
	pid_t pid;

	if (!own_network_enter()) {
		side_free(in);
		return;
	}
	own_network_ip("addr add 192.0.2.1/24 dev d0");
	own_network_ip("addr add 198.51.100.1/24 dev e0");
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	post_open(l, &p, "0.0.0.0");
	to = endpoint_at("198.51.100.1", p.listener.at.port);	/* e0's address, on d0's cable */
	must(pipe2(up, O_CLOEXEC) == 0 && pipe2(down, O_CLOEXEC) == 0);
	pid = fork();
	must(pid >= 0);
	if (pid == 0) {
		close(down[1]);
		be_other_machine(up[1], down[0], &to);
	}
	CHECK_EQ(read(up[0], &byte, 1), 1);
	own_network_ip("link set c0 netns %d", (int)pid);
	CHECK_EQ(write(down[1], "", 1), 1);
	CHECK(run_until(l, &p.done, PATIENCE_MS));
	CHECK_TEXT(addr_text(&in->stream.there.addr).s, "192.0.2.99");
	CHECK_EQ(in->stream.ifindex, loop_netif_named(l, "d0")->index);
	close(down[1]);
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	CHECK_EQ(status, 0);
	close(up[0]);
	close(up[1]);
	close(down[0]);
	side_free(in);
	stream_unlisten(&p.listener);
	loop_free(l);
	own_network_leave();
}
