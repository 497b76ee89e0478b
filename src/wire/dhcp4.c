/* SPDX-License-Identifier: ISC */
#include "wire/dhcp4.h"

#include "base/must.h"
#include "wire/tlv.h"

static const uint8_t magic[4] = { 99, 130, 83, 99 };	/* RFC 2131 section 3 */

enum {
	HEAD_SIZE = 236,		/* up to the magic cookie */
	OFF_SNAME = 44, OFF_FILE = 108,
	END_ROOM = 1, OVERLOAD_ROOM = 3,
	PIECE_MAX = 255,		/* of one option on the wire */
};

/* ---- reading ------------------------------------------------------------ */

/* One run of options: the options area, or a field that holds some. */
struct area {
	struct span bytes;
	bool used;
};

static struct addr read_ip4(struct reader *r)
{
	return addr_ip4(reader_u32(r));
}

static void read_head(struct reader *r, struct dhcp4_msg *m)
{
	m->op = reader_u8(r);
	m->hw.type = reader_u8(r);
	m->hw.len = reader_u8(r);
	m->hops = reader_u8(r);
	m->xid = reader_u32(r);
	m->secs = reader_u16(r);
	m->flags = reader_u16(r);
	m->ciaddr = read_ip4(r);
	m->yiaddr = read_ip4(r);
	m->siaddr = read_ip4(r);
	m->giaddr = read_ip4(r);

	struct span chaddr = reader_take(r, HWADDR_MAX);

	if (chaddr.n && m->hw.len <= HWADDR_MAX)
		memcpy(m->hw.bytes, chaddr.p, m->hw.len);
	m->sname = reader_take(r, DHCP4_SNAME);
	m->file = reader_take(r, DHCP4_FILE);
}

/* Counts the pieces and bytes of each option; false on broken framing. */
static bool count_area(struct span area, uint16_t pieces[256], uint32_t total[256])
{
	struct reader r = reader_of(area);
	struct tlv opt;

	while (tlv_next(&r, &TLV_DHCP4, &opt)) {
		pieces[opt.tag]++;
		total[opt.tag] += (uint32_t)reader_left(&opt.body);
	}
	return reader_ok(&r);
}

static void keep_piece(struct dhcp4_msg *m, uint8_t code, struct span piece, bool split,
		       uint32_t total)
{
	struct span *have = &m->opt[code];

	if (!have->p) {
		m->order[m->orders++] = code;
		*have = split ? span_of(m->join + m->joined, 0) : piece;
		m->joined = (uint16_t)(m->joined + (split ? total : 0));
	}
	if (!split)
		return;
	/* The room was set aside when the first piece came. */
	if (piece.n)
		memcpy(m->join + (have->p - m->join) + have->n, piece.p, piece.n);
	have->n += piece.n;
}

static void keep_area(struct dhcp4_msg *m, struct span area, const uint16_t pieces[256],
		      const uint32_t total[256])
{
	struct reader r = reader_of(area);
	struct tlv opt;

	while (tlv_next(&r, &TLV_DHCP4, &opt)) {
		uint8_t code = (uint8_t)opt.tag;
		struct span piece = reader_take(&opt.body, reader_left(&opt.body));

		keep_piece(m, code, piece, pieces[code] > 1, total[code]);
	}
}

/* The first option 52 of the options area says which fields hold options too (RFC 2132 9.3). */
static uint8_t overload_of(struct span options)
{
	struct reader r = reader_of(options);
	struct tlv opt;

	while (tlv_next(&r, &TLV_DHCP4, &opt))
		if (opt.tag == DHCP4_OVERLOAD && reader_left(&opt.body) > 0)
			return reader_u8(&opt.body) & 3;
	return 0;
}

/* A field whose framing is broken is left alone: it was not options after all. */
static void add_field(struct area *area, struct span *field, bool says_options)
{
	uint16_t pieces[256] = { 0 };
	uint32_t total[256] = { 0 };

	if (!says_options)
		return;
	area->bytes = *field;
	area->used = count_area(*field, pieces, total);
	*field = span_of(field->p, 0);
}

static bool read_options(struct dhcp4_msg *m, struct span options)
{
	struct area area[3] = { { options, true } };
	uint16_t pieces[256] = { 0 };
	uint32_t total[256] = { 0 };
	uint32_t split = 0;
	uint8_t overload = overload_of(options);

	add_field(&area[1], &m->file, overload & 1);
	add_field(&area[2], &m->sname, overload & 2);
	for (size_t i = 0; i < 3; i++)
		if (area[i].used && !count_area(area[i].bytes, pieces, total))
			return false;
	for (size_t code = 0; code < 256; code++)
		split += pieces[code] > 1 ? total[code] : 0;
	if (split > sizeof m->join)
		return false;
	for (size_t i = 0; i < 3; i++)
		if (area[i].used)
			keep_area(m, area[i].bytes, pieces, total);
	return true;
}

static enum dhcp4_reject read_packet(struct span packet, uint8_t op, struct dhcp4_msg *m)
{
	struct reader r = reader_of(packet);
	struct span cookie;

	memset(m, 0, offsetof(struct dhcp4_msg, join));
	read_head(&r, m);
	cookie = reader_take(&r, sizeof magic);
	if (!reader_ok(&r))
		return DHCP4_SHORT;
	if (m->op != op)
		return DHCP4_NOT_REQUEST;
	if (m->hw.len > HWADDR_MAX || !span_eq(cookie, SPAN(magic)))
		return DHCP4_BAD_HEADER;
	if (!read_options(m, reader_take(&r, reader_left(&r))))
		return DHCP4_BAD_OPTIONS;
	return DHCP4_READ;
}

enum dhcp4_reject dhcp4_read(struct span packet, struct dhcp4_msg *m)
{
	return read_packet(packet, DHCP4_BOOTREQUEST, m);
}

enum dhcp4_reject dhcp4_read_reply(struct span packet, struct dhcp4_msg *m)
{
	return read_packet(packet, DHCP4_BOOTREPLY, m);
}

void dhcp4_walk_start(struct dhcp4_walk *w, struct span packet)
{
	struct reader r = reader_of(packet);
	struct span sname, file, options;
	uint8_t overload;

	reader_take(&r, OFF_SNAME);
	sname = reader_take(&r, DHCP4_SNAME);
	file = reader_take(&r, DHCP4_FILE);
	reader_take(&r, sizeof magic);
	options = reader_take(&r, reader_left(&r));
	overload = overload_of(options);
	*w = (struct dhcp4_walk){ .area = {
		reader_of(options),
		reader_of(overload & 1 ? file : span_of(NULL, 0)),
		reader_of(overload & 2 ? sname : span_of(NULL, 0)),
	} };
}

bool dhcp4_walk_next(struct dhcp4_walk *w, uint8_t *code, struct span *body)
{
	struct tlv opt;

	for (; w->at < COUNT_OF(w->area); w->at++)
		if (tlv_next(&w->area[w->at], &TLV_DHCP4, &opt)) {
			*code = (uint8_t)opt.tag;
			*body = reader_take(&opt.body, reader_left(&opt.body));
			return true;
		}
	return false;
}

/* ---- writing ------------------------------------------------------------ */

static void write_padded(struct writer *w, struct span s, size_t size)
{
	static const uint8_t zero[DHCP4_FILE];

	if (s.n > size)
		w->bad = true;
	writer_span(w, s);
	writer_span(w, span_of(zero, size - (s.n > size ? size : s.n)));
}

static void write_head(struct writer *w, const struct dhcp4_head *h)
{
	writer_u8(w, h->op);
	writer_u8(w, h->hw.type);
	writer_u8(w, h->hw.len);
	writer_u8(w, h->hops);
	writer_u32(w, h->xid);
	writer_u16(w, h->secs);
	writer_u16(w, h->flags);
	writer_u32(w, addr_to_ip4(&h->ciaddr));
	writer_u32(w, addr_to_ip4(&h->yiaddr));
	writer_u32(w, addr_to_ip4(&h->siaddr));
	writer_u32(w, addr_to_ip4(&h->giaddr));
	write_padded(w, span_of(h->hw.bytes, h->hw.len), HWADDR_MAX);
	write_padded(w, h->sname, DHCP4_SNAME);
	write_padded(w, h->file, DHCP4_FILE);
	writer_span(w, SPAN(magic));
}

static size_t clamp_size(size_t n)
{
	if (n < DHCP4_DEFAULT_SIZE)
		return DHCP4_DEFAULT_SIZE;
	return n > DHCP4_MAX_SIZE ? DHCP4_MAX_SIZE : n;
}

/* On the wire, with the code and length of each piece. */
static size_t option_size(size_t body)
{
	size_t pieces = body ? (body + PIECE_MAX - 1) / PIECE_MAX : 1;

	return body + 2 * pieces;
}

bool dhcp4_build_start(struct dhcp4_build *b, const struct dhcp4_head *h, struct dhcp4_room room)
{
	memset(b, 0, sizeof *b);
	b->limit = clamp_size(room.limit);
	b->kept = room.last ? option_size(room.last) : 0;
	if (b->kept > b->limit - HEAD_SIZE - sizeof magic - END_ROOM - OVERLOAD_ROOM)
		b->kept = 0;			/* it cannot be echoed, then */
	b->options = writer_of(b->bytes, b->limit - b->kept - END_ROOM -
				       (room.may_overload ? OVERLOAD_ROOM : 0));
	write_head(&b->options, h);
	b->file_open = room.may_overload && h->file.n == 0;
	b->sname_open = room.may_overload && h->sname.n == 0;
	b->file = writer_of(b->bytes + OFF_FILE, DHCP4_FILE - END_ROOM);
	b->sname = writer_of(b->bytes + OFF_SNAME, DHCP4_SNAME - END_ROOM);
	return writer_ok(&b->options) && h->file.n < DHCP4_FILE && h->sname.n < DHCP4_SNAME;
}

/* The whole option or, where there is no room for it, nothing: not even bytes past the end. */
static bool write_option(struct writer *w, uint8_t code, struct span body)
{
	if (option_size(body.n) > writer_left(w))
		return false;
	do {
		size_t n = body.n > PIECE_MAX ? PIECE_MAX : body.n;

		writer_u8(w, code);
		writer_u8(w, n);
		writer_span(w, span_of(body.p, n));
		body = span_of(n ? body.p + n : body.p, body.n - n);
	} while (body.n > 0);
	return writer_ok(w);
}

bool dhcp4_build_option(struct dhcp4_build *b, uint8_t code, struct span body)
{
	if (write_option(&b->options, code, body))
		return true;
	if (b->file_open && write_option(&b->file, code, body)) {
		b->overload |= 1;
		return true;
	}
	if (b->sname_open && write_option(&b->sname, code, body)) {
		b->overload |= 2;
		return true;
	}
	return false;
}

static void write_overload(struct dhcp4_build *b)
{
	if (!b->overload)
		return;
	if (b->overload & 1)
		*b->file.at = DHCP4_END;
	if (b->overload & 2)
		*b->sname.at = DHCP4_END;
	write_option(&b->options, DHCP4_OVERLOAD, span_of(&b->overload, 1));
	b->file_open = b->sname_open = false;
	b->overload = 0;
}

void dhcp4_build_last(struct dhcp4_build *b, uint8_t code, struct span body)
{
	b->options.end = b->bytes + b->limit - END_ROOM;
	write_overload(b);
	write_option(&b->options, code, body);
}

struct span dhcp4_build_done(struct dhcp4_build *b)
{
	b->options.end = b->bytes + b->limit;
	write_overload(b);
	writer_u8(&b->options, DHCP4_END);

	size_t n = writer_done(&b->options).n;

	return span_of(b->bytes, n < DHCP4_MIN_SIZE ? DHCP4_MIN_SIZE : n);
}
