/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <unistd.h>

#include "base/must.h"
#include "lan/bind.h"
#include "net/sim.h"
#include "test/test.h"

static const struct conf_section *const sections[] = { &lan_section };

static struct conf *read_text(const char *text)
{
	struct conf *c = conf_new(sections, 1, NULL);

	conf_read_text(c, "f", span_text(text));
	conf_check(c);
	return c;
}

static const struct lan_conf *lan_of(struct conf *c)
{
	return conf_section(c, &lan_section);
}

/* ---- the options ------------------------------------------------------------- */

TEST(interface_lists_add_up_over_lines_and_commas)
{
	struct conf *c = read_text("port=0\ninterface=eth0,br*\ninterface=lo\n"
				   "no-dhcp-interface=eth0\nno-dhcpv4-interface=eth1\n"
				   "listen-address=192.0.2.1,::1\n");
	const struct lan_conf *lan = lan_of(c);

	CHECK_EQ(conf_errors(c), 0);
	CHECK_TEXT(lan->interfaces->name, "eth0");
	CHECK_EQ(lan->interfaces->origin.line, 2);
	CHECK_TEXT(lan->interfaces->next->name, "br");
	CHECK(lan->interfaces->next->prefix);
	CHECK_EQ(lan->interfaces->next->next->origin.line, 3);
	CHECK(!lan->loopback_only);
	CHECK(if_names_match(lan->no_dhcp4, "eth1") && !if_names_match(lan->no_dhcp6, "eth1"));
	CHECK(if_names_match(lan->no_dhcp, "eth0") && !if_names_match(lan->no_dhcp, "eth1"));
	CHECK_TEXT(addr_text(&lan->listen->next->addr).s, "::1");
	CHECK(lan->listen->next->next == NULL);
	conf_free(c);
}

TEST(a_name_with_a_star_needs_something_in_its_place)
{
	const struct if_name d0 = { .name = "d0", .prefix = true };
	const struct if_name all = { .name = "", .prefix = true };

	CHECK(!if_name_matches(&d0, "d0"));
	CHECK(if_name_matches(&d0, "d01") && if_name_matches(&d0, "d0:1"));
	CHECK(!if_name_matches(&d0, "d1"));
	CHECK(if_name_matches(&all, "anything"));
}

TEST(dns_has_its_port_unless_a_line_says_otherwise)
{
	static const struct { const char *text; uint32_t port; } rows[] = {
		{ "", 53 }, { "port=0", 0 }, { "port=5353", 5353 }, { "port=", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct conf *c = read_text(rows[i].text);
		const struct lan_conf *lan = conf_section(c, &lan_section);

		CHECK_EQ(conf_errors(c), 0);
		CHECK_EQ(lan->port, rows[i].port);
		conf_free(c);
	}
}

TEST(lines_that_dnsmasq_refuses_are_refused)
{
	static const char *const lines[] = {
		"port=65536", "port=x", "port=-1", "port=0\nport=0", "listen-address=",
		"listen-address=eth0", "listen-address=1.2.3.400", "listen-address=1.2.3.4#53",
		"listen-address=fe80::1%lo", "bind-interfaces=x", "interface",
	};

	for (size_t i = 0; i < COUNT_OF(lines); i++) {
		char text[80];
		struct conf *c;

		snprintf(text, sizeof text, "%s%s", strstr(lines[i], "port") ? "" : "port=0\n",
			 lines[i]);
		c = read_text(text);
		if (conf_errors(c) == 0)
			test_failed(__FILE__, __LINE__, lines[i]);
		conf_free(c);
	}
}

/* Whoever opens files for a configuration hands over its resolv.conf too. */
struct resolver {
	struct conf_files files;
	const char *text;		/* NULL: there is none */
};

static int open_resolv_conf(struct conf_files *f, const char *path, int flags)
{
	const struct resolver *r = container_of(f, struct resolver, files);
	int ends[2];

	(void)flags;
	CHECK_TEXT(path, "/etc/resolv.conf");
	errno = ENOENT;
	if (!r->text || pipe(ends) < 0)
		return -1;
	CHECK_EQ(write(ends[1], r->text, strlen(r->text)), (int64_t)strlen(r->text));
	close(ends[1]);
	return ends[0];
}

/* The last plain line counts, and only then is resolv.conf looked at: as in dnsmasq. */
TEST(the_domain_of_resolv_conf_is_asked_for_through_the_files_of_the_configuration)
{
	static const struct { const char *lines, *resolv_conf, *domain; int exit_code; } rows[] = {
		{ "domain=#\n", "nameserver 192.0.2.1\nsearch Office.Example x\n", "office.example", 0 },
		{ "domain=a\ndomain-suffix=#\n", "search b", "b", 0 },
		{ "domain=#\ndomain=a\n", NULL, "a", 0 },
		{ "domain=#\ndomain=\n", NULL, NULL, 0 },
		{ "domain=#,192.0.2.0/30\n", NULL, NULL, 0 },
		{ "domain=#\n", NULL, NULL, 3 },
		{ "domain=#\n", "nameserver 192.0.2.1\n", NULL, 5 },
		{ "domain=#\n", "", NULL, 5 },
	};
	const struct addr a = addr_ip4(0x0a4d0001);

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct resolver r = { { .open = open_resolv_conf }, rows[i].resolv_conf };
		struct conf *c = conf_new(sections, 1, &r.files);
		const struct domain_rule *d;

		conf_read_text(c, "f", span_text("port=0\n"));
		conf_read_text(c, "g", span_text(rows[i].lines));
		conf_check(c);
		lan_find_search(c, conf_section(c, &lan_section), RESOLV_CONF);
		CHECK_EQ(conf_exit_code(c), rows[i].exit_code);
		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : NULL,
			   rows[i].exit_code == 5 ? "g:1: domain: no search directive found in "
			   "/etc/resolv.conf; write the domain itself instead of #"
			   : rows[i].exit_code ? "g:1: domain: failed to read /etc/resolv.conf: No such "
			   "file or directory" : NULL);
		d = domain_of(lan_of(c)->domains, &a, NULL);
		CHECK_TEXT(d ? d->name : NULL, rows[i].domain);
		conf_free(c);
	}
}

TEST(both_bind_options_parse_and_are_refused_at_start)
{
	struct conf *c = read_text("port=0\nbind-interfaces\nbind-dynamic\n");

	CHECK_EQ(conf_errors(c), 0);
	CHECK_TEXT(lan_start_error(lan_of(c)), "cannot set --bind-interfaces and --bind-dynamic");
	conf_free(c);
	c = read_text("port=0\nbind-dynamic\n");
	CHECK(lan_start_error(lan_of(c)) == NULL);
	conf_free(c);
}

/* ---- who is served ------------------------------------------------------------- */

/* Adds an address with an alias label, as "ip address add … label" does. */
static void add_alias(struct loop *l, const char *device, const char *cidr, const char *label)
{
	const struct netif *n = loop_netif_named(l, device);

	sim_netif_addr(l, n->index, cidr);
	n = loop_netif_named(l, device);
	strcpy(((struct netif_addr *)n->addr)[n->addrs - 1].label, label);
}

static struct loop *machine(void)
{
	struct loop *l = sim_new(1);
	unsigned lo = sim_netif_add(l, "lo", "127.0.0.1/8", NULL);
	unsigned d0 = sim_netif_add(l, "d0", "192.0.2.1/24", "02:00:00:00:00:01");
	unsigned d1 = sim_netif_add(l, "d1", "198.51.100.1/24", "02:00:00:00:00:02");

	sim_netif_addr(l, lo, "::1/128");
	sim_netif_addr(l, d0, "fd00::1/64");
	sim_netif_addr(l, d1, "fd01::1/64");
	add_alias(l, "d0", "192.0.2.5/24", "d0:1");
	return l;
}

static const struct { const char *device, *to; } asked[] = {
	{ "d0", "192.0.2.1" }, { "d0", "192.0.2.5" }, { "d1", "198.51.100.1" },
	{ "d0", "fd00::1" }, { "d1", "fd01::1" }, { "lo", "127.0.0.1" }, { "lo", "::1" },
	{ "lo", "192.0.2.1" }, { "lo", "198.51.100.1" },
};

/* A letter for each place that was asked, then two for DHCP on d0 and d1. */
static const char *who_is_served(const struct lan_conf *c, const struct loop *l)
{
	static char marks[COUNT_OF(asked) + 4];
	char *at = marks;

	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		const struct netif *n = loop_netif_named(l, asked[i].device);
		struct addr to;

		must(addr_parse(asked[i].to, &to));
		*at++ = lan_serves(c, lan_netif_of(l, n->index, &to), &to) ? 'Y' : '.';
	}
	*at++ = ' ';
	*at++ = lan_serves_dhcp4(c, loop_netif_named(l, "d0")) ? 'Y' : '.';
	*at++ = lan_serves_dhcp4(c, loop_netif_named(l, "d1")) ? 'Y' : '.';
	*at = '\0';
	return marks;
}

/* Each row was played against dnsmasq 2.90: questions from a second namespace, and from itself. */
TEST(who_is_served_is_who_dnsmasq_serves)
{
	static const struct { const char *lines, *wild, *bound; } rows[] = {
		{ "", "YYYYYYYYY YY", "YYYYYYYYY YY" },
		{ "interface=d0", "YY.Y.YYY. Y.", "Y..Y.YYY. Y." },
		{ "interface=lo", ".....YY.. ..", ".....YY.. .." },
		{ "interface=", ".....YY.. ..", ".....YY.. .." },
		{ "except-interface=d0", ".YY.YYY.Y .Y", ".YY.YYY.Y .Y" },
		{ "interface=d0\nexcept-interface=d0", ".....YY.. ..", ".....YY.. .." },
		{ "listen-address=192.0.2.1", "Y......Y. Y.", "Y......Y. Y." },
		{ "listen-address=127.0.0.1", ".....Y... ..", ".....Y... .." },
		{ "interface=d1\nlisten-address=192.0.2.1", "Y.Y.YYYYY YY", "Y.Y.YYYYY YY" },
		{ "except-interface=d0\nlisten-address=192.0.2.1", "Y......Y. Y.", "Y......Y. Y." },
		{ "interface=d*", "YYYYYYYYY YY", "YYYYYYYYY YY" },
		{ "interface=d0:1", ".Y...YY.. ..", ".Y...YY.. .." },
		{ "except-interface=lo", "YYYYY..YY YY", "YYYYY..YY YY" },
		{ "interface=d0\nexcept-interface=lo", "YY.Y...Y. Y.", "Y..Y...Y. Y." },
		{ "listen-address=192.0.2.5", ".Y....... ..", ".Y....... .." },
		{ "except-interface=d0:1", "YYYYYYYYY YY", "Y.YYYYYYY YY" },
		{ "except-interface=d0\nlisten-address=198.51.100.1", "..Y.....Y .Y",
		  "..Y.....Y .Y" },
		{ "interface=d0\nlisten-address=127.0.0.1", "YY.Y.YYY. Y.", "Y..Y.YYY. Y." },
		{ "interface=d0,d1", "YYYYYYYYY YY", "Y.YYYYYYY YY" },
		{ "except-interface=d*\ninterface=d0", ".....YY.. ..", ".....YY.. .." },
		{ "interface=nosuch", ".....YY.. ..", ".....YY.. .." },
		{ "listen-address=fd00::1", "...Y..... ..", "...Y..... .." },
		{ "no-dhcp-interface=d0", "YYYYYYYYY .Y", "YYYYYYYYY .Y" },
		{ "no-dhcp-interface=d*", "YYYYYYYYY ..", "YYYYYYYYY .." },
		{ "no-dhcpv4-interface=d0", "YYYYYYYYY .Y", "YYYYYYYYY .Y" },
		{ "no-dhcpv6-interface=d0", "YYYYYYYYY YY", "YYYYYYYYY YY" },
		{ "no-dhcp-interface=d0:1", "YYYYYYYYY YY", "YYYYYYYYY YY" },
		{ "except-interface=d0\ninterface=d1\nlisten-address=127.0.0.1", "..Y.YYY.Y .Y",
		  "..Y.YYY.Y .Y" },
		{ "interface=\nlisten-address=192.0.2.1", "Y....YYY. Y.", "Y....YYY. Y." },
		{ "interface=\nexcept-interface=lo", "......... ..", "......... .." },
		{ "interface=d0:1\nexcept-interface=d0", ".Y...YY.. ..", ".Y...YY.. .." },
		{ "interface=d0\nlisten-address=192.0.2.5", "YY.Y.YYY. Y.", "YY.Y.YYY. Y." },
		{ "interface=*", "YYYYYYYYY YY", "YYYYYYYYY YY" },
		{ "interface=d0*", ".Y...YY.. ..", ".Y...YY.. .." },
		{ "except-interface=d0*", "YYYYYYYYY YY", "Y.YYYYYYY YY" },
	};
	struct loop *l = machine();

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (int bound = 0; bound < 2; bound++) {
			char text[200];
			struct conf *c;

			snprintf(text, sizeof text, "port=0\n%s\n%s", bound ? "bind-dynamic" : "",
				 rows[i].lines);
			c = read_text(text);
			CHECK_EQ(conf_errors(c), 0);
			test_check_text(__FILE__, __LINE__, text, who_is_served(lan_of(c), l),
					bound ? rows[i].bound : rows[i].wild);
			conf_free(c);
		}
	sim_free(l);
}

/* ---- sockets -------------------------------------------------------------------- */

static bool judge(const void *service, const struct lan_conf *c, const struct netif *n,
		  const struct addr *to)
{
	(void)service;
	return lan_serves(c, n, to);
}

/* "address address%device+shared", in order. */
static const char *sockets_text(const struct bindings *b)
{
	static char text[2000];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < b->n; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s%s%s%s", i ? " " : "",
				      addr_text(&b->at[i].addr).s, b->at[i].device[0] ? "%" : "",
				      b->at[i].device, b->at[i].share ? "+" : "");
	return text;
}

TEST(sockets_are_those_that_dnsmasq_has)
{
	static const struct { const char *lines, *service, *dhcp; } rows[] = {
		{ "", "0.0.0.0 ::", "0.0.0.0" },
		{ "interface=d0", "0.0.0.0 ::", "0.0.0.0" },
		{ "bind-interfaces",
		  "127.0.0.1 ::1 192.0.2.1 fd00::1 192.0.2.5 198.51.100.1 fd01::1",
		  "0.0.0.0%d0+ 0.0.0.0%d1+" },
		{ "bind-interfaces\ninterface=d0", "127.0.0.1 ::1 192.0.2.1 fd00::1",
		  "0.0.0.0%d0+" },
		{ "bind-dynamic\ninterface=d0\nexcept-interface=lo", "192.0.2.1 fd00::1",
		  "0.0.0.0%d0+" },
		{ "bind-dynamic\nlisten-address=192.0.2.5", "192.0.2.5", "" },
		{ "bind-dynamic\nlisten-address=127.0.0.9", "127.0.0.9", "" },
		{ "bind-dynamic\nlisten-address=203.0.113.1", "", "" },
		{ "bind-interfaces\nlisten-address=203.0.113.1", "203.0.113.1", "" },
		{ "bind-interfaces\nlisten-address=0.0.0.0,::1", "0.0.0.0 ::1", "" },
		{ "bind-dynamic\nno-dhcp-interface=d1\ninterface=d*",
		  "127.0.0.1 ::1 192.0.2.1 fd00::1 192.0.2.5 198.51.100.1 fd01::1", "0.0.0.0%d0+" },
	};
	static struct bindings b;
	struct loop *l = machine();

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[200];
		struct conf *c;

		snprintf(text, sizeof text, "port=0\n%s", rows[i].lines);
		c = read_text(text);
		lan_bindings(&b, lan_of(c), l, judge, NULL);
		CHECK_TEXT(sockets_text(&b), rows[i].service);
		lan_bindings_dhcp4(&b, lan_of(c), l);
		CHECK_TEXT(sockets_text(&b), rows[i].dhcp);
		conf_free(c);
	}
	sim_free(l);
}

TEST(sockets_follow_interfaces_and_tell_links_apart)
{
	struct loop *l = machine();
	struct conf *c = read_text("port=0\nbind-dynamic\ninterface=v*\nexcept-interface=lo\n");
	static struct bindings b;
	unsigned v0;

	lan_bindings(&b, lan_of(c), l, judge, NULL);
	CHECK_TEXT(sockets_text(&b), "");
	v0 = sim_netif_add(l, "v0", "fe80::1/64", "02:00:00:00:00:03");
	sim_netif_add(l, "v1", "fe80::1/64", "02:00:00:00:00:04");
	lan_bindings(&b, lan_of(c), l, judge, NULL);
	CHECK_TEXT(sockets_text(&b), "fe80::1%v0 fe80::1%v1");
	lan_bindings_dhcp4(&b, lan_of(c), l);
	CHECK_TEXT(sockets_text(&b), "");		/* nothing to offer from without IPv4 */
	sim_netif_addr(l, v0, "203.0.113.1/24");
	lan_bindings_dhcp4(&b, lan_of(c), l);
	CHECK_TEXT(sockets_text(&b), "0.0.0.0%v0+");
	conf_free(c);
	sim_free(l);
}

TEST(interfaces_that_are_not_there_are_named_in_their_order)
{
	struct loop *l = machine();
	struct conf *c = read_text("port=0\ninterface=d0,nosuch,d0:1,no*,d*,lo:9\n");
	const struct if_name *n = lan_missing(lan_of(c)->interfaces, l);

	CHECK_TEXT(n ? n->name : NULL, "nosuch");
	n = lan_missing(n->next, l);
	CHECK_TEXT(n ? n->name : NULL, "no");
	n = lan_missing(n->next, l);
	CHECK_TEXT(n ? n->name : NULL, "lo:9");
	CHECK(lan_missing(n->next, l) == NULL);
	conf_free(c);
	sim_free(l);
}
