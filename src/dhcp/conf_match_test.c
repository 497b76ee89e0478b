/* SPDX-License-Identifier: ISC */
#include "dhcp/conf_private.h"
#include "dhcp/conf_lab_test.h"

TEST(a_match_knows_its_option_value_and_how_to_look_for_it)
{
	static const struct {
		const char *line, *value, *wild;
		uint16_t code;
		bool has_value, text, at_start;
		uint8_t element;
	} rows[] = {
		{ "set:t,175", "", "", 175, false, false, false, 1 },
		{ "t,175", "", "", 175, false, false, false, 1 },
		{ "net:t,175", "", "", 175, false, false, false, 1 },
		{ "set:t,175,", "", "", 175, false, false, false, 1 },
		{ "set:t,option:client-arch,7", "0007", "", 93, true, false, false, 2 },
		{ "set:t, option:client-arch, 7", "0007", "", 93, true, false, false, 2 },
		{ "set:t,93,7b", "07", "", 93, true, false, false, 1 },
		{ "set:t,option:client-arch,7|9|11", "377c397c3131", "", 93, true, true, false, 1 },
		{ "set:t,93,00:07", "0007", "", 93, true, false, true, 2 },
		{ "set:t,200,01:*:03", "010003", "00ff00", 200, true, false, true, 3 },
		{ "set:t,200,*", "00", "ff", 200, true, false, true, 1 },
		{ "set:t,60,PXE", "505845", "", 60, true, true, false, 1 },
		{ "set:t,60,\"P,E\"", "502c45", "", 60, true, true, false, 1 },
		{ "set:t,200,192.0.2.1", "c0000201", "", 200, true, false, false, 4 },
		{ "set:t,option:hostname,foo", "666f6f", "", 12, true, true, false, 1 },
		{ "set:t,option:client-id,01:02", "0102", "", 61, true, false, true, 2 },
		{ "set:t,58,1h", "00000e10", "", 58, true, false, false, 4 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		uint8_t buffer[40];
		struct dhcp_conf *d;
		struct dhcp_match *m;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-match=%s\n", rows[i].line);
		c = good_conf(line, &d);
		m = d->matches;
		CHECK_EQ(m->kind, MATCH_OPTION);
		CHECK_TEXT(m->set, "t");
		CHECK_EQ(m->code, rows[i].code);
		CHECK_EQ(m->has_value, rows[i].has_value);
		CHECK_EQ(m->value_text, rows[i].text);
		CHECK_EQ(m->at_start, rows[i].at_start);
		CHECK_EQ(m->element, rows[i].element);
		CHECK_BYTES(m->value, test_hex(rows[i].value, buffer, sizeof buffer));
		CHECK_BYTES(m->wild, test_hex(rows[i].wild, buffer, sizeof buffer));
		conf_free(c);
	}
}

TEST(an_enterprise_may_be_matched_with_or_without_a_value)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-match=set:a,vi-encap:343\n"
				   "dhcp-match=set:b,vi-encap:343,foo\n"
				   "dhcp-match=set:c,option6:61,00:07\n", &d);

	CHECK_EQ(d->matches->kind, MATCH_VI_VENDOR);
	CHECK_EQ(d->matches->enterprise, 343);
	CHECK(!d->matches->has_value);
	CHECK(d->matches->next->has_value);
	CHECK(!d->matches->next->next);		/* DHCPv6: looked at for its form */
	conf_free(c);
}

TEST(classes_macs_relays_and_names_set_tags)
{
	static const struct { const char *line; enum match_kind kind; const char *hex; } rows[] = {
		{ "dhcp-vendorclass=set:t,Hewlett-Packard JetDirect", MATCH_VENDOR_CLASS,
		  "4865776c6574742d5061636b617264204a6574446972656374" },
		{ "dhcp-vendorclass=set:t,enterprise:343,PXE", MATCH_VENDOR_CLASS, "505845" },
		{ "dhcp-vendorclass=t,\"a,b\"", MATCH_VENDOR_CLASS, "612c62" },
		{ "dhcp-userclass=set:t,iPXE", MATCH_USER_CLASS, "69505845" },
		{ "dhcp-circuitid=set:t,00:04:0a", MATCH_CIRCUIT_ID, "00040a" },
		{ "dhcp-remoteid=set:t,switch1", MATCH_REMOTE_ID, "73776974636831" },
		{ "dhcp-remoteid=set:t,\"01:02\"", MATCH_REMOTE_ID, "30313a3032" },
		{ "dhcp-subscrid=t,foo:bar", MATCH_SUBSCRIBER_ID, "666f6f3a626172" },
		{ "dhcp-name-match=set:t,wpad", MATCH_NAME, "77706164" },
		{ "dhcp-name-match=set:t,wp*", MATCH_NAME, "7770" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		uint8_t buffer[60];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "%s\n", rows[i].line);
		c = good_conf(line, &d);
		CHECK_EQ(d->matches->kind, rows[i].kind);
		CHECK_TEXT(d->matches->set, "t");
		CHECK_BYTES(d->matches->value, test_hex(rows[i].hex, buffer, sizeof buffer));
		CHECK_EQ(d->matches->prefix, strchr(rows[i].line, '*') != NULL);
		conf_free(c);
	}
}

TEST(a_hardware_address_to_match_may_have_wildcards_and_a_type)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-mac=set:t,b8:27:eb:*:*:*\n"
				   "dhcp-mac=t,06-020000000001\n", &d);

	CHECK_EQ(d->matches->kind, MATCH_MAC);
	CHECK_EQ(d->matches->hw.hw.len, 6);
	CHECK_EQ(d->matches->hw.hw.type, 0);
	CHECK_EQ(d->matches->hw.wild, 0x38);
	CHECK_EQ(d->matches->next->hw.hw.type, 6);
	CHECK_EQ(d->matches->next->hw.hw.len, 6);
	conf_free(c);
}

TEST(tag_if_sets_tags_on_conditions_that_may_end_in_a_star)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("tag-if=set:a,tag:b,set:c,tag:!eth*\ntag-if=set:d\n", &d);

	CHECK_TEXT(d->tag_rules->set->name, "a");
	CHECK_TEXT(d->tag_rules->set->next->name, "c");
	CHECK_TEXT(d->tag_rules->when->name, "b");
	CHECK_TEXT(d->tag_rules->when->next->name, "eth");
	CHECK(d->tag_rules->when->next->absent);
	CHECK(d->tag_rules->when->next->prefix);
	CHECK(!d->tag_rules->next->when);
	conf_free(c);
}

TEST(lists_of_tags_may_be_legacy_or_empty)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-ignore=tag:!known\ndhcp-ignore=#known\n"
				   "dhcp-ignore=a,net:b\n"
				   "dhcp-broadcast\ndhcp-broadcast=tag:x\ndhcp-ignore-names\n", &d);

	CHECK_TEXT(d->ignore->when->name, "known");
	CHECK(d->ignore->when->absent);
	CHECK(d->ignore->next->when->absent);
	CHECK_TEXT(d->ignore->next->next->when->name, "a");
	CHECK_TEXT(d->ignore->next->next->when->next->name, "b");
	CHECK(d->broadcast && !d->broadcast->when);
	CHECK_TEXT(d->broadcast->next->when->name, "x");
	CHECK(d->ignore_names && !d->ignore_names->when);
	conf_free(c);
}
