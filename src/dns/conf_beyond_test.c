/* SPDX-License-Identifier: ISC */
/* What lanlord's own options of DNS leave in the configuration, and what is wrong with others. */
#include "base/must.h"
#include "conf/conf.h"
#include "dns/conf.h"
#include "lan/conf.h"
#include "test/test.h"

static const struct conf_section *const sections[] = {
	&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
	&dns_auth_section, &dns_beyond_section,
};

static struct conf *conf_of(const char *text)
{
	struct conf *c = conf_new(sections, COUNT_OF(sections), NULL);

	conf_read_text(c, "f", span_text(text));
	conf_check(c);
	return c;
}

TEST(without_them_they_are_off)
{
	struct conf *c = conf_of("port=53\n");
	const struct dns_conf *d = dns_conf_of(c);

	CHECK_EQ(conf_errors(c), 0);
	CHECK(!d->use_stale && !d->serve_stale && !d->any_small);
	CHECK_EQ(d->prefetch_percent, 0);
	CHECK_EQ(d->rate.a_second, 0);
	conf_free(c);
}

/* Seconds past an answer's time, and milliseconds that a client waits. */
static const struct { const char *line; uint32_t s, ms; } stales[] = {
	{ "serve-stale", 86400, 1800 }, { "serve-stale=3d", 259200, 1800 },
	{ "serve-stale=0,500", 0, 500 }, { "serve-stale=60,0", 60, 0 },
};

TEST(serve_stale_has_the_times_of_its_rfc_where_none_are_given)
{
	for (size_t i = 0; i < COUNT_OF(stales); i++) {
		struct conf *c = conf_of(stales[i].line);
		const struct dns_conf *d = dns_conf_of(c);

		CHECK_EQ(conf_errors(c), 0);
		CHECK(d->serve_stale);
		CHECK_EQ(d->serve_stale_s, stales[i].s);
		CHECK_EQ(d->serve_stale_ms, stales[i].ms);
		conf_free(c);
	}
}

TEST(use_stale_cache_has_a_day_where_nothing_is_given)
{
	static const struct { const char *line; uint32_t s; } table[] = {
		{ "use-stale-cache", 86400 }, { "use-stale-cache=0", 0 },
		{ "use-stale-cache=2147483647", INT32_MAX },
	};

	for (size_t i = 0; i < COUNT_OF(table); i++) {
		struct conf *c = conf_of(table[i].line);

		CHECK(dns_conf_of(c)->use_stale);
		CHECK_EQ(dns_conf_of(c)->use_stale_s, table[i].s);
		conf_free(c);
	}
}

/* clang-format off */
static const struct { const char *line; struct dns_rate r; } rates[] = {
	{ "rate-limit=20", { .a_second = 20, .burst = 40, .slip = 2, .bits4 = 24, .bits6 = 56 } },
	{ "rate-limit=1,near,slip:0,burst:7,ip6:48,ip4:32",
	  { .a_second = 1, .burst = 7, .slip = 0, .bits4 = 32, .bits6 = 48, .near = true } },
	{ "rate-limit=1000000", { .a_second = 1000000, .burst = 2000000, .slip = 2, .bits4 = 24, .bits6 = 56 } },
};
/* clang-format on */

TEST(rate_limit_has_two_seconds_of_burst_and_the_usual_prefixes_where_none_are_given)
{
	for (size_t i = 0; i < COUNT_OF(rates); i++) {
		struct conf *c = conf_of(rates[i].line);
		const struct dns_rate *got = &dns_conf_of(c)->rate, *want = &rates[i].r;

		CHECK_EQ(conf_errors(c), 0);
		CHECK_EQ(got->a_second, want->a_second);
		CHECK_EQ(got->burst, want->burst);
		CHECK_EQ(got->slip, want->slip);
		CHECK_EQ(got->bits4, want->bits4);
		CHECK_EQ(got->bits6, want->bits6);
		CHECK_EQ(got->near, want->near);
		CHECK_EQ(got->origin.line, 1);
		conf_free(c);
	}
}

/* clang-format off */
static const struct { const char *lines, *error; } mistakes[] = {
	{ "serve-stale\nuse-stale-cache", "f:1: serve-stale: use-stale-cache gives such answers at once; leave out one of the two" },
	{ "serve-stale=1d,x", "f:1: serve-stale, column 16: \"x\" does not fit here; write milliseconds (0 to 60000)" },
	{ "serve-stale=1d,60001", "f:1: serve-stale, column 16: \"60001\" does not fit here; write milliseconds (0 to 60000)" },
	{ "prefetch=91", "f:1: prefetch, column 10: \"91\" does not fit here; write percent (1 to 90)" },
	{ "prefetch=0", "f:1: prefetch, column 10: \"0\" does not fit here; write percent (1 to 90)" },
	{ "rate-limit=0", "f:1: rate-limit, column 12: \"0\" does not fit here; write answers a second (1 to 1000000)" },
	{ "rate-limit=5,slop:2", "f:1: rate-limit, column 14: \"slop:2\" does not fit here; write burst:, slip:, ip4: or ip6: with a number, or near" },
	{ "rate-limit=5,ip4:33", "f:1: rate-limit, column 14: \"33\" is no number; write one from 0 to 32" },
	{ "rate-limit=5,burst:0", "f:1: rate-limit, column 14: with burst:0 nobody is answered; write a larger number" },
	{ "any-small=1", "f:1: any-small: extraneous parameter; write any-small alone" },
};
/* clang-format on */

TEST(mistakes_in_them_are_told_with_what_to_write)
{
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		struct conf *c = conf_of(mistakes[i].lines);

		CHECK_EQ(conf_errors(c), 1);
		CHECK_TEXT(conf_errors(c) ? conf_error_text(c, 0) : "", mistakes[i].error);
		conf_free(c);
	}
}
