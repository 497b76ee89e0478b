/* SPDX-License-Identifier: ISC */
#include "dhcp/conf_private.h"
#include "dhcp/conf_lab_test.h"

enum { BYTES, ADDRS, TEXT_VALUE };

/* What dnsmasq 2.90 sent for dhcp-option-force=<this>, read off the wire. */
static const struct value_row { const char *line, *hex; int is; } sent[] = {
	{ "252,\"\\n\"", "0a", TEXT_VALUE },
	{ "252,http://a.b/c", "687474703a2f2f612e622f63", TEXT_VALUE },
	{ "200,192.168.0.1", "c0a80001", ADDRS },
	{ "200,192.168.0.1,192.168.0.2", "c0a80001c0a80002", ADDRS },
	{ "200,1.2.3.4, 5.6.7.8", "0102030405060708", ADDRS },
	{ "200,\"192.168.0.1\"", "3139322e3136382e302e31", TEXT_VALUE },
	{ "200,192.168.0.1,foo", "3139322e3136382e302e312c666f6f", TEXT_VALUE },
	{ "200,1", "01", BYTES },
	{ "200,255", "ff", BYTES },
	{ "200,256", "0100", BYTES },
	{ "200,65535", "ffff", BYTES },
	{ "200,65536", "00010000", BYTES },
	{ "200,4294967295", "ffffffff", BYTES },
	{ "200,-1", "ffffffff", BYTES },
	{ "200,-300", "fffffed4", BYTES },
	{ "200,1b", "01", BYTES },
	{ "200,1s", "0001", BYTES },
	{ "200,1i", "00000001", BYTES },
	{ "200,\"123\"", "313233", TEXT_VALUE },
	{ "200,1,2,3i", "312c322c3369", TEXT_VALUE },
	{ "200,12:34", "1234", BYTES },
	{ "200,12:34:5", "123405", BYTES },
	{ "200,12:*:5", "31323a2a3a35", TEXT_VALUE },
	{ "200,aa", "6161", TEXT_VALUE },
	{ "200,12:zz", "31323a7a7a", TEXT_VALUE },
	{ "200,12:34,56", "31323a33342c3536", TEXT_VALUE },
	{ "200,\"12:34\"", "31323a3334", TEXT_VALUE },
	{ "200,hello world", "68656c6c6f20776f726c64", TEXT_VALUE },
	{ "200,\"hello, world\"", "68656c6c6f2c20776f726c64", TEXT_VALUE },
	{ "200, foo , bar ", "666f6f202c20626172", TEXT_VALUE },
	{ "200,foo,,bar", "666f6f2c2c626172", TEXT_VALUE },
	{ "200,\"1.2.3.4\",foo", "312e322e332e342c666f6f", TEXT_VALUE },
	{ "200,a\"b\"c", "616263", TEXT_VALUE },
	{ "200,a\\nb", "615c6e62", TEXT_VALUE },
	{ "200", "", BYTES },
	{ "200,", "", TEXT_VALUE },
	{ "200,\"\"", "", TEXT_VALUE },
	{ "200,192.168.0.0/24,192.168.0.1", "18c0a800c0a80001", BYTES },
	{ "200,10.1.2.3/0", "00", BYTES },
	{ "200,0.0.0.0,10.0.0.0/8", "00000000080a", BYTES },
	{ "200,/tftpboot", "2f74667470626f6f74", TEXT_VALUE },
	{ "200,0x10", "30783130", TEXT_VALUE },
	{ "200,10d", "313064", TEXT_VALUE },
	{ "200,[fe80::1]", "5b666538303a3a315d", TEXT_VALUE },
	{ "0200,foo", "666f6f", TEXT_VALUE },
	{ "3,192.168.0.9", "c0a80009", ADDRS },
	{ "6, 1.2.3.4 , 5.6.7.8 ", "0102030405060708", ADDRS },
	{ "6,1.2.3.4/24", "18010203", BYTES },
	{ "33,1.2.3.4,5.6.7.8", "0102030405060708", ADDRS },
	{ "21,1.2.3.4,255.255.255.0", "01020304ffffff00", ADDRS },
	{ "26,1492", "05d4", BYTES },
	{ "26,05:d4", "05d4", BYTES },
	{ "26,1492i", "000005d4", BYTES },
	{ "26,-1", "ffff", BYTES },
	{ "26,foo", "666f6f", TEXT_VALUE },
	{ "23,64", "40", BYTES },
	{ "19,1", "01", BYTES },
	{ "2,-3600", "fffff1f0", BYTES },
	{ "35,60", "0000003c", BYTES },
	{ "15,foo.lan", "666f6f2e6c616e", TEXT_VALUE },
	{ "15,123", "313233", TEXT_VALUE },
	{ "15,192.168.0.1", "3139322e3136382e302e31", TEXT_VALUE },
	{ "17,/root", "2f726f6f74", TEXT_VALUE },
	{ "40,12:34", "31323a3334", TEXT_VALUE },
	{ "43,ANDROID_METERED", "414e44524f49445f4d455445524544", TEXT_VALUE },
	{ "43,01:02", "0102", BYTES },
	{ "47,12:34", "1234", BYTES },
	{ "60,PXEClient", "505845436c69656e74", TEXT_VALUE },
	{ "60,123", "7b", BYTES },
	{ "80", "", BYTES },
	{ "93,0007", "0007", BYTES },
	{ "100,\"EST5EDT4,M3.2.0/02:00\"", "4553543545445434" "2c4d332e322e302f30323a3030",
	  TEXT_VALUE },
	{ "108,300", "0000012c", BYTES },
	{ "114,http://x", "687474703a2f2f78", TEXT_VALUE },
	{ "119,eng.apple.com,marketing.apple.com",
	  "03656e67056170706c6503636f6d00" "096d61726b6574696e67c004", BYTES },
	{ "119,a.b.c,b.c,c,x.b.c", "01610162016300c002c0040178c002", BYTES },
	{ "119,EXAMPLE.com,foo.example.COM", "076578616d706c6503636f6d0003666f6fc000", BYTES },
	{ "119,b\xc3\xbc" "cher.de", "0d786e2d2d62636865722d6b766102646500", BYTES },
	{ "119,foo.com.", "03666f6f03636f6d00", BYTES },
	{ "119,123", "0331323300", BYTES },
	{ "119", "", BYTES },
	{ "120,1.2.3.4,5.6.7.8", "010102030405060708", BYTES },
	{ "120,0.0.0.0", "0100000000", BYTES },
	{ "120,sip.example.com,b.example.com",
	  "00" "03736970076578616d706c6503636f6d00" "0162c004", BYTES },
	{ "120,1.2.3.4,sip.example.com",
	  "00" "01310132013301" "3400" "03736970076578616d706c6503636f6d00", BYTES },
	{ "120,123", "7b", BYTES },
	{ "120,12:34", "1234", BYTES },
	{ "121,192.168.1.0/24,1.2.3.4,10.0.0.0/8,5.6.7.8", "18c0a80101020304080a05060708", BYTES },
	{ "121,0.0.0.0/0,1.2.3.4", "0001020304", BYTES },
	{ "121,10.1.255.1/20,1.2.3.4", "140a01ff01020304", BYTES },
	{ "121,18:0a:0a", "180a0a", BYTES },
	{ "249,1.2.3.0/25,1.2.3.4", "190102030001020304", BYTES },
	{ "150,1.2.3.4", "01020304", ADDRS },
	{ "208,f1:00:74:7e", "f100747e", BYTES },
	{ "209,configs/common", "636f6e666967732f636f6d6d6f6e", TEXT_VALUE },
	{ "211,30i", "0000001e", BYTES },
	{ "58,60", "0000003c", BYTES },
	{ "option:T1,300s", "0000012c", BYTES },
	{ "option:t2,10m", "00000258", BYTES },
	{ "option:mtu,1492", "05d4", BYTES },
	{ "option:MTU,1492", "05d4", BYTES },
	{ "option:router, 192.168.4.4", "c0a80404", ADDRS },
	{ "option:router", "", BYTES },
	/* inside another option */
	{ "encap:175, 190, iscsi-client0", "69736373692d636c69656e7430", TEXT_VALUE },
	{ "encap:175,26,5", "05", BYTES },		/* the dictionary is for the packet's own */
	{ "encap:175,option:mtu,5", "0005", BYTES },	/* or for a name */
	{ "encap:175,3,foo", "666f6f", TEXT_VALUE },
	{ "encap:175,3,0.0.0.0", "00000000", BYTES },	/* not the server's */
	{ "encap:175,119,foo.com", "666f6f2e636f6d", TEXT_VALUE },
	{ "encap:175,121,10.0.0.0/8,1.2.3.4", "080a01020304", BYTES },
	{ "encap:175,190", "", BYTES },
	{ "vendor:MSFT,2,1i", "00000001", BYTES },
	{ "vendor:,4,1.2.3.4", "01020304", BYTES },
	{ "vi-encap:2,10,text", "74657874", TEXT_VALUE },
	/* 0.0.0.0 is left to whoever knows the server's address */
	{ "6,1.2.3.4,0.0.0.0", "0102030400000000", ADDRS },
};

TEST(a_configured_option_has_the_bytes_that_dnsmasq_sends)
{
	for (size_t i = 0; i < COUNT_OF(sent); i++) {
		char line[200];
		uint8_t want[100];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-option-force=%s\n", sent[i].line);
		c = good_conf(line, &d);
		if (!d->opts) {
			test_failed(__FILE__, __LINE__, sent[i].line);
		} else {
			test_check_bytes(__FILE__, __LINE__, sent[i].line, d->opts->value,
					 test_hex(sent[i].hex, want, sizeof want));
			test_check_int(__FILE__, __LINE__, sent[i].line, d->opts->is_addrs,
				       sent[i].is == ADDRS);
			test_check_int(__FILE__, __LINE__, sent[i].line, d->opts->is_text,
				       sent[i].is == TEXT_VALUE);
			CHECK(d->opts->force);
		}
		conf_free(c);
	}
}

TEST(an_option_says_which_space_it_belongs_to)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-option=3,192.0.2.1\n"
				   "dhcp-option=encap:175,190,x\n"
				   "dhcp-option=vendor:PXEClient,6,2b\n"
				   "dhcp-option=vendor:,6,2b\n"
				   "dhcp-option=vi-encap:343,10,x\n", &d);
	struct dhcp_opt *o = d->opts;

	CHECK_EQ(o->space, OPT_TOP);
	CHECK_EQ(o->code, 3);
	CHECK(!o->force);
	o = o->next;
	CHECK_EQ(o->space, OPT_ENCAP);
	CHECK_EQ(o->encap, 175);
	CHECK_EQ(o->code, 190);
	o = o->next;
	CHECK_EQ(o->space, OPT_VENDOR);
	CHECK_TEXT(o->vendor, "PXEClient");
	CHECK_EQ(o->code, 6);
	CHECK_TEXT(o->next->vendor, "");
	o = o->next->next;
	CHECK_EQ(o->space, OPT_VI_VENDOR);
	CHECK_EQ(o->enterprise, 343);
	CHECK_EQ(o->origin.line, 5);
	conf_free(c);
}

TEST(an_option_has_its_conditions_in_any_spelling)
{
	static const struct { const char *front, *name; bool absent; } rows[] = {
		{ "tag:red", "red", false },	{ "tag:!red", "red", true },
		{ "net:red", "red", false },	{ "net:#red", "red", true },
		{ "red", "red", false },	{ "#red", "red", true },
		{ "!red", "red", true },	{ "set:red", "red", false },
		{ "tag:eth*", "eth*", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100];
		struct dhcp_conf *d;
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-option=%s,3,192.0.2.1\n", rows[i].front);
		c = good_conf(line, &d);
		CHECK_TEXT(d->opts->when->name, rows[i].name);
		CHECK_EQ(d->opts->when->absent, rows[i].absent);
		CHECK(!d->opts->when->prefix);
		CHECK_EQ(d->opts->code, 3);
		conf_free(c);
	}
}

TEST(an_option_of_dhcpv6_is_looked_at_and_left_out)
{
	struct dhcp_conf *d;
	struct conf *c = good_conf("dhcp-option=option6:dns-server,[::]\n"
				   "dhcp-option=option6:23,fd00::1\n"
				   "dhcp-option-force=option6:dns-server,[fd00::1,fd00::2]\n"
				   "dhcp-option=option6:sntp-server,[fd00::],[fe80::]\n"
				   "dhcp-option=lan,option6:domain-search,\n"
				   "dhcp-option=option6:61,00:07\n"
				   "dhcp-option=option6:bootfile-url,tftp://x\n", &d);

	CHECK(!d->opts);
	conf_free(c);
	c = conf_of("dhcp-option=option6:dns-server,foo\ndhcp-option=option6:router,[::]\n");
	CHECK_EQ(conf_errors(c), 2);
	conf_free(c);
}

TEST(what_dnsmasq_would_cut_or_misread_is_an_error_with_a_remedy)
{
	static const struct { const char *line, *error; } rows[] = {
		{ "200,4294967296", "4294967296 is more than four bytes hold; write it in quotes "
		  "for a text, or its bytes, 01:02" },
		{ "200,300b", "300b does not fit in 1 byte; append b, s or i for one, two or "
		  "four" },
		{ "26,99999", "99999 does not fit in 2 bytes; append b, s or i for one, two or "
		  "four" },
		{ "200,12-34", "12-34 looks like a number and is none; put it in quotes to send it "
		  "as a text" },
		{ "200,1234:5", "1234:5 looks like bytes and is none; write two hexadecimal digits "
		  "a byte, 01:02:0a, or put it in quotes for a text" },
		{ "3,foo", "foo is no IPv4 address; write addresses such as 192.0.2.1,192.0.2.2, "
		  "or put the value in quotes for a text" },
		{ "43,1", "this option has no plain number; write its bytes, 01:02" },
		{ "58,foo", "\"foo\" does not fit here; write a time such as 12h, 30m or "
		  "infinite" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char line[100], want[300];
		struct conf *c;

		snprintf(line, sizeof line, "dhcp-option=%s\n", rows[i].line);
		snprintf(want, sizeof want, "test:1: dhcp-option, column %zu: %s",
			 strlen("dhcp-option=") + strcspn(rows[i].line, ",") + 2, rows[i].error);
		c = conf_of(line);
		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : "no error", want);
		conf_free(c);
	}
}

TEST(an_option_longer_than_255_bytes_is_refused)
{
	char line[400];
	struct conf *c;

	for (unsigned n = 255; n <= 256; n++) {
		snprintf(line, sizeof line, "dhcp-option=200,%0*d x\n", (int)n - 2, 0);
		c = conf_of(line);
		CHECK_EQ(conf_errors(c), n == 256);
		conf_free(c);
	}
	c = conf_of("dhcp-option=119,aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffff"
		    "ff12345.com\n");
	CHECK_EQ(conf_errors(c), 1);
	conf_free(c);
}
