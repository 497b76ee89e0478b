/* SPDX-License-Identifier: ISC */
/*
 * Addresses of a name: of interfaces; else of host-records and hosts files, where those
 * have none of a family of leases; else made of the name itself.
 */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/interface_name.h"
#include "dns/local_private.h"
#include "dns/synth.h"

#define LEASES_MAX 16			/* of one name; DHCP gives it to one machine at a time */

static enum addr_family family_of(uint16_t type)
{
	return type == DNS_A ? ADDR_IP4 : ADDR_IP6;
}

static uint16_t type_of(const struct addr *a)
{
	return a->family == ADDR_IP4 ? DNS_A : DNS_AAAA;
}

/* ---- interfaces --------------------------------------------------------------------------- */

static void add_interface(struct deciding *d, const struct dns_interface_name *i, uint16_t type)
{
	const struct netif *n = loop_netif_named(d->v->loop, i->interface);
	struct addr a;

	for (size_t k = n ? n->addrs : 0; k-- > 0; )		/* the last one first, as in dnsmasq */
		if (n->addr[k].addr.family == family_of(type) &&
		    interface_name_gives(i, &n->addr[k], &a))
			local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
				type, d->v->conf->local_ttl_s, local_copy(d, addr_bytes(&a)),
				FROM_CONFIG, i->origin });
}

/* ---- hosts ---------------------------------------------------------------------------------- */

/* Unless it is among the first so many. */
static void list_add(struct local_list *l, const struct local_found *f, size_t among)
{
	for (size_t i = 0; i < among; i++)
		if (l->found[i].type == f->type && span_eq(l->found[i].rdata, f->rdata))
			return;
	if (l->n == COUNT_OF(l->found))
		l->cut = true;
	else
		l->found[l->n++] = *f;
}

static bool takes(uint16_t wanted, uint16_t type)
{
	return wanted == DNS_ANY || wanted == type;
}

/* Lines first to last; the owner's list has them the other way round. */
static void list_records(const struct deciding *d, const struct record_ref *r, uint16_t type,
			 struct local_list *l)
{
	const struct dns_record *line[LOCAL_ITEMS_MAX] UNCLEARED;
	size_t n = 0;

	for (; r; r = r->next) {
		if (!r->record->from_host_record || !takes(type, r->record->type))
			continue;
		l->cut |= n == COUNT_OF(line);
		if (n < COUNT_OF(line))
			line[n++] = r->record;
	}
	while (n-- > 0)
		list_add(l, &(struct local_found){ line[n]->type, local_ttl(d, line[n]),
						   line[n]->rdata, FROM_CONFIG, line[n]->origin },
			 l->n);
}

/* Each has another address there. */
static void list_hosts(const struct deciding *d, struct span name, uint16_t type,
		       struct local_list *l)
{
	const struct hosts *h = d->v->hosts;
	const size_t lines = l->n;

	for (struct host_entry e = hosts_named(h, name); e.number && !l->cut; e = hosts_next(h, &e))
		if (takes(type, type_of(&e.addr)))
			list_add(l, &(struct local_found){ type_of(&e.addr),
							   d->v->conf->local_ttl_s,
							   hosts_addr_bytes(h, &e), FROM_HOSTS,
							   e.origin }, lines);
}

bool local_lease_ttl(const struct deciding *d, const struct names_entry *e, uint32_t *out)
{
	uint32_t ttl_s = e->has_ttl ? e->ttl_s : d->v->conf->local_ttl_s;
	int64_t left_ms = e->mono_expires_ms - d->q->now.mono_ms;

	if (e->mono_expires_ms == 0) {
		*out = ttl_s;
		return true;
	}
	if (left_ms <= 0)
		return false;
	*out = (left_ms + 999) / 1000 < ttl_s ? (uint32_t)((left_ms + 999) / 1000) : ttl_s;
	return true;
}

static void list_leases(struct deciding *d, struct span name, uint16_t type, struct local_list *l)
{
	struct names_entry e[LEASES_MAX] UNCLEARED;
	size_t n = d->v->names ? names_named(d->v->names, name, e, COUNT_OF(e)) : 0;
	size_t configured = l->n;

	for (size_t i = 0; i < n && i < COUNT_OF(e); i++) {
		struct local_found f = { type_of(&e[i].addr), 0, addr_bytes(&e[i].addr),
					 FROM_LEASE, { 0 } };

		if (!takes(type, f.type) || !local_lease_ttl(d, &e[i], &f.ttl_s) ||
		    (configured && local_is_configured(d->v, name, e[i].addr.family)))
			continue;
		f.rdata = local_copy(d, f.rdata);
		list_add(l, &f, l->n);
	}
}

void local_list_named(const struct deciding *d, struct span name, uint16_t type,
		      struct local_list *out)
{
	const struct record_owner *o = records_owner(d->v->records, name);

	out->n = 0;
	out->cut = false;
	list_records(d, o ? o->records : NULL, type, out);
	list_hosts(d, name, type, out);
}

/* All of a type, or of both for ANY. */
static void list_all(struct deciding *d, struct span name, uint16_t type, struct local_list *l)
{
	local_list_named(d, name, type, l);
	list_leases(d, name, type, l);
}

bool local_is_configured(const struct local_view *v, struct span name, enum addr_family family)
{
	const struct record_owner *o = records_owner(v->records, name);

	for (const struct record_ref *r = o ? o->records : NULL; r; r = r->next)
		if (r->record->from_host_record && family_of(r->record->type) == family)
			return true;
	for (struct host_entry e = hosts_named(v->hosts, name); e.number;
	     e = hosts_next(v->hosts, &e))
		if (e.addr.family == family)
			return true;
	return false;
}

bool local_host_exists(const struct deciding *d, struct span name)
{
	struct names_entry e;
	uint32_t ttl_s;

	return local_is_configured(d->v, name, ADDR_IP4) ||
	       local_is_configured(d->v, name, ADDR_IP6) ||
	       (d->v->names && names_named(d->v->names, name, &e, 1) &&
		local_lease_ttl(d, &e, &ttl_s));
}

/* ---- their order ------------------------------------------------------------------------------ */

/* Puts the first of this type among n behind the last one. */
static void turn_type(const struct local_list *l, uint16_t *order, size_t n, uint16_t type)
{
	size_t first = 0, last = n;

	while (first < n && l->found[order[first]].type != type)
		first++;
	while (last > first && l->found[order[last - 1]].type != type)
		last--;
	if (last <= first)
		return;

	uint16_t moved = order[first];

	memmove(order + first, order + first + 1, (last - first - 1) * sizeof *order);
	order[last - 1] = moved;
}

/*
 * The order that dnsmasq keeps them in: it looks for those of the same family before it adds
 * another, and each look gives them a turn.
 */
static void order_as_kept(const struct local_list *l, uint16_t *order)
{
	for (uint16_t n = 0; n < l->n; n++) {
		turn_type(l, order, n, l->found[n].type);
		order[n] = n;
	}
}

void local_list_add(struct deciding *d, enum dns_section section, const struct dname *owner,
		    const struct local_list *l)
{
	uint16_t order[LOCAL_ITEMS_MAX] UNCLEARED;
	bool in_turn = !d->v->conf->no_round_robin;

	if (in_turn)
		order_as_kept(l, order);
	for (size_t k = 0; k < l->n; k++)
		local_add(d, section, owner,
			  &l->found[in_turn ? order[(d->v->turn + k) % l->n] : k]);
	d->out->overflow |= l->cut;
}

/* The network of ours that was asked, whatever interface the question came in by. */
static bool asked_network(const struct deciding *d, struct prefix *out)
{
	const struct addr *to = &d->q->to;
	const struct netif *n = loop_netif_having(d->v->loop, to);

	for (size_t i = 0; n && i < n->addrs; i++)
		if (addr_eq(&n->addr[i].addr, to)) {
			*out = (struct prefix){ *to, n->addr[i].bits };
			return true;
		}
	return false;
}

static bool is_near(struct span rdata, const struct prefix *net)
{
	struct addr a = addr_of_bytes(rdata);

	return prefix_has(net, &a);
}

/* localise-queries: if some are in the asker's network, the others are left out. */
static bool localises(const struct deciding *d, struct prefix *net)
{
	return d->v->conf->localise && d->q->to.family == ADDR_IP4 && asked_network(d, net);
}

static void keep_near(const struct deciding *d, struct local_list *l)
{
	struct prefix net;
	size_t near = 0;

	if (!localises(d, &net))
		return;
	for (size_t i = 0; i < l->n; i++)
		near += is_near(l->found[i].rdata, &net);
	if (near == 0)
		return;
	near = 0;
	for (size_t i = 0; i < l->n; i++)
		if (is_near(l->found[i].rdata, &net))
			l->found[near++] = l->found[i];
	l->n = near;
}

/* The same of what the verdict has got since then. */
static void keep_near_items(const struct deciding *d, size_t from)
{
	struct local_verdict *v = d->out;
	struct prefix net;
	size_t near = 0;

	if (!localises(d, &net))
		return;
	for (size_t i = from; i < v->n; i++)
		near += is_near(v->items[i].rdata, &net);
	if (near == 0)
		return;
	near = from;
	for (size_t i = from; i < v->n; i++)
		if (is_near(v->items[i].rdata, &net))
			v->items[near++] = v->items[i];
	v->n = near;
}

/* ---- the part ------------------------------------------------------------------------------------ */

static void add_hosts(struct deciding *d, uint16_t type)
{
	struct local_list l UNCLEARED;

	list_all(d, dname_span(&d->name), type, &l);
	if (type == DNS_A)
		keep_near(d, &l);
	local_list_add(d, DNS_ANSWER, &d->name, &l);
}

static void add_synth(struct deciding *d)
{
	struct addr a;
	const struct dns_synth *s = synth_address(d->v->conf->synths, dname_span(&d->name), &a);

	if (s && deciding_wants(d, type_of(&a)))
		local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
			type_of(&a), d->v->conf->local_ttl_s, local_copy(d, addr_bytes(&a)),
			FROM_CONFIG, s->origin });
}

void local_addresses(struct deciding *d)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };
	const struct dns_interface_name *i = d->owner ? d->owner->interface : NULL;
	size_t before = d->out->n;

	for (size_t t = 0; t < COUNT_OF(types); t++) {
		size_t own = d->out->n;

		if (!deciding_wants(d, types[t]))
			continue;
		if (!i)
			add_hosts(d, types[t]);
		for (const struct dns_interface_name *k = i; k; k = records_interface_next(k))
			add_interface(d, k, types[t]);
		if (i && types[t] == DNS_A)
			keep_near_items(d, own);
	}
	/* A name of an interface has no other addresses, even while that has none. */
	if (!i && d->out->n == before)
		add_synth(d);
}

void local_additional_addresses(struct deciding *d, struct span host)
{
	struct local_list l UNCLEARED;
	struct dname owner;

	if (!dname_of_span(host, &owner))
		return;
	list_all(d, host, DNS_ANY, &l);
	local_list_add(d, DNS_ADDITIONAL, &owner, &l);
}
