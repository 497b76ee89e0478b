/* SPDX-License-Identifier: ISC */
/*
 * The address that a client asked for and does not get, and the leases that its machine
 * has by other names: firmware, iPXE and system of one machine call themselves differently.
 */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/text.h"
#include "dhcp/context.h"
#include "dhcp/pick.h"
#include "wire/dhcp_options.h"

/* ---- what was asked for ---------------------------------------------------------------- */

static bool gives_address(const struct explained *e)
{
	const enum verdict_kind k = e->r->verdict.kind;

	return k == VERDICT_OFFER || k == VERDICT_ACK;
}

static struct explain_why why(struct explained *e, const struct origin *o)
{
	return (struct explain_why){ o, e->asked_words };
}

static struct explain_why held(struct explained *e, const struct lease *l)
{
	struct text t = TEXT(e->asked_words);
	const int64_t left_ms = l->mono_expires_ms - loop_now(e->stage->loop).mono_ms;

	text_addf(&t, l->state == LEASE_OFFERED ? "offered to %s" : "leased to %s", hwaddr_text(&l->hw).s);
	if (l->name)
		text_addf(&t, " (%s)", l->name);
	if (!l->mono_expires_ms) {
		text_add(&t, " for ever");
	} else if (left_ms > 0) {
		text_add(&t, " for another ");
		dhcp_seconds_text(&t, (uint32_t)((left_ms + 999) / 1000));
	}
	return why(e, NULL);
}

static struct explain_why kept(struct explained *e, const char *words, const struct dhcp_host *h)
{
	struct text t = TEXT(e->asked_words);

	text_add(&t, words);
	return why(e, &h->origin);
}

/* Why no range of the client's gives the address; NULL: one does. */
static const char *outside(const struct explained *e, const struct addr *a, const struct origin **line)
{
	const struct dhcp_env env = explain_stage_env(e->stage);
	const struct dhcp_request *r = &e->r->request;
	const struct dhcp_range *range;
	struct dhcp_context x;

	if (dhcp_request_is_ours(r, a))
		return "it is the server's own";
	if (dhcp_context_giving(&env, r, &e->r->verdict.class.tags, a, &x))
		return NULL;
	range = dhcp_range_of(env.conf, e->stage->loop, a);
	*line = range ? &range->origin : NULL;
	if (!range)
		return "no dhcp-range is on its network";
	return dhcp_context_of(&env, r, &e->r->verdict.class.tags, a, &x)
		       ? "it lies outside what a range gives" : "the range with it does not serve this client";
}

static struct explain_why asked_why(struct explained *e, const struct addr *a)
{
	const struct dhcp_host *mine = e->r->verdict.class.host;
	const struct dhcp_host *host = dhcp_hosts_at(&e->stage->hosts, a);
	const struct lease *l = leases_at(e->stage->leases, a);
	const struct origin *line = NULL;
	struct text t = TEXT(e->asked_words);
	const char *words;

	if (l && l->state == LEASE_DECLINED)
		text_add(&t, "a client found it in use by somebody else");
	else if (l && !dhcp_lease_is_mine(l, &e->r->request, e->r->verdict.class.clid))
		return held(e, l);
	else if (host && host != mine)
		return kept(e, "kept for another client by dhcp-host", host);
	else if ((words = outside(e, a, &line)))
		text_add(&t, words);
	else if (mine && addr_is_set(&mine->addr))
		return kept(e, "dhcp-host gives this client another", mine);
	else if (gives_address(e))
		text_add(&t, "it has another already");
	else
		text_add(&t, "nobody has it");
	return why(e, line);
}

static void explain_asked_addr(struct explained *e)
{
	const struct dhcp_request *r = &e->r->request;
	const struct addr *asked = addr_is_set(&r->requested) ? &r->requested : &r->msg->ciaddr;

	if (addr_is_any(asked) || r->type == DHCP4_INFORM || r->type == DHCP4_RELEASE ||
	    (gives_address(e) && addr_eq(asked, &e->r->verdict.addr)))
		return;
	e->asked = *asked;
	e->asked_why = asked_why(e, asked);
}

/* ---- leases of the machine, but for the one that it gets ---------------------------------------------------------------- */

static void explain_own_leases(struct explained *e)
{
	const struct dhcp_request *r = &e->r->request;
	const struct lease *l;
	size_t cursor = 0;

	while (r->hw.len && e->own_leases < EXPLAIN_LEASES &&
	       (l = leases_every(e->stage->leases, &cursor)))
		if (hwaddr_eq(&l->hw, &r->hw) &&
		    (l->state == LEASE_BOUND || l->state == LEASE_REMEMBERED) &&
		    !(gives_address(e) && addr_eq(&l->addr, &e->r->verdict.addr)))
			e->own_lease[e->own_leases++] = l;
}

void explain_lease_words(const struct explained *e, const struct lease *l, struct text *t)
{
	const struct dhcp_request *r = &e->r->request;

	text_add(t, l->state == LEASE_REMEMBERED ? "ended; remembered"
		 : dhcp_lease_is_mine(l, r, e->r->verdict.class.clid) ? "its lease"
								      : "its machine's, by another client id");
	if (!l->clid_len)
		return;
	text_add(t, ", client id ");
	text_hex(t, span_of(l->clid, l->clid_len), ':');
}

void explain_asked(struct explained *e)
{
	explain_asked_addr(e);
	explain_own_leases(e);
}
