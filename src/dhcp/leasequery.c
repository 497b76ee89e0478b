/* SPDX-License-Identifier: ISC */
#include "dhcp/leasequery.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/must.h"
#include "dhcp/detail.h"
#include "dhcp/send.h"
#include "dhcp/server_private.h"
#include "store/packets.h"

enum { IP_UDP_HEADERS = 28 };

bool dhcp_is_leasequery(const struct dhcp4_msg *m)
{
	const struct span type = m->opt[DHCP4_MESSAGE_TYPE];

	return type.n == 1 && type.p[0] == DHCP4_LEASEQUERY;
}

/* ---- who asks, and about what --------------------------------------------------------- */

/* The line by which this address may ask: where no line names one, everybody may. */
static const struct dhcp_asker *permits(const struct dhcp_conf *c, const struct addr *from)
{
	bool named = false;

	for (const struct dhcp_asker *a = c->askers; a; a = a->next) {
		if (prefix_has(&a->from, from))
			return a;
		named |= addr_is_set(&a->from.addr);
	}
	return named ? NULL : c->askers;
}

/* RFC 4388 6.1: one of three.  Of one that has several the first of these counts. */
static enum dhcp_query_key key_of(const struct dhcp4_msg *m)
{
	if (!addr_is_any(&m->ciaddr))
		return QUERY_ADDR;
	if (m->opt[DHCP4_CLIENT_ID].n > 0)
		return QUERY_CLID;
	return m->hw.len > 0 ? QUERY_HW : QUERY_NOTHING;
}

static const char *refusal(const struct dhcp_env *e, const struct dhcp4_msg *m,
			   const struct dhcp_leasequery *q)
{
	if (!e->conf->askers)
		return "leasequery is not given: such questions are not answered";
	if (!q->origin)
		return "no line of leasequery names the address that asks";
	if (addr_is_any(&m->giaddr))
		return "it has no giaddr, where its answer would go";
	if (q->key == QUERY_NOTHING)
		return "it asks about no address, client id or hardware address";
	return NULL;
}

/* ---- what is known ----------------------------------------------------------------------- */

/* Does the server give this address out? */
static bool is_managed(const struct dhcp_env *e, const struct addr *a)
{
	for (const struct dhcp_range *r = e->conf->ranges; r; r = r->next)
		if (r->mode == RANGE_DYNAMIC && addr_cmp(&r->start, a) <= 0 &&
		    addr_cmp(a, &r->end) <= 0)
			return true;
	return dhcp_hosts_at(e->hosts, a) != NULL;
}

static void add_lease(struct dhcp_leasequery *q, const struct lease *l)
{
	if (!q->lease || l->heard_ms > q->lease->heard_ms)
		q->lease = l;
	if (q->leases < DHCP_ASSOCIATED_MAX)
		q->associated[q->leases] = l->addr;
	q->leases++;
}

static enum dhcp4_type ask_addr(const struct dhcp_env *e, const struct dhcp4_msg *m,
				struct dhcp_leasequery *q)
{
	const struct lease *l = leases_at(e->leases, &m->ciaddr);

	if (l && l->state == LEASE_BOUND)
		add_lease(q, l);
	else
		return is_managed(e, &m->ciaddr) ? DHCP4_LEASEUNASSIGNED : DHCP4_LEASEUNKNOWN;
	return DHCP4_LEASEACTIVE;
}

static enum dhcp4_type ask_client(const struct dhcp_env *e, const struct dhcp4_msg *m,
				  struct dhcp_leasequery *q)
{
	const struct span clid = m->opt[DHCP4_CLIENT_ID];
	const struct lease *l = NULL;

	do {
		l = q->key == QUERY_CLID ? leases_next_of_clid(e->leases, clid, l)
					 : leases_next_of_hw(e->leases, &m->hw, l);
		if (l)
			add_lease(q, l);
	} while (l);
	return q->lease ? DHCP4_LEASEACTIVE : DHCP4_LEASEUNKNOWN;
}

void dhcp_leasequery_decide(const struct dhcp_env *e, const struct dhcp4_msg *m,
			    const struct addr *from, struct dhcp_leasequery *out)
{
	const struct dhcp_asker *asker = permits(e->conf, from);

	memset(out, 0, sizeof *out);
	out->origin = asker ? &asker->origin : NULL;
	out->key = key_of(m);
	out->refused = refusal(e, m, out);
	if (!out->refused)
		out->answer = (out->key == QUERY_ADDR ? ask_addr : ask_client)(e, m, out);
}

/* ---- what is told --------------------------------------------------------------------------- */

static struct dhcp4_head head_of(const struct dhcp4_msg *m, const struct lease *l)
{
	return (struct dhcp4_head){
		.op = DHCP4_BOOTREPLY, .xid = m->xid, .secs = m->secs, .flags = m->flags,
		.hops = m->hops, .giaddr = m->giaddr,
		.ciaddr = l ? l->addr : m->ciaddr, .hw = l ? l->hw : m->hw,
	};
}

static void option(struct dhcp4_build *b, uint8_t code, struct span value, struct dhcp_reply *out)
{
	if (dhcp4_build_option(b, code, value))
		return;
	if (out->lefts < sizeof out->left_out)
		out->left_out[out->lefts] = code;
	out->lefts++;
}

static void number(struct dhcp4_build *b, uint8_t code, uint32_t n, struct dhcp_reply *out)
{
	uint8_t bytes[4];

	put_uint(bytes, sizeof bytes, n);
	option(b, code, span_of(bytes, sizeof bytes), out);
}

static uint32_t left_s(const struct lease *l, struct now now)
{
	const int64_t left_ms = l->mono_expires_ms - now.mono_ms;

	if (!l->mono_expires_ms)
		return LEASE_INFINITE;
	return left_ms > 0 ? (uint32_t)(left_ms / 1000) : 0;
}

static void write_associated(const struct dhcp_leasequery *q, struct dhcp4_build *b,
			     struct dhcp_reply *out)
{
	uint8_t bytes[4 * DHCP_ASSOCIATED_MAX];
	struct writer w = writer_of(bytes, sizeof bytes);

	for (size_t i = 0; i < q->leases && i < DHCP_ASSOCIATED_MAX; i++)
		writer_span(&w, addr_bytes(&q->associated[i]));
	option(b, DHCP4_ASSOCIATED_IP, writer_done(&w), out);
}

static bool asks_for(const struct dhcp4_msg *m, uint8_t code)
{
	const struct span want = m->opt[DHCP4_REQUEST_LIST];

	return want.n > 0 && memchr(want.p, code, want.n);
}

/* Known of the lease itself; or of its start, which nobody keeps. */
static bool is_of_lease(uint8_t code)
{
	static const uint8_t codes[] = {
		DHCP4_REQUESTED_IP, DHCP4_LEASE_TIME, DHCP4_MESSAGE_TYPE, DHCP4_SERVER_ID, DHCP4_T1,
		DHCP4_T2, DHCP4_CLIENT_ID, DHCP4_AGENT_INFO, DHCP4_LAST_TRANSACTION,
		DHCP4_ASSOCIATED_IP,
	};

	return memchr(codes, code, sizeof codes) != NULL;
}

/* Decides what the client would be told if it renewed its lease now. */
static void renew(struct dhcp_env e, const struct netif *n, const struct lease *l, struct span want,
		  struct dhcp_verdict *v)
{
	const struct dhcp4_msg m = { .op = DHCP4_BOOTREQUEST, .ciaddr = l->addr, .hw = l->hw };
	struct dhcp_request r = {
		.msg = &m, .type = DHCP4_REQUEST, .hw = l->hw, .arch = -1, .want = want,
		.clid = span_of(l->clid, l->clid_len), .netif = n, .link = n->index,
		.to = addr_ip4(UINT32_MAX),
	};

	if (l->name)
		snprintf(r.name, sizeof r.name, "%s", l->name);
	e.may_probe = false;
	dhcp_decide(&e, &r, v);
	if (v->kind != VERDICT_ACK)
		v->outs = 0;
}

static void write_lease(const struct dhcp_env *e, const struct dhcp4_msg *m, const struct netif *n,
			const struct dhcp_leasequery *q, struct dhcp_verdict *v,
			struct dhcp4_build *b, struct dhcp_reply *out)
{
	const struct lease *l = q->lease;

	number(b, DHCP4_LEASE_TIME, left_s(l, e->now), out);
	if (l->heard_ms)
		number(b, DHCP4_LAST_TRANSACTION,
		       (uint32_t)((e->now.mono_ms - l->heard_ms) / 1000), out);
	if (q->leases > 1 || asks_for(m, DHCP4_ASSOCIATED_IP))
		write_associated(q, b, out);
	if (!m->opt[DHCP4_REQUEST_LIST].n)
		return;
	renew(*e, n, l, m->opt[DHCP4_REQUEST_LIST], v);
	for (size_t i = 0; i < v->outs; i++)
		if (asks_for(m, v->out[i].code) && !is_of_lease(v->out[i].code))
			option(b, v->out[i].code, v->out[i].value, out);
}

/* Bytes of DHCP that the asker takes; 0: it does not say. */
static size_t max_size(const struct dhcp4_msg *m)
{
	struct reader r = reader_of(m->opt[DHCP4_MAX_MESSAGE]);
	const size_t n = reader_u16(&r);

	return n > IP_UDP_HEADERS ? n - IP_UDP_HEADERS : 0;
}

void dhcp_leasequery_write(const struct dhcp_env *e, const struct dhcp4_msg *m,
			   const struct netif *n, const struct addr *to,
			   const struct dhcp_leasequery *q, struct dhcp_verdict *v,
			   struct dhcp_reply *out)
{
	struct dhcp_request here = { .netif = n, .to = *to };
	struct dhcp4_head h = head_of(m, q->lease);
	const struct dhcp4_room room = { max_size(m), 0, false };
	const struct span clid = q->lease ? span_of(q->lease->clid, q->lease->clid_len)
					  : m->opt[DHCP4_CLIENT_ID];
	struct dhcp4_build b;
	struct addr id;
	struct span packet;

	here.unicast = dhcp_request_is_ours(&here, to);
	id = dhcp_context_fallback(&here);
	memset(out, 0, sizeof *out);
	out->type = q->answer;
	out->to = (struct endpoint){ m->giaddr, e->conf->server_port };
	out->from_port = e->conf->server_port;
	must(dhcp4_build_start(&b, &h, room));
	option(&b, DHCP4_MESSAGE_TYPE, span_of(&(uint8_t){ (uint8_t)q->answer }, 1), out);
	option(&b, DHCP4_SERVER_ID, addr_bytes(&id), out);
	if (clid.n)
		option(&b, DHCP4_CLIENT_ID, clid, out);
	if (q->lease)
		write_lease(e, m, n, q, v, &b, out);
	packet = dhcp4_build_done(&b);
	memcpy(out->packet, packet.p, packet.n);
	out->n = packet.n;
}

/* ---- the server's ---------------------------------------------------------------------------- */

static const enum counter answer_counters[] = {
	[DHCP4_LEASEUNASSIGNED] = COUNTER_DHCP_LEASE_UNASSIGNED,
	[DHCP4_LEASEUNKNOWN] = COUNTER_DHCP_LEASE_UNKNOWN,
	[DHCP4_LEASEACTIVE] = COUNTER_DHCP_LEASE_ACTIVE,
};

static void tell(struct dhcp_server *s, struct dhcp_about *a, const struct dhcp_leasequery *q)
{
	const struct addr none = { 0 };
	const struct addr *about = q->key == QUERY_ADDR ? &s->msg.ciaddr : &none;

	dhcp_tell_answer(a, DHCP4_LEASEQUERY, about, NULL, NULL, q->origin);
	if (q->lease)
		a->hw = q->lease->hw;
	dhcp_tell_answer(a, q->answer, q->lease ? &q->lease->addr : about,
			 q->lease ? q->lease->name : NULL, NULL, NULL);
	dhcp_tell_left_out(a, &s->reply);
	if (s->conf->log_dhcp && events_wanted(s->events))
		dhcp_detail_reply(a, s->msg.opt[DHCP4_REQUEST_LIST], &s->reply);
}

static void send_answer(struct dhcp_server *s, const struct dhcp_about *a)
{
	struct udp *u = dhcp_server_socket(s, 0);
	enum status status;

	packet_show(s->events, PACKET_DHCP4,
		    &(struct endpoint){ s->reply.from, s->reply.from_port }, &s->reply.to,
		    span_of(s->reply.packet, s->reply.n));
	status = u ? dhcp_reply_send(s->loop, u, &s->reply) : ST_UNKNOWN;
	if (status == ST_OK)
		return;
	counter_add(s->counters, COUNTER_DHCP_SEND_FAILED);
	dhcp_tell_warning(a, "Error sending DHCP packet to %s: %s", addr_text(&s->reply.to.addr).s,
			  status == ST_SYSTEM ? strerror(errno) : status_text(status));
}

bool dhcp_server_asked(struct dhcp_server *s, const struct dhcp_env *e, const struct dhcp_input *in,
		       const struct netif *n)
{
	struct dhcp_leasequery q;
	struct dhcp_about a = { s->events, e->now, n->name, s->msg.xid, s->msg.hw };

	if (!e->conf->askers || !dhcp_is_leasequery(&s->msg))
		return false;
	counter_add(s->counters, COUNTER_DHCP_LEASEQUERY);
	dhcp_leasequery_decide(e, &s->msg, &in->from.addr, &q);
	if (q.refused) {
		counter_add(s->counters, COUNTER_DHCP_LEASEQUERY_REFUSED);
		return true;
	}
	dhcp_leasequery_write(e, &s->msg, n, &in->to.addr, &q, &s->verdict, &s->reply);
	counter_add(s->counters, answer_counters[q.answer]);
	tell(s, &a, &q);
	send_answer(s, &a);
	return true;
}
