/* SPDX-License-Identifier: ISC */
#include <stdbool.h>
#include <string.h>

#include "app/identity.h"

#define PEER_VERSION "2.90"		/* the dnsmasq whose options and words these are */

#if HAVE_HTTP
#define HTTP_TOKEN "HTTP"
#else
#define HTTP_TOKEN "no-HTTP"
#endif

static bool is_dnsmasq;

void identity_init(const char *argv0)
{
	const char *slash = argv0 ? strrchr(argv0, '/') : NULL;
	const char *name = slash ? slash + 1 : argv0;

	is_dnsmasq = name && strncmp(name, "dnsmasq", 7) == 0;
}

const char *identity_name(void)
{
	return is_dnsmasq ? "dnsmasq" : "lanlord";
}

const char *identity_version(void)
{
	return is_dnsmasq ? PEER_VERSION "-lanlord-" LANLORD_VERSION : "lanlord-" LANLORD_VERSION;
}

const char *identity_options(void)
{
	return "IPv6 GNU-getopt no-DBus no-UBus no-i18n IDN2 DHCP no-DHCPv6 no-Lua TFTP "
	       "conntrack ipset nftset auth no-cryptohash no-DNSSEC no-loop-detect "
	       "inotify dumpfile no-RA " HTTP_TOKEN;
}

void identity_print(FILE *out)
{
	if (is_dnsmasq)
		fprintf(out, "Dnsmasq version " PEER_VERSION "  as spoken by lanlord "
			LANLORD_VERSION "\n");
	else
		fprintf(out, "lanlord version " LANLORD_VERSION
			"  speaks dnsmasq " PEER_VERSION "\n");
	fprintf(out, "Compile time options: %s\n\nCopyright (c) 2026 the lanlord authors; "
		"ISC licence, without any warranty.\n", identity_options());
}
