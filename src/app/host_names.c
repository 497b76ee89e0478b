/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/host_names.h"
#include "dns/records.h"
#include "wire/dname.h"
#include "wire/dns.h"

struct choice {
	struct dhcp_named first, own;	/* any; one whose name it is */
};

static bool is_another(const struct choice *c, const struct addr *a)
{
	return c->first.origin && !addr_eq(&c->first.addr, a);
}

/* The list has the last line first. */
static void choose_records(struct choice *c, const struct dns_data *d, const struct record_ref *ref)
{
	for (; ref; ref = ref->next) {
		const struct dns_record *r = ref->record;
		struct dhcp_named n = { .origin = &r->origin };

		if (r->type != DNS_A || !r->from_host_record)
			continue;
		n.addr = addr_of_bytes(r->rdata);
		n.several = c->first.several || is_another(c, &n.addr);
		c->first = n;
		if (records_at(d->records, &n.addr) == r)
			c->own = n;
	}
}

static bool is_its_own(const struct dns_data *d, const struct host_entry *e)
{
	const struct host_entry *at = hosts_at(d->hosts, &e->addr);

	return at && dname_span_eq(at->name, e->name) && !records_at(d->records, &e->addr);
}

static void choose_hosts(struct choice *c, const struct dns_data *d, const struct host_entry *e)
{
	for (; e; e = e->next_same_name) {
		const struct dhcp_named n = { .addr = e->addr, .origin = &e->origin };

		if (e->addr.family != ADDR_IP4)
			continue;
		if (is_another(c, &n.addr))
			c->first.several = true;
		if (!c->first.origin)
			c->first = n;
		if (!c->own.origin && is_its_own(d, e))
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
	choose_hosts(&c, d, hosts_named(d->hosts, dname_span(&wire)));
	if (!c.first.several) {
		*out = c.first;
		return c.first.origin != NULL;
	}
	if (!c.own.origin)
		return false;
	*out = c.own;
	out->several = true;
	return true;
}

bool host_names_at(const struct dns_data *d, const struct addr *a, struct dhcp_name_at *out)
{
	const struct dns_record *r = records_at(d->records, a);
	const struct host_entry *e = r ? NULL : hosts_at(d->hosts, a);
	struct dname_text text;

	if (!r && !e)
		return false;
	text = dname_span_text(r ? r->owner : e->name);
	snprintf(out->text, sizeof out->text, "%s", text.s);
	out->origin = r ? &r->origin : &e->origin;
	return true;
}
