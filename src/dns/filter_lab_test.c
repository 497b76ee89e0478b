/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "dns/filter_lab_test.h"
#include "dns/rrtypes.h"

static bool is_name_type(uint16_t type)
{
	return type == DNS_CNAME || type == DNS_NS || type == DNS_PTR;
}

static void write_data(struct writer *w, const struct lab_record *r)
{
	struct dname name;
	struct addr a;

	if (r->type == DNS_A || r->type == DNS_AAAA) {
		must(addr_parse(r->data, &a));
		writer_span(w, addr_bytes(&a));
	} else if (is_name_type(r->type)) {
		must(dname_parse(r->data, &name));
		writer_span(w, dname_span(&name));
	} else if (r->type == DNS_SOA) {
		writer_span(w, span_of("\2ns\0\2me\0", 8));
		for (unsigned i = 1; i <= 4; i++)
			writer_u32(w, i);
		writer_u32(w, strtoul(r->data, NULL, 10));
	} else if (r->type == DNS_MX || r->type == DNS_SRV) {
		must(dname_parse(r->data, &name));
		writer_uint(w, r->type == DNS_MX ? 2 : 6, 10);
		writer_span(w, dname_span(&name));
	} else {
		writer_span(w, span_text(r->data));
	}
	must(writer_ok(w));
}

static void write_record(struct dns_writer *w, const struct lab_record *r)
{
	uint8_t bytes[600];
	struct writer data = writer_of(bytes, sizeof bytes);
	struct dname owner;

	must(dname_parse(r->owner, &owner));
	if (r->type == DNS_OPT) {
		dns_write_edns(w, 1232, false, 0, DNS_EDE_NONE);
		return;
	}
	write_data(&data, r);
	must(dns_write_rr(w, r->section, dname_span(&owner), r->type, DNS_IN, r->ttl_s,
			  writer_done(&data)));
}

void filter_run(struct filter_lab *lab, const char *name, uint16_t type, unsigned flags,
		const struct lab_record *records, bool exists)
{
	struct dns_writer w;

	lab->question = (struct dns_question){ .type = type, .class = DNS_IN };
	must(dname_parse(name, &lab->question.name));
	dns_write_start(&w, lab->reply, sizeof lab->reply, 7,
			(uint16_t)(flags & ~DNS_RCODE_MASK));
	dns_write_question(&w, &lab->question);
	for (size_t i = 0; i < LAB_RECORDS && records && records[i].owner; i++)
		write_record(&w, &records[i]);

	struct span reply = dns_write_end(&w, flags & DNS_RCODE_MASK);

	lab->reply[2] |= (uint8_t)((flags & DNS_TC) >> 8);		/* which dns_write_end has taken back */
	lab->out = (struct filtered){ 0 };
	lab->status = filter_reply(&lab->conf, &lab->question, reply, exists, lab->buffer,
				   sizeof lab->buffer, &lab->out);
}

static void print_data(struct text *t, const struct dns_walk *w, const struct dns_rr *rr)
{
	struct reader r = reader_back_to(&w->r, rr->rdata_at);
	const struct addr a = dns_rr_addr(rr);
	struct dname name;

	if (addr_is_set(&a)) {
		text_add(t, addr_text(&a).s);
	} else if (rr->type == DNS_SOA) {
		struct reader end = reader_of(span_of(rr->rdata.p + rr->rdata.n - 4, 4));

		text_addf(t, "%u", reader_u32(&end));
	} else if ((is_name_type(rr->type) || (rr->type == DNS_MX && reader_u16(&r))) &&
		   dname_read(&r, &name)) {
		text_add(t, dname_text(&name).s);
	} else {
		text_safe(t, rr->rdata);
	}
}

const char *filter_text(struct span message)
{
	static const char *marks[] = { "", "! ", "+ " };
	static char out[1000];
	struct text t = TEXT(out);
	struct dns_walk w;
	struct dns_rr rr;

	if (!dns_walk_start(&w, message, NULL))
		return "no message";
	text_addf(&t, "%04x", w.header.flags);
	while (dns_walk_next(&w, &rr)) {
		text_addf(&t, "; %s%s %u %u ", marks[w.section], dname_text(&rr.owner).s, rr.type,
			  rr.ttl_s);
		print_data(&t, &w, &rr);
	}
	return dns_walk_ok(&w) ? out : "does not parse";
}
