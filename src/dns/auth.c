/* SPDX-License-Identifier: ISC */
/*
 * An answer of a zone.  What dnsmasq does and one might not expect: of a chain of aliases
 * the first step alone is told; an alias counts only where its name has nothing else; ANY finds
 * nothing; questions about a name's address (PTR) are answered to strangers alone.
 */
#include "base/must.h"
#include "base/uncleared.h"
#include "dns/auth_private.h"
#include "dns/interface_name.h"
#include "dns/synth.h"

#define LEASES_MAX 16			/* of one name */

/* A zone's answer while it is made. */
struct zoning {
	struct deciding *d;
	const struct dns_zone *zone;
	struct dname name;		/* at hand: the asked one, or where its alias leads */
	bool is_target;			/* the latter */
	const struct record_owner *owner;
};

/* ---- verdicts without records --------------------------------------------------------- */

static void settle(struct deciding *d, const struct dns_zone *zone, unsigned rcode)
{
	struct local_verdict *v = d->out;

	v->answered = v->by_zones = true;
	v->zone = zone;
	v->origin = zone ? zone->origin : (struct origin){ 0 };
	v->exists = rcode == DNS_NOERROR;
	v->rcode = rcode;
	v->stranger = d->q->stranger;
}

/* ---- what a name has -------------------------------------------------------------------- */

static const struct record_ref *refs(const struct zoning *z)
{
	return z->owner ? z->owner->records : NULL;
}

/* Each of these adds what is asked for, and says whether the name has anything of the kind. */

static bool add_records(struct zoning *z)
{
	bool any = false;

	for (const struct record_ref *r = refs(z); r; r = r->next) {
		any |= r->record->from_host_record || auth_is_plain(r->record);
		if (auth_is_plain(r->record) && r->record->type == z->d->type)
			auth_add_record(z->d, &z->name, r->record);
	}
	return any;
}

static bool add_interfaces(struct zoning *z)
{
	const uint16_t type = z->d->type;
	const struct dns_interface_name *i = z->owner ? z->owner->interface : NULL;
	const bool any = i != NULL;

	for (; i && (type == DNS_A || type == DNS_AAAA); i = records_interface_next(i))
		auth_add_interface(z->d, z->zone, &z->name, i, type);
	return any;
}

static bool keeps(const struct zoning *z, struct local_list *l, size_t i)
{
	const struct addr a = addr_of_bytes(l->found[i].rdata);

	return auth_tells(z->d, z->zone, &a);
}

/* Those of a list that the zone tells, with its TTL, in turn. */
static void write_list(struct zoning *z, struct local_list *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n; i++)
		if (keeps(z, l, i)) {
			l->found[n] = l->found[i];
			l->found[n++].ttl_s = z->d->v->conf->auth.ttl_s;
		}
	l->n = n;
	local_list_add(z->d, DNS_ANSWER, &z->name, l);
}

static void list_lease(struct zoning *z, const struct names_entry *e, struct local_list *l)
{
	const uint16_t type = e->addr.family == ADDR_IP4 ? DNS_A : DNS_AAAA;

	if (type == z->d->type && l->n < COUNT_OF(l->found))
		l->found[l->n++] = (struct local_found){
			type, 0, local_copy(z->d, addr_bytes(&e->addr)), FROM_LEASE, { 0 } };
}

/* The leases of a name as they call themselves: short, or with dhcp-fqdn long. */
static bool list_leases(struct zoning *z, struct span own, struct local_list *l)
{
	struct names_entry e[LEASES_MAX] UNCLEARED;
	size_t n = z->d->v->names ? names_named(z->d->v->names, own, e, COUNT_OF(e)) : 0;
	bool any = false;

	for (size_t i = 0; i < n && i < COUNT_OF(e); i++) {
		struct dname name;
		uint32_t left_s;

		if (!auth_lease_name(z->d, z->zone, &e[i], &name) ||
		    !dname_eq(&name, &z->name) || !local_lease_ttl(z->d, &e[i], &left_s))
			continue;
		any = true;
		list_lease(z, &e[i], l);
	}
	return any;
}

/* An alias does not lead to a lease's short name, as in dnsmasq. */
static bool add_leases(struct zoning *z)
{
	const struct span name = dname_span(&z->name), label = dname_first(name);
	struct local_list l UNCLEARED;
	struct dname brief = { .n = (uint8_t)(label.n + 2), .labels = 1 };
	bool any;

	l.n = 0;
	l.cut = false;
	if (label.n == 0)
		return false;
	memcpy(brief.bytes, name.p, label.n + 1);
	any = !z->is_target && dname_span_eq(dname_parent(name, 1), z->zone->domain) &&
	      list_leases(z, dname_span(&brief), &l);
	any |= list_leases(z, name, &l);
	write_list(z, &l);
	return any;
}

static bool add_hosts(struct zoning *z)
{
	const uint16_t type = z->d->type;
	struct local_list l UNCLEARED;
	const bool any = hosts_named(z->d->v->hosts, dname_span(&z->name)).number != 0;

	if (type != DNS_A && type != DNS_AAAA)
		return any;
	local_list_named(z->d, dname_span(&z->name), type, &l);
	write_list(z, &l);
	return any;
}

/* Its address is told whatever the zone's subnets. */
static bool add_synth(struct zoning *z)
{
	struct addr a;
	const struct dns_synth *s = synth_address(z->d->v->conf->synths, dname_span(&z->name), &a);
	const uint16_t type = a.family == ADDR_IP4 ? DNS_A : DNS_AAAA;

	if (s && z->d->type == type)
		local_add(z->d, DNS_ANSWER, &z->name, &(struct local_found){
			type, z->d->v->conf->auth.ttl_s, local_copy(z->d, addr_bytes(&a)),
			FROM_MADE, s->origin });
	return s != NULL;
}

static bool add_name(struct zoning *z)
{
	static bool (*const parts[])(struct zoning *z) = {
		add_records, add_interfaces, add_leases, add_hosts,
	};
	bool any = false;

	z->owner = records_owner(z->d->v->records, dname_span(&z->name));
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		any |= parts[i](z);
	return any || add_synth(z);
}

static bool has_below(const struct zoning *z)
{
	return (z->owner && z->owner->above) ||
	       hosts_below(z->d->v->hosts, dname_span(&z->name));
}

/* One step, and no more. */
static bool follow_alias(struct zoning *z)
{
	const struct dns_record *cname =
		records_zone_alias(z->d->v->records, dname_span(&z->name));
	struct dname target;

	if (!cname)
		return false;
	auth_add_alias(z->d, z->zone, &z->name, cname, &target);
	z->name = target;
	z->is_target = true;
	if (z->d->type != DNS_CNAME)
		add_name(z);
	return true;
}

/* ---- a zone's answer ---------------------------------------------------------------------- */

static bool add_apex(struct zoning *z)
{
	struct deciding *d = z->d;

	if (d->type == DNS_NS)
		auth_add_servers(d, DNS_ANSWER, &z->name, AUTH_ALL_SERVERS);
	if (d->type == DNS_SOA)
		auth_add_soa(d, DNS_ANSWER, &z->name);
	return d->type == DNS_NS || d->type == DNS_SOA;
}

/* A stranger is told whose the answer is. */
static void add_authority(struct deciding *d, const struct dname *apex, enum auth_servers which)
{
	if (d->out->n == 0)
		auth_add_soa(d, DNS_AUTHORITY, apex);
	else if (d->type != DNS_NS)
		auth_add_servers(d, DNS_AUTHORITY, apex, which);
}

static void answer_zone(struct deciding *d, const struct dns_zone *zone)
{
	struct zoning z = { .d = d, .zone = zone, .name = d->name };
	struct dname apex;
	bool is_apex = dname_span_eq(dname_span(&d->name), zone->domain), ours, known;

	must(dname_of_span(zone->domain, &apex));
	ours = is_apex && add_apex(&z);
	known = ours || add_name(&z) || follow_alias(&z) || has_below(&z) || is_apex;
	settle(d, zone, known ? DNS_NOERROR : DNS_NXDOMAIN);
	d->out->authoritative = d->q->stranger || ours;
	if (d->q->stranger || (ours && d->type == DNS_SOA))
		add_authority(d, &apex, AUTH_ALL_SERVERS);
}

/* ---- names of addresses ------------------------------------------------------------------------ */

static bool add_pointer(struct zoning *z, struct span name, enum local_source from,
			struct origin origin)
{
	if (!dname_below(name, z->zone->domain))
		return false;
	local_add(z->d, DNS_ANSWER, &z->d->name, &(struct local_found){
		DNS_PTR, z->d->v->conf->auth.ttl_s, name, from, origin });
	return true;
}

/* The first line that gives the address counts, in the zone or not. */
static bool of_interface(struct zoning *z, const struct addr *a)
{
	const struct dns_interface_name *i = z->d->v->conf->interface_names;

	while (i && !interface_name_has(i, z->d->v->loop, a))
		i = i->next;
	return i && add_pointer(z, i->owner, FROM_CONFIG, i->origin);
}

static bool of_host(struct zoning *z, const struct addr *a)
{
	const struct dns_record *r = records_at(z->d->v->records, a);
	struct host_entry e;
	struct dname name;

	if (r)
		return add_pointer(z, r->owner, FROM_CONFIG, r->origin);
	e = hosts_at(z->d->v->hosts, a);
	if (!e.number)
		return false;
	hosts_name(z->d->v->hosts, &e, &name);
	return add_pointer(z, local_copy(z->d, dname_span(&name)), FROM_HOSTS, e.origin);
}

static bool of_lease(struct zoning *z, const struct addr *a)
{
	struct names_entry e[LEASES_MAX] UNCLEARED;
	size_t n = z->d->v->names ? names_of(z->d->v->names, a, e, COUNT_OF(e)) : 0;
	struct dname name;
	uint32_t left_s;

	for (size_t i = 0; i < n && i < COUNT_OF(e); i++)
		if (local_lease_ttl(z->d, &e[i], &left_s) &&
		    auth_lease_name(z->d, z->zone, &e[i], &name))
			return add_pointer(z, local_copy(z->d, dname_span(&name)), FROM_LEASE,
					   (struct origin){ 0 });
	return false;
}

static bool of_synth(struct zoning *z, const struct addr *a)
{
	struct dname name;
	const struct dns_synth *s = synth_name(z->d->v->conf->synths, a, &name);

	return s && add_pointer(z, local_copy(z->d, dname_span(&name)), FROM_CONFIG, s->origin);
}

static void add_pointers(struct deciding *d, const struct dns_zone *zone, const struct prefix *p)
{
	static bool (*const sources[])(struct zoning *z, const struct addr *a) = {
		of_interface, of_host, of_lease, of_synth,
	};
	struct zoning z = { .d = d, .zone = zone };

	for (size_t i = 0; p->bits == 8 * addr_bytes(&p->addr).n && i < COUNT_OF(sources); i++)
		if (sources[i](&z, &p->addr))
			return;
}

/* False: no zone has such an address. */
static bool answer_reverse(struct deciding *d)
{
	const struct dns_zone *zone;
	struct dname apex;
	struct prefix p;

	if ((d->type != DNS_PTR && d->type != DNS_SOA && d->type != DNS_NS) ||
	    !dname_reverse(dname_span(&d->name), &p))
		return false;
	zone = zone_reverse(d->v->conf, d->v->loop, &p.addr, &apex);
	if (!zone)
		return false;
	if (d->type == DNS_PTR)
		add_pointers(d, zone, &p);
	else if (d->type == DNS_SOA)
		auth_add_soa(d, DNS_ANSWER, &apex);
	else
		auth_add_servers(d, DNS_ANSWER, &apex, AUTH_FIRST_SERVER);
	settle(d, zone, d->out->n ? DNS_NOERROR : DNS_NXDOMAIN);
	d->out->authoritative = true;
	add_authority(d, &apex, AUTH_FIRST_SERVER);
	return true;
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static bool serves_zones(const struct local_view *v, const struct local_question *q)
{
	return q->stranger || !v->conf->localise;
}

bool auth_answers(struct deciding *d)
{
	const bool is_in = d->q->query->question.class == DNS_IN;
	const struct dns_zone *zone;

	if (!serves_zones(d->v, d->q))
		return false;
	if (is_in && d->q->stranger && answer_reverse(d))
		return true;
	zone = zone_of(d->v->conf, dname_span(&d->name));
	if (zone && is_in)
		answer_zone(d, zone);
	else if (d->q->stranger)
		settle(d, NULL, DNS_REFUSED);
	else if (zone)
		settle(d, zone, DNS_NXDOMAIN);
	return zone || d->q->stranger;
}

const struct dns_zone *auth_copied(const struct local_view *v, const struct local_question *q)
{
	const struct dns_question *asked = &q->query->question;
	const struct dns_zone *zone = asked->type == DNS_AXFR && asked->class == DNS_IN &&
				      serves_zones(v, q)
				      ? zone_of(v->conf, dname_span(&asked->name)) : NULL;

	return zone && dname_span_eq(zone->domain, dname_span(&asked->name)) ? zone : NULL;
}

bool auth_may_copy(const struct dns_conf *c, const struct addr *from)
{
	if (!c->auth.peers)
		return c->auth.secondaries != NULL;
	for (const struct dns_peer *p = c->auth.peers; p; p = p->next)
		if (addr_eq(&p->addr, from))
			return true;
	return false;
}
