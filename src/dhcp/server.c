/* SPDX-License-Identifier: ISC */
#include "dhcp/server.h"

#include <errno.h>
#include <stdlib.h>

#include "base/must.h"
#include "dhcp/facts.h"
#include "dhcp/detail.h"
#include "dhcp/recall.h"
#include "dhcp/send.h"
#include "dhcp/server_private.h"
#include "dhcp/tell.h"
#include "store/lease_tags.h"
#include "store/packets.h"

enum {
	DECLINE_S = 600,		/* how long a declined address is barred */
	PROBES_EACH = 8,		/* of one packet: its client has given up by then */
};

static void process(struct dhcp_server *s, const struct dhcp_input *in, struct dhcp_parked *k);
static void tell(struct dhcp_server *s, const struct dhcp_verdict *v);

static void count(struct dhcp_server *s, enum counter which)
{
	if (s->counters)
		counter_add(s->counters, which);
}

static struct dhcp_about about(struct dhcp_server *s)
{
	return (struct dhcp_about){ s->events, loop_now(s->loop), s->request.netif->name,
				    s->msg.xid, s->request.hw };
}

static void leave(struct dhcp_server *s, struct dhcp_parked *k)
{
	if (k)
		dhcp_parking_leave(&s->parking, k);
}

/* ---- answers ---------------------------------------------------------------------- */

static void count_answer(struct dhcp_server *s, enum dhcp4_type type)
{
	if (type == DHCP4_BOOTP)
		return;
	count(s, type == DHCP4_OFFER ? COUNTER_DHCP_OFFER
	       : type == DHCP4_NAK   ? COUNTER_DHCP_NAK : COUNTER_DHCP_ACK);
}

/* The lines of log-dhcp are made only for somebody who reads them. */
static bool tells_details(const struct dhcp_server *s)
{
	return s->conf->log_dhcp && events_wanted(s->events);
}

/* want: option 55 of the request. */
static void transmit(struct dhcp_server *s, const struct dhcp_about *a, struct span want,
		     const struct dhcp_reply *reply)
{
	struct udp *u = dhcp_server_socket(s, reply->ifindex);
	enum status status;

	if (tells_details(s))
		dhcp_detail_reply(a, want, reply);
	dhcp_tell_left_out(a, reply);
	count_answer(s, reply->type);
	packet_show(s->events, PACKET_DHCP4,
		    &(struct endpoint){ reply->from, reply->from_port }, &reply->to,
		    span_of(reply->packet, reply->n));
	status = u ? dhcp_reply_send(s->loop, u, reply) : ST_UNKNOWN;

	if (status == ST_OK)
		return;
	count(s, COUNTER_DHCP_SEND_FAILED);
	dhcp_tell_warning(a, "Error sending DHCP packet to %s: %s", addr_text(&reply->to.addr).s,
			  status == ST_SYSTEM ? strerror(errno) : status_text(status));
}

static void answer(struct dhcp_server *s, const struct dhcp_env *e, const struct dhcp_verdict *v)
{
	struct dhcp_about a = about(s);
	const struct addr *addr = v->kind == VERDICT_NAK || addr_is_set(&v->addr)
					  ? &v->addr : &s->msg.ciaddr;

	dhcp_reply_write(e, &s->request, v, &s->reply);
	dhcp_tell_answer(&a, s->reply.type, addr, v->kind == VERDICT_OFFER ? NULL : v->name,
			 v->kind == VERDICT_NAK ? v->reason : NULL, v->origin);
	transmit(s, &a, s->request.want, &s->reply);
}

/* ---- waiting for a commit ------------------------------------------------------------ */

/* Decided under a configuration that is gone: what it reserved goes back, unless the packet
 * gets it again. */
static void decide_afresh(struct dhcp_server *s, struct dhcp_parked *k)
{
	struct addr held = k->addr;
	bool is_new = k->is_new;

	process(s, &k->input, k);
	if (is_new && !(s->verdict.kind == VERDICT_ACK && addr_eq(&s->verdict.addr, &held)))
		leases_release(s->leases, &held, NULL);
}

static void committed(struct lease_commit *c, enum status status)
{
	struct dhcp_parked *k = container_of(c, struct dhcp_parked, commit);
	struct dhcp_server *s = k->server;
	const struct netif *n = dhcp_server_arrival(s, &k->input, NULL);

	k->wait = WAIT_NOTHING;
	if (status != ST_OK) {
		if (s->tags && k->is_new)
			lease_tags_remove(s->tags, &k->addr);
		k->failed = true;
		process(s, &k->input, k);
		return;
	}
	if (k->generation != s->generation) {
		decide_afresh(s, k);
		return;
	}

	struct dhcp_about a = { s->events, loop_now(s->loop), n ? n->name : "", k->xid, k->client };

	if (s->facts_told)
		s->facts_told(s->facts_arg, &k->addr, span_of(k->facts, k->facts_n));
	dhcp_tell_answer(&a, k->reply.type, &k->addr, k->name, NULL, &k->origin);
	if (dhcp4_read(k->input.packet, &s->msg) == DHCP4_READ)
		transmit(s, &a, s->msg.opt[DHCP4_REQUEST_LIST], &k->reply);
	leave(s, k);
}

static struct dhcp_parked *park(struct dhcp_server *s, const struct dhcp_input *in,
				struct dhcp_parked *k)
{
	if (!k)
		k = dhcp_parking_take(&s->parking, &s->msg, in);
	if (k)
		k->generation = s->generation;
	return k;
}

static void remember(struct dhcp_parked *k, const struct dhcp_verdict *v)
{
	k->addr = v->addr;
	k->client = v->change.hw;
	k->is_new = v->is_new;
	k->origin = v->origin ? *v->origin : (struct origin){ 0 };
	k->name[0] = '\0';
	if (v->name)
		memcpy(k->name, v->name, strlen(v->name) + 1);
}

static void commit(struct dhcp_server *s, const struct dhcp_env *e, const struct dhcp_input *in,
		   struct dhcp_parked *k, struct dhcp_verdict *v)
{
	bool failed_before = k && k->failed;

	if (failed_before) {			/* the store is worse than it knew */
		count(s, COUNTER_LEASES_REFUSED);
		leave(s, k);
		return;
	}
	k = park(s, in, k);
	if (!k) {
		count(s, COUNTER_DHCP_PARKED_FULL);
		return;
	}
	remember(k, v);
	k->facts_n = s->facts_told ? dhcp_facts(&s->request, v, k->facts, sizeof k->facts) : 0;
	if (s->tags)
		lease_tags_put(s->tags, &v->addr, &v->tags);
	dhcp_reply_write(e, &s->request, v, &k->reply);
	if (addr_is_set(&v->give_up))
		leases_release(s->leases, &v->give_up, NULL);
	k->commit.done = committed;
	k->wait = WAIT_COMMIT;
	if (leases_commit(s->leases, &v->change, &k->commit) == ST_OK)
		return;
	leave(s, k);
	dhcp_decide_full(v);
	if (v->kind == VERDICT_SILENCE)
		tell(s, v);
	else
		answer(s, e, v);
}

/* ---- waiting for a probe ------------------------------------------------------------- */

static void probed(struct probe *p)
{
	struct dhcp_parked *k = container_of(p, struct dhcp_parked, probe);
	struct dhcp_server *s = k->server;

	k->wait = WAIT_NOTHING;
	dhcp_memory_probed(&s->memory, &k->addr, p->in_use, loop_now(s->loop));
	if (p->in_use) {
		count(s, COUNTER_PROBES_IN_USE);
		dhcp_memory_failed(&s->memory, &k->range_start);
	}
	process(s, &k->input, k);
}

/* False: no probe could be started, so the packet is decided without one. */
static bool probe(struct dhcp_server *s, const struct dhcp_input *in, struct dhcp_parked *k,
		  const struct dhcp_verdict *v)
{
	bool fresh = !k;

	k = park(s, in, k);
	if (!k)
		return false;
	k->addr = v->addr;
	k->range_start = v->context.range ? v->context.range->start : v->addr;
	k->probes++;
	k->probe = (struct probe){
		.done = probed, .addr = v->addr,
		.ifindex = addr_is_any(&s->msg.giaddr) ? s->request.link : 0,
	};
	k->wait = WAIT_PROBE;
	count(s, COUNTER_PROBES);
	if (probe_start(s->loop, &k->probe, s->conf->probe_timeout_ms) == ST_OK)
		return true;
	k->wait = WAIT_NOTHING;
	if (fresh)
		leave(s, k);
	return false;
}

/* ---- carrying out ------------------------------------------------------------------------ */

static void hold(struct dhcp_server *s, const struct dhcp_verdict *v)
{
	if (s->conf->offer_hold_s > 0)
		leases_offer(s->leases, &v->addr, &s->request.hw, v->class.clid,
			     s->conf->offer_hold_s, loop_now(s->loop));
}

static void bar(struct dhcp_server *s, const struct dhcp_verdict *v)
{
	leases_decline(s->leases, &v->addr, DECLINE_S, loop_now(s->loop));
	if (v->context.range && v->origin == &v->context.range->origin)
		dhcp_memory_failed(&s->memory, &v->context.range->start);
}

/* What could not be stored, the store counts. */
static void count_silence(struct dhcp_server *s, const struct dhcp_verdict *v)
{
	if (v->class.ignored)
		count(s, COUNTER_DHCP_IGNORED);
	else if (!v->reason || strcmp(v->reason, DHCP_NOT_STORED) != 0)
		count(s, COUNTER_DHCP_NO_ANSWER);
}

/* The verdict waits for nothing. */
static void carry_out(struct dhcp_server *s, const struct dhcp_env *e,
		      const struct dhcp_verdict *v)
{
	if (v->kind == VERDICT_SILENCE)
		count_silence(s, v);
	else if (v->kind == VERDICT_RELEASE && !v->reason)
		leases_release(s->leases, &v->addr, NULL);
	else if (v->kind == VERDICT_DECLINE && !v->reason)
		bar(s, v);
	else if (v->kind == VERDICT_OFFER)
		hold(s, v);
	if (v->kind == VERDICT_OFFER || v->kind == VERDICT_ACK || v->kind == VERDICT_NAK ||
	    v->kind == VERDICT_INFORM)
		answer(s, e, v);
}

static void remember_relay(struct dhcp_server *s, const struct dhcp_verdict *v)
{
	struct dhcp_relay_memory relay = { v->context.router, v->override };

	if (v->context.range && !addr_is_any(&s->msg.giaddr) &&
	    (v->kind == VERDICT_OFFER || v->kind == VERDICT_ACK || v->kind == VERDICT_INFORM))
		dhcp_memory_relayed(&s->memory, &v->context.range->start, &relay);
}

static void tell(struct dhcp_server *s, const struct dhcp_verdict *v)
{
	struct dhcp_about a = about(s);

	if (tells_details(s))
		dhcp_detail_request(&a, s->conf, &s->request);
	dhcp_tell_request(&a, &s->request, v);
	if (tells_details(s) && (v->kind == VERDICT_OFFER || v->kind == VERDICT_ACK ||
				 v->kind == VERDICT_INFORM))
		dhcp_detail_verdict(&a, v);
}

/* ---- waiting for a while --------------------------------------------------------------------- */

static void delayed(struct loop_timer *t)
{
	struct dhcp_parked *k = container_of(t, struct dhcp_parked, delay);

	k->wait = WAIT_NOTHING;
	process(k->server, &k->input, k);
}

/* False: there is no place to wait. */
static bool delay(struct dhcp_server *s, const struct dhcp_input *in, struct dhcp_parked *k,
		  const struct dhcp_verdict *v)
{
	struct dhcp_about a = about(s);

	k = park(s, in, k);
	if (!k)
		return false;
	if (v->kind == VERDICT_OFFER)
		hold(s, v);
	dhcp_detail_delay(&a, v->delay_s, s->conf->log_dhcp);
	k->delayed = true;
	k->wait = WAIT_DELAY;
	k->delay.fire = delayed;
	timer_start(s->loop, &k->delay, (int64_t)v->delay_s * 1000);
	return true;
}

static bool wants_delay(const struct dhcp_parked *k, const struct dhcp_verdict *v)
{
	return v->delay_s && !(k && k->delayed) && (v->kind == VERDICT_OFFER || v->kind == VERDICT_ACK);
}

static void act(struct dhcp_server *s, struct dhcp_env *e, const struct dhcp_input *in,
		struct dhcp_parked *k)
{
	struct dhcp_verdict *v = &s->verdict;

	e->may_probe = !k || k->probes < PROBES_EACH;
	dhcp_decide(e, &s->request, v);
	if (v->kind == VERDICT_PROBE) {
		if (probe(s, in, k, v))
			return;
		e->may_probe = false;
		dhcp_decide(e, &s->request, v);
	}
	if (!k || (!k->failed && !k->delayed))
		tell(s, v);
	remember_relay(s, v);
	if (wants_delay(k, v) && delay(s, in, k, v))
		return;
	if (v->kind == VERDICT_ACK && v->commit) {
		commit(s, e, in, k, v);
		return;
	}
	carry_out(s, e, v);
	leave(s, k);
}

/* ---- tags ------------------------------------------------------------------------------- */

static void lease_told(struct lease_watch *w, enum lease_event e, const struct lease *l,
		       const char *old_name)
{
	const struct dhcp_server *s = container_of(w, struct dhcp_server, ends);

	(void)old_name;
	if (e == LEASE_REMOVED || e == LEASE_EXPIRED)
		lease_tags_remove(s->tags, &l->addr);
}

void dhcp_server_set_tags(struct dhcp_server *s, struct lease_tags *tags)
{
	s->tags = tags;
	s->ends.told = lease_told;
	leases_watch(s->leases, &s->ends);
}

static void recall_one(struct lease_round *r, const struct lease *l)
{
	struct dhcp_server *s = container_of(r, struct dhcp_server, recall);
	const struct dhcp_env e = {
		.conf = s->conf, .lan = s->lan, .files = s->files, .hosts = &s->hosts,
		.names = s->names, .leases = s->leases, .memory = &s->memory,
	};
	struct tags tags;

	if (lease_tags_has(s->tags, &l->addr))
		return;
	dhcp_recall_tags(&e, s->loop, l, &tags);
	lease_tags_put(s->tags, &l->addr, &tags);
}

void dhcp_server_recall_tags(struct dhcp_server *s)
{
	s->recall.each = recall_one;
	if (s->tags)
		lease_round_begin(&s->recall, s->loop, s->leases);
}

/* ---- reading ----------------------------------------------------------------------------- */

static const enum counter reject_counters[] = {
	[DHCP4_SHORT] = COUNTER_DHCP_SHORT,           [DHCP4_NOT_REQUEST] = COUNTER_DHCP_NOT_REQUEST,
	[DHCP4_BAD_HEADER] = COUNTER_DHCP_BAD_HEADER, [DHCP4_BAD_OPTIONS] = COUNTER_DHCP_BAD_OPTIONS,
};

static const enum counter type_counters[] = {
	[DHCP4_BOOTP] = COUNTER_BOOTP,
	[DHCP4_DISCOVER] = COUNTER_DHCP_DISCOVER, [DHCP4_REQUEST] = COUNTER_DHCP_REQUEST,
	[DHCP4_DECLINE] = COUNTER_DHCP_DECLINE,   [DHCP4_RELEASE] = COUNTER_DHCP_RELEASE,
	[DHCP4_INFORM] = COUNTER_DHCP_INFORM,     [DHCP4_OFFER] = COUNTER_DHCP_NOT_REQUEST,
	[DHCP4_ACK] = COUNTER_DHCP_NOT_REQUEST,   [DHCP4_NAK] = COUNTER_DHCP_NOT_REQUEST,
};

/* Into s->msg and s->request; counted only when it is new.  False: there is nothing more to do. */
static bool read_input(struct dhcp_server *s, const struct dhcp_env *e, const struct dhcp_input *in,
		       const struct netif *n, bool is_new)
{
	enum dhcp4_reject reject = dhcp4_read(in->packet, &s->msg);

	if (reject != DHCP4_READ) {
		count(s, reject_counters[reject]);
		return false;
	}
	if (dhcp_server_asked(s, e, in, n))
		return false;
	if (!dhcp_request_read(&s->msg, n, &in->to.addr, &s->request)) {
		count(s, COUNTER_DHCP_NO_TYPE);
		return false;
	}
	if (is_new)
		count(s, type_counters[s->request.type]);
	return true;
}

/* k: the place where the packet waited until now, or NULL. */
static void process(struct dhcp_server *s, const struct dhcp_input *in, struct dhcp_parked *k)
{
	unsigned link;
	const struct netif *n = dhcp_server_arrival(s, in, &link);
	struct dhcp_env e = {
		.conf = s->conf, .lan = s->lan, .files = s->files, .hosts = &s->hosts,
		.names = s->names, .leases = s->leases, .memory = &s->memory, .now = loop_now(s->loop),
	};

	if (!n || !lan_serves_dhcp4(s->lan, n) || !read_input(s, &e, in, n, !k) ||
	    (!k && dhcp_parking_find(&s->parking, &s->msg))) {
		s->verdict.kind = VERDICT_SILENCE;
		leave(s, k);
		return;
	}
	s->request.link = link;
	act(s, &e, in, k);
}

void dhcp_server_receive(struct udp *u, const struct dgram *d)
{
	struct dhcp_socket *socket = container_of(u, struct dhcp_socket, udp);
	struct dhcp_input in = { d->data, d->ifindex, d->from, d->to };

	packet_show(socket->server->events, PACKET_DHCP4, &d->from, &d->to, d->data);
	if (!socket->server->conf || dhcp_server_relays(socket->server, &in))
		return;
	if (socket->server->leases)
		process(socket->server, &in, NULL);
}

/* ---- life --------------------------------------------------------------------------------- */

struct dhcp_server *dhcp_server_new(struct loop *l, struct leases *leases, struct events *events,
				    struct counters *counters)
{
	struct dhcp_server *s = calloc(1, sizeof *s);

	must(s);
	s->loop = l;
	s->leases = leases;
	s->events = events;
	s->counters = counters;
	dhcp_parking_init(&s->parking, s);
	return s;
}

void dhcp_server_set_leases(struct dhcp_server *s, struct leases *leases)
{
	s->leases = leases;
}

void dhcp_server_free(struct dhcp_server *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < DHCP_SOCKETS_MAX; i++)
		if (s->sockets[i].open)
			udp_close(&s->sockets[i].udp);
	for (size_t i = 0; i < s->parking.touched; i++) {
		timer_stop(&s->parking.places[i].delay);
		if (s->parking.places[i].wait == WAIT_PROBE)
			probe_stop(s->loop, &s->parking.places[i].probe);
	}
	if (s->watch.changed)
		netif_watch_stop(s->loop, &s->watch);
	lease_round_stop(&s->recall);
	dhcp_parking_done(&s->parking);
	dhcp_hosts_done(&s->hosts);
	free(s);
}

void dhcp_server_set_names(struct dhcp_server *s, const struct dhcp_names *names)
{
	s->names = names;
}

void dhcp_server_set_facts(struct dhcp_server *s,
			   void (*told)(void *arg, const struct addr *a, struct span facts), void *arg)
{
	s->facts_told = told;
	s->facts_arg = arg;
}

void dhcp_server_take(struct dhcp_server *s, const struct dhcp_conf *c, const struct lan_conf *lan,
		      const struct dhcp_files *files, struct dhcp_hosts *hosts)
{
	struct dhcp_hosts before = s->hosts;

	s->conf = c;
	s->lan = lan;
	s->files = files;
	s->generation++;
	s->hosts = *hosts;
	*hosts = before;
}

void dhcp_server_configure(struct dhcp_server *s, const struct dhcp_conf *c,
			   const struct lan_conf *lan, const struct dhcp_files *files)
{
	struct dhcp_hosts hosts;

	dhcp_hosts_init(&hosts, c, files, s->names);
	dhcp_server_take(s, c, lan, files, &hosts);
	dhcp_hosts_done(&hosts);
}

size_t dhcp_server_parked(const struct dhcp_server *s)
{
	return s->parking.used;
}
