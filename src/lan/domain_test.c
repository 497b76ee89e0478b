/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/args.h"
#include "lan/domain.h"
#include "net/sim.h"
#include "test/test.h"

/* Adds the values of domain lines; the error of the first that has one. */
static const char *rules_of(struct arena *arena, const char *const *values,
			    struct domain_rule **rules)
{
	for (; *values; values++) {
		struct args *a = args_of(arena, (struct origin){ "f", 1 }, "domain", *values);

		if (!domain_take(a, rules) && !args_error_text(a))
			args_fail(a);
		if (!args_finish(a))
			return args_error_text(a);
	}
	return NULL;
}

static const char *domain_at(const struct domain_rule *rules, const char *addr,
			     const struct netif *n)
{
	struct addr a;
	const struct domain_rule *d;

	must(addr_parse(addr, &a));
	d = domain_of(rules, &a, n);
	return d ? d->name : NULL;
}

/* Each row was played against dnsmasq 2.90 with a DHCP client that asked for option 15. */
TEST(an_address_has_the_domain_that_dnsmasq_gives_it)
{
	static const struct { const char *lines[4], *at101, *at105, *at109, *elsewhere; } rows[] = {
		{ { "a" }, "a", "a", "a", "a" },
		{ { "a", "b" }, "b", "b", "b", "b" },
		{ { "a." }, "a", "a", "a", "a" },
		{ { ".a" }, ".a", ".a", ".a", ".a" },
		{ { "UP.Case" }, "up.case", "up.case", "up.case", "up.case" },
		{ { "b_c..d" }, "b_c..d", "b_c..d", "b_c..d", "b_c..d" },
		{ { "b\303\274cher.de" }, "xn--bcher-kva.de", "xn--bcher-kva.de",
		  "xn--bcher-kva.de", "xn--bcher-kva.de" },
		{ { "a,192.0.2.100/30" }, "a", NULL, NULL, NULL },
		{ { "a,192.0.2.101/30" }, "a", NULL, NULL, NULL },
		{ { "a,192.0.2.105" }, NULL, "a", NULL, NULL },
		{ { "a,192.0.2.101,192.0.2.105" }, "a", "a", NULL, NULL },
		{ { "a,192.0.2.101,192.0.2.105,local" }, "a", "a", NULL, NULL },
		{ { "a,192.0.2.105,192.0.2.101" }, NULL, NULL, NULL, NULL },
		{ { "a,192.0.2.0/24", "b,192.0.2.105", "p" }, "a", "b", "a", "p" },
		{ { "b,192.0.2.105", "a,192.0.2.0/24", "p" }, "a", "a", "a", "p" },
		{ { "p", "b,192.0.2.105" }, "p", "b", "p", "p" },
		{ { "a,d0", "p" }, "a", "a", "a", "p" },
		{ { "a,d1", "p" }, "p", "p", "p", "a" },
		{ { "a,d0", "b,192.0.2.105", "p" }, "a", "b", "a", "p" },
		{ { "b,192.0.2.105", "a,d0", "p" }, "a", "a", "a", "p" },
		{ { "a,d0:1", "p" }, "a", "a", "a", "p" },
		{ { "a,nosuch", "p" }, "p", "p", "p", "p" },
		{ { "a,local", "p" }, "p", "p", "p", "p" },
		{ { "a,192.0.2.0/24,local" }, "a", "a", "a", NULL },
		{ { "a,192.0.2.0/24", "b,192.0.2.0/24" }, "b", "b", "b", NULL },
		{ { "a,0.0.0.0/0" }, "a", "a", "a", "a" },
	};
	struct loop *l = sim_new(1);

	sim_netif_add(l, "d0", "192.0.2.1/24", "02:00:00:00:00:01");
	sim_netif_add(l, "d1", "198.51.100.1/24", "02:00:00:00:00:02");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct netif *d0 = loop_netif_named(l, "d0"), *d1 = loop_netif_named(l, "d1");
		struct domain_rule *rules = NULL;
		struct arena arena = { 0 };

		CHECK_TEXT(rules_of(&arena, rows[i].lines, &rules), NULL);
		CHECK_TEXT(domain_at(rules, "192.0.2.101", d0), rows[i].at101);
		CHECK_TEXT(domain_at(rules, "192.0.2.105", d0), rows[i].at105);
		CHECK_TEXT(domain_at(rules, "192.0.2.109", d0), rows[i].at109);
		CHECK_TEXT(domain_at(rules, "198.51.100.101", d1), rows[i].elsewhere);
		arena_done(&arena);
	}
	sim_free(l);
}

TEST(an_empty_domain_takes_the_plain_one_back)
{
	struct arena arena = { 0 };
	struct domain_rule *rules = NULL;

	CHECK_TEXT(rules_of(&arena, (const char *[]){ "a", "", NULL }, &rules), NULL);
	CHECK_TEXT(domain_at(rules, "192.0.2.1", NULL), NULL);
	arena_done(&arena);
}

TEST(a_domain_of_a_network_of_ip6_has_all_of_it_and_no_more)
{
	struct arena arena = { 0 };
	struct domain_rule *rules = NULL;

	CHECK_TEXT(rules_of(&arena, (const char *[]){ "a,fd00:0:0:10::/61,local", NULL }, &rules),
		   NULL);
	CHECK(rules->local);
	CHECK_TEXT(addr_text(&rules->start).s, "fd00:0:0:10::");
	CHECK_TEXT(addr_text(&rules->end).s, "fd00::17:ffff:ffff:ffff:ffff");
	CHECK_TEXT(domain_at(rules, "fd00:0:0:17::1", NULL), "a");
	CHECK_TEXT(domain_at(rules, "fd00:0:0:18::", NULL), NULL);
	CHECK_TEXT(domain_at(rules, "192.0.2.1", NULL), NULL);
	arena_done(&arena);
}

TEST(a_domain_line_that_dnsmasq_refuses_is_refused)
{
	static const char *const lines[] = {
		"a,192.168.0.0/33", "a,fd00::/200", "a,192.168.0.0/24,foo",
		"a,192.168.0.1,fd00::1", "a,192.168.0.5,local", "a,192.168.0.1,x",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		struct arena arena = { 0 };
		struct domain_rule *rules = NULL;

		if (!rules_of(&arena, (const char *[]){ lines[i], NULL }, &rules))
			test_failed(__FILE__, __LINE__, lines[i]);
		arena_done(&arena);
	}
}

TEST(the_search_name_is_the_first_of_the_first_search_line_that_has_one)
{
	static const struct { const char *text, *name; } rows[] = {
		{ "search A.b c.d\n", "A.b" },
		{ "domain x\nsearch p.q", "p.q" },
		{ "search one.x\nsearch two.x\n", "one.x" },
		{ "  search\tsp.x\r\n", "sp.x" },
		{ "search\nsearch   \nsearch late.x", "late.x" },
		{ "searching x\nnameserver 192.0.2.1\n", NULL },
		{ "search", NULL },
		{ "", NULL },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct span name = { 0 };
		bool found = resolv_search(span_text(rows[i].text), &name);

		CHECK_EQ(found, rows[i].name != NULL);
		CHECK_BYTES(name, rows[i].name ? span_text(rows[i].name) : name);
	}
}
