/* SPDX-License-Identifier: ISC */
/*
 * Authoritative zones, limits, and whom DNS serves.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/common.h"
#include "dns/conf.h"
#include "dns/form.h"
#include "lan/conf.h"
#include "wire/dns.h"

static bool take_interface(struct args *a, struct interface_part *out)
{
	const struct word *w = args_take(a);

	return interface_parse(args_arena(a), w->s, out) ||
	       args_error(a, "bad interface \"%s\"; write /4 or /6 behind it, or nothing", w->s);
}

/* An interface, or an address; what stands behind an address is of no use, as in dnsmasq. */
static bool take_authority(struct args *a, struct lan_authority ***at)
{
	struct lan_authority *one;
	struct interface_part part;
	struct addr addr;

	if (!take_interface(a, &part))
		return false;
	if (!*part.name)
		return true;			/* names nothing */
	one = arena_new(args_arena(a), struct lan_authority);
	*one = (struct lan_authority){ .origin = args_origin(a), .interface = part.name,
				       .ip4 = part.ip4, .ip6 = part.ip6 };
	if (addr_parse(part.name, &addr)) {
		one->interface = NULL;
		one->addr = addr;
	}
	**at = one;
	*at = &one->next;
	return true;
}

static bool take_auth_server(struct args *a, void *section)
{
	struct dns_auth *auth = &((struct dns_conf *)section)->auth;
	struct lan_authority **at = &auth->places;

	if (!form_name(a, "the server's name", &auth->server))
		return false;
	while (args_more(a))
		if (!take_authority(a, &at))
			return false;
	return true;
}

/* What is said of a subnet without a length. */
static unsigned usual_bits(const struct addr *a)
{
	return a->family == ADDR_IP4 ? 24 : 64;
}

/* A subnet, an address of one, or an interface. */
static bool take_net(struct args *a, struct dns_zone_net *out)
{
	const bool has_length = strchr(args_peek(a)->s, '/') != NULL;
	struct interface_part part;

	if (args_prefix(a, &out->net, NULL)) {
		if (!has_length)
			out->net.bits = (uint8_t)usual_bits(&out->net.addr);
		return true;
	}
	if (!take_interface(a, &part))
		return false;
	out->interface = part.name;
	out->ip4 = part.ip4;
	out->ip6 = part.ip6;
	return true;
}

static bool take_excluded(struct args *a, const char *rest, struct dns_zone_net *out)
{
	struct args *part = args_of(args_arena(a), args_origin(a), args_option(a), rest);

	out->exclude = true;
	return take_net(part, out) ||
	       args_error(a, "bad subnet \"%s\"; write one such as 192.0.2.0/24, or an interface",
			  rest);
}

/* [exclude:]SUBNET, an address, or an interface */
static bool take_zone_part(struct args *a, struct dns_zone_net ***at)
{
	struct dns_zone_net *net = arena_new(args_arena(a), struct dns_zone_net);
	const char *rest;

	*net = (struct dns_zone_net){ 0 };
	if (!(args_prefixed(a, "exclude:", &rest) ? take_excluded(a, rest, net) : take_net(a, net)))
		return false;
	if (net->interface && !*net->interface)
		return true;			/* names nothing */
	**at = net;
	*at = &net->next;
	return true;
}

static bool take_auth_zone(struct args *a, void *section)
{
	struct dns_zone **last = &((struct dns_conf *)section)->zones;
	struct dns_zone *zone = arena_new(args_arena(a), struct dns_zone);
	struct dns_zone_net **at = &zone->nets;

	*zone = (struct dns_zone){ .origin = args_origin(a) };
	if (!form_name(a, "a domain", &zone->domain))
		return false;
	while (args_more(a))
		if (!take_zone_part(a, &at))
			return false;
	while (*last)
		last = &(*last)->next;
	if (zone->domain.n)
		*last = zone;
	return true;
}

/* hostmaster@example, or with a dot in the place of @ */
static bool take_mailbox(struct args *a, struct span *out)
{
	const struct word *w = args_take(a);
	char *text = arena_textn(args_arena(a), w->s, strlen(w->s));

	for (char *at = text; (at = strchr(at, '@'));)
		*at = '.';
	if (!*text || name_parse(args_arena(a), text, out))
		return true;
	args_back(a);
	return form_name(a, "the mailbox of who keeps the zone", out);
}

static bool take_auth_soa(struct args *a, void *section)
{
	struct dns_auth *auth = &((struct dns_conf *)section)->auth;
	const struct { const char *what; uint32_t *to; } numbers[] = {
		{ "refresh", &auth->refresh_s }, { "retry", &auth->retry_s },
		{ "expiry", &auth->expire_s },
	};
	uint64_t n;

	if (!form_number(a, UINT32_MAX, "a serial number", &n))
		return false;
	auth->has_serial = true;
	auth->serial = (uint32_t)n;
	if (args_more(a) && !take_mailbox(a, &auth->mailbox))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers) && args_more(a); i++) {
		if (!form_number(a, UINT32_MAX, numbers[i].what, &n))
			return false;
		*numbers[i].to = (uint32_t)n;
	}
	return true;
}

static bool take_secondaries(struct args *a, void *section)
{
	struct dns_domain **at = &((struct dns_conf *)section)->auth.secondaries;
	struct span name;

	while (*at)
		at = &(*at)->next;
	while (args_more(a)) {
		bool empty = !*args_peek(a)->s;

		if (!form_name(a, "a server's name", &name))
			return false;
		if (empty || !name.n)
			continue;
		*at = arena_new(args_arena(a), struct dns_domain);
		**at = (struct dns_domain){ args_origin(a), name, NULL };
		at = &(*at)->next;
	}
	return true;
}

static bool take_peers(struct args *a, void *section)
{
	struct dns_peer **at = &((struct dns_conf *)section)->auth.peers;
	struct addr addr;

	while (*at)
		at = &(*at)->next;
	do {
		if (!args_addr(a, &addr, "an address"))
			return args_fail(a);
		*at = arena_new(args_arena(a), struct dns_peer);
		**at = (struct dns_peer){ args_origin(a), addr, NULL };
		at = &(*at)->next;
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
	{ ROW_OF("auth-server", 0, GROUP_DNS_AUTH), FORM_TAKE(take_auth_server), .once = true,
	  .syntax = "<name>[,<interface>[/4|/6]|<ipaddr>…]",
	  .help = "The name of this server in the auth-zones' NS records; at these interfaces and "
		  "addresses it answers for the zones alone.",
	  .example = "ns.example,eth0" },
	{ ROW_OF("auth-zone", 0, GROUP_DNS_AUTH), FORM_TAKE(take_auth_zone),
	  .syntax = "<domain>[,[exclude:]<subnet>|<interface>[/4|/6]…]",
	  .help = "A domain to answer for with authority, and the subnets whose addresses it tells.",
	  .example = "example,192.0.2.0/24" },
	{ ROW_OF("auth-ttl", 0, GROUP_DNS_AUTH), .arity = CONF_MUST_VALUE,
	  ROW_COUNT(struct dns_conf, auth.ttl_s), .once = true, .clamp = true, .syntax = "<integer>",
	  .deflt = "600", .help = "Time to live of answers with authority, in seconds.",
	  .example = "600" },
	{ ROW_OF("auth-soa", 0, GROUP_DNS_AUTH), FORM_TAKE(take_auth_soa), .once = true,
	  .syntax = "<serial>[,<hostmaster>[,<refresh>[,<retry>[,<expiry>]]]]",
	  .deflt = "the time of the start, hostmaster of auth-server, 1200, 180, 1209600",
	  .help = "What the zones' SOA record says; each reading and each new lease adds to the serial.",
	  .example = "1,admin.example,1200,180,1209600" },
	{ ROW_OF("auth-sec-servers", 0, GROUP_DNS_AUTH), FORM_TAKE(take_secondaries),
	  .syntax = "<name>[,<name>…]",
	  .help = "Further servers of the zones; without auth-peer anybody may then copy the zones.",
	  .example = "ns2.example" },
	{ ROW_OF("auth-peer", 0, GROUP_DNS_AUTH), FORM_TAKE(take_peers),
	  .syntax = "<ipaddr>[,<ipaddr>…]", .help = "Who may copy the zones (AXFR).",
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
	{ .name = "dns-workers", .group = GROUP_DNS_MISC, .own = true,
	  DNS_COUNT(workers), .min = 1, .max = DNS_WORKERS_MAX, .syntax = "<integer>",
	  .deflt = "one a core, 4 at most",
	  .help = "Answer questions in so many threads. Questions leave by one of them alone "
		  "where their port is fixed (query-port, a server= line whose source has a port).",
	  .example = "2" },
	{ ROW_OF("local-service", 0, GROUP_INTERFACES), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_local_service), .once = true, .syntax = "net|host",
	  .help = "Answer questions from this machine's own subnets alone.", .example = "net" },
};
/* clang-format on */

const struct conf_section dns_auth_section = {
	.name = "dns-auth", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
};
