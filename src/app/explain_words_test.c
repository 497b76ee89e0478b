/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"
#include "test/test.h"

/* ---- words ----------------------------------------------------------------------------- */

TEST(explain_takes_its_words_in_every_form)
{
	char *words[] = { "-C", "a.conf", "--mac=02:00:00:00:00:01", "--interface", "br0", "--arch",
			  "efi-x64", "--ipxe", "--vendor-class", "V", "--user-class=U", "--option",
			  "80=", "--option=hostname=61:62", "--json", "--", "--port=0", NULL };
	struct failure f = { .code = EXIT_CODE_OK };
	static struct explain_want w;

	CHECK(explain_words(words, &w, &f));
	CHECK_TEXT(w.conf, "a.conf");
	CHECK_TEXT(hwaddr_text(&w.client.hw).s, "02:00:00:00:00:01");
	CHECK_TEXT(w.interface, "br0");
	CHECK_EQ(w.client.arch, 7);
	CHECK(w.client.ipxe && w.json);
	CHECK_TEXT(w.client.vendor_class, "V");
	CHECK_TEXT(w.client.user_class, "U");
	CHECK_EQ(w.client.extras, 2);
	CHECK_EQ(w.client.extra[0].code, 80);
	CHECK_EQ(w.client.extra[0].n, 0);
	CHECK_EQ(w.client.extra[1].code, 12);
	CHECK_BYTES(span_of(w.client.extra[1].bytes, w.client.extra[1].n), span_text("ab"));
	CHECK_TEXT(w.server_words[0], "--port=0");
}

TEST(explain_names_the_word_that_is_wrong)
{
	static const struct { char *words[4]; const char *says; } rows[] = {
		{ { NULL }, "whose packet?" },
		{ { "--json" }, "whose packet?" },
		{ { "--mca", "02:00:00:00:00:01" }, "--mca: explain knows no such word" },
		{ { "--mac" }, "--mac: its value is missing" },
		{ { "--mac", "02:00" "z" }, "--mac 02:00z: write it as" },
		{ { "--arch", "vax" }, "--arch vax: write bios" },
		{ { "--arch", "65536" }, "--arch 65536: write bios" },
		{ { "--option", "12" }, "--option 12: write a number" },
		{ { "--option", "0=00" }, "--option 0=00: write a number" },
		{ { "--option", "255=00" }, "--option 255=00: write a number" },
		{ { "--option", "12=0" }, "--option 12=0: write a number" },
		{ { "--option", "12=0x61" }, "--option 12=0x61: write a number" },
		{ { "--json=yes" }, "--json has no value" },
		{ { "--interface", "a-name-of-16-let" }, "no interface has such a long name" },
		{ { "--packet", "x", "--ipxe" }, "--packet says all of the client" },
		{ { "file" }, "file: explain knows no such word" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct failure f = { .code = EXIT_CODE_OK };
		static struct explain_want w;
		char *words[5] = { NULL };

		memcpy(words, rows[i].words, sizeof rows[i].words);
		CHECK(!explain_words(words, &w, &f));
		CHECK_EQ(f.code, EXIT_CODE_CONF);
		if (!strstr(f.text, rows[i].says))
			CHECK_TEXT(f.text, rows[i].says);
	}
}

TEST(explain_takes_an_option_of_255_bytes_and_no_more)
{
	char value[600] = "43=";
	char *words[] = { "--mac", "02:00:00:00:00:01", "--option", value, NULL };
	struct failure f = { .code = EXIT_CODE_OK };
	static struct explain_want w;

	memset(value + 3, 'a', 510);
	CHECK(explain_words(words, &w, &f));
	CHECK_EQ(w.client.extra[0].n, 255);
	memset(value + 3, 'a', 512);
	CHECK(!explain_words(words, &w, &f));
}

/* ---- clients -------------------------------------------------------------------------------- */

static const struct dhcp4_msg *made(struct explain_client c)
{
	static struct dhcp4_build b;
	static struct dhcp4_msg m;

	hwaddr_parse("02:00:00:00:00:01", &c.hw);
	CHECK_EQ(dhcp4_read(explain_client_packet(&c, &b), &m), DHCP4_READ);
	return &m;
}

static const char *option_text(const struct dhcp4_msg *m, uint8_t code)
{
	static char text[300];
	struct text t = TEXT(text);

	text_safe(&t, m->opt[code]);
	return text;
}

TEST(a_client_that_is_made_up_speaks_as_its_kind_does)
{
	static const struct { int arch; bool ipxe; const char *class, *user; bool broadcast; } rows[] = {
		{ 0, false, "PXEClient:Arch:00000:UNDI:002001", "", true },
		{ 7, false, "PXEClient:Arch:00007:UNDI:003000", "", true },
		{ 16, false, "HTTPClient:Arch:00016:UNDI:003000", "", true },
		{ -1, true, "PXEClient:Arch:00000:UNDI:002001", "iPXE", false },
		{ 11, true, "PXEClient:Arch:00011:UNDI:003010", "iPXE", false },
		{ -1, false, "", "", false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct dhcp4_msg *m = made((struct explain_client){ .arch = rows[i].arch,
									  .ipxe = rows[i].ipxe });

		CHECK_TEXT(option_text(m, DHCP4_VENDOR_CLASS), rows[i].class);
		CHECK_TEXT(option_text(m, DHCP4_USER_CLASS), rows[i].user);
		CHECK_EQ(dhcp4_has(m, DHCP4_IPXE), rows[i].ipxe);
		CHECK_EQ(dhcp4_has(m, DHCP4_ARCH), rows[i].arch >= 0 || rows[i].ipxe);
		CHECK_EQ(dhcp4_has(m, DHCP4_CLIENT_UUID), rows[i].arch >= 0 || rows[i].ipxe);
		CHECK_EQ((m->flags & DHCP4_BROADCAST) != 0, rows[i].broadcast);
		CHECK_BYTES(m->opt[DHCP4_MESSAGE_TYPE], HEX("01"));
		CHECK(m->opt[DHCP4_REQUEST_LIST].n > 10);
	}
}

TEST(what_is_said_of_a_client_takes_the_place_of_what_it_says_itself)
{
	struct explain_client c = { .arch = 0, .vendor_class = "mine", .user_class = "yours",
				    .extras = 3, .extra = { { 93, 2, { 0, 9 } }, { 53, 1, { 3 } },
							    { 200, 0, { 0 } } } };
	const struct dhcp4_msg *m = made(c);

	CHECK_TEXT(option_text(m, DHCP4_VENDOR_CLASS), "mine");
	CHECK_TEXT(option_text(m, DHCP4_USER_CLASS), "yours");
	CHECK_BYTES(m->opt[DHCP4_ARCH], HEX("0009"));
	CHECK_BYTES(m->opt[DHCP4_MESSAGE_TYPE], HEX("03"));
	CHECK(dhcp4_has(m, 200));
}

/* ---- packets of files --------------------------------------------------------------------------- */

/* Reads a file with these bytes; what failed is in f. */
static struct explain_packets *packets_of(struct span bytes, struct failure *f)
{
	char path[] = "/tmp/explain-XXXXXX";
	struct explain_packets *p = calloc(1, sizeof *p);
	struct explain_want w = { .packet = path };
	int fd = mkstemp(path);

	must(p && fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
	close(fd);
	*f = (struct failure){ .code = EXIT_CODE_OK };
	explain_packets(&w, p, f);
	unlink(path);
	return p;
}

static void packets_done(struct explain_packets *p)
{
	explain_packets_free(p);
	free(p);
}

TEST(packets_of_hex_are_those_of_clients_to_everybody)
{
	struct failure f;
	struct explain_packets *p = packets_of(span_text("0101\n\n0102\n"), &f);

	CHECK_EQ(p->n, 2);
	CHECK_BYTES(p->list[1].bytes, HEX("0102"));
	CHECK_TEXT(addr_text(&p->list[1].to).s, "255.255.255.255");
	packets_done(p);
}

/* One frame of a raw capture: UDP from 192.0.2.9, with two bytes. */
#define FRAME(to, ports, data) "00000001 00000002 0000001e 0000001e" \
	"4500 001e 0000 4000 4011 " to ports "000a 0000" data

TEST(packets_of_a_capture_are_those_that_clients_and_relays_sent)
{
	struct failure f;
	struct explain_packets *p = packets_of(
		HEX("a1b2c3d4 0002 0004 00000000 00000000 00040000 00000065"
		    FRAME("b6c4 c0000209 c0000201", "0044 0043", "0100")
		    FRAME("b6c4 c0000209 c0000201", "0043 0043", "0200")	/* an answer */
		    FRAME("b6c4 c0000209 c0000201", "0043 0043", "0101")	/* of a relay */
		    FRAME("b6c4 c0000209 c0000201", "0043 0044", "0200")
		    FRAME("b6c4 c0000209 c0000201", "0035 0400", "0100")), &f);

	CHECK_TEXT(f.text, "");
	CHECK_EQ(p->left_out, 2);
	must(p->n == 2);
	CHECK_BYTES(p->list[1].bytes, HEX("0101"));
	CHECK_TEXT(addr_text(&p->list[0].to).s, "192.0.2.1");
	packets_done(p);
}

TEST(a_file_without_packets_is_refused_in_a_line)
{
	static const struct { const char *bytes, *says; } rows[] = {
		{ "", "no packet of a DHCP client" },
		{ "# nothing\n", "no packet of a DHCP client" },
		{ "01\nxyz\n", ":2: neither a pcap nor hex" },
		{ "\x0a\x0d\x0d\x0a", "pcapng" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct failure f;
		struct explain_packets *p = packets_of(span_text(rows[i].bytes), &f);

		CHECK_EQ(f.code, EXIT_CODE_CONF);
		if (!strstr(f.text, rows[i].says))
			CHECK_TEXT(f.text, rows[i].says);
		packets_done(p);
	}
}

/* ---- values ------------------------------------------------------------------------------------------ */

TEST(values_are_told_in_words)
{
	const struct { uint8_t code; bool inside; struct span value; const char *words; } rows[] = {
		{ 53, false, HEX("02"), "DHCPOFFER" },
		{ 51, false, HEX("00000e10"), "1h" },
		{ 3, false, HEX("0a000001 0a000002"), "10.0.0.1, 10.0.0.2" },
		{ 67, false, HEX("612e3000"), "\"a.0\"" },
		{ 60, false, span_text("PXEClient"), "\"PXEClient\"" },
		{ 60, false, HEX("0001"), "00:01" },
		{ 12, false, HEX("61 0a 62"), "\"a\\x0ab\"" },
		{ 26, false, HEX("05dc"), "1500" },
		{ 43, false, HEX("0601 02ff"), "06:01:02:ff" },
		{ 97, false, HEX("00000000000000000000000000000000001122"),
		  "00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:00:11:22" },
		{ 80, false, HEX(""), "(empty)" },
		{ 119, false, HEX("03 6c616e 07 6578616d706c65 00 01 61 c000"), "lan.example., a.lan.example." },
		{ 119, false, HEX("c000"), "c0:00" },			/* a pointer to itself */
		{ 119, false, HEX("05 61"), "05:61" },
		{ 121, false, HEX("08 0a 0a000001 00 0a000002"),
		  "10.0.0.0/8 via 10.0.0.1, 0.0.0.0/0 via 10.0.0.2" },
		{ 121, false, HEX("21 0a"), "21:0a" },
		{ 81, false, HEX("05 ff ff 03 766d31 03 6c616e 00"), "flags 05, vm1.lan." },
		{ 81, false, HEX("01 ff ff 766d31"), "flags 01, vm1" },
		{ 224, false, span_text("text"), "\"text\"" },
		{ 3, true, HEX("0a000001"), "0a:00:00:01" },		/* it is another's */
		{ 190, true, span_text("user"), "\"user\"" },
		{ 56, false, span_text("wrong network"), "\"wrong network\"" },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct explain_option o = { .code = rows[i].code, .inside = rows[i].inside,
					    .value = rows[i].value };
		char line[400];
		struct text t = TEXT(line);

		explain_value(&t, &o);
		CHECK_TEXT(line, rows[i].words);
	}
}
