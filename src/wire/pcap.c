/* SPDX-License-Identifier: ISC */
#include "wire/pcap.h"

#include "base/must.h"
#include "wire/udp.h"

enum { ETHERTYPE_IP4 = 0x0800, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8, VLAN_TAG = 2 };

/* ---- numbers, in the order of whoever wrote the file ------------------------------ */

static uint32_t number(struct pcap *p, size_t bytes)
{
	struct span s = reader_take(&p->r, bytes);
	uint32_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n = n << 8 | s.p[p->little ? s.n - 1 - i : i];
	return n;
}

/* ---- the kinds of link --------------------------------------------------------------- */

/* What stands before the IPv4 header: so many bytes, the type of what follows among them. */
struct link_kind {
	uint32_t number;
	uint8_t head;
	int8_t type_at;			/* -1: it says no type, it is always IP */
};

static const struct link_kind links[] = {
	{ 1, 14, 12 },			/* Ethernet */
	{ 12, 0, -1 },			/* raw IP, as OpenBSD and old files call it */
	{ 101, 0, -1 },			/* raw IP */
	{ 113, 16, 14 },		/* Linux "any", cooked */
	{ 228, 0, -1 },			/* raw IPv4 */
	{ 276, 20, 0 },			/* Linux "any", cooked, second version */
};

static const struct link_kind *link_of(uint32_t number)
{
	for (size_t i = 0; i < COUNT_OF(links); i++)
		if (links[i].number == number)
			return &links[i];
	return NULL;
}

/* Takes the link's header; false if something else than IPv4 follows. */
static bool enter_link(const struct link_kind *link, struct reader *r)
{
	struct span head = reader_take(r, link->head);
	struct reader type = reader_of(head);
	uint16_t what;

	if (link->type_at < 0)
		return reader_ok(r);
	reader_take(&type, (size_t)link->type_at);
	what = reader_u16(&type);
	while (what == ETHERTYPE_VLAN || what == ETHERTYPE_QINQ) {
		reader_take(r, VLAN_TAG);
		what = reader_u16(r);
	}
	return what == ETHERTYPE_IP4;
}

/* ---- the file ------------------------------------------------------------------------ */

enum pcap_form pcap_open(struct span file, struct pcap *p)
{
	static const struct { uint8_t bytes[4]; bool little; } magics[] = {
		{ { 0xa1, 0xb2, 0xc3, 0xd4 }, false }, { { 0xd4, 0xc3, 0xb2, 0xa1 }, true },
		{ { 0xa1, 0xb2, 0x3c, 0x4d }, false }, { { 0x4d, 0x3c, 0xb2, 0xa1 }, true },
	};
	enum { VERSION_TO_SNAPLEN = 16, LINK_MASK = 0xffff };
	static const uint8_t ng[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	struct span magic;

	*p = (struct pcap){ .r = reader_of(file) };
	magic = reader_take(&p->r, 4);
	if (span_eq(magic, SPAN(ng)))
		return PCAP_NG;
	for (size_t i = 0; i < COUNT_OF(magics); i++)
		if (span_eq(magic, SPAN(magics[i].bytes))) {
			p->little = magics[i].little;
			reader_take(&p->r, VERSION_TO_SNAPLEN);
			p->link = number(p, 4) & LINK_MASK;
			return link_of(p->link) ? PCAP_READ : PCAP_STRANGE_LINK;
		}
	return PCAP_OTHER;
}

/* The next frame, as far as it was captured. */
static bool next_frame(struct pcap *p, struct reader *out)
{
	uint32_t captured;

	if (reader_left(&p->r) == 0)
		return false;
	number(p, 4);				/* seconds */
	number(p, 4);				/* and their parts */
	captured = number(p, 4);
	number(p, 4);				/* as it was on the wire */
	*out = reader_of(reader_take(&p->r, captured));
	return reader_ok(&p->r);
}

bool pcap_next(struct pcap *p, struct pcap_datagram *out)
{
	const struct link_kind *link = link_of(p->link);
	struct reader frame;

	while (link && next_frame(p, &frame)) {
		if (enter_link(link, &frame) && udp4_read(&frame, &out->from, &out->to, &out->data))
			return true;
		p->passed_over++;
	}
	return false;
}

/* ---- hex ----------------------------------------------------------------------------- */

struct pcap_hex pcap_hex_open(struct span text)
{
	return (struct pcap_hex){ reader_of(text), 1 };
}

static int digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void skip_comment(struct pcap_hex *h)
{
	while (reader_left(&h->r) > 0 && *h->r.at != '\n')
		reader_u8(&h->r);
}

/* One line; false: something else than hex is in it. */
static bool read_line(struct pcap_hex *h, uint8_t *out, size_t *out_n, bool *empty)
{
	*empty = true;
	while (reader_left(&h->r) > 0) {
		uint8_t c = reader_u8(&h->r);
		int high = digit(c), low;

		if (c == '\n')
			return true;
		if (c == '#') {
			skip_comment(h);
			*empty = false;		/* it parts nothing */
			continue;
		}
		if (c == ' ' || c == '\t' || c == '\r' || c == ':')
			continue;
		low = digit(reader_u8(&h->r));
		if (high < 0 || low < 0)
			return false;
		out[(*out_n)++] = (uint8_t)(high << 4 | low);
		*empty = false;
	}
	return true;
}

bool pcap_hex_next(struct pcap_hex *h, uint8_t *out, size_t *out_n)
{
	bool empty = false;

	*out_n = 0;
	while (reader_left(&h->r) > 0) {
		if (!read_line(h, out, out_n, &empty))
			return false;
		h->line++;
		if (empty && *out_n)
			return true;
	}
	return true;
}
