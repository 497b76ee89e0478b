/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "base/must.h"
#include "base/rng.h"
#include "dns/records.h"

struct by_address {
	struct by_address *next;
	struct addr addr;
	const struct dns_record *record;
};

/* A domain=…,local line: its domain, and the reverse of its network. */
struct local_zone {
	struct origin origin;
	struct dname domain;
	struct prefix net;
	struct local_zone *next;
};

/* An alias of all names below a domain, in zones. */
struct wild_alias {
	const struct dns_record *cname;
	struct span domain;
	struct wild_alias *next;
};

struct records {
	struct arena arena;
	struct dname_key key;
	struct record_owner **owner;	/* buckets, a power of two, as below */
	struct by_address **at;
	size_t buckets;
	struct local_zone *zones;
	struct wild_alias *wild;	/* the last line first */
	struct dname hostname;
	struct dns_record own_mx;	/* rdata empty: none */
};

/* ---- building ----------------------------------------------------------------------- */

static struct record_owner **place_of(const struct records *r, uint64_t hash)
{
	return &r->owner[hash & (r->buckets - 1)];
}

static struct record_owner *find(const struct records *r, struct span name, uint64_t hash)
{
	struct record_owner *o = *place_of(r, hash);

	while (o && (o->hash != hash || !dname_span_eq(o->name, name)))
		o = o->next;
	return o;
}

static struct record_owner *owner_get(struct records *r, struct span name)
{
	uint64_t hash = dname_hash(name, &r->key);
	struct record_owner *o = find(r, name, hash);

	if (o)
		return o;
	o = arena_new(&r->arena, struct record_owner);
	*o = (struct record_owner){ .next = *place_of(r, hash), .name = name, .hash = hash };
	*place_of(r, hash) = o;
	return o;
}

/* The name and those above it, but for the root, are no NXDOMAIN. */
static void mark_existing(struct records *r, struct span name)
{
	for (; name.n > 1; name = dname_parent(name, 1)) {
		struct record_owner *o = owner_get(r, name);

		if (o->exists)
			return;
		o->exists = true;
	}
}

static void mark_above(struct records *r, struct span name)
{
	for (name = dname_parent(name, 1); name.n > 1; name = dname_parent(name, 1)) {
		struct record_owner *o = owner_get(r, name);

		if (o->above)
			return;
		o->above = true;
	}
}

/* The types of which dnsmasq has an option of their own. */
static bool makes_name_exist(const struct dns_record *d)
{
	static const uint16_t types[] = { DNS_CNAME, DNS_PTR, DNS_MX, DNS_TXT, DNS_SRV, DNS_NAPTR };

	for (size_t i = 0; i < COUNT_OF(types); i++)
		if (d->type == types[i])
			return true;
	return d->from_host_record;
}

static void add_address(struct records *r, const struct dns_record *d)
{
	struct by_address *b = arena_new(&r->arena, struct by_address);
	struct by_address **at;

	b->addr = addr_of_bytes(d->rdata);
	b->record = d;
	at = &r->at[dname_hash(addr_bytes(&b->addr), &r->key) & (r->buckets - 1)];
	while (*at && !addr_eq(&(*at)->addr, &b->addr))
		at = &(*at)->next;
	if (!*at)				/* the first line names it */
		*at = b;
}

static void add_alias(struct records *r, struct record_owner *o, const struct dns_record *d)
{
	const struct span first = dname_first(d->owner);
	struct wild_alias *w;

	if (!o->cname)
		o->cname = d;
	if (!span_eq(first, span_text("*")))
		return;
	w = arena_new(&r->arena, struct wild_alias);
	*w = (struct wild_alias){ d, dname_parent(d->owner, 1), r->wild };
	r->wild = w;
}

static void add_record(struct records *r, const struct dns_record *d)
{
	struct record_owner *o = owner_get(r, d->owner);
	struct record_ref *ref = arena_new(&r->arena, struct record_ref);

	*ref = (struct record_ref){ d, o->records };
	o->records = ref;
	if (d->type == DNS_CNAME)
		add_alias(r, o, d);
	mark_above(r, d->owner);
	if (makes_name_exist(d))
		mark_existing(r, d->owner);
	if (d->from_host_record && d->names_address)
		add_address(r, d);
}

static void add_interfaces(struct records *r, const struct dns_conf *c)
{
	for (const struct dns_interface_name *i = c->interface_names; i; i = i->next) {
		struct record_owner *o = owner_get(r, i->owner);

		if (!o->interface)
			o->interface = i;
		mark_existing(r, i->owner);
		mark_above(r, i->owner);
	}
}

/* ---- domain=…,local --------------------------------------------------------------------- */

/* The network that a range from start to end is; domain=…,local has no other. */
static struct prefix net_of(const struct domain_rule *d)
{
	struct prefix p = { .addr = d->start };
	const size_t bits = 8 * addr_bytes(&d->start).n;

	while (p.bits < bits) {
		unsigned bit = 0x80u >> (p.bits % 8);

		if ((d->start.bytes[p.bits / 8] ^ d->end.bytes[p.bits / 8]) & bit)
			break;
		p.bits++;
	}
	return p;
}

static void add_zones(struct records *r, const struct domain_rule *rules)
{
	for (const struct domain_rule *d = rules; d; d = d->next) {
		struct local_zone *z;

		if (!d->local)
			continue;
		z = arena_new(&r->arena, struct local_zone);
		z->origin = d->origin;
		z->net = net_of(d);
		if (!dname_parse(d->name, &z->domain))
			z->domain.n = 0;
		z->next = r->zones;
		r->zones = z;
	}
}

/* The labels of the zone that holds a prefix's reverse names, where its length lies on a label's
 * border; else those of the smaller zones that together do. */
static unsigned reverse_labels(const struct prefix *p)
{
	unsigned each = p->addr.family == ADDR_IP4 ? 8 : 4;

	return 2 + (p->bits + each - 1) / each;
}

static unsigned zone_has(const struct local_zone *z, struct span name)
{
	struct prefix p;

	if (z->domain.n && dname_below(name, dname_span(&z->domain)))
		return z->domain.labels;
	/* What lies below the name of an address is as local as the address. */
	while (name.n > 1 && !dname_reverse(name, &p))
		name = dname_parent(name, 1);
	return name.n > 1 && p.bits >= z->net.bits && prefix_has(&z->net, &p.addr)
	       ? reverse_labels(&z->net) : 0;
}

unsigned records_local_zone(const struct records *r, struct span name, struct origin *out)
{
	unsigned longest = 0;

	for (const struct local_zone *z = r->zones; z; z = z->next) {
		unsigned labels = zone_has(z, name);

		if (labels <= longest)
			continue;
		longest = labels;
		*out = z->origin;
	}
	return longest;
}

/* ---- this machine's MX record -------------------------------------------------------------- */

static bool has_mx(const struct records *r, struct span name)
{
	const struct record_owner *o = records_owner(r, name);

	for (const struct record_ref *ref = o ? o->records : NULL; ref; ref = ref->next)
		if (ref->record->type == DNS_MX)
			return true;
	return false;
}

static void name_machine(struct records *r)
{
	char text[256] = "";

	if (gethostname(text, sizeof text - 1) != 0 || !dname_parse(text, &r->hostname) ||
	    r->hostname.labels == 0)
		r->hostname.n = 0;
}

static void add_own_mx(struct records *r, const struct dns_conf *c)
{
	struct dname target = r->hostname;
	uint8_t *rdata;

	if ((!c->mx_target && !c->mx_local) || !r->hostname.n ||
	    has_mx(r, dname_span(&r->hostname)))
		return;
	if (c->mx_target && !dname_parse(c->mx_target, &target))
		return;
	rdata = arena_take(&r->arena, 2u + target.n);		/* preference 0 */
	memcpy(rdata + 2, target.bytes, target.n);
	r->own_mx = (struct dns_record){ .owner = dname_span(&r->hostname), .type = DNS_MX,
					 .rdata = span_of(rdata, 2u + target.n) };
	add_record(r, &r->own_mx);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static size_t count_records(const struct dns_conf *c)
{
	size_t n = 0;

	for (const struct dns_record *d = c->records; d; d = d->next)
		n++;
	for (const struct dns_interface_name *i = c->interface_names; i; i = i->next)
		n++;
	return n;
}

static uint64_t random_u64(void)
{
	struct rng r = { 0 };
	uint64_t high = rng_u32(&r);

	return high << 32 | rng_u32(&r);
}

struct records *records_new(const struct dns_conf *c, const struct lan_conf *lan)
{
	struct records *r = calloc(1, sizeof *r);
	size_t n = count_records(c);

	must(r);
	arena_init(&r->arena, 0);
	r->key = (struct dname_key){ { random_u64(), random_u64() } };
	for (r->buckets = 16; r->buckets < n; )
		r->buckets *= 2;
	r->owner = arena_take(&r->arena, r->buckets * sizeof(struct record_owner *));
	r->at = arena_take(&r->arena, r->buckets * sizeof(struct by_address *));
	for (const struct dns_record *d = c->records; d; d = d->next)
		add_record(r, d);
	add_interfaces(r, c);
	add_zones(r, lan->domains);
	name_machine(r);
	add_own_mx(r, c);
	return r;
}

void records_free(struct records *r)
{
	if (!r)
		return;
	arena_done(&r->arena);
	free(r);
}

/* ---- looking up -------------------------------------------------------------------------------- */

const struct record_owner *records_owner(const struct records *r, struct span name)
{
	return find(r, name, dname_hash(name, &r->key));
}

static bool is_below(struct span name, struct span domain)
{
	return dname_below(name, domain) && !dname_span_eq(name, domain);
}

const struct dns_record *records_zone_alias(const struct records *r, struct span name)
{
	const struct record_owner *o = records_owner(r, name);
	const struct wild_alias *w = r->wild;

	if (o && o->cname)
		return o->cname;
	while (w && !is_below(name, w->domain))
		w = w->next;
	return w ? w->cname : NULL;
}

const struct dns_interface_name *records_interface_next(const struct dns_interface_name *i)
{
	const struct dns_interface_name *next = i->next;

	while (next && !dname_span_eq(next->owner, i->owner))
		next = next->next;
	return next;
}

const struct dns_record *records_at(const struct records *r, const struct addr *a)
{
	const struct by_address *b =
		r->at[dname_hash(addr_bytes(a), &r->key) & (r->buckets - 1)];

	while (b && !addr_eq(&b->addr, a))
		b = b->next;
	return b ? b->record : NULL;
}

struct span records_hostname(const struct records *r)
{
	return dname_span(&r->hostname);
}
