/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/sets.h"
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
	CHECK_EQ(conf_errors(c), 0);
	return c;
}

static const char *set_of(const struct sets_index *i, const char *name)
{
	const struct dns_sets *found;
	struct dname wire;

	must(dname_parse(name, &wire));
	found = sets_find(i, dname_span(&wire));
	return found ? found->set[0].name : "none";
}

TEST(the_longest_domain_of_an_ipset_line_wins_and_the_first_of_equal_ones)
{
	static const struct { const char *name, *set; } table[] = {
		{ "example.com", "one" }, { "www.example.com", "one" }, { "WWW.eXample.COM", "one" },
		{ "a.w.example.com", "w" }, { "w.example.com", "w" }, { "ww.example.com", "one" },
		{ "anotherexample.com", "com" }, { "com", "com" }, { "example.org", "all" },
		{ ".", "all" }, { "x.star.example", "all" }, { "dots.example", "dots" },
		{ "trail.example", "trail" }, { "xn--bcher-kva.example", "book" },
	};
	struct conf *c = conf_of("ipset=/#/all\nipset=//later\nipset=/example.com/one\n"
				 "ipset=/Example.com/two\nipset=/com/com\nipset=/w.example.com/w\n"
				 "ipset=/*.star.example/star\nipset=/.dots.example/dots\n"
				 "ipset=/trail.example./trail\nipset=/b\xc3\xbc" "cher.example/book");
	struct sets_index *i = sets_index_new(dns_conf_of(c)->ipsets);

	for (size_t k = 0; k < COUNT_OF(table); k++)
		CHECK_TEXT(set_of(i, table[k].name), table[k].set);
	sets_index_free(i);
	conf_free(c);
}

TEST(without_lines_there_is_no_index_and_no_set)
{
	CHECK(sets_index_new(NULL) == NULL);
	CHECK_TEXT(set_of(NULL, "example.com"), "none");
}

TEST(thousands_of_domains_are_told_apart)
{
	static char text[400000];
	struct text t = TEXT(text);
	struct sets_index *i;
	struct conf *c;
	char name[64];

	for (unsigned k = 0; k < 8000; k++)
		text_addf(&t, "ipset=/n%u.example/s%u\n", k, k);
	must(!t.cut);
	c = conf_of(text);
	i = sets_index_new(dns_conf_of(c)->ipsets);
	for (unsigned k = 0; k < 8000; k += 7) {
		char wanted[16];

		snprintf(name, sizeof name, "www.n%u.example", k);
		snprintf(wanted, sizeof wanted, "s%u", k);
		CHECK_TEXT(set_of(i, name), wanted);
	}
	CHECK_TEXT(set_of(i, "n8000.example"), "none");
	sets_index_free(i);
	conf_free(c);
}

/* ---- what lines say ------------------------------------------------------------------------ */

static const char *sets_text(const struct dns_sets *list)
{
	static char line[1000];
	struct text t = TEXT(line);

	text_add(&t, "");
	for (const struct dns_sets *s = list; s; s = s->next) {
		text_addf(&t, "%s%s:", t.n ? "; " : "", dname_span_text(s->domain).s);
		for (size_t i = 0; i < s->n; i++) {
			const struct kernel_set *k = &s->set[i];

			text_addf(&t, " [%s]", k->words);
			if (k->kind == SET_NFT)
				text_addf(&t, "%u/%u/%s/%s", k->only, k->family,
					  k->table ? k->table : "", k->name ? k->name : "");
		}
	}
	return line;
}

TEST(a_line_of_ipset_or_nftset_gives_its_sets_to_each_of_its_domains)
{
	static const struct { const char *line, *ipsets, *nftsets; } table[] = {
		{ "ipset=/a/s", "a: [s]", "" },
		{ "ipset=/A/b.c/s,t", "a: [s] [t]; b.c: [s] [t]", "" },
		{ "ipset=s,t", ".: [s] [t]", "" },
		{ "ipset=//s", ".: [s]", "" },
		{ "ipset=/#/s", ".: [s]", "" },
		{ "ipset=/a/s,,t,", "a: [s] [t]", "" },
		{ "ipset=/a", "", "" },
		{ "ipset=/a,s", "", "" },
		{ "ipset=/..a/s", "a: [s]", "" },
		{ "ipset=/a..b/s", "", "" },
		{ "nftset=/a/t#s", "", "a: [t s]0/2/t/s" },
		{ "nftset=/a/4#t#s", "", "a: [4 t s]1/2/t/s" },
		{ "nftset=/a/6#ip6#t#s", "", "a: [6 ip6 t s]2/10/t/s" },
		{ "nftset=/a/4#inet#fw4#x,6#inet#fw4#y", "",
		  "a: [4 inet fw4 x]1/1/fw4/x [6 inet fw4 y]2/1/fw4/y" },
		{ "nftset=/a/bridge#t#s,arp#t#s,netdev#t#s", "",
		  "a: [bridge t s]0/7/t/s [arp t s]0/3/t/s [netdev t s]0/5/t/s" },
		{ "nftset=/a/other#t#s", "", "a: [other t s]0/0/t/s" },
		{ "nftset=/a/s", "", "a: [s]0/0//" },
		{ "nftset=/a/4#s", "", "a: [4 s]1/0//" },
		{ "nftset=/a/4#", "", "a: [4 ]1/0//" },
		{ "nftset=/a/ip#t#s#u", "", "a: [ip t s u]0/0//" },
		{ "nftset=/a/5#t#s", "", "a: [5 t s]0/0/t/s" },
		{ "ipset=/a/s\nipset=/b/t\nnftset=/c/t#s", "a: [s]; b: [t]", "c: [t s]0/2/t/s" },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = conf_of(table[i].line);

		CHECK_TEXT(sets_text(dns_conf_of(c)->ipsets), table[i].ipsets);
		CHECK_TEXT(sets_text(dns_conf_of(c)->nftsets), table[i].nftsets);
		CHECK_EQ(dns_conf_needs_netfilter(dns_conf_of(c)),
			 *table[i].ipsets || *table[i].nftsets);
		conf_free(c);
	}
}
