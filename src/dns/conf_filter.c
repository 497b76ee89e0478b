/* SPDX-License-Identifier: ISC */
/*
 * What answers from outside may hold, and whether they are true.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf_private.h"
#include "dns/form.h"

static bool take_net(struct args *a, struct dns_net **list)
{
	struct prefix net;

	if (!form_prefix(a, 0, "an address or a subnet", &net))
		return false;
	while (*list)
		list = &(*list)->next;
	*list = arena_new(args_arena(a), struct dns_net);
	**list = (struct dns_net){ .origin = args_origin(a), .net = net };
	return true;
}

static bool take_bogus_nxdomain(struct args *a, void *section)
{
	return take_net(a, &((struct dns_conf *)section)->bogus_nxdomain);
}

static bool take_ignore_address(struct args *a, void *section)
{
	return take_net(a, &((struct dns_conf *)section)->ignore_addresses);
}

/* OLD or START-END of an alias. */
static bool take_old(struct args *a, struct dns_alias *alias)
{
	struct args *parts = args_split(a, args_take(a), '-');
	struct addr first, last;

	if (!args_addr4(parts, &first, "an IPv4 address"))
		return args_fail(parts);
	last = first;
	alias->one = !args_more(parts);
	if (!alias->one && !args_addr4(parts, &last, "the last IPv4 address"))
		return args_fail(parts);
	alias->start = addr_to_ip4(&first);
	alias->end = addr_to_ip4(&last);
	return args_finish(parts);
}

/* A range must be in order and in one subnet of the mask; one address stands for its subnet. */
static bool take_alias(struct args *a, void *section)
{
	struct dns_alias **at = &((struct dns_conf *)section)->aliases;
	struct dns_alias alias = { .origin = args_origin(a) };
	struct addr to, mask = addr_ip4(UINT32_MAX);

	if (!take_old(a, &alias) || !args_addr4(a, &to, "the new IPv4 address"))
		return false;
	if (args_more(a) && !args_addr4(a, &mask, "a mask"))
		return args_fail(a);
	alias.to = addr_to_ip4(&to);
	alias.mask = addr_to_ip4(&mask);
	if (alias.start > alias.end || ((alias.start ^ alias.end) & alias.mask) != 0)
		return args_error(a, "invalid alias range; write its ends in order, in one subnet of "
				  "the mask behind them");
	if (alias.one) {
		alias.start &= alias.mask;
		alias.end |= ~alias.mask;
	}
	while (*at)
		at = &(*at)->next;
	*at = arena_new(args_arena(a), struct dns_alias);
	**at = alias;
	return true;
}

static bool take_domain(struct args *a, struct dns_conf *c)
{
	struct dns_domain **at = &c->rebind_ok;
	struct span domain;

	if (!form_name(a, "a domain", &domain))
		return false;
	if (domain.n <= 1)
		return true;			/* nothing between slashes excepts nothing */
	while (*at)
		at = &(*at)->next;
	*at = arena_new(args_arena(a), struct dns_domain);
	**at = (struct dns_domain){ .origin = args_origin(a), .domain = domain };
	return true;
}

static bool take_domains(struct args *a, void *section)
{
	struct args *parts = args_split(a, args_take(a), '/');

	while (args_more(parts))
		if (!take_domain(parts, section))
			return false;
	while (args_more(a))
		if (!take_domain(a, section))
			return false;
	return true;
}

/* DOMAIN,[CLASS,]TAG,ALGORITHM,DIGEST TYPE,DIGEST */
static bool take_trust_anchor(struct args *a, void *section)
{
	static const char *const classes[] = { "IN", "CH", "HS", NULL };
	unsigned class;

	(void)section;
	if (!form_name(a, "a domain", NULL))
		return false;
	args_name_of(a, classes, &class);
	return form_number(a, UINT16_MAX, "a key tag", NULL) && form_number(a, 255, "an algorithm", NULL) &&
	       form_number(a, 255, "a digest type", NULL) && form_hex(a, "a digest", NULL);
}

static bool take_check_unsigned(struct args *a, void *section)
{
	(void)section;
	return !args_more(a) || args_keyword(a, "no") || args_fail(a);
}

static bool take_limits(struct args *a, void *section)
{
	(void)section;
	for (int i = 0; i < 4 && args_more(a); i++)
		if (!form_number(a, UINT32_MAX, "a limit", NULL))
			return false;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ ROW_OF("bogus-priv", 'b', GROUP_DNS_FILTER), DNS_FLAG(bogus_priv),
	  .help = "Do not ask outside for the names of private addresses." },
	{ ROW_OF("domain-needed", 'D', GROUP_DNS_FILTER), DNS_FLAG(domain_needed),
	  .help = "Do not ask outside for names without a domain." },
	{ ROW_OF("bogus-nxdomain", 'B', GROUP_DNS_FILTER), FORM_TAKE(take_bogus_nxdomain),
	  .syntax = "<ipaddr>[/<prefix>]", .help = "An answer with this address says no such name.",
	  .example = "192.0.2.0/24" },
	{ ROW_OF("ignore-address", 0, GROUP_DNS_FILTER), FORM_TAKE(take_ignore_address),
	  .syntax = "<ipaddr>[/<prefix>]", .help = "Wait for another answer than with this address.",
	  .example = "192.0.2.1" },
	{ ROW_OF("alias", 'V', GROUP_DNS_FILTER), FORM_TAKE(take_alias),
	  .syntax = "<ipaddr>|<ipaddr>-<ipaddr>,<ipaddr>[,<netmask>]",
	  .help = "Put other IPv4 addresses into answers.",
	  .example = "192.0.2.0-192.0.2.255,198.51.100.0,255.255.255.0" },
	{ ROW_OF("block-list", 0, GROUP_DNS_FILTER), FORM_TAKE(block_list_take), .own = true,
	  .syntax = "<path>[,tag:<tag>…]",
	  .help = "Block the names of this list, or of the lists in this folder; with tags, for clients whose lease has them.",
	  .example = "/etc/lanlord/ads.list,tag:kids" },
	{ ROW_OF("block-answer", 0, GROUP_DNS_FILTER), FORM_TAKE(block_answer_take), .own = true, .once = true,
	  .syntax = "zeros|nxdomain|nodata", .deflt = "zeros",
	  .help = "What is said of a blocked name: the addresses 0.0.0.0 and ::, that there is none, or that it has nothing.",
	  .example = "nxdomain" },
	{ ROW_OF("filterwin2k", 'f', GROUP_DNS_FILTER), DNS_FLAG(filter_win2k),
	  .help = "Do not ask outside what old Windows asks in vain." },
	{ ROW_OF("filter-A", 0, GROUP_DNS_FILTER), DNS_FLAG(filter_a),
	  .help = "Leave IPv4 addresses out of answers." },
	{ ROW_OF("filter-AAAA", 0, GROUP_DNS_FILTER), DNS_FLAG(filter_aaaa),
	  .help = "Leave IPv6 addresses out of answers." },
	{ ROW_OF("stop-dns-rebind", 0, GROUP_DNS_FILTER), DNS_FLAG(stop_rebind),
	  .help = "Refuse answers from outside with private addresses." },
	{ ROW_OF("rebind-localhost-ok", 0, GROUP_DNS_FILTER), DNS_FLAG(rebind_localhost_ok),
	  .help = "Except 127.0.0.0/8 from stop-dns-rebind." },
	{ ROW_OF("rebind-domain-ok", 0, GROUP_DNS_FILTER), FORM_TAKE(take_domains),
	  .syntax = "<domain>|/<domain>/[<domain>/…]",
	  .help = "Except these domains from stop-dns-rebind.", .example = "/lan.example/" },

	{ ROW_UNSERVED("dnssec", 0, GROUP_DNSSEC), FORM_FLAG, .help = "Check the signatures of answers." },
	{ ROW_QUALIFIES("trust-anchor", 0, GROUP_DNSSEC, "dnssec"), FORM_TAKE(take_trust_anchor),
	  .syntax = "<domain>,[<class>,]<key-tag>,<algorithm>,<digest-type>,<digest>",
	  .help = "A key that signatures may begin from.", .example = ".,20326,8,2,E06D44B8" },
	{ ROW_QUALIFIES("dnssec-check-unsigned", 0, GROUP_DNSSEC, "dnssec"), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_check_unsigned), .syntax = "no",
	  .help = "Make sure that what is not signed need not be.", .example = "no" },
	{ ROW_QUALIFIES("dnssec-no-timecheck", 0, GROUP_DNSSEC, "dnssec"), FORM_FLAG,
	  .help = "Do not look at the times in signatures before SIGINT." },
	{ ROW_QUALIFIES("dnssec-timestamp", 0, GROUP_DNSSEC, "dnssec"), FORM_TEXT, .once = true, .syntax = "<path>",
	  .help = "A file whose time shows whether the clock can be right.",
	  .example = "/var/lib/misc/timestamp" },
	{ ROW_QUALIFIES("dnssec-debug", 0, GROUP_DNSSEC, "dnssec"), FORM_FLAG,
	  .help = "Ask servers not to check, and pass on what fails." },
	{ ROW_QUALIFIES("dnssec-limits", 0, GROUP_DNSSEC, "dnssec"), FORM_TAKE(take_limits), .once = true,
	  .syntax = "<limit>[,<limit>…]", .deflt = "20,200,40,150",
	  .help = "How much work one answer may make.", .example = "20,200" },
};
/* clang-format on */

const struct conf_section dns_filter_section = {
	.name = "dns-filter", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
};
