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
	v->tags = v->class.plain_tags;
	if (v->context.range->set)
		tags_add_by(&v->tags, v->context.range->set, &v->context.range->origin);
	dhcp_tag_rules(d->e->conf, &v->tags);
	v->origin = v->class.host && addr_eq(&v->class.host->addr, &v->addr)
			    ? &v->class.host->origin : &v->context.range->origin;
	return true;
}

/* Our address in the client's network or, where it is of none of ours, in the first that there is. */
static struct addr local_addr(const struct deciding *d)
{
	struct dhcp_context it = { 0 };

	if (d->v->context.range)
		return d->v->context.local;
	return dhcp_context_next(d->e->conf, d->r, &it) ? it.local : dhcp_context_fallback(d->r);
}

/*
 * A client that renews past its relay tells us nothing of it: what the relay said
 * when it passed the client on is remembered.
 */
static void settle_server(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	struct dhcp_relay_memory known = { 0 };

	if (v->context.range)
		known = dhcp_memory_relay(d->e->memory, &v->context.range->start);
	v->server_id = local_addr(d);
	v->next_server = v->context.local;
	if (addr_is_set(&v->override))
		v->server_id = v->override;
	else if (addr_is_any(&d->r->msg->giaddr) && addr_is_set(&known.server_id))
		v->server_id = known.server_id;
	if (v->context.shared)
		return;
	/* The first relay stays the router of its range, as with dnsmasq. */
	if (!addr_is_set(&v->context.router))
		v->context.router = known.router;
	if (!addr_is_set(&v->context.router) && !addr_is_any(&d->r->msg->giaddr))
		v->context.router = d->r->msg->giaddr;
}

/* The host line's time or the range's; less if the client asks for less. */
static uint32_t lease_seconds(const struct deciding *d)
{
	if (d->r->type == DHCP4_BOOTP)
		return LEASE_INFINITE;		/* it never asks again */

	const struct dhcp_host *host = d->v->class.host;
	uint32_t most = host && host->has_lease ? host->lease_s : d->v->context.range->lease_s;
	uint32_t ask = d->r->lease_s < LEASE_MIN_S ? LEASE_MIN_S : d->r->lease_s;

	if (most < LEASE_MIN_S)
		most = LEASE_MIN_S;
	return d->r->has_lease_s && ask < most ? ask : most;
}

static void take_domain(struct deciding *d)
{
	bool relayed = !addr_is_any(&d->r->msg->giaddr);
	const struct domain_rule *rule = domain_of(d->e->lan->domains, &d->v->addr,
						   relayed ? NULL : d->r->netif);

	d->v->domain = rule && *rule->name ? rule->name : NULL;
	d->v->domain_origin = rule ? &rule->origin : NULL;
}

/* The name that an address has, in this domain (or NULL) or in none. */
static bool find_known_name(const struct deciding *d, const struct addr *a, const char *domain,
			    struct dhcp_name_at *at, struct dhcp_label *out)
{
	const struct dhcp_names *names = d->e->names;
	const char *its;

	if (!names || !names->at || !names->at(names->arg, a, at) || !dhcp_name_legal(at->text))
		return false;
	its = dhcp_name_split(at->text, out);
	return !its || (domain && text_same(its, domain));
}

/* With its address a client gets the name that this has, whatever it calls itself. */
static bool take_known_name(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	struct dhcp_name_at at;
	struct dhcp_label label;

	if (v->kind == VERDICT_OFFER || (v->class.host && v->class.host->name) ||
	    !find_known_name(d, &v->addr, v->domain, &at, &label))
		return false;
	v->label = label;
	v->name = v->label.s;
	v->known_origin = at.origin;
	v->name_origin = &v->known_origin;
	return true;
}

static void take_given_name(struct deciding *d, const char *name)
{
	struct dhcp_verdict *v = d->v;
	const char *own = dhcp_name_split(name, &v->label);

	if (!v->label.s[0])
		return;
	v->name = v->label.s;
	v->name_origin = v->class.host && name == v->class.host->name ? &v->class.host->origin : NULL;
	if (v->kind == VERDICT_ACK && own && (!v->domain || !text_same(own, v->domain)))
		deciding_warn(d, "Ignoring domain %s for DHCP host name %s", own, v->name);
}

/* An OFFER does not tell a client that calls itself otherwise what the host line calls it. */
static bool offer_tells_host(const struct deciding *d, const struct dhcp_host *host)
{
	struct dhcp_label label;

	if (!host->hw && !host->has_clid)
		return false;
	dhcp_name_split(host->name, &label);
	return d->r->fqdn.given || !d->r->name[0] || text_same(d->r->name, label.s);
}

/*
 * The host line's name, else the client's own.  That counts once the client has
 * a lease; in an OFFER only one that was given in full (RFC 4702) is told.
 */
static const char *name_for(const struct deciding *d)
{
	const struct dhcp_class *class = &d->v->class;
	const struct dhcp_host *host = class->host;
	bool offer = d->v->kind == VERDICT_OFFER;

	if (host && host->name && (!offer || offer_tells_host(d, host)))
		return host->name;
	return !offer || d->r->fqdn.given ? class->name : "";
}

/* Its hardware address, for a client that is called nothing else. */
static void make_name(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	const struct tag_list *line = dhcp_tag_list(d->e->conf->generate_names, &v->tags);
	const struct hwaddr_text hw = hwaddr_text(&d->r->hw);

	if (v->name || v->kind != VERDICT_ACK || !line || d->r->type == DHCP4_BOOTP ||
	    d->r->hw.len == 0)
		return;
	_Static_assert(sizeof hw.s <= sizeof v->label.s, "a label holds it");
	for (size_t i = 0; i < sizeof hw.s; i++)
		v->label.s[i] = hw.s[i] == ':' ? '-' : hw.s[i];
	v->name = v->label.s;
	v->name_origin = &line->origin;
}

static void take_name(struct deciding *d)
{
	take_domain(d);
	if (!take_known_name(d))
		take_given_name(d, name_for(d));
	make_name(d);
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

/* Tagged lines before untagged, later before earlier. */
static void settle_delay(struct deciding *d)
{
	const struct reply_delay *best = NULL;

	for (const struct reply_delay *l = d->e->conf->delays; l; l = l->next)
		if (tags_match(&d->v->tags, l->when) && (l->when || !best || !best->when))
			best = l;
	if (!best || d->r->type != DHCP4_DISCOVER)
		return;
	d->v->delay_s = best->delay_s;
	d->v->delay_origin = &best->origin;
}

static void settle_answer(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;

	settle_server(d);
	v->boot = find_boot(d->e->conf->boots, &v->tags);
	if (v->boot && addr_is_set(&v->boot->server)) {
		v->next_server = v->boot->server;
		v->next_origin = &v->boot->origin;
	}
	v->broadcast = dhcp_tag_list(d->e->conf->broadcast, &v->tags) != NULL;
	settle_delay(d);
	dhcp_options_choose(d->e, d->r, v);
}

/* ---- promises ----------------------------------------------------------------------- */

/* While the store cannot write, a promise is no longer than what is stored. */
static bool promise(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	uint32_t want = lease_seconds(d);

	v->lease_s = leases_promise(d->e->leases, &v->addr, want, d->e->now);
	v->lease_origin = v->class.host && v->class.host->has_lease ? &v->class.host->origin
								    : &v->context.range->origin;
	v->commit = v->lease_s == want;
	return d->r->type == DHCP4_BOOTP ? v->commit : v->lease_s > 0;
}

static bool has_known_name(const struct deciding *d, const struct lease *l, const char *name)
{
	struct dhcp_name_at at;
	struct dhcp_label label;

	return find_known_name(d, &l->addr, l->domain, &at, &label) && text_same(label.s, name);
}

/* A name that a host line gave to a machine that is here, or that its address has, stays with it,
 * whoever else claims it. */
static bool is_anothers(const struct deciding *d, const char *name)
{
	const struct lease *l;

	if (d->v->name_origin)
		return false;
	l = leases_named(d->e->leases, name, d->v->domain);
	return l && !addr_eq(&l->addr, &d->v->addr) &&
	       (dhcp_hosts_name(d->e->hosts, &l->hw, span_of(l->clid, l->clid_len), name) ||
		has_known_name(d, l, name));
}

/* A lease keeps its name when its client renews without one. */
static void fill_change(struct deciding *d, const struct lease *known)
{
	struct dhcp_verdict *v = d->v;
	const char *name = v->name;

	if (!name && known && !v->is_new && known->name) {
		dhcp_name_split(known->name, &v->kept);
		name = v->kept.s;
	}
	if (name && is_anothers(d, name))
		name = NULL;
	v->change = (struct lease_change){
		.addr = v->addr, .hw = d->r->hw, .clid = v->class.clid,
		.name = name, .domain = v->domain,
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
	take_name(d);
	settle_answer(d);
}

void deciding_ack(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	const struct lease *known = deciding_bound(d);

	if (!promise(d)) {
		deciding_refuse(d, DHCP_NOT_STORED);
		return;
	}
	v->kind = VERDICT_ACK;
	v->is_new = !known || !addr_eq(&known->addr, &v->addr);
	if (known && v->is_new)
		v->give_up = known->addr;
	take_name(d);
	fill_change(d, known);
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

/* What is left of a lease. */
static uint32_t left_s(const struct lease *l, int64_t now_s)
{
	if (l->expires_s == 0)
		return LEASE_INFINITE;
	return l->expires_s > now_s ? (uint32_t)(l->expires_s - now_s) : 0;
}

void deciding_inform(struct deciding *d, const struct lease *lease)
{
	d->v->kind = VERDICT_INFORM;
	if (lease)
		d->v->lease_s = left_s(lease, d->e->now.wall_s);
	take_name(d);
	settle_answer(d);
}
