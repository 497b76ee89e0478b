/* SPDX-License-Identifier: ISC */
/*
 * What a word of the configuration looks like, and the hexadecimal in it.
 */
#include <ctype.h>

#include "dhcp/conf_private.h"

bool word_has(const struct word *w, char c)
{
	for (size_t i = 0; w->s[i]; i++)
		if (w->s[i] == c && !w->quoted[i])
			return true;
	return false;
}

bool word_is_quoted(const struct word *w)
{
	for (size_t i = 0; w->s[i]; i++)
		if (w->quoted[i])
			return true;
	return false;
}

bool word_is_only(const struct word *w, const char *characters)
{
	return w->s[0] && w->s[strspn(w->s, characters)] == 0 && !word_is_quoted(w);
}

bool word_is_empty_tag(const struct word *w)
{
	return strcmp(w->s, "set:") == 0 || strcmp(w->s, "tag:") == 0 || strcmp(w->s, "net:") == 0;
}

bool args_set_or_bare(struct args *a, const char **out)
{
	if (args_more(a) && word_is_empty_tag(args_peek(a)))
		return false;
	return args_set(a, out) || args_prefixed(a, "tag:", out) || args_text(a, out, "a tag");
}

bool args_lease(struct args *a, uint32_t *out_s)
{
	uint32_t s;

	if (args_more(a) && strcmp(args_peek(a)->s, "4294967295") == 0) {
		args_take(a);
		s = LEASE_INFINITE;		/* as infinite as the word */
	} else if (!args_duration(a, true, &s)) {
		return false;
	}
	*out_s = s < LEASE_MIN_S ? LEASE_MIN_S : s;
	return true;
}

static bool hex_add(struct hex *h, unsigned byte, bool wild)
{
	if (h->n == sizeof h->bytes)
		return false;
	h->bytes[h->n] = (uint8_t)byte;
	h->wild[h->n++] = wild ? 0xff : 0;
	h->any_wild |= wild;
	return true;
}

static unsigned digit(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a') + 10;
}

/* One or two digits a byte, from the left. */
static bool hex_add_digits(struct hex *h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isxdigit((unsigned char)s[i]))
			return false;
	for (size_t i = 0; i < n; i += 2) {
		unsigned high = digit(s[i]);

		if (!hex_add(h, i + 1 < n ? high << 4 | digit(s[i + 1]) : high, false))
			return false;
	}
	return true;
}

bool hex_parse(const char *s, enum hex_style style, struct hex *out)
{
	const char *separators = style == HEX_VALUE ? ":" : ":- ";
	struct hex h = { .n = 0 };

	for (;;) {
		size_t n = strcspn(s, separators);

		if (n == 1 && *s == '*') {
			if (!hex_add(&h, 0, true))
				return false;
		} else if ((style == HEX_VALUE && (n == 0 || n > 2)) || !hex_add_digits(&h, s, n)) {
			return false;
		}
		s += n;
		if (!*s)
			break;
		s++;
	}
	*out = h;
	return h.n != 0;
}

/* Steps over "06-", the hardware type; 0, any, where there is none. */
static uint16_t hw_type(const char **s)
{
	size_t n = strspn(*s, "0123456789abcdefABCDEF");
	uint16_t type = 0;

	if (n == 0 || n > 4 || (*s)[n] != '-')
		return 0;
	for (size_t i = 0; i < n; i++)
		type = (uint16_t)(type << 4 | digit((*s)[i]));
	*s += n + 1;
	return type;
}

bool args_hw_pattern(struct args *a, struct hwaddr_pattern *out)
{
	const struct word *w = args_peek(a);
	struct hwaddr_pattern p = { .hw = { .len = 0 } };
	const char *s = w ? w->s : "";
	struct hex h;

	p.hw.type = hw_type(&s);
	if (!w || word_is_quoted(w) || !hex_parse(s, HEX_ADDRESS, &h))
		return false;
	args_take(a);
	if (h.n > HWADDR_MAX)
		return args_error(a, "a hardware address has at most %u bytes, this one %zu; "
				  "write a client id as id:…", HWADDR_MAX, h.n);
	p.hw.len = (uint8_t)h.n;
	for (size_t i = 0; i < h.n; i++) {
		p.hw.bytes[i] = h.bytes[i];
		p.wild |= (uint16_t)((h.wild[i] & 1u) << i);
	}
	*out = p;
	return true;
}
