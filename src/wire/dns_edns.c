/* SPDX-License-Identifier: ISC */
#include "wire/dns.h"

#define DNSSEC_OK 0x8000		/* of the lower sixteen bits of the TTL (RFC 3225 3) */
#define OPT_HEADER 11			/* the root, type, class, TTL, length */
#define EDE_CODE 15			/* RFC 8914 2 */

/* ---- reading -------------------------------------------------------------------- */

bool dns_edns_next(struct reader *options, struct dns_edns_option *out)
{
	size_t length;

	if (reader_left(options) == 0)
		return false;
	out->code = reader_u16(options);
	length = reader_u16(options);
	out->value = reader_take(options, length);
	return reader_ok(options);
}

static bool options_are_whole(struct span options)
{
	struct reader r = reader_of(options);
	struct dns_edns_option unused;

	while (dns_edns_next(&r, &unused))
		;
	return reader_ok(&r);
}

bool dns_edns_of(const struct dns_rr *rr, struct dns_edns *out)
{
	if (rr->type != DNS_OPT || rr->owner.n != 1 || !options_are_whole(rr->rdata))
		return false;
	out->present = true;
	out->udp_size = rr->class;
	out->rcode_high = (uint8_t)(rr->ttl_s >> 24);
	out->version = (uint8_t)(rr->ttl_s >> 16);
	out->dnssec_ok = rr->ttl_s & DNSSEC_OK;
	out->options = rr->rdata;
	return true;
}

/* ---- writing -------------------------------------------------------------------- */

void dns_write_reserve(struct dns_writer *d, size_t options)
{
	size_t bytes = OPT_HEADER + options;

	if (d->reserve != 0 || writer_left(&d->w) < bytes)
		return;			/* the record will find its room taken, or not */
	d->reserve = bytes;
	d->w.end -= bytes;
}

bool dns_write_opt(struct dns_writer *d, const struct dns_edns *e)
{
	struct writer before;
	struct hole length;

	d->w.end += d->reserve;
	d->reserve = 0;
	before = d->w;
	writer_u8(&d->w, 0);
	writer_u16(&d->w, DNS_OPT);
	writer_u16(&d->w, e->udp_size);
	writer_u8(&d->w, e->rcode_high);
	writer_u8(&d->w, e->version);
	writer_u16(&d->w, e->dnssec_ok ? DNSSEC_OK : 0);
	length = writer_hole(&d->w, 2);
	writer_span(&d->w, e->options);
	writer_fill(&d->w, length);
	if (!writer_ok(&d->w)) {
		d->w = before;
		return false;
	}
	d->header.additionals++;
	return true;
}

/* The record with an extended error of so many bytes of words behind the options.  False: no room. */
static bool write_with_error(struct dns_writer *d, const struct dns_opt_said *o, struct span words)
{
	uint8_t bytes[DNS_UDP_MIN];
	struct writer w = writer_of(bytes, sizeof bytes);
	struct dns_edns e = {
		.udp_size = o->udp_size, .dnssec_ok = o->dnssec_ok,
		.rcode_high = (uint8_t)(o->rcode >> 4),
	};

	writer_span(&w, o->options);
	writer_u16(&w, EDE_CODE);
	writer_u16(&w, (uint16_t)(2 + words.n));
	writer_u16(&w, (uint16_t)o->ede);
	writer_span(&w, words);
	e.options = writer_done(&w);
	return writer_ok(&w) && dns_write_opt(d, &e);
}

static bool write_without_error(struct dns_writer *d, const struct dns_opt_said *o,
				struct span options)
{
	return dns_write_opt(d, &(struct dns_edns){
		.udp_size = o->udp_size, .dnssec_ok = o->dnssec_ok,
		.rcode_high = (uint8_t)(o->rcode >> 4), .options = options });
}

void dns_write_said(struct dns_writer *d, const struct dns_opt_said *o)
{
	const struct span none = span_of(NULL, 0);

	if (o->ede != DNS_EDE_NONE &&
	    ((o->words.n && write_with_error(d, o, o->words)) || write_with_error(d, o, none)))
		return;
	if (!write_without_error(d, o, o->options) && !write_without_error(d, o, none))
		d->truncated = true;
}

void dns_write_edns(struct dns_writer *d, uint16_t udp_size, bool dnssec_ok, unsigned rcode,
		    enum dns_ede ede)
{
	dns_write_said(d, &(struct dns_opt_said){ .udp_size = udp_size, .dnssec_ok = dnssec_ok,
						  .rcode = rcode, .ede = ede });
}
