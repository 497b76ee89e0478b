/* SPDX-License-Identifier: ISC */
#include "dhcp/tell.h"

#include <stdarg.h>
#include <stdio.h>

static const enum event_kind kind_of[] = {
	[DHCP4_BOOTP] = EVENT_DHCP_BOOTP,
	[DHCP4_DISCOVER] = EVENT_DHCP_DISCOVER, [DHCP4_OFFER] = EVENT_DHCP_OFFER,
	[DHCP4_REQUEST] = EVENT_DHCP_REQUEST,   [DHCP4_DECLINE] = EVENT_DHCP_DECLINE,
	[DHCP4_ACK] = EVENT_DHCP_ACK,           [DHCP4_NAK] = EVENT_DHCP_NAK,
	[DHCP4_RELEASE] = EVENT_DHCP_RELEASE,   [DHCP4_INFORM] = EVENT_DHCP_INFORM,
	[DHCP4_LEASEQUERY] = EVENT_DHCP_LEASEQUERY,
	[DHCP4_LEASEUNASSIGNED] = EVENT_DHCP_LEASEUNASSIGNED,
	[DHCP4_LEASEUNKNOWN] = EVENT_DHCP_LEASEUNKNOWN,
	[DHCP4_LEASEACTIVE] = EVENT_DHCP_LEASEACTIVE,
};

static struct event event_of(const struct dhcp_about *a, enum event_kind kind)
{
	return (struct event){ .kind = kind, .at = a->now, .xid = a->xid,
			       .interface = a->interface, .hw = a->hw };
}

static void set_origin(struct event *e, const struct origin *o)
{
	e->origin_file = o ? o->file : NULL;
	e->origin_line = o ? o->line : 0;
}

/* The address that the line names: what the client asked for or spoke of. */
static struct addr spoken_of(const struct dhcp_request *r, const struct dhcp_verdict *v)
{
	const struct addr none = { 0 };

	if (addr_is_set(&r->requested))
		return r->requested;
	if (r->type == DHCP4_BOOTP)
		return v->addr;
	if (r->type == DHCP4_INFORM)
		return r->msg->ciaddr;
	return addr_is_any(&r->msg->ciaddr) ? none : r->msg->ciaddr;
}

void dhcp_tell_request(const struct dhcp_about *a, const struct dhcp_request *r,
		       const struct dhcp_verdict *v)
{
	struct event e = event_of(a, kind_of[r->type]);

	/* Of an address it comes before what was done instead, of a name after. */
	if (v->warning[0] && v->kind != VERDICT_ACK)
		dhcp_tell_warning(a, "%s", v->warning);
	/* Of BOOTP its answer is told alone. */
	if (events_wanted(a->events) && (v->kind != VERDICT_SILENCE ? !v->bootp : v->tell)) {
		e.addr = spoken_of(r, v);
		if (v->kind != VERDICT_NAK)
			e.text = v->reason;
		set_origin(&e, v->origin);
		events_publish(a->events, &e);
	}
	if (v->warning[0] && v->kind == VERDICT_ACK)
		dhcp_tell_warning(a, "%s", v->warning);
}

void dhcp_tell_answer(const struct dhcp_about *a, enum dhcp4_type type, const struct addr *addr,
		      const char *name, const char *text, const struct origin *origin)
{
	struct event e = event_of(a, kind_of[type]);

	if (!events_wanted(a->events))
		return;
	e.addr = *addr;
	e.name = name && *name && type != DHCP4_BOOTP ? name : NULL;
	e.text = text;
	set_origin(&e, origin);
	events_publish(a->events, &e);
}

void dhcp_tell_warning(const struct dhcp_about *a, const char *format, ...)
{
	struct event e = event_of(a, EVENT_DHCP_WARNING);
	char text[DHCP_WARNING];
	va_list args;

	if (!events_wanted(a->events))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	e.text = text;
	events_publish(a->events, &e);
}

void dhcp_tell_left_out(const struct dhcp_about *a, const struct dhcp_reply *reply)
{
	for (size_t i = 0; i < reply->lefts && i < sizeof reply->left_out; i++)
		dhcp_tell_warning(a, "cannot send DHCP/BOOTP option %u: no space left in packet",
				  reply->left_out[i]);
}
