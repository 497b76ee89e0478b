/* SPDX-License-Identifier: ISC */
/*
 * What lines leave in the configuration.  conf_test.c judges their form.
 */
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/conf.h"
#include "dns/rule_names.h"
#include "lan/conf.h"
#include "test/test.h"
#include "wire/dns.h"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
	&dns_edns_section,
	&dns_auth_section, &dns_beyond_section, &dns_sets_section,
};

/* All lines good; read and checked. */
static struct conf *conf_of(const char *text)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);

	conf_read_text(c, "f", span_text(text));
	conf_check(c);
	return c;
}

static void add_server(struct text *t, const struct dns_server *s)
{
	text_addf(t, "%s%s%s#%u", s->host ? s->host : addr_text(&s->at.addr).s, s->scope[0] ? "%" : "",
		  s->scope, s->at.port);
	if (s->interface)
		text_addf(t, "@%s", s->interface);
	if (addr_is_set(&s->source.addr) || s->source.port)
		text_addf(t, "@%s#%u", addr_text(&s->source.addr).s, s->source.port);
}

/* "server x 192.0.2.1#53" a rule */
static const char *rules_text(const struct dns_conf *c)
{
	static const char *const kinds[] = { "server", "default", "local", "address", "zeros" };
	static const char *const reaches[] = {
		[REACH_ALL] = " all", [REACH_DOMAIN] = "", [REACH_BELOW] = " below",
		[REACH_WILD] = " wild", [REACH_PLAIN] = " plain",
	};
	struct rule_walk w = { .next = c->rules, .names = c->rule_names };
	static char line[4000];
	struct text t = TEXT(line);

	while (rule_walk_next(&w)) {
		const struct dns_rule *r = w.rule;
		struct dname domain;

		rule_walk_domain(&w, &domain);
		text_addf(&t, "%s%s%s", t.n ? "; " : "", kinds[r->kind], reaches[r->reach]);
		if (domain.n)
			text_addf(&t, " %s", dname_text(&domain).s);
		if (r->server) {
			text_add(&t, " ");
			add_server(&t, r->server);
		}
		if (addr_is_set(&r->addr))
			text_addf(&t, " %s", addr_text(&r->addr).s);
	}
	return line;
}

TEST(each_form_of_a_server_line_makes_its_rules)
{
	/* clang-format off */
	static const struct { const char *line, *rules; } table[] = {
		{ "server=192.0.2.1", "server all 192.0.2.1#53" },
		{ "server=192.0.2.1#5353", "server all 192.0.2.1#5353" },
		{ "server=192.0.2.1#", "server all 192.0.2.1#0" },
		{ "server=192.0.2.1@eth0", "server all 192.0.2.1#53@eth0" },
		{ "server=192.0.2.1@eth0#77", "server all 192.0.2.1#53@eth0@#77" },
		{ "server=192.0.2.1@", "server all 192.0.2.1#53" },
		{ "server=192.0.2.1@192.0.2.9#99", "server all 192.0.2.1#53@192.0.2.9#99" },
		{ "server=192.0.2.1#54@eth0@192.0.2.9", "server all 192.0.2.1#54@eth0@192.0.2.9#0" },
		{ "server=fe80::1%eth0#54", "server all fe80::1%eth0#54" },
		{ "server=Dns.example#54@eth0", "server all Dns.example#54@eth0" },
		{ "server=/A.b/c/192.0.2.1", "server a.b 192.0.2.1#53; server c 192.0.2.1#53" },
		{ "server=/*.a/*b/*/#//.c/192.0.2.1",
		  "server below a 192.0.2.1#53; server wild b 192.0.2.1#53; server all 192.0.2.1#53; "
		  "server all 192.0.2.1#53; server plain 192.0.2.1#53; server c 192.0.2.1#53" },
		{ "server=/a/", "local a" }, { "local=/a/b/", "local a; local b" },
		{ "server=//", "local plain" }, { "server=", "local all" }, { "server=/", "local all" },
		{ "server=/a/#", "default a" }, { "server=#", "default all" },
		{ "server=/a..b/c/", "local c" },
		{ "server=/\303\244.example/", "local xn--4ca.example" },
		{ "address=/a/192.0.2.1", "address a 192.0.2.1" },
		{ "address=/a/b/2001:db8::1", "address a 2001:db8::1; address b 2001:db8::1" },
		{ "address=/a/#", "zeros a" }, { "address=/a/", "local a" },
		{ "address=192.0.2.1", "address all 192.0.2.1" }, { "address=#", "zeros all" },
		{ "rev-server=192.0.2.0/24,192.0.2.1#54",
		  "server 2.0.192.in-addr.arpa 192.0.2.1#54" },
		{ "rev-server=192.0.2.7", "local 7.2.0.192.in-addr.arpa" },
		{ "rev-server=192.0.3.4/23,#",
		  "default 2.0.192.in-addr.arpa; default 3.0.192.in-addr.arpa" },
		{ "rev-server=10.0.0.0/7", "local 10.in-addr.arpa; local 11.in-addr.arpa" },
		{ "rev-server=fd01::1/63",
		  "local 0.0.0.0.0.0.0.0.0.0.0.0.1.0.d.f.ip6.arpa; "
		  "local 1.0.0.0.0.0.0.0.0.0.0.0.1.0.d.f.ip6.arpa" },
		{ "rev-server=2001:db8::/32", "local 8.b.d.0.1.0.0.2.ip6.arpa" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = conf_of(table[i].line);

		if (strcmp(rules_text(dns_conf_of(c)), table[i].rules) != 0)
			test_failed(rules_text(dns_conf_of(c)), (int)i, table[i].line);
		conf_free(c);
	}
}

TEST(the_rules_of_one_line_share_its_server_and_its_origin)
{
	struct conf *c = conf_of("port=0\nserver=/a/b/192.0.2.1\n");
	const struct dns_rule *r = dns_conf_of(c)->rules;

	CHECK(r->server == r->next->server);
	CHECK_EQ(r->origin.line, 2);
	CHECK_TEXT(r->next->origin.file, "f");
	CHECK(dns_conf_of(c)->rules_last == r->next);
	conf_free(c);
}

static const char *hex(struct span bytes)
{
	static char line[1400];
	struct text t = TEXT(line);

	text_hex(&t, bytes, 0);
	return line;
}

/* "a.b 1 60 c0000201 host first" a record */
static const char *records_text(const struct dns_conf *c)
{
	static char line[8000];
	struct text t = TEXT(line);

	for (const struct dns_record *r = c->records; r; r = r->next) {
		text_addf(&t, "%s%s %u %s", t.n ? "; " : "", dname_span_text(r->owner).s, r->type,
			  hex(r->rdata));
		if (r->has_ttl)
			text_addf(&t, " ttl %u", r->ttl_s);
		if (r->from_host_record)
			text_add(&t, r->names_address ? " host first" : " host");
	}
	return line;
}

/* %h becomes this machine's name, %H its bytes. */
static void write_self(struct text *t, const char *s, const struct dname *self)
{
	for (; *s; s++) {
		if (strncmp(s, "%h", 2) == 0)
			text_add(t, dname_span_text(dname_span(self)).s);
		else if (strncmp(s, "%H", 2) == 0)
			text_add(t, hex(dname_span(self)));
		else
			text_addn(t, s, 1);
		s += *s == '%';
	}
}

TEST(each_form_of_a_record_line_makes_its_records)
{
	/* clang-format off */
	static const struct { const char *line, *records; } table[] = {
		{ "host-record=a,192.0.2.1", "a 1 c0000201 host first" },
		{ "host-record=A.b,c,192.0.2.1,192.0.2.2,60,::1",
		  "a.b 1 c0000202 ttl 60 host first; a.b 28 00000000000000000000000000000001 ttl 60 "
		  "host first; c 1 c0000202 ttl 60 host; c 28 00000000000000000000000000000001 ttl 60 "
		  "host" },
		{ "host-record=60,192.0.2.1", "" }, { "host-record=a,b", "" },
		{ "host-record=a,60,,192.0.2.1,70", "a 1 c0000201 ttl 70 host first" },
		{ "host-record=a,192.0.2.1,99999999999", "a 1 c0000201 ttl 2147483647 host first" },
		{ "host-record=a..b,192.0.2.1", "" },
		{ "cname=x,y,Zed,60", "x 5 037a656400 ttl 60; y 5 037a656400 ttl 60" },
		{ "cname=a,60", "a 5 02363000" }, { "cname=a,60,30", "a 5 02363000 ttl 30" },
		{ "cname=a,", "a 5 00" }, { "cname=b,c,", "b 5 016300" },
		{ "mx-target=t\nmx-host=a", "a 15 0001017400; %h 15 0000017400" },
		{ "mx-host=a", "a 15 0001%H" }, { "mx-host=a,b", "a 15 0001016200" },
		{ "mx-host=a,,10", "a 15 000a00" }, { "mx-host=a,B,7", "a 15 0007016200" },
		{ "localmx", "%h 15 0000%H" }, { "selfmx", "" },
		{ "mx-target=t\nmx-host=%h,x", "%h 15 0001017800" },
		{ "srv-host=_a._tcp", "_a._tcp 33 00000000000100" },
		{ "srv-host=_a._tcp\ndomain=lan.example",
		  "_a._tcp.lan.example 33 00000000000100" },
		{ "srv-host=a\nsrv-host=b.c.d\ndomain=lan.example",
		  "a 33 00000000000100; b.c.d 33 00000000000100" },
		{ "srv-host=_a._tcp.x,T,9,3,4", "_a._tcp.x 33 000300040009017400" },
		{ "srv-host=_a._tcp.x,t,,5", "_a._tcp.x 33 000500000000017400" },
		{ "txt-record=a", "a 16 00" }, { "txt-record=b,x,\"y,z\"", "b 16 017803792c7a" },
		{ "txt-record=e,,f,", "e 16 00016600" }, { "txt-record=,x", ". 16 0178" },
		{ "ptr-record=a", "a 12 00" }, { "ptr-record=B,Cc", "b 12 02636300" },
		{ "naptr-record=a,1,2,s,SIP,!x!y!", "a 35 0001000201730353495005217821792100" },
		{ "naptr-record=b,1,2,,,,Rr", "b 35 0001000200000002727200" },
		{ "caa-record=a,0,issue,b,c", "a 257 00056973737565622c63" },
		{ "caa-record=b,128,,", "b 257 8000" },
		{ "dns-rr=a,257,0", "a 257 00" }, { "dns-rr=a,257,000:1", "a 257 000001" },
		{ "dns-rr=a,257,00 01", "a 257 0001" }, { "dns-rr=a,257,0:1:2", "a 257 000102" },
		{ "dns-rr=a,257,123", "a 257 1203" }, { "dns-rr=a,257", "a 257 " },
	};
	/* clang-format on */
	char host[200] = "", line[1000], wanted[2000];
	struct dname self = { .n = 1, .bytes = { 0 } };

	gethostname(host, sizeof host - 1);
	if (dname_parse(host, &self))
		dname_lower(&self);
	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct text t = TEXT(line), w = TEXT(wanted);
		struct conf *c;

		write_self(&t, table[i].line, &self);
		write_self(&w, table[i].records, &self);
		c = conf_of(line);
		if (strcmp(records_text(dns_conf_of(c)), wanted) != 0)
			test_failed(records_text(dns_conf_of(c)), (int)i, line);
		conf_free(c);
	}
}

TEST(a_long_text_becomes_strings_of_255_bytes)
{
	char line[400] = "txt-record=a,";
	struct conf *c;
	const struct dns_record *r;

	memset(line + strlen(line), 'q', 300);
	c = conf_of(line);
	r = dns_conf_of(c)->records;
	CHECK_EQ(r->rdata.n, 302);
	CHECK_EQ(r->rdata.p[0], 255);
	CHECK_EQ(r->rdata.p[256], 45);
	conf_free(c);
}

/* What was wrong, one line each. */
static const char *mistakes(const char *text)
{
	static char line[4000];
	struct text t = TEXT(line);
	struct conf *c = conf_of(text);

	for (size_t i = 0; i < conf_errors(c); i++)
		if (!strstr(conf_error_text(c, i), "DNS is not served yet"))
			text_addf(&t, "%s%s", t.n ? "\n" : "", conf_error_text(c, i));
	CHECK_EQ(conf_errors(c) > 0 || !*line, 1);
	conf_free(c);
	return line;
}

TEST(aliases_that_are_doubled_or_lead_back_are_mistakes)
{
	CHECK_TEXT(mistakes("port=0\ncname=x,y\ncname=X,z"),
		   "f:3: cname, column 9: duplicate CNAME: x is an alias already; leave one out");
	CHECK_TEXT(mistakes("port=0\ncname=x,X"),
		   "f:2: cname, column 9: x is an alias of itself; write another target");
	CHECK_TEXT(mistakes("port=0\ncname=x,y\ncname=y,z\ncname=z,x\ncname=a,x"),
		   "f:2: cname: the aliases of x lead back to it; write another target\n"
		   "f:3: cname: the aliases of y lead back to it; write another target\n"
		   "f:4: cname: the aliases of z lead back to it; write another target");
	CHECK_TEXT(mistakes("port=0\ncname=a,b\ncname=b,c\ncname=d,c"), "");
}

TEST(what_is_not_served_yet_is_a_mistake_while_dns_is_on_and_none_while_it_is_off)
{
	static const char *const unserved[] = {
		"dnssec",
	};
	static const char *const without_effect[] = {
		"trust-anchor=.,20326,8,2,E06D44", "dnssec-check-unsigned", "dnssec-limits=1",
		"dnssec-timestamp=/x",
	};
	char line[200], wanted[300], name[64];

	for (size_t i = 0; i < COUNT_OF(unserved); i++) {
		snprintf(name, sizeof name, "%.*s", (int)strcspn(unserved[i], "="), unserved[i]);
		snprintf(wanted, sizeof wanted, "f:2: %s is not served yet; leave it out, or write "
			 "port=0 to turn DNS off", name);
		snprintf(line, sizeof line, "port=53\n%s", unserved[i]);
		CHECK_TEXT(mistakes(line), wanted);
		snprintf(line, sizeof line, "port=0\n%s", unserved[i]);
		CHECK_TEXT(mistakes(line), "");
	}
	for (size_t i = 0; i < COUNT_OF(without_effect); i++) {
		snprintf(line, sizeof line, "port=53\n%s", without_effect[i]);
		CHECK_TEXT(mistakes(line), "");
	}
	CHECK_TEXT(mistakes("port=53\ndnssec\n#\nserver=[x"),
		   "f:2: dnssec is not served yet; leave it out, or write port=0 to turn DNS off\n"
		   "f:4: server, column 8: bad address \"[x\"; write an address such as 192.0.2.1 or "
		   "2001:db8::1");
}

TEST(ports_out_of_order_are_a_mistake_while_dns_is_on)
{
	CHECK_TEXT(mistakes("port=53\nmin-port=5000\nmax-port=4000"),
		   "f:3: max-port: 4000 is below min-port, 5000; write a larger number");
	CHECK_TEXT(mistakes("port=0\nmin-port=5000\nmax-port=4000"), "");
	CHECK_TEXT(mistakes("port=53\nmin-port=5000\nmax-port=5000"), "");
}

TEST(numbers_and_flags_of_dns_fill_their_members)
{
	struct conf *c = conf_of("port=0\n");
	const struct dns_conf *d = dns_conf_of(c);

	CHECK_EQ(d->cache_size, 10000);
	CHECK_EQ(d->forward_max, 10000);
	CHECK_EQ(d->min_port, 1024);
	CHECK_EQ(d->max_port, 65535);
	CHECK_EQ(d->edns_max, 1232);
	CHECK_EQ(d->tcp_max, 20);
	CHECK(!d->has_query_port && d->local_service == SERVICE_ALL && !d->no_resolv);
	conf_free(c);
	c = conf_of("port=0\ncache-size=9\ndns-forward-max=8\nmin-port=7\nmax-port=70\nquery-port=0\n"
		    "edns-packet-max=100\nmax-tcp-connections=6\nlocal-ttl=5\nneg-ttl=4\nmax-ttl=3\n"
		    "max-cache-ttl=2\nmin-cache-ttl=5000\nlocal-service=host\nno-resolv\nno-poll\n"
		    "strict-order\nall-servers\nclear-on-reload\nno-negcache\nno-hosts\nexpand-hosts\n"
		    "localise-queries\nno-round-robin\nbogus-priv\ndomain-needed\nfilterwin2k\n"
		    "filter-A\nfilter-AAAA\nstop-dns-rebind\nrebind-localhost-ok\nno-ident\nselfmx\n"
		    "localmx\nmx-target=t\n");
	d = dns_conf_of(c);
	CHECK_EQ(d->cache_size, 9);
	CHECK_EQ(d->forward_max, 8);
	CHECK_EQ(d->min_port, 7);
	CHECK_EQ(d->max_port, 70);
	CHECK(d->has_query_port);
	CHECK_EQ(d->query_port, 0);
	CHECK_EQ(d->edns_max, 512);
	CHECK_EQ(d->tcp_max, 6);
	CHECK_EQ(d->local_ttl_s, 5);
	CHECK_EQ(d->neg_ttl_s, 4);
	CHECK_EQ(d->max_ttl_s, 3);
	CHECK_EQ(d->max_cache_ttl_s, 2);
	CHECK_EQ(d->min_cache_ttl_s, 3600);
	CHECK_EQ(d->local_service, SERVICE_HOST);
	CHECK(d->no_resolv && d->no_poll && d->strict_order && d->all_servers && d->clear_on_reload);
	CHECK(d->no_negcache && d->no_hosts && d->expand_hosts && d->localise && d->no_round_robin);
	CHECK(d->bogus_priv && d->domain_needed && d->filter_win2k && d->filter_a && d->filter_aaaa);
	CHECK(d->stop_rebind && d->rebind_localhost_ok && d->no_ident && d->mx_self && d->mx_local);
	CHECK_TEXT(d->mx_target, "t");
	conf_free(c);
}

TEST(more_questions_than_there_is_memory_for_are_as_many_as_may_be)
{
	struct conf *c = conf_of("port=0\ndns-forward-max=4294967295\n");

	CHECK_EQ(dns_conf_of(c)->forward_max, 100000);
	conf_free(c);
}

TEST(lists_of_dns_keep_the_order_of_the_file)
{
	struct conf *c = conf_of("port=0\nresolv-file=/a\nresolv-file=\nresolv-file=/b,c\n"
				 "addn-hosts=/h\naddn-hosts=/i\nservers-file=/s\n"
				 "bogus-nxdomain=192.0.2.0/24\nbogus-nxdomain=::1\n"
				 "ignore-address=192.0.2.9\nrebind-domain-ok=/A/b.c//\n"
				 "rebind-domain-ok=d\nfilter-rr=TXT,,16\nfilter-rr=ANY\ncache-rr=MX\n"
				 "interface-name=Gw.x,eth0/6\ninterface-name=g,eth1\n"
				 "local-service\n");
	const struct dns_conf *d = dns_conf_of(c);

	CHECK_TEXT(d->resolv_files->path, "/a");
	CHECK_TEXT(d->resolv_files->next->path, "/b,c");
	CHECK_EQ(d->resolv_files->next->origin.line, 4);
	CHECK(!d->resolv_files->next->next);
	CHECK_TEXT(d->hosts_files->next->path, "/i");
	CHECK_TEXT(d->servers_files->path, "/s");
	CHECK_EQ(d->bogus_nxdomain->net.bits, 24);
	CHECK_EQ(d->bogus_nxdomain->next->net.bits, 128);
	CHECK_EQ(d->ignore_addresses->net.bits, 32);
	CHECK_TEXT(dname_span_text(d->rebind_ok->domain).s, "a");
	CHECK_TEXT(dname_span_text(d->rebind_ok->next->domain).s, "b.c");
	CHECK_TEXT(dname_span_text(d->rebind_ok->next->next->domain).s, "d");
	CHECK(!d->rebind_ok->next->next->next);
	CHECK_EQ(d->filter_types->type, 16);
	CHECK_EQ(d->filter_types->next->type, 16);
	CHECK_EQ(d->filter_types->next->next->type, 255);
	CHECK_EQ(d->cache_types->type, 15);
	CHECK_TEXT(dname_span_text(d->interface_names->owner).s, "gw.x");
	CHECK_TEXT(d->interface_names->interface, "eth0");
	CHECK(!d->interface_names->ip4 && d->interface_names->ip6);
	CHECK(d->interface_names->next->ip4 && d->interface_names->next->ip6);
	CHECK_EQ(d->local_service, SERVICE_NET);
	conf_free(c);
}

TEST(an_alias_of_addresses_keeps_its_range_and_mask)
{
	struct conf *c = conf_of("port=0\nalias=192.0.2.7,198.51.100.9\n"
				 "alias=192.0.2.7,198.51.100.0,255.255.255.0\n"
				 "alias=192.0.2.10-192.0.2.20,198.51.100.0,255.255.255.0\n");
	const struct dns_alias *a = dns_conf_of(c)->aliases;

	CHECK(a->one);
	CHECK_EQ(a->start, 0xc0000207);
	CHECK_EQ(a->end, 0xc0000207);
	CHECK_EQ(a->to, 0xc6336409);
	CHECK_EQ(a->mask, 0xffffffff);
	a = a->next;
	CHECK(a->one);
	CHECK_EQ(a->start, 0xc0000200);
	CHECK_EQ(a->end, 0xc00002ff);
	a = a->next;
	CHECK(!a->one);
	CHECK_EQ(a->start, 0xc000020a);
	CHECK_EQ(a->end, 0xc0000214);
	CHECK_EQ(a->mask, 0xffffff00);
	conf_free(c);
}

TEST(made_names_have_their_range_and_prefix)
{
	/* clang-format off */
	static const struct { const char *line, *start, *end, *prefix; bool counted; } table[] = {
		{ "a,192.0.2.77/24,p-", "192.0.2.0", "192.0.2.255", "p-", false },
		{ "a,192.0.2.0/24,p*", "192.0.2.0", "192.0.2.255", "p", true },
		{ "a,192.0.2.1,192.0.2.9", "192.0.2.1", "192.0.2.9", "", false },
		{ "a,192.0.2.1,192.0.2.9,*", "192.0.2.1", "192.0.2.9", "", true },
		{ "a,192.0.2.1", "192.0.2.1", "192.0.2.1", "", false },
		{ "a,fd00::7/64,p*", "fd00::", "fd00::ffff:ffff:ffff:ffff", "p", true },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		char line[200];
		struct conf *c;
		const struct dns_synth *s;

		snprintf(line, sizeof line, "port=0\nsynth-domain=%s", table[i].line);
		c = conf_of(line);
		s = dns_conf_of(c)->synths;
		CHECK_TEXT(dname_span_text(s->domain).s, "a");
		CHECK_TEXT(addr_text(&s->start).s, table[i].start);
		CHECK_TEXT(addr_text(&s->end).s, table[i].end);
		CHECK_TEXT(s->prefix, table[i].prefix);
		CHECK_EQ(s->counted, table[i].counted);
		conf_free(c);
	}
}

TEST(secrets_of_cookies_are_two_at_most_and_of_32_digits)
{
	static const char good[] = "dns-cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf\n";
	char lines[400];
	struct conf *c;

	CHECK_TEXT(mistakes("dns-cookie-secret=e5e973"),
		   "f:1: dns-cookie-secret, column 19: a secret has 32 hexadecimal digits, not 6");
	CHECK(strstr(mistakes("dns-cookies=always"), "f:1: dns-cookies"));
	snprintf(lines, sizeof lines, "%s%s%s", good, good, good);
	CHECK(strstr(mistakes(lines), "there are two secrets already"));
	c = conf_of("dns-cookies=enforce\ndns-cookie-secret=e5e973e5a6b2a43f48e7dc849e37bfcf");
	CHECK_EQ(dns_conf_of(c)->cookies, COOKIES_ENFORCED);
	CHECK_EQ(dns_conf_of(c)->cookie_secrets.n, 1);
	CHECK_EQ(dns_conf_of(c)->cookie_secrets.secret[0][0], 0xe5);
	conf_free(c);
}
