/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "wire/dns_rdata.h"

/* The types whose names somebody compresses (RFC 3597 4). */
static const struct layout {
	uint16_t type;
	bool ours;			/* of RFC 1035: compressed when written */
	const char *parts;
} layouts[] = {
	{ DNS_NS,    true,  "n" },
	{ 3,         true,  "n" },		/* MD */
	{ 4,         true,  "n" },		/* MF */
	{ DNS_CNAME, true,  "n" },
	{ DNS_SOA,   true,  "nn55" },		/* five times 32 bits */
	{ 7,         true,  "n" },		/* MB */
	{ 8,         true,  "n" },		/* MG */
	{ 9,         true,  "n" },		/* MR */
	{ DNS_PTR,   true,  "n" },
	{ 14,        true,  "nn" },		/* MINFO */
	{ DNS_MX,    true,  "1n" },
	{ 17,        false, "nn" },		/* RP */
	{ 18,        false, "1n" },		/* AFSDB */
	{ 21,        false, "1n" },		/* RT */
	{ 24,        false, "9n*" },		/* SIG: 18 bytes before the signer */
	{ 26,        false, "1nn" },		/* PX */
	{ 30,        false, "n*" },		/* NXT */
	{ DNS_SRV,   false, "3n" },
	{ DNS_NAPTR, false, "2sssn" },
	{ 36,        false, "1n" },		/* KX */
	{ DNS_DNAME, false, "n" },
};

const char *dns_rdata_parts(uint16_t type, bool *out_ours)
{
	for (size_t i = 0; i < COUNT_OF(layouts); i++) {
		if (layouts[i].type != type)
			continue;
		*out_ours = layouts[i].ours;
		return layouts[i].parts;
	}
	return NULL;
}

struct span dns_rdata_take(struct reader *rdata, char part)
{
	if (part == '*')
		return reader_take(rdata, reader_left(rdata));
	if (part != 's')
		return reader_take(rdata, 2 * (size_t)(part - '0'));

	struct reader ahead = *rdata;

	return reader_take(rdata, 1u + reader_u8(&ahead));
}

static void expand_part(struct reader *rdata, char part, struct writer *out)
{
	struct dname name;

	if (part != 'n')
		writer_span(out, dns_rdata_take(rdata, part));
	else if (dname_read(rdata, &name))
		writer_span(out, dname_span(&name));
}

bool dns_rdata_expand(const struct reader *message, const struct dns_rr *rr, struct writer *out)
{
	struct writer before = *out;
	struct reader rdata = { message->base, rr->rdata.p, rr->rdata.p + rr->rdata.n, false };
	bool ours;
	const char *parts = dns_rdata_parts(rr->type, &ours);

	for (parts = parts ? parts : "*"; *parts != 0; parts++)
		expand_part(&rdata, *parts, out);
	if (reader_ok(&rdata) && reader_left(&rdata) == 0 && writer_ok(out))
		return true;
	*out = before;
	return false;
}
