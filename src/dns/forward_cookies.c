/* SPDX-License-Identifier: ISC */
/*
 * Cookies for servers: each gets one of ours that nobody else sees, and ours must come back
 * once it has shown that it knows them (RFC 7873 5.3, RFC 9018 3).
 *
 * Where something is wrong the server is asked by TCP besides: a forger gains nothing by
 * leaving the cookie out, and a server that has given them up is believed there.  By TCP it
 * gets its cookie too, and what it tells counts; a reply without one does.
 */
#include <sys/random.h>

#include "base/must.h"
#include "dns/forward_private.h"

void forward_cookies_forget(struct forward *f)
{
	must(getrandom(f->cookie_secret, sizeof f->cookie_secret, 0) == sizeof f->cookie_secret);
	f->cookie_epoch++;
}

/* Of the server's address and port, and of the source that is set for it. */
static void make_client(const struct forward *f, const struct upstream *u,
			uint8_t out[COOKIE_CLIENT])
{
	uint8_t bytes[64];
	struct writer w = writer_of(bytes, sizeof bytes);

	writer_span(&w, addr_bytes(&u->server.at.addr));
	writer_u16(&w, u->server.at.port);
	if (addr_is_set(&u->server.source.addr))
		writer_span(&w, addr_bytes(&u->server.source.addr));
	writer_span(&w, span_text(u->interface));
	put_uint(out, COOKIE_CLIENT, siphash(f->cookie_secret, writer_done(&w)));
}

static struct upstream_cookie *cookie_of(const struct forward *f, struct upstream *u)
{
	struct upstream_cookie *c = &u->cookie;

	if (c->epoch != f->cookie_epoch) {
		*c = (struct upstream_cookie){ .epoch = f->cookie_epoch, .refused = c->refused };
		make_client(f, u, c->client);
	}
	return c;
}

/* ---- asking ----------------------------------------------------------------------------- */

static void write_option(struct writer *w, const struct upstream_cookie *c)
{
	writer_u16(w, EDNS_COOKIE);
	writer_u16(w, COOKIE_CLIENT + (unsigned)c->server_n);
	writer_span(w, SPAN(c->client));
	writer_span(w, span_of(c->server, c->server_n));
}

static bool has_opt(const struct flight *fl)
{
	struct dns_header h;

	must(dns_header_read(span_of(fl->query, fl->query_n), &h));
	return h.additionals != 0;
}

/* All but the length of the options. */
static void write_opt(const struct forward *f, struct writer *w)
{
	writer_u8(w, 0);
	writer_u16(w, DNS_OPT);
	writer_u16(w, f->edns_max);
	writer_u32(w, 0);
	put_uint(w->base + DNS_HEADER - 2, 2, 1);	/* one record more */
}

/* The OPT record is the last of the query, and its options are its last bytes. */
struct span cookie_query(const struct flight *fl, struct upstream *to, unsigned *out_epoch,
			 uint8_t buffer[COOKIE_QUERY_MAX])
{
	const struct span whole = span_of(fl->query, fl->query_n);
	const struct span options = span_of(whole.p + whole.n - fl->options_n, fl->options_n);
	struct writer w = writer_of(buffer, COOKIE_QUERY_MAX);
	const struct upstream_cookie *c;

	*out_epoch = 0;
	if (!fl->forward->cookies || to->cookie.refused)
		return whole;
	c = cookie_of(fl->forward, to);
	*out_epoch = c->epoch;
	writer_span(&w, span_of(whole.p, has_opt(fl) ? whole.n - options.n - 2 : whole.n));
	if (!has_opt(fl))
		write_opt(fl->forward, &w);
	writer_u16(&w, options.n + 4 + COOKIE_CLIENT + c->server_n);
	writer_span(&w, options);
	write_option(&w, c);
	must(writer_ok(&w));
	return writer_done(&w);
}

/* ---- replies ----------------------------------------------------------------------------- */

/* What of a reply is about cookies. */
struct told {
	unsigned rcode;
	bool edns, cookie;
	struct span client, server;
};

static struct told told_of(struct span message)
{
	struct told t = { 0 };
	struct dns_edns e;
	struct dns_walk w;
	struct dns_rr rr;
	struct span value;

	if (!dns_walk_start(&w, message, NULL))
		return t;
	t.rcode = w.header.flags & DNS_RCODE_MASK;
	while (!t.edns && dns_walk_next(&w, &rr))
		t.edns = w.section == DNS_ADDITIONAL && dns_edns_of(&rr, &e);
	if (!t.edns)
		return t;
	t.rcode |= (unsigned)e.rcode_high << 4;
	t.cookie = cookie_find(e.options, &value);
	if (t.cookie && !cookie_split(value, &t.client, &t.server))
		t.client = span_of(NULL, 0);
	return t;
}

/* A server of old: what it takes for a mistake may be our OPT record. */
static bool cannot_bear_it(const struct attempt *at, const struct told *t)
{
	return !t->edns && !has_opt(at->flight) &&
	       (t->rcode == DNS_FORMERR || t->rcode == DNS_NOTIMP);
}

/* Not believed, and asked for where nobody can have guessed. */
static bool refuse(struct attempt *at)
{
	dns_count(&at->flight->forward->want.counts->replies_unexpected);
	at->to->cookie.doubted = true;
	flight_ask_besides(at->flight, at->to);
	return false;
}

/* It wants the cookie that it has just told: once more, then by TCP. */
static bool ask_again(struct attempt *at)
{
	if (at->flight->landed)
		return false;
	if (at->cookie_again || !attempt_resend(at))
		flight_ask_besides(at->flight, at->to);
	at->cookie_again = true;
	return false;
}

static void learn(struct upstream_cookie *c, const struct told *t)
{
	c->known = true;
	c->doubted = false;
	if (t->server.n == 0)
		return;
	c->server_n = (uint8_t)t->server.n;
	memcpy(c->server, t->server.p, t->server.n);
}

bool cookie_fits(struct attempt *at, struct span message)
{
	const struct forward *f = at->flight->forward;
	struct upstream_cookie *c;
	struct told t;

	if (at->cookie_epoch == 0 || at->cookie_epoch != f->cookie_epoch)
		return true;		/* it had none, or one of an address that we had */
	t = told_of(message);
	c = cookie_of(f, at->to);
	if (!t.cookie && !c->known && cannot_bear_it(at, &t)) {
		c->refused = true;
		return at->flight->landed || !attempt_resend(at);
	}
	if (!t.cookie)
		return !c->known || refuse(at);
	if (!span_eq(t.client, SPAN(c->client)))
		return refuse(at);
	learn(c, &t);
	return t.rcode != DNS_BADCOOKIE || ask_again(at);
}

/* Nobody can have left it out but the server. */
static void believe_without(struct upstream_cookie *c)
{
	if (!c->doubted)
		return;
	c->known = c->doubted = false;
	c->server_n = 0;
}

/* A server that refuses what it has just told fails (RFC 7873 5.3). */
static enum cookie_word take_cookie(struct attempt *at, struct upstream_cookie *c,
				    const struct told *t)
{
	learn(c, t);
	if (t->rcode != DNS_BADCOOKIE)
		return COOKIE_FITS;
	if (at->cookie_again_tcp)
		return COOKIE_FAILS;
	at->cookie_again_tcp = true;
	return COOKIE_AGAIN;
}

enum cookie_word cookie_by_tcp(struct attempt *at, unsigned epoch, struct span message)
{
	const struct forward *f = at->flight->forward;
	struct upstream_cookie *c;
	struct told t;

	if (epoch == 0 || epoch != f->cookie_epoch)
		return COOKIE_FITS;
	t = told_of(message);
	c = cookie_of(f, at->to);
	if (!t.cookie && !c->known && cannot_bear_it(at, &t)) {
		c->refused = true;
		return COOKIE_AGAIN;
	}
	if (!t.cookie) {
		believe_without(c);
		return COOKIE_FITS;
	}
	if (span_eq(t.client, SPAN(c->client)))
		return take_cookie(at, c, &t);
	dns_count(&f->want.counts->replies_unexpected);
	return COOKIE_FAILS;
}
