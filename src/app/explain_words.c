/* SPDX-License-Identifier: ISC */
/* The words of `lanlord explain dhcp`. */
#include <stdio.h>

#include "app/explain_private.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/dhcp_options.h"
#include "wire/pcap.h"

const char explain_dhcp_usage[] =
	"lanlord explain [-C FILE] --mac M [--interface I] [--arch bios|efi-x64|efi-arm64|N] [--ipxe]\n"
	"                [--vendor-class S] [--user-class S] [--option N=HEX]... [--json]\n"
	"                [-- OPTION...]\n"
	"lanlord explain [-C FILE] --packet FILE [--interface I] [--json] [-- OPTION...]\n"
	"\n"
	"What the server would answer, and which line of the configuration says so.\n"
	"  -C FILE           the configuration; /etc/dnsmasq.conf\n"
	"  --mac M           of the client\n"
	"  --interface I     where it asks; else the first that lies in a dhcp-range\n"
	"  --arch A          it boots from the network: its firmware, by name or by number (option 93)\n"
	"  --ipxe            iPXE asks\n"
	"  --vendor-class S  option 60\n"
	"  --user-class S    option 77\n"
	"  --option N=HEX    one more option of the client, by number or name\n"
	"  --packet FILE     packets of real clients: a pcap, or hex of DHCP messages\n"
	"  --json            an object for each packet\n"
	"  -- OPTION...      further options of the server's, as on its command line\n"
	"\n"
	"Of names: lanlord explain dns NAME [TYPE]; see lanlord explain dns --help\n";

/* ---- values ------------------------------------------------------------------------- */

static bool take_conf(struct explain_want *w, const char *value, struct failure *f)
{
	(void)f;
	w->conf = value;
	return true;
}

static bool take_interface(struct explain_want *w, const char *value, struct failure *f)
{
	if (strlen(value) >= sizeof(((struct netif *)NULL)->name))
		return failure_set(f, EXIT_CODE_CONF, "--interface %s: no interface has such a long "
				   "name", value);
	w->interface = value;
	return true;
}

static bool take_mac(struct explain_want *w, const char *value, struct failure *f)
{
	w->describes_client = true;
	return hwaddr_parse(value, &w->client.hw) ||
	       failure_set(f, EXIT_CODE_CONF, "--mac %s: write it as 52:54:00:12:34:56", value);
}

static bool take_arch(struct explain_want *w, const char *value, struct failure *f)
{
	static const struct { const char *name; int arch; } names[] = {
		{ "bios", 0 }, { "efi-x86", 6 }, { "efi-x64", 7 }, { "efi-arm", 10 },
		{ "efi-arm64", 11 }, { "http-x64", 16 }, { "http-arm64", 19 },
	};
	uint64_t number;

	w->describes_client = true;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_same(value, names[i].name)) {
			w->client.arch = names[i].arch;
			return true;
		}
	if (!text_uint(value, UINT16_MAX, &number))
		return failure_set(f, EXIT_CODE_CONF, "--arch %s: write bios, efi-x64, efi-arm64 or "
				   "the number of option 93", value);
	w->client.arch = (int)number;
	return true;
}

static bool take_ipxe(struct explain_want *w, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	w->describes_client = w->client.ipxe = true;
	return true;
}

/* Of an option's value: at most so many bytes go on the wire. */
static bool take_class(const char **out, const char *value, const char *word, struct failure *f)
{
	if (strlen(value) > EXPLAIN_OPTION)
		return failure_set(f, EXIT_CODE_CONF, "%s: an option holds 255 bytes", word);
	*out = value;
	return true;
}

static bool take_vendor_class(struct explain_want *w, const char *value, struct failure *f)
{
	w->describes_client = true;
	return take_class(&w->client.vendor_class, value, "--vendor-class", f);
}

static bool take_user_class(struct explain_want *w, const char *value, struct failure *f)
{
	w->describes_client = true;
	return take_class(&w->client.user_class, value, "--user-class", f);
}

/* A number or a name, as long as n; -1 if it is none that may stand in a packet. */
static int option_code(const char *name, size_t n)
{
	char word[64];
	uint64_t number;

	if (n >= sizeof word)
		return -1;
	memcpy(word, name, n);
	word[n] = 0;
	if (text_uint(word, DHCP4_END - 1, &number))
		return number ? (int)number : -1;
	return dhcp4_option_code_sent(word);
}

static bool option_bytes(const char *hex, struct explain_extra *out)
{
	struct pcap_hex h = pcap_hex_open(span_text(hex));
	uint8_t bytes[3 * EXPLAIN_OPTION];		/* there are two letters for each at least */
	size_t n;

	if (strlen(hex) >= sizeof bytes || strpbrk(hex, "#\n") || !pcap_hex_next(&h, bytes, &n) ||
	    n > EXPLAIN_OPTION)
		return false;
	out->n = (uint8_t)n;
	memcpy(out->bytes, bytes, n);
	return true;
}

static bool take_option(struct explain_want *w, const char *value, struct failure *f)
{
	const char *eq = strchr(value, '=');
	int code = eq ? option_code(value, (size_t)(eq - value)) : -1;
	struct explain_extra *extra = &w->client.extra[w->client.extras];

	w->describes_client = true;
	if (w->client.extras == EXPLAIN_OPTIONS)
		return failure_set(f, EXIT_CODE_CONF, "--option: %d are enough", EXPLAIN_OPTIONS);
	if (code < 0 || !option_bytes(eq + 1, extra))
		return failure_set(f, EXIT_CODE_CONF, "--option %s: write a number or a name, = and the "
				   "value in hex, as 77=69505845", value);
	extra->code = (uint8_t)code;
	w->client.extras++;
	return true;
}

static bool take_packet(struct explain_want *w, const char *value, struct failure *f)
{
	(void)f;
	w->packet = value;
	return true;
}

static bool take_json(struct explain_want *w, const char *value, struct failure *f)
{
	(void)value;
	(void)f;
	return w->json = true;
}

/* ---- words ---------------------------------------------------------------------------- */

static const struct word_row {
	const char *word, *flag;	/* flag NULL: none */
	bool bare;			/* it has no value */
	bool (*take)(struct explain_want *w, const char *value, struct failure *f);
} rows[] = {
	{ "--conf-file", "-C", false, take_conf },
	{ "--mac", NULL, false, take_mac },
	{ "--interface", "-i", false, take_interface },
	{ "--arch", NULL, false, take_arch },
	{ "--ipxe", NULL, true, take_ipxe },
	{ "--vendor-class", NULL, false, take_vendor_class },
	{ "--user-class", NULL, false, take_user_class },
	{ "--option", NULL, false, take_option },
	{ "--packet", NULL, false, take_packet },
	{ "--json", NULL, true, take_json },
};

/* The row of this word, and the value that is written to it; NULL: there is no such row. */
static const struct word_row *row_of(const char *word, const char **value)
{
	const char *eq = strchr(word, '=');
	size_t n = eq ? (size_t)(eq - word) : strlen(word);

	*value = eq ? eq + 1 : NULL;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		if (strlen(rows[i].word) == n && strncmp(rows[i].word, word, n) == 0)
			return &rows[i];
		if (rows[i].flag && strncmp(rows[i].flag, word, 2) == 0) {
			*value = word[2] ? word + 2 : NULL;
			return &rows[i];
		}
	}
	return NULL;
}

static bool take_word(char ***at, struct explain_want *out, struct failure *f)
{
	const char *word = *(*at)++, *value;
	const struct word_row *row = row_of(word, &value);

	if (!row)
		return failure_set(f, EXIT_CODE_CONF, "%s: explain knows no such word; see lanlord "
				   "explain --help", word);
	if (row->bare && value)
		return failure_set(f, EXIT_CODE_CONF, "%s has no value", row->word);
	if (!row->bare && !value && !(value = **at ? *(*at)++ : NULL))
		return failure_set(f, EXIT_CODE_CONF, "%s: its value is missing", word);
	return row->take(out, value, f);
}

bool explain_words(char **words, struct explain_want *out, struct failure *f)
{
	*out = (struct explain_want){ .client.arch = -1 };
	while (*words && strcmp(*words, "--") != 0)
		if (!take_word(&words, out, f))
			return false;
	out->server_words = *words ? words + 1 : words;
	if (out->packet && out->describes_client)
		return failure_set(f, EXIT_CODE_CONF, "--packet says all of the client: leave its other "
				   "words out");
	if (!out->packet && out->client.hw.len == 0)
		return failure_set(f, EXIT_CODE_CONF, "whose packet?  Write --mac M, or --packet FILE");
	return true;
}
