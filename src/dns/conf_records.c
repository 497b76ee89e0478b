/* SPDX-License-Identifier: ISC */
/*
 * Local data: names, records and the files that hold them.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"

#define U16 UINT16_MAX

/* Names, addresses and a time to live in any order, two at least. */
static bool take_host_record(struct args *a, void *section)
{
	struct addr addr;

	(void)section;
	if (args_left(a) < 2)
		return args_error(a, "bad host-record; write a name, a comma and an address");
	while (args_more(a))
		if (!args_addr(a, &addr, NULL) && !form_name(a, "a name"))
			return false;
	return true;
}

static bool take_dynamic_host(struct args *a, void *section)
{
	struct addr addr;

	(void)section;
	if (!form_name(a, "a name"))
		return false;
	args_keyword(a, "");			/* name,,v6,interface */
	if (!args_addr(a, &addr, "the host's part of an address"))
		return false;
	while (args_addr(a, &addr, "a second address"))
		continue;
	return args_take(a) || args_error(a, "no interface; write its name at the end");
}

static bool take_interface_name(struct args *a, void *section)
{
	const struct word *w;

	(void)section;
	if (!form_name(a, "a name"))
		return false;
	w = args_take(a);
	if (!w)
		return args_error(a, "bad interface name; write NAME,INTERFACE");
	return interface_fits(w->s) ||
	       args_error(a, "bad interface \"%s\"; write /4 or /6 behind it, or nothing", w->s);
}

/* ALIAS[,ALIAS…],TARGET[,TTL] */
static bool take_cname(struct args *a, void *section)
{
	size_t n = args_left(a);
	const char **names = arena_take(args_arena(a), (n + 1) * sizeof *names);
	uint64_t ttl;

	(void)section;
	for (size_t i = 0; i < n; i++) {
		names[i] = args_peek(a)->s;
		if (!form_name(a, "a name"))
			return false;
	}
	if (n < 2)
		return args_error(a, "bad CNAME; write ALIAS,TARGET");
	if (n > 2 && text_uint(names[n - 1], UINT32_MAX, &ttl))
		n--;
	for (size_t i = 0; i + 1 < n; i++)
		if (text_same(names[i], names[n - 1]))
			return args_error(a, "%s is an alias of itself; write another target",
					  names[i]);
	return true;
}

/* NAME, then TARGET where there is one. */
static bool take_name_and_target(struct args *a)
{
	return form_name(a, "a name") && (!args_more(a) || form_name(a, "a target"));
}

static bool take_mx_host(struct args *a, void *section)
{
	(void)section;
	return take_name_and_target(a) &&
	       (!args_more(a) || form_number(a, U16, "a preference"));
}

static bool take_srv_host(struct args *a, void *section)
{
	static const char *const numbers[] = { "a port", "a priority", "a weight" };

	(void)section;
	if (!take_name_and_target(a))
		return false;
	for (size_t i = 0; i < COUNT_OF(numbers) && args_more(a); i++)
		if (!form_number(a, U16, numbers[i]))
			return false;
	return true;
}

static bool take_txt_record(struct args *a, void *section)
{
	(void)section;
	if (!form_name(a, "a name"))
		return false;
	while (args_take(a))
		continue;			/* each is a string of the record */
	return true;
}

static bool take_caa_record(struct args *a, void *section)
{
	const char *value;

	(void)section;
	return form_name(a, "a name") && form_number(a, 255, "flags") &&
	       (args_take(a) || args_error(a, "bad CAA record; write NAME,FLAGS,TAG,VALUE")) &&
	       args_rest(a, &value);
}

static bool take_dns_rr(struct args *a, void *section)
{
	(void)section;
	return form_name(a, "a name") && form_number(a, U16, "the type's number") &&
	       (!args_more(a) || form_hex(a, "data"));
}

static bool take_ptr_record(struct args *a, void *section)
{
	(void)section;
	return take_name_and_target(a);
}

static bool take_naptr_record(struct args *a, void *section)
{
	(void)section;
	if (!form_name(a, "a name") || !form_number(a, U16, "an order") ||
	    !form_number(a, U16, "a preference"))
		return false;
	if (args_left(a) < 3)
		return args_error(a, "bad NAPTR record; write NAME,ORDER,PREFERENCE,FLAGS,SERVICE,"
				  "REGEXP[,REPLACEMENT]");
	for (int i = 0; i < 3; i++)
		args_take(a);			/* flags, service, expression: any text */
	return !args_more(a) || form_name(a, "a replacement");
}

static bool take_range_end(struct args *a, const struct prefix *start)
{
	struct addr end;

	if (!args_addr(a, &end, "the last address"))
		return false;
	return end.family == start->addr.family ||
	       args_error(a, "the range begins in the other family; write two of one family");
}

/* DOMAIN,NET/LEN|START[,END][,PREFIX[*]] */
static bool take_synth_domain(struct args *a, void *section)
{
	struct prefix net;
	const char *text;
	bool is_net;

	(void)section;
	if (!form_name(a, "a domain"))
		return false;
	is_net = args_more(a) && strchr(args_peek(a)->s, '/');
	if (!args_prefix(a, &net, "a subnet or the first address"))
		return false;
	if (!is_net && args_more(a) && !take_range_end(a, &net))
		return false;
	if (!args_text(a, &text, NULL))
		return true;
	if (text[strlen(text) - 1] == '*' && net.addr.family == ADDR_IP6 &&
	    !(is_net && net.bits >= 64))
		return args_error(a, "the prefix length is too small; counted names need at "
				  "least /64");
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ FORM("no-hosts", 'h', GROUP_DNS_LOCAL), FORM_FLAG, .help = "Do not read /etc/hosts." },
	{ FORM("addn-hosts", 'H', GROUP_DNS_LOCAL), FORM_TEXT, .syntax = "<path>",
	  .help = "Read this hosts file too, or all in this folder.", .example = "/etc/hosts.lan" },
	{ FORM("hostsdir", 0, GROUP_DNS_LOCAL), FORM_TEXT, .syntax = "<path>",
	  .help = "Read the hosts files of this folder, and again as they change.",
	  .example = "/etc/hosts.d" },
	{ FORM("expand-hosts", 'E', GROUP_DNS_LOCAL), FORM_FLAG,
	  .help = "Give simple names in hosts files the domain too." },
	{ FORM("local-ttl", 'T', GROUP_DNS_LOCAL), FORM_COUNT, .clamp = true, .syntax = "<integer>",
	  .deflt = "0", .help = "Time to live of answers from hosts files and leases, in seconds.",
	  .example = "60" },
	{ FORM("localise-queries", 'y', GROUP_DNS_LOCAL), FORM_FLAG,
	  .help = "Prefer the addresses in the subnet that a question came from." },
	{ FORM("no-round-robin", 0, GROUP_DNS_LOCAL), FORM_FLAG,
	  .help = "Give several addresses always in the same order." },
	{ FORM("host-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_host_record),
	  .syntax = "<name>[,<name>…],[<ipaddr>],[<ipv6addr>][,<ttl>]",
	  .help = "Names with their addresses, both ways.", .example = "a.example,192.0.2.1,60" },
	{ FORM("dynamic-host", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_dynamic_host),
	  .syntax = "<name>,[<ipaddr>],[<ipv6addr>],<interface>",
	  .help = "A name whose address begins as the interface's does.",
	  .example = "a.example,0.0.0.5,eth0" },
	{ FORM("interface-name", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_interface_name),
	  .syntax = "<name>,<interface>[/4|/6]", .help = "A name for the addresses of an interface.",
	  .example = "gw.example,eth0/4" },
	{ FORM("cname", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_cname),
	  .syntax = "<alias>[,<alias>…],<target>[,<ttl>]", .help = "Other names of a local name.",
	  .example = "www.example,a.example" },
	{ FORM("mx-host", 'm', GROUP_DNS_LOCAL), FORM_TAKE(take_mx_host),
	  .syntax = "<name>[,<target>][,<preference>]", .help = "An MX record.",
	  .example = "example,mail.example,10" },
	{ FORM("mx-target", 't', GROUP_DNS_LOCAL), FORM_TEXT, .once = true, .syntax = "<name>",
	  .deflt = "this machine", .help = "Where MX records lead that say no target.",
	  .example = "mail.example" },
	{ FORM("selfmx", 'e', GROUP_DNS_LOCAL), FORM_FLAG,
	  .help = "Every local name has an MX record that leads to itself." },
	{ FORM("localmx", 'L', GROUP_DNS_LOCAL), FORM_FLAG,
	  .help = "Every local name has an MX record that leads to mx-target." },
	{ FORM("srv-host", 'W', GROUP_DNS_LOCAL), FORM_TAKE(take_srv_host),
	  .syntax = "<_service._proto[.domain]>[,<target>[,<port>[,<priority>[,<weight>]]]]",
	  .help = "An SRV record; without a target the service is not here.",
	  .example = "_ldap._tcp.example,a.example,389" },
	{ FORM("txt-record", 'Y', GROUP_DNS_LOCAL), FORM_TAKE(take_txt_record),
	  .syntax = "<name>[,<text>…]", .help = "A TXT record.", .example = "example,\"a,b\",c" },
	{ FORM("caa-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_caa_record),
	  .syntax = "<name>,<flags>,<tag>,<value>", .help = "A CAA record.",
	  .example = "example,0,issue,ca.example" },
	{ FORM("dns-rr", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_dns_rr),
	  .syntax = "<name>,<type's number>[,<hex>]", .help = "A record of any type.",
	  .example = "example,51,01:23" },
	{ FORM("ptr-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_ptr_record),
	  .syntax = "<name>[,<target>]", .help = "A PTR record.",
	  .example = "_http._tcp.example,a.example" },
	{ FORM("naptr-record", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_naptr_record),
	  .syntax = "<name>,<order>,<preference>,<flags>,<service>,<regexp>[,<replacement>]",
	  .help = "A NAPTR record.", .example = "example,100,10,s,SIP+D2U,!^.*$!sip:a@example!" },
	{ FORM("synth-domain", 0, GROUP_DNS_LOCAL), FORM_TAKE(take_synth_domain),
	  .syntax = "<domain>,<subnet>|<ipaddr>[,<ipaddr>][,<prefix>[*]]",
	  .help = "Names made from addresses, both ways.", .example = "example,192.0.2.0/24,ip-" },
};
/* clang-format on */

const struct conf_section dns_record_section = {
	.name = "dns-records", .rows = rows, .n = COUNT_OF(rows),
};
