/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "wire/dns.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RDATA_MAX 70000			/* a record's names grow when they are expanded */

static uint8_t message_buffer[DNS_MESSAGE_MAX], rdata_buffer[RDATA_MAX], again_buffer[RDATA_MAX];

static struct span expand(const struct dns_walk *w, const struct dns_rr *rr, uint8_t *buffer, bool *ok)
{
	struct writer out = writer_of(buffer, RDATA_MAX);

	*ok = dns_rdata_expand(&w->r, rr, &out);
	return writer_done(&out);
}

static void read_options(const struct dns_rr *rr)
{
	struct dns_edns e;
	struct dns_edns_option o;
	struct reader r;

	if (!dns_edns_of(rr, &e))
		return;
	r = reader_of(e.options);
	while (dns_edns_next(&r, &o))
		;
	must(reader_ok(&r));
}

static bool write_one(struct dns_writer *d, enum dns_section s, const struct dns_rr *rr,
		      struct span rdata)
{
	struct addr a = dns_rr_addr(rr);

	if (addr_is_set(&a))
		return dns_write_addr(d, s, dname_span(&rr->owner), &a, rr->ttl_s);
	return dns_write_rr(d, s, dname_span(&rr->owner), rr->type, rr->class, rr->ttl_s, rdata);
}

/* Writes every record that parses; tells how many that were. */
static unsigned write_all(struct dns_writer *d, struct span m)
{
	struct dns_walk w;
	struct dns_rr rr;
	unsigned n = 0;

	must(dns_walk_start(&w, m, NULL));
	while (dns_walk_next(&w, &rr)) {
		bool whole;
		struct span rdata = expand(&w, &rr, rdata_buffer, &whole);

		read_options(&rr);
		if (whole && write_one(d, w.section, &rr, rdata))
			n++;
		else
			must(!whole || d->full);
	}
	return n;
}

static void check_same(const struct dns_walk *a, const struct dns_rr *x, const struct dns_walk *b,
		       const struct dns_rr *y)
{
	bool whole_x, whole_y;
	struct span from = expand(a, x, rdata_buffer, &whole_x);
	struct span to = expand(b, y, again_buffer, &whole_y);

	must(a->section == b->section && dname_eq(&x->owner, &y->owner));
	must(x->type == y->type && x->class == y->class && x->ttl_s == y->ttl_s);
	/* Names in it may have got the case of those that they point to: the letters are the same. */
	must(whole_x && whole_y && dname_span_eq(from, to));
}

/* Both messages have the same records, but for those of the first that do not parse. */
static void check_all(struct span before, struct span after, unsigned n)
{
	struct dns_walk a, b;
	struct dns_rr x, y;

	must(dns_walk_start(&a, before, NULL) && dns_walk_start(&b, after, NULL));
	for (; n > 0; n--) {
		bool whole = false;

		while (!whole && dns_walk_next(&a, &x))
			expand(&a, &x, rdata_buffer, &whole);
		must(whole && dns_walk_next(&b, &y));
		check_same(&a, &x, &b, &y);
	}
	must(!dns_walk_next(&b, &y) && dns_walk_ok(&b));
}

static void read_query(struct span m)
{
	struct dns_query q;
	int why;

	if (dns_query_read(m, &q, &why))
		must(q.question_end == DNS_HEADER + q.question.name.n + 4u && q.question_end <= m.n);
	else
		must(why == -1 || why == DNS_FORMERR || why == DNS_NOTIMP);
}

static void write_edns(struct dns_writer *d, unsigned chance)
{
	struct span out;
	struct dns_walk w;
	struct dns_rr rr;

	dns_write_resume(d, message_buffer, sizeof message_buffer, writer_done(&d->w).n);
	if (chance & 16)
		dns_write_said(d, &(struct dns_opt_said){
			.udp_size = 1232, .ede = DNS_EDE_STALE, .words = span_text("old"),
			.options = span_of("\0\xa\0\2\x11\x22", chance & 32 ? 6 : 0) });
	else
		dns_write_edns(d, 1232, chance & 1, chance & 2 ? DNS_BADVERS : 0,
			       chance & 4 ? DNS_EDE_STALE : DNS_EDE_NONE);
	out = dns_write_end(d, DNS_BADVERS);
	must(dns_walk_start(&w, out, NULL));
	while (dns_walk_next(&w, &rr))
		read_options(&rr);
	must(dns_walk_ok(&w) && reader_left(&w.r) == 0);
}

/*
 * fuzzes: wire/dns_read.c wire/dns_edns.c wire/dns_rdata.c wire/dns_write.c
 * The first two bytes are the room for what is written; then comes the message.  What was read can
 * be written, and reads back the same.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dns_question q;
	struct dns_writer d;
	struct dns_walk w;
	struct span m, out;
	size_t limit;
	unsigned n;

	if (size < 2)
		return 0;
	limit = (size_t)data[0] << 8 | data[1];
	m = span_of(data + 2, size - 2);
	read_query(m);
	if (!dns_walk_start(&w, m, &q))
		return 0;
	dns_write_start(&d, message_buffer, limit, w.header.id, w.header.flags);
	dns_write_reserve(&d, data[1] & 8 ? DNS_EDE_BYTES : 0);
	if (q.name.n > 0)
		dns_write_question(&d, &q);
	n = write_all(&d, m);
	out = dns_write_end(&d, w.header.flags);
	must(out.n <= limit && (out.n > 0) == writer_ok(&d.w));
	if (out.n == 0)
		return 0;
	check_all(m, out, n);
	write_edns(&d, data[1]);
	return 0;
}
