/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "wire/dns_rdata.h"

#define POINTER 0xc000
#define POINTER_REACH 0x4000		/* offsets that fourteen bits can say */

/* ---- names ----------------------------------------------------------------------- */

/* Does the name that was written at this offset say the same?  Ours: its pointers lead back. */
static bool name_at_is(const uint8_t *base, size_t at, struct span name)
{
	for (;;) {
		uint8_t length = base[at];

		if (length >= POINTER >> 8) {
			at = (size_t)(length << 8 | base[at + 1]) & (POINTER_REACH - 1);
			continue;
		}
		if (length != name.p[0] ||
		    !dname_span_eq(dname_first(name), span_of(base + at + 1, length)))
			return false;
		if (length == 0)
			return true;
		at += 1u + length;
		name = dname_parent(name, 1);
	}
}

/* Where this name is among the first n that were written; 0: nowhere. */
static size_t known_at(const struct dns_writer *d, unsigned n, struct span name)
{
	for (unsigned i = 0; i < n; i++)
		if (name_at_is(d->w.base, d->known[i], name))
			return d->known[i];
	return 0;
}

static void remember(struct dns_writer *d)
{
	size_t at = writer_done(&d->w).n;

	if (at < POINTER_REACH && d->n_known < DNS_COMPRESS_MAX)
		d->known[d->n_known++] = (uint16_t)at;
}

/* Labels as long as they are new, then a pointer or the root.  Never into itself: it has no end yet. */
static void write_name(struct dns_writer *d, struct span name)
{
	unsigned whole = d->n_known;

	for (; name.n > 1 && writer_ok(&d->w); name = dname_parent(name, 1)) {
		size_t at = known_at(d, whole, name);

		if (at != 0) {
			writer_u16(&d->w, POINTER | at);
			return;
		}
		remember(d);
		writer_span(&d->w, span_of(name.p, 1u + name.p[0]));
	}
	writer_u8(&d->w, 0);
}

/* ---- the message ------------------------------------------------------------------ */

static struct dns_writer writer_for(void *buffer, size_t limit, const struct dns_header *h)
{
	struct dns_writer d = {
		.w = writer_of(buffer, limit < DNS_MESSAGE_MAX ? limit : DNS_MESSAGE_MAX),
		.header = *h,
	};

	d.header.flags &= (uint16_t)~(DNS_RCODE_MASK | DNS_TC);
	return d;
}

void dns_write_start(struct dns_writer *d, void *buffer, size_t limit, uint16_t id, uint16_t flags)
{
	*d = writer_for(buffer, limit, &(struct dns_header){ .id = id, .flags = flags });
	writer_hole(&d->w, 8);
	writer_hole(&d->w, 4);
}

void dns_write_resume(struct dns_writer *d, void *buffer, size_t limit, size_t n)
{
	struct dns_header h;

	must(n <= limit && n <= DNS_MESSAGE_MAX && dns_header_read(span_of(buffer, n), &h));
	*d = writer_for(buffer, limit, &h);
	d->truncated = h.flags & DNS_TC;
	d->section = h.additionals ? DNS_ADDITIONAL : h.authorities ? DNS_AUTHORITY : DNS_ANSWER;
	d->w.at = d->w.base + n;
}

void dns_write_question(struct dns_writer *d, const struct dns_question *q)
{
	write_name(d, dname_span(&q->name));
	writer_u16(&d->w, q->type);
	writer_u16(&d->w, q->class);
	d->header.questions++;
}

/* False: the rdata does not parse as its type. */
static bool write_rdata(struct dns_writer *d, uint16_t type, struct span rdata)
{
	struct reader r = reader_of(rdata);
	bool ours = false;
	const char *parts = dns_rdata_parts(type, &ours);

	for (parts = parts && ours ? parts : "*"; *parts != 0 && reader_ok(&r); parts++) {
		struct span s = *parts == 'n' ? dname_take(&r) : dns_rdata_take(&r, *parts);

		if (*parts == 'n' && reader_ok(&r))
			write_name(d, s);
		else
			writer_span(&d->w, s);
	}
	return reader_ok(&r) && reader_left(&r) == 0;
}

static void count_record(struct dns_header *h, enum dns_section section)
{
	uint16_t *counts[DNS_SECTIONS] = { &h->answers, &h->authorities, &h->additionals };

	++*counts[section];
}

bool dns_write_rr(struct dns_writer *d, enum dns_section section, struct span owner, uint16_t type,
		  uint16_t class, uint32_t ttl_s, struct span rdata)
{
	struct dns_writer before;
	struct hole length;
	bool parses;

	must(section >= d->section && section < DNS_SECTIONS && owner.n != 0);
	d->full |= !writer_ok(&d->w);		/* not even the question fitted */
	if (d->full)
		return false;
	before = *d;
	write_name(d, owner);
	writer_u16(&d->w, type);
	writer_u16(&d->w, class);
	writer_u32(&d->w, ttl_s);
	length = writer_hole(&d->w, 2);
	parses = write_rdata(d, type, rdata);
	writer_fill(&d->w, length);
	if (parses && writer_ok(&d->w)) {
		d->section = section;
		count_record(&d->header, section);
		return true;
	}
	*d = before;
	d->full = parses;
	d->truncated |= parses && section != DNS_ADDITIONAL;
	return false;
}

bool dns_write_addr(struct dns_writer *d, enum dns_section section, struct span owner,
		    const struct addr *a, uint32_t ttl_s)
{
	return dns_write_rr(d, section, owner, a->family == ADDR_IP4 ? DNS_A : DNS_AAAA, DNS_IN,
			    ttl_s, addr_bytes(a));
}

struct span dns_write_end(struct dns_writer *d, unsigned rcode)
{
	struct dns_header *h = &d->header;
	struct writer head = writer_of(d->w.base, DNS_HEADER);

	if (!writer_ok(&d->w))
		return span_of(d->w.base, 0);
	h->flags = (uint16_t)(h->flags | (rcode & DNS_RCODE_MASK) | (d->truncated ? DNS_TC : 0));
	writer_u16(&head, h->id);
	writer_u16(&head, h->flags);
	writer_u16(&head, h->questions);
	writer_u16(&head, h->answers);
	writer_u16(&head, h->authorities);
	writer_u16(&head, h->additionals);
	return writer_done(&d->w);
}
