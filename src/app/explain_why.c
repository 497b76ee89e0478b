/* SPDX-License-Identifier: ISC */
/* The reasons behind a verdict. */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"

/* ---- places ---------------------------------------------------------------------------- */

void explain_origin_text(struct text *t, const struct origin *o)
{
	text_add(t, o->file ? o->file : "built in");
	if (o->line)
		text_addf(t, ":%u", o->line);
}

void explain_why_text(struct text *t, struct explain_why w)
{
	if (w.words)
		text_add(t, w.words);
	if (w.words && w.origin)
		text_add(t, ", ");
	if (w.origin)
		explain_origin_text(t, w.origin);
}

/* ---- words of the protocol ---------------------------------------------------------------- */

const char *explain_message(enum dhcp4_type type)
{
	static const char *const names[] = {
		[DHCP4_BOOTP] = "BOOTP",
		[DHCP4_DISCOVER] = "DHCPDISCOVER", [DHCP4_OFFER] = "DHCPOFFER",
		[DHCP4_REQUEST] = "DHCPREQUEST",   [DHCP4_DECLINE] = "DHCPDECLINE",
		[DHCP4_ACK] = "DHCPACK",           [DHCP4_NAK] = "DHCPNAK",
		[DHCP4_RELEASE] = "DHCPRELEASE",   [DHCP4_INFORM] = "DHCPINFORM",
		[DHCP4_LEASEQUERY] = "DHCPLEASEQUERY",
		[DHCP4_LEASEUNASSIGNED] = "DHCPLEASEUNASSIGNED",
		[DHCP4_LEASEUNKNOWN] = "DHCPLEASEUNKNOWN",
		[DHCP4_LEASEACTIVE] = "DHCPLEASEACTIVE",
	};

	return type < COUNT_OF(names) && names[type] ? names[type] : "of no known type";
}

void explain_way(struct text *t, const struct dhcp_reply *r)
{
	if (r->frame)
		text_addf(t, "to %s, in a frame to %s", addr_text(&r->to.addr).s, hwaddr_text(&r->hw).s);
	else if (r->to.port == r->from_port)
		text_addf(t, "to the relay, %s", addr_text(&r->to.addr).s);
	else if (addr_to_ip4(&r->to.addr) == UINT32_MAX)
		text_add(t, "to all, by broadcast");
	else
		text_addf(t, "to %s", addr_text(&r->to.addr).s);
}

/* ---- tags ------------------------------------------------------------------------------------ */

struct explain_why explain_tag_why(const struct dhcp_verdict *v, size_t tag)
{
	static const struct { const char *tag, *words; } automatic[] = {
		{ "known", "a dhcp-host line is for it" },
		{ "known-othernet", "a dhcp-host line is for it in another network" },
		{ "bootp", "it speaks BOOTP" },
		{ "cpewan-id", "it is a home gateway that says who it is" },
	};
	struct explain_why w = { v->tags.origin[tag], NULL };

	for (size_t i = 0; i < COUNT_OF(automatic); i++)
		if (strcmp(v->tags.name[tag], automatic[i].tag) == 0)
			w.words = automatic[i].words;
	if (v->tags.name[tag] == v->class.file)
		w.words = "the file that it asks for";
	if (!w.origin && !w.words)
		w.words = "the interface that it came by";
	return w;
}

/* ---- no answer, or another than was hoped for --------------------------------------------------- */

static void because(struct explained *e, const char *words, const struct origin *origin)
{
	struct text t = TEXT(e->because);

	text_add(&t, words);
	e->because_origin = origin;
}

static void explain_rejected(struct explained *e)
{
	static const char *const words[] = {
		[DHCP4_SHORT] = "the packet ends before its options",
		[DHCP4_NOT_REQUEST] = "the packet is not a client's",
		[DHCP4_BAD_HEADER] = "the packet is not DHCP: its header is wrong",
		[DHCP4_BAD_OPTIONS] = "the packet's options are broken",
	};

	because(e, words[e->r->reject], NULL);
}

static const struct origin *first_match(const struct if_name *list, const char *name)
{
	while (list && !if_name_matches(list, name))
		list = list->next;
	return list ? &list->origin : NULL;
}

static void explain_unserved(struct explained *e)
{
	const struct lan_conf *lan = e->stage->g->lan;
	const char *name = e->stage->netif->name;
	const struct origin *o;

	if ((o = first_match(lan->no_dhcp, name)) || (o = first_match(lan->no_dhcp4, name)))
		because(e, "DHCP is switched off on this interface", o);
	else if ((o = first_match(lan->except, name)))
		because(e, "this interface is not served", o);
	else if (lan->interfaces)
		because(e, "only the interfaces that are named are served", &lan->interfaces->origin);
	else
		because(e, "only the addresses that are named are served",
			lan->listen ? &lan->listen->origin : NULL);
}

/* Why this range gives the client no address. */
static const char *range_trouble(const struct explained *e, const struct dhcp_range *r)
{
	if (r->mode == RANGE_STATIC)
		return "it is static: only for a dhcp-host with an address";
	return tags_match(&e->r->verdict.class.tags, r->when) ? "all of its addresses are taken"
							      : "its tags are not the client's";
}

/* Each range that could have been the client's, and what is against it. */
static void explain_no_address(struct explained *e)
{
	struct dhcp_context it = { 0 };
	struct text t = TEXT(e->because);

	text_add(&t, e->r->verdict.reason);
	while (dhcp_context_next(e->stage->g->dhcp, &e->r->request, &it)) {
		text_add(&t, "; dhcp-range of ");
		explain_origin_text(&t, &it.range->origin);
		text_addf(&t, ": %s", range_trouble(e, it.range));
	}
}

static void explain_silence(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;

	if (!e->stage->g->dhcp->ranges)
		because(e, "there is no dhcp-range: DHCP is not served", NULL);
	else if (v->class.ignored && v->reason)
		because(e, "it is to be ignored", v->class.ignored_by);
	else if (v->reason && strcmp(v->reason, "no address available") == 0)
		explain_no_address(e);
	else if (v->reason)
		because(e, v->reason, v->origin);
	else
		because(e, v->warning, NULL);
}

static void explain_delay(struct explained *e)
{
	struct text t = TEXT(e->because);

	text_addf(&t, "sent after %u s, by dhcp-reply-delay", e->r->verdict.delay_s);
	e->because_origin = e->r->verdict.delay_origin;
}

static void explain_decided(struct explained *e)
{
	static const char *const outcomes[] = {
		[VERDICT_SILENCE] = "no answer",
		[VERDICT_RELEASE] = "the address is free again; there is no answer",
		[VERDICT_DECLINE] = "the address is barred for a while; there is no answer",
	};
	const struct dhcp_verdict *v = &e->r->verdict;

	e->outcome = e->r->reply.n ? explain_message(e->r->reply.type) : outcomes[v->kind];
	if (v->kind == VERDICT_SILENCE)
		explain_silence(e);
	else if (e->r->full)
		because(e, "there are as many leases as there may be",
			conf_given(e->stage->g->conf, "dhcp-lease-max"));
	else if (v->reason)
		because(e, v->reason, v->origin);
	else if (v->delay_s)
		explain_delay(e);
	if (v->kind != VERDICT_NAK && v->reason && v->kind != VERDICT_SILENCE)
		e->outcome = "nothing is done; there is no answer";
}

/* ---- the address -------------------------------------------------------------------------------- */

static bool is_its_lease(const struct explained *e)
{
	const struct lease *l = leases_at(e->stage->leases, &e->r->verdict.addr);

	return l && l->state == LEASE_BOUND &&
	       dhcp_lease_is_mine(l, &e->r->request, e->r->verdict.class.clid);
}

/* The line of another file gives the address; the dhcp-host line is named beside it. */
static const char *named_words(struct explained *e, const struct dhcp_host *host)
{
	struct text t = TEXT(e->addr_words);

	text_add(&t, "kept for it by its name in dhcp-host of ");
	explain_origin_text(&t, &host->origin);
	return e->addr_words;
}

static const char *shared_words(struct explained *e, const struct shared_network *s)
{
	struct text t = TEXT(e->addr_words);

	text_add(&t, "free, in a network that is shared by shared-network of ");
	explain_origin_text(&t, &s->origin);
	text_add(&t, ", of dhcp-range");
	return e->addr_words;
}

static const char *addr_words(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	const struct dhcp_request *r = &e->r->request;

	if (v->class.host && addr_eq(&v->class.host->addr, &v->addr))
		return v->class.host->addr_origin ? named_words(e, v->class.host)
						  : "kept for it by dhcp-host";
	if (v->kind == VERDICT_INFORM)
		return "it has this address already";
	if (is_its_lease(e))
		return "it has the lease; of dhcp-range";
	if (addr_eq(&r->requested, &v->addr) || addr_eq(&r->msg->ciaddr, &v->addr))
		return "it asks for it, and nobody has it; of dhcp-range";
	if (v->context.shared)
		return shared_words(e, v->context.shared);
	return e->stage->g->dhcp->sequential_ip ? "the next free one of dhcp-range"
						: "free, found from its hardware address in dhcp-range";
}

static struct explain_why addr_why(struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	const struct dhcp_host *host = v->class.host;
	bool named = host && host->addr_origin && addr_eq(&host->addr, &v->addr);

	return (struct explain_why){ named ? host->addr_origin : v->origin, addr_words(e) };
}

static struct explain_why lease_why(const struct explained *e)
{
	const struct dhcp_verdict *v = &e->r->verdict;
	const struct dhcp_request *r = &e->r->request;
	uint32_t asked = r->lease_s < LEASE_MIN_S ? LEASE_MIN_S : r->lease_s;
	bool less = r->has_lease_s && v->lease_s == asked;

	if (v->kind == VERDICT_INFORM)
		return (struct explain_why){ NULL, "what is left of its lease" };
	return (struct explain_why){ v->lease_origin, less ? "it asks for no more; the longest is that of"
							   : NULL };
}

/* ---- relays --------------------------------------------------------------------------------------- */

static void explain_relay(struct explained *e)
{
	const struct dhcp_relay *relay = e->r->relay;
	struct text t = TEXT(e->because);

	e->because_origin = &relay->origin;
	if (e->r->relay_trouble) {
		text_addf(&t, "this interface has the address of a relay, and does not pass it on: %s",
			  e->r->relay_trouble);
		return;
	}
	e->outcome = "passed on";
	text_add(&t, "to ");
	text_add(&t, addr_is_set(&relay->server) ? addr_text(&relay->server).s
						 : "all servers on the interface");
	text_addf(&t, ", from %s", addr_text(&relay->local).s);
}

/* ---- questions about leases ------------------------------------------------------------------------- */

/* The subject of a question, as its asker wrote it. */
static void query_subject(struct text *t, const struct dhcp4_msg *m, enum dhcp_query_key key)
{
	if (key == QUERY_ADDR) {
		text_add(t, addr_text(&m->ciaddr).s);
	} else if (key == QUERY_CLID) {
		text_add(t, "client id ");
		text_hex(t, m->opt[DHCP4_CLIENT_ID], ':');
	} else {
		text_add(t, hwaddr_text(&m->hw).s);
	}
}

/* What the leases say, and by which line it may be asked. */
static void explain_query(struct explained *e)
{
	const struct dhcp_leasequery *q = &e->r->query;
	struct text t = TEXT(e->because);

	if (q->refused) {
		because(e, q->refused, NULL);
		return;
	}
	e->outcome = explain_message(q->answer);
	e->because_origin = q->origin;
	query_subject(&t, &e->r->msg, q->key);
	if (q->answer == DHCP4_LEASEUNASSIGNED)
		text_add(&t, " is the server's to give, and nobody has it");
	else if (q->answer == DHCP4_LEASEUNKNOWN)
		text_add(&t, q->key == QUERY_ADDR ? " is not the server's to give" : " has no lease");
	else if (q->key == QUERY_ADDR)
		text_addf(&t, " is leased to %s", hwaddr_text(&q->lease->hw).s);
	else
		text_addf(&t, " has %zu lease%s, and got %s last",
			  q->leases, q->leases == 1 ? "" : "s", addr_text(&q->lease->addr).s);
}

/* ---- the whole ------------------------------------------------------------------------------------ */

void explain(const struct explain_stage *s, const struct dhcp_rehearsal *r, struct explained *e)
{
	memset(e, 0, sizeof *e);
	e->stage = s;
	e->r = r;
	e->decided = r->reject == DHCP4_READ && r->has_type && r->served && !r->relay;
	e->outcome = "no answer";
	if (r->reject != DHCP4_READ)
		explain_rejected(e);
	else if (r->relay)
		explain_relay(e);
	else if (r->is_query && r->served)
		explain_query(e);
	else if (!r->has_type && !r->is_query)
		because(e, "the packet's message type is none that clients send", NULL);
	else if (!r->served)
		explain_unserved(e);
	else
		explain_decided(e);
	if (!e->decided)
		return;
	explain_asked(e);
	e->addr_why = addr_why(e);
	e->lease_why = lease_why(e);
	explain_options(e);
	explain_boot_file(e);
}
