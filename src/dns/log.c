/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/log.h"

#define LINE_MAX_BYTES 2400		/* two names of 255 bytes, each as \DDD */

static const char *const verbs[EVENT_KINDS] = {
	[EVENT_DNS_QUERY] = " from ", [EVENT_DNS_FORWARDED] = " to ", [EVENT_DNS_ANSWER] = " is ",
};

static void add_prefix(struct text *t, enum dns_log_form form, const struct event *e)
{
	if (form == DNS_LOG_PROTO)
		text_add(t, e->tcp ? "TCP " : "UDP ");
	if (form != DNS_LOG_PLAIN)
		text_addf(t, "%u %s/%u ", e->xid, addr_text(&e->addr).s, e->port);
}

void dns_log_text(struct text *t, enum dns_log_form form, const struct event *e)
{
	if (e->kind == EVENT_DNS_WARNING)
		text_add(t, e->text);
	if (verbs[e->kind] || e->kind == EVENT_DNS_SET)
		add_prefix(t, form, e);
	if (e->kind == EVENT_DNS_SET)
		text_addf(t, "%s %s %s", e->source, e->name, e->text);
	if (!verbs[e->kind])
		return;
	text_add(t, e->source ? e->source : "forwarded");
	text_add(t, " ");
	text_add(t, e->name);
	text_add(t, verbs[e->kind]);
	text_add(t, e->kind == EVENT_DNS_QUERY ? addr_text(&e->addr).s : e->text);
}

static bool is_allowed(struct dns_log *l, const struct event *e, uint32_t *out_left_out)
{
	bool allowed;

	pthread_mutex_lock(&l->lock);
	allowed = log_allowed(&l->limit, e->at.mono_ms);
	*out_left_out = allowed ? log_left_out(&l->limit) : 0;
	pthread_mutex_unlock(&l->lock);
	return allowed;
}

static void warn(struct dns_log *l, const struct event *e)
{
	uint32_t left_out;

	if (!is_allowed(l, e, &left_out))
		return;
	if (left_out)
		log_warning(LOG_MAIN, "%u warnings like the next were left out", left_out);
	log_warning(LOG_MAIN, "%s", e->text);
}

static void told(struct event_watch *w, const struct event *e)
{
	struct dns_log *l = container_of(w, struct dns_log, watch);
	char line[LINE_MAX_BYTES] UNCLEARED;
	struct text t = TEXT(line);

	if (e->kind == EVENT_DNS_WARNING) {
		warn(l, e);
		return;
	}
	dns_log_text(&t, (enum dns_log_form)atomic_load(&l->form), e);
	if (t.n)
		log_plain(LOG_MAIN, LOG_LEVEL_INFO, line);
}

void dns_log_init(struct dns_log *l, struct events *e)
{
	*l = (struct dns_log){ .watch.told = told, .limit = { .burst = 20, .every_ms = 1000 } };
	l->limit.tokens = l->limit.burst;
	pthread_mutex_init(&l->lock, NULL);
	events_watch(e, &l->watch);
}

void dns_log_set(struct dns_log *l, enum dns_log_form form)
{
	atomic_store(&l->form, (int)form);
}
