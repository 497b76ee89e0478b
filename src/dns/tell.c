/* SPDX-License-Identifier: ISC */
/*
 * What the name service tells of a question, as events with dnsmasq's words in
 * them.  Nothing is built unless somebody wants it; so who asks that has no variable of size.
 */
#include <stdio.h>

#include "base/must.h"
#include "base/text.h"
#include "base/uncleared.h"
#include "dns/data.h"
#include "dns/rrtypes.h"
#include "dns/server_private.h"

#define VALUE_MAX (4 * DNAME_MAX + 64)
#define FULL_EVERY_MS 5000

bool tell_wanted(const struct dns *d)
{
	return d->tells != DNS_TELLS_NOTHING && events_wanted(d->want.events);
}

/* Warnings are told whoever asks. */
static bool is_kept_back(const struct dns *d, const struct client *c, const struct event *e)
{
	return d->tells == DNS_TELLS_STRANGERS && e->kind != EVENT_DNS_WARNING && !(c && c->stranger);
}

/* c NULL: no client of its own. */
void tell_event(struct dns *d, const struct client *c, struct event *e)
{
	if (is_kept_back(d, c, e))
		return;
	e->at = loop_now(d->want.loop);
	if (c) {
		e->addr = c->from.addr;
		e->port = c->from.port;
		e->tcp = c->link != NULL;
		e->xid = c->serial;
	}
	events_publish(d->want.events, e);
}

static void tell(struct dns *d, const struct client *c, const char *source, const char *name,
		 const char *value, const struct origin *o)
{
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_ANSWER, .source = source, .name = name,
				       .text = value, .origin_file = o ? o->file : NULL,
				       .origin_line = o ? o->line : 0 });
}

static void tell_question(struct dns *d, const struct client *c, const struct dns_question *q)
{
	char source[40];
	struct text t = TEXT(source);

	text_add(&t, c->stranger ? "auth" : "query");
	if (q->type) {
		text_add(&t, "[");
		text_add(&t, rrtype_text(q->type).s);
		text_add(&t, "]");
	}
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_QUERY, .source = source,
				       .name = dname_text(&q->name).s });
}

void tell_query(struct dns *d, const struct client *c, const struct dns_question *q)
{
	if (tell_wanted(d))
		tell_question(d, c, q);
}

static void tell_sent(struct dns *d, const struct dns_question *q, const struct dns_server *to)
{
	char server[64];
	struct text t = TEXT(server);

	text_add(&t, addr_text(&to->at.addr).s);
	if (to->at.port != DNS_PORT)
		text_addf(&t, "#%u", to->at.port);
	tell_event(d, d->asking, &(struct event){ .kind = EVENT_DNS_FORWARDED, .text = server,
					       .name = dname_text(&q->name).s });
}

void tell_forwarded(struct dns *d, const struct dns_question *q, const struct dns_server *to)
{
	if (tell_wanted(d))
		tell_sent(d, q, to);
}

/* ---- values in words ------------------------------------------------------------------ */

/* Of a question about an address the subject is the address. */
static void subject(struct text *t, struct span owner, uint16_t type)
{
	struct prefix p;

	if (type == DNS_PTR && dname_reverse(owner, &p) &&
	    p.bits == (p.addr.family == ADDR_IP4 ? 32 : 128))
		text_add(t, addr_text(&p.addr).s);
	else
		text_add(t, dname_span_text(owner).s);
}

static void value_of(struct text *t, uint16_t type, struct span rdata)
{
	const struct addr a = type == DNS_A || type == DNS_AAAA ? addr_of_bytes(rdata)
								 : (struct addr){ 0 };

	if (addr_is_set(&a))
		text_add(t, addr_text(&a).s);
	else if (type == DNS_PTR)
		text_add(t, dname_span_text(rdata).s);
	else
		text_addf(t, "<%s>", rrtype_text(type).s);
}

static const char *nothing(const struct dns_question *q, unsigned rcode)
{
	if (rcode == DNS_NXDOMAIN)
		return "NXDOMAIN";
	if (q->class != DNS_IN)
		return "NODATA";
	return q->type == DNS_A ? "NODATA-IPv4" : q->type == DNS_AAAA ? "NODATA-IPv6" : "NODATA";
}

static void tell_record(struct dns *d, const struct client *c, const char *source,
			struct span owner, uint16_t type, struct span rdata,
			const struct origin *o)
{
	char name[VALUE_MAX] UNCLEARED, value[VALUE_MAX] UNCLEARED;
	struct text n = TEXT(name), v = TEXT(value);

	subject(&n, owner, type);
	value_of(&v, type, rdata);
	tell(d, c, source, name, value, o);
}

static void tell_type(struct dns *d, const struct client *c, const char *source,
		      const struct dname *owner, uint16_t type, const struct origin *o)
{
	char value[40];

	snprintf(value, sizeof value, "<%s>", rrtype_text(type).s);
	tell(d, c, source, dname_text(owner).s, value, o);
}

/* ---- answers ---------------------------------------------------------------------------- */

static const char *source_of(const struct local_item *item)
{
	switch (item->from) {
	case FROM_CONFIG:
	case FROM_RECORD:
	case FROM_MADE: break;
	case FROM_AUTH: return "auth";
	case FROM_HOSTS:
	case FROM_BLOCK: return item->origin.file;
	case FROM_LEASE: return "DHCP";
	}
	return "config";
}

/* An option that is about addresses tells the address, or where those below begin. */
void tell_nothing(struct dns *d, const struct client *c, const struct dns_question *q,
		  unsigned rcode)
{
	struct prefix p;

	if (!tell_wanted(d))
		return;
	if ((q->type == DNS_PTR || q->type == DNS_ANY) && dname_reverse(dname_span(&q->name), &p))
		tell(d, c, "config", addr_text(&p.addr).s, nothing(q, rcode), NULL);
	else
		tell(d, c, "config", dname_text(&q->name).s, nothing(q, rcode), NULL);
}

/* A name of the class CHAOS that is none of ours. */
static void tell_unknown(struct dns *d, const struct client *c, const struct dns_question *q)
{
	tell(d, c, "config", dname_text(&q->name).s, "not implemented (EDE: unknown)", NULL);
}

static void tell_item(struct dns *d, const struct client *c, const struct local_item *item)
{
	if (item->from == FROM_RECORD)
		tell_type(d, c, source_of(item), &item->owner, item->type, &item->origin);
	else
		tell_record(d, c, source_of(item), dname_span(&item->owner), item->type,
			    item->rdata, &item->origin);
}

/* ---- what zones say ------------------------------------------------------------------------ */

/* A host's address is told as what its name is asked by, as in dnsmasq. */
static void tell_host(struct dns *d, const struct client *c, const struct local_item *item)
{
	const struct addr a = addr_of_bytes(item->rdata);

	tell(d, c, source_of(item), addr_text(&a).s, dname_text(&item->owner).s, &item->origin);
}

static void tell_zone_type(struct dns *d, const struct client *c, const struct dns_zone *zone,
			   uint16_t type)
{
	struct dname name;

	if (dname_of_span(zone->domain, &name))
		tell_type(d, c, "auth", &name, type, &zone->origin);
}

static void tell_zone_item(struct dns *d, const struct client *c, const struct local_item *item)
{
	bool is_address = item->type == DNS_A || item->type == DNS_AAAA;

	if (is_address && item->from != FROM_RECORD && item->from != FROM_MADE)
		tell_host(d, c, item);
	else
		tell_item(d, c, item);
}

/* Of the zone's own records one line; that a name has none of a type is not told. */
static void tell_zones(struct dns *d, const struct client *c, const struct dns_question *q,
		       const struct local_verdict *v)
{
	char name[VALUE_MAX];
	struct text n = TEXT(name);

	if (v->n && v->items[0].section == DNS_ANSWER && v->items[0].from == FROM_AUTH)
		tell_zone_type(d, c, v->zone, v->items[0].type);
	for (size_t i = 0; i < v->n; i++)
		if (v->items[i].section == DNS_ANSWER && v->items[i].from != FROM_AUTH)
			tell_zone_item(d, c, &v->items[i]);
	subject(&n, dname_span(&q->name), q->type);
	if (v->rcode == DNS_REFUSED)
		tell_error(d, c, "reply", v->rcode, DNS_EDE_NOT_AUTHORITATIVE);
	else if (v->rcode == DNS_NXDOMAIN && q->class == DNS_IN)
		tell(d, c, "auth", name, nothing(q, v->rcode), &v->origin);
}

void tell_copied(struct dns *d, const struct client *c, const struct dns_zone *zone)
{
	if (tell_wanted(d))
		tell_zone_type(d, c, zone, DNS_AXFR);
}

void tell_local(struct dns *d, const struct client *c, const struct dns_question *q,
		const struct local_verdict *v)
{
	size_t told = 0;

	if (!tell_wanted(d))
		return;
	if (v->by_zones) {
		tell_zones(d, c, q, v);
		return;
	}
	for (size_t i = 0; i < v->n; i++) {
		const struct local_item *item = &v->items[i];

		if (item->section != DNS_ANSWER)
			continue;
		tell_item(d, c, item);
		told++;
	}
	if (told)
		return;
	if (v->rcode == DNS_NOERROR || v->rcode == DNS_NXDOMAIN)
		tell(d, c, v->block.blocked ? v->origin.file : "config", dname_text(&q->name).s,
		     nothing(q, v->rcode), v->block.blocked ? &v->origin : NULL);
	else if (v->rcode == DNS_NOTIMP)
		tell_unknown(d, c, q);
	else
		tell_error(d, c, "config", v->rcode, v->ede);
}

/* One line for each of a text's strings. */
static void tell_strings(struct dns *d, const struct client *c, const char *source,
			 const char *name, struct span rdata)
{
	struct reader r = reader_of(rdata);

	while (reader_left(&r) > 0) {
		const struct span string = reader_take(&r, reader_u8(&r));
		char value[4 * 255 + 1] UNCLEARED;
		struct text v = TEXT(value);

		text_safe(&v, string);
		tell(d, c, source, name, value, NULL);
	}
}

/* A record of a message.  Of one that answers ANY only the type is told. */
static void tell_rr(struct dns *d, const struct client *c, const char *source,
		    const struct dns_question *q, struct dns_walk *w, const struct dns_rr *rr)
{
	uint8_t plain[DNAME_MAX] UNCLEARED;
	struct writer out = writer_of(plain, sizeof plain);
	bool named = (rr->type == DNS_PTR || rr->type == DNS_CNAME) &&
		     dns_rdata_expand(&w->r, rr, &out);

	if (q->type == DNS_ANY) {
		tell_type(d, c, source, &rr->owner, rr->type, NULL);
	} else if (q->type == DNS_TXT && rr->type == DNS_TXT) {
		tell_strings(d, c, source, dname_text(&rr->owner).s, rr->rdata);
	} else {
		tell_record(d, c, source, dname_span(&rr->owner), rr->type,
			    named ? writer_done(&out) : rr->rdata, NULL);
	}
}

/* What of a message is told, and in which words. */
struct telling {
	const char *source;		/* where its records are from, */
	const char *empty;		/* and where it is from that there are none */
	const char *alive;		/* the source of those that have a time to live yet; or NULL */
	bool judged;			/* a reply: with what the configuration makes of its records */
	uint32_t record;		/* which of the answer is being told, from 0 */
	uint8_t rcode_high;		/* the upper bits of its code */
};

/* What a filter takes from the answer to ANY is told all the same. */
static bool is_taken_out(const struct dns *d, const struct dns_question *q,
			 const struct dns_rr *rr)
{
	return q->type != DNS_ANY && filter_takes_out(d->data->conf, q, rr, DNS_ANSWER);
}

static void tell_changed(struct dns *d, const struct client *c, const struct telling *how,
			 const struct dname *owner, const struct addr *to)
{
	const struct dname_text name = dname_text(owner);
	const struct addr_text value = addr_text(to);

	tell(d, c, "config", name.s, value.s, NULL);
	tell_sets(d, c, how->record);
	tell(d, c, how->source, name.s, value.s, NULL);
}

static void tell_judged(struct dns *d, const struct client *c, const struct telling *how,
			const struct dns_question *q, struct dns_walk *w, const struct dns_rr *rr)
{
	const struct dns_question gone = { .type = rr->type, .class = rr->class };
	struct addr to;

	if (!is_taken_out(d, q, rr) && q->type != DNS_ANY && filter_alias(d->data->conf, rr, &to)) {
		tell_changed(d, c, how, &rr->owner, &to);
		return;
	}
	tell_sets(d, c, how->record);
	if (is_taken_out(d, q, rr))
		tell(d, c, "config", dname_text(&rr->owner).s, nothing(&gone, DNS_NOERROR), NULL);
	else
		tell_rr(d, c, how->source, q, w, rr);
}

/* What a message answers: how many records, and where its aliases end. */
struct told {
	size_t n;
	bool aliases_alone;
	struct dname end;
};

static struct told tell_records(struct dns *d, const struct client *c, const struct telling *how,
				const struct dns_question *q, struct dns_walk *w, size_t max)
{
	struct told t = { .aliases_alone = q->type != DNS_CNAME && q->type != DNS_ANY,
			  .end = q->name };
	struct dns_rr rr UNCLEARED;

	while (t.n < max && dns_walk_next(w, &rr) && w->section == DNS_ANSWER) {
		const struct telling one = {
			.judged = how->judged, .source = how->source, .record = (uint32_t)t.n,
		};
		uint8_t plain[DNAME_MAX] UNCLEARED;
		struct writer out = writer_of(plain, sizeof plain);

		if (how->judged) {
			tell_judged(d, c, &one, q, w, &rr);
		} else {
			tell_sets(d, c, one.record);
			tell_rr(d, c, how->alive && rr.ttl_s ? how->alive : how->source, q, w, &rr);
		}
		t.n++;
		if (rr.type != DNS_CNAME || !dns_rdata_expand(&w->r, &rr, &out) ||
		    !dname_of_span(writer_done(&out), &t.end))
			t.aliases_alone = false;
	}
	return t;
}

/* That there is no record, or no more than aliases. */
static void tell_rest(struct dns *d, const struct client *c, const struct telling *how,
		      const struct dns_question *q, const struct told *t, unsigned rcode)
{
	char name[VALUE_MAX] UNCLEARED;
	struct text n = TEXT(name);

	if (rcode == DNS_NOERROR || rcode == DNS_NXDOMAIN) {
		subject(&n, dname_span(&t->end), q->type);
		tell(d, c, how->empty, name, nothing(q, rcode), NULL);
	} else if (t->n == 0) {
		tell_error(d, c, how->source, rcode, DNS_EDE_NONE);
	}
}

/* `said`: the answer that is made of the message; itself, where nothing is. */
static void tell_message(struct dns *d, const struct client *c, const struct telling *how,
			 struct span message, struct span said)
{
	struct dns_question q UNCLEARED;
	struct dns_walk w;
	struct told t;

	if (!dns_walk_start(&w, message, &q) || q.class != DNS_IN)
		return;
	t = tell_records(d, c, how, &q, &w, SIZE_MAX);
	if (t.n == 0 || t.aliases_alone)
		tell_rest(d, c, how, &q, &t,
			  (unsigned)how->rcode_high << 4 | (said.p[3] & DNS_RCODE_MASK));
}

/* stop-dns-rebind: the records up to the address that is private, and that it is. */
static void tell_rebind(struct dns *d, const struct client *c, struct span message,
			const struct filtered *f)
{
	const struct telling how = { .source = "reply", .empty = "reply", .judged = true };
	const struct dname_text name = dname_text(&f->private_at);
	char text[VALUE_MAX] UNCLEARED;
	struct text t = TEXT(text);
	struct dns_question q UNCLEARED;
	struct dns_walk w;

	if (tell_wanted(d) && dns_walk_start(&w, message, &q))
		(void)tell_records(d, c, &how, &q, &w, f->before_private);
	dns_count(&d->want.counts->rebind_blocked);
	if (!events_wanted(d->want.events))
		return;
	text_addf(&t, "possible DNS-rebind attack detected: %s", name.s);
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = name.s });
}

void tell_reply(struct dns *d, const struct client *c, struct span message,
		const struct filtered *f)
{
	const bool nxdomain = f->say == FILTER_NXDOMAIN;
	const bool changed = !nxdomain && (f->removed || d->data->conf->aliases);
	const struct telling how = { .source = "reply", .empty = nxdomain ? "config" : "reply",
				    .judged = changed, .rcode_high = f->edns.rcode_high };

	if (f->say == FILTER_REBIND)
		tell_rebind(d, c, message, f);
	else if (tell_wanted(d))
		tell_message(d, c, &how, changed ? message : f->message, f->message);
}

void tell_cached(struct dns *d, const struct client *c, struct span message, bool filtered)
{
	const struct telling how = { .source = "cached", .empty = filtered ? "config" : "cached" };

	if (tell_wanted(d))
		tell_message(d, c, &how, message, message);
}

void tell_stale(struct dns *d, const struct client *c, struct span message, bool filtered)
{
	const struct telling how = { .source = "cached-stale", .alive = "cached",
				     .empty = filtered ? "config" : "cached-stale" };

	if (tell_wanted(d))
		tell_message(d, c, &how, message, message);
}

void tell_prefetch(struct dns *d, const struct client *c, const struct dns_question *q,
		   uint32_t left_s)
{
	char value[40];

	if (!tell_wanted(d))
		return;
	snprintf(value, sizeof value, "due in %u s", left_s);
	tell(d, c, "prefetch", dname_text(&q->name).s, value, NULL);
}

/* As dnsmasq: those that it has no word for as numbers. */
static void rcode_add(struct text *t, unsigned rcode)
{
	static const char *const words[] = {
		[DNS_SERVFAIL] = "SERVFAIL", [DNS_NOTIMP] = "not implemented",
		[DNS_REFUSED] = "REFUSED",
	};

	if (rcode < COUNT_OF(words) && words[rcode])
		text_add(t, words[rcode]);
	else
		text_addf(t, "%u", rcode);
}

static const char *ede_text(enum dns_ede ede)
{
	static const struct { enum dns_ede ede; const char *words; } all[] = {
		{ DNS_EDE_STALE, "stale answer" }, { DNS_EDE_NOT_READY, "not ready" },
		{ DNS_EDE_BLOCKED, "blocked" }, { DNS_EDE_FILTERED, "filtered" },
		{ DNS_EDE_NOT_AUTHORITATIVE, "not authoritative" },
		{ DNS_EDE_UNREACHABLE, "no reachable authority" },
		{ DNS_EDE_NETWORK, "network error" }, { DNS_EDE_INVALID_DATA, "invalid data" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		if (all[i].ede == ede)
			return all[i].words;
	return "other";
}

void tell_error(struct dns *d, const struct client *c, const char *source, unsigned rcode,
		enum dns_ede ede)
{
	char value[80];
	struct text v = TEXT(value);

	if (!tell_wanted(d))
		return;
	rcode_add(&v, rcode);
	if (ede != DNS_EDE_NONE)
		text_addf(&v, " (EDE: %s)", ede_text(ede));
	tell(d, c, source, "error", value, NULL);
}

void tell_no_copy(struct dns *d, const struct client *c)
{
	char text[100];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events))
		return;
	text_addf(&t, "ignoring zone transfer request from %s", addr_text(&c->from.addr).s);
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}

void tell_full(struct dns *d)
{
	const int64_t now_ms = loop_now(d->want.loop).mono_ms;
	_Atomic int64_t *told_ms = &d->want.common->full_told_ms;
	int64_t before_ms = *told_ms;
	char text[80];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events) ||
	    (before_ms && now_ms - before_ms < FULL_EVERY_MS) ||
	    !atomic_compare_exchange_strong(told_ms, &before_ms, now_ms))
		return;			/* told, or another worker tells it */
	text_addf(&t, "Maximum number of concurrent DNS queries reached (max: %u)",
		  d->data->conf->forward_max);
	tell_event(d, NULL, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}

void tell_loop(struct dns *d, const struct dns_server *s)
{
	char text[120];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events))
		return;
	text_addf(&t, "NOT using nameserver %s#%u - query loop detected",
		  addr_text(&s->at.addr).s, s->at.port);
	tell_event(d, NULL, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}

void tell_lost_case(struct dns *d, const struct dns_server *s)
{
	char text[160];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events))
		return;
	text_addf(&t, "nameserver %s#%u does not keep the case of letters (do-0x20-encode): "
		  "it is asked by TCP", addr_text(&s->at.addr).s, s->at.port);
	if (!told_first(&d->want.common->case_told, 0, span_text(text)))
		return;
	tell_event(d, NULL, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}

void tell_other_subnet(struct dns *d)
{
	tell_event(d, NULL, &(struct event){ .kind = EVENT_DNS_WARNING, .name = "",
					.text = "discarding DNS reply: subnet option mismatch" });
}

void tell_stranger(struct dns *d, const struct client *c)
{
	char text[120];
	struct text t = TEXT(text);

	if (!events_wanted(d->want.events) ||
	    (!c->link && atomic_exchange(&d->want.common->stranger_told, true)))
		return;
	text_addf(&t, "ignoring query from non-local network %s%s", addr_text(&c->from.addr).s,
		  c->link ? "" : " (logged only once)");
	tell_event(d, c, &(struct event){ .kind = EVENT_DNS_WARNING, .text = text, .name = "" });
}
