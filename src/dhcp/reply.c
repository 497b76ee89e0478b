/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dhcp/reply.h"

/* ---- where to (RFC 2131 4.1) -------------------------------------------------------- */

static void aim_broadcast(const struct dhcp_env *e, const struct dhcp_request *r,
			  const struct dhcp_verdict *v, struct dhcp_reply *out)
{
	out->to = (struct endpoint){ addr_ip4(0xffffffff), e->conf->client_port };
	out->ifindex = r->link;
	out->from = v->context.range ? v->context.local : dhcp_context_fallback(r);
}

static void aim(const struct dhcp_env *e, const struct dhcp_request *r, const struct dhcp_verdict *v,
		struct dhcp_reply *out)
{
	bool nak = v->kind == VERDICT_NAK;

	out->from_port = e->conf->server_port;
	if (!addr_is_any(&r->msg->giaddr)) {
		out->to = (struct endpoint){ r->msg->giaddr, e->conf->server_port };
		return;
	}
	aim_broadcast(e, r, v, out);
	if (!nak && !addr_is_any(&r->msg->ciaddr)) {
		out->to.addr = r->msg->ciaddr;
		out->from = (struct addr){ 0 };
	} else if (!nak && !r->broadcast && !v->broadcast) {
		out->to.addr = v->addr;
		out->frame = true;
		out->hw = r->hw;
	}
}

/* ---- what ------------------------------------------------------------------------------ */

static struct dhcp4_head head_of(const struct dhcp_request *r, const struct dhcp_verdict *v)
{
	struct dhcp4_head h = {
		.op = DHCP4_BOOTREPLY, .hw = r->msg->hw, .xid = r->msg->xid,
		.flags = r->msg->flags, .giaddr = r->msg->giaddr,
		.hops = r->msg->hops, .secs = r->msg->secs,	/* as dnsmasq leaves them */
	};

	if (v->broadcast)
		h.flags |= DHCP4_BROADCAST;
	if (v->kind == VERDICT_NAK)
		return h;
	if (v->kind != VERDICT_INFORM)
		h.yiaddr = v->addr;
	h.ciaddr = r->msg->ciaddr;
	h.siaddr = v->next_server;
	h.sname = v->sname;
	h.file = v->file;
	return h;
}

static void leave_out(struct dhcp_reply *out, uint8_t code)
{
	if (out->lefts < sizeof out->left_out)
		out->left_out[out->lefts] = code;
	out->lefts++;
}

static void write_nak(const struct dhcp_verdict *v, struct dhcp4_build *b)
{
	dhcp4_build_option(b, DHCP4_MESSAGE_TYPE, span_of(&(uint8_t){ DHCP4_NAK }, 1));
	dhcp4_build_option(b, DHCP4_SERVER_ID, addr_bytes(&v->server_id));
	dhcp4_build_option(b, DHCP4_MESSAGE, span_text(v->reason));
}

/* ---- in which order -------------------------------------------------------------------- */

struct order {
	const struct dhcp_out *at[DHCP_OUT_MAX];
};

/* What every reply begins with. */
static bool is_head(uint8_t code)
{
	return code == DHCP4_MESSAGE_TYPE || code == DHCP4_SERVER_ID || code == DHCP4_LEASE_TIME;
}

static size_t rank(const struct dhcp_request *r, uint8_t code)
{
	const uint8_t *at = r->want.n ? memchr(r->want.p, code, r->want.n) : NULL;

	if (is_head(code))
		return 0;
	return 1 + (at ? (size_t)(at - r->want.p) : r->want.n);
}

static void order_of_verdict(const struct dhcp_verdict *v, struct order *out)
{
	for (size_t i = 0; i < v->outs; i++)
		out->at[i] = &v->out[i];
}

/* By insertion: it is stable, and the options are few. */
static void order_of_request(const struct dhcp_verdict *v, const struct dhcp_request *r,
			     struct order *out)
{
	order_of_verdict(v, out);
	for (size_t i = 1; i < v->outs; i++) {
		const struct dhcp_out *moved = out->at[i];
		size_t k = i, place = rank(r, moved->code);

		for (; k > 0 && rank(r, out->at[k - 1]->code) > place; k--)
			out->at[k] = out->at[k - 1];
		out->at[k] = moved;
	}
}

static void write_in(const struct order *order, size_t n, struct dhcp4_build *b,
		     struct dhcp_reply *out)
{
	for (size_t i = 0; i < n; i++)
		if (!dhcp4_build_option(b, order->at[i]->code, order->at[i]->value))
			leave_out(out, order->at[i]->code);
}

/*
 * In the order that the client asked for (RFC 2132 9.8); what it did not list
 * follows.  Where not all of it has room in one place, the verdict's order
 * decides what goes elsewhere and what is left out: it is that of dnsmasq.
 */
static void write_options(const struct dhcp_request *r, const struct dhcp_verdict *v,
			  struct dhcp4_build *b, const struct dhcp4_head *h,
			  struct dhcp4_room room, struct dhcp_reply *out)
{
	struct order order;

	order_of_request(v, r, &order);
	write_in(&order, v->outs, b, out);
	if (!b->overload && !out->lefts)
		return;
	out->lefts = 0;
	must(dhcp4_build_start(b, h, room));
	order_of_verdict(v, &order);
	write_in(&order, v->outs, b, out);
}

static enum dhcp4_type type_of(const struct dhcp_verdict *v)
{
	if (v->kind == VERDICT_NAK)
		return DHCP4_NAK;
	if (v->bootp)
		return DHCP4_BOOTP;
	return v->kind == VERDICT_OFFER ? DHCP4_OFFER : DHCP4_ACK;
}

void dhcp_reply_write(const struct dhcp_env *e, const struct dhcp_request *r,
		      const struct dhcp_verdict *v, struct dhcp_reply *out)
{
	struct dhcp4_build b;
	struct dhcp4_head h = head_of(r, v);
	struct span echo = r->relay.whole, packet;
	struct dhcp4_room room = { r->max_size, echo.n, !e->conf->no_override };

	memset(out, 0, sizeof *out);
	out->type = type_of(v);
	aim(e, r, v, out);
	if (!dhcp4_build_start(&b, &h, room))
		return;
	if (v->kind == VERDICT_NAK)
		write_nak(v, &b);
	else
		write_options(r, v, &b, &h, room, out);
	if (echo.n && b.kept)
		dhcp4_build_last(&b, DHCP4_AGENT_INFO, echo);	/* RFC 3046 2.2 */
	packet = dhcp4_build_done(&b);
	memcpy(out->packet, packet.p, packet.n);
	out->n = packet.n;
}
