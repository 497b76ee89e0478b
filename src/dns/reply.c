/* SPDX-License-Identifier: ISC */
#include "dns/reply.h"

#define EDE_BYTES 6			/* code, length and info code (RFC 8914 2) */

static uint16_t flags_of(const struct local_verdict *v, const struct dns_query *q)
{
	return (uint16_t)(DNS_QR | (v->stranger ? 0 : DNS_RA) | (v->authoritative ? DNS_AA : 0) |
			  (q->header.flags & (DNS_OPCODE_MASK | DNS_RD | DNS_CD)));
}

static void write_records(struct dns_writer *w, const struct local_verdict *v, uint16_t class,
			  enum dns_section section)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct local_item *r = &v->items[i];

		if (r->section == section)
			dns_write_rr(w, section, dname_span(&r->owner), r->type, class, r->ttl_s,
				     r->rdata);
	}
}

struct span reply_write(const struct local_verdict *v, const struct dns_query *q,
			const struct reply_how *how, void *buffer, size_t size)
{
	struct dns_writer w;

	dns_write_start(&w, buffer, how->limit < size ? how->limit : size, q->header.id,
			flags_of(v, q));
	dns_write_question(&w, &q->question);
	if (q->edns.present)
		dns_write_reserve(&w, how->options.n + (v->ede == DNS_EDE_NONE ? 0 : EDE_BYTES));
	for (int section = DNS_ANSWER; section < DNS_SECTIONS; section++)
		write_records(&w, v, q->question.class, (enum dns_section)section);
	w.truncated |= v->overflow;
	if (q->edns.present)
		dns_write_said(&w, &(struct dns_opt_said){
			.udp_size = how->edns_size, .dnssec_ok = q->edns.dnssec_ok, .rcode = v->rcode,
			.ede = v->ede, .words = how->words, .options = how->options });
	return dns_write_end(&w, v->rcode);
}
