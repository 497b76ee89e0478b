/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "store/lease_line.h"

/* 2^53: what a double, and so any reader of the file in any language, holds exactly. */
#define EXPIRES_MAX (INT64_C(1) << 53)

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f';
}

static struct span next_word(struct span *rest)
{
	struct span word;

	while (rest->n && is_blank(*rest->p))
		*rest = span_of(rest->p + 1, rest->n - 1);
	word = span_of(rest->p, 0);
	while (word.n < rest->n && !is_blank(rest->p[word.n]))
		word.n++;
	*rest = span_of(rest->p + word.n, rest->n - word.n);
	return word;
}

bool lease_line_words(struct span line, struct span out[LEASE_WORDS])
{
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	for (size_t i = 0; i < LEASE_WORDS; i++) {
		out[i] = next_word(&line);
		if (out[i].n == 0)
			return false;
	}
	return next_word(&line).n == 0;
}

static bool word_is(struct span word, const char *text)
{
	return span_eq(word, span_text(text));
}

static bool parse_number(struct span word, int64_t max, int64_t *out)
{
	int64_t v = 0;

	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return false;
		v = v * 10 + (word.p[i] - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return word.n > 0;
}

static bool parse_ip4(struct span word, uint32_t *out)
{
	uint32_t v = 0, octet = 0, octets = 1, digits = 0;

	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '.' && digits && octets < 4) {
			v = v << 8 | octet;
			octet = digits = 0;
			octets++;
		} else if (word.p[i] >= '0' && word.p[i] <= '9' && digits < 3) {
			octet = octet * 10 + (uint32_t)(word.p[i] - '0');
			digits++;
		} else {
			return false;
		}
		if (octet > 255)
			return false;
	}
	*out = v << 8 | octet;
	return octets == 4 && digits;
}

uint32_t lease_line_ip4(struct span line)
{
	struct span word = { NULL, 0 };
	uint32_t ip4;

	for (int i = 0; i <= WORD_ADDR; i++)
		word = next_word(&line);
	return parse_ip4(word, &ip4) ? ip4 : 0;
}

/* Bytes of one or two digits, colons between: "1:02:ff". */
static bool parse_hex(struct span word, uint8_t *out, size_t max, uint8_t *out_n)
{
	size_t n = 0, i = 0;

	while (i < word.n) {
		int high = text_hex_digit((char)word.p[i++]);
		int low = i < word.n ? text_hex_digit((char)word.p[i]) : -1;

		if (high < 0 || n == max)
			return false;
		out[n++] = (uint8_t)(low < 0 ? high : high << 4 | low);
		i += low >= 0;
		if (i == word.n)
			break;
		if (word.p[i++] != ':' || i == word.n)
			return false;
	}
	*out_n = (uint8_t)n;
	return true;
}

/* "02:00:...", "06-02:00:...", "00-" for no address at all; a bare "*" is taken for none too. */
static bool parse_hw(struct span word, struct hwaddr *out)
{
	*out = (struct hwaddr){ .type = 1 };
	if (word_is(word, "*")) {
		out->type = 0;
		return true;
	}
	if (word.n >= 3 && word.p[2] == '-') {
		int high = text_hex_digit((char)word.p[0]), low = text_hex_digit((char)word.p[1]);

		if (high < 0 || low < 0)
			return false;
		out->type = (uint16_t)(high << 4 | low);
		word = span_of(word.p + 3, word.n - 3);
	}
	return parse_hex(word, out->bytes, sizeof out->bytes, &out->len);
}

static bool printable(struct span word)
{
	for (size_t i = 0; i < word.n; i++)
		if (word.p[i] <= 0x20 || word.p[i] >= 0x7f)
			return false;
	return true;
}

static bool parse_name(struct span word, char out[LEASE_NAME_MAX + 1])
{
	out[0] = 0;
	if (word_is(word, "*"))
		return true;
	if (word.n > LEASE_NAME_MAX || !printable(word))
		return false;
	memcpy(out, word.p, word.n);
	out[word.n] = 0;
	return true;
}

bool lease_line_parse(struct span line, struct lease_record *out)
{
	struct span word[LEASE_WORDS];
	uint32_t ip4 = 0;

	if (line.n >= LEASE_LINE_MAX || !lease_line_words(line, word))
		return false;
	if (!parse_ip4(word[WORD_ADDR], &ip4) || ip4 == 0)
		return false;
	out->addr = addr_ip4(ip4);
	out->clid_len = 0;
	return parse_number(word[WORD_EXPIRES], EXPIRES_MAX, &out->expires_s) &&
	       parse_hw(word[WORD_HW], &out->hw) && parse_name(word[WORD_NAME], out->name) &&
	       (word_is(word[WORD_CLID], "*") ||
		parse_hex(word[WORD_CLID], out->clid, sizeof out->clid, &out->clid_len));
}

bool lease_name_fits(const char *name)
{
	return *name && strcmp(name, "*") != 0 && strlen(name) <= LEASE_NAME_MAX &&
	       printable(span_text(name));
}

/* By hand: the store prints each line that it reads, and printf would be half of its start. */
static char *put_number(char *to, uint64_t v)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

static char *put_byte(char *to, uint8_t byte)
{
	static const char digits[] = "0123456789abcdef";

	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 15];
	return to;
}

static char *put_hex(char *to, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i)
			*to++ = ':';
		to = put_byte(to, bytes[i]);
	}
	return to;
}

static char *put_addr(char *to, const struct addr *a)
{
	for (int i = 0; i < 4; i++) {
		to = put_number(to, a->bytes[i]);
		*to++ = i < 3 ? '.' : ' ';
	}
	return to;
}

size_t lease_line_print(const struct lease_record *r, char out[LEASE_LINE_MAX])
{
	const char *name = lease_name_fits(r->name) ? r->name : "*";
	char *to = put_number(out, (uint64_t)r->expires_s);

	*to++ = ' ';
	if (r->hw.type != 1 || r->hw.len == 0) {
		to = put_byte(to, (uint8_t)r->hw.type);
		*to++ = '-';
	}
	to = put_hex(to, r->hw.bytes, r->hw.len);
	*to++ = ' ';
	to = put_addr(to, &r->addr);
	to = stpcpy(to, name);
	*to++ = ' ';
	to = r->clid_len ? put_hex(to, r->clid, r->clid_len) : stpcpy(to, "*");
	*to++ = '\n';
	return (size_t)(to - out);
}

static struct span next_line(struct lease_walk *w)
{
	const uint8_t *end = memchr(w->rest.p, '\n', w->rest.n);
	size_t n = end ? (size_t)(end - w->rest.p) : w->rest.n;
	struct span line = span_of(w->rest.p, n);

	w->line++;
	w->ended = end != NULL;
	w->rest = span_of(w->rest.p + n + (end != NULL), w->rest.n - n - (end != NULL));
	return line;
}

enum lease_line_kind lease_walk_next(struct lease_walk *w)
{
	struct span rest, first;

	if (w->rest.n == 0)
		return LINE_END;
	rest = w->text = next_line(w);
	first = next_word(&rest);
	if (first.n == 0)
		return LINE_BLANK;
	if (word_is(first, "agent-info") || word_is(first, "vendorclass"))
		return LINE_NOTE;
	if (word_is(first, "duid") && next_word(&rest).n) {
		w->kept = true;
		return LINE_KEPT;
	}
	if (lease_line_parse(w->text, &w->record))
		return LINE_LEASE;
	return w->kept && printable(first) ? LINE_KEPT : LINE_GARBAGE;
}
