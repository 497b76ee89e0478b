/* SPDX-License-Identifier: ISC */
/*
 * Names of addresses: of an interface, of a ptr-record, of a host-record, of a hosts file, of a
 * lease, made of the address; the first that has one answers.
 */
#include "base/must.h"
#include "dns/interface_name.h"
#include "dns/local_private.h"
#include "dns/synth.h"

#define NAMES_MAX 8			/* of one lease: short and long, and what changed just now */

static void add_name(struct deciding *d, uint32_t ttl_s, struct span name, enum local_source from,
		     struct origin origin)
{
	local_add(d, DNS_ANSWER, &d->name,
		  &(struct local_found){ DNS_PTR, ttl_s, name, from, origin });
}

static bool of_interface(struct deciding *d, const struct addr *a)
{
	for (const struct dns_interface_name *i = d->v->conf->interface_names; i; i = i->next) {
		if (!interface_name_has(i, d->v->loop, a))
			continue;
		add_name(d, d->v->conf->local_ttl_s, i->owner, FROM_CONFIG, i->origin);
		return true;
	}
	return false;
}

static bool of_host_record(struct deciding *d, const struct addr *a)
{
	const struct dns_record *r = records_at(d->v->records, a);

	if (r)
		add_name(d, local_ttl(d, r), r->owner, FROM_CONFIG, r->origin);
	return r != NULL;
}

static bool of_hosts(struct deciding *d, const struct addr *a)
{
	const struct host_entry e = hosts_at(d->v->hosts, a);
	struct dname name;

	if (!e.number)
		return false;
	hosts_name(d->v->hosts, &e, &name);
	add_name(d, d->v->conf->local_ttl_s, local_copy(d, dname_span(&name)), FROM_HOSTS, e.origin);
	return true;
}

/* A lease's name that a host-record or a hosts file has too is theirs. */
static bool of_lease(struct deciding *d, const struct addr *a)
{
	struct names_entry e[NAMES_MAX];
	size_t n = d->v->names ? names_of(d->v->names, a, e, COUNT_OF(e)) : 0;
	uint32_t ttl_s;

	for (size_t i = 0; i < n && i < COUNT_OF(e); i++) {
		struct span name = dname_span(&e[i].name);

		if (!local_lease_ttl(d, &e[i], &ttl_s) ||
		    local_is_configured(d->v, name, a->family))
			continue;
		add_name(d, ttl_s, local_copy(d, name), FROM_LEASE, (struct origin){ 0 });
		return true;
	}
	return false;
}

static bool of_synth(struct deciding *d, const struct addr *a)
{
	struct dname name;
	const struct dns_synth *s = synth_name(d->v->conf->synths, a, &name);

	if (s)
		add_name(d, d->v->conf->local_ttl_s, local_copy(d, dname_span(&name)), FROM_CONFIG,
			 s->origin);
	return s != NULL;
}

static bool of_ptr_record(struct deciding *d, const struct addr *a)
{
	bool any = false;

	(void)a;
	for (const struct record_ref *r = d->owner ? d->owner->records : NULL; r; r = r->next)
		if (r->record->type == DNS_PTR) {
			local_add_record(d, r->record);
			any = true;
		}
	return any;
}

void local_reverse(struct deciding *d)
{
	static bool (*const sources[])(struct deciding *d, const struct addr *a) = {
		of_interface, of_ptr_record, of_host_record, of_hosts, of_lease, of_synth,
	};
	struct prefix p;

	if (!deciding_wants(d, DNS_PTR))
		return;
	if (!dname_reverse(dname_span(&d->name), &p) || p.bits != 8 * addr_bytes(&p.addr).n) {
		of_ptr_record(d, NULL);
		return;
	}
	for (size_t i = 0; i < COUNT_OF(sources); i++)
		if (sources[i](d, &p.addr))
			return;
}
