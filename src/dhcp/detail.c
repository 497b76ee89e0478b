/* SPDX-License-Identifier: ISC */
#include "dhcp/detail.h"

#include <stdarg.h>

#include "base/text.h"
#include "wire/dhcp_options.h"

enum { LINE_MAX = 400, LIST_WRAP = 41 };

static void publish(const struct dhcp_about *a, const char *text)
{
	struct event e = { .kind = EVENT_DHCP_DETAIL, .at = a->now, .xid = a->xid,
			   .interface = a->interface, .hw = a->hw, .text = text };

	events_publish(a->events, &e);
}

__attribute__((format(printf, 2, 3)))
static void say(const struct dhcp_about *a, const char *format, ...)
{
	char line[LINE_MAX];
	struct text t = TEXT(line);
	va_list args;
	char made[LINE_MAX];

	va_start(args, format);
	vsnprintf(made, sizeof made, format, args);
	va_end(args);
	text_add(&t, made);
	publish(a, line);
}

/* ---- what came ------------------------------------------------------------------------ */

static void say_bytes(const struct dhcp_about *a, const char *what, struct span s)
{
	char value[300];
	struct text t = TEXT(value);

	if (!s.n)
		return;
	text_safe(&t, s);
	say(a, "%s: %s", what, value);
}

/* RFC 3004 puts a length before each class; iPXE and others do not. */
static struct span first_class(struct span s)
{
	return s.n > 1 && s.p[0] < s.n && s.p[0] < ' ' ? span_of(s.p + 1, s.p[0]) : s;
}

static void say_ranges(const struct dhcp_about *a, const struct dhcp_conf *c,
		       const struct dhcp_request *r)
{
	struct dhcp_context it = { 0 };

	while (dhcp_context_next(c, r, &it)) {
		struct addr mask = addr_ip4(it.netmask);
		bool is_static = it.range->mode == RANGE_STATIC;

		say(a, is_static ? "available DHCP subnet: %s/%s" : "available DHCP range: %s -- %s",
		    addr_text(&it.range->start).s,
		    is_static ? addr_text(&mask).s : addr_text(&it.range->end).s);
	}
}

void dhcp_detail_request(const struct dhcp_about *a, const struct dhcp_conf *c,
			 const struct dhcp_request *r)
{
	say_ranges(a, c, r);
	say_bytes(a, "vendor class", r->vendor_class);
	say_bytes(a, "user class", first_class(r->user_class));
	say_bytes(a, "client provides name", span_text(r->name));
}

/* ---- what was made of it ------------------------------------------------------------------ */

void dhcp_detail_verdict(const struct dhcp_about *a, const struct dhcp_verdict *v)
{
	char list[LINE_MAX];
	struct text t = TEXT(list);

	for (size_t i = v->tags.n; i-- > 0;)	/* the latest first, as dnsmasq lists them */
		text_addf(&t, "%s%s", v->tags.name[i], i ? ", " : "");
	say(a, "tags: %s", list);
}

void dhcp_detail_delay(const struct dhcp_about *a, uint32_t delay_s, bool numbered)
{
	if (numbered)
		say(a, "reply delay: %u", delay_s);
	else
		say(a, "%u reply delay: %u", a->xid, delay_s);
}

/* ---- what was sent --------------------------------------------------------------------------- */

/* Lines of about LIST_WRAP characters, as many as it takes. */
static void say_wanted(const struct dhcp_about *a, struct span want)
{
	char list[LINE_MAX];
	struct text t = TEXT(list);

	for (size_t i = 0; i < want.n; i++) {
		const char *name = dhcp4_options[want.p[i]].name;
		bool last = i + 1 == want.n;

		text_addf(&t, "%u%s%s%s", want.p[i], name ? ":" : "", name ? name : "",
			  last ? "" : ", ");
		if (!last && t.n < LIST_WRAP)
			continue;
		say(a, "requested options: %s", list);
		t = TEXT(list);
	}
}

/* Each instance has its line. */
static void say_options(const struct dhcp_about *a, struct span packet)
{
	struct dhcp4_walk walk;
	struct span body;
	uint8_t code;

	dhcp4_walk_start(&walk, packet);
	while (dhcp4_walk_next(&walk, &code, &body)) {
		char line[LINE_MAX];
		struct text t = TEXT(line);

		dhcp_option_text(&t, code, body);
		publish(a, line);
	}
}

static void say_field(const struct dhcp_about *a, const char *what, struct span field)
{
	if (field.n)
		say_bytes(a, what, span_of(field.p, strnlen((const char *)field.p, field.n)));
}

static bool is_broadcast(const struct dhcp_reply *reply)
{
	return addr_to_ip4(&reply->to.addr) == UINT32_MAX;
}

void dhcp_detail_reply(const struct dhcp_about *a, struct span want,
		       const struct dhcp_reply *reply)
{
	struct span packet = span_of(reply->packet, reply->n);
	struct dhcp4_msg m;

	if (dhcp4_read_reply(packet, &m) != DHCP4_READ)
		return;
	if (reply->type != DHCP4_NAK)
		say_wanted(a, want);
	say_field(a, "bootfile name", m.file);
	say_field(a, "server name", m.sname);
	if (!addr_is_any(&m.siaddr))
		say(a, "next server: %s", addr_text(&m.siaddr).s);
	if (is_broadcast(reply))
		say(a, "broadcast response");
	say_options(a, packet);
}
