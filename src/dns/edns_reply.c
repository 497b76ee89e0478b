/* SPDX-License-Identifier: ISC */
#include "dns/edns_reply.h"
#include "dns/edns_ask.h"

#define SCOPE_AT 3			/* the one byte that is the server's to say */

/* Empty: there is none. */
static struct span subnet_in(struct span options)
{
	struct reader r = reader_of(options);
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o))
		if (o.code == EDNS_SUBNET)
			return o.value;
	return span_of(NULL, 0);
}

static bool is_same(struct span asked, struct span told)
{
	return asked.n > SCOPE_AT && told.n == asked.n &&
	       span_eq(span_of(asked.p, SCOPE_AT), span_of(told.p, SCOPE_AT)) &&
	       span_eq(span_of(asked.p + SCOPE_AT + 1, asked.n - SCOPE_AT - 1),
		       span_of(told.p + SCOPE_AT + 1, told.n - SCOPE_AT - 1));
}

bool edns_subnet_fits(struct span asked, struct span reply)
{
	const struct span ours = subnet_in(asked);
	struct dns_edns edns;
	struct dns_walk w;
	struct dns_rr rr;

	if (ours.n == 0 || !dns_walk_start(&w, reply, NULL))
		return true;
	while (dns_walk_next(&w, &rr))
		if (w.section == DNS_ADDITIONAL && dns_edns_of(&rr, &edns)) {
			const struct span told = subnet_in(edns.options);

			return told.n == 0 || is_same(ours, told);
		}
	return true;
}
