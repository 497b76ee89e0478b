/* SPDX-License-Identifier: ISC */
/*
 * Where questions are sent, what is added to them, and what is kept of the
 * answers.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"
#include "dns/rrtypes.h"

#define PORT_MAX 65535

/* A host's name, to be looked up when DNS starts. */
static bool host_fits(const char *s)
{
	for (const char *p = s; *p; p++)
		if (!((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') && !(*p >= '0' && *p <= '9') &&
		    !strchr("-._", *p))
			return false;
	return *s && name_fits(s);
}

/* ADDRESS[%SCOPE][#PORT]; a name where a host may stand.  *family stays unset for a name. */
static bool take_endpoint(struct args *a, bool host, uint8_t *family)
{
	const struct word *w = args_take(a);
	struct args *parts = args_split(a, w, '#');
	const struct word *text = args_take(parts);
	struct args *scoped = args_split(parts, text, '%');
	struct addr addr;

	if (args_addr(scoped, &addr, NULL) && text->s[0] != '[')
		*family = addr.family;
	else if (!host || !host_fits(text->s))
		return args_error(parts, "bad address \"%s\"; write an address such as 192.0.2.1 "
				  "or 2001:db8::1", text->s);
	if (args_more(parts) && !form_number(parts, PORT_MAX, "a port after #"))
		return args_fail(parts);
	return args_finish(parts);
}

/* Begins a word with an address?  Then it is one, and not an interface. */
static bool begins_with_address(struct args *a)
{
	struct args *parts = args_split(a, args_peek(a), '#');
	struct addr addr;

	return args_addr(parts, &addr, NULL);
}

/* [@INTERFACE[#PORT]][@SOURCE[#PORT]] behind a server of this family. */
static bool take_from(struct args *a, uint8_t server)
{
	uint8_t source = ADDR_NONE;

	if (args_more(a) && !begins_with_address(a))
		args_take(a);			/* an interface by any name */
	if (!args_more(a))
		return true;
	if (!begins_with_address(a) || !take_endpoint(a, false, &source))
		return args_fail(a);
	if (server != ADDR_NONE && server != source)
		return args_error(a, "the source address is of another family than the server; "
				  "write two of one family");
	return args_finish(a);
}

/* ADDRESS or NAME with port, interface and source; # for the usual servers; nothing for none. */
static bool take_target(struct args *a)
{
	uint8_t family = ADDR_NONE;
	struct args *parts;

	if (args_keyword(a, "") || args_keyword(a, "#"))
		return true;
	parts = args_split(a, args_take(a), '@');
	return take_endpoint(parts, true, &family) && take_from(parts, family);
}

static bool take_server(struct args *a, void *section)
{
	struct args *parts = form_domains(a);

	(void)section;
	return parts && take_target(parts);
}

static bool take_rev_server(struct args *a, void *section)
{
	(void)section;
	if (!form_prefix(a, 1, "a network such as 192.0.2.0/24"))
		return false;
	if (!args_more(a))
		return true;
	if (args_peek(a)->s[0] == 0)
		return args_error(a, "no server behind the comma; leave the comma out to answer here");
	return take_target(a);
}

static bool take_address(struct args *a, void *section)
{
	struct args *parts = form_domains(a);
	struct addr addr;

	(void)section;
	if (!parts)
		return false;
	if (args_keyword(parts, "#") || args_keyword(parts, ""))
		return true;
	return args_addr(parts, &addr, "an address, # for zeros") || args_fail(parts);
}

static bool take_fast_retry(struct args *a, void *section)
{
	uint64_t ms;

	(void)section;
	if (!args_more(a))
		return true;
	return args_uint(a, 50, UINT32_MAX, &ms, "milliseconds") &&
	       (!args_more(a) || form_number(a, UINT32_MAX, "milliseconds in all"));
}

static bool take_add_mac(struct args *a, void *section)
{
	static const char *const forms[] = { "base64", "text", NULL };
	unsigned which;

	(void)section;
	return !args_more(a) || args_name_of(a, forms, &which);
}

/* BITS, or a subnet of our own choice. */
static bool take_subnet(struct args *a)
{
	if (!strchr(args_peek(a)->s, '/'))
		return form_number(a, UINT32_MAX, "a prefix length, or a subnet with one");
	return form_prefix(a, 0, "a prefix length, or a subnet with one");
}

static bool take_add_subnet(struct args *a, void *section)
{
	(void)section;
	return !args_more(a) || (take_subnet(a) && (!args_more(a) || take_subnet(a)));
}

static bool take_device(struct args *a, const char *hex)
{
	if (strlen(hex) == 16 && hex[strspn(hex, "0123456789abcdefABCDEF")] == 0)
		return true;
	return args_error(a, "bad device \"%s\"; write 16 hexadecimal digits", hex);
}

static bool take_umbrella_part(struct args *a)
{
	const char *text;
	uint64_t id;

	if (args_prefixed(a, "deviceid:", &text))
		return take_device(a, text);
	if (args_keyword(a, "orgid:") || args_keyword(a, "assetid:"))
		return true;
	if (!args_prefixed(a, "orgid:", &text) && !args_prefixed(a, "assetid:", &text))
		return false;
	return text_uint(text, UINT32_MAX, &id) ||
	       args_error(a, "\"%s\" is no number; write one from 0 to 4294967295", text);
}

static bool take_umbrella(struct args *a, void *section)
{
	(void)section;
	while (args_more(a))
		if (!take_umbrella_part(a))
			return false;
	return true;
}

static bool take_stale(struct args *a, void *section)
{
	(void)section;
	return !args_more(a) || form_number(a, UINT32_MAX, "seconds");
}

static bool take_types(struct args *a, void *section)
{
	(void)section;
	while (args_more(a)) {
		const struct word *w = args_take(a);
		uint16_t type;

		if (*w->s && !rrtype_parse(w->s, &type))
			return args_error(a, "bad type \"%s\"; write a type such as TXT or 16, or ANY",
					  w->s);
	}
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ FORM("resolv-file", 'r', GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE, .kind = CONF_TEXT,
	  .syntax = "<path>", .deflt = "/etc/resolv.conf",
	  .help = "Read upstream servers from this file; of several the newest counts.",
	  .example = "/run/resolv.conf" },
	{ FORM("no-resolv", 'R', GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Use the configured servers alone; read no resolv.conf." },
	{ FORM("no-poll", 'n', GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Do not watch resolv.conf for changes; read it again on SIGHUP." },
	{ FORM("strict-order", 'o', GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Ask the servers strictly in the order in which they are listed." },
	{ FORM("all-servers", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Ask all servers and take the first answer." },
	{ FORM("server", 'S', GROUP_DNS_UPSTREAM), FORM_TAKE(take_server),
	  .syntax = "[/<domain>/…][<ipaddr>|<host>][#<port>][@<interface>|@<ipaddr>]",
	  .help = "Ask this server, for these domains or for all.",
	  .example = "/lan.example/192.0.2.1#53@eth0" },
	{ FORM("rev-server", 0, GROUP_DNS_UPSTREAM), FORM_TAKE(take_rev_server),
	  .syntax = "<ipaddr>[/<prefix>][,<ipaddr>[#<port>][@…]]",
	  .help = "Ask this server for the names of the addresses in a subnet.",
	  .example = "192.0.2.0/24,198.51.100.1" },
	{ FORM("local", 0, GROUP_DNS_UPSTREAM), FORM_TAKE(take_server), .syntax = "/<domain>/…",
	  .help = "Answer for these domains from local data alone.", .example = "/lan.example/" },
	{ FORM("servers-file", 0, GROUP_DNS_UPSTREAM), FORM_TEXT, .once = true, .syntax = "<path>",
	  .help = "Read server and rev-server lines from this file, again on SIGHUP.",
	  .example = "/etc/lanlord.servers" },
	{ FORM("query-port", 'Q', GROUP_DNS_UPSTREAM), FORM_COUNT, .max = PORT_MAX,
	  .syntax = "<integer>", .deflt = "a random one for each query",
	  .help = "Ask from this port always; 0 chooses one at start.", .example = "0" },
	{ FORM("min-port", 0, GROUP_DNS_UPSTREAM), FORM_COUNT, .max = PORT_MAX, .syntax = "<port>",
	  .deflt = "1024", .help = "Ask from no port below this one.", .example = "2048" },
	{ FORM("max-port", 0, GROUP_DNS_UPSTREAM), FORM_COUNT, .max = PORT_MAX, .syntax = "<port>",
	  .deflt = "65535", .help = "Ask from no port above this one.", .example = "60000" },
	{ FORM("port-limit", 0, GROUP_DNS_UPSTREAM), FORM_COUNT, .min = 1, .syntax = "#ports",
	  .deflt = "1", .help = "Ask again for one query from at most so many ports.",
	  .example = "2" },
	{ FORM("fast-dns-retry", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_fast_retry), .once = true, .syntax = "<milliseconds>[,<in all>]",
	  .deflt = "off; 1000,10000 without a value",
	  .help = "Ask again after so long without waiting for the client to.",
	  .example = "1000,10000" },
	{ FORM("dns-forward-max", '0', GROUP_DNS_UPSTREAM), FORM_COUNT, .syntax = "<integer>",
	  .deflt = "150", .help = "Have at most so many questions open upstream.",
	  .example = "150" },
	{ FORM("dns-loop-detect", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Find servers that ask us back, and leave them out." },
	{ FORM("add-mac", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE, ROW_TAKE(take_add_mac),
	  .syntax = "base64|text", .help = "Tell servers the hardware address of who asks.",
	  .example = "text" },
	{ FORM("strip-mac", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Take hardware addresses out of what clients ask." },
	{ FORM("add-subnet", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_add_subnet), .once = true, .syntax = "[<ipaddr>/]<bits>[,[<ipaddr>/]<bits>]",
	  .deflt = "off; 0,0 without a value", .help = "Tell servers the subnet of who asks.",
	  .example = "24,56" },
	{ FORM("strip-subnet", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Take subnets out of what clients ask." },
	{ FORM("add-cpe-id", 0, GROUP_DNS_UPSTREAM), FORM_TEXT, .once = true, .syntax = "<text>",
	  .help = "Tell servers this text with each query.", .example = "site-7" },
	{ FORM("umbrella", 0, GROUP_DNS_UPSTREAM), .arity = CONF_MAY_VALUE, ROW_TAKE(take_umbrella),
	  .once = true, .syntax = "[deviceid:<hex>][,orgid:<integer>][,assetid:<integer>]",
	  .help = "Tell servers the client's address and these ids in Cisco Umbrella's form.",
	  .example = "orgid:1" },
	{ FORM("no-0x20-encode", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Never mix upper and lower case in questions." },
	{ FORM("do-0x20-encode", 0, GROUP_DNS_UPSTREAM), FORM_FLAG,
	  .help = "Mix upper and lower case in questions and check it in answers." },

	{ FORM("clear-on-reload", 0, GROUP_DNS_CACHE), FORM_FLAG,
	  .help = "Empty the cache when the list of servers changes." },
	{ FORM("cache-size", 'c', GROUP_DNS_CACHE), FORM_COUNT, .clamp = true, .max = 5000000,
	  .syntax = "<integer>", .deflt = "150", .help = "Keep so many answers; 0 keeps none.",
	  .example = "1000" },
	{ FORM("no-negcache", 'N', GROUP_DNS_CACHE), FORM_FLAG,
	  .help = "Do not keep answers that say no." },
	{ FORM("neg-ttl", 0, GROUP_DNS_CACHE), FORM_COUNT, .clamp = true, .syntax = "<integer>",
	  .help = "Keep answers that say no, and not for how long, so many seconds.",
	  .example = "60" },
	{ FORM("max-ttl", 0, GROUP_DNS_CACHE), FORM_COUNT, .clamp = true, .syntax = "<integer>",
	  .deflt = "0, no limit", .help = "Tell clients a time to live of at most so many seconds.",
	  .example = "3600" },
	{ FORM("max-cache-ttl", 0, GROUP_DNS_CACHE), FORM_COUNT, .clamp = true,
	  .syntax = "<integer>", .deflt = "0, no limit",
	  .help = "Keep answers at most so many seconds.", .example = "3600" },
	{ FORM("min-cache-ttl", 0, GROUP_DNS_CACHE), FORM_COUNT, .clamp = true, .max = 3600,
	  .syntax = "<integer>", .deflt = "0", .help = "Keep answers at least so many seconds.",
	  .example = "60" },
	{ FORM("use-stale-cache", 0, GROUP_DNS_CACHE), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_stale), .once = true, .syntax = "<seconds>",
	  .deflt = "off; 86400 without a value",
	  .help = "Answer from what is out of date while asking anew.", .example = "3600" },
	{ FORM("cache-rr", 0, GROUP_DNS_CACHE), FORM_TAKE(take_types), .syntax = "<RR-type>[,…]",
	  .help = "Keep records of these types too.", .example = "TXT,MX" },

	{ FORM("address", 'A', GROUP_DNS_LOCAL), FORM_TAKE(take_address),
	  .syntax = "/<domain>/…[<ipaddr>|#]",
	  .help = "Answer for all names in these domains with this address.",
	  .example = "/lan.example/192.0.2.1" },
	{ FORM("filter-rr", 0, GROUP_DNS_FILTER), FORM_TAKE(take_types), .syntax = "<RR-type>[,…]",
	  .help = "Leave records of these types out of answers.", .example = "HTTPS" },
};
/* clang-format on */

const struct conf_section dns_upstream_section = {
	.name = "dns-upstream", .rows = rows, .n = COUNT_OF(rows),
};
