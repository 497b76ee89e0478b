/* SPDX-License-Identifier: ISC */
#include <idn2.h>

#include "base/text.h"
#include "dns/form.h"

#define LABEL_MAX DNAME_LABEL_MAX

static bool labels_fit(const char *s)
{
	size_t n = 0;

	for (; *s; s++) {
		n = *s == '.' ? 0 : n + 1;
		if (n > LABEL_MAX || (unsigned char)*s < 0x20 || *s == 0x7f)
			return false;
	}
	return true;
}

static bool is_ascii(const char *s)
{
	while (*s && !(*s & 0x80))
		s++;
	return *s == 0;
}

static uint8_t lower(char c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* Labels of good form to their wire form; 0 where it cannot be.  A backslash is a letter. */
static size_t to_wire(const char *text, uint8_t wire[DNAME_MAX])
{
	size_t n = 0;

	if (strcmp(text, ".") == 0)
		text = "";
	while (*text) {
		size_t length = strcspn(text, ".");

		if (length == 0 || n + length + 2 > DNAME_MAX)
			return 0;
		wire[n++] = (uint8_t)length;
		for (size_t i = 0; i < length; i++)
			wire[n++] = lower(text[i]);
		text += length + (text[length] == '.');
	}
	wire[n++] = 0;
	return n;
}

bool name_wire(const char *text, uint8_t wire[DNAME_MAX], size_t *out_n)
{
	char *ascii;
	bool fits;

	if (is_ascii(text)) {
		if (!labels_fit(text))
			return false;
		*out_n = to_wire(text, wire);
		return true;
	}
	if (idn2_to_ascii_8z(text, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	fits = labels_fit(ascii);
	if (fits)
		*out_n = to_wire(ascii, wire);
	idn2_free(ascii);
	return fits;
}

bool name_parse(struct arena *arena, const char *text, struct span *out)
{
	uint8_t wire[DNAME_MAX];
	size_t n;

	if (!name_wire(text, wire, &n))
		return false;
	*out = n ? arena_span(arena, span_of(wire, n)) : span_of(NULL, 0);
	return true;
}

static bool bad_name(struct args *a, const char *text, const char *what)
{
	return args_error(a, "bad name \"%s\"; write %s with labels of at most %d letters", text,
			  what, LABEL_MAX);
}

bool form_name(struct args *a, const char *what, struct span *out)
{
	const struct word *w = args_take(a);
	struct span wire = { 0 };

	if (!w) {
		const char *none;

		return args_text(a, &none, what);
	}
	if (!name_parse(args_arena(a), w->s, &wire))
		return bad_name(a, w->s, what);
	if (out)
		*out = wire;
	return true;
}

bool form_number(struct args *a, uint64_t max, const char *what, uint64_t *out)
{
	uint64_t v = 0;

	if (args_more(a) && args_peek(a)->s[0] == 0)
		args_take(a);
	else if (!args_uint(a, 0, max, &v, what))
		return false;
	if (out)
		*out = v;
	return true;
}

static unsigned digit(char c)
{
	return (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

/* Digits in pairs; the last of an odd row of them stands alone ("123" is 12 03). */
static struct span hex_bytes(struct arena *arena, const char *s)
{
	static const char digits[] = "0123456789abcdefABCDEF";
	uint8_t *bytes = arena_take(arena, strlen(s) + 1);
	size_t n = 0;

	while (*s) {
		size_t row = strspn(s, digits);

		for (size_t i = 0; i < row; i += 2)
			bytes[n++] = (uint8_t)(i + 1 < row ? 16 * digit(s[i]) + digit(s[i + 1])
							   : digit(s[i]));
		s += row;
		s += strspn(s, ": ");
	}
	return span_of(bytes, n);
}

bool form_hex(struct args *a, const char *what, struct span *out)
{
	const struct word *w = args_take(a);

	if (!w || w->s[strspn(w->s, "0123456789abcdefABCDEF: ")] != 0)
		return args_error(a, "\"%s\" is not hexadecimal; write %s such as 01:02:ff or 0102ff",
				  w ? w->s : "", what);
	if (out)
		*out = hex_bytes(args_arena(a), w->s);
	return true;
}

bool form_prefix(struct args *a, unsigned least, const char *what, struct prefix *out)
{
	struct prefix p;

	if (!args_prefix(a, &p, what))
		return args_fail(a);
	if (p.bits < least)
		return args_error(a, "the prefix length is too small; write at least /%u", least);
	if (out)
		*out = p;
	return true;
}

bool interface_parse(struct arena *arena, const char *text, struct interface_part *out)
{
	const char *slash = strchr(text, '/');
	bool ip4 = !slash || strcmp(slash, "/4") == 0, ip6 = !slash || strcmp(slash, "/6") == 0;

	if (!ip4 && !ip6)
		return false;
	*out = (struct interface_part){
		arena_textn(arena, text, slash ? (size_t)(slash - text) : strlen(text)), ip4, ip6,
	};
	return true;
}

static bool take_domain_names(struct args *a, struct args *parts, struct form_domains *out)
{
	uint8_t wire[DNAME_MAX];
	size_t n;

	out->names = arena_take(args_arena(a), args_left(parts) * sizeof *out->names);
	args_take(parts);			/* what is before the first slash: nothing */
	while (args_left(parts) > 1) {
		const struct word *w = args_take(parts);

		if (!name_wire(w->s, wire, &n))
			return bad_name(parts, w->s, "a domain");
		out->names[out->n++] = w->s;
	}
	return true;
}

bool form_domains(struct args *a, struct form_domains *out)
{
	const struct word *w = args_take(a);
	struct form_domains d = { 0 };
	struct word plain;

	if (!w)
		return false;
	/* A slash in quotes separates too, as in dnsmasq. */
	plain = (struct word){ w->s, arena_take(args_arena(a), strlen(w->s) + 1), w->column };
	d.rest = args_split(a, &plain, w->s[0] == '/' ? '/' : 0);
	if (w->s[0] == '/' && !take_domain_names(a, d.rest, &d))
		return false;
	*out = d;
	return true;
}
