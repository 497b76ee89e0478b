/* SPDX-License-Identifier: ISC */
/*
 * What answers from outside may hold, and whether they are true.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"

static bool take_network(struct args *a, void *section)
{
	(void)section;
	return form_prefix(a, 0, "an address or a subnet");
}

/* OLD or START-END of an alias; a range must be in order and in one subnet of the mask. */
static bool take_old(struct args *a, uint32_t *start, uint32_t *end)
{
	struct args *parts = args_split(a, args_take(a), '-');
	struct addr first, last;

	if (!args_addr4(parts, &first, "an IPv4 address"))
		return args_fail(parts);
	last = first;
	if (args_more(parts) && !args_addr4(parts, &last, "the last IPv4 address"))
		return args_fail(parts);
	*start = addr_to_ip4(&first);
	*end = addr_to_ip4(&last);
	return args_finish(parts);
}

static bool take_alias(struct args *a, void *section)
{
	struct addr to, mask = addr_ip4(UINT32_MAX);
	uint32_t start = 0, end = 0;

	(void)section;
	if (!take_old(a, &start, &end) || !args_addr4(a, &to, "the new IPv4 address"))
		return false;
	if (args_more(a) && !args_addr4(a, &mask, "a mask"))
		return args_fail(a);
	if (start > end || ((start ^ end) & addr_to_ip4(&mask)) != 0)
		return args_error(a, "invalid alias range; write its ends in order, in one subnet of "
				  "the mask behind them");
	return true;
}

static bool take_domains(struct args *a, void *section)
{
	struct args *parts = args_split(a, args_take(a), '/');

	(void)section;
	while (args_more(parts))
		if (!form_name(parts, "a domain"))
			return false;
	while (args_more(a))
		if (!form_name(a, "a domain"))
			return false;
	return true;
}

/* DOMAIN,[CLASS,]TAG,ALGORITHM,DIGEST TYPE,DIGEST */
static bool take_trust_anchor(struct args *a, void *section)
{
	static const char *const classes[] = { "IN", "CH", "HS", NULL };
	unsigned class;

	(void)section;
	if (!form_name(a, "a domain"))
		return false;
	args_name_of(a, classes, &class);
	return form_number(a, UINT16_MAX, "a key tag") && form_number(a, 255, "an algorithm") &&
	       form_number(a, 255, "a digest type") && form_hex(a, "a digest");
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
		if (!form_number(a, UINT32_MAX, "a limit"))
			return false;
	return true;
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ FORM("bogus-priv", 'b', GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Do not ask outside for the names of private addresses." },
	{ FORM("domain-needed", 'D', GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Do not ask outside for names without a domain." },
	{ FORM("bogus-nxdomain", 'B', GROUP_DNS_FILTER), FORM_TAKE(take_network),
	  .syntax = "<ipaddr>[/<prefix>]", .help = "An answer with this address says no such name.",
	  .example = "192.0.2.0/24" },
	{ FORM("ignore-address", 0, GROUP_DNS_FILTER), FORM_TAKE(take_network),
	  .syntax = "<ipaddr>[/<prefix>]", .help = "Wait for another answer than with this address.",
	  .example = "192.0.2.1" },
	{ FORM("alias", 'V', GROUP_DNS_FILTER), FORM_TAKE(take_alias),
	  .syntax = "<ipaddr>|<ipaddr>-<ipaddr>,<ipaddr>[,<netmask>]",
	  .help = "Put other IPv4 addresses into answers.",
	  .example = "192.0.2.0-192.0.2.255,198.51.100.0,255.255.255.0" },
	{ FORM("filterwin2k", 'f', GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Do not ask outside what old Windows asks in vain." },
	{ FORM("filter-A", 0, GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Leave IPv4 addresses out of answers." },
	{ FORM("filter-AAAA", 0, GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Leave IPv6 addresses out of answers." },
	{ FORM("stop-dns-rebind", 0, GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Refuse answers from outside with private addresses." },
	{ FORM("rebind-localhost-ok", 0, GROUP_DNS_FILTER), FORM_FLAG,
	  .help = "Except 127.0.0.0/8 from stop-dns-rebind." },
	{ FORM("rebind-domain-ok", 0, GROUP_DNS_FILTER), FORM_TAKE(take_domains),
	  .syntax = "<domain>|/<domain>/[<domain>/…]",
	  .help = "Except these domains from stop-dns-rebind.", .example = "/lan.example/" },

	{ FORM("dnssec", 0, GROUP_DNSSEC), FORM_FLAG, .help = "Check the signatures of answers." },
	{ FORM("trust-anchor", 0, GROUP_DNSSEC), FORM_TAKE(take_trust_anchor),
	  .syntax = "<domain>,[<class>,]<key-tag>,<algorithm>,<digest-type>,<digest>",
	  .help = "A key that signatures may begin from.", .example = ".,20326,8,2,E06D44B8" },
	{ FORM("dnssec-check-unsigned", 0, GROUP_DNSSEC), .arity = CONF_MAY_VALUE,
	  ROW_TAKE(take_check_unsigned), .syntax = "no",
	  .help = "Make sure that what is not signed need not be.", .example = "no" },
	{ FORM("dnssec-no-timecheck", 0, GROUP_DNSSEC), FORM_FLAG,
	  .help = "Do not look at the times in signatures before SIGINT." },
	{ FORM("dnssec-timestamp", 0, GROUP_DNSSEC), FORM_TEXT, .once = true, .syntax = "<path>",
	  .help = "A file whose time shows whether the clock can be right.",
	  .example = "/var/lib/misc/timestamp" },
	{ FORM("dnssec-debug", 0, GROUP_DNSSEC), FORM_FLAG,
	  .help = "Ask servers not to check, and pass on what fails." },
	{ FORM("dnssec-limits", 0, GROUP_DNSSEC), FORM_TAKE(take_limits), .once = true,
	  .syntax = "<limit>[,<limit>…]", .deflt = "20,200,40,150",
	  .help = "How much work one answer may make.", .example = "20,200" },
	{ FORM("proxy-dnssec", 0, GROUP_DNSSEC), FORM_FLAG,
	  .help = "Pass on the servers' word that an answer is signed." },
};
/* clang-format on */

const struct conf_section dns_filter_section = {
	.name = "dns-filter", .rows = rows, .n = COUNT_OF(rows),
};
