/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/auth_private.h"
#include "dns/interface_name.h"

#define NAMES_MAX 8			/* of one lease */
#define NUMBERS 20			/* of an SOA record: five of four bytes (RFC 1035 3.3.13) */

static void add(struct deciding *d, enum dns_section section, const struct dname *owner,
		uint16_t type, struct span rdata, struct origin origin, enum local_source from)
{
	local_add(d, section, owner, &(struct local_found){
		type, d->v->conf->auth.ttl_s, rdata, from, origin });
}

void auth_add_soa(struct deciding *d, enum dns_section section, const struct dname *owner)
{
	const struct dns_auth *auth = &d->v->conf->auth;
	const uint32_t numbers[] = { d->v->zone_serial, auth->refresh_s, auth->retry_s,
				     auth->expire_s, auth->ttl_s };
	const size_t n = auth->server.n + auth->mailbox.n + NUMBERS;
	uint8_t *rdata = local_bytes(d, n);

	if (!rdata)
		return;
	memcpy(rdata, auth->server.p, auth->server.n);
	memcpy(rdata + auth->server.n, auth->mailbox.p, auth->mailbox.n);
	for (size_t i = 0; i < COUNT_OF(numbers); i++)
		put_uint(rdata + n - NUMBERS + 4 * i, 4, numbers[i]);
	add(d, section, owner, DNS_SOA, span_of(rdata, n), (struct origin){ 0 }, FROM_AUTH);
}

/* The last of them first, as in dnsmasq. */
static void add_secondaries(struct deciding *d, enum dns_section section,
			    const struct dname *owner, const struct dns_domain *s)
{
	if (!s)
		return;
	add_secondaries(d, section, owner, s->next);
	add(d, section, owner, DNS_NS, s->domain, s->origin, FROM_AUTH);
}

void auth_add_servers(struct deciding *d, enum dns_section section, const struct dname *owner,
		      enum auth_servers which)
{
	const struct dns_auth *auth = &d->v->conf->auth;

	if (auth->places)
		add(d, section, owner, DNS_NS, auth->server, (struct origin){ 0 }, FROM_AUTH);
	if (which == AUTH_ALL_SERVERS)
		add_secondaries(d, section, owner, auth->secondaries);
}

void auth_add_record(struct deciding *d, const struct dname *owner, const struct dns_record *r)
{
	add(d, DNS_ANSWER, owner, r->type, r->rdata, r->origin, FROM_RECORD);
}

void auth_add_alias(struct deciding *d, const struct dns_zone *zone, const struct dname *owner,
		    const struct dns_record *cname, struct dname *out)
{
	dname_of_span(cname->rdata, out);
	if (out->labels == 1 && out->n + zone->domain.n - 1 <= DNAME_MAX) {
		uint8_t whole[DNAME_MAX];

		memcpy(whole, out->bytes, out->n - 1u);
		memcpy(whole + out->n - 1, zone->domain.p, zone->domain.n);
		dname_of_span(span_of(whole, out->n - 1 + zone->domain.n), out);
	}
	add(d, DNS_ANSWER, owner, DNS_CNAME, local_copy(d, dname_span(out)), cname->origin,
	    FROM_RECORD);
}

bool auth_tells(const struct deciding *d, const struct dns_zone *zone, const struct addr *a)
{
	return !d->q->stranger || zone_tells(zone, d->v->loop, a);
}

void auth_add_interface(struct deciding *d, const struct dns_zone *zone, const struct dname *owner,
			const struct dns_interface_name *i, uint16_t type)
{
	const struct netif *n = loop_netif_named(d->v->loop, i->interface);
	const enum addr_family family = type == DNS_A ? ADDR_IP4 : ADDR_IP6;
	struct addr a;

	for (size_t k = n ? n->addrs : 0; k-- > 0; )	/* the last one first, as in dnsmasq */
		if (n->addr[k].addr.family == family &&
		    interface_name_gives(i, &n->addr[k], &a) && auth_tells(d, zone, &a))
			add(d, DNS_ANSWER, owner, type, local_copy(d, addr_bytes(&a)), i->origin,
			    FROM_MADE);
}

bool auth_is_plain(const struct dns_record *r)
{
	return !r->from_host_record && r->type != DNS_CNAME && r->type != DNS_PTR;
}

/* ---- leases ------------------------------------------------------------------------------- */

/* A lease that has a name of one label has it beside the long one. */
static bool has_short_name(const struct names *names, const struct addr *a)
{
	struct names_entry e[NAMES_MAX];
	size_t n = names_of(names, a, e, COUNT_OF(e));

	for (size_t i = 0; i < n && i < COUNT_OF(e); i++)
		if (e[i].name.labels == 1)
			return true;
	return false;
}

bool auth_lease_name(const struct deciding *d, const struct dns_zone *zone,
		     const struct names_entry *e, struct dname *out)
{
	uint8_t whole[DNAME_MAX];
	size_t n = e->name.n - 1u;

	if (e->name.labels == 1 && n + zone->domain.n <= DNAME_MAX) {
		memcpy(whole, e->name.bytes, n);
		memcpy(whole + n, zone->domain.p, zone->domain.n);
		return dname_of_span(span_of(whole, n + zone->domain.n), out);
	}
	if (e->name.labels == 1 || !dname_below(dname_span(&e->name), zone->domain) ||
	    has_short_name(d->v->names, &e->addr))
		return false;
	*out = e->name;
	return true;
}
