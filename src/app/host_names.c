/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/host_names.h"
#include "dns/records.h"
#include "wire/dname.h"
#include "wire/dns.h"

/* Any, and one whose name it is; a file of NULL: none. */
struct choice { struct dhcp_named first, own; };

static bool is_another(const struct choice *c, const struct addr *a)
{
	return c->first.origin.file && !addr_eq(&c->first.addr, a);
}

/* The list has the last line first. */
static void choose_records(struct choice *c, const struct dns_data *d, const struct record_ref *ref)
{
	for (; ref; ref = ref->next) {
		const struct dns_record *r = ref->record;
		struct dhcp_named n = { .origin = r->origin };

		if (r->type != DNS_A || !r->from_host_record)
			continue;
		n.addr = addr_of_bytes(r->rdata);
		n.several = c->first.several || is_another(c, &n.addr);
		c->first = n;
		if (records_at(d->records, &n.addr) == r)
			c->own = n;
	}
}

static bool is_its_own(const struct dns_data *d, const struct dname *name, const struct addr *a)
{
	const struct host_entry at = hosts_at(d->hosts, a);
	struct dname its;

	if (!at.number || records_at(d->records, a))
		return false;
	hosts_name(d->hosts, &at, &its);
	return dname_eq(&its, name);
}

static void choose_hosts(struct choice *c, const struct dns_data *d, const struct dname *name)
{
	for (struct host_entry e = hosts_named(d->hosts, dname_span(name)); e.number;
	     e = hosts_next(d->hosts, &e)) {
		const struct dhcp_named n = { .addr = e.addr, .origin = e.origin };

		if (e.addr.family != ADDR_IP4)
			continue;
		if (is_another(c, &n.addr))
			c->first.several = true;
		if (!c->first.origin.file)
			c->first = n;
		if (!c->own.origin.file && is_its_own(d, name, &n.addr))
			c->own = n;
	}
}

bool host_names_find(const struct dns_data *d, const char *name, struct dhcp_named *out)
{
	const struct record_owner *owner;
	struct choice c = { 0 };
	struct dname wire;

	if (!dname_parse(name, &wire))
		return false;
	owner = records_owner(d->records, dname_span(&wire));
	choose_records(&c, d, owner ? owner->records : NULL);
	choose_hosts(&c, d, &wire);
	if (!c.first.several) {
		*out = c.first;
		return c.first.origin.file != NULL;
	}
	if (!c.own.origin.file)
		return false;
	*out = c.own;
	out->several = true;
	return true;
}

static void write_name(struct dhcp_name_at *out, struct span name, struct origin o)
{
	const struct dname_text text = dname_span_text(name);

	snprintf(out->text, sizeof out->text, "%s", text.s);
	out->origin = o;
}

bool host_names_at(const struct dns_data *d, const struct addr *a, struct dhcp_name_at *out)
{
	const struct dns_record *r = records_at(d->records, a);
	struct host_entry e;
	struct dname name;

	if (r) {
		write_name(out, r->owner, r->origin);
		return true;
	}
	e = hosts_at(d->hosts, a);
	if (!e.number)
		return false;
	hosts_name(d->hosts, &e, &name);
	write_name(out, dname_span(&name), e.origin);
	return true;
}
