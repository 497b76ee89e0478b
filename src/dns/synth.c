/* SPDX-License-Identifier: ISC */
#include <strings.h>

#include "base/text.h"
#include "dns/synth.h"

#define LABEL_TEXT (DNAME_LABEL_MAX + 1)
#define MAPPED "--ffff-"		/* ::ffff:192.0.2.1: behind it dashes are dots */

static bool in_range(const struct dns_synth *s, const struct addr *a)
{
	return a->family == s->start.family && addr_cmp(&s->start, a) <= 0 &&
	       addr_cmp(a, &s->end) <= 0;
}

/* ---- counted addresses ---------------------------------------------------------------- */

/* The last eight bytes as a number; a counted range has all its addresses there (at least /64). */
static uint64_t low_bits(const struct addr *a)
{
	struct span s = addr_bytes(a);
	uint64_t v = 0;

	for (size_t i = s.n > 8 ? s.n - 8 : 0; i < s.n; i++)
		v = v << 8 | s.p[i];
	return v;
}

static struct addr plus(const struct addr *start, uint64_t n)
{
	struct addr a = *start;

	for (size_t i = addr_bytes(&a).n; i-- > 0 && n; n >>= 8) {
		n += a.bytes[i];
		a.bytes[i] = (uint8_t)n;
	}
	return a;
}

static bool read_counted(const struct dns_synth *s, const char *digits, struct addr *out)
{
	uint64_t n = 0;

	if (*digits && !text_uint(digits, low_bits(&s->end) - low_bits(&s->start), &n))
		return false;
	*out = plus(&s->start, n);
	return true;
}

/* ---- addresses as text ------------------------------------------------------------------ */

static void replace(char *s, char what, char by)
{
	for (; *s; s++)
		if (*s == what)
			*s = by;
}

static bool read_dashed(const struct dns_synth *s, char *text, struct addr *out)
{
	char *dotted = text;

	if (strpbrk(text, ".:"))
		return false;
	if (s->start.family == ADDR_IP6) {
		if (strncasecmp(text, MAPPED, strlen(MAPPED)) == 0)
			dotted += strlen(MAPPED);
		for (char *c = text; c < dotted; c++)
			if (*c == '-')
				*c = ':';
	}
	if (s->start.family == ADDR_IP4 || dotted > text)
		replace(dotted, '-', '.');
	else
		replace(text, '-', ':');
	return addr_parse(text, out) && in_range(s, out);
}

static bool label_address(const struct dns_synth *s, struct span label, struct addr *out)
{
	char text[LABEL_TEXT] = "";
	size_t prefix = strlen(s->prefix);

	if (label.n < prefix || memchr(label.p, 0, label.n))
		return false;
	memcpy(text, label.p, label.n);
	if (strncasecmp(text, s->prefix, prefix) != 0)
		return false;
	return s->counted ? read_counted(s, text + prefix, out)
			  : read_dashed(s, text + prefix, out);
}

/* ---- the two ways ------------------------------------------------------------------------- */

const struct dns_synth *synth_address(const struct dns_synth *lines, struct span name,
				      struct addr *out)
{
	struct span domain = dname_parent(name, 1);
	const struct dns_synth *last = NULL;
	struct addr a;

	for (const struct dns_synth *s = lines; s; s = s->next)
		if (dname_span_eq(domain, s->domain) && label_address(s, dname_first(name), &a)) {
			last = s;
			*out = a;
		}
	return last;
}

static void print_label(const struct dns_synth *s, const struct addr *a, struct text *out)
{
	struct addr_text address = addr_text(a);

	text_add(out, s->prefix);
	if (s->counted) {
		text_addf(out, "%llu", (unsigned long long)(low_bits(a) - low_bits(&s->start)));
		return;
	}
	replace(address.s, '.', '-');
	replace(address.s, ':', '-');
	/* A label does not begin with a dash. */
	if (*address.s == '-' && !*s->prefix)
		text_add(out, "0");
	text_add(out, address.s);
}

const struct dns_synth *synth_name(const struct dns_synth *lines, const struct addr *a,
				   struct dname *out)
{
	char label[256];
	struct text t = TEXT(label);
	const struct dns_synth *last = NULL;
	uint8_t whole[DNAME_MAX];

	for (const struct dns_synth *s = lines; s; s = s->next)
		if (in_range(s, a))
			last = s;
	if (!last)
		return NULL;
	print_label(last, a, &t);
	if (t.n == 0 || t.n > DNAME_LABEL_MAX || 1 + t.n + last->domain.n > DNAME_MAX)
		return NULL;
	whole[0] = (uint8_t)t.n;
	memcpy(whole + 1, label, t.n);
	memcpy(whole + 1 + t.n, last->domain.p, last->domain.n);
	return dname_of_span(span_of(whole, 1 + t.n + last->domain.n), out) ? last : NULL;
}
