/* SPDX-License-Identifier: ISC */
#include "dhcp/log.h"

#include "base/must.h"

enum { ETHERNET = 1 };

static const char *const words[EVENT_KINDS] = {
	[EVENT_DHCP_DISCOVER] = "DHCPDISCOVER", [EVENT_DHCP_OFFER] = "DHCPOFFER",
	[EVENT_DHCP_REQUEST] = "DHCPREQUEST",   [EVENT_DHCP_ACK] = "DHCPACK",
	[EVENT_DHCP_NAK] = "DHCPNAK",           [EVENT_DHCP_DECLINE] = "DHCPDECLINE",
	[EVENT_DHCP_RELEASE] = "DHCPRELEASE",   [EVENT_DHCP_INFORM] = "DHCPINFORM",
	[EVENT_DHCP_BOOTP] = "BOOTP",           [EVENT_DHCP_LEASEQUERY] = "DHCPLEASEQUERY",
	[EVENT_DHCP_LEASEUNASSIGNED] = "DHCPLEASEUNASSIGNED",
	[EVENT_DHCP_LEASEUNKNOWN] = "DHCPLEASEUNKNOWN",
	[EVENT_DHCP_LEASEACTIVE] = "DHCPLEASEACTIVE",
};

/* "DHCPACK(eth0) 192.0.2.10 02:00:00:00:00:01 printer": an empty name leaves its blank, as
 * programs that split the line expect. */
void dhcp_log_text(struct text *t, const struct event *e)
{
	struct hwaddr hw = e->hw;

	hw.type = ETHERNET;		/* these lines never name the kind of hardware */
	if (e->kind == EVENT_DHCP_DETAIL || e->kind == EVENT_DHCP_WARNING) {
		text_add(t, e->text);
		return;
	}
	if (!words[e->kind])
		return;
	text_addf(t, "%s(%s) ", words[e->kind], e->interface);
	if (addr_is_set(&e->addr))
		text_addf(t, "%s ", addr_text(&e->addr).s);
	text_addf(t, "%s ", hwaddr_text(&hw).s);
	text_add(t, e->text ? e->text : e->name ? e->name : "");
}

/* With quiet-dhcp what goes as it should is not told; log-dhcp tells all. */
static bool is_wanted(const struct dhcp_log *l, const struct event *e)
{
	return l->log_dhcp || !l->quiet || e->text;
}

static void told(struct event_watch *w, const struct event *e)
{
	struct dhcp_log *l = container_of(w, struct dhcp_log, watch);
	bool warning = e->kind == EVENT_DHCP_WARNING;
	uint32_t left_out;
	char line[512];
	struct text t = TEXT(line);

	if ((!words[e->kind] && e->kind != EVENT_DHCP_DETAIL && !warning) || !is_wanted(l, e))
		return;
	if (warning && !log_allowed(&l->limit, e->at.mono_ms))
		return;
	left_out = warning ? log_left_out(&l->limit) : 0;
	if (left_out)
		log_warning(LOG_DHCP, "%u warnings like the next were left out", left_out);
	if (l->log_dhcp && !warning)
		text_addf(&t, "%u ", e->xid);
	dhcp_log_text(&t, e);
	if (warning)
		log_warning(LOG_DHCP, "%s", line);
	else
		log_info(LOG_DHCP, "%s", line);
}

void dhcp_log_init(struct dhcp_log *l, struct events *e)
{
	*l = (struct dhcp_log){ .watch.told = told, .limit = { .burst = 20, .every_ms = 1000 } };
	l->limit.tokens = l->limit.burst;
	events_watch(e, &l->watch);
}

void dhcp_log_set(struct dhcp_log *l, bool log_dhcp, bool quiet)
{
	l->log_dhcp = log_dhcp;
	l->quiet = quiet;
}
