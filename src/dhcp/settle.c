/* SPDX-License-Identifier: ISC */
#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "dhcp/deciding.h"
#include "dhcp/options.h"

void deciding_warn(struct deciding *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->v->warning, sizeof d->v->warning, format, args);
	va_end(args);
}

/* Nothing is said, nor written to the log: it is not our affair. */
void deciding_silence(struct deciding *d, const char *reason)
{
	d->v->kind = VERDICT_SILENCE;
	d->v->reason = reason;
}

/* Nothing is said to the client, but the operator is told. */
void deciding_refuse(struct deciding *d, const char *reason)
{
	deciding_silence(d, reason);
	d->v->tell = true;
}

bool deciding_refuse_ignored(struct deciding *d)
{
	if (!d->v->class.ignored)
		return false;
	d->v->origin = d->v->class.ignored_by;
	deciding_silence(d, DHCP_IGNORED);
	d->v->tell = d->r->type != DHCP4_REQUEST;
	return true;
}

/* ---- what follows from an address ------------------------------------------------ */

bool deciding_context(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;

	v->tags = v->class.tags;
	if (!dhcp_context_of(d->e, d->r, &v->tags, &v->addr, &v->context))
		return false;
	if (v->context.range->set)
		tags_add(&v->tags, v->context.range->set);
	dhcp_tag_rules(d->e->conf, &v->tags);
	v->origin = v->class.host && addr_eq(&v->class.host->addr, &v->addr)
			    ? &v->class.host->origin : &v->context.range->origin;
	return true;
}

static void settle_server(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	struct addr local = v->context.range ? v->context.local : dhcp_context_fallback(d->r);

	v->server_id = addr_is_set(&d->r->relay.server_id) ? d->r->relay.server_id : local;
	v->next_server = local;
}

/* The host line's time or the range's; less if the client asks for less. */
static uint32_t lease_seconds(const struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;
	uint32_t most = host && host->has_lease ? host->lease_s : d->v->context.range->lease_s;
	uint32_t ask = d->r->lease_s < LEASE_MIN_S ? LEASE_MIN_S : d->r->lease_s;

	if (most < LEASE_MIN_S)
		most = LEASE_MIN_S;
	return d->r->has_lease_s && ask < most ? ask : most;
}

static void take_name(struct deciding *d, const char *name)
{
	struct dhcp_verdict *v = d->v;
	bool relayed = !addr_is_any(&d->r->msg->giaddr);
	const struct domain_rule *rule = domain_of(d->e->lan->domains, &v->addr,
						   relayed ? NULL : d->r->netif);
	const char *own = dhcp_name_split(name, &v->label);

	v->domain = rule && *rule->name ? rule->name : NULL;
	if (!v->label.s[0])
		return;
	v->name = v->label.s;
	if (v->kind == VERDICT_ACK && own && (!v->domain || !text_same(own, v->domain)))
		deciding_warn(d, "Ignoring domain %s for DHCP host name %s", own, v->name);
}

/* The host line's name.  A client's own counts once it has a lease, but is told to a client that
 * asks with it in full (RFC 4702). */
static void settle_name(struct deciding *d, const char *lease_name)
{
	const struct dhcp_host *host = d->v->class.host;
	bool by_name = host && !host->hw && !host->has_clid;

	if (host && host->name && !(by_name && d->v->kind == VERDICT_OFFER))
		take_name(d, host->name);
	else if (d->v->kind == VERDICT_ACK || d->r->fqdn.given)
		take_name(d, d->v->class.name);
	else
		take_name(d, lease_name ? lease_name : "");
}

/* Tagged lines before untagged, later before earlier. */
static const struct dhcp_boot *find_boot(const struct dhcp_boot *b, const struct tags *tags)
{
	const struct dhcp_boot *best = NULL;

	for (; b; b = b->next)
		if (tags_match(tags, b->when) && (b->when || !best || !best->when))
			best = b;
	return best;
}

static void settle_answer(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;

	settle_server(d);
	v->boot = find_boot(d->e->conf->boots, &v->tags);
	if (v->boot && addr_is_set(&v->boot->server))
		v->next_server = v->boot->server;
	v->broadcast = dhcp_tag_list(d->e->conf->broadcast, &v->tags) != NULL;
	dhcp_options_choose(d->e, d->r, v);
}

/* ---- promises ----------------------------------------------------------------------- */

/* While the store cannot write, a promise is no longer than what is stored. */
static bool promise(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	uint32_t want = lease_seconds(d);

	v->lease_s = leases_promise(d->e->leases, &v->addr, want, d->e->now);
	v->commit = v->lease_s == want;
	return v->lease_s > 0;
}

static void fill_change(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;

	v->change = (struct lease_change){
		.addr = v->addr, .hw = d->r->hw, .clid = v->class.clid,
		.name = v->name, .domain = v->domain,
		.expires_s = v->lease_s == LEASE_INFINITE ? 0 : d->e->now.wall_s + v->lease_s,
		.ifindex = d->r->netif->index,
	};
}

void deciding_offer(struct deciding *d)
{
	if (!promise(d)) {
		deciding_refuse(d, DHCP_NOT_STORED);
		return;
	}
	d->v->kind = VERDICT_OFFER;
	settle_name(d, NULL);
	settle_answer(d);
}

void deciding_ack(struct deciding *d, const struct lease *known)
{
	struct dhcp_verdict *v = d->v;

	if (!promise(d)) {
		deciding_refuse(d, DHCP_NOT_STORED);
		return;
	}
	v->kind = VERDICT_ACK;
	v->is_new = !known || known->state != LEASE_BOUND || !addr_eq(&known->addr, &v->addr);
	if (known && known->state == LEASE_BOUND && v->is_new)
		v->give_up = known->addr;
	settle_name(d, NULL);
	fill_change(d);
	settle_answer(d);
}

void deciding_nak(struct deciding *d, const char *reason)
{
	struct dhcp_verdict *v = d->v;

	v->kind = VERDICT_NAK;
	v->reason = reason;
	v->broadcast = true;
	settle_server(d);
}

void deciding_inform(struct deciding *d, const char *lease_name)
{
	d->v->kind = VERDICT_INFORM;
	settle_name(d, lease_name);
	settle_answer(d);
}
