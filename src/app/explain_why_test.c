/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/explain_private.h"
#include "app/explain_scene_test.h"
#include "app/sections.h"
#include "base/must.h"
#include "base/text.h"
#include "net/sim.h"
#include "test/test.h"

static const struct explained *scene_client(struct scene *c, struct explain_client client)
{
	static struct dhcp4_build b;

	hwaddr_parse("02:00:00:00:00:01", &client.hw);
	return scene_play(c, explain_client_packet(&client, &b));
}

static const char *why_text(struct explain_why w)
{
	static char line[400];
	struct text t = TEXT(line);

	explain_why_text(&t, w);
	return line;
}

TEST(an_interface_that_is_not_here_is_in_the_network_of_a_range)
{
	static const struct { const char *lines, *name, *want_name, *addr; uint8_t bits; } rows[] = {
		{ "dhcp-range=10.0.0.10,10.0.0.20\n", NULL, "eth0", "10.0.0.1", 24 },
		{ "interface=br7\ndhcp-range=10.0.0.10,10.0.0.20\n", NULL, "br7", "10.0.0.1", 24 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\n", "br9", "br9", "10.0.0.1", 24 },
		{ "dhcp-range=10.0.0.10,10.0.9.20\n", NULL, "eth0", "10.0.0.1", 20 },
		{ "dhcp-range=10.0.0.1,10.0.0.20,255.255.0.0\n", NULL, "eth0", "10.0.0.21", 16 },
		{ "dhcp-range=10.0.0.0,static\ndhcp-host=02:00:00:00:00:02,10.0.0.1\n", NULL, "eth0",
		  "10.0.0.2", 24 },
		{ "listen-address=10.0.0.77\ndhcp-range=10.0.0.10,10.0.0.20\n", NULL, "eth0", "10.0.0.77",
		  24 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\ndhcp-range=tag:br9,10.9.0.10,10.9.0.20\n", "br9", "br9",
		  "10.9.0.1", 24 },
		{ "dhcp-range=tag:x,10.9.0.10,10.9.0.20\ndhcp-range=10.0.0.10,10.0.0.20\n", NULL, "eth0",
		  "10.0.0.1", 24 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scene *c = scene_new(rows[i].lines);

		explain_find_netif(&c->stage, rows[i].name);
		CHECK_TEXT(c->stage.netif->name, rows[i].want_name);
		CHECK_EQ(c->stage.netif->addrs, 1);
		CHECK_TEXT(addr_text(&c->stage.netif->addr[0].addr).s, rows[i].addr);
		CHECK_EQ(c->stage.netif->addr[0].bits, rows[i].bits);
		CHECK_EQ(c->stage.notes, 1);
		scene_free(c);
	}
}

TEST(an_interface_that_is_here_is_taken_as_it_is)
{
	struct scene *c = scene_new("interface=eth1\ndhcp-range=10.0.0.10,10.0.0.20\n");

	sim_netif_add(c->stage.loop, "eth0", "10.0.0.9/24", NULL);
	sim_netif_add(c->stage.loop, "eth1", "10.0.0.8/24", NULL);
	sim_netif_add(c->stage.loop, "eth2", "10.5.0.8/24", NULL);
	explain_find_netif(&c->stage, NULL);
	CHECK_TEXT(c->stage.netif->name, "eth1");	/* the first that is served */
	explain_find_netif(&c->stage, "eth2");
	CHECK_TEXT(c->stage.netif->name, "eth2");	/* even if it is in no range */
	CHECK_EQ(c->stage.notes, 0);
	scene_free(c);
}

/* ---- reasons -------------------------------------------------------------------------------------------------- */

static const char everything[] =
	"dhcp-range=set:lan,10.0.0.10,10.0.0.200,255.255.255.0,2h\n"	/* line 1 */
	"dhcp-host=02:00:00:00:00:01,10.0.0.5,printer,set:mine\n"
	"dhcp-match=set:ipxe,175\n"
	"tag-if=set:both,tag:ipxe,tag:mine\n"
	"domain=lan.example\n"						/* 5 */
	"dhcp-boot=tag:both,boot.ipxe,files,10.0.0.9\n"
	"dhcp-option=encap:175,176,1b\n"
	"dhcp-option=encap:175,190,user\n"
	"dhcp-option=42,0.0.0.0\n"
	"dhcp-option-force=224,text\n"					/* 10 */
	"dhcp-option=vi-encap:10,1,abc\n"
	"dhcp-name-match=set:named,vm*\n";

static const struct explain_option *option(const struct explained *e, uint8_t code, bool inside)
{
	static const struct explain_option none = { .why.words = "it is not there" };

	for (size_t i = 0; i < e->options; i++)
		if (e->option[i].code == code && e->option[i].inside == inside)
			return &e->option[i];
	return &none;
}

TEST(everything_that_is_sent_names_the_line_behind_it)
{
	static const struct { uint8_t code; bool inside; const char *why; } rows[] = {
		{ 53, false, EXPLAIN_ITSELF }, { 54, false, EXPLAIN_ITSELF }, { 51, false, "conf:1" },
		{ 1, false, "conf:1" },        { 28, false, EXPLAIN_ITSELF }, { 3, false, EXPLAIN_ITSELF },
		{ 12, false, "conf:2" },       { 15, false, "conf:5" },       { 42, false, "conf:9" },
		{ 67, false, "conf:6" },       { 66, false, "conf:6" },       { 224, false, "conf:10" },
		{ 176, true, "conf:7" },       { 190, true, "conf:8" },       { 1, true, "conf:11" },
		{ 58, false, EXPLAIN_ITSELF },
	};
	struct scene *c = scene_new(everything);
	const struct explained *e;

	explain_find_netif(&c->stage, NULL);
	e = scene_client(c, (struct explain_client){
		.arch = 7, .ipxe = true, .extras = 1,
		.extra = { { 55, 14, { 1, 3, 6, 12, 15, 28, 42, 66, 67, 175, 125, 51, 58, 59 } } } });
	CHECK_TEXT(e->outcome, "DHCPOFFER");
	CHECK_TEXT(why_text(e->addr_why), "kept for it by dhcp-host, conf:2");
	CHECK_TEXT(why_text(e->lease_why), "conf:1");
	CHECK_TEXT(e->boot.file, "boot.ipxe");
	CHECK_TEXT(why_text(e->boot.file_why), "conf:6");
	CHECK_TEXT(e->boot.server, "10.0.0.9 (files)");
	CHECK_TEXT(why_text(e->boot.server_why), "conf:6");
	CHECK_EQ(e->boot.place, EXPLAIN_ELSEWHERE);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		CHECK_TEXT(why_text(option(e, rows[i].code, rows[i].inside)->why), rows[i].why);
	scene_free(c);
}

TEST(every_tag_names_the_line_that_set_it)
{
	static const struct { const char *tag, *why; } rows[] = {
		{ "eth0", "the interface that it came by" },
		{ "known", "a dhcp-host line is for it, conf:2" },
		{ "mine", "conf:2" }, { "ipxe", "conf:3" }, { "both", "conf:4" }, { "lan", "conf:1" },
		{ "named", "conf:12" },
	};
	struct scene *c = scene_new(everything);
	const struct dhcp_verdict *v = &c->r.verdict;

	explain_find_netif(&c->stage, NULL);
	scene_client(c, (struct explain_client){ .arch = -1, .ipxe = true, .extras = 1,
						 .extra = { { 12, 3, { 'v', 'm', '1' } } } });
	CHECK_EQ(v->tags.n, COUNT_OF(rows));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		for (size_t k = 0; k < v->tags.n; k++)
			if (strcmp(v->tags.name[k], rows[i].tag) == 0)
				CHECK_TEXT(why_text(explain_tag_why(v, k)), rows[i].why);
	scene_free(c);
}

static struct explain_client asking(uint8_t type, const char *requested)
{
	struct explain_client c = { .arch = -1, .extras = 2, .extra = { { 53, 1, { type } }, { 50, 4, { 0 } } } };
	struct addr a;

	must(addr_parse(requested, &a));
	memcpy(c.extra[1].bytes, a.bytes, 4);
	return c;
}

TEST(silence_and_refusal_name_the_line_behind_them)
{
	static const struct { const char *lines; uint8_t type; const char *requested, *outcome, *because;
			      unsigned line; } rows[] = {
		{ "dhcp-range=10.0.0.10,10.0.0.20\ndhcp-ignore=tag:!known\n", 1, "10.0.0.10", "no answer",
		  "it is to be ignored", 2 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\ndhcp-host=02:00:00:00:00:01,ignore\n", 1, "10.0.0.10",
		  "no answer", "it is to be ignored", 2 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\nno-dhcp-interface=eth0\n", 1, "10.0.0.10", "no answer",
		  "DHCP is switched off on this interface", 2 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\nexcept-interface=eth0\n", 1, "10.0.0.10", "no answer",
		  "this interface is not served", 2 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\ninterface=eth9\n", 1, "10.0.0.10", "no answer",
		  "only the interfaces that are named are served", 2 },
		{ "no-ping\n", 1, "10.0.0.10", "no answer", "there is no dhcp-range: DHCP is not served", 0 },
		{ "dhcp-range=10.0.0.10,static\ndhcp-range=tag:x,10.0.0.30,10.0.0.40\n", 1, "10.0.0.10",
		  "no answer", "no address available; dhcp-range of conf:1: it is static: only for a dhcp-host "
		  "with an address; dhcp-range of conf:2: its tags are not the client's", 0 },
		{ "dhcp-authoritative\ndhcp-range=10.0.0.10,10.0.0.20\ndhcp-host=02:00:00:00:00:02,10.0.0.15\n",
		  3, "10.0.0.15", "DHCPNAK", "address reserved", 3 },
		{ "dhcp-authoritative\ndhcp-range=10.0.0.10,10.0.0.20\ndhcp-host=02:00:00:00:00:01,10.0.0.15\n",
		  3, "10.0.0.16", "DHCPNAK", "static lease available", 3 },
		{ "dhcp-authoritative\ndhcp-range=10.0.0.10,10.0.0.20\n", 3, "10.9.0.16", "DHCPNAK",
		  "wrong network", 0 },
		{ "dhcp-authoritative\ndhcp-range=10.0.0.10,10.0.0.20\ndhcp-lease-max=0\n", 3, "10.0.0.16",
		  "DHCPNAK", "there are as many leases as there may be", 3 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\n", 3, "10.0.0.16", "no answer", "the lease is not ours", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scene *c = scene_new(rows[i].lines);
		const struct explained *e;

		explain_find_netif(&c->stage, "eth0");
		e = scene_client(c, asking(rows[i].type, rows[i].requested));
		CHECK_TEXT(e->outcome, rows[i].outcome);
		CHECK_TEXT(e->because, rows[i].because);
		CHECK_EQ(e->because_origin ? e->because_origin->line : 0, rows[i].line);
		scene_free(c);
	}
}

TEST(what_is_no_message_of_dhcp_is_said_to_be_none)
{
	struct scene *c = scene_new("dhcp-range=10.0.0.10,10.0.0.20\n");

	explain_find_netif(&c->stage, NULL);
	CHECK_TEXT(scene_play(c, HEX("0101"))->because, "the packet ends before its options");
	CHECK_TEXT(c->e.outcome, "no answer");
	CHECK_EQ(c->e.options, 0);
	scene_free(c);
}

/* ---- the boot file -------------------------------------------------------------------------------------------- */

/* A folder with one file in it, and a configuration that serves it. */
static const struct explained *boot_of(struct scene **c, const char *lines, int arch)
{
	*c = scene_new(lines);
	explain_find_netif(&(*c)->stage, NULL);
	return scene_client(*c, (struct explain_client){ .arch = arch });
}

TEST(a_boot_file_is_looked_for_where_its_server_would_look)
{
	static const struct { const char *lines; enum explain_place place; int result; const char *path; } rows[] = {
		{ "dhcp-boot=a.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_OK, "ROOT/a.0" },
		{ "dhcp-boot=/a.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_OK, "ROOT/a.0" },
		{ "dhcp-boot=b.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_MISSING, "ROOT/b.0" },
		{ "dhcp-boot=../a.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_FORBIDDEN,
		  "ROOT/../a.0" },
		{ "dhcp-boot=sub\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_NOT_A_FILE, "ROOT/sub" },
		{ "dhcp-boot=a.0\nenable-tftp\ntftp-root=ROOT\ntftp-unique-root=mac\n", EXPLAIN_LOOKED, FILES_OK,
		  "ROOT/02-00-00-00-00-01/a.0" },
		{ "dhcp-boot=a.0\ntftp-root=ROOT\n", EXPLAIN_UNSERVED, -1, NULL },
		{ "dhcp-boot=a.0,,10.0.0.9\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_ELSEWHERE, -1, NULL },
		{ "dhcp-boot=http://10.0.0.1/a.0\nhttp-root=ROOT\n", EXPLAIN_LOOKED, FILES_OK, "ROOT/a.0" },
		{ "dhcp-boot=http://10.0.0.1:8080/a.0\nhttp-root=ROOT\n", EXPLAIN_UNSERVED, -1, NULL },
		{ "dhcp-boot=http://10.0.0.1:8080/a.0\nhttp-root=ROOT\nhttp-port=8080\n", EXPLAIN_LOOKED, FILES_OK,
		  "ROOT/a.0" },
		{ "dhcp-boot=http://files.example/a.0\nhttp-root=ROOT\n", EXPLAIN_ELSEWHERE, -1, NULL },
		{ "dhcp-boot=https://10.0.0.1/a.0\nhttp-root=ROOT\n", EXPLAIN_ELSEWHERE, -1, NULL },
		{ "dhcp-boot=tftp://10.0.0.1/a.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_OK, "ROOT/a.0" },
		{ "dhcp-boot=${mac}.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_VARIABLE, -1, NULL },
		{ "dhcp-option=67,a.0\nenable-tftp\ntftp-root=ROOT\n", EXPLAIN_LOOKED, FILES_OK, "ROOT/a.0" },
		{ "no-ping\n", EXPLAIN_NO_FILE, -1, NULL },
	};
	char root[] = "/tmp/explain-XXXXXX", command[200];

	must(mkdtemp(root));
	snprintf(command, sizeof command, "cd %s && mkdir sub 02-00-00-00-00-01 && printf '\\352\\005' >a.0 && "
		 "cp a.0 02-00-00-00-00-01 && chmod -R a+rX .", root);
	must(system(command) == 0);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char lines[400], path[300];
		struct text t = TEXT(lines), p = TEXT(path);
		struct scene *c;
		const struct explained *e;
		const char *at = strstr(rows[i].lines, "ROOT");

		text_addn(&t, rows[i].lines, at ? (size_t)(at - rows[i].lines) : strlen(rows[i].lines));
		text_addf(&t, "%s%s", at ? root : "", at ? at + 4 : "");
		text_add(&t, "dhcp-range=10.0.0.10,10.0.0.20\n");
		e = boot_of(&c, lines, 0);
		CHECK_EQ(e->boot.place, rows[i].place);
		if (rows[i].path) {
			text_addf(&p, "%s%s", root, rows[i].path + 4);
			CHECK_TEXT(e->boot.path, path);
			CHECK_EQ(e->boot.result, rows[i].result);
		}
		if (rows[i].result == FILES_OK) {
			CHECK_EQ(e->boot.size, 2);
			CHECK_EQ(e->boot.image.kind, IMAGE_BIOS);
			CHECK(e->boot.trouble == NULL);
		}
		scene_free(c);
	}
	snprintf(command, sizeof command, "rm -r %s", root);
	must(system(command) == 0);
}

/* ---- showing it ------------------------------------------------------------------------------------------------- */

/* Whatever strangers send, an object is one line of ASCII, and a text is lines of it. */
static void check_shown(struct scene *c)
{
	char *text;
	size_t n;
	FILE *out = open_memstream(&text, &n);

	must(out);
	explain_print_json(out, &c->e);
	fclose(out);
	CHECK(n > 2 && text[0] == '{' && text[n - 2] == '}');
	CHECK_EQ(strcspn(text, "\n"), n - 1);
	free(text);
	out = open_memstream(&text, &n);
	must(out);
	explain_print_text(out, &c->e, 1, 1);
	fclose(out);
	for (size_t i = 0; i < n; i++)
		if ((text[i] < 0x20 && text[i] != '\n') || text[i] == 0x7f)
			test_failed(__FILE__, __LINE__, text);
	free(text);
}

TEST(every_packet_of_the_corpus_is_explained_in_full)
{
	static const char folder[] = LANLORD_SOURCE "/tests/corpus/dhcp4";
	struct scene *c = scene_new(everything);
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort);
	unsigned answered = 0;

	explain_find_netif(&c->stage, NULL);
	for (int i = 0; i < n; i++) {
		char path[600];
		uint8_t bytes[4096];
		FILE *f;

		snprintf(path, sizeof path, "%s/%s", folder, list[i]->d_name);
		f = fopen(path, "re");
		scene_play(c, span_of(bytes, f ? fread(bytes, 1, sizeof bytes, f) : 0));
		if (f)
			fclose(f);
		answered += c->r.reply.n > 0;
		CHECK(c->r.reply.n == 0 || c->e.options > 2);
		CHECK(c->r.reply.n > 0 || c->e.because[0] || c->e.r->verdict.kind > VERDICT_INFORM);
		for (size_t k = 0; k < c->e.options; k++)
			CHECK(c->e.option[k].why.origin || c->e.option[k].why.words);
		check_shown(c);
		free(list[i]);
	}
	CHECK(answered > 10);
	free(list);
	scene_free(c);
}

/* What becomes of a client's DISCOVER, and why. */
TEST(an_answer_that_waits_and_a_packet_that_is_passed_on_name_their_lines)
{
	static const struct { const char *lines, *outcome, *because; unsigned line; } rows[] = {
		{ "dhcp-range=10.0.0.10,10.0.0.20\ndhcp-reply-delay=3\n", "DHCPOFFER",
		  "sent after 3 s, by dhcp-reply-delay", 2 },
		{ "listen-address=10.0.0.1\ndhcp-range=10.0.0.10,10.0.0.20\n"
		  "dhcp-relay=10.0.0.1,198.51.100.1\n", "passed on", "to 198.51.100.1, from 10.0.0.1", 3 },
		{ "listen-address=10.0.0.1\ndhcp-range=10.0.0.10,10.0.0.20\ndhcp-relay=10.0.0.1,eth1\n",
		  "passed on", "to all servers on the interface, from 10.0.0.1", 3 },
		{ "dhcp-range=10.0.0.10,10.0.0.20\ndhcp-host=02:00:00:00:00:01,ignore\n", "no answer",
		  "it is to be ignored", 2 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct scene *c = scene_new(rows[i].lines);
		const struct explained *e;

		explain_find_netif(&c->stage, NULL);
		e = scene_client(c, (struct explain_client){ .arch = -1 });
		CHECK_TEXT(e->outcome, rows[i].outcome);
		CHECK_TEXT(e->because, rows[i].because);
		CHECK(e->because_origin && e->because_origin->line == rows[i].line);
		scene_free(c);
	}
}

TEST(a_question_about_leases_is_explained_with_what_it_is_about_or_why_it_is_not_answered)
{
	static const struct { const char *lines, *relay, *ciaddr, *options, *outcome, *because; } rows[] = {
		{ "", "0a010101", "0a00000a", "35010a", "no answer", "leasequery is not given: such questions are not "
		  "answered" },
		{ "leasequery=10.1.1.2\n", "0a010101", "0a00000a", "35010a", "no answer",
		  "no line of leasequery names the address that asks" },
		{ "leasequery\n", "00000000", "0a00000a", "35010a", "no answer",
		  "it has no giaddr, where its answer would go" },
		{ "leasequery\n", "0a010101", "0a00000a", "35010a", "DHCPLEASEUNASSIGNED",
		  "10.0.0.10 is the server's to give, and nobody has it" },
		{ "leasequery\n", "0a010101", "0a090909", "35010a", "DHCPLEASEUNKNOWN",
		  "10.9.9.9 is not the server's to give" },
		{ "leasequery\n", "0a010101", "00000000", "35010a", "DHCPLEASEUNKNOWN",
		  "02:00:00:00:00:01 has no lease" },
		{ "leasequery\n", "0a010101", "00000000", "35010a3d020163", "DHCPLEASEUNKNOWN",
		  "client id 01:63 has no lease" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct dhcp4_head h = { .op = DHCP4_BOOTREQUEST };
		uint8_t options[40], addr[4], packet[400];
		struct writer w = writer_of(packet, sizeof packet);
		struct dhcp4_build b;
		char lines[200];
		struct scene *c;

		snprintf(lines, sizeof lines, "dhcp-range=10.0.0.10,10.0.0.20\n%s", rows[i].lines);
		c = scene_new(lines);
		explain_find_netif(&c->stage, "eth0");
		must(hwaddr_parse("02:00:00:00:00:01", &h.hw));
		h.ciaddr = addr_of_bytes(test_hex(rows[i].ciaddr, addr, sizeof addr));
		h.giaddr = addr_of_bytes(test_hex(rows[i].relay, addr, sizeof addr));
		must(dhcp4_build_start(&b, &h, (struct dhcp4_room){ 400, 0, false }));
		writer_span(&w, span_of(b.bytes, 240));
		writer_span(&w, test_hex(rows[i].options, options, sizeof options));
		writer_u8(&w, DHCP4_END);
		scene_play(c, writer_done(&w));
		CHECK_TEXT(c->e.outcome, rows[i].outcome);
		CHECK_TEXT(c->e.because, rows[i].because);
		CHECK_EQ(c->e.because_origin != NULL, c->r.reply.n > 0);
		scene_free(c);
	}
}
