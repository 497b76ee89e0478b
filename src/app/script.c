/* SPDX-License-Identifier: ISC */
#include "app/script.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/lease_names.h"
#include "app/script_words.h"
#include "base/child.h"
#include "base/log.h"
#include "base/must.h"
#include "net/neighbours.h"
#include "store/lease_round.h"

#define BUCKETS 65536			/* by the last 16 bits of an address: few leases share one */
#define ENDED_MAX 100000		/* leases that ended and files that were sent, yet untold */
#define AHEAD_MAX 8			/* events that lie with the runner while the script keeps leases */
#define SOCKET_BYTES 212992		/* room for those, at their longest */

/* A lease that is to be told of as it is then. */
struct changed {
	struct addr addr;
	bool is_new;
	bool renewed_alone;		/* nothing but its end is another */
	char *old_name;			/* lost, and yet untold; or NULL */
	uint8_t *facts;
	size_t facts_n;
	struct changed *next, *prev;
	struct changed *beside;		/* in its bucket */
};

/* What is told as it was: a message. */
struct ended {
	struct ended *next;
	size_t n;
	uint8_t message[];
};

/* A file that was sent, on its way from TFTP's thread. */
struct sent {
	struct loop_message post;
	struct script *script;
	struct addr to;
	uint64_t bytes;
	char path[];
};

struct script {
	char *path;
	int socket;
	pid_t pid;
	struct loop *loop;
	struct leases *leases;
	const struct generation *now;
	struct lease_watch leases_watch;
	struct lease_round all;		/* every lease as "old" */
	struct event_watch events_watch;
	struct neighbours *neighbours;	/* NULL: they are not told of */
	struct loop_watch socket_watch;
	struct loop_timer turn_end;	/* when what a client said has come, too */
	struct changed *first, *last;
	struct ended *ended, **ended_end;
	size_t ended_n;
	bool too_many_told;
	unsigned running;		/* what the runner has */
	bool keeps;			/* the script keeps the leases */
	bool gone;
	struct changed *bucket[BUCKETS];	/* what changed, by address */
};

/* ---- what waits ------------------------------------------------------------------------ */

static struct changed **bucket_of(struct script *s, const struct addr *a)
{
	const struct span bytes = addr_bytes(a);

	must(bytes.n >= 2);
	return &s->bucket[bytes.p[bytes.n - 2] << 8 | bytes.p[bytes.n - 1]];
}

static struct changed *changed_find(struct script *s, const struct addr *a)
{
	struct changed *c = *bucket_of(s, a);

	while (c && !addr_eq(&c->addr, a))
		c = c->beside;
	return c;
}

static struct changed *changed_take(struct script *s, const struct addr *a)
{
	struct changed *c = changed_find(s, a);

	if (c)
		return c;
	c = calloc(1, sizeof *c);
	must(c);
	c->addr = *a;
	c->beside = *bucket_of(s, a);
	*bucket_of(s, a) = c;
	c->prev = s->last;
	*(s->last ? &s->last->next : &s->first) = c;
	s->last = c;
	return c;
}

static void changed_free(struct script *s, struct changed *c)
{
	struct changed **at = bucket_of(s, &c->addr);

	*(c->prev ? &c->prev->next : &s->first) = c->next;
	*(c->next ? &c->next->prev : &s->last) = c->prev;
	while (*at != c)
		at = &(*at)->beside;
	*at = c->beside;
	free(c->old_name);
	free(c->facts);
	free(c);
}

static void ended_add(struct script *s, const uint8_t *message, size_t n)
{
	struct ended *e;

	if (s->ended_n == ENDED_MAX) {
		if (!s->too_many_told)
			log_warning(LOG_SCRIPT, "dhcp-script is too slow: it is not told of all that ended");
		s->too_many_told = true;
		return;
	}
	e = malloc(sizeof *e + n);
	must(e);
	*e = (struct ended){ .n = n };
	memcpy(e->message, message, n);
	*s->ended_end = e;
	s->ended_end = &e->next;
	s->ended_n++;
}

/* ---- words ------------------------------------------------------------------------------- */

static size_t words_of(const struct script *s, enum script_action action, const struct lease *l,
		       const struct changed *c, uint8_t *out)
{
	const struct netif *n = loop_netif_or_near(s->loop, l->ifindex, &l->addr);
	const struct script_told told = {
		.action = action, .lease = l, .old_name = c ? c->old_name : NULL,
		.domain = lease_domain(s->now->lan, l, n), .interface = n ? n->name : NULL,
		.facts = c ? span_of(c->facts, c->facts_n) : span_of(NULL, 0),
		.log_dhcp = s->now->dhcp->log_dhcp, .wall_s = loop_now(s->loop).wall_s,
	};

	return script_words(&told, out);
}

/* ---- the runner ---------------------------------------------------------------------------- */

static void give(struct script *s, const uint8_t *message, size_t n)
{
	s->running++;
	/* It has so little else that there is room; if it is gone, its end is told. */
	if (send(s->socket, message, n, MSG_NOSIGNAL) < 0)
		return;
}

static bool give_ended(struct script *s)
{
	struct ended *e = s->ended;

	if (!e)
		return false;
	s->ended = e->next;
	if (!s->ended)
		s->ended_end = &s->ended;
	s->ended_n--;
	s->too_many_told = s->too_many_told && s->ended_n > 0;
	give(s, e->message, e->n);
	free(e);
	return true;
}

/* First that its old name is lost, where it is; then the lease as it is now. */
static bool give_changed(struct script *s, struct changed *c)
{
	const struct lease *l = leases_at(s->leases, &c->addr);
	uint8_t message[SCRIPT_MESSAGE_MAX];
	size_t n;

	if (!l || l->state != LEASE_BOUND) {
		changed_free(s, c);
		return false;
	}
	n = words_of(s, c->is_new && !c->old_name ? SCRIPT_ADD : SCRIPT_OLD, l, c, message);
	give(s, message, n);
	if (c->old_name) {
		free(c->old_name);
		c->old_name = NULL;
		return true;
	}
	changed_free(s, c);
	return false;
}

/* Commits wait while what ended does, or too much lies with the runner. */
static void hold(struct script *s)
{
	while (s->running < AHEAD_MAX && !s->gone && give_ended(s))
		;
	leases_hold(s->leases, !s->gone && (s->ended || s->running >= AHEAD_MAX));
}

static void pump(struct script *s)
{
	if (s->keeps && s->leases)
		hold(s);
	while (!s->running && !s->gone && !give_ended(s) && s->first) {
		must(!s->first->prev);
		give_changed(s, s->first);
	}
}

static void turn_ended(struct loop_timer *t)
{
	pump(container_of(t, struct script, turn_end));
}

static void want_pump(struct script *s)
{
	timer_start(s->loop, &s->turn_end, 0);
}

static void take_answer(struct script *s, const uint8_t *said, size_t n)
{
	const char *text = (const char *)said + 1;
	const int text_n = (int)n - 1, code = n > 1 ? said[1] : 0;

	s->running -= s->running && said[0] != SCRIPT_SAID_LINE;
	if (said[0] == SCRIPT_SAID_LINE)
		log_info(LOG_SCRIPT, "%.*s", text_n, text);
	else if (said[0] == SCRIPT_SAID_FAILED)
		log_error(LOG_MAIN, "failed to execute %s: %.*s", s->path, text_n, text);
	else if (said[0] == SCRIPT_SAID_KILLED)
		log_warning(LOG_MAIN, "script process killed by signal %d", code);
	else if (code)
		log_warning(LOG_MAIN, "script process exited with status %d", code);
}

/* False: there is nothing, or nobody there any more. */
static bool receive(struct script *s)
{
	uint8_t said[1 + SCRIPT_LINE_MAX];
	const ssize_t n = recv(s->socket, said, sizeof said, MSG_DONTWAIT);

	if (n > 0) {
		take_answer(s, said, (size_t)n);
		return true;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (!s->gone)
		log_error(LOG_MAIN, "the process that runs %s is gone: no more is told to it%s", s->path,
			  s->keeps ? ", and no lease is kept from now on" : "");
	s->gone = true;
	if (s->keeps)
		leases_memory_answers(s->leases, 0, ST_SYSTEM);
	watch_stop(&s->socket_watch);
	return false;
}

static void socket_ready(struct loop_watch *w)
{
	struct script *s = container_of(w, struct script, socket_watch);

	while (receive(s))
		;
	pump(s);
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void lease_ended(struct script *s, const struct lease *l)
{
	struct changed *c = changed_find(s, &l->addr);
	uint8_t message[SCRIPT_MESSAGE_MAX];

	ended_add(s, message, words_of(s, SCRIPT_DEL, l, NULL, message));
	if (c)
		changed_free(s, c);
	if (s->keeps)
		hold(s);
}

static void lease_told(struct lease_watch *w, enum lease_event e, const struct lease *l,
		       const char *old_name)
{
	struct script *s = container_of(w, struct script, leases_watch);
	struct changed *c;

	if (e == LEASE_RENEWED && !s->now->dhcp->script_on_renewal && !s->keeps)
		return;
	want_pump(s);
	if (e == LEASE_REMOVED || e == LEASE_EXPIRED) {
		lease_ended(s, l);
		return;
	}
	c = changed_find(s, &l->addr);
	if (!c) {
		c = changed_take(s, &l->addr);
		c->renewed_alone = true;
	}
	c->is_new |= e == LEASE_ADDED;
	c->renewed_alone &= e == LEASE_RENEWED;
	if (old_name && !c->is_new && !c->old_name) {
		c->old_name = strdup(old_name);
		must(c->old_name);
	}
}

/* Of one that was just renewed dnsmasq says no more than that. */
static void keep_facts(struct changed *c, struct span facts)
{
	if (c->renewed_alone || !facts.n)
		return;
	free(c->facts);
	c->facts = malloc(facts.n);
	must(c->facts);
	memcpy(c->facts, facts.p, facts.n);
	c->facts_n = facts.n;
}

void script_take_facts(void *script, const struct addr *a, struct span facts)
{
	struct script *s = script;
	struct changed *c = changed_find(s, a);

	if (!c)
		return;
	keep_facts(c, facts);
	if (!s->keeps || s->gone)
		return;
	while (give_changed(s, c))
		;
	hold(s);
}

static void file_sent(struct loop_message *m)
{
	struct sent *f = container_of(m, struct sent, post);
	struct script *s = f->script;
	uint8_t message[SCRIPT_MESSAGE_MAX];

	ended_add(s, message, script_words_tftp(f->bytes, &f->to, f->path, message));
	want_pump(s);
	free(f);
}

static void neighbour_told(void *arg, const struct addr *a, const struct hwaddr *hw, bool gone)
{
	struct script *s = arg;
	uint8_t message[SCRIPT_MESSAGE_MAX];

	ended_add(s, message, script_words_arp(hw, a, gone, message));
	want_pump(s);
}

/* In the thread of whoever publishes. */
static void event_told(struct event_watch *w, const struct event *e)
{
	struct script *s = container_of(w, struct script, events_watch);
	struct sent *f;

	if (e->kind != EVENT_TFTP_SENT)
		return;
	f = malloc(sizeof *f + strlen(e->name) + 1);
	must(f);
	*f = (struct sent){ .post.run = file_sent, .script = s, .to = e->addr, .bytes = e->bytes };
	strcpy(f->path, e->name);
	loop_post(s->loop, &f->post);
}

static void tell_one(struct lease_round *r, const struct lease *l)
{
	struct script *s = container_of(r, struct script, all);

	changed_take(s, &l->addr);
	want_pump(s);
}

void script_tell_all(struct script *s)
{
	s->all.each = tell_one;
	lease_round_begin(&s->all, s->loop, s->leases);
}

/* ---- life ---------------------------------------------------------------------------------------- */

struct script *script_fork(const char *path, uid_t uid, gid_t gid)
{
	struct script *s = calloc(1, sizeof *s);

	must(s);
	s->path = strdup(path);
	must(s->path);
	s->ended_end = &s->ended;
	s->socket = script_runner_fork(path, uid, gid, &s->pid);
	if (s->socket >= 0)
		return s;
	free(s->path);
	free(s);
	return NULL;
}

enum status script_start(struct script *s, struct loop *loop, struct leases *leases,
			 struct events *events)
{
	s->loop = loop;
	s->leases = leases;
	s->turn_end.fire = turn_ended;
	s->leases_watch.told = lease_told;
	if (leases)
		leases_watch(leases, &s->leases_watch);
	s->events_watch.told = event_told;
	events_watch(events, &s->events_watch);
	s->socket_watch.ready = socket_ready;
	if (s->now->dhcp->script_arp) {
		s->neighbours = neighbours_new();
		must(s->neighbours);
		neighbours_watch(s->neighbours, neighbour_told, s);
		if (neighbours_start(s->neighbours, loop) != ST_OK)
			return ST_SYSTEM;
	}
	return watch_start(loop, &s->socket_watch, s->socket);
}

void script_keep_leases(struct script *s)
{
	const int bytes = SOCKET_BYTES;

	s->keeps = true;
	if (setsockopt(s->socket, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes) < 0)
		log_debug(LOG_MAIN, "%s: %s", s->path, strerror(errno));
}

void script_configure(struct script *s, const struct generation *g)
{
	s->now = g;
}

/* One event at a time, as ever, but nothing else goes on. */
void script_finish(struct script *s)
{
	lease_round_finish(&s->all);
	timer_stop(&s->turn_end);
	for (pump(s); s->running && !s->gone; pump(s)) {
		struct pollfd p = { .fd = s->socket, .events = POLLIN };

		if (poll(&p, 1, -1) > 0)
			while (receive(s))
				;
	}
}

void script_free(struct script *s)
{
	if (!s)
		return;
	timer_stop(&s->turn_end);
	lease_round_stop(&s->all);
	watch_stop(&s->socket_watch);
	if (s->neighbours)
		neighbours_stop(s->neighbours);
	neighbours_free(s->neighbours);
	for (struct changed *c = s->first, *next; c; c = next) {
		next = c->next;
		free(c->old_name);
		free(c->facts);
		free(c);
	}
	while (s->ended) {
		struct ended *e = s->ended;

		s->ended = e->next;
		free(e);
	}
	close(s->socket);
	child_wait(s->pid);
	free(s->path);
	free(s);
}
