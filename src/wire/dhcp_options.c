/* SPDX-License-Identifier: ISC */
#include "base/addr.h"
#include "base/must.h"
#include "wire/dhcp_options.h"
#include "wire/reader.h"

#define HEX_SHOWN 14			/* dnsmasq's log shows so many bytes of an option, then … */

/* clang-format off */
const struct dhcp_option dhcp4_options[DHCP_OPTIONS] = {
	[  1] = { .name = "netmask",                  .form = FORM_IP4 },
	[  2] = { .name = "time-offset",              .form = FORM_U32 },
	[  3] = { .name = "router",                   .form = FORM_IP4 },
	[  6] = { .name = "dns-server",               .form = FORM_IP4 },
	[  7] = { .name = "log-server",               .form = FORM_IP4 },
	[  9] = { .name = "lpr-server",               .form = FORM_IP4 },
	[ 12] = { .name = "hostname",                 .form = FORM_TEXT, .internal = true },
	[ 13] = { .name = "boot-file-size",           .form = FORM_U16, .decimal = true },
	[ 15] = { .name = "domain-name",              .form = FORM_TEXT },
	[ 16] = { .name = "swap-server",              .form = FORM_IP4 },
	[ 17] = { .name = "root-path",                .form = FORM_TEXT },
	[ 18] = { .name = "extension-path",           .form = FORM_TEXT },
	[ 19] = { .name = "ip-forward-enable",        .form = FORM_U8 },
	[ 20] = { .name = "non-local-source-routing", .form = FORM_U8 },
	[ 21] = { .name = "policy-filter",            .form = FORM_IP4 },
	[ 22] = { .name = "max-datagram-reassembly",  .form = FORM_U16, .decimal = true },
	[ 23] = { .name = "default-ttl",              .form = FORM_U8, .decimal = true },
	[ 26] = { .name = "mtu",                      .form = FORM_U16, .decimal = true },
	[ 27] = { .name = "all-subnets-local",        .form = FORM_U8 },
	[ 28] = { .name = "broadcast",                .form = FORM_IP4, .internal = true },
	[ 31] = { .name = "router-discovery",         .form = FORM_U8 },
	[ 32] = { .name = "router-solicitation",      .form = FORM_IP4 },
	[ 33] = { .name = "static-route",             .form = FORM_IP4 },
	[ 34] = { .name = "trailer-encapsulation",    .form = FORM_U8 },
	[ 35] = { .name = "arp-timeout",              .form = FORM_U32, .decimal = true },
	[ 36] = { .name = "ethernet-encap",           .form = FORM_U8 },
	[ 37] = { .name = "tcp-ttl",                  .form = FORM_U8 },
	[ 38] = { .name = "tcp-keepalive",            .form = FORM_U32, .decimal = true },
	[ 40] = { .name = "nis-domain",               .form = FORM_TEXT },
	[ 41] = { .name = "nis-server",               .form = FORM_IP4 },
	[ 42] = { .name = "ntp-server",               .form = FORM_IP4 },
	[ 43] = { .name = "vendor-encap",             .form = FORM_BYTES, .internal = true },
	[ 44] = { .name = "netbios-ns",               .form = FORM_IP4 },
	[ 45] = { .name = "netbios-dd",               .form = FORM_IP4 },
	[ 46] = { .name = "netbios-nodetype",         .form = FORM_U8 },
	[ 47] = { .name = "netbios-scope",            .form = FORM_ANY },
	[ 48] = { .name = "x-windows-fs",             .form = FORM_IP4 },
	[ 49] = { .name = "x-windows-dm",             .form = FORM_IP4 },
	[ 50] = { .name = "requested-address",        .form = FORM_IP4, .internal = true },
	[ 51] = { .name = "lease-time",               .form = FORM_SECONDS, .internal = true },
	[ 52] = { .name = "option-overload",          .form = FORM_BYTES, .internal = true },
	[ 53] = { .name = "message-type",             .form = FORM_BYTES, .internal = true,
		  .decimal = true },
	[ 54] = { .name = "server-identifier",        .form = FORM_IP4, .internal = true },
	[ 55] = { .name = "parameter-request",        .form = FORM_BYTES, .internal = true },
	[ 56] = { .name = "message",                  .form = FORM_BYTES, .internal = true },
	[ 57] = { .name = "max-message-size",         .form = FORM_BYTES, .internal = true },
	[ 58] = { .name = "T1",                       .form = FORM_SECONDS },
	[ 59] = { .name = "T2",                       .form = FORM_SECONDS },
	[ 60] = { .name = "vendor-class",             .form = FORM_ANY },
	[ 61] = { .name = "client-id",                .form = FORM_BYTES, .internal = true },
	[ 64] = { .name = "nis+-domain",              .form = FORM_TEXT },
	[ 65] = { .name = "nis+-server",              .form = FORM_IP4 },
	[ 66] = { .name = "tftp-server",              .form = FORM_TEXT },
	[ 67] = { .name = "bootfile-name",            .form = FORM_TEXT },
	[ 68] = { .name = "mobile-ip-home",           .form = FORM_IP4 },
	[ 69] = { .name = "smtp-server",              .form = FORM_IP4 },
	[ 70] = { .name = "pop3-server",              .form = FORM_IP4 },
	[ 71] = { .name = "nntp-server",              .form = FORM_IP4 },
	[ 74] = { .name = "irc-server",               .form = FORM_IP4 },
	[ 77] = { .name = "user-class",               .form = FORM_ANY },
	[ 80] = { .name = "rapid-commit",             .form = FORM_ANY },
	[ 81] = { .name = "FQDN",                     .form = FORM_BYTES, .internal = true },
	[ 82] = { .name = "agent-id",                 .form = FORM_BYTES, .internal = true },
	[ 93] = { .name = "client-arch",              .form = FORM_U16, .decimal = true },
	[ 94] = { .name = "client-interface-id",      .form = FORM_ANY },
	[ 97] = { .name = "client-machine-id",        .form = FORM_ANY },
	[100] = { .name = "posix-timezone",           .form = FORM_TEXT },
	[101] = { .name = "tzdb-timezone",            .form = FORM_TEXT },
	[108] = { .name = "ipv6-only",                .form = FORM_U32, .decimal = true },
	[118] = { .name = "subnet-select",            .form = FORM_BYTES, .internal = true },
	[119] = { .name = "domain-search",            .form = FORM_DOMAINS },
	[120] = { .name = "sip-server",               .form = FORM_SIP },
	[121] = { .name = "classless-static-route",   .form = FORM_ANY },
	[125] = { .name = "vendor-id-encap",          .form = FORM_ANY },
	[150] = { .name = "tftp-server-address",      .form = FORM_IP4 },
	[255] = { .name = "server-ip-address",        .form = FORM_IP4 },
};

const struct dhcp_option dhcp6_options[DHCP_OPTIONS] = {
	[ 21] = { .name = "sip-server-domain",        .form = FORM_DOMAINS },
	[ 22] = { .name = "sip-server",               .form = FORM_IP6 },
	[ 23] = { .name = "dns-server",               .form = FORM_IP6 },
	[ 24] = { .name = "domain-search",            .form = FORM_DOMAINS },
	[ 27] = { .name = "nis-server",               .form = FORM_IP6 },
	[ 28] = { .name = "nis+-server",              .form = FORM_IP6 },
	[ 29] = { .name = "nis-domain",               .form = FORM_DOMAINS },
	[ 30] = { .name = "nis+-domain",              .form = FORM_DOMAINS },
	[ 31] = { .name = "sntp-server",              .form = FORM_IP6 },
	[ 32] = { .name = "information-refresh-time", .form = FORM_SECONDS },
	[ 41] = { .name = "posix-timezone",           .form = FORM_TEXT },
	[ 42] = { .name = "tzdb-timezone",            .form = FORM_TEXT },
	[ 56] = { .name = "ntp-server",               .form = FORM_IP6 },
	[ 59] = { .name = "bootfile-url",             .form = FORM_TEXT },
	[ 60] = { .name = "bootfile-param",           .form = FORM_ANY },
};
/* clang-format on */

static int code_of(const struct dhcp_option *table, const char *name)
{
	for (int code = 0; code < DHCP_OPTIONS; code++)
		if (table[code].name && text_same(table[code].name, name))
			return code;
	return -1;
}

int dhcp4_option_code(const char *name)
{
	int code = code_of(dhcp4_options, name);

	return code >= 0 && dhcp4_options[code].internal ? -1 : code;
}

int dhcp4_option_code_sent(const char *name)
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
