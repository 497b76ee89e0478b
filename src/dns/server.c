/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/filter.h"
#include "dns/server_private.h"

#define WAITING_A_FLIGHT 8		/* clients that wait for one question upstream, on average */
#define WAITING_MIN 1024
#define WAITING_A_BLOCK 64

/* Memory for those that wait, made as it is needed first and kept. */
struct wait_block {
	struct wait_block *next;
	struct waiting waits[WAITING_A_BLOCK];
};

/* ---- answers go out -------------------------------------------------------------- */

static struct dns_place *place_at(const struct dns *d, const struct binding *at)
{
	struct dns_place *p = d->places;

	while (p && (!addr_eq(&p->at.addr, &at->addr) || strcmp(p->at.device, at->device) != 0))
		p = p->next;
	return p;
}

bool dns_is_open(const struct dns *d, const struct binding *at, uint16_t port)
{
	const struct dns_place *p = place_at(d, at);

	return p && p->udp.at.port == port;
}

/* An address that means something on one link only. */
static bool needs_link(const struct addr *a)
{
	return a->family == ADDR_IP6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}

static void send_udp(struct dns *d, const struct client *c, struct span message)
{
	struct dns_place *p = place_at(d, &c->at);
	const struct dgram out = {
		.from = c->to, .to = c->from, .data = message,
		.ifindex = needs_link(&c->from.addr) || needs_link(&c->to.addr) ? c->ifindex : 0,
	};

	/* A client that cannot be reached asks again. */
	if (p && p->udp.loop && udp_send(&p->udp, &out) != ST_OK)
		return;
}

void dns_send(struct dns *d, const struct client *c, struct span message)
{
	if (message.n == 0)
		return;
	if (c->link)
		link_send(c->link, message);
	else
		send_udp(d, c, message);
}

/* A message of `n` bytes in d->reply. */
static void answer(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
		   enum dns_ede ede)
{
	const uint32_t edns_max = d->data->conf->edns_max;
	const struct answer_how how = {
		.query = q, .limit = answer_limit(q, c->link != NULL, edns_max),
		.edns_size = (uint16_t)edns_max, .ede = ede,
	};

	dns_send(d, c, answer_fit(d->reply, sizeof d->reply, n, &how));
}

/* No records: what an option makes of a question. */
static void answer_empty(struct dns *d, const struct client *c, const struct dns_query *q,
			 const struct filter_answer *what, enum dns_ede ede)
{
	struct dns_writer w;

	dns_write_start(&w, d->reply, sizeof d->reply, q->header.id,
			DNS_QR | DNS_RA | (what->authoritative ? DNS_AA : 0));
	dns_write_question(&w, &q->question);
	answer(d, c, q, dns_write_end(&w, what->rcode).n, ede);
}

/* The same of a failure. */
static void answer_nothing(struct dns *d, const struct client *c, const struct dns_query *q,
			   unsigned rcode, enum dns_ede ede)
{
	answer_empty(d, c, q, &(struct filter_answer){ .rcode = rcode }, ede);
}

/* ---- questions that wait ------------------------------------------------------------ */

static void answered(struct asked *a, const struct upstream_reply *reply);

static void waiting_make(struct dns *d)
{
	struct wait_block *b = calloc(1, sizeof *b);

	if (!b)
		return;
	b->next = d->wait_blocks;
	d->wait_blocks = b;
	for (size_t i = 0; i < WAITING_A_BLOCK; i++) {
		b->waits[i].dns = d;
		b->waits[i].asked.answered = answered;
		b->waits[i].next = d->free_waits;
		d->free_waits = &b->waits[i];
	}
}

/* NULL: as many wait as may, or no memory. */
static struct waiting *waiting_take(struct dns *d)
{
	uint64_t max = (uint64_t)d->data->conf->forward_max * WAITING_A_FLIGHT;
	struct waiting *w;

	if (d->waiting >= max && d->waiting >= WAITING_MIN)
		return NULL;
	if (!d->free_waits)
		waiting_make(d);
	w = d->free_waits;
	if (w) {
		d->free_waits = w->next;
		d->waiting++;
	}
	return w;
}

static void waiting_give(struct waiting *w)
{
	struct dns *d = w->dns;
	struct dns_link *link = w->client.link;

	w->next = d->free_waits;
	w->client.link = NULL;
	d->free_waits = w;
	d->waiting--;
	if (link)
		link_settled(link);
}

bool dns_waits_for(const struct dns *d, const struct dns_link *link)
{
	for (const struct wait_block *b = d->wait_blocks; b; b = b->next)
		for (size_t i = 0; i < WAITING_A_BLOCK; i++)
			if (b->waits[i].client.link == link)
				return true;
	return false;
}

static void forget(struct waiting *w)
{
	w->client.link = NULL;
	forward_cancel(w->dns->forward, &w->asked);
	waiting_give(w);
}

void dns_forget_link(struct dns *d, const struct dns_link *link)
{
	for (struct wait_block *b = d->wait_blocks; b; b = b->next)
		for (size_t i = 0; i < WAITING_A_BLOCK; i++)
			if (b->waits[i].client.link == link)
				forget(&b->waits[i]);
}

static struct cache_key key_of(const struct dns_query *q)
{
	return (struct cache_key){
		.name = dname_span(&q->question.name), .type = q->question.type,
		.class = q->question.class, .dnssec_ok = q->edns.dnssec_ok,
		.checking_disabled = q->header.flags & DNS_CD,
	};
}

/* Who does not neither gets what others asked for nor leaves anything for them, as in dnsmasq. */
static bool asks_recursion(const struct dns_query *q)
{
	return q->header.flags & DNS_RD;
}

/* ---- what came from upstream ------------------------------------------------------------- */

static void refuse(struct waiting *w, const char *source, unsigned rcode, enum dns_ede ede)
{
	tell_error(w->dns, &w->client, source, rcode, ede);
	answer_nothing(w->dns, &w->client, &w->query, rcode, ede);
}

static void pass_on(struct waiting *w, const struct upstream_reply *reply,
		    const struct filtered *f)
{
	struct dns *d = w->dns;
	const struct cache_key key = key_of(&w->query);

	if (f->ttl_s > 0 && asks_recursion(&w->query))
		cache_put(d->want.cache, &key, f->keep, f->ttl_s, loop_now(d->want.loop));
	tell_reply(d, &w->client, reply->message, f);
	memcpy(d->reply, f->message.p, f->message.n);
	answer(d, &w->client, &w->query, f->message.n, f->ede);
}

static void settle(struct waiting *w, const struct upstream_reply *reply)
{
	struct dns *d = w->dns;
	struct filtered f;

	if (filter_reply(d->data->conf, &w->query.question, reply->message, w->exists,
			 d->filtered, sizeof d->filtered, &f) != ST_OK) {
		dns_count(&d->want.counts->replies_malformed);
		refuse(w, "reply", DNS_SERVFAIL, DNS_EDE_INVALID_DATA);
		return;
	}
	pass_on(w, reply, &f);
}

static void answered(struct asked *a, const struct upstream_reply *reply)
{
	struct waiting *w = container_of(a, struct waiting, asked);

	/* Nobody knows: silence, as dnsmasq; the client asks another server or again. */
	if (reply)
		settle(w, reply);
	else
		dns_count(&w->dns->want.counts->unanswered);
	waiting_give(w);
}

static bool usable(void *arg, const struct dns_question *q, struct span reply)
{
	const struct dns *d = arg;

	return !filter_ignores(d->data->conf, q, reply);
}

static bool is_ours(void *arg, const struct endpoint *at)
{
	const struct dns *d = arg;

	for (const struct dns_place *p = d->places; p; p = p->next)
		if (p->udp.at.port == at->port &&
		    (addr_is_any(&p->at.addr) ? loop_netif_having(d->want.loop, &at->addr) != NULL
					      : addr_eq(&p->at.addr, &at->addr)))
			return true;
	return false;
}

static void sent(void *arg, const struct dns_question *q, const struct dns_server *to)
{
	tell_forwarded(arg, q, to);
}

/* ---- what goes upstream --------------------------------------------------------------------- */

static void ask(struct dns *d, const struct client *c, const struct dns_query *q,
		const struct local_verdict *v)
{
	struct waiting *w = waiting_take(d);
	struct forward_question out = {
		.question = q->question, .dnssec_ok = q->edns.dnssec_ok,
		.checking_disabled = q->header.flags & DNS_CD,
		.authentic_data = q->header.flags & DNS_AD, .edns = q->edns.present,
		.no_recursion = !asks_recursion(q), .tcp = c->link != NULL,
		.options = q->edns.options, .from = c->from, .id = q->header.id,
	};
	enum status s;

	if (!w) {
		dns_count(&d->want.counts->refused_full);
		tell_full(d);
		tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_NONE);
		answer_nothing(d, c, q, DNS_REFUSED, DNS_EDE_NONE);
		return;
	}
	w->client = *c;
	w->query = *q;
	w->query.edns.options = span_of(NULL, 0);
	w->exists = v->exists;
	d->asking = &w->client;
	s = forward_ask(d->forward, &out, &v->rule.servers, &w->asked);
	d->asking = NULL;
	if (s == ST_FULL)
		tell_full(d);
	if (s == ST_FULL || s == ST_UNKNOWN)
		refuse(w, "config", DNS_REFUSED,
		       s == ST_UNKNOWN ? DNS_EDE_NETWORK : DNS_EDE_NONE);
	if (s != ST_OK)
		waiting_give(w);
}

static bool answer_from_cache(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct cache_key key = key_of(q);
	bool filtered = filter_takes_type(d->data->conf, key.type);
	struct cache_hit hit;

	if (!asks_recursion(q) ||
	    !cache_get(d->want.cache, &key, loop_now(d->want.loop), d->data->conf->max_ttl_s, 0,
		       d->reply, sizeof d->reply - DNS_UDP_MIN, &hit))
		return false;
	dns_count(&d->want.counts->local);
	memcpy(d->reply + DNS_HEADER, q->question.name.bytes, q->question.name.n);
	if (!d->data->conf->no_round_robin)
		answer_turn(d->reply, hit.n, d->turn);
	filtered = filtered && (d->reply[3] & DNS_RCODE_MASK) == DNS_NOERROR;
	tell_cached(d, c, span_of(d->reply, hit.n), filtered);
	answer(d, c, q, hit.n, filtered ? DNS_EDE_FILTERED : DNS_EDE_NONE);
	return true;
}

/* Not answered by our own data. */
static void answer_from_elsewhere(struct dns *d, const struct client *c, const struct dns_query *q,
				  const struct local_verdict *v)
{
	struct filter_answer here;

	if (filter_question(d->data->conf, &q->question, v->exists, v->rule.rule, &here)) {
		dns_count(&d->want.counts->local);
		tell_nothing(d, c, &q->question, here.rcode);
		answer_empty(d, c, q, &here, DNS_EDE_NONE);
		return;
	}
	if (answer_from_cache(d, c, q))
		return;
	if (v->rule.say == SAY_NOBODY) {
		tell_error(d, c, "config", DNS_REFUSED, DNS_EDE_NOT_READY);
		answer_nothing(d, c, q, DNS_REFUSED, DNS_EDE_NOT_READY);
		return;
	}
	ask(d, c, q, v);
}

/* ---- a question's way --------------------------------------------------------------------------- */

static void answer_from_here(struct dns *d, const struct client *c, const struct dns_query *q,
			     const struct local_verdict *v)
{
	const struct reply_how how = {
		.limit = answer_limit(q, c->link != NULL, d->data->conf->edns_max),
		.edns_size = (uint16_t)d->data->conf->edns_max,
	};

	dns_count(&d->want.counts->local);
	tell_local(d, c, &q->question, v);
	dns_send(d, c, reply_write(v, q, &how, d->reply, sizeof d->reply));
}

static void decide(struct dns *d, const struct client *c, const struct dns_query *q)
{
	const struct local_view view = {
		.conf = d->data->conf, .lan = d->data->lan, .records = d->data->records,
		.rules = d->data->rules, .hosts = d->data->hosts, .names = d->want.names,
		.loop = d->want.loop, .turn = d->turn,
		.counts = d->want.counts, .forward = d->forward,
	};
	const struct local_question question = {
		.query = q, .from = c->from, .to = c->to.addr, .ifindex = c->ifindex,
		.now = loop_now(d->want.loop),
	};

	local_decide(&view, &question, &d->verdict);
	if (d->verdict.answered)
		answer_from_here(d, c, q, &d->verdict);
	else
		answer_from_elsewhere(d, c, q, &d->verdict);
}

/* What does not parse, but has an ID, is told so. */
static void answer_malformed(struct dns *d, const struct client *c, struct span message, int rcode)
{
	struct dns_writer w;
	struct dns_header h;

	dns_count(&d->want.counts->malformed);
	if (rcode < 0 || !dns_header_read(message, &h))
		return;
	dns_write_start(&w, d->reply, sizeof d->reply, h.id,
			DNS_QR | (h.flags & (DNS_OPCODE_MASK | DNS_RD)));
	dns_send(d, c, dns_write_end(&w, (unsigned)rcode));
}

void dns_take(struct dns *d, const struct client *from, struct span message)
{
	struct client c = *from;
	struct dns_query q;
	int why;

	dns_count(&d->want.counts->queries);
	c.serial = ++d->serial;
	if (!dns_query_read(message, &q, &why)) {
		answer_malformed(d, &c, message, why);
		return;
	}
	tell_query(d, &c, &q.question);
	d->turn = local_turn(&d->turns, &q.question);
	decide(d, &c, &q);
}

static void received(struct udp *u, const struct dgram *g)
{
	struct dns_place *p = container_of(u, struct dns_place, udp);
	struct dns *d = p->dns;
	const struct client c = { .from = g->from, .to = g->to, .ifindex = g->ifindex,
				  .at = p->at };

	if (!d->data)
		return;
	if (!access_allowed(d, &c)) {
		dns_count(&d->want.counts->not_local);
		return;
	}
	dns_take(d, &c, g->data);
}

/* ---- sockets ------------------------------------------------------------------------------------ */

enum status dns_listen(struct dns *d, const struct binding *at, uint16_t port)
{
	const char *device = at->device[0] ? at->device : NULL;
	const struct udp_want udp = { .at = { at->addr, port }, .device = device };
	const struct stream_want tcp = { .at = { at->addr, port }, .device = device };
	struct dns_place *p = calloc(1, sizeof *p);
	enum status s;

	if (!p)
		return ST_FULL;
	p->dns = d;
	p->at = *at;
	p->udp.receive = received;
	p->udp.gather = true;
	p->tcp.arrived = link_arrived;
	s = udp_open(d->want.loop, &p->udp, &udp);
	if (s == ST_OK)
		s = stream_listen(d->want.loop, &p->tcp, &tcp);
	if (s != ST_OK) {
		udp_close(&p->udp);
		free(p);
		return s;
	}
	p->next = d->places;
	d->places = p;
	return ST_OK;
}

static void place_free(struct dns_place *p)
{
	udp_close(&p->udp);
	stream_unlisten(&p->tcp);
	free(p);
}

void dns_unlisten(struct dns *d, const struct binding *at)
{
	struct dns_place *gone = place_at(d, at), **p = &d->places;

	if (!gone)
		return;
	while (*p != gone)
		p = &(*p)->next;
	*p = gone->next;
	place_free(gone);
}

/* ---- life ------------------------------------------------------------------------------------------ */

struct dns *dns_new(const struct dns_want *want)
{
	struct dns *d = calloc(1, sizeof *d);
	const struct forward_want forward = {
		.loop = want->loop, .rng = want->rng, .counts = want->counts, .sent = sent,
		.usable = usable, .ours = is_ours, .arg = d,
	};

	must(d);
	d->want = *want;
	d->forward = forward_new(&forward);
	must(d->forward);
	return d;
}

void dns_free(struct dns *d)
{
	if (!d)
		return;
	while (d->places) {
		struct dns_place *p = d->places;

		d->places = p->next;
		place_free(p);
	}
	links_free(d);
	forward_free(d->forward);
	while (d->wait_blocks) {
		struct wait_block *b = d->wait_blocks;

		d->wait_blocks = b->next;
		free(b);
	}
	free(d);
}

void dns_use(struct dns *d, const struct dns_data *data)
{
	d->data = data;
	forward_forget_rules(d->forward);
	forward_configure(d->forward, data->conf);
}

void dns_set_tells(struct dns *d, enum dns_tells tells)
{
	d->tells = tells;
}

struct dns_now dns_now(const struct dns *d)
{
	return (struct dns_now){ .waiting = d->waiting, .connections = d->links_n };
}

bool dns_each_server(const struct dns *d, size_t *cursor, struct server_stats *out)
{
	return forward_each_server(d->forward, cursor, out);
}
