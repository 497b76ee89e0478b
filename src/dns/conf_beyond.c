/* SPDX-License-Identifier: ISC */
/*
 * What lanlord does beside dnsmasq: options of its own, all off unless they are given.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/conf.h"
#include "dns/form.h"

#define SERVE_STALE_S 86400		/* RFC 8767 5: one to three days, */
#define SERVE_STALE_MS 1800		/* and 1.8 seconds for the client */
#define SERVE_STALE_MS_MAX 60000
#define PREFETCH_PERCENT 10
#define PREFETCH_PERCENT_MAX 90
#define RATE_MAX 1000000		/* answers a second to one network */
#define BURST_S 2			/* as many at once as in so many seconds */
#define SLIP_MAX 1000

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

/* ---- what strangers get ------------------------------------------------------------------ */

static bool take_number(struct args *a, const char *text, uint64_t max, uint64_t *out)
{
	return text_uint(text, max, out) ||
	       args_error(a, "\"%s\" is no number; write one from 0 to %llu", text,
			  (unsigned long long)max);
}

/* One of the words behind the rate. */
static bool take_rate_word(struct args *a, struct dns_rate *r)
{
	struct { const char *word; uint64_t max, value; } numbers[] = {
		{ "burst:", RATE_MAX, r->burst }, { "slip:", SLIP_MAX, r->slip },
		{ "ip4:", 32, r->bits4 }, { "ip6:", 128, r->bits6 },
	};
	const char *text;

	if (args_keyword(a, "near"))
		return r->near = true;
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		if (!args_prefixed(a, numbers[i].word, &text))
			continue;
		if (!take_number(a, text, numbers[i].max, &numbers[i].value))
			return false;
		r->burst = (uint32_t)numbers[0].value;
		r->slip = (uint32_t)numbers[1].value;
		r->bits4 = (uint8_t)numbers[2].value;
		r->bits6 = (uint8_t)numbers[3].value;
		return true;
	}
	return args_error(a, "\"%s\" does not fit here; write burst:, slip:, ip4: or ip6: with a "
			  "number, or near", args_take(a)->s);
}

static bool take_rate(struct args *a, void *section)
{
	struct dns_rate *r = &((struct dns_conf *)section)->rate;
	uint64_t a_second;

	if (!args_uint(a, 1, RATE_MAX, &a_second, "answers a second"))
		return false;
	*r = (struct dns_rate){ .origin = args_origin(a), .a_second = (uint32_t)a_second,
				.burst = (uint32_t)a_second * BURST_S, .slip = 2, .bits4 = 24,
				.bits6 = 56 };
	while (args_more(a))
		if (!take_rate_word(a, r))
			return false;
	if (r->burst == 0)
		return args_error(a, "with burst:0 nobody is answered; write a larger number");
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
	{ OWN("rate-limit", GROUP_DNS_MISC), FORM_TAKE(take_rate), .once = true,
	  .syntax = "<answers a second>[,burst:<integer>][,slip:<integer>][,ip4:<bits>][,ip6:<bits>][,near]",
	  .help = "Give each network (a /24, a /56) that is not this machine's own so many answers a second by UDP.",
	  .example = "20,burst:100,slip:2" },
	{ OWN("extended-errors", GROUP_DNS_MISC), DNS_FLAG(extended_errors),
	  .help = "Tell who asks why, in words: which line blocks, which server failed (RFC 8914)." },
	{ OWN("no-formerr", GROUP_DNS_MISC), DNS_FLAG(no_formerr),
	  .help = "Say nothing to what is no DNS question, where FORMERR would be said (RFC 9619)." },
	{ OWN("any-small", GROUP_DNS_MISC), DNS_FLAG(any_small),
	  .help = "Answer ANY by UDP with one set of records, and ask nobody for it (RFC 8482)." },
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
