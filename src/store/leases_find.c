/* SPDX-License-Identifier: ISC */
/*
 * What others may ask of the leases.
 */
#include "base/must.h"
#include "base/text.h"
#include "store/leases_private.h"

static bool near_enough(const struct lease *l, const struct addr *near, uint32_t netmask)
{
	return !((addr_to_ip4(&l->addr) ^ addr_to_ip4(near)) & netmask);
}

const struct lease *leases_at(const struct leases *l, const struct addr *a)
{
	const struct lease_entry *e = lease_table_at(&l->table, a);

	return e && e->lease.state != LEASE_REMEMBERED ? &e->lease : NULL;
}

/* The better of two for a client: BOUND before OFFERED. */
static const struct lease *better(const struct lease *best, const struct lease_entry *e)
{
	if (e->lease.state == LEASE_BOUND)
		return best && best->state == LEASE_BOUND ? best : &e->lease;
	return best || e->lease.state != LEASE_OFFERED ? best : &e->lease;
}

const struct lease *leases_of_clid(const struct leases *l, struct span clid, struct addr near,
				   uint32_t netmask)
{
	const struct lease *best = NULL;

	for (const struct lease_entry *e = lease_table_clid(&l->table, clid, NULL); e;
	     e = lease_table_clid(&l->table, clid, e))
		if (near_enough(&e->lease, &near, netmask))
			best = better(best, e);
	return best;
}

const struct lease *leases_of_hw(const struct leases *l, const struct hwaddr *hw, struct addr near,
				 uint32_t netmask)
{
	const struct lease *best = NULL;

	for (const struct lease_entry *e = lease_table_hw(&l->table, hw, NULL); e;
	     e = lease_table_hw(&l->table, hw, e))
		if (near_enough(&e->lease, &near, netmask))
			best = better(best, e);
	return best;
}

static const struct lease_entry *entry_of(const struct lease *l)
{
	return l ? container_of(l, struct lease_entry, lease) : NULL;
}

const struct lease *leases_next_of_clid(const struct leases *l, struct span clid,
					const struct lease *after)
{
	const struct lease_entry *e = entry_of(after);

	do {
		e = lease_table_clid(&l->table, clid, e);
	} while (e && e->lease.state != LEASE_BOUND);
	return e ? &e->lease : NULL;
}

const struct lease *leases_next_of_hw(const struct leases *l, const struct hwaddr *hw,
				      const struct lease *after)
{
	const struct lease_entry *e = entry_of(after);

	do {
		e = lease_table_hw(&l->table, hw, e);
	} while (e && e->lease.state != LEASE_BOUND);
	return e ? &e->lease : NULL;
}

const struct lease *leases_remembered(const struct leases *l, const struct hwaddr *hw,
				      struct span clid, struct addr near, uint32_t netmask)
{
	const struct lease_entry *e = NULL;

	do {
		e = clid.n ? lease_table_clid(&l->table, clid, e) : lease_table_hw(&l->table, hw, e);
	} while (e && (e->lease.state != LEASE_REMEMBERED ||
		       !near_enough(&e->lease, &near, netmask)));
	return e ? &e->lease : NULL;
}

bool leases_domain_same(const char *a, const char *b)
{
	return a && b ? text_same(a, b) : a == b;
}

const struct lease *leases_named(const struct leases *l, const char *name, const char *domain)
{
	const struct lease_entry *e = lease_table_name(&l->table, name, NULL);

	while (e && (e->lease.state != LEASE_BOUND ||
		     (domain && !leases_domain_same(e->lease.domain, domain))))
		e = lease_table_name(&l->table, name, e);
	return e ? &e->lease : NULL;
}

bool leases_next_free(const struct leases *l, enum lease_free how, uint32_t last, uint32_t *ip)
{
	return ip4_set_next_out(how == FREE_OF_ALL ? &l->table.held : &l->table.barred, last, ip);
}

bool leases_last_bound(const struct leases *l, uint32_t first, uint32_t *ip)
{
	return ip4_set_last_in(&l->table.bound, first, ip);
}

struct lease_use leases_use(const struct leases *l, uint32_t first, uint32_t last)
{
	const uint32_t bound = ip4_set_count(&l->table.bound, first, last);
	const uint32_t barred = ip4_set_count(&l->table.barred, first, last);

	return (struct lease_use){ .bound = bound, .declined = barred - bound,
				   .offered = ip4_set_count(&l->table.held, first, last) - barred };
}

size_t leases_count(const struct leases *l)
{
	return lease_table_count(&l->table, LEASE_BOUND);
}

const struct lease *leases_every(const struct leases *l, size_t *cursor)
{
	const struct lease_entry *e = lease_table_each(&l->table, cursor);

	return e ? &e->lease : NULL;
}

const struct lease *leases_each(const struct leases *l, size_t *cursor)
{
	const struct lease_entry *e;

	while ((e = lease_table_each(&l->table, cursor)))
		if (e->lease.state == LEASE_BOUND)
			return &e->lease;
	return NULL;
}
