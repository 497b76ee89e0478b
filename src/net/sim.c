/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/rng.h"
#include "net/loop_impl.h"
#include "net/sim_impl.h"

#define SIM_START_MS 1000000
#define SIM_START_S 1800000000
#define SIM_ARP_MS 1			/* what a machine on the link takes to answer */
#define SIM_PORT_FIRST 32768		/* the kernel's range for port 0 */
#define SIM_PORTS 28232

struct sim_socket {
	struct udp *owner;
	struct endpoint at;
	char device[16];		/* "": any */
	bool share, no_pktinfo;
	struct sim_socket *next;
};

struct sim_machine {			/* a neighbour: it answers probes, or we were told of it */
	struct addr addr;
	struct hwaddr hw;
	bool answers;
	unsigned ifindex;		/* 0: on any link */
	struct sim_machine *next;
};

struct sim_record {
	struct sim_sent sent;
	struct sim_record *next;
	uint8_t data[];
};

struct sim {
	struct loop loop;		/* first: a struct loop * is one of these */
	struct rng rng;
	int64_t now_ms, wall_jump_s;
	bool stopped;
	unsigned last_ifindex;
	struct sim_socket *sockets;
	struct sim_machine *machines;
	struct sim_record *sent, **sent_end, *read;
	unsigned fail_in;		/* this many sends from now; 0: never */
	enum status fail_with;
	bool no_frames, no_neighbours;
	struct sim_streams streams;
};

static struct sim *sim_of(const struct loop *l)
{
	return (struct sim *)l;
}

struct sim_streams *sim_streams_of(const struct loop *l)
{
	return &sim_of(l)->streams;
}

void *sim_alloc(size_t n)
{
	void *p = calloc(1, n);

	must(p != NULL);
	return p;
}

/* ---- time ------------------------------------------------------------ */

static struct now sim_now(const struct loop *l)
{
	const struct sim *s = sim_of(l);

	return (struct now){
		.mono_ms = s->now_ms,
		.wall_s = SIM_START_S + (s->now_ms - SIM_START_MS) / 1000 + s->wall_jump_s,
	};
}

void sim_jump_wall(struct loop *l, int64_t by_s)
{
	sim_of(l)->wall_jump_s += by_s;
}

/* Plays everything that happens now; then moves time to the next event up to `end_ms`. */
static bool sim_step(struct sim *s, int64_t end_ms)
{
	int64_t due_ms;

	while (loop_pending(&s->loop)) {
		loop_turn(&s->loop);
		if (s->stopped)
			return false;
	}
	if (!loop_next_due(&s->loop, &due_ms) || due_ms > end_ms)
		return false;
	s->now_ms = due_ms;
	return true;
}

void sim_run_for(struct loop *l, int64_t ms)
{
	struct sim *s = sim_of(l);
	int64_t end_ms = s->now_ms + ms;

	s->stopped = false;
	while (sim_step(s, end_ms))
		;
	if (!s->stopped)
		s->now_ms = end_ms;
}

static void sim_run(struct loop *l)
{
	sim_of(l)->stopped = false;
	while (sim_step(sim_of(l), INT64_MAX))
		;
}

static void sim_stop(struct loop *l)
{
	sim_of(l)->stopped = true;
}

static void sim_wake(struct loop *l)
{
	(void)l;			/* each step looks for messages by itself */
}

static enum status sim_watch_start(struct loop *l, struct loop_watch *w, int fd)
{
	(void)l, (void)w, (void)fd;
	return ST_SYSTEM;
}

static void sim_watch_stop(struct loop_watch *w)
{
	(void)w;			/* never started: watch_start refused */
}

/* ---- interfaces ------------------------------------------------------ */

static struct netif_addr netif_addr_parse(const char *cidr, const char *label)
{
	struct netif_addr a = { 0 };
	char text[64];
	char *slash;

	must(strlen(cidr) < sizeof text && strchr(cidr, '/'));
	strcpy(text, cidr);
	slash = strchr(text, '/');
	*slash = '\0';
	must(addr_parse(text, &a.addr));
	a.bits = (uint8_t)atoi(slash + 1);
	if (a.addr.family == ADDR_IP4 && a.bits < 31)
		a.broadcast = addr_ip4(addr_to_ip4(&a.addr) | ~ip4_mask(a.bits));
	memcpy(a.label, label, sizeof a.label);
	return a;
}

unsigned sim_netif_add(struct loop *l, const char *name, const char *cidr, const char *mac)
{
	struct sim *s = sim_of(l);
	struct netif n = {
		.index = ++s->last_ifindex, .mtu = 1500, .up = true,
		.loopback = strcmp(name, "lo") == 0,
		.multicast = strcmp(name, "lo") != 0,
	};

	must(strlen(name) < sizeof n.name && (!mac || hwaddr_parse(mac, &n.hw)));
	strcpy(n.name, name);
	l->netifs_changed |= netifs_link(&l->netifs, &n);
	if (cidr)
		sim_netif_addr(l, n.index, cidr);
	return n.index;
}

void sim_netif_addr(struct loop *l, unsigned ifindex, const char *cidr)
{
	const struct netif *n = loop_netif(l, ifindex);

	must(n != NULL);

	struct netif_addr a = netif_addr_parse(cidr, n->name);

	l->netifs_changed |= netifs_addr(&l->netifs, ifindex, &a);
}

void sim_netif_remove(struct loop *l, unsigned ifindex)
{
	l->netifs_changed |= netifs_unlink(&l->netifs, ifindex);
}

/* ---- neighbours ------------------------------------------------------- */

static struct sim_machine *machine_find(const struct sim *s, unsigned ifindex,
					const struct addr *a)
{
	for (struct sim_machine *m = s->machines; m; m = m->next)
		if (addr_eq(&m->addr, a) && (!m->ifindex || !ifindex || m->ifindex == ifindex))
			return m;
	return NULL;
}

static struct sim_machine *machine_add(struct sim *s, unsigned ifindex, const struct addr *a,
				       const struct hwaddr *hw)
{
	struct sim_machine *m = machine_find(s, ifindex, a);

	if (!m) {
		m = sim_alloc(sizeof *m);
		m->next = s->machines;
		s->machines = m;
	}
	m->addr = *a;
	m->ifindex = ifindex;
	m->hw = *hw;
	return m;
}

void sim_occupy(struct loop *l, const char *addr, const char *mac)
{
	struct addr a;
	struct hwaddr hw;

	must(addr_parse(addr, &a) && hwaddr_parse(mac, &hw));
	machine_add(sim_of(l), 0, &a, &hw)->answers = true;
}

static bool sim_neighbour(struct loop *l, unsigned ifindex, const struct addr *a,
			  struct hwaddr *out)
{
	const struct sim_machine *m = machine_find(sim_of(l), ifindex, a);

	if (m)
		*out = m->hw;
	return m != NULL;
}

static enum status sim_neighbour_set(struct loop *l, unsigned ifindex, const struct addr *a,
				     const struct hwaddr *hw)
{
	if (sim_of(l)->no_neighbours)
		return ST_REFUSED;
	if (!loop_netif(l, ifindex))
		return ST_UNKNOWN;
	machine_add(sim_of(l), ifindex, a, hw);
	return ST_OK;
}

void sim_refuse_neighbours(struct loop *l, bool refused)
{
	sim_of(l)->no_neighbours = refused;
}

/* ---- probes ---------------------------------------------------------- */

static void probe_end(struct loop_timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);
	const struct sim_machine *m = machine_find(sim_of(p->loop), p->ifindex, &p->addr);
	const struct hwaddr nothing = { 0 };

	if (!p->sent || !m || !m->answers)
		probe_finish(p, NULL);
	else
		probe_finish(p, p->ifindex ? &m->hw : &nothing);
}

static enum status sim_probe_start(struct loop *l, struct probe *p, unsigned timeout_ms)
{
	const struct sim_machine *m = machine_find(sim_of(l), p->ifindex, &p->addr);
	bool answered = m && m->answers && timeout_ms > SIM_ARP_MS;

	p->sent = p->ifindex == 0 || loop_netif(l, p->ifindex);
	p->timer.fire = probe_end;
	timer_start(l, &p->timer, !p->sent ? 0 : answered ? SIM_ARP_MS : timeout_ms);
	return ST_OK;
}

static void sim_probe_stop(struct loop *l, struct probe *p)
{
	(void)l, (void)p;		/* its timer is all there is */
}

/* ---- sockets --------------------------------------------------------- */

static bool is_loopback(const struct addr *a)
{
	static const struct prefix loopback[] = {
		{ { ADDR_IP4, { 127 } }, 8 },
		{ { ADDR_IP6, { [15] = 1 } }, 128 },
	};

	return prefix_has(&loopback[0], a) || prefix_has(&loopback[1], a);
}

static bool devices_overlap(const char *a, const char *b)
{
	return !*a || !*b || strcmp(a, b) == 0;
}

/* As the kernel: two sockets on one port collide unless an address or a device keeps them apart,
 * or both agreed to share. */
static bool collides(const struct sim_socket *a, const struct sim_socket *b)
{
	return a->at.port == b->at.port && a->at.addr.family == b->at.addr.family &&
	       (addr_is_any(&a->at.addr) || addr_is_any(&b->at.addr) ||
		addr_eq(&a->at.addr, &b->at.addr)) &&
	       devices_overlap(a->device, b->device) && !(a->share && b->share);
}

static bool is_taken(const struct sim *s, const struct sim_socket *k)
{
	for (const struct sim_socket *o = s->sockets; o; o = o->next)
		if (collides(o, k))
			return true;
	return false;
}

static bool choose_port(struct sim *s, struct sim_socket *k)
{
	for (unsigned tries = 0; k->at.port == 0 || is_taken(s, k); tries++) {
		if (tries == SIM_PORTS)
			return false;
		k->at.port = sim_port(&s->loop);
	}
	return true;
}

bool sim_has(const struct loop *l, const struct addr *a, const char *device)
{
	return (!device || loop_netif_named(l, device)) &&
	       (addr_is_any(a) || is_loopback(a) || netifs_having(&l->netifs, a));
}

uint16_t sim_port(struct loop *l)
{
	return (uint16_t)(SIM_PORT_FIRST + rng_below(&sim_of(l)->rng, SIM_PORTS));
}

static enum status sim_udp_open(struct loop *l, struct udp *u, const struct udp_want *want)
{
	struct sim *s = sim_of(l);
	struct sim_socket k = { .owner = u, .at = want->at, .share = want->share,
				.no_pktinfo = want->no_pktinfo };

	if (!sim_has(l, &want->at.addr, want->device))
		return ST_UNKNOWN;
	if (want->device)
		strcpy(k.device, want->device);
	if (want->at.port == 0 ? !choose_port(s, &k) : is_taken(s, &k))
		return ST_TAKEN;

	struct sim_socket *kept = sim_alloc(sizeof *kept);

	*kept = k;
	kept->next = s->sockets;
	s->sockets = kept;
	u->impl = kept;
	u->fd = -1;
	u->at = k.at;
	return ST_OK;
}

/* What was sent is on its way, not in the socket. */
static void sim_udp_drain(struct udp *u)
{
	(void)u;
}

/* Nobody looks at marks here but a test. */
static void sim_udp_mark(struct udp *u)
{
	(void)u;
}

static void sim_udp_share(struct udp *u, bool share)
{
	((struct sim_socket *)u->impl)->share = share;
}

static void sim_udp_close(struct udp *u)
{
	struct sim_socket **at = &sim_of(u->loop)->sockets;

	while (*at != u->impl)
		at = &(*at)->next;
	*at = (*at)->next;
	free(u->impl);
	u->impl = NULL;
}

/* How well a socket fits a datagram: 0 not at all; an address counts for more than a device. */
static unsigned fit(const struct loop *l, const struct sim_socket *k, const struct dgram *d)
{
	const struct netif *n = loop_netif(l, d->ifindex);
	bool any = addr_is_any(&k->at.addr);

	if (k->at.port != d->to.port || k->at.addr.family != d->to.addr.family)
		return 0;
	if (!any && !addr_eq(&k->at.addr, &d->to.addr))
		return 0;
	if (*k->device && (!n || strcmp(k->device, n->name) != 0))
		return 0;
	return 1 + 2 * !any + !!*k->device;
}

/* receive() may close the socket, but not where more is to be called. */
static void give(struct udp *u, const struct dgram *d)
{
	void (*received_all)(struct udp *u) = u->received_all;

	u->received++;
	u->receive(u, d);
	if (received_all)
		received_all(u);
}

bool sim_deliver(struct loop *l, const struct dgram *d)
{
	const struct sim_socket *best = NULL;
	unsigned best_fit = 0;
	struct dgram in = *d;

	for (const struct sim_socket *k = sim_of(l)->sockets; k; k = k->next) {
		unsigned f = fit(l, k, d);

		if (f > best_fit) {
			best_fit = f;
			best = k;
		}
	}
	if (!best)
		return false;
	if (best->no_pktinfo) {
		in.to = best->at;
		in.ifindex = 0;
	}
	give(best->owner, &in);
	return true;
}

/* ---- sending --------------------------------------------------------- */

static enum status record(struct loop *l, const struct dgram *d, const struct hwaddr *frame_to)
{
	struct sim *s = sim_of(l);
	struct sim_record *r;

	if (s->fail_in && --s->fail_in == 0)
		return s->fail_with;
	r = sim_alloc(sizeof *r + d->data.n);
	r->sent = (struct sim_sent){ .d = *d, .at_ms = s->now_ms };
	if (frame_to)
		r->sent.frame_to = *frame_to;
	if (d->data.n)
		memcpy(r->data, d->data.p, d->data.n);
	r->sent.d.data = span_of(r->data, d->data.n);
	*s->sent_end = r;
	s->sent_end = &r->next;
	return ST_OK;
}

static enum status sim_udp_send(struct udp *u, const struct dgram *d)
{
	const struct sim_socket *k = u->impl;
	const struct netif *n = loop_netif_named(u->loop, k->device);
	struct dgram out = *d;

	out.from.port = k->at.port;
	if (addr_is_any(&out.from.addr))
		out.from.addr = k->at.addr;
	if (!out.ifindex && n)
		out.ifindex = n->index;
	return record(u->loop, &out, NULL);
}

static bool sim_frames_work(const struct loop *l)
{
	return !sim_of(l)->no_frames;
}

static enum status sim_frame_send(struct loop *l, const struct dgram *d,
				  const struct hwaddr *dest)
{
	const struct netif *n = loop_netif(l, d->ifindex);

	if (sim_of(l)->no_frames)
		return ST_REFUSED;
	if (!n)
		return ST_UNKNOWN;
	return d->data.n + FRAME_HEADERS > n->mtu ? ST_FULL : record(l, d, dest);
}

bool sim_sent_next(struct loop *l, struct sim_sent *out)
{
	struct sim *s = sim_of(l);

	free(s->read);
	s->read = s->sent;
	if (!s->read)
		return false;
	s->sent = s->read->next;
	if (!s->sent)
		s->sent_end = &s->sent;
	*out = s->read->sent;
	return true;
}

void sim_fail_send(struct loop *l, unsigned nth, enum status status)
{
	sim_of(l)->fail_in = nth;
	sim_of(l)->fail_with = status;
}

void sim_refuse_frames(struct loop *l, bool refused)
{
	sim_of(l)->no_frames = refused;
}

/* ---- life ------------------------------------------------------------ */

static const struct loop_ops sim_ops = {
	.now = sim_now, .run = sim_run, .stop = sim_stop, .wake = sim_wake,
	.watch_start = sim_watch_start, .watch_stop = sim_watch_stop,
	.udp_open = sim_udp_open, .udp_close = sim_udp_close, .udp_send = sim_udp_send,
	.udp_drain = sim_udp_drain, .udp_share = sim_udp_share,
	.udp_mark = sim_udp_mark,
	.stream_listen = sim_stream_listen, .stream_unlisten = sim_stream_unlisten,
	.stream_take = sim_stream_take, .stream_connect = sim_stream_open,
	.stream_flush = sim_stream_flush, .stream_close = sim_stream_release,
	.frames_work = sim_frames_work, .frame_send = sim_frame_send,
	.neighbour = sim_neighbour, .neighbour_set = sim_neighbour_set,
	.probe_start = sim_probe_start, .probe_stop = sim_probe_stop,
};

struct loop *sim_new(uint64_t seed)
{
	struct sim *s = sim_alloc(sizeof *s);

	loop_init(&s->loop, &sim_ops);
	s->rng.seed = seed ? seed : 1;		/* 0 would draw true chance */
	s->now_ms = SIM_START_MS;
	s->sent_end = &s->sent;
	return &s->loop;
}

static void free_list(void *first, size_t next_offset)
{
	while (first) {
		void *next;

		memcpy(&next, (char *)first + next_offset, sizeof next);
		free(first);
		first = next;
	}
}

void sim_free(struct loop *l)
{
	struct sim *s = sim_of(l);

	if (!l)
		return;
	sim_streams_done(&s->streams);
	free_list(s->sockets, offsetof(struct sim_socket, next));
	free_list(s->machines, offsetof(struct sim_machine, next));
	free_list(s->sent, offsetof(struct sim_record, next));
	free(s->read);
	loop_done(l);
	free(s);
}
