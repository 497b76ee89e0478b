/* SPDX-License-Identifier: ISC */
#include <string.h>

#include "base/text.h"
#include "dhcp/stage_test.h"

/* Someone who knows these names, and keeps what it is told. */
static const struct known_name {
	const char *name, *addr;
	struct origin origin;
	bool several;
} known[] = {
	{ "printer", "10.0.0.7", { "hosts", 1 }, false },
	{ "scanner", "10.0.0.7", { "hosts", 2 }, false },
	{ "camera", "10.0.0.8", { "hosts", 3 }, true },
	{ "far", "10.9.9.9", { "hosts", 4 }, false },
};

struct told { char text[600]; };

static bool find(void *arg, const char *name, struct dhcp_named *out)
{
	(void)arg;
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (text_same(known[i].name, name)) {
			out->origin = known[i].origin;
			out->several = known[i].several;
			return addr_parse(known[i].addr, &out->addr);
		}
	return false;
}

static void hear(void *arg, const struct origin *o, const char *what)
{
	struct told *t = arg;
	size_t n = strlen(t->text);

	snprintf(t->text + n, sizeof t->text - n, "%u: %s\n", o->line, what);
}

/* eth0 in a range, and these lines; names may be NULL. */
static struct stage *stage(const char *lines, const struct dhcp_names *names)
{
	char all[600];
	struct stage *s;

	snprintf(all, sizeof all, "dhcp-range=10.0.0.100,10.0.0.199\n%s", lines);
	s = stage_new("10.0.0.1/24", all);
	s->env.may_probe = false;
	dhcp_hosts_done(&s->hosts);
	dhcp_hosts_init(&s->hosts, s->env.conf, NULL, names);
	return s;
}

/* What the client with this last byte is offered. */
static const char *offered(struct stage *s, const char *mac)
{
	static struct addr_text t;

	t = addr_text(&stage_decide(s, mac, HEX("350101"))->addr);
	return t.s;
}

#define MAC(n) "02:00:00:00:00:0" #n

TEST(a_host_line_with_a_name_alone_takes_the_address_of_its_name)
{
	const struct dhcp_names names = { .find = find };
	struct stage *s = stage("dhcp-host=" MAC(1) ",Printer.lan\n"
				"dhcp-host=" MAC(2) ",printer,10.0.0.20\n"
				"dhcp-host=" MAC(3) ",nobody\n", &names);

	CHECK_TEXT(offered(s, MAC(1)), "10.0.0.7");
	must(s->verdict.class.host && s->verdict.class.host->addr_origin);
	CHECK_EQ(s->verdict.class.host->addr_origin->line, known[0].origin.line);
	CHECK_EQ(s->verdict.origin->line, 2);
	CHECK_TEXT(offered(s, MAC(2)), "10.0.0.20");
	CHECK(s->verdict.class.host && !s->verdict.class.host->addr_origin);
	CHECK(strncmp(offered(s, MAC(3)), "10.0.0.1", 8) == 0);
	CHECK_TEXT(s->verdict.name, "nobody");
	stage_free(s);
}

TEST(without_anybody_who_knows_names_a_name_is_a_name_alone)
{
	struct stage *s = stage("dhcp-host=" MAC(1) ",printer\n", NULL);

	CHECK(strncmp(offered(s, MAC(1)), "10.0.0.1", 8) == 0);
	CHECK_TEXT(s->verdict.name, "printer");
	stage_free(s);
}

TEST(the_address_of_a_name_is_kept_from_others)
{
	const struct dhcp_names names = { .find = find };
	struct stage *s = stage("dhcp-host=" MAC(1) ",printer\n", &names);
	const struct addr a = addr_ip4(0x0a000007);

	CHECK(dhcp_hosts_at(&s->hosts, &a) == s->hosts.line[0]);
	CHECK_EQ(dhcp_hosts_at(&s->hosts, &a)->origin.line, 2);
	stage_free(s);
}

TEST(of_lines_with_one_address_that_which_says_it_keeps_it_then_the_last)
{
	struct told told = { "" };
	const struct dhcp_names names = { find, NULL, hear, &told };
	struct stage *s = stage("dhcp-host=" MAC(1) ",printer\n"
				"dhcp-host=" MAC(2) ",scanner\n"
				"dhcp-host=" MAC(3) ",10.0.0.8\n"
				"dhcp-host=" MAC(4) ",camera\n", &names);

	CHECK_TEXT(offered(s, MAC(2)), "10.0.0.7");
	CHECK_TEXT(offered(s, MAC(3)), "10.0.0.8");
	CHECK(strncmp(offered(s, MAC(1)), "10.0.0.1", 8) == 0);
	CHECK_TEXT(s->verdict.name, "printer");
	CHECK(strncmp(offered(s, MAC(4)), "10.0.0.1", 8) == 0);
	CHECK_TEXT(told.text,
		   "5: camera has more than one address in hostsfile, using 10.0.0.8 for DHCP\n"
		   "5: duplicate IP address 10.0.0.8 (camera) in dhcp-config directive\n"
		   "2: duplicate IP address 10.0.0.7 (printer) in dhcp-config directive\n");
	stage_free(s);
}

TEST(a_name_with_an_address_of_another_network_is_of_a_client_of_that)
{
	const struct dhcp_names names = { .find = find };
	struct stage *s = stage("dhcp-host=" MAC(1) ",far\n", &names);

	CHECK(strncmp(offered(s, MAC(1)), "10.0.0.1", 8) == 0);
	CHECK(!s->verdict.class.host);
	CHECK(!s->verdict.name);
	stage_free(s);
}

/* ---- the names of addresses ---------------------------------------------------- */

/* 10.0.0.150 is printer, 10.0.0.151 scanner.lab.example, 10.0.0.152 far.example. */
static bool name_at(void *arg, const struct addr *a, struct dhcp_name_at *out)
{
	static const struct { const char *addr, *name; } rows[] = {
		{ "10.0.0.150", "printer" }, { "10.0.0.151", "scanner.lab.example" },
		{ "10.0.0.152", "far.example" }, { "10.0.0.153", "no name" },
	};

	(void)arg;
	out->origin = known[0].origin;
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (strcmp(addr_text(a).s, rows[i].addr) == 0) {
			snprintf(out->text, sizeof out->text, "%s", rows[i].name);
			return true;
		}
	return false;
}

/* What the lease of a client that calls itself "mine" is called at 10.0.0.LAST. */
static const char *called(struct stage *s, uint8_t last)
{
	uint8_t options[] = { 53, 1, 3, 12, 4, 'm', 'i', 'n', 'e', 54, 4, 10, 0, 0, 1, 50, 4, 10, 0, 0, last };

	stage_decide(s, MAC(1), SPAN(options));
	CHECK_EQ(s->verdict.kind, VERDICT_ACK);
	return s->verdict.change.name;
}

TEST(a_client_is_called_as_its_address_is_in_its_domain_or_none)
{
	const struct dhcp_names names = { .find = find, .at = name_at };
	struct stage *s = stage("domain=lab.example\n", NULL);

	CHECK_TEXT(called(s, 150), "mine");
	s->env.names = &names;
	CHECK_TEXT(called(s, 150), "printer");
	CHECK_EQ(s->verdict.name_origin->line, known[0].origin.line);
	CHECK_TEXT(called(s, 151), "scanner");
	CHECK_TEXT(called(s, 152), "mine");
	CHECK_TEXT(called(s, 153), "mine");
	CHECK_TEXT(called(s, 154), "mine");
	stage_free(s);
}

TEST(the_name_of_a_host_line_goes_before_that_of_the_address)
{
	const struct dhcp_names names = { .find = find, .at = name_at };
	struct stage *s = stage("dhcp-host=" MAC(1) ",own,10.0.0.150\n", NULL);

	s->env.names = &names;
	CHECK_TEXT(called(s, 150), "own");
	stage_free(s);
}
