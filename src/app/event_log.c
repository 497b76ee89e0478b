/* SPDX-License-Identifier: ISC */
#include "app/event_log.h"
#include "app/json.h"
#include "app/log.h"
#include "app/log_queue.h"
#include "base/must.h"
#include "base/uncleared.h"

#define LONGEST_OF_MANY 100		/* bytes of a text, of which each may become \u00XX */

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
	[EVENT_DHCP_BOOTP] = { "bootp", LOG_DHCP, false },
	[EVENT_DHCP_LEASEQUERY] = { "dhcp-leasequery", LOG_DHCP, false },
	[EVENT_DHCP_LEASEUNASSIGNED] = { "dhcp-leaseunassigned", LOG_DHCP, false },
	[EVENT_DHCP_LEASEUNKNOWN] = { "dhcp-leaseunknown", LOG_DHCP, false },
	[EVENT_DHCP_LEASEACTIVE] = { "dhcp-leaseactive", LOG_DHCP, false },
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
	[EVENT_DNS_QUERY] = { "dns-query", LOG_MAIN, false },
	[EVENT_DNS_FORWARDED] = { "dns-forwarded", LOG_MAIN, false },
	[EVENT_DNS_ANSWER] = { "dns-answer", LOG_MAIN, false },
	[EVENT_DNS_SET] = { "dns-set", LOG_MAIN, false },
	[EVENT_DNS_WARNING] = { "dns-warning", LOG_MAIN, true },
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
	if (e->port)
		json_uint(j, "port", e->port);
	if (e->kind == EVENT_TFTP_SENT || e->kind == EVENT_HTTP_SENT || e->bytes)
		json_uint(j, "bytes", e->bytes);
	if (e->status)
		json_uint(j, "status", e->status);
	if (e->origin_file)
		json_uint(j, "line", e->origin_line);
}

static void add_all(struct text *out, const struct event *e, size_t longest)
{
	struct json j = json_open(out);

	j.longest = longest;

	json_uint(&j, "time", (uint64_t)e->at.wall_s);
	json_text(&j, "event", event_kind_name(e->kind));
	json_text(&j, "subsystem", log_ident(kinds[e->kind].sub));
	json_text(&j, "interface", e->interface);
	json_text(&j, "address", addr_text(&e->addr).s);
	json_text(&j, "mac", hwaddr_text(&e->hw).s);
	json_text(&j, "source", e->source);
	json_text(&j, "name", e->name);
	json_text(&j, "text", e->text);
	json_text(&j, "file", e->origin_file);
	add_numbers(&j, e);
	json_close(&j);
}

void event_json(struct text *out, const struct event *e)
{
	const struct text before = *out;

	add_all(out, e, 0);
	if (!out->cut)
		return;
	*out = before;
	add_all(out, e, LONGEST_OF_MANY);
}

static bool is_allowed(struct event_log *l, const struct event *e, uint32_t *out_left_out)
{
	bool allowed;

	pthread_mutex_lock(&l->lock);
	allowed = log_allowed(&l->limit, e->at.mono_ms);
	*out_left_out = allowed ? log_left_out(&l->limit) : 0;
	pthread_mutex_unlock(&l->lock);
	return allowed;
}

/* As the text's lines: what has a reason is told all the same. */
static bool is_quiet(struct event_log *l, const struct event *e)
{
	if (e->kind == EVENT_TFTP_NOT_FOUND)
		return atomic_load(&l->quiet_tftp);
	return kinds[e->kind].sub == LOG_DHCP && !e->text && atomic_load(&l->quiet_dhcp);
}

static void told(struct event_watch *w, const struct event *e)
{
	struct event_log *l = container_of(w, struct event_log, watch);
	enum log_subsystem sub = kinds[e->kind].sub;
	char buffer[LOG_ENTRY_TEXT] UNCLEARED;
	struct text t = TEXT(buffer);
	uint32_t left_out = 0;

	if (is_quiet(l, e) || (kinds[e->kind].limited && !is_allowed(l, e, &left_out)))
		return;
	if (left_out)
		log_warning(sub, "%u events like the next were left out", left_out);
	event_json(&t, e);
	if (!t.cut)
		log_json(sub, LOG_LEVEL_INFO, buffer);
}

void event_log_init(struct event_log *l, struct events *events)
{
	*l = (struct event_log){ .watch.told = told, .limit = { .burst = 200, .every_ms = 50 } };
	pthread_mutex_init(&l->lock, NULL);
	events_watch(events, &l->watch);
}

void event_log_configure(struct event_log *l, bool quiet_dhcp, bool quiet_tftp)
{
	atomic_store(&l->quiet_dhcp, quiet_dhcp);
	atomic_store(&l->quiet_tftp, quiet_tftp);
}
