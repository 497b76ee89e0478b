/* SPDX-License-Identifier: ISC */
#include "base/text.h"
#include "dns/connmark.h"

static uint8_t lower(uint8_t c)
{
	return (uint8_t)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/* The last * that was met may take one letter more each time the rest does not fit. */
bool connmark_label_fits(struct span pattern, struct span label)
{
	size_t p = 0, l = 0, star = SIZE_MAX, taken = 0;

	while (l < label.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			taken = l;
		} else if (p < pattern.n && lower(pattern.p[p]) == lower(label.p[l])) {
			p++;
			l++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			l = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

/* Label by label; patterns are names in wire form with stars in them. */
static bool fits(struct span pattern, struct span name)
{
	while (pattern.p[0] && name.p[0]) {
		if (!connmark_label_fits(dname_first(pattern), dname_first(name)))
			return false;
		pattern = dname_parent(pattern, 1);
		name = dname_parent(name, 1);
	}
	return !pattern.p[0] && !name.p[0];
}

static bool is_letter(uint8_t c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool is_host_label(struct span label)
{
	if (label.p[0] == '-' || label.p[label.n - 1] == '-')
		return false;
	for (size_t i = 0; i < label.n; i++)
		if (!is_letter(label.p[i]) && !(label.p[i] >= '0' && label.p[i] <= '9') &&
		    label.p[i] != '-')
			return false;
	return true;
}

static bool is_number(struct span label)
{
	for (size_t i = 0; i < label.n; i++)
		if (label.p[i] < '0' || label.p[i] > '9')
			return false;
	return true;
}

static bool is_host_name(const struct dname *name)
{
	struct span rest = dname_span(name), last = rest;

	for (; rest.p[0]; rest = dname_parent(rest, 1)) {
		last = rest;
		if (!is_host_label(dname_first(rest)))
			return false;
	}
	return name->labels >= 2 && !is_number(dname_first(last)) &&
	       !dname_span_eq(last, SPAN("\5local"));
}

bool connmark_line_allows(const struct dns_marked *m, const struct dname *name)
{
	if (m->all)
		return true;
	for (size_t i = 0; i < m->n && is_host_name(name); i++)
		if (fits(m->pattern[i], dname_span(name)))
			return true;
	return false;
}

bool connmark_allows(const struct dns_conf *c, uint32_t mark, const struct dname *name)
{
	for (const struct dns_marked *m = c->marked; m; m = m->next)
		if ((mark & m->mask) == m->mark && connmark_line_allows(m, name))
			return true;
	return false;
}
