/* SPDX-License-Identifier: ISC */
#include "dhcp/conf_private.h"
#include "dhcp/conf_lab_test.h"
#include "lan/conf.h"

/* As conf_of, with the lines about the network too. */
static struct conf *conf_with_lan(const char *lines)
{
	static const struct conf_section *const sections[] = { &lan_section, &dhcp_section };
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);

	conf_read_text(c, "test", span_text(lines));
	conf_check(c);
	return c;
}

/* ---- dhcp-range ---- */

TEST(a_range_holds_its_ends_netmask_broadcast_and_lease_time)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-range=set:lan,tag:!x,192.0.2.10,192.0.2.20,255.255.255.0,"
				   "192.0.2.255,12h\n", &d);
	struct dhcp_range *r = d->ranges;

	CHECK_TEXT(addr_text(&r->start).s, "192.0.2.10");
	CHECK_TEXT(addr_text(&r->end).s, "192.0.2.20");
	CHECK_EQ(r->mode, RANGE_DYNAMIC);
	CHECK(r->has_netmask);
	CHECK_EQ(r->netmask, 0xffffff00);
	CHECK(r->has_broadcast);
	CHECK_EQ(r->broadcast, 0xc00002ff);
	CHECK_EQ(r->lease_s, 43200);
	CHECK_TEXT(r->set, "lan");
	CHECK_TEXT(r->when->name, "x");
	CHECK(r->when->absent);
	CHECK_EQ(r->origin.line, 1);
	conf_free(c);
}

TEST(a_range_written_backwards_is_turned_round)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-range=192.0.2.20,192.0.2.10\n", &d);

	CHECK_TEXT(addr_text(&d->ranges->start).s, "192.0.2.10");
	CHECK_TEXT(addr_text(&d->ranges->end).s, "192.0.2.20");
	conf_free(c);
}

TEST(a_static_range_ends_where_it_begins)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-range=192.0.2.0,static,255.255.255.0,infinite\n", &d);

	CHECK_EQ(d->ranges->mode, RANGE_STATIC);
	CHECK(addr_eq(&d->ranges->start, &d->ranges->end));
	CHECK_EQ(d->ranges->netmask, 0xffffff00);
	CHECK_EQ(d->ranges->lease_s, LEASE_INFINITE);
	conf_free(c);
}

TEST(the_lease_time_of_a_range_is_read_as_dnsmasq_reads_it)
{
	static const struct { const char *tail; uint32_t lease_s; } rows[] = {
		{ "", 3600 },			/* "lease time 1h" in dnsmasq's start line */
		{ ",", 3600 },
		{ ",12h", 43200 },
		{ ",45m", 2700 },
		{ ",2d", 172800 },
		{ ",1w", 604800 },
		{ ",200s", 200 },
		{ ",300", 300 },
		{ ",1H", 3600 },
		{ ",60", 120 },			/* the floor */
		{ ",0", 120 },
		{ ",infinite", LEASE_INFINITE },
		{ ",4294967295", LEASE_INFINITE },
		{ ",deprecated", 3600 },
		{ ",255.255.255.0,30m", 1800 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-range=192.0.2.10,192.0.2.20%s\n", rows[i].tail);
		c = good_conf(line, &d);
		CHECK_EQ(d->ranges->lease_s, rows[i].lease_s);
		conf_free(c);
	}
}

TEST(a_word_before_the_addresses_of_a_range_is_the_tag_to_set)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-range=eth0,192.0.2.10,192.0.2.20\n"
				   "dhcp-range=net:red,192.0.2.30,192.0.2.40\n", &d);

	CHECK_TEXT(d->ranges->set, "eth0");
	CHECK(!d->ranges->when);
	CHECK(!d->ranges->next->set);		/* net: is a condition here */
	CHECK_TEXT(d->ranges->next->when->name, "red");
	conf_free(c);
}

/* ---- dhcp-host ---- */

TEST(the_parts_of_a_host_may_stand_in_any_order)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-host=45m,printer,set:a,192.0.2.5,tag:!b,02:00:00:00:00:01,"
				   "[fd00::5],net:c,id:01:02:ff,06-02:*:0:00:00:03\n", &d);
	struct dhcp_host *h = d->hosts;
	static const uint8_t clid[] = { 1, 2, 0xff };

	CHECK_TEXT(h->name, "printer");
	CHECK_TEXT(addr_text(&h->addr).s, "192.0.2.5");
	CHECK(h->has_lease);
	CHECK_EQ(h->lease_s, 2700);
	CHECK_TEXT(h->set->name, "a");
	CHECK_TEXT(h->set->next->name, "c");
	CHECK_TEXT(h->when->name, "b");
	CHECK(h->when->absent);
	CHECK(h->has_clid);
	CHECK_BYTES(h->clid, SPAN(clid));
	CHECK_TEXT(hwaddr_text(&h->hw->hw).s, "00-02:00:00:00:00:01");	/* of any type */
	CHECK_EQ(h->hw->wild, 0);
	CHECK_EQ(h->hw->next->hw.type, 6);
	CHECK_EQ(h->hw->next->hw.len, 6);
	CHECK_EQ(h->hw->next->wild, 2);
	CHECK(!h->ignore);
	CHECK(!h->from_file);
	conf_free(c);
}

TEST(a_client_id_is_bytes_where_it_has_colons_and_text_where_not)
{
	static const struct { const char *word, *hex; } rows[] = {
		{ "id:01:02:02:04", "01020204" },
		{ "id:marjorie", "6d61726a6f726965" },
		{ "id:\"66:6f\"", "36363a3666" },
		{ "id:01", "3031" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		uint8_t want[40];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-host=%s,192.0.2.5\n", rows[i].word);
		c = good_conf(line, &d);
		CHECK(d->hosts->has_clid);
		CHECK_BYTES(d->hosts->clid, test_hex(rows[i].hex, want, sizeof want));
		conf_free(c);
	}
}

TEST(a_host_may_be_told_by_anything_or_nothing)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-host=11:22:33:44:55:66,id:*\n"
				   "dhcp-host=*:*:*:*:*:*,ignore\n"
				   "dhcp-host=tag:foo\n", &d);

	CHECK(d->hosts->any_clid);
	CHECK(!d->hosts->has_clid);
	CHECK_EQ(d->hosts->next->hw->wild, 0x3f);
	CHECK(d->hosts->next->ignore);
	CHECK_TEXT(d->hosts->next->next->when->name, "foo");
	conf_free(c);
}

TEST(names_of_hosts_become_small_ascii_letters)
{
	static const struct { const char *written, *name; } rows[] = {
		{ "Fred", "fred" }, { "fred.LAN.", "fred.lan" }, { "b_c", "b_c" },
		{ "b\xc3\xbc" "cher", "xn--bcher-kva" }, { "3com", "3com" }, { "12x", "12x" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-host=02:00:00:00:00:01,%s\n", rows[i].written);
		c = good_conf(line, &d);
		CHECK_TEXT(d->hosts->name, rows[i].name);
		CHECK(!d->hosts->has_lease);
		conf_free(c);
	}
}

TEST(an_address_belongs_to_one_host_only)
{
	struct conf *c = conf_of("dhcp-host=02:00:00:00:00:01,192.0.2.5\n"
				 "dhcp-host=02:00:00:00:00:02,192.0.2.6\n"
				 "dhcp-host=02:00:00:00:00:03,192.0.2.5\n");

	CHECK_EQ(conf_errors(c), 1);
	CHECK_TEXT(conf_error_text(c, 0), "test:3: duplicate dhcp-host IP address 192.0.2.5; each "
		   "address can have one host, so put both hardware addresses into one line");
	CHECK_EQ(conf_exit_code(c), 1);
	conf_free(c);
}

/* ---- dhcp-boot ---- */

TEST(a_boot_line_holds_file_server_name_and_address)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-boot=tag:efi,tag:!ipxe,boot.efi,srv,192.0.2.9\n"
				   "dhcp-boot=undionly.kpxe,,192.0.2.9\n"
				   "dhcp-boot=http://192.0.2.1/boot.ipxe?a=b\n"
				   "dhcp-boot=tag:none,\n", &d);
	struct dhcp_boot *b = d->boots;

	CHECK_TEXT(b->file, "boot.efi");
	CHECK_TEXT(b->server_name, "srv");
	CHECK_TEXT(addr_text(&b->server).s, "192.0.2.9");
	CHECK_TEXT(b->when->next->name, "ipxe");
	b = b->next;
	CHECK(!b->server_name);
	CHECK_TEXT(addr_text(&b->server).s, "192.0.2.9");
	b = b->next;
	CHECK_TEXT(b->file, "http://192.0.2.1/boot.ipxe?a=b");
	CHECK(!addr_is_set(&b->server));
	CHECK_TEXT(b->next->file, "");		/* nothing to boot for this tag */
	conf_free(c);
}

TEST(a_boot_server_that_is_no_address_is_an_error_and_never_ignored)
{
	struct conf *c = conf_of("dhcp-boot=x,y,bootserver\ndhcp-boot=x,,1.2.3\n");

	CHECK_EQ(conf_errors(c), 2);
	CHECK(strstr(conf_error_text(c, 0), "write the boot server's IPv4 address"));
	conf_free(c);
}

/* ---- options of one value ---- */

TEST(dhcp_defaults_are_dnsmasqs)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("", &d);

	CHECK_EQ(d->lease_max, 1000);
	CHECK_EQ(d->probe_timeout_ms, 500);
	CHECK_EQ(d->offer_hold_s, 60);
	CHECK_TEXT(d->lease_file, "/var/lib/misc/dnsmasq.leases");
	CHECK(!d->lease_store);
	CHECK(!d->authoritative && !d->no_ping && !d->ranges && !d->broadcast);
	conf_free(c);
}

TEST(flags_of_dhcp_are_set)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-authoritative\nno-ping\ndhcp-sequential-ip\n"
				   "dhcp-no-override\ndhcp-ignore-clid\ndhcp-rapid-commit\n"
				   "quiet-dhcp\nlog-dhcp\n", &d);

	CHECK(d->authoritative);
	CHECK(d->no_ping);
	CHECK(d->sequential_ip);
	CHECK(d->no_override);
	CHECK(d->ignore_clid);
	CHECK(d->rapid_commit);
	CHECK(d->quiet);
	CHECK(d->log_dhcp);
	conf_free(c);
}

TEST(where_leases_are_kept_is_told_by_two_options)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-lease=/a,b\nlease-store=sqlite:/var/x.db\n"
				   "dhcp-lease-max=5\nprobe-timeout=1.25\n", &d);

	CHECK_TEXT(d->lease_file, "/a,b");
	CHECK_TEXT(d->lease_store, "/var/x.db");
	CHECK_EQ(d->lease_max, 5);
	CHECK_EQ(d->probe_timeout_ms, 1250);
	conf_free(c);
	c = good_conf("lease-store=file\ndhcp-leasefile\n", &d);
	CHECK_TEXT(d->lease_store, "file");
	CHECK_TEXT(d->lease_file, "/var/lib/misc/dnsmasq.leases");
	conf_free(c);
	c = good_conf("lease-store=sqlite\n", &d);
	CHECK(!d->lease_store);
	conf_free(c);
}

TEST(probe_timeout_takes_seconds_with_up_to_three_decimals)
{
	static const struct { const char *written; uint32_t ms; } rows[] = {
		{ "0.5", 500 }, { "1", 1000 }, { "0.001", 1 }, { "10", 10000 }, { "0.05", 50 },
		{ "0", 0 }, { "10.001", 0 }, { "0.0001", 0 }, { "x", 0 }, { "1.", 0 }, { "-1", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		struct conf *c;

		snprintf(line, sizeof line, "probe-timeout=%s\n", rows[i].written);
		c = conf_of(line);
		CHECK_EQ(conf_errors(c) == 0, rows[i].ms != 0);
		if (rows[i].ms)
			CHECK_EQ(((struct dhcp_conf *)conf_section(c, &dhcp_section))
				 ->probe_timeout_ms, rows[i].ms);
		conf_free(c);
	}
}

TEST(offer_hold_takes_seconds_up_to_an_hour_and_none)
{
	static const struct { const char *written; bool ok; uint32_t s; } rows[] = {
		{ "0", true, 0 }, { "5", true, 5 }, { "3600", true, 3600 },
		{ "3601", false, 0 }, { "-1", false, 0 }, { "1m", false, 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		struct conf *c;

		snprintf(line, sizeof line, "offer-hold=%s\n", rows[i].written);
		c = conf_of(line);
		CHECK_EQ(conf_errors(c) == 0, rows[i].ok);
		if (rows[i].ok)
			CHECK_EQ(((struct dhcp_conf *)conf_section(c, &dhcp_section))->offer_hold_s,
				 rows[i].s);
		conf_free(c);
	}
}

/* ---- the rows ---- */

TEST(every_dhcp_row_that_is_served_parses_its_example)
{
	for (size_t i = 0; i < dhcp_section.n; i++) {
		const struct conf_row *row = &dhcp_section.rows[i];
		char line[300];
		struct conf *c;

		snprintf(line, sizeof line, row->example ? "domain=lan\n%s=%s\n"
							 : "domain=lan\n%s\n", row->name,
			 row->example);
		c = conf_with_lan(line);
		if (row->service == CONF_NOT_SERVED)
			CHECK_EQ(conf_errors(c), 1);
		else if (conf_errors(c))
			test_failed(__FILE__, __LINE__, conf_error_text(c, 0));
		CHECK(row->help && (row->arity == CONF_NO_VALUE || row->kind == CONF_ALIAS ||
				    (row->syntax && row->example)));
		conf_free(c);
	}
}

TEST(an_option_of_dhcp_that_is_not_served_is_refused_by_name)
{
	static const char *const names[] = {
		"dhcp-luascript=/x",
		
		"pxe-service=x86PC,a", "pxe-prompt=a", 
		"dhcp-option-pxe=3",
		"dhcp-pxe-vendor=x",
	};

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		char want[100];
		struct conf *c = conf_of(names[i]);

		snprintf(want, sizeof want, "test:1: %.*s is not served yet",
			 (int)strcspn(names[i], "="), names[i]);
		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : "no error", want);
		conf_free(c);
	}
}

TEST(dhcp_fqdn_needs_a_default_domain)
{
	static const struct { const char *lines, *error; } cases[] = {
		{ "dhcp-fqdn\ndomain=lan\n", NULL },
		{ "domain=\ndhcp-fqdn\n", NULL },
		{ "no-ping\ndhcp-fqdn\ndomain=lan,192.0.2.0/24\n",
		  "test:2: there must be a default domain when --dhcp-fqdn is set; write domain=lan "
		  "or another without a range" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct conf *c = conf_with_lan(cases[i].lines);

		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : NULL, cases[i].error);
		CHECK_EQ(conf_exit_code(c), cases[i].error ? 1 : 0);
		conf_free(c);
	}
}

TEST(what_dns_says_of_leases_is_read)
{
	struct conf *c = conf_of("dhcp-fqdn\ndhcp-ttl=60\n");
	const struct dhcp_conf *d = conf_section(c, &dhcp_section);

	CHECK(d->fqdn && d->has_dns_ttl);
	CHECK_EQ(d->dns_ttl_s, 60);
	conf_free(c);
	c = conf_of("no-ping\n");
	d = conf_section(c, &dhcp_section);
	CHECK(!d->fqdn && !d->has_dns_ttl);
	conf_free(c);
}

TEST(the_script_has_a_path_a_user_and_may_be_told_of_renewals)
{
	struct conf *c = conf_of("dhcp-script=/usr/local/bin/lease\ndhcp-scriptuser=nobody\n"
				 "script-on-renewal\n");
	const struct dhcp_conf *d = conf_section(c, &dhcp_section);

	CHECK_EQ(conf_errors(c), 0);
	CHECK_TEXT(d->script, "/usr/local/bin/lease");
	CHECK_TEXT(d->script_user, "nobody");
	CHECK(d->script_on_renewal);
	conf_free(c);
	c = conf_of("dhcp-ttl=foo\n");
	CHECK_EQ(conf_errors(c), 1);
	conf_free(c);
}
