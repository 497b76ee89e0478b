/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/lease_names.h"
#include "base/log.h"
#include "base/must.h"

const char *lease_domain(const struct lan_conf *lan, const struct lease *l, const struct netif *n)
{
	const struct domain_rule *rule;

	if (l->domain || !lan)
		return l->domain;
	rule = domain_of(lan->domains, &l->addr, n);
	return rule && *rule->name ? rule->name : NULL;
}

/* Another address has the name by a hosts file. */
static bool is_taken(const struct lease_names *n, const struct dname *name, const struct lease *l,
		     struct host_entry *out)
{
	struct host_entry e = { 0 };

	*out = e;
	if (n->hosts)
		e = hosts_named(n->hosts, dname_span(name));
	for (; e.number; e = hosts_next(n->hosts, &e)) {
		if (addr_eq(&e.addr, &l->addr))
			return false;
		if (!out->number && e.addr.family == l->addr.family)
			*out = e;
	}
	return out->number != 0;
}

enum told { TELL, KEEP_QUIET };

/* What a lease is to be known by. */
struct wanted {
	size_t n;
	struct names_entry entry[2];
};

static void want(struct lease_names *n, struct wanted *w, const struct lease *l, const char *text,
		 enum told told)
{
	struct names_entry *e = &w->entry[w->n];
	struct host_entry other;
	bool taken;

	*e = (struct names_entry){ .addr = l->addr, .mono_expires_ms = l->mono_expires_ms,
				   .names_address = w->n == 0 };
	if (n->dhcp) {
		e->has_ttl = n->dhcp->has_dns_ttl;
		e->ttl_s = n->dhcp->dns_ttl_s;
	}
	if (!dname_parse(text, &e->name) || e->name.labels == 0)
		return;
	taken = is_taken(n, &e->name, l, &other);
	if (taken && told == TELL)
		log_warning(LOG_DHCP, "not giving name %s to the DHCP lease of %s because the name "
			    "exists in %s with address %s", text, addr_text(&l->addr).s,
			    other.origin.file, addr_text(&other.addr).s);
	w->n += !taken;
}

/* With its domain first: that one names the address. */
static void want_all(struct lease_names *n, struct wanted *w, const struct lease *l, enum told told)
{
	const char *domain = lease_domain(n->lan, l, loop_netif(n->loop, l->ifindex));
	char whole[2 * LEASE_NAME_MAX + 2];

	w->n = 0;
	if (!l->name)
		return;
	if (domain) {
		snprintf(whole, sizeof whole, "%s.%s", l->name, domain);
		want(n, w, l, whole, told);
	}
	if (!domain || !n->dhcp || !n->dhcp->fqdn)
		want(n, w, l, l->name, told);
}

static bool is_wanted(const struct wanted *w, const struct names_entry *e)
{
	for (size_t i = 0; i < w->n; i++)
		if (dname_eq(&w->entry[i].name, &e->name))
			return true;
	return false;
}

/* Are all names that the address has among those?  Then they are replaced one by one, and none is
 * missing in between. */
static bool all_stay(const struct lease_names *n, const struct wanted *w, const struct addr *a)
{
	struct names_entry have[COUNT_OF(w->entry)];
	size_t count = names_of(n->names, a, have, COUNT_OF(have));

	for (size_t i = 0; i < count && i < COUNT_OF(have); i++)
		if (!is_wanted(w, &have[i]))
			return false;
	return count <= COUNT_OF(have);
}

static void publish(struct lease_names *n, const struct lease *l, enum told told)
{
	struct wanted w;

	want_all(n, &w, l, told);
	if (!all_stay(n, &w, &l->addr))
		names_remove(n->names, &l->addr);
	for (size_t i = 0; i < w.n; i++)
		if (names_put(n->names, &w.entry[i]) != ST_OK)
			return;		/* without memory for the name the lease serves all the same */
}

static void told(struct lease_watch *w, enum lease_event e, const struct lease *l,
		 const char *old_name)
{
	struct lease_names *n = container_of(w, struct lease_names, watch);

	(void)old_name;
	if (e == LEASE_REMOVED || e == LEASE_EXPIRED)
		names_remove(n->names, &l->addr);
	else
		publish(n, l, e == LEASE_RENEWED ? KEEP_QUIET : TELL);
	if (e != LEASE_RENEWED)
		names_tell_change(n->names);
}

static void publish_one(struct lease_round *r, const struct lease *l)
{
	publish(container_of(r, struct lease_names, round), l, TELL);
}

/* Only now: who is told copies all that there are. */
static void published_all(struct lease_round *r)
{
	struct lease_names *n = container_of(r, struct lease_names, round);

	if (n->dhcp && n->dhcp->ranges)		/* as in dnsmasq: where there may be leases it counts */
		names_tell_change(n->names);
}

void lease_names_init(struct lease_names *n, struct names *names, struct loop *l)
{
	*n = (struct lease_names){ .watch.told = told, .names = names, .loop = l,
				   .round = { .each = publish_one, .end = published_all } };
}

void lease_names_follow(struct lease_names *n, struct leases *leases)
{
	n->leases = leases;
	leases_watch(leases, &n->watch);
}

void lease_names_use(struct lease_names *n, const struct lan_conf *lan, const struct hosts *hosts)
{
	n->lan = lan;
	n->hosts = hosts;
	lease_round_begin(&n->round, n->loop, n->leases);
}

void lease_names_stop(struct lease_names *n)
{
	lease_round_stop(&n->round);
}
