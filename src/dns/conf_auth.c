/* SPDX-License-Identifier: ISC */
/*
 * Authoritative zones, limits, and whom DNS serves.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"
#include "wire/dns.h"

static bool take_interface(struct args *a)
{
	const struct word *w = args_take(a);
	struct interface_part part;

	return interface_parse(args_arena(a), w->s, &part) ||
	       args_error(a, "bad interface \"%s\"; write /4 or /6 behind it, or nothing", w->s);
}

static bool take_auth_server(struct args *a, void *section)
{
	(void)section;
	if (!form_name(a, "the server's name", NULL))
		return false;
	while (args_more(a))
		if (!take_interface(a))
			return false;
	return true;
}

/* [exclude:]SUBNET, an address, or an interface */
static bool take_zone_part(struct args *a)
{
	struct prefix net;
	const char *rest;
	struct args *part;

	if (!args_prefixed(a, "exclude:", &rest))
		return args_prefix(a, &net, NULL) || take_interface(a);
	part = args_of(args_arena(a), args_origin(a), args_option(a), rest);
	if (args_prefix(part, &net, NULL) || take_interface(part))
		return true;
	return args_error(a, "bad subnet \"%s\"; write one such as 192.0.2.0/24, or an interface",
			  rest);
}

static bool take_auth_zone(struct args *a, void *section)
{
	(void)section;
	if (!form_name(a, "a domain", NULL))
		return false;
	while (args_more(a))
		if (!take_zone_part(a))
			return false;
	return true;
}

static bool take_auth_soa(struct args *a, void *section)
{
	static const char *const numbers[] = { "refresh", "retry", "expiry" };

	(void)section;
	if (!form_number(a, UINT32_MAX, "a serial number", NULL))
		return false;
	if (args_more(a) && !form_name(a, "the mailbox of who keeps the zone", NULL))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers) && args_more(a); i++)
		if (!form_number(a, UINT32_MAX, numbers[i], NULL))
			return false;
	return true;
}

static bool take_names(struct args *a, void *section)
{
	(void)section;
	while (args_more(a))
		if (!form_name(a, "a server's name", NULL))
			return false;
	return true;
}

static bool take_addresses(struct args *a, void *section)
{
	struct addr addr;

	(void)section;
	do {
		if (!args_addr(a, &addr, "an address"))
			return args_fail(a);
	} while (args_more(a));
	return true;
}

static bool take_local_service(struct args *a, void *section)
{
	static const char *const scopes[] = { "net", "host", NULL };
	unsigned scope = 0;

	if (args_more(a) && !args_name_of(a, scopes, &scope))
		return args_fail(a);
	((struct dns_conf *)section)->local_service = scope ? SERVICE_HOST : SERVICE_NET;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_UNSERVED("auth-server", 0, GROUP_DNS_AUTH), FORM_TAKE(take_auth_server), .once = true,
	  .syntax = "<name>[,<interface>[/4|/6]|<ipaddr>…]",
	  .help = "Be the authoritative server of this name on these interfaces.",
	  .example = "ns.example,eth0" },
	{ ROW_UNSERVED("auth-zone", 0, GROUP_DNS_AUTH), FORM_TAKE(take_auth_zone),
	  .syntax = "<domain>[,[exclude:]<subnet>|<interface>[/4|/6]…]",
	  .help = "A domain to answer for with authority.", .example = "example,192.0.2.0/24" },
	{ ROW_QUALIFIES("auth-ttl", 0, GROUP_DNS_AUTH, "auth-server"), FORM_COUNT, .clamp = true, .syntax = "<integer>",
	  .deflt = "600", .help = "Time to live of answers with authority, in seconds.",
	  .example = "600" },
	{ ROW_QUALIFIES("auth-soa", 0, GROUP_DNS_AUTH, "auth-server"), FORM_TAKE(take_auth_soa), .once = true,
	  .syntax = "<serial>[,<hostmaster>[,<refresh>[,<retry>[,<expiry>]]]]",
	  .help = "What the zones' SOA record says.", .example = "1,admin.example,1200,180,1209600" },
	{ ROW_QUALIFIES("auth-sec-servers", 0, GROUP_DNS_AUTH, "auth-server"), FORM_TAKE(take_names),
	  .syntax = "<name>[,<name>…]", .help = "Further servers of the zones.",
	  .example = "ns2.example" },
	{ ROW_QUALIFIES("auth-peer", 0, GROUP_DNS_AUTH, "auth-server"), FORM_TAKE(take_addresses),
	  .syntax = "<ipaddr>[,<ipaddr>…]", .help = "Who may copy the zones.",
	  .example = "192.0.2.9" },

	{ ROW_OF("edns-packet-max", 'P', GROUP_DNS_MISC), DNS_COUNT(edns_max), .clamp = true,
	  .min = DNS_UDP_MIN, .max = UINT16_MAX,
	  .syntax = "<integer>", .deflt = "1232", .help = "Largest UDP message, in bytes.",
	  .example = "1232" },
	{ ROW_OF("no-ident", 0, GROUP_DNS_MISC), DNS_FLAG(no_ident),
	  .help = "Tell nobody the version and the counts over DNS." },
	{ ROW_OF("max-tcp-connections", 0, GROUP_DNS_MISC), DNS_COUNT(tcp_max), .min = 1,
	  .syntax = "<integer>", .deflt = "20", .help = "TCP connections at one time.",
	  .example = "60" },
	{ ROW_OF("tcp-idle-timeout", 0, GROUP_DNS_MISC), .own = true, DNS_COUNT(tcp_idle_s), .min = 1, .max = 86400,
	  .syntax = "<seconds>", .deflt = "150",
	  .help = "Close a client's TCP connection that has been idle for so long.",
	  .example = "30" },
	{ ROW_OF("local-service", 0, GROUP_INTERFACES), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_local_service), .once = true, .syntax = "net|host",
	  .help = "Answer questions from this machine's own subnets alone.", .example = "net" },
};
/* clang-format on */

const struct conf_section dns_auth_section = {
	.name = "dns-auth", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
};
