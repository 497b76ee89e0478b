/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/uncleared.h"
#include "dns/any.h"
#include "dns/filter.h"
#include "dns/server_private.h"
#include "dns/stale.h"

/* ---- our own data ------------------------------------------------------------------- */

struct local_view server_view(const struct dns *d)
{
	return (struct local_view){
		.conf = d->data->conf, .lan = d->data->lan, .records = d->data->records,
		.rules = d->data->rules, .hosts = d->data->hosts, .names = d->want.names,
		.blocks = d->data->blocks, .tags = d->want.tags,
		.loop = d->want.loop, .turn = d->turn,
		.common = d->want.common,
		.zone_serial = d->data->zone_serial +
			       (d->want.names ? names_changes(d->want.names) : 0),
	};
}

struct local_question server_local_question(const struct dns *d, const struct client *c,
					    const struct dns_query *q)
{
	return (struct local_question){
		.query = q, .from = c->from, .to = c->to.addr, .ifindex = c->ifindex,
		.now = loop_now(d->want.loop), .stranger = c->stranger,
	};
}

bool server_knows(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct local_view view = server_view(d);
	const struct local_question question = server_local_question(d, c, q);

	return local_exists(&view, &question, &d->verdict);
}

static void answer_from_here(struct dns *d, const struct client *c, const struct dns_query *q,
			     struct local_verdict *v)
{
	struct reply_how how = {
		.limit = answer_limit(q, c->link != NULL, d->data->conf->edns_max),
		.edns_size = (uint16_t)d->data->conf->edns_max,
		.options = span_of(c->cookie, c->cookie_n),
	};
	struct dns_query shown = *q;

	/* Whom we refuse by UDP is told no more than that, as in dnsmasq. */
	if (v->stranger && v->rcode == DNS_REFUSED && !c->link)
		shown.edns.present = false;
	dns_count_own(v->by_zones ? &d->want.counts->zones : &d->want.counts->local);
	tell_local(d, c, &q->question, v);
	if (d->data->conf->extended_errors) {
		ede_of_local(&d->ede, v);
		v->ede = d->ede.code;
		how.words = span_text(d->ede.words);
	}
	dns_send(d, c, reply_write(v, &shown, &how, d->reply, sizeof d->reply));
	d->ede.words[0] = 0;
}

/* ---- what is kept ------------------------------------------------------------------------ */

/* Of what servers are told who asks no answer is kept. */
static bool may_be_kept(struct dns *d, const struct client *c, const struct dns_query *q)
{
	return server_asks_recursion(q) && !server_tells_who(d, c, q);
}

/* An answer that our own data and the filters let by before, and nothing of them has changed. */
static bool answer_passed(struct dns *d, const struct client *c, struct taken *t)
{
	const uint64_t pass = local_pass(d->data->edition, d->want.names);
	const struct dns_query *q = &t->query;
	struct cache_hit hit;

	if (!may_be_kept(d, c, q))
		return false;
	if (!cache_get_passed(d->want.cache, &t->key, pass, loop_now(d->want.loop),
			      d->data->conf->max_ttl_s, d->reply, sizeof d->reply - DNS_UDP_MIN,
			      &hit)) {
		t->is_new = !hit.known;
		return false;
	}
	if (stale_judge(d->data->conf, &hit) != STALE_GIVE)
		return false;		/* it is asked for anew too: the long way says whom */
	server_answer_kept(d, c, q, &hit);
	return true;
}

/* One of which that is not known; from now on it is, where the verdict lasts. */
static bool answer_from_cache(struct dns *d, const struct client *c, const struct taken *t,
			      uint64_t pass)
{
	const struct dns_query *q = &t->query;
	const struct dns_conf *conf = d->data->conf;
	enum stale_say say;
	struct cache_hit hit;

	if (t->is_new || !may_be_kept(d, c, q) ||
	    !cache_get(d->want.cache, &t->key, loop_now(d->want.loop), conf->max_ttl_s,
		       stale_keep_s(conf), d->reply, sizeof d->reply - DNS_UDP_MIN, &hit))
		return false;
	say = stale_judge(conf, &hit);
	if (say == STALE_ASK_FIRST)
		return false;
	if (!d->verdict.fleeting)
		cache_pass(d->want.cache, &t->key, pass);
	server_answer_kept(d, c, q, &hit);
	if (say == STALE_GIVE_AND_RENEW)
		server_renew(d, c, q, &d->verdict, &hit);
	return true;
}

/* ---- a question's way --------------------------------------------------------------------------- */

static bool answer_by_filter(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct dns_conf *conf = d->data->conf;
	const struct dns_rule *rule = d->verdict.rule.rule;
	struct filter_answer here;

	if (!filter_question(conf, &q->question, false, rule, &here))
		return false;
	if (here.rcode == DNS_NXDOMAIN)
		filter_question(conf, &q->question, server_knows(d, c, q), rule, &here);
	dns_count_own(&d->want.counts->local);
	tell_nothing(d, c, &q->question, here.rcode);
	if (conf->extended_errors)
		ede_of_option(&d->ede, here.option);
	server_answer_empty(d, c, q, &here, conf->extended_errors ? d->ede.code : DNS_EDE_NONE);
	return true;
}

/* Not answered by our own data. */
static void answer_from_elsewhere(struct dns *d, const struct client *c, const struct taken *t,
				  uint64_t pass)
{
	const struct dns_query *q = &t->query;

	if (answer_by_filter(d, c, q) || answer_from_cache(d, c, t, pass))
		return;
	if (d->verdict.rule.say == SAY_NOBODY) {
		tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_NOT_READY);
		if (d->data->conf->extended_errors)
			ede_of_nobody(&d->ede, d->verdict.rule.rule);
		server_answer_nothing(d, c, q, DNS_REFUSED, DNS_EDE_NOT_READY);
		return;
	}
	server_ask(d, c, q, &d->verdict);
}

static void decide(struct dns *d, const struct client *c, const struct taken *t)
{
	const struct dns_query *q = &t->query;
	const uint64_t pass = local_pass(d->data->edition, d->want.names);
	const struct local_question question = server_local_question(d, c, q);
	struct local_view view;

	server_take_turn(d, q);
	view = server_view(d);
	local_answer(&view, &question, &d->verdict);
	if (any_is_small(d->data->conf, &q->question, c->link))
		any_make_small(&d->verdict, &q->question);
	if (d->verdict.answered)
		answer_from_here(d, c, q, &d->verdict);
	else
		answer_from_elsewhere(d, c, t, pass);
}

/* RFC 6891 6.1.3: the OPT record says which version is ours. */
static void answer_version(struct dns *d, const struct client *c, const struct dns_query *q)
{
	struct dns_writer w;

	tell_error(d, c, "config", DNS_BADVERS, DNS_EDE_NONE);
	dns_write_start(&w, d->reply, sizeof d->reply, q->header.id, DNS_QR | DNS_RA);
	dns_write_question(&w, &q->question);
	server_answer_theirs(d, c, q, dns_write_end(&w, DNS_NOERROR).n,
			     &(struct dns_edns){ .rcode_high = DNS_BADVERS >> 4 }, DNS_EDE_NONE);
}

/* What does not parse, but has an ID, is told so; not a stranger, as in dnsmasq. */
static void answer_malformed(struct dns *d, const struct client *c, struct span message, int rcode)
{
	struct dns_writer w;
	struct dns_header h;

	dns_count(&d->want.counts->malformed);
	if (rcode < 0 || c->stranger || !dns_header_read(message, &h) ||
	    server_cookie_alone(d, c, message, &h) ||
	    (rcode == DNS_FORMERR && d->data->conf->no_formerr))
		return;
	dns_write_start(&w, d->reply, sizeof d->reply, h.id,
			DNS_QR | (h.flags & (DNS_OPCODE_MASK | DNS_RD)));
	dns_send(d, c, dns_write_end(&w, (unsigned)rcode));
}

bool dns_read(struct dns *d, struct span message, struct taken *t)
{
	int why;

	dns_count_own(&d->want.counts->queries);
	t->client.stranger = access_is_stranger(d, &t->client);
	if (!dns_query_read(message, &t->query, &why)) {
		answer_malformed(d, &t->client, message, why);
		return false;
	}
	t->key = server_key(d, &t->query);
	t->is_new = false;
	return true;
}

/* Questions have numbers for the log's sake alone, which all workers count up together. */
void dns_answer(struct dns *d, struct taken *t)
{
	const struct dns_query *q = &t->query;
	struct client *c = &t->client;
	enum cookie_verdict cookie;

	if (d->tells != DNS_TELLS_NOTHING)
		c->serial = common_serial(d->want.common);
	tell_query(d, c, &q->question);
	if (q->edns.version > 0 && !c->stranger) {
		answer_version(d, c, q);
		return;
	}
	if (server_is_loop(d, &q->question))
		return;
	cookie = server_cookie(d, c, &q->edns);
	if (cookie != COOKIE_PASSES) {
		server_cookie_answer(d, c, q, cookie);
		return;
	}
	d->turn_known = false;
	if (server_mark_refuses(d, c, q))
		return;
	if (q->question.type == DNS_AXFR && server_copies(d, c, q))
		return;
	if (c->stranger || any_is_small(d->data->conf, &q->question, c->link) ||
	    !answer_passed(d, c, t))
		decide(d, c, t);
}

void dns_take(struct dns *d, const struct client *c, struct span message)
{
	struct taken t UNCLEARED;

	t.client = *c;
	if (dns_read(d, message, &t))
		dns_answer(d, &t);
}

/* ---- life ------------------------------------------------------------------------------------------ */

struct dns *dns_new(const struct dns_want *want)
{
	struct dns *d = calloc(1, sizeof *d);

	must(d);
	d->want = *want;
	common_init(&d->alone);
	if (!d->want.common)
		d->want.common = &d->alone;
	d->forward = server_forward_new(d);
	must(d->forward);
	return d;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	d->data = NULL;			/* what it was may be gone */
	dns_unlisten_all(d);
	links_free(d);
	forward_free(d->forward);
	waits_free(d);
	common_done(&d->alone);
	server_sets_free(d);
	free(d);
}

void dns_use(struct dns *d, const struct dns_data *data)
{
	d->data = data;
	server_rate_use(d);
	forward_forget_rules(d->forward);
	forward_configure(d->forward, data->conf);
	server_try_loops(d);
}

void dns_set_tells(struct dns *d, enum dns_tells tells)
{
	d->tells = tells;
}

struct dns_now dns_now(const struct dns *d)
{
	return (struct dns_now){ .waiting = d->waiting, .connections = d->links_n };
}
