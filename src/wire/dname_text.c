/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/uncleared.h"
#include "wire/dname.h"
#include "wire/writer.h"

/* ---- from text ---------------------------------------------------------------- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Behind a backslash: three digits, or the character itself.  -1: neither. */
static int parse_escape(const char **at)
{
	const char *s = *at;
	int v;

	if (!is_digit(s[0])) {
		*at += s[0] != 0;
		return s[0] ? (uint8_t)s[0] : -1;
	}
	if (!is_digit(s[1]) || !is_digit(s[2]))
		return -1;
	v = (s[0] - '0') * 100 + (s[1] - '0') * 10 + (s[2] - '0');
	*at += 3;
	return v > 255 ? -1 : v;
}

/* The label that text begins with, up to a dot that is not escaped or the end. */
static bool parse_label(const char **at, struct writer *w)
{
	struct hole length = writer_hole(w, 1);
	size_t n = 0;

	while (**at != 0 && **at != '.') {
		int c = (uint8_t)*(*at)++;

		if (c == '\\')
			c = parse_escape(at);
		if (c < 0)
			return false;
		writer_u8(w, (uint8_t)c);
		n++;
	}
	writer_fill(w, length);
	return n > 0 && n <= DNAME_LABEL_MAX && writer_ok(w);
}

bool dname_parse(const char *text, struct dname *out)
{
	struct dname n = { 0 };
	struct writer w = writer_of(n.bytes, sizeof n.bytes);
	bool root = text[0] == '.' && text[1] == 0;

	while (!root) {
		if (!parse_label(&text, &w))
			return false;
		n.labels++;
		root = text[0] == 0 || text[1] == 0;
		text += text[0] == '.';
	}
	writer_u8(&w, 0);
	n.n = (uint8_t)writer_done(&w).n;
	if (writer_ok(&w))
		*out = n;
	return writer_ok(&w);
}

/* ---- to text ------------------------------------------------------------------ */

static char *print_byte(char *at, uint8_t c)
{
	if (c <= ' ' || c > '~')
		return at + snprintf(at, 5, "\\%03u", c);
	if (c == '.' || c == '\\')
		*at++ = '\\';
	*at++ = (char)c;
	return at;
}

/* A name of 255 bytes has at least one length that is no letter: four characters a byte suffice. */
struct dname_text dname_span_text(struct span name)
{
	struct dname_text t UNCLEARED;
	char *at = t.s;
	struct span label;

	t.s[0] = 0;
	if (name.n == 1)
		*at++ = '.';
	for (; name.n > 1 && name.n <= DNAME_MAX; name = dname_parent(name, 1)) {
		label = dname_first(name);
		if (label.n == 0)
			break;
		if (at != t.s)
			*at++ = '.';
		for (size_t i = 0; i < label.n; i++)
			at = print_byte(at, label.p[i]);
	}
	*at = 0;
	return t;
}

struct dname_text dname_text(const struct dname *n)
{
	return dname_span_text(dname_span(n));
}
