/* SPDX-License-Identifier: ISC */
/* The value of a DNS record in words, as zone files have it (RFC 1035 5.1). */
#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/dns.h"

static void add_address(struct text *t, struct reader *r)
{
	struct addr a = addr_of_bytes(reader_take(r, reader_left(r)));

	if (addr_is_set(&a))
		text_add(t, addr_text(&a).s);
	else
		reader_fail(r);
}

static void add_name(struct text *t, struct reader *r)
{
	text_add(t, dname_span_text(dname_take(r)).s);
}

static void add_number(struct text *t, struct reader *r)
{
	text_addf(t, "%u", reader_u16(r));
}

static void add_string(struct text *t, struct reader *r)
{
	struct span string = reader_take(r, reader_u8(r));

	text_add(t, "\"");
	for (size_t i = 0; i < string.n; i++) {
		text_add(t, strchr("\"\\", string.p[i]) && string.p[i] ? "\\" : "");
		text_safe(t, span_of(string.p + i, 1));
	}
	text_add(t, "\"");
}

static void add_strings(struct text *t, struct reader *r)
{
	add_string(t, r);
	while (reader_left(r) > 0) {
		text_add(t, " ");
		add_string(t, r);
	}
}

/* Whatever the type is (RFC 3597 5). */
static void add_bytes(struct text *t, struct span rdata)
{
	text_addf(t, "\\# %zu ", rdata.n);
	text_hex(t, rdata, 0);
}

enum { PARTS_MAX = 6 };
typedef void add_part(struct text *t, struct reader *r);

static const struct record_form {
	uint16_t type;
	add_part *parts[PARTS_MAX];	/* NULL ends them */
} forms[] = {
	{ DNS_A,     { add_address } },
	{ DNS_AAAA,  { add_address } },
	{ DNS_CNAME, { add_name } },
	{ DNS_PTR,   { add_name } },
	{ DNS_MX,    { add_number, add_name } },
	{ DNS_SRV,   { add_number, add_number, add_number, add_name } },
	{ DNS_NAPTR, { add_number, add_number, add_string, add_string, add_string, add_name } },
	{ DNS_TXT,   { add_strings } },
	{ 0,         { NULL } },	/* all others */
};

void explain_rdata(struct text *t, uint16_t type, struct span rdata)
{
	const struct record_form *f = forms;
	struct reader r = reader_of(rdata);
	struct text before = *t;

	while (f->type && f->type != type)
		f++;
	for (size_t i = 0; i < PARTS_MAX && f->parts[i]; i++) {
		text_add(t, i ? " " : "");
		f->parts[i](t, &r);
	}
	if (f->type && reader_ok(&r) && reader_left(&r) == 0)
		return;
	*t = before;			/* dns-rr may say anything */
	add_bytes(t, rdata);
}
