/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "wire/tftp.h"

/* Text up to its NUL; spoils the reader where there is none. */
static struct span read_text(struct reader *r)
{
	const uint8_t *nul = reader_left(r) ? memchr(r->at, 0, reader_left(r)) : NULL;
	struct span s;

	if (!nul) {
		reader_fail(r);
		return span_of(r->end, 0);
	}
	s = reader_take(r, (size_t)(nul - r->at));
	reader_take(r, 1);
	return s;
}

/* Names and modes are compared without regard to case (RFC 1350, RFC 2347). */
static bool is_word(struct span s, const char *word)
{
	char copy[16];

	if (s.n >= sizeof copy)
		return false;
	memcpy(copy, s.p, s.n);
	copy[s.n] = 0;
	return text_same(copy, word);
}

/* A decimal number; what exceeds `most` is `most`.  False for anything else. */
static bool read_number(struct span s, uint32_t most, uint32_t *out)
{
	uint64_t v = 0;

	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s.p[i] - '0');
		if (v > most)
			v = most;
	}
	*out = (uint32_t)v;
	return true;
}

static void read_blksize(struct tftp_request *m, struct span value)
{
	uint32_t n;

	if (read_number(value, UINT32_MAX, &n) && n >= TFTP_BLOCK_MIN)
		m->blksize = n;
}

static void read_tsize(struct tftp_request *m, struct span value)
{
	if (value.n)
		m->asks_tsize = true;
}

static void read_timeout(struct tftp_request *m, struct span value)
{
	uint32_t n;

	if (read_number(value, UINT32_MAX, &n) && n >= 1 && n <= 255)
		m->timeout_s = n;
}

static const struct {
	const char *name;
	void (*read)(struct tftp_request *m, struct span value);
} options[] = {
	{ "blksize", read_blksize },
	{ "tsize",   read_tsize   },
	{ "timeout", read_timeout },
};

static void read_option(struct tftp_request *m, struct span name, struct span value)
{
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		if (is_word(name, options[i].name))
			options[i].read(m, value);
}

unsigned tftp_op_of(struct span packet)
{
	struct reader r = reader_of(packet);

	return reader_u16(&r);
}

bool tftp_request_read(struct span packet, struct tftp_request *out)
{
	static const char *const modes[] = { "octet", "netascii" };
	struct reader r = reader_of(packet);
	struct span mode;

	*out = (struct tftp_request){ 0 };
	if (reader_u16(&r) != TFTP_RRQ)
		return false;
	out->name = read_text(&r);
	mode = read_text(&r);
	if (!reader_ok(&r) || out->name.n == 0)
		return false;
	out->mode = is_word(mode, modes[TFTP_NETASCII]) ? TFTP_NETASCII : TFTP_OCTET;
	if (!is_word(mode, modes[out->mode]))
		return false;
	while (reader_left(&r)) {
		struct span name = read_text(&r);

		if (reader_ok(&r) && reader_left(&r) == 0)
			break;		/* a name without a value: some clients pad so */
		read_option(out, name, read_text(&r));
	}
	return reader_ok(&r);
}

bool tftp_word_read(struct span packet, struct tftp_word *out)
{
	struct reader r = reader_of(packet);
	const uint8_t *nul;

	out->op = reader_u16(&r);
	out->number = reader_u16(&r);
	out->text = span_of(r.at, reader_left(&r));
	nul = out->text.n ? memchr(out->text.p, 0, out->text.n) : NULL;
	if (nul)
		out->text.n = (size_t)(nul - out->text.p);
	return reader_ok(&r) && (out->op == TFTP_ACK || out->op == TFTP_ERROR);
}

static void write_option(struct writer *w, const char *name, uint64_t value)
{
	char number[24];
	struct text t = TEXT(number);

	text_addf(&t, "%llu", (unsigned long long)value);
	writer_span(w, span_of(name, strlen(name) + 1));
	writer_span(w, span_of(number, t.n + 1));
}

void tftp_write_oack(struct writer *w, const struct tftp_oack *o)
{
	writer_u16(w, TFTP_OACK);
	if (o->blksize)
		write_option(w, "blksize", o->blksize);
	if (o->has_tsize)
		write_option(w, "tsize", o->tsize);
	if (o->timeout_s)
		write_option(w, "timeout", o->timeout_s);
}

void tftp_write_data_head(struct writer *w, uint16_t block)
{
	writer_u16(w, TFTP_DATA);
	writer_u16(w, block);
}

void tftp_write_error(struct writer *w, enum tftp_code code, struct span text)
{
	writer_u16(w, TFTP_ERROR);
	writer_u16(w, code);
	writer_span(w, text);
	writer_u8(w, 0);
}
