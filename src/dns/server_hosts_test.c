/* SPDX-License-Identifier: ISC */
/* Servers that are named by a host's name. */
#include <unistd.h>

#include "base/must.h"
#include "base/text.h"
#include "conf/look_up.h"
#include "dns/server_files.h"
#include "lan/conf.h"
#include "test/test.h"
#include "wire/dname.h"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
	&dns_auth_section, &dns_beyond_section,
};

static unsigned asked;

/* two.example has an address of each family and one more. */
static void two_alone(struct conf_files *f, const char *host, enum addr_family family,
		      struct looked_up *out)
{
	static const char *const all[] = { "2001:db8::1", "192.0.2.1", "192.0.2.2" };

	(void)f;
	asked++;
	*out = (struct looked_up){ .failed = strcmp(host, "two.example") != 0, .why = "no such host" };
	for (size_t i = 0; i < COUNT_OF(all) && !out->failed; i++) {
		struct addr a;

		must(addr_parse(all[i], &a));
		if (family == ADDR_NONE || a.family == family)
			out->addr[out->n++] = a;
	}
}

static int open_listed(struct conf_files *f, const char *path, int flags)
{
	static const char text[] = "server=two.example\nserver=/a/no.example\nserver=/b/two.example\n"
				   "rev-server=192.0.2.0/23,no.example\nserver=192.0.2.9\n";
	int ends[2];

	(void)f;
	(void)flags;
	must(strcmp(path, "/listed") == 0 && pipe(ends) == 0);
	must(write(ends[1], text, sizeof text - 1) == sizeof text - 1);
	close(ends[1]);
	return ends[0];
}

static struct conf_files files = { .open = open_listed, .look_up = two_alone };

static struct conf *read_conf(const char *text)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), &files);

	asked = 0;
	conf_read_text(c, "f", span_text(text));
	conf_check(c);
	return c;
}

static const char *list(const struct dns_rule *r)
{
	static char line[1000];
	struct text t = TEXT(line);

	for (; r; r = r->next) {
		text_add(&t, t.n ? " " : "");
		if (r->domain.n)
			text_addf(&t, "%s:", dname_span_text(r->domain).s);
		text_addf(&t, "%s#%u", addr_text(&r->server->at.addr).s, r->server->at.port);
	}
	return line;
}

TEST(a_server_by_a_hosts_name_is_each_of_its_addresses)
{
	static const struct { const char *line, *servers; } cases[] = {
		{ "server=two.example", "2001:db8::1#53 192.0.2.1#53 192.0.2.2#53" },
		{ "server=two.example#5353@192.0.2.99", "192.0.2.1#5353 192.0.2.2#5353" },
		{ "server=/x/y/two.example@2001:db8::9", "x:2001:db8::1#53 y:2001:db8::1#53" },
		{ "server=192.0.2.8\nserver=two.example@192.0.2.99\nserver=192.0.2.9",
		  "192.0.2.8#53 192.0.2.1#53 192.0.2.2#53 192.0.2.9#53" },
		{ "rev-server=192.0.2.0/24,two.example@192.0.2.99",
		  "2.0.192.in-addr.arpa:192.0.2.1#53 2.0.192.in-addr.arpa:192.0.2.2#53" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[200];
		struct conf *c;

		snprintf(text, sizeof text, "port=53\n%s", cases[i].line);
		c = read_conf(text);
		CHECK_EQ(conf_errors(c), 0);
		CHECK_TEXT(list(dns_conf_of(c)->rules), cases[i].servers);
		CHECK_EQ(asked, 1);			/* once a line */
		conf_free(c);
	}
}

/* More lines may follow. */
TEST(the_list_of_rules_ends_where_the_last_address_stands)
{
	struct conf *c = read_conf("port=53\nserver=two.example");
	const struct dns_rule *last = dns_conf_of(c)->rules;

	while (last->next)
		last = last->next;
	CHECK(dns_conf_of(c)->rules_last == last);
	conf_free(c);
}

TEST(a_server_whose_name_has_no_address_is_a_mistake_while_dns_is_on)
{
	struct conf *c = read_conf("port=53\nserver=two.example\nserver=/a/no.example");

	CHECK_EQ(conf_errors(c), 1);
	CHECK_TEXT(conf_error_text(c, 0), "f:3: server: no address of no.example was found (no such "
		   "host); write an address, or a name that this machine knows at the start");
	conf_free(c);
	c = read_conf("port=0\nserver=/a/no.example");
	CHECK_EQ(conf_errors(c), 0);
	CHECK_EQ(asked, 0);
	conf_free(c);
}

static char told[500];

static void bad(void *arg, const struct origin *o, const char *what)
{
	size_t n = strlen(told);

	(void)arg;
	snprintf(told + n, sizeof told - n, "%u: %s\n", o->line, what);
}

TEST(in_a_file_of_servers_a_line_whose_name_has_no_address_is_left_out)
{
	struct conf *c = read_conf("port=53\nno-resolv\nservers-file=/listed");
	struct server_files *f;

	told[0] = 0;
	f = server_files_read(dns_conf_of(c), &files, bad, NULL);
	CHECK_TEXT(list(f->listed), "2001:db8::1#53 192.0.2.1#53 192.0.2.2#53 b:2001:db8::1#53 "
		   "b:192.0.2.1#53 b:192.0.2.2#53 192.0.2.9#53");
	CHECK(f->listed_last->next == NULL);
	CHECK(strstr(told, "2: server") && strstr(told, "4: rev-server"));
	CHECK(strstr(told, "no address of no.example was found (no such host)"));
	server_files_free(f);
	conf_free(c);
}

TEST(the_machines_own_resolver_knows_this_machine)
{
	const struct addr loopback = addr_ip4(0x7f000001);
	struct looked_up found;

	look_up(NULL, "127.0.0.1", ADDR_NONE, &found);
	CHECK(!found.failed);
	CHECK_EQ(found.n, 1);
	CHECK(addr_eq(&found.addr[0], &loopback));
	look_up(NULL, "127.0.0.1", ADDR_IP6, &found);
	CHECK(found.failed && found.why);
	look_up(&(struct conf_files){ .open = open_listed }, "127.0.0.1", ADDR_NONE, &found);
	CHECK(found.failed && found.why);
}
