/* SPDX-License-Identifier: ISC */
/*
 * DNS cookies of clients: ours goes with each answer to who sent one (RFC 7873 5.2).
 */
#include "base/must.h"
#include "dns/server_private.h"

static struct cookie_secrets secrets_of(const struct dns *d)
{
	struct cookie_secrets s = d->data->conf->cookie_secrets;

	if (s.n == 0) {
		s.n = 1;
		memcpy(s.secret[0], d->want.common->cookie_secret, SIP_KEY);
	}
	return s;
}

static enum cookie_say take(struct dns *d, struct client *c, struct span client, struct span server)
{
	const struct cookie_secrets s = secrets_of(d);
	const uint32_t now_s = (uint32_t)loop_now(d->want.loop).wall_s;
	const enum cookie_say say = cookie_judge(&s, client, server, &c->from.addr, now_s);

	uint8_t ours[COOKIE_SERVER];
	struct writer w = writer_of(c->cookie, sizeof c->cookie);

	if (say != COOKIE_FRESH)
		cookie_make(s.secret[0], client, &c->from.addr, now_s, ours);
	writer_u16(&w, EDNS_COOKIE);
	writer_u16(&w, COOKIE_CLIENT + COOKIE_SERVER);
	writer_span(&w, client);
	writer_span(&w, say == COOKIE_FRESH ? server : SPAN(ours));
	c->cookie_n = (uint8_t)writer_done(&w).n;
	return say;
}

enum cookie_verdict server_cookie(struct dns *d, struct client *c, const struct dns_edns *e)
{
	const enum dns_cookies policy = d->data->conf->cookies;
	struct span value, client, server;

	if (policy == COOKIES_OFF || !e->present || !cookie_find(e->options, &value))
		return COOKIE_PASSES;
	if (!cookie_split(value, &client, &server))
		return COOKIE_MALFORMED;
	if (take(d, c, client, server) != COOKIE_BAD || c->link)
		return COOKIE_PASSES;	/* by TCP nobody asks in another's name */
	return policy == COOKIES_ENFORCED ? COOKIE_IS_ASKED_FOR : COOKIE_PASSES;
}

bool server_cookie_is_good(const struct dns *d, const struct client *c, struct span message)
{
	const struct cookie_secrets s = secrets_of(d);
	const uint32_t now_s = (uint32_t)loop_now(d->want.loop).wall_s;
	struct span value, client, server;
	struct dns_edns e;

	return d->data->conf->cookies != COOKIES_OFF && dns_query_edns(message, &e) &&
	       cookie_find(e.options, &value) && cookie_split(value, &client, &server) &&
	       cookie_judge(&s, client, server, &c->from.addr, now_s) != COOKIE_BAD;
}

void server_cookie_answer(struct dns *d, const struct client *c, const struct dns_query *q,
			  enum cookie_verdict v)
{
	const unsigned rcode = v == COOKIE_MALFORMED ? DNS_FORMERR : DNS_BADCOOKIE;
	struct dns_writer w;

	tell_error(d, c, "config", rcode, DNS_EDE_NONE);
	dns_write_start(&w, d->reply, sizeof d->reply, q->header.id, DNS_QR | DNS_RA);
	dns_write_question(&w, &q->question);
	server_answer_theirs(d, c, q, dns_write_end(&w, rcode).n,
			     &(struct dns_edns){ .rcode_high = (uint8_t)(rcode >> 4) },
			     DNS_EDE_NONE);
}

bool server_cookie_alone(struct dns *d, const struct client *c, struct span message,
			 const struct dns_header *h)
{
	struct client asker = *c;
	struct dns_edns e;
	struct dns_writer w;
	unsigned rcode;

	if (h->questions != 0 || (h->flags & (DNS_QR | DNS_OPCODE_MASK)) ||
	    !dns_query_edns(message, &e) || e.version > 0)
		return false;
	rcode = server_cookie(d, &asker, &e) == COOKIE_IS_ASKED_FOR ? DNS_BADCOOKIE : DNS_NOERROR;
	if (asker.cookie_n == 0)
		return false;
	dns_write_start(&w, d->reply, sizeof d->reply, h->id,
			DNS_QR | DNS_RA | (h->flags & DNS_RD));
	dns_write_said(&w, &(struct dns_opt_said){
		.udp_size = (uint16_t)d->data->conf->edns_max, .dnssec_ok = e.dnssec_ok,
		.rcode = rcode, .ede = DNS_EDE_NONE,
		.options = span_of(asker.cookie, asker.cookie_n) });
	dns_send(d, &asker, dns_write_end(&w, rcode));
	return true;
}
