/* SPDX-License-Identifier: ISC */
#include "dhcp/decide.h"

#include <stdio.h>

#include "base/text.h"
#include "dhcp/options.h"

/* One decision in the making. */
struct deciding {
	const struct dhcp_env *e;
	const struct dhcp_request *r;
	struct dhcp_verdict *v;
};

/* Nothing is said, nor written to the log: it is not our affair. */
static void silence(struct deciding *d, const char *reason)
{
	d->v->kind = VERDICT_SILENCE;
	d->v->reason = reason;
}

/* Nothing is said to the client, but the operator is told. */
static void refuse(struct deciding *d, const char *reason)
{
	silence(d, reason);
	d->v->tell = true;
}

static bool refuse_ignored(struct deciding *d)
{
	if (!d->v->class.ignored)
		return false;
	d->v->origin = d->v->class.ignored_by;
	silence(d, DHCP_IGNORED);
	d->v->tell = d->r->type != DHCP4_REQUEST;
	return true;
}

__attribute__((format(printf, 2, 3)))
static void warn(struct deciding *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(d->v->warning, sizeof d->v->warning, format, args);
	va_end(args);
}

/* ---- what is there ------------------------------------------------------------ */

/* The client's lease on a network that may serve it, or NULL. */
static const struct lease *own_lease(const struct deciding *d)
{
	struct dhcp_context it = { 0 };

	while (dhcp_context_next(d->e->conf, d->r, &it)) {
		const struct lease *l = NULL;

		if (d->v->class.clid.n)
			l = leases_of_clid(d->e->leases, d->v->class.clid, it.range->start,
					   it.netmask);
		if (!l && d->r->hw.len)
			l = leases_of_hw(d->e->leases, &d->r->hw, it.range->start, it.netmask);
		if (l && (l->state == LEASE_BOUND || l->state == LEASE_OFFERED) &&
		    dhcp_lease_is_mine(l, d->r, d->v->class.clid))
			return l;
	}
	return NULL;
}

static bool host_has_hw(const struct dhcp_host *host, const struct hwaddr *hw)
{
	unsigned wild;

	for (const struct hwaddr_pattern *p = host->hw; p; p = p->next)
		if (hwaddr_matches(p, hw, &wild))
			return true;
	return false;
}

/* A host line with several hardware addresses is one machine: it may take from itself. */
static bool may_take_over(const struct deciding *d, const struct addr *a)
{
	const struct dhcp_host *host = d->v->class.host;
	const struct lease *l = leases_at(d->e->leases, a);

	return host && addr_eq(&host->addr, a) && l && host_has_hw(host, &l->hw);
}

static enum dhcp_place place_of(const struct deciding *d, const struct addr *a)
{
	return dhcp_place(d->e, d->r, d->v->class.clid, a);
}

/* Why the host line's own address cannot be had now; NULL if it can. */
static const char *host_addr_trouble(const struct deciding *d)
{
	const struct addr *a = &d->v->class.host->addr;
	enum dhcp_place place = place_of(d, a);

	if (place == PLACE_TAKEN && !may_take_over(d, a))
		return "it is leased to";
	if (addr_eq(a, &d->r->msg->giaddr) || dhcp_request_is_ours(d->r, a))
		return "it is in use by the server or relay";
	return place == PLACE_DECLINED ? "it was previously declined" : NULL;
}

static bool host_addr_usable(const struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;

	return host && addr_is_set(&host->addr) && !host_addr_trouble(d);
}

static void warn_of_host(struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;
	const char *why = host && addr_is_set(&host->addr) ? host_addr_trouble(d) : NULL;
	const struct lease *l = why ? leases_at(d->e->leases, &host->addr) : NULL;

	if (why)
		warn(d, "not using configured address %s because %s%s%s",
		     addr_text(&host->addr).s, why, strcmp(why, "it is leased to") == 0 ? " " : "",
		     strcmp(why, "it is leased to") == 0 ? hwaddr_text(&l->hw).s : "");
}

/* Kept by a host line for somebody else. */
static bool reserved_for_others(const struct deciding *d, const struct addr *a)
{
	const struct dhcp_host *at = dhcp_hosts_at(d->e->hosts, a);

	return at && at != d->v->class.host &&
	       !(d->v->class.host && addr_eq(&d->v->class.host->addr, a));
}

/* ---- what follows from an address ------------------------------------------------ */

static bool settle_context(struct deciding *d)
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
		warn(d, "Ignoring domain %s for DHCP host name %s", own, v->name);
}

/* The host line's name.  A client's own counts once it has a lease, but is told to a client that
 * asks with it in full (RFC 4702). */
static void settle_name(struct deciding *d, const struct lease *known)
{
	const struct dhcp_host *host = d->v->class.host;
	bool by_name = host && !host->hw && !host->has_clid;

	if (host && host->name && !(by_name && d->v->kind == VERDICT_OFFER))
		take_name(d, host->name);
	else if (d->v->kind == VERDICT_ACK || d->r->fqdn.given)
		take_name(d, d->v->class.name);
	else
		take_name(d, d->v->kind == VERDICT_INFORM && known && known->name ? known->name : "");
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

static void offer(struct deciding *d)
{
	if (!promise(d)) {
		refuse(d, DHCP_NOT_STORED);
		return;
	}
	d->v->kind = VERDICT_OFFER;
	settle_name(d, NULL);
	settle_answer(d);
}

static void ack(struct deciding *d, const struct lease *known)
{
	struct dhcp_verdict *v = d->v;

	if (!promise(d)) {
		refuse(d, DHCP_NOT_STORED);
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

static void nak(struct deciding *d, const char *reason)
{
	struct dhcp_verdict *v = d->v;

	v->kind = VERDICT_NAK;
	v->reason = reason;
	v->broadcast = true;
	settle_server(d);
}

/* ---- DISCOVER ------------------------------------------------------------------------- */

static bool may_keep(const struct deciding *d, const struct addr *a)
{
	struct dhcp_context x;

	return dhcp_context_giving(d->e, d->r, &d->v->class.tags, a, &x) &&
	       !reserved_for_others(d, a);
}

static enum dhcp_pick discover_addr(const struct deciding *d, const struct lease *known,
				    struct addr *out)
{
	const struct addr *ask = &d->r->requested;

	if (host_addr_usable(d)) {
		*out = d->v->class.host->addr;
		return PICK_FOUND;
	}
	if (known && may_keep(d, &known->addr)) {
		*out = known->addr;
		return PICK_FOUND;
	}
	if (addr_is_set(ask) && may_keep(d, ask) && place_of(d, ask) == PLACE_FREE) {
		enum dhcp_pick p = dhcp_pick_probe(d->e, ask);

		*out = *ask;
		if (p != PICK_NONE)
			return p;
	}
	if (d->r->hw.len == 0)
		return PICK_NONE;
	return dhcp_pick(d->e, d->r, &d->v->class.tags, d->v->class.clid, out);
}

static void decide_discover(struct deciding *d)
{
	const struct lease *known = own_lease(d);
	enum dhcp_pick pick;

	if (refuse_ignored(d))
		return;
	warn_of_host(d);
	pick = discover_addr(d, known, &d->v->addr);
	if (pick == PICK_PROBE) {
		d->v->kind = VERDICT_PROBE;
		settle_context(d);
	} else if (pick == PICK_NONE || !settle_context(d)) {
		refuse(d, d->r->hw.len ? "no address available" : "no unique-id");
	} else if (d->e->conf->rapid_commit && d->r->rapid_commit) {
		ack(d, known);
	} else {
		offer(d);
	}
}

/* ---- REQUEST --------------------------------------------------------------------------- */

/* Which it is depends on the fields that the client filled in (RFC 2131 4.3.2). */
enum request_kind { REQUEST_SELECTING, REQUEST_INIT_REBOOT, REQUEST_EXTENDING, REQUEST_EMPTY };

static enum request_kind request_kind(const struct dhcp_request *r)
{
	if (addr_is_set(&r->requested))
		return addr_is_set(&r->server_id) ? REQUEST_SELECTING : REQUEST_INIT_REBOOT;
	return addr_is_any(&r->msg->ciaddr) ? REQUEST_EMPTY : REQUEST_EXTENDING;
}

static bool server_is_us(const struct deciding *d, const struct addr *id)
{
	struct dhcp_context it = { 0 };

	if (addr_is_set(&d->r->relay.server_id) && addr_eq(id, &d->r->relay.server_id))
		return true;
	if (dhcp_request_is_ours(d->r, id))
		return true;
	while (dhcp_context_next(d->e->conf, d->r, &it))
		if (addr_eq(&it.local, id))
			return true;
	return false;
}

/* Whether the client may speak to us of this lease at all; false when that settled it. */
static bool request_begins(struct deciding *d, enum request_kind kind, const struct lease *known)
{
	const struct addr *a = &d->v->addr;
	bool bound = known && known->state == LEASE_BOUND;
	bool sure = d->e->conf->authoritative;

	if (kind == REQUEST_SELECTING && !server_is_us(d, &d->r->server_id)) {
		sure ? nak(d, "wrong server-ID") : silence(d, "another server was chosen");
		return false;
	}
	if (kind == REQUEST_SELECTING)
		return true;
	if (!bound && !sure) {
		if (kind == REQUEST_EXTENDING && d->r->unicast)
			nak(d, "lease not found");
		else
			silence(d, "the lease is not ours");
		return false;
	}
	if (!bound || addr_eq(&known->addr, a))
		return true;
	if (kind == REQUEST_INIT_REBOOT)
		nak(d, "wrong address");
	else if (d->r->unicast)
		nak(d, "lease not found");
	else
		silence(d, "the lease is not ours");	/* a broadcast: another server may hold it */
	return false;
}

/* Why the client cannot have the address; NULL if it can. */
static const char *request_trouble(struct deciding *d, enum request_kind kind)
{
	const struct addr *a = &d->v->addr;
	const struct dhcp_host *host = d->v->class.host;
	bool is_hosts = host && addr_eq(&host->addr, a);
	enum dhcp_place place = place_of(d, a);

	if (!settle_context(d))
		return "wrong network";
	if (!is_hosts && !dhcp_range_gives(&d->v->context, d->r, a))
		return "address not available";
	if (kind != REQUEST_SELECTING && !is_hosts && host_addr_usable(d))
		return "static lease available";
	if (reserved_for_others(d, a))
		return "address reserved";
	if ((place == PLACE_TAKEN && !may_take_over(d, a)) || place == PLACE_DECLINED)
		return "address in use";
	return d->r->hw.len == 0 && d->v->class.clid.n == 0 ? "no unique-id" : NULL;
}

static void decide_request(struct deciding *d)
{
	enum request_kind kind = request_kind(d->r);
	const struct lease *known = own_lease(d);
	const char *trouble;

	d->v->addr = kind == REQUEST_EXTENDING ? d->r->msg->ciaddr : d->r->requested;
	if (refuse_ignored(d))
		return;
	if (kind == REQUEST_EMPTY) {
		silence(d, "no address in it");
		return;
	}
	if (!request_begins(d, kind, known))
		return;
	trouble = request_trouble(d, kind);
	if (trouble) {
		nak(d, trouble);
		return;
	}
	if (place_of(d, &d->v->addr) == PLACE_TAKEN) {
		const struct lease *l = leases_at(d->e->leases, &d->v->addr);

		warn(d, "abandoning lease to %s of %s", hwaddr_text(&l->hw).s,
		     addr_text(&d->v->addr).s);
	}
	ack(d, known);
}

/* ---- the others -------------------------------------------------------------------------- */

static bool holds(const struct deciding *d, const struct addr *a)
{
	return place_of(d, a) == PLACE_MINE;
}

static void decide_release(struct deciding *d)
{
	d->v->addr = d->r->msg->ciaddr;
	if (addr_is_set(&d->r->server_id) && !server_is_us(d, &d->r->server_id)) {
		silence(d, "another server was meant");
		return;
	}
	d->v->kind = VERDICT_RELEASE;
	d->v->reason = holds(d, &d->v->addr) ? NULL : "unknown lease";
}

/* Only who holds an address can say that it is in use: else anybody could bar them all. */
static void decide_decline(struct deciding *d)
{
	const struct dhcp_host *host = d->v->class.host;

	d->v->addr = d->r->requested;
	if (!server_is_us(d, &d->r->server_id) || !addr_is_set(&d->r->requested)) {
		silence(d, "another server was meant");
		return;
	}
	d->v->kind = VERDICT_DECLINE;
	d->v->reason = holds(d, &d->v->addr) ? NULL : "unknown lease";
	settle_context(d);
	if (!d->v->reason && host && addr_eq(&host->addr, &d->v->addr))
		warn(d, "disabling DHCP static address %s for 10m", addr_text(&host->addr).s);
}

static void decide_inform(struct deciding *d)
{
	const struct lease *l;

	d->v->addr = d->r->msg->ciaddr;
	if (refuse_ignored(d))
		return;
	if (addr_is_any(&d->v->addr)) {
		silence(d, "no address in it");
		return;
	}
	if (!settle_context(d) && !dhcp_context_next(d->e->conf, d->r, &d->v->context))
		return;
	l = leases_at(d->e->leases, &d->v->addr);
	d->v->kind = VERDICT_INFORM;
	settle_name(d, l && l->state == LEASE_BOUND && holds(d, &d->v->addr) ? l : NULL);
	settle_answer(d);
}

static void (*const deciders[])(struct deciding *d) = {
	[DHCP4_DISCOVER] = decide_discover,
	[DHCP4_REQUEST] = decide_request,
	[DHCP4_DECLINE] = decide_decline,
	[DHCP4_RELEASE] = decide_release,
	[DHCP4_INFORM] = decide_inform,
};

static void warn_no_range(struct deciding *d)
{
	struct addr remote = dhcp_context_remote(d->r);

	warn(d, "no address range available for DHCP request via %s",
	     addr_is_set(&remote) ? addr_text(&remote).s : d->r->netif->name);
}

void dhcp_decide(const struct dhcp_env *e, const struct dhcp_request *r, struct dhcp_verdict *v)
{
	struct deciding d = { e, r, v };

	memset(v, 0, offsetof(struct dhcp_verdict, out));
	v->out_full = false;
	v->scratch_used = 0;
	if (!dhcp_context_any(e->conf, r)) {
		warn_no_range(&d);
		return;
	}
	dhcp_classify(e->conf, e->hosts, r, &v->class);
	v->tags = v->class.tags;
	if ((size_t)r->type < sizeof deciders / sizeof *deciders && deciders[r->type])
		deciders[r->type](&d);
}

void dhcp_decide_full(struct dhcp_verdict *v)
{
	v->kind = VERDICT_NAK;
	v->reason = DHCP_FULL;
	v->broadcast = true;
	v->commit = false;
	v->outs = 0;
}
