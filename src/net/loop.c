/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "net/loop_impl.h"

static struct loop_timer *timer_of(struct heap_node *n)
{
	return container_of(n, struct loop_timer, node);
}

static bool fires_before(const struct heap_node *a, const struct heap_node *b)
{
	const struct loop_timer *x = container_of(a, struct loop_timer, node);
	const struct loop_timer *y = container_of(b, struct loop_timer, node);

	return x->due_ms != y->due_ms ? x->due_ms < y->due_ms : x->order < y->order;
}

void loop_init(struct loop *l, const struct loop_ops *ops)
{
	*l = (struct loop){ .ops = ops, .timers.before = fires_before };
}

void loop_done(struct loop *l)
{
	netifs_done(&l->netifs);
}

/* ---- timers ---------------------------------------------------------- */

void timer_start(struct loop *l, struct loop_timer *t, int64_t after_ms)
{
	const int64_t longest_ms = INT64_MAX / 2;

	timer_stop(t);
	if (after_ms < 0)
		after_ms = 0;
	t->loop = l;
	t->due_ms = loop_now(l).mono_ms + (after_ms < longest_ms ? after_ms : longest_ms);
	t->order = l->order++;
	heap_add(&l->timers, &t->node);
}

void timer_stop(struct loop_timer *t)
{
	if (t->due_ms == 0)
		return;
	heap_remove(&t->loop->timers, &t->node);
	t->due_ms = 0;
}

bool loop_next_due(const struct loop *l, int64_t *out_ms)
{
	struct heap_node *first = heap_first(&l->timers);

	if (!first)
		return false;
	*out_ms = timer_of(first)->due_ms;
	return true;
}

/* A timer started by one that fires here waits for the next turn, or two timers that start each
 * other would never let the packets in. */
static void fire_due(struct loop *l)
{
	const int64_t now_ms = loop_now(l).mono_ms;
	const uint64_t before = l->order;
	struct heap_node *n;

	while ((n = heap_first(&l->timers))) {
		struct loop_timer *t = timer_of(n);

		if (t->due_ms > now_ms || t->order >= before)
			return;
		timer_stop(t);
		t->fire(t);
	}
}

/* ---- messages -------------------------------------------------------- */

void loop_post(struct loop *l, struct loop_message *m)
{
	struct loop_message *head = atomic_load(&l->messages);

	do
		m->next = head;
	while (!atomic_compare_exchange_weak(&l->messages, &head, m));
	l->ops->wake(l);
}

static struct loop_message *oldest_first(struct loop_message *m)
{
	struct loop_message *list = NULL;

	while (m) {
		struct loop_message *next = m->next;

		m->next = list;
		list = m;
		m = next;
	}
	return list;
}

static void run_messages(struct loop *l)
{
	struct loop_message *m = oldest_first(atomic_exchange(&l->messages, NULL));

	while (m) {
		struct loop_message *next = m->next;	/* run() may free it */

		m->run(m);
		m = next;
	}
}

/* ---- interfaces ------------------------------------------------------ */

void netif_watch_start(struct loop *l, struct netif_watch *w)
{
	w->next = l->netif_watches;
	l->netif_watches = w;
}

void netif_watch_stop(struct loop *l, struct netif_watch *w)
{
	struct netif_watch **at = &l->netif_watches;

	if (l->next_told == w)
		l->next_told = w->next;
	while (*at && *at != w)
		at = &(*at)->next;
	if (*at)
		*at = w->next;
}

static void tell_changes(struct loop *l)
{
	struct netif_watch *w;

	if (!l->netifs_changed)
		return;
	l->netifs_changed = false;
	l->next_told = l->netif_watches;
	while ((w = l->next_told)) {
		l->next_told = w->next;		/* changed() may stop this watch or another */
		w->changed(w);
	}
}

size_t loop_netifs(const struct loop *l, const struct netif **out)
{
	*out = l->netifs.link;
	return l->netifs.n;
}

const struct netif *loop_netif(const struct loop *l, unsigned index)
{
	return netifs_find(&l->netifs, index);
}

const struct netif *loop_netif_named(const struct loop *l, const char *name)
{
	return netifs_named(&l->netifs, name);
}

const struct netif *loop_netif_having(const struct loop *l, const struct addr *a)
{
	return netifs_having(&l->netifs, a);
}

const struct netif *loop_netif_or_near(const struct loop *l, unsigned index, const struct addr *a)
{
	const struct netif *all, *known = loop_netif(l, index);
	const size_t n = known ? 0 : loop_netifs(l, &all);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].addrs; k++) {
			const struct prefix net = { all[i].addr[k].addr, all[i].addr[k].bits };

			if (prefix_has(&net, a))
				return &all[i];
		}
	return known;
}

/* ---- turns ----------------------------------------------------------- */

void loop_turn(struct loop *l)
{
	run_messages(l);
	tell_changes(l);
	fire_due(l);
	loop_before(l);
}

void loop_before(const struct loop *l)
{
	if (l->before)
		l->before();
}

void loop_set_before(struct loop *l, void (*before)(void))
{
	l->before = before;
}

bool loop_pending(struct loop *l)
{
	int64_t due_ms;

	return atomic_load(&l->messages) || l->netifs_changed ||
	       (loop_next_due(l, &due_ms) && due_ms <= loop_now(l).mono_ms);
}

void probe_finish(struct probe *p, const struct hwaddr *who)
{
	timer_stop(&p->timer);
	p->in_use = who != NULL;
	if (who)
		p->who = *who;
	p->done(p);
}

/* ---- what differs between the two ------------------------------------- */

struct now loop_now(const struct loop *l)
{
	return l->ops->now(l);
}

void loop_run(struct loop *l)
{
	l->ops->run(l);
}

void loop_stop(struct loop *l)
{
	l->ops->stop(l);
}

enum status watch_start(struct loop *l, struct loop_watch *w, int fd)
{
	return l->ops->watch_start(l, w, fd);
}

void watch_stop(struct loop_watch *w)
{
	if (w->loop)
		w->loop->ops->watch_stop(w);
	w->loop = NULL;
}

void loop_set_door(struct loop *l, struct socket_door *door)
{
	l->door = door;
}

enum status loop_socket(const struct loop *l, const struct socket_want *want, int *out_fd)
{
	return l->door ? l->door->open(l->door, want, out_fd) : socket_open(want, out_fd);
}

enum status udp_open(struct loop *l, struct udp *u, const struct udp_want *want)
{
	enum status s = l->ops->udp_open(l, u, want);

	u->loop = s == ST_OK ? l : NULL;
	return s;
}

void udp_close(struct udp *u)
{
	if (u->loop)
		u->loop->ops->udp_close(u);
	u->loop = NULL;
}

void udp_drain(struct udp *u)
{
	if (u->loop)
		u->loop->ops->udp_drain(u);
}

void udp_mark(struct udp *u, uint32_t mark)
{
	if (!u->loop || u->mark == mark)
		return;
	u->mark = mark;
	u->loop->ops->udp_mark(u);
}

void udp_share(struct udp *u, bool share)
{
	if (u->loop)
		u->loop->ops->udp_share(u, share);
}

enum status udp_send(struct udp *u, const struct dgram *d)
{
	enum status s = d->to.addr.family == u->at.addr.family
		? u->loop->ops->udp_send(u, d) : ST_UNKNOWN;

	if (s == ST_OK)
		u->sent++;
	else
		u->send_failed++;
	return s;
}

bool frames_work(const struct loop *l)
{
	return l->ops->frames_work(l);
}

enum status frame_send(struct loop *l, const struct dgram *d, const struct hwaddr *dest)
{
	if (d->from.addr.family != ADDR_IP4 || d->to.addr.family != ADDR_IP4)
		return ST_UNKNOWN;
	return l->ops->frame_send(l, d, dest);
}

bool loop_neighbour(struct loop *l, unsigned ifindex, const struct addr *a, struct hwaddr *out)
{
	return l->ops->neighbour(l, ifindex, a, out);
}

enum status loop_neighbour_set(struct loop *l, unsigned ifindex, const struct addr *a,
			       const struct hwaddr *hw)
{
	return l->ops->neighbour_set(l, ifindex, a, hw);
}

/* One of our own addresses: nobody else would answer for it. */
static void end_own(struct loop_timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);
	const struct netif *own = netifs_having(&p->loop->netifs, &p->addr);

	probe_finish(p, own ? &own->hw : NULL);
}

enum status probe_start(struct loop *l, struct probe *p, unsigned timeout_ms)
{
	if (p->addr.family != ADDR_IP4)
		return ST_UNKNOWN;
	p->loop = l;
	p->in_use = p->sent = false;
	p->who = (struct hwaddr){ 0 };
	if (!netifs_having(&l->netifs, &p->addr))
		return l->ops->probe_start(l, p, timeout_ms);
	p->timer.fire = end_own;
	timer_start(l, &p->timer, 0);
	return ST_OK;
}

void probe_stop(struct loop *l, struct probe *p)
{
	l->ops->probe_stop(l, p);
	timer_stop(&p->timer);
}
