/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/filter_lab_test.h"
#include "test/test.h"

/* ---- questions ---------------------------------------------------------------------------- */

struct asks {
	const char *name;
	uint16_t type;
	bool exists;
	int want;			/* the rcode; -1: sent on */
};

static void check_asks(const struct dns_conf *c, const struct asks *a, size_t n, const char *option)
{
	for (size_t i = 0; i < n; i++) {
		struct dns_question q = { .type = a[i].type, .class = DNS_IN };
		struct filter_answer out = { 0 };
		bool here;

		must(dname_parse(a[i].name, &q.name));
		here = filter_question(c, &q, a[i].exists, NULL, &out);
		if (here != (a[i].want >= 0) || (here && (int)out.rcode != a[i].want))
			test_failed(__FILE__, __LINE__, a[i].name);
		if (here)
			CHECK_TEXT(out.option, option);
	}
}

TEST(domain_needed_keeps_plain_names_here)
{
	const struct dns_conf c = { .domain_needed = true };
	static const struct asks a[] = {
		{ "plain", DNS_A, false, DNS_NXDOMAIN }, { "plain", DNS_AAAA, false, DNS_NXDOMAIN },
		{ "plain", DNS_ANY, false, DNS_NXDOMAIN }, { "plain", DNS_A, true, DNS_NOERROR },
		{ "plain", DNS_MX, false, -1 }, { "plain", DNS_DS, false, -1 },
		{ "plain", DNS_TXT, false, -1 }, { "a.b", DNS_A, false, -1 },
		{ ".", DNS_A, false, -1 }, { ".", DNS_ANY, false, -1 },
	};

	check_asks(&c, a, COUNT_OF(a), "domain-needed");
}

TEST(bogus_priv_keeps_reverse_names_of_private_networks_here)
{
	const struct dns_conf c = { .bogus_priv = true };
	static const struct { const char *addr; bool here; } cases[] = {
		{ "0.0.0.0", true }, { "0.1.2.3", true }, { "10.1.2.3", true },
		{ "100.64.1.1", false }, { "127.0.0.5", true }, { "169.254.1.1", true },
		{ "172.15.1.1", false }, { "172.16.1.1", true }, { "172.31.1.1", true },
		{ "172.32.1.1", false }, { "192.0.2.1", true }, { "192.0.0.1", false },
		{ "192.168.1.1", true }, { "198.18.0.1", false }, { "198.51.100.7", true },
		{ "203.0.113.7", true }, { "224.0.0.1", false }, { "240.0.0.1", false },
		{ "255.255.255.255", true }, { "255.255.255.254", false }, { "8.8.8.8", false },
		{ "::", true }, { "::1", true }, { "::2", false }, { "fe80::1", true },
		{ "febf::1", true }, { "fec0::1", true }, { "fc00::1", false },
		{ "fd00::1", true }, { "fdff::1", true }, { "2001:db8::1", true },
		{ "2001:db9::1", false }, { "ff02::1", false }, { "::ffff:10.0.0.1", true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct dns_question q = { .type = DNS_PTR, .class = DNS_IN };
		struct filter_answer out = { 0 };
		struct addr a;

		must(addr_parse(cases[i].addr, &a));
		dname_of_reverse(&a, &q.name);
		if (filter_question(&c, &q, false, NULL, &out) != cases[i].here)
			test_failed(__FILE__, __LINE__, cases[i].addr);
		CHECK(!cases[i].here || (out.rcode == DNS_NXDOMAIN && out.authoritative));
	}
}

TEST(bogus_priv_is_about_ptr_any_and_whole_networks)
{
	const struct dns_conf c = { .bogus_priv = true };
	static const struct asks a[] = {
		{ "10.in-addr.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "10.in-addr.arpa", DNS_SOA, false, -1 },
		{ "1.1.1.10.in-addr.arpa", DNS_ANY, false, DNS_NXDOMAIN },
		{ "1.10.in-addr.arpa", DNS_TXT, false, -1 },
		{ "168.192.in-addr.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "192.in-addr.arpa", DNS_PTR, false, -1 },
		{ "d.f.ip6.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "f.ip6.arpa", DNS_PTR, false, -1 },
		{ "0.ip6.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "ip6.arpa", DNS_PTR, false, -1 },
		{ "in-addr.arpa", DNS_PTR, false, -1 },
		{ "0.in-addr.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "172.in-addr.arpa", DNS_PTR, false, -1 },
		{ "8.e.f.ip6.arpa", DNS_PTR, false, DNS_NXDOMAIN },
		{ "b._dns-sd._udp.1.2.10.in-addr.arpa", DNS_PTR, false, -1 },
		{ "0-127.1.168.192.in-addr.arpa", DNS_PTR, false, -1 },
		{ "1.1.168.192.in-addr.arpa", DNS_PTR, true, DNS_NOERROR },
	};

	check_asks(&c, a, COUNT_OF(a), "bogus-priv");
}

TEST(filterwin2k_says_there_is_nothing)
{
	const struct dns_conf c = { .filter_win2k = true };
	static const struct asks a[] = {
		{ "a.b", DNS_SOA, false, DNS_NOERROR }, { "plain", DNS_SRV, false, DNS_NOERROR },
		{ "_ldap._tcp.a.b", DNS_ANY, false, DNS_NOERROR },
		{ "a_b.c", DNS_ANY, false, DNS_NOERROR }, { "_ldap._tcp.a.b", DNS_TXT, false, -1 },
		{ "a.b", DNS_ANY, false, -1 }, { "a_b.c", DNS_A, false, -1 },
	};

	check_asks(&c, a, COUNT_OF(a), "filterwin2k");
}

TEST(bogus_priv_alone_stands_back_where_a_line_names_servers)
{
	const struct dns_conf c = { .bogus_priv = true, .domain_needed = true };
	static const struct { enum dns_rule_kind kind; enum dns_rule_reach reach; bool here; } cases[] = {
		{ RULE_SERVER, REACH_DOMAIN, false }, { RULE_SERVER, REACH_ALL, true },
		{ RULE_DEFAULT, REACH_DOMAIN, true }, { RULE_LOCAL, REACH_DOMAIN, true },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct dns_rule rule = { .kind = cases[i].kind, .reach = cases[i].reach };
		struct dns_question private = { .type = DNS_PTR, .class = DNS_IN };
		struct dns_question plain = { .type = DNS_A, .class = DNS_IN };
		struct filter_answer out;

		must(dname_parse("1.1.1.10.in-addr.arpa", &private.name) &&
		     dname_parse("plain", &plain.name));
		CHECK(filter_question(&c, &private, false, &rule, &out) == cases[i].here);
		CHECK(filter_question(&c, &plain, false, &rule, &out) && !out.authoritative);
	}
}

TEST(without_options_every_question_is_sent_on)
{
	const struct dns_conf c = { 0 };
	static const struct asks a[] = {
		{ "plain", DNS_A, false, -1 }, { "1.1.168.192.in-addr.arpa", DNS_PTR, false, -1 },
		{ "a.b", DNS_SRV, false, -1 },
	};

	check_asks(&c, a, COUNT_OF(a), "");
}

/* ---- stop-dns-rebind ------------------------------------------------------------------------- */

static enum filter_say say_of(struct filter_lab *lab, const char *address)
{
	bool six = strchr(address, ':');
	const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", six ? DNS_AAAA : DNS_A, 60, address, DNS_ANSWER },
	};

	filter_run(lab, "a.example", six ? DNS_AAAA : DNS_A, 0x8180, r, false);
	CHECK_EQ(lab->status, ST_OK);
	return lab->out.say;
}

TEST(stop_dns_rebind_blocks_the_addresses_that_dnsmasq_blocks)
{
	enum { PASSES, BLOCKED, LOCAL };	/* LOCAL: passes with rebind-localhost-ok */
	static const struct { const char *addr; int how; } cases[] = {
		{ "0.0.0.0", LOCAL }, { "0.1.2.3", LOCAL }, { "10.0.0.1", BLOCKED },
		{ "127.0.0.1", LOCAL }, { "127.9.9.9", LOCAL }, { "169.254.1.1", BLOCKED },
		{ "172.16.0.1", BLOCKED }, { "172.31.9.9", BLOCKED }, { "192.0.2.1", BLOCKED },
		{ "192.168.0.1", BLOCKED }, { "198.51.100.1", BLOCKED }, { "203.0.113.1", BLOCKED },
		{ "255.255.255.255", BLOCKED }, { "::", LOCAL }, { "::1", LOCAL },
		{ "::ffff:10.0.0.1", BLOCKED }, { "::ffff:127.0.0.1", LOCAL },
		{ "::ffff:0.0.0.0", LOCAL }, { "::ffff:169.254.1.1", BLOCKED },
		{ "::ffff:192.0.2.1", BLOCKED }, { "fe80::1", BLOCKED }, { "febf::1", BLOCKED },
		{ "fec0::1", BLOCKED }, { "fd00::1", BLOCKED }, { "fdff::1", BLOCKED },
		{ "2001:db8::1", BLOCKED },
		{ "100.64.0.1", PASSES }, { "172.15.0.1", PASSES }, { "172.32.0.1", PASSES },
		{ "192.0.0.1", PASSES }, { "192.88.99.1", PASSES }, { "198.18.0.1", PASSES },
		{ "224.0.0.1", PASSES }, { "240.0.0.1", PASSES }, { "8.8.8.8", PASSES },
		{ "::2", PASSES }, { "::ffff:8.8.8.8", PASSES }, { "::10.0.0.1", PASSES },
		{ "::127.0.0.1", PASSES }, { "fc00::1", PASSES }, { "ff02::1", PASSES },
		{ "64:ff9b::a00:1", PASSES }, { "2002:a00:1::1", PASSES },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		for (int localhost_ok = 0; localhost_ok < 2; localhost_ok++) {
			struct filter_lab lab = { .conf = { .stop_rebind = true,
							    .rebind_localhost_ok = localhost_ok } };
			bool blocked = cases[i].how == BLOCKED ||
				       (cases[i].how == LOCAL && !localhost_ok);

			if ((say_of(&lab, cases[i].addr) == FILTER_REBIND) != blocked)
				test_failed(__FILE__, __LINE__, cases[i].addr);
		}
}

TEST(without_stop_dns_rebind_private_addresses_pass)
{
	struct filter_lab lab = { 0 };

	CHECK_EQ(say_of(&lab, "10.0.0.1"), FILTER_PASS);
}

TEST(a_blocked_answer_is_empty_and_not_kept)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_CNAME, 60, "b.example", DNS_ANSWER },
		{ "b.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "b.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER },
		{ "example", DNS_NS, 60, "n.example", DNS_AUTHORITY },
	};
	struct filter_lab lab = { .conf = { .stop_rebind = true } };

	filter_run(&lab, "a.example", DNS_A, 0x8580, r, false);
	CHECK_EQ(lab.out.say, FILTER_REBIND);
	CHECK_TEXT(filter_text(lab.out.message), "8180");
	CHECK_EQ(lab.out.ttl_s, 0);
	CHECK_EQ(lab.out.ede, DNS_EDE_BLOCKED);
	CHECK_TEXT(dname_text(&lab.out.private_at).s, "b.example");
}

TEST(only_addresses_that_answer_the_question_are_blocked)
{
	static const struct { uint16_t asked; struct lab_record r[LAB_RECORDS]; } cases[] = {
		{ DNS_A, { { "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
			   { "a.example", DNS_AAAA, 60, "fd00::1", DNS_ANSWER } } },
		{ DNS_A, { { "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
			   { "x.example", DNS_A, 60, "10.0.0.1", DNS_ADDITIONAL } } },
		{ DNS_A, { { "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
			   { "x.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER } } },
		{ DNS_MX, { { "a.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER } } },
		{ DNS_ANY, { { "a.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER } } },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct filter_lab lab = { .conf = { .stop_rebind = true } };

		filter_run(&lab, "a.example", cases[i].asked, 0x8180, cases[i].r, false);
		CHECK_EQ(lab.out.say, FILTER_PASS);
	}
}

TEST(aliases_in_any_order_lead_to_the_address_that_is_blocked)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "c.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER },
		{ "b.example", DNS_CNAME, 60, "c.example", DNS_ANSWER },
		{ "A.example", DNS_CNAME, 60, "B.example", DNS_ANSWER },
	};
	struct filter_lab lab = { .conf = { .stop_rebind = true } };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK_EQ(lab.out.say, FILTER_REBIND);
}

TEST(rebind_domain_ok_is_about_the_asked_name)
{
	struct dname ok;
	struct dns_domain domain = { 0 };
	static const struct lab_record from[LAB_RECORDS] = {
		{ "x.ok.example", DNS_CNAME, 60, "b.example", DNS_ANSWER },
		{ "b.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER },
	}, to[LAB_RECORDS] = {
		{ "a.example", DNS_CNAME, 60, "x.ok.example", DNS_ANSWER },
		{ "x.ok.example", DNS_A, 60, "10.0.0.1", DNS_ANSWER },
	};
	struct filter_lab lab = { .conf = { .stop_rebind = true, .rebind_ok = &domain } };

	must(dname_parse("ok.example", &ok));
	domain.domain = dname_span(&ok);
	filter_run(&lab, "x.OK.example", DNS_A, 0x8180, from, false);
	CHECK_EQ(lab.out.say, FILTER_PASS);
	filter_run(&lab, "a.example", DNS_A, 0x8180, to, false);
	CHECK_EQ(lab.out.say, FILTER_REBIND);
}
