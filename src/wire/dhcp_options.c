/* SPDX-License-Identifier: ISC */
#include "base/addr.h"
#include "base/must.h"
#include "wire/dhcp_options.h"
#include "wire/reader.h"

#define HEX_SHOWN 14			/* dnsmasq's log shows so many bytes of an option, then … */

/* clang-format off */
const struct dhcp_option dhcp4_options[DHCP_OPTIONS] = {
	[  1] = { "netmask",                  FORM_IP4 },
	[  2] = { "time-offset",              FORM_U32 },
	[  3] = { "router",                   FORM_IP4 },
	[  6] = { "dns-server",               FORM_IP4 },
	[  7] = { "log-server",               FORM_IP4 },
	[  9] = { "lpr-server",               FORM_IP4 },
	[ 12] = { "hostname",                 FORM_TEXT,    .internal = true },
	[ 13] = { "boot-file-size",           FORM_U16,     .decimal = true },
	[ 15] = { "domain-name",              FORM_TEXT },
	[ 16] = { "swap-server",              FORM_IP4 },
	[ 17] = { "root-path",                FORM_TEXT },
	[ 18] = { "extension-path",           FORM_TEXT },
	[ 19] = { "ip-forward-enable",        FORM_U8 },
	[ 20] = { "non-local-source-routing", FORM_U8 },
	[ 21] = { "policy-filter",            FORM_IP4 },
	[ 22] = { "max-datagram-reassembly",  FORM_U16,     .decimal = true },
	[ 23] = { "default-ttl",              FORM_U8,      .decimal = true },
	[ 26] = { "mtu",                      FORM_U16,     .decimal = true },
	[ 27] = { "all-subnets-local",        FORM_U8 },
	[ 28] = { "broadcast",                FORM_IP4,     .internal = true },
	[ 31] = { "router-discovery",         FORM_U8 },
	[ 32] = { "router-solicitation",      FORM_IP4 },
	[ 33] = { "static-route",             FORM_IP4 },
	[ 34] = { "trailer-encapsulation",    FORM_U8 },
	[ 35] = { "arp-timeout",              FORM_U32,     .decimal = true },
	[ 36] = { "ethernet-encap",           FORM_U8 },
	[ 37] = { "tcp-ttl",                  FORM_U8 },
	[ 38] = { "tcp-keepalive",            FORM_U32,     .decimal = true },
	[ 40] = { "nis-domain",               FORM_TEXT },
	[ 41] = { "nis-server",               FORM_IP4 },
	[ 42] = { "ntp-server",               FORM_IP4 },
	[ 43] = { "vendor-encap",             FORM_BYTES,   .internal = true },
	[ 44] = { "netbios-ns",               FORM_IP4 },
	[ 45] = { "netbios-dd",               FORM_IP4 },
	[ 46] = { "netbios-nodetype",         FORM_U8 },
	[ 47] = { "netbios-scope",            FORM_ANY },
	[ 48] = { "x-windows-fs",             FORM_IP4 },
	[ 49] = { "x-windows-dm",             FORM_IP4 },
	[ 50] = { "requested-address",        FORM_IP4,     .internal = true },
	[ 51] = { "lease-time",               FORM_SECONDS, .internal = true },
	[ 52] = { "option-overload",          FORM_BYTES,   .internal = true },
	[ 53] = { "message-type",             FORM_BYTES,   .internal = true, .decimal = true },
	[ 54] = { "server-identifier",        FORM_IP4,     .internal = true },
	[ 55] = { "parameter-request",        FORM_BYTES,   .internal = true },
	[ 56] = { "message",                  FORM_BYTES,   .internal = true },
	[ 57] = { "max-message-size",         FORM_BYTES,   .internal = true },
	[ 58] = { "T1",                       FORM_SECONDS },
	[ 59] = { "T2",                       FORM_SECONDS },
	[ 60] = { "vendor-class",             FORM_ANY },
	[ 61] = { "client-id",                FORM_BYTES,   .internal = true },
	[ 64] = { "nis+-domain",              FORM_TEXT },
	[ 65] = { "nis+-server",              FORM_IP4 },
	[ 66] = { "tftp-server",              FORM_TEXT },
	[ 67] = { "bootfile-name",            FORM_TEXT },
	[ 68] = { "mobile-ip-home",           FORM_IP4 },
	[ 69] = { "smtp-server",              FORM_IP4 },
	[ 70] = { "pop3-server",              FORM_IP4 },
	[ 71] = { "nntp-server",              FORM_IP4 },
	[ 74] = { "irc-server",               FORM_IP4 },
	[ 77] = { "user-class",               FORM_ANY },
	[ 80] = { "rapid-commit",             FORM_ANY },
	[ 81] = { "FQDN",                     FORM_BYTES,   .internal = true },
	[ 82] = { "agent-id",                 FORM_BYTES,   .internal = true },
	[ 93] = { "client-arch",              FORM_U16,     .decimal = true },
	[ 94] = { "client-interface-id",      FORM_ANY },
	[ 97] = { "client-machine-id",        FORM_ANY },
	[100] = { "posix-timezone",           FORM_TEXT },
	[101] = { "tzdb-timezone",            FORM_TEXT },
	[108] = { "ipv6-only",                FORM_U32,     .decimal = true },
	[118] = { "subnet-select",            FORM_BYTES,   .internal = true },
	[119] = { "domain-search",            FORM_DOMAINS },
	[120] = { "sip-server",               FORM_SIP },
	[121] = { "classless-static-route",   FORM_ANY },
	[125] = { "vendor-id-encap",          FORM_ANY },
	[150] = { "tftp-server-address",      FORM_IP4 },
	[255] = { "server-ip-address",        FORM_IP4 },
};

const struct dhcp_option dhcp6_options[DHCP_OPTIONS] = {
	[ 21] = { "sip-server-domain",        FORM_DOMAINS },
	[ 22] = { "sip-server",               FORM_IP6 },
	[ 23] = { "dns-server",               FORM_IP6 },
	[ 24] = { "domain-search",            FORM_DOMAINS },
	[ 27] = { "nis-server",               FORM_IP6 },
	[ 28] = { "nis+-server",              FORM_IP6 },
	[ 29] = { "nis-domain",               FORM_DOMAINS },
	[ 30] = { "nis+-domain",              FORM_DOMAINS },
	[ 31] = { "sntp-server",              FORM_IP6 },
	[ 32] = { "information-refresh-time", FORM_SECONDS },
	[ 41] = { "posix-timezone",           FORM_TEXT },
	[ 42] = { "tzdb-timezone",            FORM_TEXT },
	[ 56] = { "ntp-server",               FORM_IP6 },
	[ 59] = { "bootfile-url",             FORM_TEXT },
	[ 60] = { "bootfile-param",           FORM_ANY },
};
/* clang-format on */

static int code_of(const struct dhcp_option *table, const char *name)
{
	for (int code = 0; code < DHCP_OPTIONS; code++)
		if (table[code].name && !table[code].internal && text_same(table[code].name, name))
			return code;
	return -1;
}

int dhcp4_option_code(const char *name)
{
	return code_of(dhcp4_options, name);
}

int dhcp6_option_code(const char *name)
{
	return code_of(dhcp6_options, name);
}

void dhcp_options_print(FILE *f, bool v6)
{
	const struct dhcp_option *table = v6 ? dhcp6_options : dhcp4_options;

	fprintf(f, "Known DHCP%s options:\n", v6 ? "v6" : "");
	for (int code = 0; code < DHCP_OPTIONS; code++)
		if (table[code].name && !table[code].internal)
			fprintf(f, "%3d %s\n", code, table[code].name);
}

void dhcp_seconds_text(struct text *t, uint32_t seconds)
{
	static const struct { uint32_t s; char unit; } units[] = {
		{ 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' },
	};

	if (seconds == UINT32_MAX) {
		text_add(t, "infinite");
		return;
	}
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (seconds / units[i].s)
			text_addf(t, "%u%c", seconds / units[i].s, units[i].unit);
		seconds %= units[i].s;
	}
}

static void addresses_text(struct text *t, struct span value)
{
	for (size_t i = 0; i + 4 <= value.n; i += 4) {
		struct addr a = addr_of_bytes(span_of(value.p + i, 4));

		text_addf(t, i ? ", %s" : "%s", addr_text(&a).s);
	}
}

/* The log leaves out what does not print. */
static void printable_text(struct text *t, struct span value)
{
	for (size_t i = 0; i < value.n; i++)
		if (value.p[i] >= 0x20 && value.p[i] < 0x7f)
			text_addn(t, (const char *)value.p + i, 1);
}

/* The last four bytes as a number. */
static uint32_t number_of(struct span value)
{
	uint32_t n = 0;

	for (size_t i = 0; i < value.n; i++)
		n = n << 8 | value.p[i];
	return n;
}

static void hex_text(struct text *t, struct span value)
{
	text_hex(t, span_of(value.p, value.n < HEX_SHOWN ? value.n : HEX_SHOWN), ':');
	if (value.n > HEX_SHOWN)
		text_add(t, "...");
}

void dhcp_option_value_text(struct text *t, uint8_t code, struct span value)
{
	const struct dhcp_option *o = &dhcp4_options[code];

	if (value.n == 0)
		return;
	if (o->form == FORM_IP4)
		addresses_text(t, value);
	else if (o->form == FORM_TEXT)
		printable_text(t, value);
	else if (o->form == FORM_SECONDS)
		dhcp_seconds_text(t, number_of(value));
	else if (o->decimal)
		text_addf(t, "%u", number_of(value));
	else
		hex_text(t, value);
}

void dhcp_option_text(struct text *t, uint8_t code, struct span value)
{
	const char *name = dhcp4_options[code].name;

	text_addf(t, "sent size:%3zu option:%3u %s  ", value.n, code, name ? name : "");
	dhcp_option_value_text(t, code, value);
}
