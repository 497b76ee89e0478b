/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/auth_private.h"

/* A copy while it is made.  The verdict holds the records of one name or line at a time. */
struct copying {
	struct deciding d;
	const struct dns_zone *zone;
	struct dname apex;
	bool (*take)(void *arg, const struct local_item *item);
	void *arg;
	bool ended;			/* take() wants no more */
};

static bool is_inside(const struct copying *c, struct span name)
{
	return dname_below(name, c->zone->domain);
}

/* Hands on what was added. */
static void give(struct copying *c)
{
	struct local_verdict *v = c->d.out;

	for (size_t i = 0; i < v->n && !c->ended; i++)
		c->ended = !c->take(c->arg, &v->items[i]);
	v->n = v->bytes_n = 0;
	v->overflow = false;
}

static void give_soa(struct copying *c)
{
	auth_add_soa(&c->d, DNS_ANSWER, &c->apex);
	give(c);
}

static void give_lines(struct copying *c)
{
	for (const struct dns_record *r = c->d.v->conf->records; r && !c->ended; r = r->next) {
		struct dname owner, target;

		if (!is_inside(c, r->owner) || !dname_of_span(r->owner, &owner))
			continue;
		if (auth_is_plain(r))
			auth_add_record(&c->d, &owner, r);
		else if (r->type == DNS_CNAME)
			auth_add_alias(&c->d, c->zone, &owner, r, &target);
		give(c);
	}
}

static void give_interfaces(struct copying *c)
{
	static const uint16_t types[] = { DNS_A, DNS_AAAA };
	const struct dns_interface_name *i = c->d.v->conf->interface_names;

	for (; i && !c->ended; i = i->next) {
		struct dname owner;

		if (!is_inside(c, i->owner) || !dname_of_span(i->owner, &owner))
			continue;
		for (size_t t = 0; t < COUNT_OF(types); t++)
			auth_add_interface(&c->d, c->zone, &owner, i, types[t]);
		give(c);
	}
}

/* ---- hosts ---------------------------------------------------------------------------------- */

static void give_address(struct copying *c, const struct dname *owner, const struct addr *a,
			 enum local_source from, struct origin origin)
{
	if (!auth_tells(&c->d, c->zone, a))
		return;
	local_add(&c->d, DNS_ANSWER, owner, &(struct local_found){
		a->family == ADDR_IP4 ? DNS_A : DNS_AAAA, c->d.v->conf->auth.ttl_s,
		addr_bytes(a), from, origin });
	give(c);
}

/* Is it the first of the host-records that say the same? */
static bool is_first_line(const struct copying *c, const struct dns_record *one)
{
	const struct record_owner *o = records_owner(c->d.v->records, one->owner);
	const struct dns_record *first = one;

	for (const struct record_ref *r = o ? o->records : NULL; r; r = r->next)
		if (r->record->from_host_record && r->record->type == one->type &&
		    span_eq(r->record->rdata, one->rdata))
			first = r->record;	/* the last line comes first */
	return first == one;
}

static void give_host_lines(struct copying *c)
{
	for (const struct dns_record *r = c->d.v->conf->records; r && !c->ended; r = r->next) {
		const struct addr a = addr_of_bytes(r->rdata);
		struct dname owner;

		if (r->from_host_record && is_inside(c, r->owner) &&
		    dname_of_span(r->owner, &owner) && is_first_line(c, r))
			give_address(c, &owner, &a, FROM_CONFIG, r->origin);
	}
}

static bool has_line(const struct copying *c, const struct dname *name, const struct host_entry *e)
{
	const struct record_owner *o = records_owner(c->d.v->records, dname_span(name));

	for (const struct record_ref *r = o ? o->records : NULL; r; r = r->next)
		if (r->record->from_host_record && span_eq(r->record->rdata, addr_bytes(&e->addr)))
			return true;
	return false;
}

static void give_hosts(struct copying *c)
{
	const struct hosts *h = c->d.v->hosts;

	for (uint32_t i = 1; i <= hosts_count(h) && !c->ended; i++) {
		const struct host_entry e = hosts_entry(h, i);
		struct dname owner;

		hosts_name(h, &e, &owner);
		if (is_inside(c, dname_span(&owner)) && !has_line(c, &owner, &e))
			give_address(c, &owner, &e.addr, FROM_HOSTS, e.origin);
	}
}

/* ---- leases ----------------------------------------------------------------------------------- */

static void give_lease(struct copying *c, const struct names_entry *e)
{
	struct dname owner;
	uint32_t left_s;

	if (!c->ended && local_lease_ttl(&c->d, e, &left_s) &&
	    auth_lease_name(&c->d, c->zone, e, &owner))
		give_address(c, &owner, &e->addr, FROM_LEASE, (struct origin){ 0 });
}

static void give_leases(struct copying *c)
{
	struct names_entry *e = NULL;
	size_t room = 0, n = 0;

	for (unsigned part = 0; c->d.v->names && part < NAMES_PARTS && !c->ended; part++) {
		while ((n = names_part(c->d.v->names, part, e, room)) > room) {
			struct names_entry *more = reallocarray(e, n, sizeof *e);

			must(more);
			e = more;
			room = n;
		}
		for (size_t i = 0; i < n; i++)
			give_lease(c, &e[i]);
	}
	free(e);
}

/* ---- the whole ----------------------------------------------------------------------------------- */

void auth_copy(const struct local_view *v, const struct local_question *q,
	       const struct dns_zone *zone, struct local_verdict *room,
	       bool (*take)(void *arg, const struct local_item *item), void *arg)
{
	static void (*const parts[])(struct copying *c) = {
		give_lines, give_interfaces, give_leases, give_hosts, give_host_lines, give_soa,
	};
	struct copying c = { .d = { .v = v, .q = q, .out = room, .type = DNS_AXFR },
			     .zone = zone, .take = take, .arg = arg };

	if (!dname_of_span(zone->domain, &c.apex))
		return;
	room->n = room->bytes_n = 0;
	room->overflow = false;
	auth_add_soa(&c.d, DNS_ANSWER, &c.apex);
	auth_add_servers(&c.d, DNS_ANSWER, &c.apex, AUTH_ALL_SERVERS);
	give(&c);
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		parts[i](&c);
}
