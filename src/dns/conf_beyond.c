/* SPDX-License-Identifier: ISC */
/*
 * What lanlord does beside dnsmasq: options of its own, all off unless they are given.
 */
#include "base/must.h"
#include "dns/conf.h"
#include "dns/form.h"

#define SERVE_STALE_S 86400		/* RFC 8767 5: one to three days, */
#define SERVE_STALE_MS 1800		/* and 1.8 seconds for the client */
#define SERVE_STALE_MS_MAX 60000
#define PREFETCH_PERCENT 10
#define PREFETCH_PERCENT_MAX 90

/* ---- answers past their time ---------------------------------------------------------- */

static bool take_serve_stale(struct args *a, void *section)
{
	struct dns_conf *c = section;
	uint64_t ms = SERVE_STALE_MS;

	c->serve_stale = true;
	c->serve_stale_s = SERVE_STALE_S;
	if (args_more(a) && !args_duration(a, true, &c->serve_stale_s))
		return false;
	if (args_more(a) && !args_uint(a, 0, SERVE_STALE_MS_MAX, &ms, "milliseconds"))
		return false;
	c->serve_stale_ms = (uint32_t)ms;
	return true;
}

static bool take_prefetch(struct args *a, void *section)
{
	struct dns_conf *c = section;
	uint64_t percent = PREFETCH_PERCENT;

	if (args_more(a) && !args_uint(a, 1, PREFETCH_PERCENT_MAX, &percent, "percent"))
		return false;
	c->prefetch_percent = (uint32_t)percent;
	return true;
}

/* clang-format off */
#define OWN(n, in) ROW_OF(n, 0, in), .own = true
static const struct conf_row rows[] = {
	{ OWN("serve-stale", GROUP_DNS_CACHE), .arity = CONF_MAY_VALUE, ROW_TAKE(take_serve_stale),
	  .once = true, .syntax = "<max age>[,<milliseconds>]", .deflt = "off; 1d,1800 without a value",
	  .help = "Where no server answers in time, answer from what is out of date by so much (RFC 8767); 0: by any time.",
	  .example = "1d,1800" },
	{ OWN("prefetch", GROUP_DNS_CACHE), .arity = CONF_MAY_VALUE, ROW_TAKE(take_prefetch),
	  .once = true, .syntax = "<percent>", .deflt = "off; 10 without a value",
	  .help = "Ask anew for what is asked again in the last so many percent of its life.",
	  .example = "10" },
};
/* clang-format on */

static void check(struct conf *conf, void *section)
{
	const struct dns_conf *c = section;

	if (c->use_stale && c->serve_stale)
		conf_error(conf, conf_given(conf, "serve-stale"), "serve-stale: use-stale-cache gives "
			   "such answers at once; leave out one of the two");
}

const struct conf_section dns_beyond_section = {
	.name = "dns-beyond", .rows = rows, .n = COUNT_OF(rows), .fills = &dns_upstream_section,
	.check = check,
};
