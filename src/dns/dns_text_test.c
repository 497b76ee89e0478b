/* SPDX-License-Identifier: ISC */
#include "dns/dns_text_test.h"

#include <stdlib.h>

#include "base/must.h"
#include "dns/rrtypes.h"
#include "test/test.h"

#define OPT_DO 0x8000
#define Z_BIT 0x0040

static const struct { const char *name; uint16_t type; } types[] = {
	{ "A", DNS_A }, { "NS", DNS_NS }, { "CNAME", DNS_CNAME }, { "SOA", DNS_SOA },
	{ "PTR", DNS_PTR }, { "HINFO", DNS_HINFO }, { "MX", DNS_MX }, { "TXT", DNS_TXT },
	{ "AAAA", DNS_AAAA }, { "SRV", DNS_SRV }, { "NAPTR", DNS_NAPTR }, { "DS", DNS_DS },
	{ "RRSIG", DNS_RRSIG }, { "DNSKEY", DNS_DNSKEY }, { "HTTPS", DNS_HTTPS },
	{ "ANY", DNS_ANY }, { "AXFR", DNS_AXFR }, { "IXFR", DNS_IXFR }, { "CAA", DNS_CAA },
};
static const struct { const char *name; uint16_t flag; } flags[] = {
	{ "aa", DNS_AA }, { "tc", DNS_TC }, { "rd", DNS_RD }, { "ra", DNS_RA }, { "z", Z_BIT },
	{ "ad", DNS_AD }, { "cd", DNS_CD },
};
static const struct { const char *name; uint16_t class; } classes[] = {
	{ "IN", DNS_IN }, { "CH", DNS_CHAOS }, { "HS", 4 }, { "ANY", DNS_CLASS_ANY },
};

/* ---- questions --------------------------------------------------------------------------- */

struct asking {
	struct dns_question q;
	uint16_t flags;
	bool edns, dnssec_ok;
	uint32_t size, version;
	struct dns_text_asked *out;
};

static bool take_word(struct asking *a, char *word)
{
	char *value = word, *name = strsep(&value, "=");

	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (strcmp(name, flags[i].name) == 0) {
			a->flags |= flags[i].flag;
			return true;
		}
	for (size_t i = 0; value && strcmp(name, "class") == 0 && i < COUNT_OF(classes); i++)
		if (strcmp(value, classes[i].name) == 0)
			a->q.class = classes[i].class;
	if (strcmp(name, "-rd") == 0)
		a->flags = (uint16_t)(a->flags & ~DNS_RD);
	if (strcmp(name, "do") == 0)
		a->dnssec_ok = true;
	if (strcmp(name, "tcp") == 0)
		a->out->tcp = true;
	if (strcmp(name, "edns") == 0 && value) {
		a->edns = true;
		a->size = (uint32_t)atoi(value);
	}
	if (strcmp(name, "version") == 0 && value)
		a->version = (uint32_t)atoi(value);
	if (strcmp(name, "to") == 0 && value)
		snprintf(a->out->to, sizeof a->out->to, "%s", value);
	return true;
}

static struct span write_question(const struct asking *a, uint8_t *buffer, size_t size)
{
	struct dns_writer w;
	static const uint8_t root[1];

	dns_write_start(&w, buffer, size, 0x1234, a->flags);
	dns_write_question(&w, &a->q);
	if (a->edns)
		dns_write_rr(&w, DNS_ADDITIONAL, SPAN(root), DNS_OPT, (uint16_t)a->size,
			     a->version << 16 | (a->dnssec_ok ? OPT_DO : 0), span_of(NULL, 0));
	return dns_write_end(&w, 0);
}

bool dns_text_ask(const char *words, uint8_t *buffer, size_t size, struct dns_text_asked *out)
{
	char copy[512], *rest = copy, *name, *type;
	struct asking a = { .flags = DNS_RD, .q.class = DNS_IN, .out = out };

	snprintf(copy, sizeof copy, "%s", words);
	*out = (struct dns_text_asked){ 0 };
	name = strsep(&rest, " ");
	type = strsep(&rest, " ");
	if (!type || !dname_parse(name, &a.q.name))
		return false;
	a.q.type = (uint16_t)atoi(type);
	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (strcmp(type, types[i].name) == 0)
			a.q.type = types[i].type;
	while (rest)
		if (!take_word(&a, strsep(&rest, " ")))
			return false;
	out->message = write_question(&a, buffer, size);
	return out->message.n != 0;
}

/* ---- answers -------------------------------------------------------------------------------- */

static void print_name(struct reader *r, struct text *out)
{
	struct dname n;

	text_add(out, dname_read(r, &n) ? dname_text(&n).s : "(bad name)");
}

static void print_numbers(struct reader *r, int count, struct text *out)
{
	while (count-- > 0)
		text_addf(out, "%u ", reader_u16(r));
}

static void print_strings(struct reader *r, size_t end, struct text *out)
{
	const char *between = "";

	while (reader_ok(r) && reader_offset(r) < end) {
		struct span s = reader_take(r, reader_u8(r));

		text_addf(out, "%s\"%.*s\"", between, (int)s.n, (const char *)s.p);
		between = " ";
	}
}

static void print_rdata(const struct reader *message, const struct dns_rr *rr, struct text *out)
{
	struct reader r = reader_back_to(message, rr->rdata_at);
	struct addr a = dns_rr_addr(rr);

	if (addr_is_set(&a)) {
		text_add(out, addr_text(&a).s);
	} else if (rr->type == DNS_NS || rr->type == DNS_CNAME || rr->type == DNS_PTR) {
		print_name(&r, out);
	} else if (rr->type == DNS_SOA) {
		for (int i = 0; i < 2; i++) {
			print_name(&r, out);
			text_add(out, " ");
		}
		for (int i = 0; i < 5; i++)
			text_addf(out, "%u ", reader_u32(&r));
	} else if (rr->type == DNS_MX || rr->type == DNS_SRV) {
		print_numbers(&r, rr->type == DNS_MX ? 1 : 3, out);
		print_name(&r, out);
	} else if (rr->type == DNS_TXT) {
		print_strings(&r, rr->rdata_at + rr->rdata.n, out);
	} else {
		text_add(out, "\\# ");
		text_hex(out, rr->rdata, 0);
	}
}

static void print_record(const struct dns_walk *w, const struct dns_rr *rr, struct text *out)
{
	static const char *const sections[] = { "an", "ns", "ar" };
	size_t i = 0;

	text_addf(out, "%s %s %u ", sections[w->section], dname_text(&rr->owner).s, rr->ttl_s);
	if (rr->class != DNS_IN)
		text_addf(out, "class%u ", rr->class);
	while (i < COUNT_OF(types) && types[i].type != rr->type)
		i++;
	if (i < COUNT_OF(types))
		text_addf(out, "%s ", types[i].name);
	else
		text_addf(out, "%u ", rr->type);
	print_rdata(&w->r, rr, out);
	while (out->n && out->s[out->n - 1] == ' ')
		out->s[--out->n] = 0;
	text_add(out, "\n");
}

static void print_edns(const struct dns_edns *e, struct text *out)
{
	struct reader options = reader_of(e->options);
	struct dns_edns_option o;

	text_addf(out, "edns %u", e->udp_size);
	if (e->dnssec_ok)
		text_add(out, " do");
	while (dns_edns_next(&options, &o)) {
		struct reader value = reader_of(o.value);

		text_addf(out, o.code == 15 ? " ede=%u" : " option%u",
			  o.code == 15 ? reader_u16(&value) : o.code);
	}
	text_add(out, "\n");
}

static void print_flags(const struct dns_header *h, struct text *out)
{
	static const char *const rcodes[] = { "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
					      "REFUSED" };
	unsigned rcode = h->flags & DNS_RCODE_MASK;

	text_add(out, rcode < COUNT_OF(rcodes) ? rcodes[rcode] : "rcode?");
	for (size_t i = 0; i < COUNT_OF(flags); i++)
		if (h->flags & flags[i].flag)
			text_addf(out, " %s", flags[i].name);
	text_add(out, "\n");
}

void dns_text_answer(struct span message, struct text *out)
{
	struct dns_edns edns = { 0 };
	struct dns_walk w;
	struct dns_rr rr;

	must(dns_walk_start(&w, message, NULL));
	print_flags(&w.header, out);
	while (dns_walk_next(&w, &rr))
		if (!dns_edns_of(&rr, &edns))
			print_record(&w, &rr, out);
	if (edns.present)
		print_edns(&edns, out);
	if (!dns_walk_ok(&w))
		text_add(out, "does not parse\n");
}

TEST(questions_and_answers_are_printed_as_they_are)
{
	uint8_t buffer[DNS_UDP_MIN];
	struct dns_text_asked a;
	char text[256];
	struct text out = TEXT(text);

	CHECK(dns_text_ask("a.b TXT class=CH cd -rd edns=700 do", buffer, sizeof buffer, &a));
	dns_text_answer(a.message, &out);
	CHECK_TEXT(text, "NOERROR cd\nedns 700 do\n");
	CHECK(!dns_text_ask("a..b A", buffer, sizeof buffer, &a));
	CHECK(!dns_text_ask("a", buffer, sizeof buffer, &a));
}
