/* SPDX-License-Identifier: ISC */
#include <idn2.h>

#include "base/text.h"
#include "dns/form.h"

#define LABEL_MAX 63			/* RFC 1035 2.3.4 */

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

bool name_fits(const char *name)
{
	char *ascii;
	bool fits;

	if (is_ascii(name))
		return labels_fit(name);
	if (idn2_to_ascii_8z(name, &ascii, IDN2_NONTRANSITIONAL) != IDN2_OK)
		return false;
	fits = labels_fit(ascii);
	idn2_free(ascii);
	return fits;
}

bool form_name(struct args *a, const char *what)
{
	const struct word *w = args_take(a);

	if (!w) {
		const char *none;

		return args_text(a, &none, what);
	}
	if (!name_fits(w->s))
		return args_error(a, "bad name \"%s\"; write %s with labels of at most %d letters",
				  w->s, what, LABEL_MAX);
	return true;
}

bool form_number(struct args *a, uint64_t max, const char *what)
{
	uint64_t v;

	if (args_more(a) && args_peek(a)->s[0] == 0) {
		args_take(a);
		return true;
	}
	return args_uint(a, 0, max, &v, what);
}

bool form_hex(struct args *a, const char *what)
{
	const struct word *w = args_take(a);

	if (w && w->s[strspn(w->s, "0123456789abcdefABCDEF: ")] == 0)
		return true;
	return args_error(a, "\"%s\" is not hexadecimal; write %s such as 01:02:ff or 0102ff",
			  w ? w->s : "", what);
}

bool form_prefix(struct args *a, unsigned least, const char *what)
{
	struct prefix p;

	if (!args_prefix(a, &p, what))
		return args_fail(a);
	if (p.bits < least)
		return args_error(a, "the prefix length is too small; write at least /%u", least);
	return true;
}

bool interface_fits(const char *text)
{
	const char *slash = strchr(text, '/');

	return !slash || strcmp(slash, "/4") == 0 || strcmp(slash, "/6") == 0;
}

struct args *form_domains(struct args *a)
{
	const struct word *w = args_take(a);
	struct args *parts;

	if (!w)
		return NULL;
	if (w->s[0] != '/' || w->quoted[0]) {
		parts = args_split(a, w, 0);
		return parts;
	}
	parts = args_split(a, w, '/');
	args_take(parts);
	while (args_left(parts) > 1)
		if (!form_name(parts, "a domain"))
			return NULL;
	return parts;
}
