/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/text.h"
#include "dns/rrtypes.h"

/* The registry of IANA, "Resource Record (RR) TYPEs"; NSAP-PTR is spelled as dnsmasq has it. */
/* clang-format off */
static const struct { const char *name; uint16_t number; } types[] = {
	{ "A", 1 }, { "NS", 2 }, { "MD", 3 }, { "MF", 4 }, { "CNAME", 5 }, { "SOA", 6 },
	{ "MB", 7 }, { "MG", 8 }, { "MR", 9 }, { "NULL", 10 }, { "WKS", 11 }, { "PTR", 12 },
	{ "HINFO", 13 }, { "MINFO", 14 }, { "MX", 15 }, { "TXT", 16 }, { "RP", 17 },
	{ "AFSDB", 18 }, { "X25", 19 }, { "ISDN", 20 }, { "RT", 21 }, { "NSAP", 22 },
	{ "NSAP_PTR", 23 }, { "SIG", 24 }, { "KEY", 25 }, { "PX", 26 }, { "GPOS", 27 },
	{ "AAAA", 28 }, { "LOC", 29 }, { "NXT", 30 }, { "EID", 31 }, { "NIMLOC", 32 },
	{ "SRV", 33 }, { "ATMA", 34 }, { "NAPTR", 35 }, { "KX", 36 }, { "CERT", 37 },
	{ "A6", 38 }, { "DNAME", 39 }, { "SINK", 40 }, { "OPT", 41 }, { "APL", 42 },
	{ "DS", 43 }, { "SSHFP", 44 }, { "IPSECKEY", 45 }, { "RRSIG", 46 }, { "NSEC", 47 },
	{ "DNSKEY", 48 }, { "DHCID", 49 }, { "NSEC3", 50 }, { "NSEC3PARAM", 51 },
	{ "TLSA", 52 }, { "SMIMEA", 53 }, { "HIP", 55 }, { "NINFO", 56 }, { "RKEY", 57 },
	{ "TALINK", 58 }, { "CDS", 59 }, { "CDNSKEY", 60 }, { "OPENPGPKEY", 61 },
	{ "CSYNC", 62 }, { "ZONEMD", 63 }, { "SVCB", 64 }, { "HTTPS", 65 }, { "SPF", 99 },
	{ "UINFO", 100 }, { "UID", 101 }, { "GID", 102 }, { "UNSPEC", 103 }, { "NID", 104 },
	{ "L32", 105 }, { "L64", 106 }, { "LP", 107 }, { "EUI48", 108 }, { "EUI64", 109 },
	{ "TKEY", 249 }, { "TSIG", 250 }, { "IXFR", 251 }, { "AXFR", 252 }, { "MAILB", 253 },
	{ "MAILA", 254 }, { "ANY", 255 }, { "URI", 256 }, { "CAA", 257 }, { "AVC", 258 },
	{ "DOA", 259 }, { "AMTRELAY", 260 }, { "RESINFO", 261 }, { "TA", 32768 },
	{ "DLV", 32769 },
};
/* clang-format on */

bool rrtype_parse(const char *text, uint16_t *out)
{
	uint64_t number;

	for (size_t i = 0; i < COUNT_OF(types); i++) {
		if (text_same(types[i].name, text)) {
			*out = types[i].number;
			return true;
		}
	}
	if (!text_uint(text, UINT16_MAX, &number))
		return false;
	*out = (uint16_t)number;
	return true;
}

struct rrtype_text rrtype_text(uint16_t type)
{
	struct rrtype_text name = { "" };
	struct text t = TEXT(name.s);

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (types[i].number == type) {
			text_add(&t, types[i].name);
			return name;
		}
	text_addf(&t, "type=%u", type);
	return name;
}
