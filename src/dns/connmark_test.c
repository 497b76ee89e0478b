/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/conf.h"
#include "dns/connmark.h"
#include "lan/conf.h"
#include "test/test.h"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_sets_section,
};

static struct conf *conf_of(const char *text)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);

	conf_read_text(c, "f", span_text(text));
	conf_check(c);
	return c;
}

TEST(a_star_in_a_pattern_stands_for_letters_of_its_label_alone)
{
	static const struct { const char *pattern, *label; bool fits; } table[] = {
		{ "www", "www", true }, { "www", "WwW", true }, { "WWW", "www", true },
		{ "www", "ww", false }, { "www", "wwww", false }, { "*", "", true },
		{ "*", "anything", true }, { "w*w", "ww", true }, { "w*w", "wabcw", true },
		{ "w*w", "w", false }, { "*4", "v4", true }, { "*4", "4", true },
		{ "*4", "v44", true }, { "*4", "v45", false }, { "v*", "v", true },
		{ "m*n*", "many", true }, { "m*n*", "mxnyy", true }, { "m*n*", "mxyz", false },
		{ "**any", "many", true }, { "*a*", "bab", true }, { "*ab*", "aab", true },
		{ "*aab", "aaab", true }, { "", "", true }, { "", "a", false },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_EQ(connmark_label_fits(span_text(table[i].pattern), span_text(table[i].label)),
			 table[i].fits);
}

static bool allows(const struct conf *c, uint32_t mark, const char *name)
{
	struct dname n;

	must(dname_parse(name, &n));
	return connmark_allows(dns_conf_of(c), mark, &n);
}

TEST(a_mark_may_ask_for_the_names_that_its_lines_have_patterns_for)
{
	static const struct { uint32_t mark; const char *name; bool allowed; } table[] = {
		{ 1, "www.example.com", true }, { 1, "WWW.Example.COM", true },
		{ 1, "example.com", false }, { 1, "a.www.example.com", false },
		{ 1, "www.example.org", true }, { 1, "ftp.example.org", false },
		{ 1, "www.example.net", false }, { 1, "bl.example.net", false },
		{ 1, "one.more.example", true },
		{ 2, "anything.example", true }, { 2, "simple", true }, { 2, "a_b.local", true },
		{ 3, "www.example.com", false },
		{ 4, "www.example.com", false },
		{ 0x10, "of.mask.example", true }, { 0x1f, "of.mask.example", true },
		{ 0x20, "of.mask.example", false }, { 0x30, "of.mask.example", true },
	};
	struct conf *c = conf_of("connmark-allowlist-enable\n"
				 "connmark-allowlist=1,*.example.com/www.example.org\n"
				 "connmark-allowlist=1,one.more.example\n"
				 "connmark-allowlist=2,*\nconnmark-allowlist=3\n"
				 "connmark-allowlist=16/16,of.mask.example\n"
				 "connmark-allowlist=5/4,never.example.com");

	CHECK_EQ(conf_errors(c), 0);
	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_EQ(allows(c, table[i].mark, table[i].name), table[i].allowed);
	CHECK(!allows(c, 4, "never.example.com"));
	CHECK(!allows(c, 5, "never.example.com"));
	conf_free(c);
}

TEST(what_is_no_host_name_fits_no_pattern)
{
	static const char *const names[] = {
		"a_b.example.com", "-a.example.com", "a-.example.com", "*.example.com", "a\\.b.example.com",
		"a\\032b.example.com",
	};
	struct conf *c = conf_of("connmark-allowlist=1,*.example.com");

	for (size_t i = 0; i < COUNT_OF(names); i++)
		CHECK(!allows(c, 1, names[i]));
	CHECK(allows(c, 1, "a-b.example.com"));
	CHECK(allows(c, 1, "xn--p1ai.example.com"));
	CHECK(allows(c, 1, "123.example.com"));
	CHECK(!allows(c, 1, "."));
	CHECK(!allows(c, 1, "com"));
	CHECK(!allows(c, 1, "a.local"));
	CHECK(!allows(c, 1, "a.123"));
	conf_free(c);
}

TEST(the_lines_of_connmark_allowlist_fill_their_members)
{
	struct conf *c = conf_of("connmark-allowlist-enable=255\nconnmark-allowlist=258/4294967295,A.b\n"
				 "conntrack");
	const struct dns_conf *d = dns_conf_of(c);

	CHECK(d->connmark && d->conntrack);
	CHECK_EQ(d->connmark_mask, 255);
	CHECK_EQ(d->marked->mark, 258);
	CHECK_EQ(d->marked->mask, UINT32_MAX);
	CHECK_BYTES(d->marked->pattern[0], SPAN("\1a\1b"));
	CHECK(dns_conf_needs_netfilter(d));
	conf_free(c);
	c = conf_of("connmark-allowlist-enable");
	CHECK_EQ(dns_conf_of(c)->connmark_mask, UINT32_MAX);
	conf_free(c);
}

TEST(conntrack_beside_query_port_is_a_mistake_while_dns_is_on)
{
	static const char *const ports[] = { "query-port=0", "query-port=5353" };
	char text[100];

	for (size_t i = 0; i < COUNT_OF(ports); i++) {
		struct conf *c;

		snprintf(text, sizeof text, "conntrack\n%s", ports[i]);
		c = conf_of(text);
		CHECK_EQ(conf_errors(c), 1);
		CHECK_TEXT(conf_error_text(c, 0),
			   "f:1: conntrack: cannot be used with query-port; leave out one of them");
		conf_free(c);
		snprintf(text, sizeof text, "port=0\nconntrack\n%s", ports[i]);
		c = conf_of(text);
		CHECK_EQ(conf_errors(c), 0);
		conf_free(c);
	}
}
