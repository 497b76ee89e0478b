/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/filter_private.h"

/* ---- private addresses -------------------------------------------------------------------- */

static const struct private_net {
	struct prefix net;
	bool localhost;
} private_nets[] = {
	{ { { ADDR_IP4, { 0 } }, 8 }, true },
	{ { { ADDR_IP4, { 127 } }, 8 }, true },
	{ { { ADDR_IP4, { 10 } }, 8 }, false },
	{ { { ADDR_IP4, { 172, 16 } }, 12 }, false },
	{ { { ADDR_IP4, { 192, 168 } }, 16 }, false },
	{ { { ADDR_IP4, { 169, 254 } }, 16 }, false },
	{ { { ADDR_IP4, { 192, 0, 2 } }, 24 }, false },
	{ { { ADDR_IP4, { 198, 51, 100 } }, 24 }, false },
	{ { { ADDR_IP4, { 203, 0, 113 } }, 24 }, false },
	{ { { ADDR_IP4, { 255, 255, 255, 255 } }, 32 }, false },
	{ { { ADDR_IP6, { 0 } }, 128 }, true },
	{ { { ADDR_IP6, { [15] = 1 } }, 128 }, true },
	{ { { ADDR_IP6, { 0xfe, 0x80 } }, 10 }, false },
	{ { { ADDR_IP6, { 0xfe, 0xc0 } }, 10 }, false },
	{ { { ADDR_IP6, { 0xfd } }, 8 }, false },
	{ { { ADDR_IP6, { 0x20, 0x01, 0x0d, 0xb8 } }, 32 }, false },
};

/* ::ffff:192.0.2.1 stands for 192.0.2.1 (RFC 4291 2.5.5.2). */
static struct addr unmapped(const struct addr *a)
{
	static const struct prefix mapped = { { ADDR_IP6, { [10] = 0xff, [11] = 0xff } }, 96 };

	return prefix_has(&mapped, a) ? addr_of_bytes(span_of(a->bytes + 12, 4)) : *a;
}

bool filter_private(const struct addr *a, enum filter_localhost how)
{
	const struct addr whole = unmapped(a);

	for (size_t i = 0; i < COUNT_OF(private_nets); i++)
		if (prefix_has(&private_nets[i].net, &whole))
			return !private_nets[i].localhost || how == LOCALHOST_COUNTS;
	return false;
}

/* ---- questions ------------------------------------------------------------------------------ */

static bool is_plain(struct span name)
{
	return name.n > 1 && dname_parent(name, 1).n == 1;
}

/* Plain names are not for the world: A and AAAA, and ANY, which asks for them too. */
static bool needs_domain(const struct dns_question *q)
{
	return (q->type == DNS_A || q->type == DNS_AAAA || q->type == DNS_ANY) &&
	       is_plain(dname_span(&q->name));
}

/* Of the name of a network its first address counts. */
static bool is_bogus(const struct dns_question *q)
{
	struct prefix p;

	return (q->type == DNS_PTR || q->type == DNS_ANY) &&
	       dname_reverse(dname_span(&q->name), &p) && p.bits > 0 &&
	       filter_private(&p.addr, LOCALHOST_COUNTS);
}

/* What Windows asks by the clock: SOA and SRV, and ANY of a name with an underscore. */
static bool is_win2k(const struct dns_question *q)
{
	return q->type == DNS_SOA || q->type == DNS_SRV ||
	       (q->type == DNS_ANY && memchr(q->name.bytes, '_', q->name.n));
}

static bool names_servers(const struct dns_rule *rule)
{
	return rule && rule->kind == RULE_SERVER && rule->reach != REACH_ALL;
}

bool filter_question(const struct dns_conf *c, const struct dns_question *q, bool exists,
		     const struct dns_rule *rule, struct filter_answer *out)
{
	const struct {
		bool on;
		bool (*applies)(const struct dns_question *q);
		bool authoritative, never_nxdomain;
		const char *option;
	} filters[] = {
		{ c->filter_win2k, is_win2k, true, true, "filterwin2k" },
		{ c->bogus_priv && !names_servers(rule), is_bogus, true, false, "bogus-priv" },
		{ c->domain_needed, needs_domain, false, false, "domain-needed" },
	};

	for (size_t i = 0; i < COUNT_OF(filters); i++)
		if (filters[i].on && filters[i].applies(q)) {
			bool nodata = exists || filters[i].never_nxdomain;

			*out = (struct filter_answer){
				.rcode = nodata ? DNS_NOERROR : DNS_NXDOMAIN,
				.authoritative = filters[i].authoritative,
				.option = filters[i].option,
			};
			return true;
		}
	return false;
}
