/* SPDX-License-Identifier: ISC */
/*
 * What is asked upstream, and what becomes of the reply.
 */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/edns_reply.h"
#include "dns/filter.h"
#include "dns/server_private.h"

/* ---- what came from there ------------------------------------------------------------- */

static void refuse(struct waiting *w, const char *source, unsigned rcode, enum dns_ede ede)
{
	tell_error(w->dns, &w->client, source, rcode, ede);
	if (!w->quiet)
		server_answer_nothing(w->dns, &w->client, &w->query, rcode, ede);
}

static bool has_error(const struct dns_edns *theirs)
{
	struct reader r = reader_of(theirs->options);
	struct dns_edns_option o;

	while (dns_edns_next(&r, &o))
		if (o.code == EDNS_ERROR)
			return true;
	return false;
}

/* What we say of it, with words in d->ede; a server's own words of its failure go before ours. */
static enum dns_ede error_of(struct dns *d, const struct upstream_reply *reply,
			     const struct filtered *f)
{
	if (!d->data->conf->extended_errors || (f->ede == DNS_EDE_NONE && has_error(&f->edns)))
		return f->ede;
	ede_of_reply(&d->ede, f, &reply->from);
	return d->ede.code;
}

static void pass_on(struct waiting *w, const struct upstream_reply *reply,
		    const struct filtered *f)
{
	struct dns *d = w->dns;
	const struct cache_key key = server_key(d, &w->query);

	if (f->ttl_s > 0 && !w->personal && server_asks_recursion(&w->query))
		cache_put(d->want.cache, &key, f->keep, f->ttl_s, loop_now(d->want.loop));
	server_fill_sets(d, &w->query.question, reply->message, f);
	tell_reply(d, &w->client, reply->message, f);
	tell_sets_end(d, &w->client);
	if (w->quiet)
		return;
	memcpy(d->reply, f->message.p, f->message.n);
	server_answer_theirs(d, &w->client, &w->query, f->message.n, &f->edns, error_of(d, reply, f));
}

/* Does it matter that our own data know the name, since the answer may be NXDOMAIN; and do they? */
static bool is_known_here(struct waiting *w, const struct upstream_reply *reply)
{
	struct dns_header h;

	return dns_header_read(reply->message, &h) &&
	       ((h.flags & DNS_RCODE_MASK) == DNS_NXDOMAIN || w->dns->data->conf->bogus_nxdomain) &&
	       server_knows(w->dns, &w->client, &w->query);
}

/* An answer, if only that there is nothing (RFC 8767 5: what is stale goes before a failure). */
static bool is_failure(struct span message)
{
	const unsigned rcode = message.p[3] & DNS_RCODE_MASK;

	return rcode != DNS_NOERROR && rcode != DNS_NXDOMAIN;
}

static void settle(struct waiting *w, const struct upstream_reply *reply)
{
	struct dns *d = w->dns;
	struct filtered f UNCLEARED;

	if (filter_reply(d->data->conf, &w->query.question, reply->message, is_known_here(w, reply),
			 d->filtered, sizeof d->filtered, &f) != ST_OK) {
		dns_count(&d->want.counts->replies_malformed);
		refuse(w, "reply", DNS_SERVFAIL, DNS_EDE_INVALID_DATA);
		return;
	}
	pass_on(w, reply, &f);
}

/* Nobody knows: silence, as dnsmasq; the client asks another server or again. */
static void say_silence(struct waiting *w)
{
	struct dns *d = w->dns;

	if (!d->data || !d->data->conf->extended_errors)
		return;
	ede_of_failure(&d->ede, &w->asked.silent, 0);
	refuse(w, "reply", DNS_SERVFAIL, d->ede.code);
}

static void answered(struct asked *a, const struct upstream_reply *reply)
{
	struct waiting *w = container_of(a, struct waiting, asked);

	if (!reply)
		dns_count(&w->dns->want.counts->unanswered);
	if ((!reply || is_failure(reply->message)) && server_fall_back(w))
		;			/* and a failure is not told any more */
	else if (reply)
		settle(w, reply);
	else
		say_silence(w);
	waiting_give(w);
}

static bool usable(void *arg, const struct dns_question *q, struct span options, struct span reply)
{
	struct dns *d = arg;

	if (d->data->conf->disclosure.subnet && !edns_subnet_fits(options, reply)) {
		tell_other_subnet(d);
		return false;
	}
	return !filter_ignores(d->data->conf, q, reply);
}

static bool is_ours(void *arg, const struct endpoint *at)
{
	return dns_is_ours(arg, at);
}

static void sent(void *arg, const struct dns_question *q, const struct dns_server *to)
{
	tell_forwarded(arg, q, to);
}

static bool is_left_out(void *arg, const struct dns_server *s)
{
	return server_is_left_out(arg, s);
}

static void lost_case(void *arg, const struct dns_server *s)
{
	tell_lost_case(arg, s);
}

/* ---- what goes upstream --------------------------------------------------------------------- */

enum status server_send(struct waiting *w, const struct client *c, const struct dns_query *q,
			const struct local_verdict *v)
{
	struct dns *d = w->dns;
	struct edns_ask said UNCLEARED;
	struct forward_question out = server_question(d, c, q, &said);
	enum status s;

	out.renews = w->renews;
	out.mark = server_mark(d, c);
	w->asked.answered = answered;
	waiting_for(w, c);
	w->query = *q;
	w->query.edns.options = span_of(NULL, 0);
	w->personal = said.personal;
	server_leave_loops_out(d);
	d->asking = &w->client;
	s = forward_ask(d->forward, &out, &v->rule.servers, &w->asked);
	d->asking = NULL;
	return s;
}

/* As many wait as may. */
static void refuse_full(struct dns *d, const struct client *c, const struct dns_query *q)
{
	dns_count(&d->want.counts->refused_full);
	tell_full(d);
	tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_NONE);
	if (d->data->conf->extended_errors)
		ede_of_full(&d->ede);
	server_answer_nothing(d, c, q, DNS_REFUSED,
			      d->data->conf->extended_errors ? d->ede.code : DNS_EDE_NONE);
}

/* It did not go out. */
static void refuse_unasked(struct waiting *w, enum status why)
{
	struct dns *d = w->dns;
	enum dns_ede ede = why == ST_UNKNOWN   ? DNS_EDE_NETWORK
			 : why == ST_UNNAMED ? DNS_EDE_NOT_READY
					     : DNS_EDE_NONE;

	if (d->data->conf->extended_errors) {
		ede_of_unasked(&d->ede, why);
		ede = d->ede.code;
	}
	refuse(w, "config", DNS_REFUSED, ede);
}

void server_ask(struct dns *d, const struct client *c, const struct dns_query *q,
		const struct local_verdict *v)
{
	struct waiting *w = waiting_take(d);
	enum status s;

	if (!w) {
		refuse_full(d, c, q);
		return;
	}
	s = server_send(w, c, q, v);
	if (s == ST_FULL)
		tell_full(d);
	if (s != ST_TAKEN)
		server_hold(w);
	if ((s == ST_FULL || s == ST_UNKNOWN || s == ST_UNNAMED) && !server_fall_back(w))
		refuse_unasked(w, s);
	if (s != ST_OK)
		waiting_give(w);
}

struct forward *server_forward_new(struct dns *d)
{
	const struct forward_want want = {
		.loop = d->want.loop, .rng = d->want.rng, .counts = d->want.counts, .sent = sent,
		.usable = usable, .ours = is_ours, .left_out = is_left_out,
		.lost_case = lost_case, .arg = d,
		.common = d->want.common, .events = d->want.events,
	};

	return forward_new(&want);
}
