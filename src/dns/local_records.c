/* SPDX-License-Identifier: ISC */
/*
 * Configured records: the last line's first, as dnsmasq answers them.
 */
#include "base/must.h"
#include "dns/local_private.h"

#define MX_PREFERENCE 1			/* of selfmx and localmx */

static const struct record_ref *refs(const struct deciding *d)
{
	return d->owner ? d->owner->records : NULL;
}

static bool add_type(struct deciding *d, uint16_t type)
{
	bool any = false;

	if (!deciding_wants(d, type))
		return false;
	for (const struct record_ref *r = refs(d); r; r = r->next)
		if (r->record->type == type) {
			local_add_record(d, r->record);
			any = true;
		}
	return any;
}

void local_texts(struct deciding *d)
{
	add_type(d, DNS_TXT);
}

void local_pointers(struct deciding *d)
{
	add_type(d, DNS_NAPTR);
}

/* Other parts look after these. */
static bool has_part(const struct dns_record *r)
{
	static const uint16_t types[] = { DNS_TXT, DNS_NAPTR, DNS_MX, DNS_SRV, DNS_PTR, DNS_CNAME };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (r->type == types[i])
			return true;
	return r->from_host_record;
}

void local_raw(struct deciding *d)
{
	for (const struct record_ref *r = refs(d); r; r = r->next)
		if (!has_part(r->record) && deciding_wants(d, r->record->type))
			local_add_record(d, r->record);
}

/* ---- mail --------------------------------------------------------------------------------- */

/* Where mail for a host goes that has no MX record; empty: no line says so. */
static bool default_target(const struct deciding *d, struct dname *out)
{
	const struct dns_conf *c = d->v->conf;

	if (c->mx_self) {
		*out = d->name;
		return true;
	}
	if (!c->mx_local)
		return false;
	if (c->mx_target)
		return dname_parse(c->mx_target, out);
	return dname_of_span(records_hostname(d->v->records), out);
}

void local_mail(struct deciding *d)
{
	struct dname target;
	uint8_t *rdata;

	if (!deciding_wants(d, DNS_MX) || add_type(d, DNS_MX) || !default_target(d, &target) ||
	    !local_host_exists(d, dname_span(&d->name)))
		return;
	rdata = local_bytes(d, 2u + target.n);
	if (!rdata)
		return;
	put_uint(rdata, 2, MX_PREFERENCE);
	memcpy(rdata + 2, target.bytes, target.n);
	local_add(d, DNS_ANSWER, &d->name, &(struct local_found){
		DNS_MX, d->v->conf->local_ttl_s, span_of(rdata, 2u + target.n), FROM_CONFIG,
		{ 0 } });
}

/* ---- services ------------------------------------------------------------------------------- */

static size_t count_type(const struct deciding *d, uint16_t type)
{
	size_t n = 0;

	for (const struct record_ref *r = refs(d); r; r = r->next)
		n += r->record->type == type;
	return n;
}

/* Has the n-th record of this type used, counted from 0. */
static void use_nth(struct deciding *d, uint16_t type, size_t n,
		    void (*use)(struct deciding *d, const struct dns_record *r))
{
	for (const struct record_ref *r = refs(d); r; r = r->next)
		if (r->record->type == type && n-- == 0) {
			use(d, r->record);
			return;
		}
}

/* They take turns in being the first, whatever no-round-robin says, as in dnsmasq. */
void local_services(struct deciding *d)
{
	size_t n = count_type(d, DNS_SRV);

	if (!deciding_wants(d, DNS_SRV))
		return;
	for (size_t i = 0; i < n; i++)
		use_nth(d, DNS_SRV, (size_t)((d->v->turn + i) % n), local_add_record);
}

/* ---- the hosts that they name ----------------------------------------------------------------- */

static bool has_additional(const struct local_verdict *v, struct span host)
{
	for (size_t i = 0; i < v->n; i++)
		if (v->items[i].section == DNS_ADDITIONAL &&
		    dname_span_eq(dname_span(&v->items[i].owner), host))
			return true;
	return false;
}

static void add_target(struct deciding *d, const struct dns_record *r)
{
	size_t fixed = r->type == DNS_MX ? 2 : 6;	/* RFC 1035 3.3.9, RFC 2782 */
	struct span host;

	if (r->rdata.n <= fixed)
		return;
	host = span_of(r->rdata.p + fixed, r->rdata.n - fixed);
	if (!has_additional(d->out, host))
		local_additional_addresses(d, host);
}

void local_targets(struct deciding *d)
{
	size_t n = count_type(d, DNS_SRV);

	if (deciding_wants(d, DNS_MX))
		for (const struct record_ref *r = refs(d); r; r = r->next)
			if (r->record->type == DNS_MX)
				add_target(d, r->record);
	if (deciding_wants(d, DNS_SRV))		/* in the order of the next turn, as in dnsmasq */
		for (size_t i = 0; i < n; i++)
			use_nth(d, DNS_SRV, (size_t)((d->v->turn + 1 + i) % n), add_target);
}
