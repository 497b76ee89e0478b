/* SPDX-License-Identifier: ISC */
#include "dns/any.h"

#define HINFO_TTL_S 3789		/* RFC 8482 4.2: not short; this is its example's */

bool any_is_small(const struct dns_conf *c, const struct dns_question *q, bool tcp)
{
	return c->any_small && q->type == DNS_ANY && !tcp;
}

static void keep_one(struct local_verdict *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++)
		if (v->items[i].section == DNS_ANSWER && v->items[i].type == v->items[0].type)
			v->items[n++] = v->items[i];
	v->n = n;
}

/* The processor's name is the RFC's, that of the system is empty. */
static void refer(struct local_verdict *v, const struct dns_question *q)
{
	static const uint8_t hinfo[] = "\7RFC8482";	/* and the NUL is an empty string's length */

	v->answered = true;
	v->rcode = DNS_NOERROR;
	v->authoritative = v->overflow = false;
	v->ede = DNS_EDE_NONE;
	v->n = 1;
	v->items[0] = (struct local_item){
		.section = DNS_ANSWER, .owner = q->name, .type = DNS_HINFO, .ttl_s = HINFO_TTL_S,
		.rdata = SPAN(hinfo), .from = FROM_RECORD,
	};
}

void any_make_small(struct local_verdict *v, const struct dns_question *q)
{
	if (v->answered)
		keep_one(v);
	else
		refer(v, q);
}
