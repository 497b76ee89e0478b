/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "conf/args.h"
#include "ra/conf.h"

#define MTU_MIN 1280			/* RFC 8200 5 */

/* mtu:NUMBER, mtu:off or mtu:INTERFACE; false with an error said, or nothing taken. */
static bool mtu_fits(struct args *a)
{
	const char *mtu;
	struct args *value;
	uint64_t number;

	if (!args_prefixed(a, "mtu:", &mtu))
		return true;
	value = args_of(args_arena(a), args_origin(a), args_option(a), mtu);
	if (args_uint(value, 0, MTU_MIN - 1, &number, NULL))
		return args_error(a, "an MTU of %s is too small; write %d or more", mtu, MTU_MIN);
	return true;
}

/* INTERFACE,[mtu:…,][high|low,]INTERVAL[,LIFETIME] */
static bool take_ra_param(struct args *a, void *section)
{
	static const char *const priorities[] = { "high", "low", NULL };
	unsigned priority;
	uint64_t s;

	(void)section;
	args_take(a);				/* an interface by any name; * at its end */
	if (!args_more(a))
		return true;
	if (!mtu_fits(a))
		return false;
	args_name_of(a, priorities, &priority);
	return (args_keyword(a, "") || args_uint(a, 0, UINT32_MAX, &s, "an interval in seconds")) &&
	       (!args_more(a) || args_keyword(a, "") ||
		args_uint(a, 0, UINT32_MAX, &s, "a lifetime in seconds"));
}

/* ENTERPRISE,HEX */
static bool take_duid(struct args *a, void *section)
{
	const struct word *hex;
	uint64_t enterprise;

	(void)section;
	if (!args_uint(a, 0, UINT32_MAX, &enterprise, "an enterprise's number"))
		return false;
	hex = args_take(a);
	return (hex && hex->s[strspn(hex->s, "0123456789abcdefABCDEF: ")] == 0) ||
	       args_error(a, "bad DUID; write a number, a comma and hexadecimal digits");
}

/* clang-format off */
static const struct conf_row rows[] = {
	{ .name = "enable-ra", .group = GROUP_RA, .kind = CONF_FLAG, .service = CONF_NOT_SERVED,
	  .help = "Advertise this router where DHCPv6 is served." },
	{ .name = "ra-param", .group = GROUP_RA, .arity = CONF_MUST_VALUE, ROW_TAKE(take_ra_param),
	  .service = CONF_QUALIFIES, .feature = "router advertisement",
	  .syntax = "<interface>,[mtu:<integer>|<interface>|off,][high,|low,]<interval>[,<lifetime>]",
	  .help = "MTU, priority, interval and lifetime of advertisements on an interface.",
	  .example = "eth0,mtu:1280,high,60,1800" },
	{ .name = "dhcp-duid", .group = GROUP_DHCP6, .arity = CONF_MUST_VALUE, ROW_TAKE(take_duid),
	  .once = true, .service = CONF_QUALIFIES, .feature = "DHCPv6",
	  .syntax = "<enterprise>,<hex>", .deflt = "made from the time and a hardware address",
	  .help = "The server's identity in DHCPv6.", .example = "32473,01:02:03" },
	{ .name = "quiet-dhcp6", .group = GROUP_LOGGING, .kind = CONF_FLAG,
	  .service = CONF_QUALIFIES, .feature = "DHCPv6", .help = "Do not log routine DHCPv6." },
	{ .name = "quiet-ra", .group = GROUP_LOGGING, .kind = CONF_FLAG,
	  .service = CONF_QUALIFIES, .feature = "router advertisement",
	  .help = "Do not log router advertisements." },
};
/* clang-format on */

const struct conf_section ra_section = { .name = "ra", .rows = rows, .n = COUNT_OF(rows) };
