/* SPDX-License-Identifier: ISC */
#include "dhcp/relay.h"

#include "base/text.h"
#include "dhcp/request.h"
#include "dhcp/send.h"
#include "dhcp/server_private.h"
#include "store/packets.h"
#include "wire/dhcp4_relay.h"
#include "wire/tlv.h"

static bool has_addr(const struct netif *n, const struct addr *a)
{
	for (size_t i = 0; i < n->addrs; i++)
		if (addr_eq(&n->addr[i].addr, a))
			return true;
	return false;
}

const struct dhcp_relay *dhcp_relay_next(const struct dhcp_conf *c, const struct netif *n,
					 const struct dhcp_relay *last)
{
	const struct dhcp_relay *r = last ? last->next : c->relays;

	while (r && !has_addr(n, &r->local))
		r = r->next;
	return r;
}

const char *dhcp_relay_trouble(const struct dhcp_relay *r, const struct netif *n,
			       const struct dhcp4_msg *m, const struct addr *to)
{
	if (m->hops > DHCP_HOPS_MAX)
		return "it came through more relays than there may be";
	if (has_addr(n, &m->giaddr))
		return "it is our own, come back";
	/* A client that speaks to us alone knows us as its server. */
	return has_addr(n, to) && !r->split ? "it was sent to the relay itself" : NULL;
}

/* ---- to the server ------------------------------------------------------------------- */

/* Towards the server; "" where none is named. */
static const char *interface_name(const struct dhcp_relay *r)
{
	return r->interface ? r->interface->name : "";
}

/* The first address of that interface. */
static struct addr uplink_addr(struct dhcp_server *s, const struct dhcp_relay *r)
{
	const struct netif *n = loop_netif_named(s->loop, interface_name(r));

	for (size_t i = 0; n && i < n->addrs; i++)
		if (n->addr[i].addr.family == ADDR_IP4)
			return n->addr[i].addr;
	return (struct addr){ 0 };
}

static void tell(struct dhcp_server *s, enum event_kind kind, const char *text, uint32_t xid)
{
	struct event e = { .kind = kind, .at = loop_now(s->loop), .xid = xid, .text = text };

	if (events_wanted(s->events))
		events_publish(s->events, &e);
}

static void tell_relayed(struct dhcp_server *s, const struct dhcp_relay *r, uint32_t xid)
{
	char text[128];
	struct text t = TEXT(text);

	if (!s->conf->log_dhcp)
		return;
	text_addf(&t, "DHCP relay at %s -> %s", addr_text(&r->local).s,
		  addr_is_set(&r->server) ? addr_text(&r->server).s : interface_name(r));
	tell(s, EVENT_DHCP_DETAIL, text, xid);
}

static bool send_up(struct dhcp_server *s, const struct dhcp_relay *r, const struct addr *from,
		    struct span packet)
{
	const bool all = !addr_is_set(&r->server);
	const struct netif *n = all ? loop_netif_named(s->loop, interface_name(r)) : NULL;
	struct udp *u = dhcp_server_socket(s, 0);
	struct dgram d = {
		.from = { *from, s->conf->server_port },
		.to = { all ? addr_ip4(UINT32_MAX) : r->server,
			r->port ? r->port : s->conf->server_port },
		.ifindex = n ? n->index : 0, .data = packet,
	};

	if (all && !n)
		return false;
	packet_show(s->events, PACKET_DHCP4, &d.from, &d.to, d.data);
	return u && udp_send(u, &d) == ST_OK;
}

static void relay_up(struct dhcp_server *s, const struct dhcp_input *in, const struct netif *n,
		     const struct dhcp_relay *r)
{
	const bool fresh = addr_is_any(&s->msg.giaddr);
	const struct addr giaddr = r->split ? uplink_addr(s, r) : r->local, none = { 0 };
	struct dhcp4_agent_words words = { .unicast = has_addr(n, &in->to.addr) };
	uint8_t bytes[DGRAM_MAX];
	struct writer w = writer_of(bytes, sizeof bytes);

	if (r->split && fresh)
		words.link = words.server_id = r->local;
	if (!addr_is_set(&giaddr) ||
	    !dhcp4_relay_up(&w, in->packet, fresh ? &giaddr : &none, &words) ||
	    !send_up(s, r, &giaddr, writer_done(&w))) {
		counter_add(s->counters, COUNTER_DHCP_SEND_FAILED);
		return;
	}
	counter_add(s->counters, COUNTER_DHCP_RELAYED);
	tell_relayed(s, r, s->msg.xid);
}

static bool relay_request(struct dhcp_server *s, const struct dhcp_input *in)
{
	const struct netif *n = dhcp_server_arrival(s, in, NULL);
	const struct dhcp_relay *r;
	bool ours = false;

	if (!n || !lan_serves_dhcp4(s->lan, n))
		return false;
	for (r = dhcp_relay_next(s->conf, n, NULL); r; r = dhcp_relay_next(s->conf, n, r)) {
		ours = true;
		if (!dhcp_relay_trouble(r, n, &s->msg, &in->to.addr))
			relay_up(s, in, n, r);
	}
	return ours;
}

/* ---- to the client -------------------------------------------------------------------- */

/* The network that the server echoes to whom it cannot reach it. */
static struct addr echoed_link(const struct dhcp4_msg *m)
{
	struct reader r = reader_of(m->opt[DHCP4_AGENT_INFO]);
	struct tlv sub;

	while (tlv_next(&r, &TLV_DHCP4_SUB, &sub))
		if (sub.tag == DHCP4_AGENT_LINK)
			return addr_of_bytes(reader_take(&sub.body, reader_left(&sub.body)));
	return (struct addr){ 0 };
}

static bool is_for(struct dhcp_server *s, const struct dhcp_relay *r, unsigned ifindex)
{
	const struct netif *from = loop_netif(s->loop, ifindex);
	struct addr giaddr = r->local, link;

	if (r->interface && (!from || !if_name_matches(r->interface, from->name)))
		return false;
	if (r->split) {
		giaddr = uplink_addr(s, r);
		link = echoed_link(&s->msg);
		if (!addr_eq(&link, &r->local))
			return false;
	}
	return addr_eq(&giaddr, &s->msg.giaddr);
}

/* RFC 1542 4.1.2: where the client can be reached; one without an address is so by its hardware
 * alone. */
static void aim_down(struct dhcp_server *s, const struct dhcp_relay *r, const struct netif *n)
{
	const struct dhcp4_msg *m = &s->msg;
	const bool broadcast = m->flags & DHCP4_BROADCAST || addr_is_any(&m->yiaddr);

	s->reply.from = r->local;
	s->reply.from_port = s->conf->server_port;
	s->reply.ifindex = n->index;
	s->reply.to = (struct endpoint){ broadcast ? addr_ip4(UINT32_MAX) : m->yiaddr,
					 s->conf->client_port };
	s->reply.hw = m->hw;
	s->reply.frame = !broadcast && addr_is_any(&m->ciaddr);
	if (!addr_is_any(&m->ciaddr) && !(m->flags & DHCP4_BROADCAST)) {
		s->reply.to.addr = m->ciaddr;
		s->reply.from = (struct addr){ 0 };
	}
}

static void relay_down(struct dhcp_server *s, const struct dhcp_input *in, const struct dhcp_relay *r)
{
	const struct netif *n = loop_netif_having(s->loop, &r->local);
	struct udp *u = n ? dhcp_server_socket(s, n->index) : NULL;
	struct writer w = writer_of(s->reply.packet, sizeof s->reply.packet);

	if (r->split)
		w.bad |= !dhcp4_relay_down(&w, in->packet);
	else
		writer_span(&w, in->packet);
	if (!u || !lan_serves_dhcp4(s->lan, n) || !writer_ok(&w)) {
		counter_add(s->counters, COUNTER_DHCP_SEND_FAILED);
		return;
	}
	s->reply.n = writer_done(&w).n;
	aim_down(s, r, n);
	packet_show(s->events, PACKET_DHCP4, &(struct endpoint){ s->reply.from, s->reply.from_port },
		    &s->reply.to, writer_done(&w));
	counter_add(s->counters, dhcp_reply_send(s->loop, u, &s->reply) == ST_OK
					 ? COUNTER_DHCP_RELAYED : COUNTER_DHCP_SEND_FAILED);
}

static bool relay_reply(struct dhcp_server *s, const struct dhcp_input *in)
{
	for (const struct dhcp_relay *r = s->conf->relays; r; r = r->next)
		if (is_for(s, r, in->ifindex)) {
			relay_down(s, in, r);
			return true;
		}
	return false;
}

bool dhcp_server_relays(struct dhcp_server *s, const struct dhcp_input *in)
{
	if (!s->conf->relays)
		return false;
	if (dhcp4_read(in->packet, &s->msg) == DHCP4_READ)
		return relay_request(s, in);
	return dhcp4_read_reply(in->packet, &s->msg) == DHCP4_READ && relay_reply(s, in);
}
