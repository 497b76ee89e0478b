/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "app/lease_names.h"
#include "base/log.h"
#include "base/must.h"

/* The domain of the address, where the lease does not say. */
static const char *domain_for(const struct lease_names *n, const struct lease *l)
{
	const struct domain_rule *rule;

	if (l->domain || !n->lan)
		return l->domain;
	rule = domain_of(n->lan->domains, &l->addr, loop_netif(n->loop, l->ifindex));
	return rule && *rule->name ? rule->name : NULL;
}

/* Another address has the name by a hosts file. */
static const struct host_entry *taken(const struct lease_names *n, const struct dname *name,
				      const struct lease *l)
{
	const struct host_entry *first = n->hosts ? hosts_named(n->hosts, dname_span(name)) : NULL;

	for (const struct host_entry *e = first; e; e = e->next_same_name)
		if (addr_eq(&e->addr, &l->addr))
			return NULL;
	while (first && first->addr.family != l->addr.family)
		first = first->next_same_name;
	return first;
}

enum told { TELL, KEEP_QUIET };

static bool put(struct lease_names *n, const struct lease *l, const char *text, bool names_address,
		enum told told)
{
	struct names_entry e = { .addr = l->addr, .mono_expires_ms = l->mono_expires_ms,
				 .names_address = names_address };
	const struct host_entry *other;

	if (n->dhcp) {
		e.has_ttl = n->dhcp->has_dns_ttl;
		e.ttl_s = n->dhcp->dns_ttl_s;
	}
	if (!dname_parse(text, &e.name))
		return false;
	other = taken(n, &e.name, l);
	if (other && told == TELL)
		log_warning(LOG_DHCP, "not giving name %s to the DHCP lease of %s because the name "
			    "exists in %s with address %s", text, addr_text(&l->addr).s,
			    other->origin.file, addr_text(&other->addr).s);
	/* Without memory for the name the lease serves all the same. */
	return !other && names_put(n->names, &e) == ST_OK;
}

/* With its domain first: that one names the address. */
static void publish(struct lease_names *n, const struct lease *l, enum told told)
{
	const char *domain = domain_for(n, l);
	char whole[2 * LEASE_NAME_MAX + 2];
	bool named = false;

	names_remove(n->names, &l->addr);
	if (!l->name)
		return;
	if (domain) {
		snprintf(whole, sizeof whole, "%s.%s", l->name, domain);
		named = put(n, l, whole, true, told);
	}
	if (!domain || !n->dhcp || !n->dhcp->fqdn)
		put(n, l, l->name, !named, told);
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
}

static void publish_all(struct lease_names *n, enum told tell)
{
	const struct lease *l;
	size_t cursor = 0;

	while (n->leases && (l = leases_each(n->leases, &cursor)))
		publish(n, l, tell);
}

void lease_names_init(struct lease_names *n, struct names *names, const struct loop *l)
{
	*n = (struct lease_names){ .watch.told = told, .names = names, .loop = l };
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
	publish_all(n, TELL);
}
