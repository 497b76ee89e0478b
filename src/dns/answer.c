/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/server_private.h"

#define OPT_BYTES 11			/* without options (RFC 6891 6.1.2) */

size_t answer_limit(const struct dns_query *q, bool tcp, uint32_t edns_max)
{
	size_t told = q->edns.present && q->edns.udp_size > DNS_UDP_MIN ? q->edns.udp_size
									 : DNS_UDP_MIN;

	if (tcp)
		return DNS_MESSAGE_MAX;
	return told < edns_max ? told : edns_max;
}

static size_t edns_bytes(const struct answer_how *how)
{
	if (!how->query->edns.present)
		return 0;
	return OPT_BYTES + (how->ede == DNS_EDE_NONE ? 0 : DNS_EDE_BYTES);
}

/* The options where they leave room for the rest. */
static struct span options_that_fit(const struct answer_how *how, size_t n)
{
	return how->query->edns.present && n + edns_bytes(how) + how->options.n <= how->limit
		       ? how->options
		       : span_of(NULL, 0);
}

static unsigned rcode_of(unsigned low, const struct answer_how *how)
{
	const unsigned rcode = (unsigned)how->rcode_high << 4 | low;

	return rcode > DNS_RCODE_MASK && !how->query->edns.present ? DNS_SERVFAIL : rcode;
}

/* The header, and the name's spelling, as this client asked. */
static void patch(uint8_t *buffer, const struct dns_query *q)
{
	const struct dname *name = &q->question.name;
	const unsigned flags = (unsigned)buffer[2] << 8 | buffer[3], asked = DNS_RD | DNS_CD;

	put_uint(buffer, 2, q->header.id);
	put_uint(buffer + 2, 2, (flags & ~asked) | (q->header.flags & asked) | DNS_QR | DNS_RA);
	memcpy(buffer + DNS_HEADER, name->bytes, name->n);
}

struct span answer_fit(uint8_t *buffer, size_t size, size_t n, const struct answer_how *how)
{
	struct dns_writer w UNCLEARED;
	size_t question = DNS_HEADER + how->query->question.name.n + 4;
	const struct span options = options_that_fit(how, n);
	struct dns_header h;
	unsigned rcode;
	bool cut;

	must(n >= question && size >= n + OPT_BYTES + DNS_EDE_BYTES);
	patch(buffer, how->query);
	if (!how->query->edns.present && !how->rcode_high && n <= how->limit)
		return span_of(buffer, n);
	must(dns_header_read(span_of(buffer, n), &h));
	rcode = rcode_of(h.flags & DNS_RCODE_MASK, how);
	cut = n + edns_bytes(how) > how->limit;
	dns_write_resume(&w, buffer, how->limit < size ? how->limit : size, cut ? question : n);
	if (cut) {
		w.header.answers = w.header.authorities = w.header.additionals = 0;
		w.truncated = true;
	}
	if (how->query->edns.present)
		dns_write_said(&w, &(struct dns_opt_said){
			.udp_size = how->edns_size, .dnssec_ok = how->query->edns.dnssec_ok,
			.rcode = rcode, .options = options, .ede = how->ede,
			.words = how->words });
	return dns_write_end(&w, rcode);
}

/* ---- addresses take turns ------------------------------------------------------------ */

#define TURN_MAX 128			/* addresses of one answer; more stay as they are */

struct turning {
	size_t n;
	size_t at[TURN_MAX];		/* of an address within the message */
	uint8_t was[TURN_MAX][16];
};

static size_t collect(struct turning *t, const uint8_t *buffer, size_t n)
{
	struct dns_question q UNCLEARED;
	struct dns_rr rr UNCLEARED;
	struct dns_walk w;
	size_t bytes = 0;

	t->n = 0;
	if (!dns_walk_start(&w, span_of(buffer, n), &q))
		return 0;
	bytes = q.type == DNS_A ? 4 : q.type == DNS_AAAA ? 16 : 0;
	while (bytes && t->n < TURN_MAX && dns_walk_next(&w, &rr) && w.section == DNS_ANSWER)
		if (rr.type == q.type && rr.rdata.n == bytes) {
			t->at[t->n] = (size_t)(rr.rdata.p - buffer);
			memcpy(t->was[t->n++], rr.rdata.p, bytes);
		}
	return bytes;
}

void answer_turn(uint8_t *buffer, size_t n, unsigned long long turn)
{
	struct turning t UNCLEARED;
	const size_t bytes = collect(&t, buffer, n);

	for (size_t i = 0; t.n > 1 && i < t.n; i++)
		memcpy(buffer + t.at[i], t.was[(turn + i) % t.n], bytes);
}
