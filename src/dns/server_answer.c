/* SPDX-License-Identifier: ISC */
/*
 * How an answer leaves: cut to what its client takes, with the EDNS that it asked with.
 */
#include "dns/server_private.h"

void server_answer(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
		   enum dns_ede ede)
{
	const uint32_t edns_max = d->data->conf->edns_max;
	const struct answer_how how = {
		.query = q, .limit = answer_limit(q, c->link != NULL, edns_max),
		.edns_size = (uint16_t)edns_max, .ede = ede,
	};

	dns_send(d, c, answer_fit(d->reply, sizeof d->reply, n, &how));
}

void server_answer_empty(struct dns *d, const struct client *c, const struct dns_query *q,
			 const struct filter_answer *what, enum dns_ede ede)
{
	struct dns_writer w;

	dns_write_start(&w, d->reply, sizeof d->reply, q->header.id,
			DNS_QR | DNS_RA | (what->authoritative ? DNS_AA : 0));
	dns_write_question(&w, &q->question);
	server_answer(d, c, q, dns_write_end(&w, what->rcode).n, ede);
}

void server_answer_nothing(struct dns *d, const struct client *c, const struct dns_query *q,
			   unsigned rcode, enum dns_ede ede)
{
	server_answer_empty(d, c, q, &(struct filter_answer){ .rcode = rcode }, ede);
}
