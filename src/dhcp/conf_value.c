/* SPDX-License-Identifier: ISC */
/*
 * The value of an option, deduced from what is written, as dnsmasq deduces it:
 * a number, colon-separated hex, IPv4 addresses or networks, else a text.
 * Quotes always make a text.  Where dnsmasq would cut or misread a value
 * without a word, this reports an error.
 */
#include <stdlib.h>

#include "base/must.h"
#include "dhcp/conf_private.h"

#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

enum looks { LOOKS_TEXT, LOOKS_NUMBER, LOOKS_HEX, LOOKS_ADDRS };

static const struct word *word_at(struct args *a, size_t i)
{
	return args_peek(a) + i;
}

static bool any_word_quoted(struct args *a)
{
	for (size_t i = 0; i < args_left(a); i++)
		if (word_is_quoted(word_at(a, i)))
			return true;
	return false;
}

/* Digits and minus signs, perhaps a letter for the width. */
static bool looks_like_number(const char *s)
{
	size_t n = strspn(s, DIGITS "-");

	return strpbrk(s, DIGITS) && n && (!s[n] || (strchr("bsi", s[n]) && !s[n + 1]));
}

static bool looks_like_hex(const struct word *w, enum value_use use)
{
	if (use == VALUE_MATCHED)
		return word_is_only(w, HEX_DIGITS ":*") && strpbrk(w->s, ":*");
	return word_is_only(w, HEX_DIGITS ":") && word_has(w, ':');
}

/* Text of nothing but digits and what stands between addresses. */
static bool looks_like_addrs(struct args *a)
{
	bool digits = false;

	if (word_at(a, 0)->s[0] == '/')
		return false;
	for (size_t i = 0; i < args_left(a); i++) {
		const char *s = word_at(a, i)->s;

		if (s[strspn(s, DIGITS "./ ")])
			return false;
		digits |= *s != 0;
	}
	return digits;
}

static enum looks looks_of(struct args *a, enum value_use use)
{
	const struct word *w = word_at(a, 0);

	if (any_word_quoted(a))
		return LOOKS_TEXT;
	if (args_left(a) == 1 && looks_like_number(w->s))
		return LOOKS_NUMBER;
	if (args_left(a) == 1 && looks_like_hex(w, use))
		return LOOKS_HEX;
	return looks_like_addrs(a) ? LOOKS_ADDRS : LOOKS_TEXT;
}

static bool finish(struct args *a, const struct writer *w, struct opt_value *out)
{
	if (!writer_ok(w))
		return args_error(a, "longer than the %u bytes of an option; shorten it",
				  OPTION_MAX);
	out->bytes = arena_span(args_arena(a), writer_done(w));
	return true;
}

/* ---- numbers ---- */

static unsigned width_of_suffix(char c)
{
	return c == 'b' ? 1 : c == 's' ? 2 : c == 'i' ? 4 : 0;
}

static unsigned width_of_form(enum dhcp_form form)
{
	return form == FORM_U8 ? 1 : form == FORM_U16 ? 2 : form == FORM_U32 ? 4 : 0;
}

static unsigned width_of_number(bool negative, uint64_t n)
{
	return negative || n > 0xffff ? 4 : n > 0xff ? 2 : 1;
}

static bool number_fits(bool negative, uint64_t n, unsigned width)
{
	uint64_t most = ((uint64_t)1 << (8 * width)) - 1;

	return n <= (negative ? most / 2 + 1 : most);
}

static bool take_number(struct args *a, enum dhcp_form form, struct opt_value *out)
{
	const char *s = args_take(a)->s;
	bool negative = *s == '-';
	const char *digits = s + negative;
	size_t n = strspn(digits, DIGITS);
	unsigned width = width_of_suffix(digits[n]);
	uint8_t buffer[4];
	struct writer w = writer_of(buffer, sizeof buffer);
	uint64_t v;

	if (n == 0 || digits[n] == '-')
		return args_error(a, "%s looks like a number and is none; put it in quotes to "
				  "send it as a text", s);
	if (form == FORM_BYTES && !width)
		return args_error(a, "this option has no plain number; write its bytes, 01:02");
	if (!text_uint(arena_textn(args_arena(a), digits, n), UINT32_MAX, &v))
		return args_error(a, "%s is more than four bytes hold; write it in quotes for a "
				  "text, or its bytes, 01:02", s);
	width = width ? width : width_of_form(form);
	width = width ? width : width_of_number(negative, v);
	if (!number_fits(negative, v, width))
		return args_error(a, "%s does not fit in %u byte%s; append b, s or i for one, two "
				  "or four", s, width, width == 1 ? "" : "s");
	if (negative && v)
		v = ((uint64_t)1 << (8 * width)) - v;
	writer_uint(&w, width, v);
	return finish(a, &w, out);
}

/* ---- bytes ---- */

static bool take_hex(struct args *a, struct opt_value *out)
{
	const char *s = args_take(a)->s;
	struct hex h;

	if (!hex_parse(s, HEX_VALUE, &h))
		return args_error(a, "%s looks like bytes and is none; write two hexadecimal "
				  "digits a byte, 01:02:0a, or put it in quotes for a text", s);
	out->is_hex = true;
	out->bytes = arena_span(args_arena(a), span_of(h.bytes, h.n));
	if (h.any_wild)
		out->wild = arena_span(args_arena(a), span_of(h.wild, h.n));
	return true;
}

/* ---- addresses ---- */

/* RFC 3442: the length of the prefix, and the bytes of it that count. */
static void write_network(struct writer *w, const struct prefix *p)
{
	writer_u8(w, p->bits);
	writer_span(w, span_of(p->addr.bytes, (p->bits + 7u) / 8));
}

static bool take_addrs(struct args *a, enum dhcp_form form, struct opt_value *out)
{
	uint8_t buffer[OPTION_MAX];
	struct writer w = writer_of(buffer, sizeof buffer);
	bool networks = false;

	if (form == FORM_SIP)
		writer_u8(&w, 1);
	while (args_more(a)) {
		const char *s = args_peek(a)->s;
		struct prefix p;

		if (!args_prefix(a, &p, NULL) || p.addr.family != ADDR_IP4) {
			args_take(a);
			return args_error(a, "%s is no IPv4 address; write addresses such as "
					  "192.0.2.1,192.0.2.2, or put the value in quotes for a "
					  "text", s);
		}
		if (strchr(s, '/'))
			write_network(&w, &p);
		else
			writer_span(&w, addr_bytes(&p.addr));
		networks |= strchr(s, '/') != NULL;
	}
	out->is_addrs = !networks && form != FORM_SIP;
	return finish(a, &w, out);
}

/* ---- names and texts ---- */

static bool take_names(struct args *a, enum dhcp_form form, struct opt_value *out)
{
	uint8_t buffer[OPTION_MAX];
	struct writer w = writer_of(buffer, sizeof buffer);
	size_t n = args_left(a);
	const char **names = arena_take(args_arena(a), n * sizeof *names);

	for (size_t i = 0; i < n; i++) {
		const char *s = args_take(a)->s;

		names[i] = name_to_ascii(args_arena(a), s);
		if (!names[i])
			return args_error(a, "%s is no domain name; write names such as "
					  "lan.example,example.org", s);
	}
	if (form == FORM_SIP)
		writer_u8(&w, 0);
	if (!names_write(&w, names, n))
		return args_error(a, "a name here has an empty label or one of more than 63 "
				  "letters; write names such as lan.example,example.org");
	return finish(a, &w, out);
}

static bool take_text(struct args *a, struct opt_value *out)
{
	const char *text;

	if (!args_rest(a, &text))
		return false;
	if (strlen(text) > OPTION_MAX)
		return args_error(a, "longer than the %u bytes of an option; shorten it",
				  OPTION_MAX);
	out->bytes = span_text(text);
	out->is_text = true;
	return true;
}

static bool take_seconds(struct args *a, struct opt_value *out)
{
	uint8_t buffer[4];
	struct writer w = writer_of(buffer, sizeof buffer);
	uint32_t seconds;

	if (!args_duration(a, true, &seconds))
		return false;
	writer_u32(&w, seconds);
	return finish(a, &w, out);
}

static bool is_empty(struct args *a)
{
	return args_left(a) == 0 || (args_left(a) == 1 && args_peek(a)->s[0] == 0);
}

bool args_opt_value(struct args *a, enum dhcp_form form, enum value_use use, struct opt_value *out)
{
	*out = (struct opt_value){ .bytes = { 0 } };
	if (args_left(a) == 0)
		return true;
	if (form == FORM_IP4)
		return any_word_quoted(a) ? args_error(a, "addresses stand here without quotes; "
						       "write 192.0.2.1,192.0.2.2")
					  : take_addrs(a, form, out);
	if (is_empty(a)) {
		out->is_text = form != FORM_DOMAINS;
		return args_take(a) != NULL;
	}
	if (form == FORM_TEXT)
		return take_text(a, out);
	if (form == FORM_DOMAINS)
		return take_names(a, form, out);
	if (form == FORM_SECONDS)
		return take_seconds(a, out);
	switch (looks_of(a, use)) {
	case LOOKS_NUMBER:
		return take_number(a, form, out);
	case LOOKS_HEX:
		return take_hex(a, out);
	case LOOKS_ADDRS:
		return take_addrs(a, form, out);
	case LOOKS_TEXT:
		break;
	}
	return form == FORM_SIP ? take_names(a, form, out) : take_text(a, out);
}

/* [fd00::1], fd00::1, or several in one pair of brackets: [fd00::1,fd00::2] is two words. */
static bool is_addr6_word(struct args *a, const char *s)
{
	size_t n = strlen(s);
	struct addr addr;

	if (*s == '[')
		s++, n--;
	if (n && s[n - 1] == ']')
		n--;
	return addr_parse(arena_textn(args_arena(a), s, n), &addr) && addr.family == ADDR_IP6;
}

bool args_opt6_value(struct args *a, enum dhcp_form form)
{
	const char *s;

	while (args_more(a)) {
		s = args_take(a)->s;
		if (form == FORM_IP6 && !is_addr6_word(a, s))
			return args_error(a, "%s is no IPv6 address; write it in brackets, "
					  "[fd00::1]", s);
	}
	return true;
}
