/* SPDX-License-Identifier: ISC */
#include "dhcp/deciding.h"

/* ---- DISCOVER ------------------------------------------------------------------------- */

static bool may_keep(const struct deciding *d, const struct addr *a)
{
	struct dhcp_context x;

	return dhcp_context_giving(d->e, d->r, &d->v->class.tags, a, &x) &&
	       !deciding_reserved(d, a);
}

static enum dhcp_pick discover_addr(const struct deciding *d, const struct lease *known,
				    struct addr *out)
{
	const struct addr *ask = &d->r->requested;

	if (deciding_host_usable(d)) {
		*out = d->v->class.host->addr;
		return PICK_FOUND;
	}
	if (known && may_keep(d, &known->addr)) {
		*out = known->addr;
		return PICK_FOUND;
	}
	if (addr_is_set(ask) && may_keep(d, ask) && deciding_place(d, ask) == PLACE_FREE) {
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
	const struct lease *known = deciding_lease(d);
	enum dhcp_pick pick;

	if (deciding_refuse_ignored(d))
		return;
	deciding_warn_of_host(d);
	pick = discover_addr(d, known, &d->v->addr);
	if (pick == PICK_PROBE) {
		d->v->kind = VERDICT_PROBE;
		deciding_context(d);
	} else if (pick == PICK_NONE || !deciding_context(d)) {
		deciding_refuse(d, d->r->hw.len ? "no address available" : "no unique-id");
	} else if (d->e->conf->rapid_commit && d->r->rapid_commit) {
		deciding_ack(d);
	} else {
		deciding_offer(d);
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

/* Whether the client may speak to us of this lease at all; false when that settled it. */
static bool request_begins(struct deciding *d, enum request_kind kind, const struct lease *known)
{
	const struct addr *a = &d->v->addr;
	bool sure = d->e->conf->authoritative;

	if (kind == REQUEST_SELECTING && !deciding_server_is_us(d, &d->r->server_id)) {
		if (sure)
			deciding_nak(d, "wrong server-ID");
		else
			deciding_silence(d, "another server was chosen");
		return false;
	}
	if (kind == REQUEST_SELECTING)
		return true;
	if (!known && !sure) {
		if (kind == REQUEST_EXTENDING && d->r->unicast)
			deciding_nak(d, "lease not found");
		else
			deciding_silence(d, "the lease is not ours");
		return false;
	}
	if (!known || addr_eq(&known->addr, a))
		return true;
	if (kind == REQUEST_INIT_REBOOT)
		deciding_nak(d, "wrong address");
	else if (d->r->unicast)
		deciding_nak(d, "lease not found");
	else			/* a broadcast: another server may hold it */
		deciding_silence(d, "the lease is not ours");
	return false;
}

/* Why the client cannot have the address; NULL if it can. */
static const char *request_trouble(struct deciding *d, enum request_kind kind)
{
	const struct addr *a = &d->v->addr;
	const struct dhcp_host *host = d->v->class.host;
	bool is_hosts = host && addr_eq(&host->addr, a);
	enum dhcp_place place = deciding_place(d, a);

	if (!deciding_context(d))
		return "wrong network";
	if (!is_hosts && !dhcp_range_gives(&d->v->context, d->r, a))
		return "address not available";
	if (kind != REQUEST_SELECTING && !is_hosts && deciding_host_usable(d)) {
		d->v->origin = &host->origin;
		return "static lease available";
	}
	if (deciding_reserved(d, a)) {
		d->v->origin = &dhcp_hosts_at(d->e->hosts, a)->origin;
		return "address reserved";
	}
	if ((place == PLACE_TAKEN && !deciding_may_take_over(d, a)) || place == PLACE_DECLINED)
		return "address in use";
	return d->r->hw.len == 0 && d->v->class.clid.n == 0 ? "no unique-id" : NULL;
}

static void decide_request(struct deciding *d)
{
	enum request_kind kind = request_kind(d->r);
	const struct lease *known = deciding_bound(d);
	const char *trouble;

	d->v->addr = kind == REQUEST_EXTENDING ? d->r->msg->ciaddr : d->r->requested;
	if (deciding_refuse_ignored(d))
		return;
	if (kind == REQUEST_EMPTY) {
		deciding_silence(d, "no address in it");
		return;
	}
	if (!request_begins(d, kind, known))
		return;
	trouble = request_trouble(d, kind);
	if (trouble) {
		deciding_nak(d, trouble);
		return;
	}
	if (deciding_place(d, &d->v->addr) == PLACE_TAKEN) {
		const struct lease *l = leases_at(d->e->leases, &d->v->addr);

		deciding_warn(d, "abandoning lease to %s of %s", hwaddr_text(&l->hw).s,
			      addr_text(&d->v->addr).s);
	}
	deciding_ack(d);
}

/* ---- the others -------------------------------------------------------------------------- */

static bool holds(const struct deciding *d, const struct addr *a)
{
	return deciding_place(d, a) == PLACE_MINE;
}

static void decide_release(struct deciding *d)
{
	d->v->addr = d->r->msg->ciaddr;
	if (addr_is_set(&d->r->server_id) && !deciding_server_is_us(d, &d->r->server_id)) {
		deciding_silence(d, "another server was meant");
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
	if (!deciding_server_is_us(d, &d->r->server_id) || !addr_is_set(&d->r->requested)) {
		deciding_silence(d, "another server was meant");
		return;
	}
	d->v->kind = VERDICT_DECLINE;
	d->v->reason = holds(d, &d->v->addr) ? NULL : "unknown lease";
	deciding_context(d);
	if (!d->v->reason && host && addr_eq(&host->addr, &d->v->addr))
		deciding_warn(d, "disabling DHCP static address %s for 10m",
			      addr_text(&host->addr).s);
}

static void decide_inform(struct deciding *d)
{
	const struct lease *l = deciding_bound(d);

	d->v->addr = d->r->msg->ciaddr;
	if (deciding_refuse_ignored(d))
		return;
	if (addr_is_any(&d->v->addr)) {
		deciding_refuse(d, NULL);
		return;
	}
	deciding_context(d);		/* without one: options, but nothing of a network */
	if (!l)
		l = leases_at(d->e->leases, &d->v->addr);
	deciding_inform(d, l && l->state == LEASE_BOUND ? l : NULL);
}

/* ---- BOOTP ------------------------------------------------------------------------------- */

/* NULL, and *pick says what *out is; else why there is no address. */
static const char *bootp_trouble(const struct deciding *d, struct addr *out, enum dhcp_pick *pick)
{
	const struct dhcp_class *class = &d->v->class;
	const struct lease *known = deciding_bound(d);

	*pick = PICK_FOUND;
	if (class->host && addr_is_set(&class->host->addr)) {
		*out = class->host->addr;
		return deciding_place(d, out) == PLACE_TAKEN ? "address in use" : NULL;
	}
	if (!dhcp_tag_list(d->e->conf->bootp_dynamic, &class->tags))
		return "no address configured";
	if (known && may_keep(d, &known->addr)) {
		*out = known->addr;
		return NULL;
	}
	*pick = d->r->hw.len ? dhcp_pick(d->e, d->r, &class->tags, class->clid, out) : PICK_NONE;
	if (*pick != PICK_NONE)
		return NULL;
	*out = (struct addr){ 0 };
	return "no address available";
}

static void decide_bootp(struct deciding *d)
{
	struct dhcp_verdict *v = d->v;
	enum dhcp_pick pick;
	const char *trouble;

	v->bootp = true;
	if (deciding_refuse_ignored(d)) {
		if (v->class.host && v->origin == &v->class.host->origin)
			v->reason = "disabled";
		return;
	}
	trouble = bootp_trouble(d, &v->addr, &pick);
	if (!trouble && !deciding_context(d))
		trouble = "wrong network";
	if (trouble)
		deciding_refuse(d, trouble);
	else if (pick == PICK_PROBE)
		v->kind = VERDICT_PROBE;
	else
		deciding_ack(d);
}

static void (*const deciders[])(struct deciding *d) = {
	[DHCP4_BOOTP] = decide_bootp,
	[DHCP4_DISCOVER] = decide_discover,
	[DHCP4_REQUEST] = decide_request,
	[DHCP4_DECLINE] = decide_decline,
	[DHCP4_RELEASE] = decide_release,
	[DHCP4_INFORM] = decide_inform,
};

static void warn_no_range(struct deciding *d)
{
	struct addr remote = dhcp_context_remote(d->e->conf, d->r);
	struct addr own = dhcp_context_fallback(d->r);

	if (!addr_is_set(&own))
		deciding_warn(d, "DHCP packet received on %s which has no address",
			      d->r->netif->name);
	else
		deciding_warn(d, "no address range available for DHCP request via %s",
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
	v->override = deciding_override(&d);
	dhcp_classify(e->conf, e->hosts, r, &v->class);
	v->tags = v->class.tags;
	if ((size_t)r->type < sizeof deciders / sizeof *deciders && deciders[r->type])
		deciders[r->type](&d);
}

void dhcp_decide_full(struct dhcp_verdict *v)
{
	v->kind = v->bootp ? VERDICT_SILENCE : VERDICT_NAK;
	v->tell = v->bootp;
	v->reason = DHCP_FULL;
	v->broadcast = true;
	v->commit = false;
	v->outs = 0;
}
