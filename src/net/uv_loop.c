/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "base/must.h"
#include "net/uv_impl.h"
#include "net/uv_loop.h"

/* ---- time ------------------------------------------------------------ */

static struct now read_clocks(void)
{
	struct timespec mono, wall;

	clock_gettime(CLOCK_MONOTONIC, &mono);
	clock_gettime(CLOCK_REALTIME, &wall);
	return (struct now){ mono.tv_sec * INT64_C(1000) + mono.tv_nsec / 1000000, wall.tv_sec };
}

/* Outside loop_run() there are no turns, and the clock is read each time. */
static struct now real_now(const struct loop *l)
{
	struct real_loop *r = real_of(l);

	if (!r->now_is_read)
		r->now = read_clocks();
	r->now_is_read = r->running;
	return r->now;
}

static void on_alarm(uv_timer_t *t)
{
	struct real_loop *r = container_of(t, struct real_loop, alarm);

	r->alarm_ms = 0;		/* it woke us; the turn's end fires what is due */
}

/* Wake up for our first timer, or at once for what this turn left to do. */
static void set_alarm(struct real_loop *r)
{
	int64_t due_ms = 0, now_ms = read_clocks().mono_ms;

	if (!loop_pending(&r->loop) && !loop_next_due(&r->loop, &due_ms)) {
		uv_timer_stop(&r->alarm);
		r->alarm_ms = 0;
		return;
	}
	if (r->alarm_ms && r->alarm_ms == due_ms)
		return;
	r->alarm_ms = due_ms;
	uv_update_time(&r->uv);
	uv_timer_start(&r->alarm, on_alarm, due_ms > now_ms ? (uint64_t)(due_ms - now_ms) : 0, 0);
}

/* Just before the loop waits: the turn's end. */
static void on_turn(uv_prepare_t *p)
{
	struct real_loop *r = container_of(p, struct real_loop, turn);

	loop_turn(&r->loop);
	udp_flush(r);
	set_alarm(r);
	r->now_is_read = false;
}

static void real_run(struct loop *l)
{
	struct real_loop *r = real_of(l);

	r->running = true;
	r->now_is_read = false;
	uv_run(&r->uv, UV_RUN_DEFAULT);
	udp_flush(r);
	r->running = r->now_is_read = false;
}

static void real_stop(struct loop *l)
{
	uv_stop(&real_of(l)->uv);
}

static void on_mail(uv_async_t *a)
{
	(void)a;			/* it woke us; the turn's end runs the messages */
}

static void real_wake(struct loop *l)
{
	uv_async_send(&real_of(l)->mail);
}

/* ---- descriptors ------------------------------------------------------ */

/* libuv stops watching a descriptor that has an error; ours are found, and cleared, by whoever
 * reads (a netlink socket that overran has one). */
static void on_poll(uv_poll_t *p, int status, int events)
{
	struct handle *h = container_of(p, struct handle, poll);

	(void)events;
	if (status < 0)
		must(uv_poll_start(p, h->events, on_poll) == 0);
	h->ready(h);
}

static void on_closed(uv_handle_t *p)
{
	struct handle *h = container_of((uv_poll_t *)p, struct handle, poll);

	h->next = h->loop->spare;
	h->loop->spare = h;
}

static struct handle *handle_take(struct real_loop *r)
{
	struct handle *h = r->spare;

	if (h)
		r->spare = h->next;
	else
		h = malloc(sizeof *h);
	return h;
}

void handle_want(struct handle *h, int events)
{
	if (h->events == events)
		return;
	h->events = events;
	must((events ? uv_poll_start(&h->poll, events, on_poll) : uv_poll_stop(&h->poll)) == 0);
}

enum status handle_open(struct real_loop *r, int fd, void (*ready)(struct handle *h), void *owner,
			struct handle **out)
{
	struct handle *h = handle_take(r);
	int error;

	if (!h)
		return ST_FULL;
	h->ready = ready;
	h->owner = owner;
	h->loop = r;
	error = uv_poll_init(&r->uv, &h->poll, fd);
	if (error) {
		h->next = r->spare;
		r->spare = h;
		errno = -error;
		return ST_SYSTEM;
	}
	h->events = 0;
	handle_want(h, UV_READABLE);
	*out = h;
	return ST_OK;
}

void handle_close(struct handle *h)
{
	if (h)
		uv_close((uv_handle_t *)&h->poll, on_closed);
}

static void watch_ready(struct handle *h)
{
	struct loop_watch *w = h->owner;

	w->ready(w);
}

static enum status real_watch_start(struct loop *l, struct loop_watch *w, int fd)
{
	struct handle *h;
	enum status s = handle_open(real_of(l), fd, watch_ready, w, &h);

	if (s != ST_OK)
		return s;
	w->loop = l;
	w->fd = fd;
	w->impl = h;
	return ST_OK;
}

static void real_watch_stop(struct loop_watch *w)
{
	handle_close(w->impl);
	w->impl = NULL;
}

/* ---- life ------------------------------------------------------------ */

static const struct loop_ops real_ops = {
	.now = real_now, .run = real_run, .stop = real_stop, .wake = real_wake,
	.watch_start = real_watch_start, .watch_stop = real_watch_stop,
	.udp_open = real_udp_open, .udp_close = real_udp_close, .udp_send = real_udp_send,
	.udp_drain = real_udp_drain, .udp_share = real_udp_share,
	.udp_mark = real_udp_mark,
	.stream_listen = real_stream_listen, .stream_unlisten = real_stream_unlisten,
	.stream_take = real_stream_take, .stream_connect = real_stream_connect,
	.stream_flush = real_stream_flush, .stream_close = real_stream_close,
	.frames_work = real_frames_work, .frame_send = real_frame_send,
	.neighbour = real_neighbour, .neighbour_set = real_neighbour_set,
	.probe_start = real_probe_start, .probe_stop = real_probe_stop,
};

static enum status start_uv(struct real_loop *r)
{
	int error = uv_loop_init(&r->uv);

	if (error == 0) {
		error = uv_async_init(&r->uv, &r->mail, on_mail);
		if (error)
			must(uv_loop_close(&r->uv) == 0);
	}
	if (error) {
		errno = -error;
		return ST_SYSTEM;
	}
	must(uv_prepare_init(&r->uv, &r->turn) == 0 && uv_prepare_start(&r->turn, on_turn) == 0);
	must(uv_timer_init(&r->uv, &r->alarm) == 0);
	return ST_OK;
}

enum status loop_new(struct loop **out, enum uv_loop_netlink netlink)
{
	struct real_loop *r = calloc(1, sizeof *r);
	enum status s;

	if (!r)
		return ST_FULL;
	loop_init(&r->loop, &real_ops);
	r->used = BATCH;
	r->event_fd = r->ask_fd = r->frame_fd = r->probes.arp_fd = -1;
	s = start_uv(r);
	if (s != ST_OK) {
		free(r);
		return s;
	}
	if (netlink == UV_LOOP_NETLINK) {
		frames_open(r);
		probes_open(r);
		s = netlink_open(r);
	}
	if (s != ST_OK) {
		loop_free(&r->loop);
		return s;
	}
	*out = &r->loop;
	return ST_OK;
}

static void free_spares(struct real_loop *r)
{
	while (r->spare) {
		struct handle *h = r->spare;

		r->spare = h->next;
		free(h);
	}
}

void loop_free(struct loop *l)
{
	struct real_loop *r = real_of(l);

	if (!l)
		return;
	probes_done(r);
	frames_done(r);
	netlink_done(r);
	uv_close((uv_handle_t *)&r->turn, NULL);
	uv_close((uv_handle_t *)&r->alarm, NULL);
	uv_close((uv_handle_t *)&r->mail, NULL);
	for (int i = 0; i < 2; i++)	/* the first may do no more than take back a loop_stop() */
		uv_run(&r->uv, UV_RUN_NOWAIT);
	must(uv_loop_close(&r->uv) == 0);	/* else a socket or a watch was left open */
	free_spares(r);
	loop_done(l);
	free(r);
}
