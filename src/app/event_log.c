/* SPDX-License-Identifier: ISC */
#include "app/event_log.h"
#include "app/json.h"
#include "app/log.h"
#include "base/must.h"

static const struct {
	const char *name;
	enum log_subsystem sub;
	bool limited;			/* a stranger can cause any number of them */
} kinds[EVENT_KINDS] = {
	[EVENT_DHCP_DISCOVER] = { "dhcp-discover", LOG_DHCP, false },
	[EVENT_DHCP_OFFER] = { "dhcp-offer", LOG_DHCP, false },
	[EVENT_DHCP_REQUEST] = { "dhcp-request", LOG_DHCP, false },
	[EVENT_DHCP_ACK] = { "dhcp-ack", LOG_DHCP, false },
	[EVENT_DHCP_NAK] = { "dhcp-nak", LOG_DHCP, false },
	[EVENT_DHCP_DECLINE] = { "dhcp-decline", LOG_DHCP, false },
	[EVENT_DHCP_RELEASE] = { "dhcp-release", LOG_DHCP, false },
	[EVENT_DHCP_INFORM] = { "dhcp-inform", LOG_DHCP, false },
	[EVENT_DHCP_DETAIL] = { "dhcp-detail", LOG_DHCP, false },
	[EVENT_DHCP_WARNING] = { "dhcp-warning", LOG_DHCP, true },
	[EVENT_TFTP_SENT] = { "tftp-sent", LOG_TFTP, false },
	[EVENT_TFTP_FAILED] = { "tftp-failed", LOG_TFTP, false },
	[EVENT_TFTP_NOT_FOUND] = { "tftp-not-found", LOG_TFTP, true },
	[EVENT_TFTP_ERROR] = { "tftp-error", LOG_TFTP, true },
	[EVENT_TFTP_REFUSED] = { "tftp-refused", LOG_TFTP, true },
	[EVENT_HTTP_SENT] = { "http-sent", LOG_HTTP, false },
	[EVENT_HTTP_FAILED] = { "http-failed", LOG_HTTP, false },
	[EVENT_HTTP_NOT_FOUND] = { "http-not-found", LOG_HTTP, true },
	[EVENT_HTTP_ERROR] = { "http-error", LOG_HTTP, true },
};

const char *event_kind_name(enum event_kind kind)
{
	return kinds[kind].name;
}

/* Numbers that are zero say nothing, but for the bytes of what was sent. */
static void add_numbers(struct json *j, const struct event *e)
{
	if (e->xid)
		json_uint(j, "xid", e->xid);
	if (e->kind == EVENT_TFTP_SENT || e->kind == EVENT_HTTP_SENT || e->bytes)
		json_uint(j, "bytes", e->bytes);
	if (e->status)
		json_uint(j, "status", e->status);
	if (e->origin_file)
		json_uint(j, "line", e->origin_line);
}

void event_json(struct text *out, const struct event *e)
{
	struct json j = json_open(out);

	json_uint(&j, "time", (uint64_t)e->at.wall_s);
	json_text(&j, "event", event_kind_name(e->kind));
	json_text(&j, "subsystem", log_ident(kinds[e->kind].sub));
	json_text(&j, "interface", e->interface);
	json_text(&j, "address", addr_text(&e->addr).s);
	json_text(&j, "mac", hwaddr_text(&e->hw).s);
	json_text(&j, "name", e->name);
	json_text(&j, "text", e->text);
	json_text(&j, "file", e->origin_file);
	add_numbers(&j, e);
	json_close(&j);
}

static bool is_allowed(struct event_log *l, const struct event *e)
{
	bool allowed;

	pthread_mutex_lock(&l->lock);
	allowed = log_allowed(&l->limit, e->at.mono_ms);
	pthread_mutex_unlock(&l->lock);
	return allowed;
}

static void told(struct event_watch *w, const struct event *e)
{
	struct event_log *l = container_of(w, struct event_log, watch);
	char buffer[4096];
	struct text t = TEXT(buffer);

	if (kinds[e->kind].limited && !is_allowed(l, e))
		return;
	event_json(&t, e);
	if (!t.cut)
		log_json(kinds[e->kind].sub, LOG_LEVEL_INFO, buffer);
}

void event_log_init(struct event_log *l, struct events *events)
{
	*l = (struct event_log){ .watch.told = told, .limit = { .burst = 200, .every_ms = 50 } };
	pthread_mutex_init(&l->lock, NULL);
	events_watch(events, &l->watch);
}
