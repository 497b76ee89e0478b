/* SPDX-License-Identifier: ISC */
/*
 * What goes upstream: options in their bytes, and whether the answer is for one client alone.
 * The bytes are those that dnsmasq sends.
 */
#include "base/must.h"
#include "base/text.h"
#include "conf/conf.h"
#include "dns/edns_ask.h"
#include "dns/edns_reply.h"
#include "lan/conf.h"
#include "test/test.h"

#define IP4 "10.77.0.2"
#define IP6 "fd77::2"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_edns_section,
};

/* "hex of the options", then " none", " made", " personal" */
static const char *asked(const char *lines, const char *from, const char *hw, struct span options,
			 bool edns)
{
	static char line[2 * EDNS_OPTIONS_MAX + 64];
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);
	const struct dns_edns client = { .present = edns, .options = options };
	struct edns_who who = { 0 };
	struct text t = TEXT(line);
	struct edns_ask said;

	conf_read_text(c, "f", span_text(lines));
	must(conf_errors(c) == 0 && addr_parse(from, &who.addr));
	must(!hw || hwaddr_parse(hw, &who.hw));
	edns_ask(&dns_conf_of(c)->disclosure, &client, &who, &said);
	text_hex(&t, said.options, 0);
	text_addf(&t, "%s%s%s", said.present ? "" : " none", said.made ? " made" : "",
		  said.personal ? " personal" : "");
	conf_free(c);
	return line;
}

TEST(what_servers_are_told_of_who_asks_has_dnsmasqs_bytes)
{
	/* clang-format off */
	static const struct { const char *lines, *from, *hw, *said; } table[] = {
		{ "", IP4, NULL, " none" },
		{ "add-mac", IP4, "02:00:00:ab:CD:01", "fde90006020000abcd01 made personal" },
		{ "add-mac=base64", IP4, "02:00:00:77:01:01",
		  "fe3100084167414164774542 made personal" },
		{ "add-mac=text", IP4, "02:00:00:ab:CD:01",
		  "fe31001130323a30303a30303a61623a63643a3031 made personal" },
		{ "add-mac=text\nadd-mac=base64\nadd-mac", IP4, "02:00:00:77:01:01",
		  "fde90006020000770101fe31001130323a30303a30303a37373a30313a3031 made personal" },
		{ "add-mac", IP4, NULL, " none" },
		{ "add-mac\nstrip-mac", IP4, NULL, " made" },
		{ "strip-mac", IP4, NULL, " made" }, { "strip-subnet", IP4, NULL, " made" },
		{ "add-subnet", IP4, NULL, "0008000400010000 made" },
		{ "add-subnet", IP6, NULL, "0008000400020000 made" },
		{ "add-subnet=24,56", IP4, NULL, "00080007000118000a4d00 made personal" },
		{ "add-subnet=24,56", IP6, NULL, "0008000b00023800fd770000000000 made personal" },
		{ "add-subnet=24", IP6, NULL, "0008000400020000 made" },
		{ "add-subnet=,64", IP4, NULL, "0008000400010000 made" },
		{ "add-subnet=13,51", IP4, NULL, "0008000600010d000a48 made personal" },
		{ "add-subnet=13,51", IP6, NULL, "0008000b00023300fd770000000000 made personal" },
		{ "add-subnet=33,129", IP4, NULL, "00080008000120000a4d0002 made personal" },
		{ "add-subnet=4294967295,200", IP6, NULL,
		  "0008001400028000fd770000000000000000000000000002 made personal" },
		{ "add-subnet=1.2.3.4/24", IP4, NULL, "0008000700011800010203 made" },
		{ "add-subnet=1.2.3.4/24", IP6, NULL, "0008000400020000 made" },
		{ "add-subnet=1.2.3.4/24,1.2.3.4/20", IP6, NULL, "0008000700011400010200 made" },
		{ "add-subnet=2001:db8:1:2:3::/61", IP4, NULL,
		  "0008000c00023d0020010db800010000 made" },
		{ "add-subnet=1.2.3.4/0", IP4, NULL, "0008000400010000 made" },
		{ "add-cpe-id=site-7", IP4, NULL, "fe320006736974652d37 made" },
		{ "umbrella", IP4, NULL, "4f44000c4f444e53010000100a4d0002 made personal" },
		{ "umbrella", IP6, NULL,
		  "4f4400184f444e5301000020fd770000000000000000000000000002 made personal" },
		{ "umbrella=deviceid:0102030405060708,orgid:7,assetid:4294967295", IP4, NULL,
		  "4f4400224f444e53010000080000000700100a4d0002004001020304050607080004ffffffff"
		  " made personal" },
		{ "umbrella=orgid:0,assetid:", IP4, NULL,
		  "4f44000c4f444e53010000100a4d0002 made personal" },
		{ "add-subnet=16\numbrella=assetid:9\nadd-cpe-id=x\nadd-mac=text\nadd-mac", IP4,
		  "02:00:00:77:01:01",
		  "fde90006020000770101fe31001130323a30303a30303a37373a30313a3031fe320001"
		  "784f4400124f444e53010000100a4d00020004000000090008000600011000"
		  "0a4d made personal" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_TEXT(asked(table[i].lines, table[i].from, table[i].hw, span_of(NULL, 0), false),
			   table[i].said);
}

TEST(options_of_a_client_go_on_stay_behind_or_stand_before_ours)
{
	/* clang-format off */
	static const struct { const char *lines; struct span given; const char *said; } table[] = {
		{ "", { (const uint8_t *)"\0\3\0\0", 4 }, "00030000" },
		{ "", { (const uint8_t *)"\0\10\0\4\0\1\0\0", 8 }, "0008000400010000" },
		{ "", { (const uint8_t *)"\0\10\0\5\0\1\10\0\12", 9 }, "00080005000108000a personal" },
		{ "", { (const uint8_t *)"\xfd\xe9\0\1\5", 5 }, "fde9000105 personal" },
		{ "add-cpe-id=x", { (const uint8_t *)"\0\3\0\0\xfe\x32\0\1\1\0\3\0\0", 13 },
		  "0003000000030000fe32000178" },
		{ "strip-mac", { (const uint8_t *)"\xfd\xe9\0\1\5\0\12\0\1\7\xfe\x31\0\0", 14 }, "000a000107" },
		{ "strip-subnet", { (const uint8_t *)"\0\10\0\1\5\0\12\0\1\7\0\10\0\0", 14 }, "000a000107" },
		{ "add-mac", { (const uint8_t *)"\xfd\xe9\0\1\5", 5 }, "fde9000105 personal" },
		{ "add-mac", { (const uint8_t *)"\xfe\x31\0\1\5", 5 }, "fe31000105fde90006020000770101 personal" },
		{ "add-mac\nstrip-mac", { (const uint8_t *)"\xfe\x31\0\1\5", 5 }, "fde90006020000770101 personal" },
		{ "add-subnet=8", { (const uint8_t *)"\0\10\0\5\0\1\10\0\13", 9 }, "00080005000108000b personal" },
		{ "add-subnet=1.2.3.4/8", { (const uint8_t *)"\0\10\0\5\0\1\10\0\13", 9 },
		  "00080005000108000b personal" },
		{ "add-subnet=1.2.3.4/8\nstrip-subnet", { (const uint8_t *)"\0\10\0\5\0\1\10\0\13", 9 },
		  "000800050001080001" },
		{ "umbrella", { (const uint8_t *)"\x4f\x44\0\1\5", 5 },
		  "4f44000c4f444e53010000100a4d0002 personal" },
	};
	/* clang-format on */

	for (size_t i = 0; i < COUNT_OF(table); i++)
		CHECK_TEXT(asked(table[i].lines, IP4, "02:00:00:77:01:01", table[i].given, true),
			   table[i].said);
}

TEST(options_that_are_too_many_stay_behind_and_ours_go)
{
	uint8_t many[600] = { 0, 12, (600 - 4) >> 8, (600 - 4) & 0xff };

	CHECK_TEXT(asked("add-cpe-id=x", IP4, NULL, SPAN(many), true), "fe32000178");
}

/* ---- replies ------------------------------------------------------------------------------- */

/* A reply with this option 8; NULL: without an OPT record. */
static bool subnet_fits(const char *asked_hex, const char *told_hex)
{
	struct dns_question q = { .type = DNS_A, .class = DNS_IN };
	uint8_t bytes[DNS_UDP_MIN], sent[64], told[64], option[64];
	struct writer w = writer_of(option, sizeof option);
	struct dns_writer reply;

	must(dname_parse("www.example", &q.name));
	dns_write_start(&reply, bytes, sizeof bytes, 1, DNS_QR);
	dns_write_question(&reply, &q);
	if (told_hex) {
		const struct span body = test_hex(told_hex, told, sizeof told);

		writer_u16(&w, EDNS_SUBNET);
		writer_u16(&w, body.n);
		writer_span(&w, body);
		must(dns_write_opt(&reply, &(struct dns_edns){ .options = writer_done(&w) }));
	}
	return edns_subnet_fits(test_hex(asked_hex, sent, sizeof sent), dns_write_end(&reply, 0));
}

TEST(a_reply_for_another_subnet_does_not_fit)
{
	static const char asked_24[] = "00080007000118000a4d00";
	static const struct { const char *told; bool fits; } table[] = {
		{ NULL, true }, { "000118000a4d00", true }, { "000118180a4d00", true },
		{ "000118180a4e00", false }, { "000118180a4d", false }, { "000018180a4d00", false },
		{ "000119180a4d00", false }, { "000118180a4d0000", false }, { "00021800", false },
		{ "0001", false },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++)
		if (subnet_fits(asked_24, table[i].told) != table[i].fits)
			test_failed(__FILE__, (int)i, table[i].told);
	CHECK(subnet_fits("000a00080102030405060708", "000118000a4e00"));
}
