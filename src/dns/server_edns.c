/* SPDX-License-Identifier: ISC */
/*
 * What of its client a question takes along upstream.
 */
#include "base/uncleared.h"
#include "dns/server_private.h"
#include "net/neighbours.h"

static void edns_of(struct dns *d, const struct client *c, const struct dns_query *q,
		    struct edns_ask *out)
{
	const struct dns_disclosure *told = &d->data->conf->disclosure;
	struct edns_who who = {
		.addr = c->from.addr, .has_cookies = d->data->conf->cookies != COOKIES_OFF,
	};

	if (edns_wants_hw(told))
		(void)neighbours_ask(d->want.neighbours, d->want.loop, c->ifindex, &who.addr,
				     &who.hw);
	edns_ask(told, &q->edns, &who, out);
}

bool server_tells_who(struct dns *d, const struct client *c, const struct dns_query *q)
{
	struct edns_ask said UNCLEARED;

	if (q->edns.options.n == 0 && !edns_may_tell_who(&d->data->conf->disclosure))
		return false;
	edns_of(d, c, q, &said);
	return said.personal;
}

/* Where the OPT record is ours alone it says what everybody takes, as dnsmasq's. */
struct forward_question server_question(struct dns *d, const struct client *c,
					const struct dns_query *q, struct edns_ask *out_said)
{
	edns_of(d, c, q, out_said);
	return (struct forward_question){
		.question = q->question, .dnssec_ok = q->edns.dnssec_ok,
		.checking_disabled = q->header.flags & DNS_CD,
		.authentic_data = q->header.flags & DNS_AD, .edns = out_said->present,
		.edns_size = out_said->made ? DNS_UDP_MIN : 0,
		.no_recursion = !server_asks_recursion(q), .tcp = c->link != NULL,
		.options = out_said->options, .from = c->from, .id = q->header.id,
	};
}
