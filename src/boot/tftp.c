/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "boot/tftp_private.h"
#include "store/packets.h"

/* ---- what a request means ------------------------------------------------------ */

static bool find_hw(struct tftp *t, const struct dgram *d, struct hwaddr *out)
{
	return (t->find_hw && t->find_hw(t->find_arg, &d->from.addr, out)) ||
	       loop_neighbour(t->loop, d->ifindex, &d->from.addr, out);
}

static struct tftp_place place_of(struct tftp *t, const struct dgram *d, const char *interface)
{
	struct tftp_client c = { .addr = d->from.addr };

	if (t->boot->unique == TFTP_UNIQUE_MAC)
		find_hw(t, d, &c.hw);
	return tftp_place_of(t->boot, t->files, interface, &c);
}

/* A name that was refused is shown as it was asked for, but for the kind of slash. */
static void show_asked(struct transfer *x, const struct tftp_place *p, struct span asked)
{
	char name[FILES_NAME_MAX + 1];
	struct text t = TEXT(name);

	text_addn(&t, (const char *)asked.p, asked.n);
	for (char *c = name; *c; c++)
		if (*c == '\\')
			*c = '/';
	files_path(p->path, "", *name == '/' ? name + 1 : name, x->path, sizeof x->path);
}

/* Opens the file that was asked for; x->path says which that is. */
static enum files_result find_file(struct transfer *x, const struct tftp_place *p, struct span asked,
				   struct files_found *found)
{
	struct files_name name;
	enum files_result r = tftp_place_clean(x->tftp->boot, p, asked, &name);

	found->error = EACCES;
	if (r != FILES_OK) {
		show_asked(x, p, asked);
		return r;
	}
	files_path(p->path, "", name.s, x->path, sizeof x->path);
	return tftp_place_open(x->tftp->boot, x->tftp->files, p, &name, found);
}

/* ---- refusing ------------------------------------------------------------------- */

/* dnsmasq's codes and sentences. */
static const struct refusal {
	enum tftp_code code;
	const char *before, *between;
	bool says_client;		/* at the end: the client's address, else the system's error */
} refusals[] = {
	[FILES_MISSING]    = { TFTP_NOT_FOUND, "file ",          " not found for ", true  },
	[FILES_FORBIDDEN]  = { TFTP_ACCESS,    "cannot access ", ": ",              false },
	[FILES_NOT_A_FILE] = { TFTP_UNDEFINED, "cannot read ",   ": ",              false },
	[FILES_FAILED]     = { TFTP_UNDEFINED, "cannot read ",   ": ",              false },
};

static void refuse_file(struct transfer *x, enum files_result r, int error)
{
	const struct refusal *why = &refusals[r];
	struct tftp *t = x->tftp;
	char text[PATH_MAX_SHOWN + 128];
	struct text line = TEXT(text);

	if (r == FILES_FORBIDDEN)
		error = EACCES;
	text_addf(&line, "%s%s%s%s", why->before, x->path, why->between,
		  why->says_client ? addr_text(&x->client.addr).s : strerror(error));
	transfer_send_error(x, why->code, text);
	if (r != FILES_MISSING) {
		tell_refused(t, &x->client, text);
	} else if (events_wanted(t->events)) {
		events_publish(t->events, &(struct event){
			.kind = EVENT_TFTP_NOT_FOUND, .at = loop_now(t->loop),
			.addr = x->client.addr, .name = x->path, .status = (uint16_t)why->code });
	}
	if (r == FILES_MISSING)
		counter_add(t->counters, COUNTER_TFTP_REFUSED);
	transfer_free(x);
}

static void refuse_request(struct transfer *x)
{
	char text[96];
	struct text line = TEXT(text);

	counter_add(x->tftp->counters, COUNTER_TFTP_MALFORMED);
	text_addf(&line, "unsupported request from %s", addr_text(&x->client.addr).s);
	transfer_send_error(x, TFTP_ILLEGAL, text);
	tell_refused(x->tftp, &x->client, text);
	transfer_free(x);
}

/* ---- granting ------------------------------------------------------------------- */

/* IP and UDP headers, TFTP's four bytes, and dnsmasq's allowance: 32 bytes, with IPv6 52. */
static uint32_t blksize_most(const struct boot_conf *b, const struct netif *n, bool six)
{
	uint32_t mtu = b->mtu && b->mtu < n->mtu ? b->mtu : n->mtu;
	uint32_t head = six ? 52 : 32;
	uint32_t most = mtu > head + TFTP_BLOCK_MIN ? mtu - head : TFTP_BLOCK_MAX;

	return most < TFTP_BLOCK_MAX ? most : TFTP_BLOCK_MAX;
}

static void grant(struct transfer *x, const struct tftp_request *m, const struct netif *n)
{
	const struct boot_conf *b = x->tftp->boot;
	uint32_t most = blksize_most(b, n, x->client.addr.family == ADDR_IP6);

	x->mode = m->mode;
	if (m->blksize && !b->no_blocksize)
		x->blksize = x->oack.blksize = m->blksize < most ? m->blksize : most;
	if (m->timeout_s && !b->no_timeout)
		x->timeout_s = x->oack.timeout_s = m->timeout_s;
	if (m->asks_tsize && m->mode == TFTP_OCTET) {
		x->oack.has_tsize = true;
		x->oack.tsize = x->file->size;
	}
}

static void serve(struct transfer *x, const struct dgram *d, const struct netif *n)
{
	struct tftp_place place = place_of(x->tftp, d, n->name);
	struct files_found found;
	struct tftp_request m;
	enum files_result r;

	if (!tftp_request_read(d->data, &m)) {
		refuse_request(x);
		return;
	}
	r = find_file(x, &place, m.name, &found);
	if (r == FILES_OK) {
		x->file = shared_open(x->tftp, &found);
		if (!x->file) {
			r = FILES_FAILED;
			found.error = ENFILE;
		}
	}
	if (r != FILES_OK) {
		refuse_file(x, r, found.error);
		return;
	}
	grant(x, &m, n);
	transfer_begin(x);
}

/* ---- requests that wait ----------------------------------------------------------- */

static struct waiting *waiting_at(struct tftp *t, size_t i)
{
	return &t->waiting[(t->waiting_first + i) % WAITING_MAX];
}

static bool is_from(const struct waiting *w, const struct endpoint *client)
{
	return w->from.port == client->port && addr_eq(&w->from.addr, &client->addr);
}

/* A client that asks again keeps its turn. */
static void wait_for_place(struct listener *l, const struct dgram *d)
{
	struct tftp *t = l->tftp;
	size_t i = 0;

	while (i < t->waiting_n && !is_from(waiting_at(t, i), &d->from))
		i++;
	if (i == WAITING_MAX || d->data.n > WAITING_BYTES) {
		counter_add(t->counters, COUNTER_TFTP_REFUSED);
		return;
	}

	struct waiting *w = waiting_at(t, i);

	if (i == t->waiting_n)
		t->waiting_n++;
	*w = (struct waiting){ .listener = l, .from = d->from, .to = d->to,
			       .ifindex = d->ifindex, .since_ms = loop_now(t->loop).mono_ms,
			       .n = d->data.n };
	memcpy(w->bytes, d->data.p, d->data.n);
}

static void request(struct listener *l, const struct dgram *d);

static void serve_waiting(struct loop_timer *timer)
{
	struct tftp *t = container_of(timer, struct tftp, wake);
	int64_t now_ms = loop_now(t->loop).mono_ms;

	while (t->waiting_n && t->active < boot_tftp_max(t->boot)) {
		struct waiting w = *waiting_at(t, 0);

		t->waiting_first = (t->waiting_first + 1) % WAITING_MAX;
		t->waiting_n--;
		if (w.listener && now_ms - w.since_ms < WAITING_MS)
			request(w.listener, &(struct dgram){ .from = w.from, .to = w.to,
				.ifindex = w.ifindex, .data = span_of(w.bytes, w.n) });
	}
}

/* ---- requests ----------------------------------------------------------------------- */

static uint64_t hash_of(struct span s)		/* FNV-1a */
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < s.n; i++)
		h = (h ^ s.p[i]) * UINT64_C(0x100000001b3);
	return h;
}

/*
 * The client did not hear our first packet, or that crossed its second request:
 * a transfer of its own for each would only confuse both sides.
 */
static bool is_repeated(struct tftp *t, const struct dgram *d)
{
	struct transfer *x = transfer_find(t, &d->from, NULL);

	if (!x || x->heard || x->request_hash != hash_of(d->data))
		return false;
	transfer_repeat(x);
	return true;
}

/* A request to everybody is answered by nobody (RFC 1123 4.2.3.4). */
static bool is_to_all(const struct netif *n, const struct addr *to)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (addr_is_set(&n->addr[i].broadcast) && addr_eq(&n->addr[i].broadcast, to))
			return true;
	return to->family == ADDR_IP4 ? to->bytes[0] >= 224 : to->bytes[0] == 0xff;
}

static void request(struct listener *l, const struct dgram *d)
{
	struct tftp *t = l->tftp;
	const struct netif *n = lan_netif_of(t->loop, d->ifindex, &d->to.addr);
	struct transfer *x;

	if (!n || is_to_all(n, &d->to.addr) || !boot_serves_tftp(t->boot, t->lan, n, &d->to.addr)) {
		counter_add(t->counters, COUNTER_TFTP_REFUSED);
		return;
	}
	if (is_repeated(t, d))
		return;
	if (t->active >= boot_tftp_max(t->boot)) {
		wait_for_place(l, d);
		return;
	}
	x = transfer_new(t, l, d);
	if (!x)
		return;
	x->request_hash = hash_of(d->data);
	serve(x, d, n);
}

/* With tftp-single-port: a packet of a running transfer; a new request of its client ends it. */
static bool hear_single(struct listener *l, const struct dgram *d)
{
	struct transfer *x = transfer_find(l->tftp, &d->from, &l->udp);

	if (!x)
		return false;
	if (tftp_op_of(d->data) != TFTP_RRQ) {
		transfer_hear(x, d->data);
		return true;
	}
	if (!is_repeated(l->tftp, d)) {
		transfer_free(x);
		return false;
	}
	return true;
}

static void receive(struct udp *u, const struct dgram *d)
{
	struct listener *l = container_of(u, struct listener, udp);
	struct tftp *t = l->tftp;

	packet_show(t->events, PACKET_TFTP, &d->from, &d->to, d->data);
	if (!t->boot || d->from.port == 0 || hear_single(l, d))
		return;
	if (d->data.n < 2 || tftp_op_of(d->data) == TFTP_ERROR) {
		counter_add(t->counters, COUNTER_TFTP_MALFORMED);
		return;			/* an error is never answered */
	}
	counter_add(t->counters, COUNTER_TFTP_REQUESTS);
	request(l, d);
}

/* ---- life ----------------------------------------------------------------------------- */

struct tftp *tftp_new(struct loop *l, struct files *files, struct events *e, struct counters *c)
{
	struct tftp *t = calloc(1, sizeof *t);

	if (!t)
		return NULL;
	t->loop = l;
	t->files = files;
	t->events = e;
	t->counters = c;
	t->wake.fire = serve_waiting;
	return t;
}

static void free_shared(struct shared_file *s)
{
	while (s) {
		struct shared_file *next = s->next;

		free(s);
		s = next;
	}
}

/* Descriptors and places for `n` more transfers. */
static enum status grow(struct tftp *t, size_t n)
{
	struct transfer_chunk *c = calloc(1, sizeof *c + n * sizeof c->transfer[0]);

	if (!c)
		return ST_FULL;
	c->ahead = calloc(n, AHEAD);
	if (!c->ahead) {
		free(c);
		return ST_FULL;
	}
	for (size_t i = 0; i < n; i++) {
		struct shared_file *s = calloc(1, sizeof *s);

		if (!s) {
			free(c->ahead);
			free(c);
			return ST_FULL;
		}
		s->next = t->shared_free;
		t->shared_free = s;
	}
	for (size_t i = 0; i < n; i++) {
		c->transfer[i].ahead = c->ahead + i * AHEAD;
		c->transfer[i].next = t->free;
		t->free = &c->transfer[i];
	}
	c->next = t->chunks;
	t->chunks = c;
	t->room += n;
	return ST_OK;
}

enum status tftp_configure(struct tftp *t, const struct boot_conf *b, const struct lan_conf *lan)
{
	size_t max = boot_tftp_max(b);
	enum status s = max > t->room ? grow(t, max - t->room) : ST_OK;

	if (s != ST_OK)
		return s;
	t->boot = b;
	t->lan = lan;
	if (t->waiting_n)
		timer_start(t->loop, &t->wake, 0);
	return ST_OK;
}

void tftp_set_find_hw(struct tftp *t, tftp_find_hw *find, void *arg)
{
	t->find_hw = find;
	t->find_arg = arg;
}

enum status tftp_listen(struct tftp *t, const struct udp_want *want)
{
	struct listener *l = calloc(1, sizeof *l);
	struct udp_want w = *want;
	enum status s;

	if (!l)
		return ST_FULL;
	l->tftp = t;
	l->udp.receive = receive;
	if (w.at.port == 0)
		w.at.port = TFTP_PORT;
	s = udp_open(t->loop, &l->udp, &w);
	if (s != ST_OK) {
		free(l);
		return s;
	}
	l->next = t->listeners;
	t->listeners = l;
	return ST_OK;
}

static struct transfer *any_on(const struct tftp *t, const struct udp *udp)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct transfer *x = t->bucket[i]; x; x = x->next)
			if (!udp || x->udp == udp)
				return x;
	return NULL;
}

static void listener_close(struct listener *l)
{
	struct tftp *t = l->tftp;
	struct transfer *x;

	while ((x = any_on(t, &l->udp)))
		transfer_free(x);
	for (size_t i = 0; i < t->waiting_n; i++)
		if (waiting_at(t, i)->listener == l)
			waiting_at(t, i)->listener = NULL;
	udp_close(&l->udp);
	free(l);
}

void tftp_unlisten(struct tftp *t, const struct addr *at)
{
	for (struct listener **i = &t->listeners; *i; i = &(*i)->next)
		if (addr_eq(&(*i)->udp.at.addr, at)) {
			struct listener *l = *i;

			*i = l->next;
			listener_close(l);
			return;
		}
}

size_t tftp_transfers(const struct tftp *t)
{
	return t->active;
}

void tftp_free(struct tftp *t)
{
	struct transfer *x;

	if (!t)
		return;
	while ((x = any_on(t, NULL)))
		transfer_free(x);
	while (t->listeners) {
		struct listener *l = t->listeners;

		t->listeners = l->next;
		listener_close(l);
	}
	timer_stop(&t->wake);
	while (t->chunks) {
		struct transfer_chunk *next = t->chunks->next;

		free(t->chunks->ahead);
		free(t->chunks);
		t->chunks = next;
	}
	free_shared(t->shared_free);
	free(t);
}
