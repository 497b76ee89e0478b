/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "wire/dns.h"

/* ---- the header and the question ------------------------------------------------ */

static void take_header(struct reader *r, struct dns_header *h)
{
	h->id = reader_u16(r);
	h->flags = reader_u16(r);
	h->questions = reader_u16(r);
	h->answers = reader_u16(r);
	h->authorities = reader_u16(r);
	h->additionals = reader_u16(r);
}

bool dns_header_read(struct span message, struct dns_header *out)
{
	struct reader r = reader_of(message);

	if (message.n < DNS_HEADER)
		return false;
	take_header(&r, out);
	return true;
}

/* Nothing stands before it that its name could point to, and whoever changes a message in place
 * counts on its length. */
static bool take_question(struct reader *r, struct dns_question *q)
{
	if (!dname_take_copy(r, &q->name))
		return false;
	q->type = reader_u16(r);
	q->class = reader_u16(r);
	return reader_ok(r);
}

/* ---- walking ------------------------------------------------------------------- */

/* The header was taken. */
static bool go_on_walking(struct dns_walk *w, struct dns_question *q)
{
	w->section = DNS_ANSWER;
	w->left[DNS_ANSWER] = w->header.answers;
	w->left[DNS_AUTHORITY] = w->header.authorities;
	w->left[DNS_ADDITIONAL] = w->header.additionals;
	q->name.n = 0;
	if (w->header.questions > 1)
		return reader_fail(&w->r);
	return w->header.questions == 0 ? reader_ok(&w->r) : take_question(&w->r, q);
}

bool dns_walk_start(struct dns_walk *w, struct span message, struct dns_question *out_question)
{
	struct dns_question unused UNCLEARED;

	w->r = reader_of(message);
	take_header(&w->r, &w->header);
	return go_on_walking(w, out_question ? out_question : &unused);
}

/* False: no section has records left. */
static bool next_section(struct dns_walk *w)
{
	while (w->left[w->section] == 0) {
		if (w->section == DNS_ADDITIONAL)
			return false;
		w->section++;
	}
	w->left[w->section]--;
	return true;
}

bool dns_walk_next(struct dns_walk *w, struct dns_rr *out)
{
	size_t length;

	if (!reader_ok(&w->r) || !next_section(w) || !dname_read(&w->r, &out->owner))
		return false;
	out->type = reader_u16(&w->r);
	out->class = reader_u16(&w->r);
	out->ttl_at = reader_offset(&w->r);
	out->ttl_s = reader_u32(&w->r);
	if (out->ttl_s >> 31 && out->type != DNS_OPT)
		out->ttl_s = 0;
	length = reader_u16(&w->r);
	out->rdata_at = reader_offset(&w->r);
	out->rdata = reader_take(&w->r, length);
	return reader_ok(&w->r);
}

struct addr dns_rr_addr(const struct dns_rr *rr)
{
	size_t length = rr->type == DNS_A ? 4 : rr->type == DNS_AAAA ? 16 : 0;

	if (rr->class != DNS_IN || length == 0 || rr->rdata.n != length)
		return (struct addr){ .family = ADDR_NONE };
	return addr_of_bytes(rr->rdata);
}

/* ---- a query ------------------------------------------------------------------- */

/* One OPT record at most, and in the additional section (RFC 6891 6.1.1). */
static bool find_edns(struct dns_walk *w, struct dns_edns *out)
{
	struct dns_rr rr UNCLEARED;

	*out = (struct dns_edns){ 0 };
	while (dns_walk_next(w, &rr)) {
		if (rr.type != DNS_OPT)
			continue;
		if (out->present || w->section != DNS_ADDITIONAL || !dns_edns_of(&rr, out))
			return false;
	}
	return dns_walk_ok(w);
}

bool dns_query_read(struct span message, struct dns_query *out, int *why)
{
	struct dns_walk w UNCLEARED;

	*why = -1;
	if (message.n < DNS_HEADER)
		return false;
	w.r = reader_of(message);
	take_header(&w.r, &w.header);
	out->header = w.header;
	if (out->header.flags & DNS_QR)
		return false;
	*why = DNS_NOTIMP;
	if ((out->header.flags & DNS_OPCODE_MASK) != DNS_QUERY)
		return false;
	*why = DNS_FORMERR;
	if (!go_on_walking(&w, &out->question) || out->header.questions != 1)
		return false;
	out->question_end = reader_offset(&w.r);
	return find_edns(&w, &out->edns);
}

bool dns_query_edns(struct span message, struct dns_edns *out)
{
	struct dns_walk w;

	return message.n >= DNS_HEADER && dns_walk_start(&w, message, NULL) && find_edns(&w, out);
}
