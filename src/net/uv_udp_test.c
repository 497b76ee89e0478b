/* SPDX-License-Identifier: ISC */
/* What many datagrams at once change, on the loopback of the machine that the tests run on. */
#include <stdio.h>

#include "base/must.h"
#include "net/uv_impl.h"
#include "net/uv_loop.h"
#include "test/test.h"

#define MANY 40				/* more than one batch */

struct answerer {
	struct udp udp;
	uint64_t want;			/* the loop stops when so many have come */
	char watched[8];		/* '+' or '-' for each batch, as it had come */
};

static void stop_now(struct loop_timer *t)
{
	loop_stop(t->loop);
}

static void run_for(struct loop *l, int64_t ms)
{
	struct loop_timer end = { .fire = stop_now };

	timer_start(l, &end, ms);
	loop_run(l);
	timer_stop(&end);
}

/* Does the loop's epoll have this descriptor?  As the kernel lists it (proc_pid_fdinfo(5)). */
static bool is_watched(const struct loop *l, int fd)
{
	char path[64], line[200];
	bool found = false;
	int tfd;
	FILE *f;

	snprintf(path, sizeof path, "/proc/self/fdinfo/%d", uv_backend_fd(&real_of(l)->uv));
	f = fopen(path, "r");
	must(f);
	while (fgets(line, sizeof line, f))
		found = found || (sscanf(line, "tfd: %d", &tfd) == 1 && tfd == fd);
	fclose(f);
	return found;
}

static void echo(struct udp *u, const struct dgram *d)
{
	must(udp_send(u, &(struct dgram){ .to = d->from, .from = d->to, .data = d->data }) == ST_OK);
}

static void note_watched(struct udp *u)
{
	struct answerer *a = container_of(u, struct answerer, udp);
	const size_t n = strlen(a->watched);

	must(n + 1 < sizeof a->watched);
	a->watched[n] = is_watched(u->loop, u->fd) ? '+' : '-';
	if (u->received >= a->want)
		loop_stop(u->loop);
}

static void close_when_all_came(struct udp *u)
{
	note_watched(u);
	if (u->received == MANY)
		udp_close(u);
}

static void ignore(struct udp *u, const struct dgram *d)
{
	(void)u;
	(void)d;
}

static void send_many(struct udp *from, const struct udp *to, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		CHECK_EQ(udp_send(from, &(struct dgram){ .to = to->at, .data = span_text("q") }),
			 ST_OK);
}

TEST(while_many_are_answered_their_socket_is_not_watched_and_then_it_is_again)
{
	const struct udp_want want = { .at.addr = addr_ip4(0x7f000001) };
	struct udp asks = { .receive = ignore };
	struct answerer a = { .udp = { .receive = echo, .received_all = note_watched,
				       .gather = true }, .want = MANY };
	struct loop *l;

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &asks, &want), ST_OK);
	CHECK_EQ(udp_open(l, &a.udp, &want), ST_OK);
	send_many(&asks, &a.udp, MANY);
	run_for(l, 5000);
	CHECK_TEXT(a.watched, "+-");	/* 32, and the rest */
	CHECK_EQ(a.udp.sent, MANY);

	memset(a.watched, 0, sizeof a.watched);
	a.want = MANY + 3;
	send_many(&asks, &a.udp, 3);
	run_for(l, 5000);
	CHECK_EQ(a.udp.received, MANY + 3);
	CHECK_TEXT(a.watched, "+");	/* few do not pay */
	udp_close(&asks);
	udp_close(&a.udp);
	loop_free(l);
}

TEST(a_socket_may_be_closed_when_it_is_not_watched)
{
	const struct udp_want want = { .at.addr = addr_ip4(0x7f000001) };
	struct udp asks = { .receive = ignore };
	struct answerer a = { .udp = { .receive = ignore, .received_all = close_when_all_came },
			      .want = UINT64_MAX };
	struct loop *l;

	CHECK_EQ(loop_new(&l, UV_LOOP_ALONE), ST_OK);
	CHECK_EQ(udp_open(l, &asks, &want), ST_OK);
	CHECK_EQ(udp_open(l, &a.udp, &want), ST_OK);
	send_many(&asks, &a.udp, MANY);
	run_for(l, 20);
	CHECK_TEXT(a.watched, "+-");
	CHECK(!a.udp.loop);
	udp_close(&asks);
	loop_free(l);
}
