/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "base/text.h"
#include "dns/edns_lab_test.h"
#include "test/test.h"

const struct endpoint edns_lab_here = { { .family = ADDR_IP4, .bytes = { 192, 0, 2, 1 } }, 53 };

struct endpoint edns_lab_client(uint8_t last)
{
	return (struct endpoint){ addr_ip4(0xc0000200u + last), (uint16_t)(40000 + last) };
}

/* A question of a client's with these options; NULL: without an OPT record. */
void edns_lab_ask(struct server_lab *o, uint8_t from, const char *name, uint16_t flags,
		const char *options)
{
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };
	const struct endpoint c = edns_lab_client(from);
	uint8_t bytes[DNS_UDP_MIN], body[DNS_UDP_MIN];
	struct dns_writer w;

	must(dname_parse(name, &q.name));
	dns_write_start(&w, bytes, sizeof bytes, from, DNS_RD | flags);
	dns_write_question(&w, &q);
	if (options)
		must(dns_write_opt(&w, &(struct dns_edns){
			.udp_size = 1232, .options = test_hex(options, body, sizeof body) }));
	(void)sim_deliver(o->loop, &(struct dgram){ .from = c, .to = edns_lab_here, .ifindex = o->eth0,
						    .data = dns_write_end(&w, 0) });
}

static const char *options_asked(struct span query)
{
	static char text[600];
	struct text t = TEXT(text);
	struct dns_query q;
	int why;

	must(dns_query_read(query, &q, &why));
	if (!q.edns.present)
		return "plain";
	text_addf(&t, "%u ", q.edns.udp_size);
	text_hex(&t, q.edns.options, 0);
	return text;
}

const char *edns_lab_asked(struct server_lab *o, struct dgram *d)
{
	return server_lab_sent(o, true, d) ? options_asked(d->data) : "nothing";
}

const char *edns_lab_asked_by_tcp(struct server_lab *o, struct sim_peer **p, struct dgram *d)
{
	struct reader r;

	if (!*p && (*p = sim_peer_next(o->loop, &d->to, &d->from)))
		sim_peer_answer(*p, ST_OK);
	sim_run_for(o->loop, 1);
	r = reader_of(*p ? sim_peer_sent(*p) : span_of(NULL, 0));
	d->data = reader_take(&r, reader_u16(&r));
	return d->data.n > 0 ? options_asked(d->data) : "nothing";
}

/* The server answers with an address, flags, and an OPT record of these options (NULL: none). */
static struct span reply_to(const struct dgram *query, uint16_t flags, unsigned rcode,
			    const char *options)
{
	static uint8_t bytes[DNS_UDP_MIN];
	const struct addr a = addr_ip4(0xcb007109);
	uint8_t body[DNS_UDP_MIN];
	struct dns_writer w;
	struct dns_query q;
	struct span reply;
	int why;

	must(dns_query_read(query->data, &q, &why));
	dns_write_start(&w, bytes, sizeof bytes, q.header.id, DNS_QR | DNS_RD | DNS_RA | flags);
	dns_write_question(&w, &q.question);
	if (rcode == DNS_NOERROR && !(flags & DNS_TC))
		dns_write_addr(&w, DNS_ANSWER, dname_span(&q.question.name), &a, 60);
	if (options)
		must(dns_write_opt(&w, &(struct dns_edns){
			.udp_size = 1232, .rcode_high = (uint8_t)(rcode >> 4),
			.options = test_hex(options, body, sizeof body) }));
	reply = dns_write_end(&w, rcode);
	bytes[2] |= (uint8_t)((flags & DNS_TC) >> 8);	/* which is the writer's to say */
	return reply;
}

void edns_lab_reply(struct server_lab *o, const struct dgram *query, uint16_t flags, unsigned rcode,
		    const char *options)
{
	(void)sim_deliver(o->loop, &(struct dgram){ .from = query->to, .to = query->from,
						    .ifindex = o->eth0,
						    .data = reply_to(query, flags, rcode, options) });
	sim_run_for(o->loop, 1);
}

void edns_lab_reply_by_tcp(struct server_lab *o, struct sim_peer *p, const struct dgram *query,
			   unsigned rcode, const char *options)
{
	const struct span m = reply_to(query, 0, rcode, options);
	uint8_t bytes[2 + DNS_UDP_MIN];
	struct writer w = writer_of(bytes, sizeof bytes);

	writer_u16(&w, m.n);
	writer_span(&w, m);
	must(sim_peer_send(p, writer_done(&w)));
	sim_run_for(o->loop, 1);
}

const char *edns_lab_heard(struct server_lab *o)
{
	static char text[600];
	struct text t = TEXT(text);
	struct dns_edns edns = { 0 };
	struct dns_walk w;
	struct dns_rr rr;
	struct dgram d;

	if (!server_lab_sent(o, false, &d) || !dns_walk_start(&w, d.data, NULL))
		return "nothing";
	while (dns_walk_next(&w, &rr))
		(void)dns_edns_of(&rr, &edns);
	text_addf(&t, "%u%s %u", edns.rcode_high << 4 | (w.header.flags & DNS_RCODE_MASK),
		  w.header.flags & DNS_AD ? " ad" : "", w.header.answers);
	if (edns.present) {
		text_addf(&t, " %u ", edns.udp_size);
		text_hex(&t, edns.options, 0);
	}
	return text;
}
