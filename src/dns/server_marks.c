/* SPDX-License-Identifier: ISC */
/*
 * The mark of a question's connection: what it permits, and that it goes upstream too.
 */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/connmark.h"
#include "dns/server_private.h"
#include "net/conntrack.h"

/* That the kernel tracks no connection is no exception where nothing asks it to: told once. */
static void tell_failed(struct dns *d, const struct client *c, int error)
{
	char text[120];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events) || atomic_exchange(&d->want.common->mark_told, true))
		return;
	text_addf(&t, "Conntrack connection mark retrieval failed: %s", strerror(error));
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}

/* 0: it has none, or none is to be had. */
static uint32_t mark_of(struct dns *d, const struct client *c)
{
	struct nfnl *n = server_netfilter(d);
	uint32_t mark = 0;
	int error;

	if (!n)
		return 0;
	error = conntrack_mark(n, c->link ? FLOW_TCP : FLOW_UDP, &c->from, &c->to, &mark);
	if (error)
		tell_failed(d, c, error);
	return mark;
}

uint32_t server_mark(struct dns *d, const struct client *c)
{
	return d->data->conf->conntrack ? mark_of(d, c) : 0;
}

bool server_mark_refuses(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct dns_conf *conf = d->data->conf;
	uint32_t mark = conf->connmark ? mark_of(d, c) & conf->connmark_mask : 0;

	if (!mark || connmark_allows(conf, mark, &q->question.name))
		return false;
	tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_BLOCKED);
	if (conf->extended_errors)
		ede_of_mark(&d->ede);
	server_answer_nothing(d, c, q, DNS_REFUSED, DNS_EDE_BLOCKED);
	return true;
}
