/* SPDX-License-Identifier: ISC */
/* The values of options in words. */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "wire/dhcp_options.h"

enum { LABEL_MAX = 63, POINTER = 0xc0, FQDN_HEAD = 3, FQDN_ENCODED = 4 };

/* ---- names of DNS (RFC 1035 4.1.4) ----------------------------------------------------------- */

/* One name that starts at `at`; a pointer leads back only.  The place after it; 0: there is none. */
static size_t name_text(struct text *t, struct span all, size_t at)
{
	size_t limit = at, after = 0;

	while (at < all.n && all.p[at]) {
		uint8_t n = all.p[at];

		if (n >= POINTER) {
			size_t to = at + 1 < all.n ? (n & 0x3fu) << 8 | all.p[at + 1] : limit;

			after = after ? after : at + 2;
			if (to >= limit)
				return 0;
			at = limit = to;
			continue;
		}
		if (n > LABEL_MAX || n >= all.n - at)
			return 0;
		text_safe(t, span_of(all.p + at + 1, n));
		text_add(t, ".");
		at += 1u + n;
	}
	return after ? after : at + 1;
}

static bool print_domains(struct text *t, struct span value)
{
	size_t at = 0;

	while (at < value.n) {
		if (at)
			text_add(t, ", ");
		at = name_text(t, value, at);
		if (!at)
			return false;
	}
	return true;
}

/* RFC 4702: flags and two old codes, then a name as text or as labels. */
static bool print_fqdn(struct text *t, struct span value)
{
	struct span name;

	if (value.n < FQDN_HEAD)
		return false;
	name = span_of(value.p + FQDN_HEAD, value.n - FQDN_HEAD);
	text_addf(t, "flags %02x, ", value.p[0]);
	if (value.p[0] & FQDN_ENCODED)
		return name_text(t, name, 0) != 0;
	text_safe(t, name);
	return true;
}

/* ---- others -------------------------------------------------------------------------------------- */

static bool print_message_type(struct text *t, struct span value)
{
	if (value.n != 1)
		return false;
	text_add(t, explain_message((enum dhcp4_type)value.p[0]));
	return true;
}

/* RFC 3442: bits, as many bytes of the network as they need, the router. */
static bool print_routes(struct text *t, struct span value)
{
	struct reader r = reader_of(value);

	for (bool first = true; reader_left(&r) > 0; first = false) {
		uint8_t bits = reader_u8(&r), net[4] = { 0 };
		struct span significant, router;
		struct addr a, via;

		if (bits > 32)
			return false;
		significant = reader_take(&r, (bits + 7u) / 8);
		memcpy(net, significant.p, significant.n);
		router = reader_take(&r, 4);
		if (!reader_ok(&r))
			return false;
		a = addr_of_bytes(SPAN(net));
		via = addr_of_bytes(router);
		text_addf(t, "%s%s/%u via %s", first ? "" : ", ", addr_text(&a).s, bits,
			  addr_text(&via).s);
	}
	return true;
}

static const struct { uint8_t code; bool (*print)(struct text *t, struct span value); } forms[] = {
	{ DHCP4_MESSAGE_TYPE, print_message_type }, { DHCP4_FQDN, print_fqdn },
	{ 119, print_domains },                     { 121, print_routes },
};

/* ---- by what it looks like -------------------------------------------------------------------------- */

/* Text, perhaps with the NUL that old clients want at its end. */
static bool is_printable(struct span value)
{
	size_t n = value.n && !value.p[value.n - 1] ? value.n - 1 : value.n;

	for (size_t i = 0; i < n; i++)
		if (value.p[i] < 0x20 || value.p[i] > 0x7e)
			return false;
	return n > 0;
}

static bool is_text(const struct explain_option *o)
{
	const struct dhcp_option *known = &dhcp4_options[o->code];

	if (o->inside || o->code == DHCP4_MESSAGE)
		return is_printable(o->value);
	return known->form == FORM_TEXT ||
	       (known->form == FORM_ANY && !known->decimal && is_printable(o->value));
}

/* What the dictionary has a form for. */
static bool has_form(const struct explain_option *o)
{
	const struct dhcp_option *known = &dhcp4_options[o->code];

	return !o->inside && (known->form == FORM_IP4 || known->form == FORM_SECONDS || known->decimal);
}

static void print_text(struct text *t, struct span value)
{
	bool nul = value.n && !value.p[value.n - 1];

	text_add(t, "\"");
	text_safe(t, span_of(value.p, value.n - nul));
	text_add(t, "\"");
}

static bool print_special(struct text *t, const struct explain_option *o)
{
	struct text before = *t;

	for (size_t i = 0; i < COUNT_OF(forms) && !o->inside; i++) {
		if (forms[i].code != o->code)
			continue;
		if (forms[i].print(t, o->value))
			return true;
		*t = before;
	}
	return false;
}

void explain_value(struct text *t, const struct explain_option *o)
{
	if (o->value.n == 0)
		text_add(t, "(empty)");
	else if (print_special(t, o))
		return;
	else if (is_text(o))
		print_text(t, o->value);
	else if (has_form(o))
		dhcp_option_value_text(t, o->code, o->value);
	else
		text_hex(t, o->value, ':');
}
