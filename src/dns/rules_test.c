/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/rules.h"
#include "dns/server_files.h"
#include "test/test.h"

static const struct conf_section *const sections[] = {
	&dns_upstream_section, &dns_record_section, &dns_filter_section, &dns_auth_section, &dns_beyond_section,
};

static struct conf *conf_of(const char *text)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);

	conf_read_text(c, "f", span_text(text));
	for (size_t i = 0; i < conf_errors(c); i++)
		test_failed("mistake", (int)i, conf_error_text(c, i));
	return c;
}

static void add_servers(struct text *t, const struct rules_verdict *v)
{
	for (size_t i = 0; i < v->servers.n; i++)
		text_addf(t, " %s", addr_text(&v->servers.rule[i]->server->at.addr).s);
	CHECK_EQ(v->servers.id == 0, v->servers.rule[0]->reach == REACH_ALL);
}

/* "ask 127.1.0.1 127.1.0.2", "address 192.0.2.1", "zeros", "local", "local exists", "nobody" */
static const char *say(const struct rules *r, struct span name, uint16_t type)
{
	static const char *const words[] = { "ask", "nobody", "local", "address", "zeros" };
	const struct rules_verdict v = rules_find(r, name, type);
	static char line[1000];
	struct text t = TEXT(line);

	text_add(&t, words[v.say]);
	if (v.say == SAY_ASK)
		add_servers(&t, &v);
	for (size_t i = 0; i < v.n_addresses; i++)
		text_addf(&t, " %s", addr_text(&v.addresses[i]->addr).s);
	if (v.exists)
		text_add(&t, " exists");
	CHECK(v.rule || v.say == SAY_ASK || v.say == SAY_NOBODY);
	return line;
}

#define S9 "server=127.1.0.9\n"

/* Each was asked of dnsmasq 2.90. */
/* clang-format off */
static const struct { const char *conf, *name; uint16_t type; const char *say; } table[] = {
	/* among the lines of one domain */
	{ S9 "server=/x/127.1.0.1\naddress=/x/192.0.2.1", "a.x", DNS_A, "address 192.0.2.1" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/192.0.2.1", "x", DNS_A, "address 192.0.2.1" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/192.0.2.1", "a.x", DNS_AAAA, "ask 127.1.0.1" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/192.0.2.1", "a.x", DNS_TXT, "ask 127.1.0.1" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/#", "a.x", DNS_A, "zeros" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/#", "a.x", DNS_AAAA, "zeros" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/#", "a.x", DNS_TXT, "ask 127.1.0.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/", "a.x", DNS_A, "address 192.0.2.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/", "a.x", DNS_AAAA, "local exists" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/", "a.x", DNS_TXT, "local exists" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/#", "a.x", DNS_A, "address 192.0.2.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/#", "a.x", DNS_AAAA, "zeros" },
	{ S9 "address=/x/#\naddress=/x/", "a.x", DNS_A, "zeros" },
	{ S9 "address=/x/#\naddress=/x/", "a.x", DNS_TXT, "local exists" },
	{ S9 "address=/x/#\nserver=/x/#", "a.x", DNS_A, "zeros" },
	{ S9 "address=/x/#\nserver=/x/#", "a.x", DNS_TXT, "ask 127.1.0.9" },
	{ S9 "server=/x/127.1.0.1\nserver=/x/#", "a.x", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/x/#\nserver=/x/127.1.0.1", "a.x", DNS_A, "ask 127.1.0.9" },
	{ S9 "local=/x/\nserver=/x/#", "a.x", DNS_A, "ask 127.1.0.9" },
	{ S9 "local=/x/\nserver=/x/127.1.0.1", "a.x", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/x/127.1.0.1\nlocal=/x/", "a.x", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/x/127.1.0.1\naddress=/x/", "a.x", DNS_A, "ask 127.1.0.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/192.0.2.2\naddress=/x/192.0.2.3", "x", DNS_A,
	  "address 192.0.2.3 192.0.2.2 192.0.2.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/::5", "x", DNS_A, "address 192.0.2.1" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/::5", "x", DNS_AAAA, "address ::5" },
	{ S9 "address=/x/192.0.2.1\naddress=/x/::5", "x", DNS_ANY, "address ::5" },
	{ S9 "address=/x/192.0.2.1", "x", DNS_ANY, "address 192.0.2.1" },
	{ S9 "address=/x/#", "x", DNS_ANY, "zeros" },
	{ S9 "address=/x/#", "x", DNS_HTTPS, "ask 127.1.0.9" },
	{ S9 "local=/x/", "x", DNS_DS, "local" },
	/* the longest domain */
	{ S9 "server=/com/127.1.0.1\naddress=/a.com/192.0.2.1", "a.com", DNS_A, "address 192.0.2.1" },
	{ S9 "server=/com/127.1.0.1\naddress=/a.com/192.0.2.1", "a.com", DNS_AAAA, "ask 127.1.0.1" },
	{ S9 "local=/com/\naddress=/a.com/192.0.2.1", "a.com", DNS_AAAA, "local" },
	{ S9 "local=/com/\naddress=/a.com/#", "a.com", DNS_TXT, "local" },
	{ S9 "server=/x/127.1.0.1\naddress=/b.x/#", "a.b.x", DNS_TXT, "ask 127.1.0.1" },
	{ S9 "local=/b.x/\nserver=/x/127.1.0.1\nserver=/c.b.x/127.1.0.2", "c.b.x", DNS_A,
	  "ask 127.1.0.2" },
	{ S9 "local=/b.x/\nserver=/x/127.1.0.1\nserver=/c.b.x/127.1.0.2", "d.b.x", DNS_A, "local" },
	{ S9 "local=/b.x/\nserver=/x/127.1.0.1\nserver=/c.b.x/127.1.0.2", "bb.x", DNS_A,
	  "ask 127.1.0.1" },
	{ S9 "server=/x/127.1.0.1", "ax", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/Ex.COM/127.1.0.2", "A.eX.com", DNS_A, "ask 127.1.0.2" },
	{ S9 "server=/a/127.1.0.1\nserver=/a/127.1.0.2", "a", DNS_A, "ask 127.1.0.1 127.1.0.2" },
	{ S9 "server=/.a.b/127.1.0.1\nserver=/d./127.1.0.3", "a.b", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/.a.b/127.1.0.1\nserver=/d./127.1.0.3", "e.d", DNS_A, "ask 127.1.0.3" },
	/* all names */
	{ S9 "server=/#/127.1.0.1", "a.b", DNS_A, "ask 127.1.0.9 127.1.0.1" },
	{ S9 "server=/*/127.1.0.1", "a.b", DNS_A, "ask 127.1.0.9 127.1.0.1" },
	{ S9 "server=/../127.1.0.1", "a.b", DNS_A, "ask 127.1.0.9 127.1.0.1" },
	{ S9 "address=/#/192.0.2.1", "a.b", DNS_A, "address 192.0.2.1" },
	{ S9 "address=/#/192.0.2.1", "a.b", DNS_AAAA, "ask 127.1.0.9" },
	{ S9 "address=192.0.2.1\naddress=#", "a.b", DNS_AAAA, "zeros" },
	{ S9 "address=#", "foo", DNS_A, "zeros" },
	{ S9 "address=#", "a.b", DNS_TXT, "ask 127.1.0.9" },
	{ S9 "address=", "a.b", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=", "a.b", DNS_A, "ask 127.1.0.9" },
	{ S9 "local=/#/", "a.b", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=#", "a.b", DNS_A, "nobody" },
	{ S9 "server=/#/#", "a.b", DNS_A, "nobody" },
	{ S9 "server=/#/#", ".", DNS_NS, "nobody" },
	{ "local=/#/", "a.b", DNS_A, "local" },
	{ "address=/#/\nserver=/x/127.1.0.1", "a.b", DNS_A, "local" },
	{ "address=/#/\nserver=/x/127.1.0.1", "a.x", DNS_A, "ask 127.1.0.1" },
	{ "address=/x/192.0.2.1", "x", DNS_TXT, "nobody" },
	{ "server=/x/#", "x", DNS_TXT, "nobody" },
	{ "", "a.b", DNS_A, "nobody" },
	/* names of one label */
	{ S9 "server=//127.1.0.1", "foo", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=//127.1.0.1", "foo.x", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=//127.1.0.1", ".", DNS_NS, "ask 127.1.0.9" },
	{ S9 "local=//", ".", DNS_NS, "ask 127.1.0.9" },
	{ S9 "local=//", "foo", DNS_A, "local" },
	{ S9 "local=//\nserver=/foo/127.1.0.2", "foo", DNS_A, "ask 127.1.0.2" },
	{ S9 "local=//\naddress=/foo/192.0.2.1", "foo", DNS_AAAA, "local" },
	{ S9 "server=//127.1.0.1\naddress=/foo/192.0.2.1", "foo", DNS_AAAA, "ask 127.1.0.1" },
	{ S9 "server=//127.1.0.1\naddress=/#/192.0.2.1", "foo", DNS_A, "ask 127.1.0.1" },
	{ S9 "address=//192.0.2.1", "foo", DNS_A, "address 192.0.2.1" },
	{ S9 "address=//192.0.2.1", "foo", DNS_AAAA, "nobody" },
	{ S9 "address=//192.0.2.1", "foo.bar", DNS_A, "ask 127.1.0.9" },
	{ S9 "address=//#", "foo", DNS_A, "zeros" },
	{ S9 "address=//#", "foo", DNS_TXT, "nobody" },
	{ S9 "server=//#\nlocal=//", "foo", DNS_A, "ask 127.1.0.9" },
	/* *a and *.a */
	{ S9 "server=/*ogle.com/127.1.0.1", "google.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*ogle.com/127.1.0.1", "www.google.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*ogle.com/127.1.0.1", "ogle.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*ogle.com/127.1.0.1", "gle.com", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/*a.com/127.1.0.1\nserver=/a.com/127.1.0.2", "w.a.com", DNS_A, "ask 127.1.0.2" },
	{ S9 "server=/*a.com/127.1.0.1\nserver=/a.com/127.1.0.2", "a.com", DNS_A, "ask 127.1.0.2" },
	{ S9 "server=/*a.com/127.1.0.1\nserver=/a.com/127.1.0.2", "wa.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*.a.com/127.1.0.1", "a.com", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/*.a.com/127.1.0.1", "w.a.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*.a.com/127.1.0.1", "wa.com", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/a.com/127.1.0.1\nserver=/*.a.com/127.1.0.2", "a.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/a.com/127.1.0.1\nserver=/*.a.com/127.1.0.2", "v.w.a.com", DNS_A,
	  "ask 127.1.0.2" },
	{ S9 "address=/a.com/192.0.2.1\nserver=/*a.com/127.1.0.3\nserver=/com/127.1.0.4", "w.a.com",
	  DNS_TXT, "ask 127.1.0.4" },
	{ S9 "address=/a.com/192.0.2.1\nserver=/*a.com/127.1.0.3\nserver=/com/127.1.0.4", "wa.com",
	  DNS_A, "ask 127.1.0.3" },
	{ S9 "address=/a.com/192.0.2.1\nserver=/*.a.com/127.1.0.3\nserver=/com/127.1.0.4", "w.a.com",
	  DNS_A, "ask 127.1.0.3" },
	{ S9 "server=/*.a.com/127.1.0.2\naddress=/*a.com/192.0.2.1", "w.a.com", DNS_A,
	  "ask 127.1.0.2" },
	{ S9 "server=/*oogle.com/127.1.0.1\nserver=/*ogle.com/127.1.0.2\nserver=/gle.com/127.1.0.5",
	  "google.com", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/*oogle.com/127.1.0.1\nserver=/*ogle.com/127.1.0.2\nserver=/gle.com/127.1.0.5",
	  "ogle.com", DNS_A, "ask 127.1.0.2" },
	{ S9 "server=/*oogle.com/127.1.0.1\nserver=/*ogle.com/127.1.0.2\nserver=/gle.com/127.1.0.5",
	  "a.gle.com", DNS_A, "ask 127.1.0.5" },
	{ S9 "server=/**a/127.1.0.1", "*a", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/**a/127.1.0.1", "ba", DNS_A, "ask 127.1.0.9" },
	{ S9 "server=/*#/127.1.0.1", "a#", DNS_A, "ask 127.1.0.1" },
	{ S9 "server=/a.*/127.1.0.1", "a.*", DNS_A, "ask 127.1.0.1" },
	/* addresses backwards */
	{ S9 "rev-server=192.0.2.0/24,127.1.0.1", "7.2.0.192.in-addr.arpa", DNS_PTR, "ask 127.1.0.1" },
	{ S9 "rev-server=192.0.2.0/24,127.1.0.1", "7.3.0.192.in-addr.arpa", DNS_PTR, "ask 127.1.0.9" },
	{ S9 "rev-server=10.0.0.0/15,127.1.0.1", "1.2.1.10.in-addr.arpa", DNS_PTR, "ask 127.1.0.1" },
	{ S9 "rev-server=10.0.0.0/15,127.1.0.1", "1.2.2.10.in-addr.arpa", DNS_PTR, "ask 127.1.0.9" },
	{ S9 "rev-server=192.0.2.7", "7.2.0.192.in-addr.arpa", DNS_PTR, "local" },
	{ S9 "rev-server=192.0.2.7", "8.2.0.192.in-addr.arpa", DNS_PTR, "ask 127.1.0.9" },
};
/* clang-format on */

TEST(rules_decide_as_dnsmasq_decides)
{
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = conf_of(table[i].conf);
		struct rules *r = rules_new(dns_conf_of(c), NULL);
		struct dname name;
		char what[600];

		must(dname_parse(table[i].name, &name));
		snprintf(what, sizeof what, "%s asked of %s type %u: %s", table[i].conf,
			 table[i].name, table[i].type, say(r, dname_span(&name), table[i].type));
		if (strcmp(say(r, dname_span(&name), table[i].type), table[i].say) != 0)
			test_failed(table[i].say, (int)i, what);
		rules_free(r);
		conf_free(c);
	}
}

static const char *say_of(const struct rules *r, const char *text, uint16_t type)
{
	struct dname name;

	must(dname_parse(text, &name));
	return say(r, dname_span(&name), type);
}

TEST(servers_of_files_stand_behind_those_of_the_configuration)
{
	struct conf *c = conf_of(S9 "local=/x/\n"), *files = conf_of("server=/x/127.1.0.1\n"),
		    *resolv = conf_of("server=127.1.0.2\n");
	struct server_files f = { .listed = dns_conf_of(files)->rules,
				  .listed_names = dns_conf_of(files)->rule_names,
				  .resolv = dns_conf_of(resolv)->rules };
	struct rules *r = rules_new(dns_conf_of(c), &f);

	CHECK_TEXT(say_of(r, "a.b", DNS_A), "ask 127.1.0.9 127.1.0.2");
	CHECK_TEXT(say_of(r, "a.x", DNS_A), "ask 127.1.0.1");
	rules_free(r);
	conf_free(c);
	conf_free(files);
	conf_free(resolv);
}

TEST(lists_of_servers_have_numbers_of_their_own_and_equal_ones_the_same)
{
	struct conf *c = conf_of("local=/l/\nserver=/x/y/127.1.0.1\nserver=127.1.0.9\n"
				 "server=/x/127.1.0.2\naddress=/z/192.0.2.1\nserver=127.1.0.8\n"
				 "server=/p/127.1.0.3\nserver=/q/127.1.0.3\nserver=/r/127.1.0.4\n");
	static const struct { const char *name; size_t servers; } rows[] = {
		{ "x", 2 }, { "y", 1 }, { "none", 2 }, { "p", 1 }, { "q", 1 }, { "r", 1 },
	};
	struct rules *r = rules_new(dns_conf_of(c), NULL);
	unsigned id[COUNT_OF(rows)];

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rules_verdict v;
		struct dname name;

		must(dname_parse(rows[i].name, &name));
		v = rules_find(r, dname_span(&name), DNS_A);
		CHECK_EQ(v.servers.n, rows[i].servers);
		id[i] = v.servers.id;
	}
	CHECK(id[0] != id[1] && id[0] && id[1] && id[3] && id[3] != id[0] && id[3] != id[1]);
	CHECK_EQ(id[2], 0);
	CHECK_EQ(id[4], id[3]);
	CHECK(id[5] != id[3]);
	rules_free(r);
	conf_free(c);
}

TEST(many_domains_are_all_found_again)
{
	enum { MANY = 30000 };
	char *text = calloc(MANY, 40), name[64], *at = text;
	struct conf *c;
	struct rules *r;

	must(text);
	for (int i = 0; i < MANY; i++)
		at += sprintf(at, "local=/d%d.e%d.test/\n", i, i % 100);
	c = conf_of(text);
	r = rules_new(dns_conf_of(c), NULL);
	for (int i = 0; i < MANY; i++) {
		struct rules_verdict v;
		struct dname n;

		snprintf(name, sizeof name, "www.d%d.e%d.test", i, i % 100);
		must(dname_parse(name, &n));
		v = rules_find(r, dname_span(&n), DNS_A);
		if (v.say != SAY_LOCAL || v.origin.line != (unsigned)i + 1)
			test_failed("not found", i, name);
	}
	CHECK_TEXT(say_of(r, "d1.e2.test", DNS_A), "nobody");
	rules_free(r);
	conf_free(c);
	free(text);
}

/* Plain lines and others, of one domain, in the order in which they stand. */
TEST(lines_of_one_domain_count_in_their_order_whatever_their_form)
{
	struct conf *c = conf_of("address=/x/192.0.2.1\naddress=/x/y/192.0.2.2\naddress=/x/192.0.2.3\n"
				 "server=/z/s/127.1.0.1\nserver=/s/127.1.0.2\nserver=/s/127.1.0.3@lo\n"
				 "server=/s/127.1.0.4\nlocal=/p/\nserver=/P/127.1.0.5\n"
				 "server=/w/127.1.0.6\nlocal=/*w/\naddress=/both/#\naddress=/both/::1\n");
	struct rules *r = rules_new(dns_conf_of(c), NULL);

	CHECK_TEXT(say_of(r, "a.x", DNS_A), "address 192.0.2.3 192.0.2.2 192.0.2.1");
	CHECK_TEXT(say_of(r, "y", DNS_A), "address 192.0.2.2");
	CHECK_TEXT(say_of(r, "a.s", DNS_A), "ask 127.1.0.1 127.1.0.2 127.1.0.3 127.1.0.4");
	CHECK_TEXT(say_of(r, "p", DNS_A), "ask 127.1.0.5");
	CHECK_TEXT(say_of(r, "w", DNS_A), "ask 127.1.0.6");
	CHECK_TEXT(say_of(r, "aw", DNS_A), "local");
	CHECK_TEXT(say_of(r, "both", DNS_A), "zeros");
	CHECK_TEXT(say_of(r, "both", DNS_AAAA), "address ::1");
	rules_free(r);
	conf_free(c);
}

TEST(a_domain_that_the_configuration_and_a_file_name_has_the_lines_of_both)
{
	struct conf *c = conf_of("server=/x/127.1.0.1\nserver=/y/127.1.0.2\n"),
		    *files = conf_of("server=/z/127.1.0.3\nserver=/x/127.1.0.4\n");
	struct server_files f = { .listed = dns_conf_of(files)->rules,
				  .listed_names = dns_conf_of(files)->rule_names };
	struct rules *r = rules_new(dns_conf_of(c), &f);

	CHECK_TEXT(say_of(r, "a.x", DNS_A), "ask 127.1.0.1 127.1.0.4");
	CHECK_TEXT(say_of(r, "a.y", DNS_A), "ask 127.1.0.2");
	CHECK_TEXT(say_of(r, "a.z", DNS_A), "ask 127.1.0.3");
	rules_free(r);
	conf_free(c);
	conf_free(files);
}

TEST(the_line_and_domain_that_decide_are_told_of_plain_lines_too)
{
	struct conf *c = conf_of("local=/a.test/\nlocal=/b/c/\naddress=/d.test/192.0.2.1\n");
	static const struct { const char *name, *domain; unsigned line; } rows[] = {
		{ "x.A.test", "a.test", 1 }, { "x.c", "c", 2 }, { "d.test", "d.test", 3 },
	};
	struct rules *r = rules_new(dns_conf_of(c), NULL);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rules_verdict v;
		struct dname name;

		must(dname_parse(rows[i].name, &name));
		v = rules_find(r, dname_span(&name), DNS_A);
		rules_domain(r, &v, &name);
		CHECK_TEXT(dname_text(&name).s, rows[i].domain);
		CHECK_EQ(v.labels, name.labels);
		CHECK_TEXT(v.origin.file, "f");
		CHECK_EQ(v.origin.line, rows[i].line);
		CHECK_EQ(rules_origin(&v, v.rule).line, rows[i].line);
	}
	rules_free(r);
	conf_free(c);
}
