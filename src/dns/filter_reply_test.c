/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/filter_lab_test.h"
#include "test/test.h"

#define NOTHING { NULL, 0, 0, NULL, DNS_ANSWER }	/* ends a list of records */

static struct dns_net net_of(const char *addr, uint8_t bits)
{
	struct dns_net n = { .net.bits = bits, .origin = { "dnsmasq.conf", 7 } };

	must(addr_parse(addr, &n.net.addr));
	return n;
}

/* ---- flags and sections --------------------------------------------------------------------- */

TEST(a_reply_goes_on_with_all_sections_and_only_the_cache_gets_less)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_CNAME, 50, "b.example", DNS_ANSWER },
		{ "b.example", DNS_A, 20, "192.0.2.7", DNS_ANSWER },
		{ "other.example", DNS_A, 90, "192.0.2.66", DNS_ANSWER },
		{ "example", DNS_NS, 70, "n.example", DNS_AUTHORITY },
		{ "n.example", DNS_A, 80, "192.0.2.53", DNS_ADDITIONAL },
		{ ".", DNS_OPT, 0, "", DNS_ADDITIONAL },
	};
	struct filter_lab lab = { 0 };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message),
		   "8180; a.example 5 50 b.example; b.example 1 20 192.0.2.7; other.example 1 90 "
		   "192.0.2.66; ! example 2 70 n.example; + n.example 1 80 192.0.2.53");
	CHECK_TEXT(filter_text(lab.out.keep),
		   "8180; a.example 5 50 b.example; b.example 1 20 192.0.2.7");
	CHECK_EQ(lab.out.ttl_s, 20);
	CHECK(!lab.out.negative);
}

TEST(flags_of_a_reply_go_on_as_dnsmasq_has_them)
{
	static const struct { unsigned in, out, kept; } cases[] = {
		{ 0x8180, 0x8180, 0x8180 },
		{ 0x85a0, 0x8580, 0x8180 },	/* AA once, AD never */
		{ 0x8100, 0x8180, 0x8180 },	/* RA is ours */
		{ 0x8040, 0x80c0, 0x8080 },
	};
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 20, "192.0.2.7", DNS_ANSWER },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct filter_lab lab = { 0 };

		filter_run(&lab, "a.example", DNS_A, cases[i].in, r, false);
		CHECK_EQ(strtoul(filter_text(lab.out.message), NULL, 16), cases[i].out);
		CHECK_EQ(strtoul(filter_text(lab.out.keep), NULL, 16), cases[i].kept);
	}
}

TEST(an_opt_record_is_taken_out_wherever_it_lies)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 20, "192.0.2.7", DNS_ANSWER },
		{ ".", DNS_OPT, 0, "", DNS_ADDITIONAL },
		{ "n.example", DNS_A, 80, "192.0.2.53", DNS_ADDITIONAL },
	};
	struct filter_lab lab = { 0 };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message),
		   "8180; a.example 1 20 192.0.2.7; + n.example 1 80 192.0.2.53");
}

TEST(a_name_that_exists_here_has_no_data_instead_of_not_existing)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "example", DNS_SOA, 60, "30", DNS_AUTHORITY },
	};
	struct filter_lab lab = { 0 };

	filter_run(&lab, "a.example", DNS_AAAA, 0x8183, r, true);
	CHECK_TEXT(filter_text(lab.out.message), "8580; ! example 6 60 30");
	CHECK_EQ(lab.out.ttl_s, 30);
	filter_run(&lab, "a.example", DNS_AAAA, 0x8183, r, false);
	CHECK_TEXT(filter_text(lab.out.message), "8183; ! example 6 60 30");
}

TEST(what_does_not_parse_is_no_reply)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 20, "192.0.2.7", DNS_ANSWER },
		{ "n.example", DNS_NS, 80, "m.example", DNS_AUTHORITY },
	};
	struct filter_lab lab = { 0 };
	struct span whole;

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	whole = span_of(lab.reply, lab.out.message.n);
	for (size_t n = 0; n < whole.n; n++)
		CHECK_EQ(filter_reply(&lab.conf, &lab.question, span_of(whole.p, n), false,
				      lab.buffer, sizeof lab.buffer, &lab.out),
			 ST_MALFORMED);
	/* An address of three bytes: the length lies behind name, type, class and TTL. */
	lab.reply[DNS_HEADER + 11 + 4 + 2 + 9] = 3;
	lab.reply[7] = 1;
	lab.reply[9] = 0;
	CHECK_EQ(filter_reply(&lab.conf, &lab.question,
			      span_of(lab.reply, DNS_HEADER + 11 + 4 + 12 + 3), false, lab.buffer,
			      sizeof lab.buffer, &lab.out),
		 ST_MALFORMED);
}

TEST(a_reply_that_does_not_fit_the_buffer_is_not_written)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 20, "192.0.2.7", DNS_ANSWER },
	};
	struct filter_lab lab = { 0 };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);

	size_t n = lab.out.message.n;

	for (size_t size = DNS_HEADER + 15; size < 2 * n; size++) {
		enum status s = filter_reply(&lab.conf, &lab.question, span_of(lab.reply, n), false,
					     lab.buffer, size, &lab.out);

		CHECK_EQ(s, size < n ? ST_FULL : ST_OK);
		CHECK(s != ST_OK || lab.out.ttl_s == 0);	/* no room for what would be kept */
	}
}

/* ---- how long ---------------------------------------------------------------------------------- */

enum { MAX_CACHE = 1, MIN_CACHE = 2, NEG = 4, NO_NEG = 8 };

TEST(how_long_a_reply_is_kept)
{
	static const struct {
		uint16_t type;
		unsigned flags, options;
		struct lab_record r[LAB_RECORDS];
		uint32_t want_s;
		const char *name;
	} cases[] = {
		{ DNS_A, 0x8180, 0, { { "a.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER },
				      { "a.example", DNS_A, 5, "192.0.2.8", DNS_ANSWER } }, 5, NULL },
		{ DNS_A, 0x8180, 0, { { "a.example", DNS_CNAME, 5, "b.example", DNS_ANSWER },
				      { "b.example", DNS_A, 50, "192.0.2.8", DNS_ANSWER } }, 5, NULL },
		{ DNS_A, 0x8180, 0, { { "a.example", DNS_A, 0, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
		{ DNS_A, 0x8180, MIN_CACHE,
		  { { "a.example", DNS_A, 0, "192.0.2.7", DNS_ANSWER } }, 40, NULL },
		{ DNS_A, 0x8180, MAX_CACHE,
		  { { "a.example", DNS_A, 900, "192.0.2.7", DNS_ANSWER } }, 100, NULL },
		{ DNS_A, 0x8180, 0,		/* RFC 2181 8 */
		  { { "a.example", DNS_A, 0x80000001, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
		{ DNS_A, 0x8380, 0, { { "a.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
		{ DNS_A, 0x8182, 0, { NOTHING }, 0, NULL },
		{ DNS_A, 0x8180, 0, { { "o.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
		/* negative: the lesser of the SOA's TTL and minimum; its zone must have the name */
		{ DNS_A, 0x8183, 0, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 30, NULL },
		{ DNS_A, 0x8183, 0, { { "example", DNS_SOA, 7, "30", DNS_AUTHORITY } }, 7, NULL },
		{ DNS_A, 0x8180, 0, { { "a.example", DNS_SOA, 7, "30", DNS_AUTHORITY } }, 7, NULL },
		{ DNS_A, 0x8183, 0, { { "other", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 0, NULL },
		{ DNS_A, 0x8183, 0, { NOTHING }, 0, NULL },
		{ DNS_A, 0x8183, NEG, { NOTHING }, 60, NULL },
		{ DNS_A, 0x8180, NEG, { NOTHING }, 60, NULL },
		{ DNS_A, 0x8183, NEG, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 30, NULL },
		{ DNS_A, 0x8183, MIN_CACHE, { NOTHING }, 40, NULL },
		{ DNS_A, 0x8183, MAX_CACHE, { { "example", DNS_SOA, 900, "900", DNS_AUTHORITY } },
		  100, NULL },
		{ DNS_A, 0x8183, NO_NEG, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 0, NULL },
		{ DNS_A, 0x8183, NO_NEG | NEG | MIN_CACHE, { NOTHING }, 0, NULL },
		{ DNS_A, 0x8180, 0, { { "a.example", DNS_CNAME, 20, "b.example", DNS_ANSWER },
				      { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 20, NULL },
		{ DNS_A, 0x8183, 0, { { "a.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
		/* types that dnsmasq keeps */
		{ DNS_AAAA, 0x8180, 0, { { "a.example", DNS_AAAA, 50, "2001:db8::1", DNS_ANSWER } },
		  50, NULL },
		{ DNS_SRV, 0x8180, 0, { { "a.example", DNS_SRV, 50, "h.example", DNS_ANSWER } }, 50, NULL },
		{ DNS_SRV, 0x8180, 0, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 30, NULL },
		{ DNS_PTR, 0x8180, 0, { { "a.example", DNS_PTR, 50, "b.example", DNS_ANSWER } }, 0, NULL },
		{ DNS_PTR, 0x8180, 0,
		  { { "1.2.0.192.in-addr.arpa", DNS_PTR, 50, "b.example", DNS_ANSWER } }, 50,
		  "1.2.0.192.in-addr.arpa" },
		{ DNS_MX, 0x8180, 0, { { "a.example", DNS_MX, 50, "b.example", DNS_ANSWER } }, 0, NULL },
		{ DNS_MX, 0x8180, 0, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 0, NULL },
		{ DNS_MX, 0x8183, 0, { { "example", DNS_SOA, 70, "30", DNS_AUTHORITY } }, 30, NULL },
		{ DNS_TXT, 0x8180, 0, { { "a.example", DNS_TXT, 50, "\3one", DNS_ANSWER } }, 0, NULL },
		{ DNS_CNAME, 0x8180, 0, { { "a.example", DNS_CNAME, 50, "b.example", DNS_ANSWER } },
		  0, NULL },
		{ DNS_ANY, 0x8180, 0, { { "a.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER } }, 0, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const unsigned o = cases[i].options;
		struct filter_lab lab = { .conf = {
			.max_cache_ttl_s = o & MAX_CACHE ? 100 : 0,
			.min_cache_ttl_s = o & MIN_CACHE ? 40 : 0,
			.neg_ttl_s = o & NEG ? 60 : 0, .no_negcache = o & NO_NEG } };
		char what[40];

		filter_run(&lab, cases[i].name ? cases[i].name : "a.example", cases[i].type,
			   cases[i].flags, cases[i].r, false);
		snprintf(what, sizeof what, "case %zu: kept for %u s", i, lab.out.ttl_s);
		if (lab.status != ST_OK || lab.out.ttl_s != cases[i].want_s)
			test_failed(__FILE__, __LINE__, what);
		CHECK((lab.out.ttl_s == 0) == (lab.out.keep.n == 0));
	}
}

TEST(cache_rr_adds_types_that_are_kept)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_TXT, 50, "\3one", DNS_ANSWER },
	}, any[LAB_RECORDS] = {
		{ "a.example", DNS_A, 50, "192.0.2.7", DNS_ANSWER },
	};
	static struct dns_types txt = { .type = DNS_TXT }, all = { .type = DNS_ANY },
				mx = { .type = DNS_MX, .next = &txt };
	struct filter_lab lab = { 0 };

	lab.conf.cache_types = &mx;
	filter_run(&lab, "a.example", DNS_TXT, 0x8180, r, false);
	CHECK_EQ(lab.out.ttl_s, 50);
	lab.conf.cache_types = &all;
	filter_run(&lab, "a.example", DNS_TXT, 0x8180, r, false);
	CHECK_EQ(lab.out.ttl_s, 50);
	filter_run(&lab, "a.example", DNS_ANY, 0x8180, any, false);
	CHECK_EQ(lab.out.ttl_s, 0);
}

TEST(times_to_live_are_clamped_apart_for_the_client_and_the_cache)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_CNAME, 5, "b.example", DNS_ANSWER },
		{ "b.example", DNS_A, 500, "192.0.2.7", DNS_ANSWER },
		{ "example", DNS_NS, 900, "n.example", DNS_AUTHORITY },
	};
	struct filter_lab lab = { .conf = { .max_ttl_s = 100, .min_cache_ttl_s = 50,
					    .max_cache_ttl_s = 300 } };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message), "8180; a.example 5 5 b.example; b.example 1 100 "
						 "192.0.2.7; ! example 2 900 n.example");
	CHECK_TEXT(filter_text(lab.out.keep),
		   "8180; a.example 5 50 b.example; b.example 1 300 192.0.2.7");
	CHECK_EQ(lab.out.ttl_s, 50);
}

/* ---- addresses that mean something else ------------------------------------------------------------ */

TEST(bogus_nxdomain_turns_an_answer_into_none)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "a.example", DNS_A, 30, "9.9.9.1", DNS_ANSWER },
		{ "example", DNS_NS, 900, "n.example", DNS_AUTHORITY },
	}, strange[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "b.example", DNS_A, 30, "9.9.9.1", DNS_ANSWER },
	}, beside[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "b.example", DNS_A, 30, "9.9.9.1", DNS_ADDITIONAL },
	};
	struct dns_net net = net_of("9.9.9.0", 24);
	struct filter_lab lab = { .conf = { .bogus_nxdomain = &net } };

	filter_run(&lab, "a.example", DNS_A, 0x8580, r, false);
	CHECK_EQ(lab.out.say, FILTER_NXDOMAIN);
	CHECK_TEXT(filter_text(lab.out.message), "8183");
	CHECK_EQ(lab.out.ttl_s, 30);
	CHECK_EQ(lab.out.origin.line, 7);
	filter_run(&lab, "a.example", DNS_A, 0x8580, strange, false);
	CHECK_EQ(lab.out.say, FILTER_NXDOMAIN);
	CHECK_EQ(lab.out.ttl_s, 0);			/* a stranger's record tells no time */
	filter_run(&lab, "a.example", DNS_A, 0x8580, beside, false);
	CHECK_EQ(lab.out.say, FILTER_PASS);
	filter_run(&lab, "a.example", DNS_MX, 0x8580, r, false);	/* whatever was asked for */
	CHECK_EQ(lab.out.ttl_s, 30);
	lab.conf.no_negcache = true;
	filter_run(&lab, "a.example", DNS_A, 0x8580, r, false);
	CHECK_EQ(lab.out.ttl_s, 0);
}

TEST(ignore_address_is_about_any_address_in_the_answer)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "other.example", DNS_A, 60, "9.9.9.1", DNS_ANSWER },
	}, beside[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "9.9.9.1", DNS_ADDITIONAL },
	};
	struct dns_net net = net_of("9.9.9.0", 24);
	struct filter_lab lab = { 0 };

	filter_run(&lab, "a.example", DNS_MX, 0x8180, r, false);
	CHECK(!filter_ignores(&lab.conf, &lab.question, lab.out.message));
	lab.conf.ignore_addresses = &net;
	CHECK(filter_ignores(&lab.conf, &lab.question, lab.out.message));
	filter_run(&lab, "a.example", DNS_A, 0x8180, beside, false);
	CHECK(!filter_ignores(&lab.conf, &lab.question, lab.out.message));
}

TEST(alias_changes_the_network_of_an_address_and_keeps_its_host)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "1.2.3.4", DNS_ANSWER },
		{ "a.example", DNS_A, 60, "1.2.4.4", DNS_ANSWER },
		{ "a.example", DNS_A, 60, "5.5.5.9", DNS_ANSWER },
		{ "a.example", DNS_A, 60, "5.5.5.10", DNS_ANSWER },
		{ "n.example", DNS_A, 60, "1.2.3.9", DNS_ADDITIONAL },
	}, other[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "7.7.7.7", DNS_ANSWER },
	};
	struct dns_alias range = { .start = 0x05050501, .end = 0x05050509, .to = 0x0a010100,
				   .mask = 0xffffff00 };
	struct dns_alias net = { .start = 0x01020300, .end = 0x010203ff, .to = 0x06070800,
				 .mask = 0xffffff00, .next = &range };
	struct filter_lab lab = { .conf = { .aliases = &net } };

	filter_run(&lab, "a.example", DNS_A, 0x8580, r, false);
	CHECK_TEXT(filter_text(lab.out.message),
		   "8180; a.example 1 60 6.7.8.4; a.example 1 60 1.2.4.4; a.example 1 60 10.1.1.9; "
		   "a.example 1 60 5.5.5.10; + n.example 1 60 6.7.8.9");
	CHECK_TEXT(filter_text(lab.out.keep),
		   "8180; a.example 1 60 6.7.8.4; a.example 1 60 1.2.4.4; a.example 1 60 10.1.1.9; "
		   "a.example 1 60 5.5.5.10");
	filter_run(&lab, "a.example", DNS_A, 0x8580, other, false);
	CHECK_TEXT(filter_text(lab.out.message), "8580; a.example 1 60 7.7.7.7");
}

/* ---- types that are taken out ------------------------------------------------------------------------ */

TEST(filter_a_takes_addresses_out_of_the_answer_alone)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_CNAME, 60, "b.example", DNS_ANSWER },
		{ "b.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "example", DNS_NS, 60, "n.example", DNS_AUTHORITY },
		{ "n.example", DNS_A, 60, "1.1.1.1", DNS_ADDITIONAL },
	};
	struct filter_lab lab = { .conf = { .filter_a = true } };

	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message), "8180; a.example 5 60 b.example; ! example 2 60 "
						 "n.example; + n.example 1 60 1.1.1.1");
	CHECK_TEXT(filter_text(lab.out.keep), "8180; a.example 5 60 b.example");
	CHECK(lab.out.removed);
	CHECK_EQ(lab.out.ede, DNS_EDE_FILTERED);
	CHECK_EQ(lab.out.ttl_s, 60);
}

TEST(filter_aaaa_and_filter_rr_take_out_their_types)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "a.example", DNS_AAAA, 60, "2001:db8::1", DNS_ANSWER },
		{ "a.example", DNS_TXT, 60, "\3one", DNS_ANSWER },
		{ "a.example", DNS_MX, 60, "m.example", DNS_ANSWER },
	};
	static struct dns_types txt = { .type = DNS_TXT };
	struct filter_lab lab = { .conf = { .filter_aaaa = true, .filter_types = &txt } };

	filter_run(&lab, "a.example", DNS_ANY, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message),
		   "8180; a.example 1 60 8.8.8.8; a.example 15 60 m.example");
	CHECK(lab.out.removed);
}

TEST(filter_rr_any_leaves_what_mail_and_the_web_need_of_an_answer_to_any)
{
	static const struct lab_record r[LAB_RECORDS] = {
		{ "a.example", DNS_A, 60, "8.8.8.8", DNS_ANSWER },
		{ "a.example", DNS_TXT, 60, "\3one", DNS_ANSWER },
		{ "a.example", DNS_MX, 60, "m.example", DNS_ANSWER },
		{ "example", DNS_NS, 60, "n.example", DNS_AUTHORITY },
		{ "n.example", DNS_A, 60, "1.1.1.1", DNS_ADDITIONAL },
	};
	static struct dns_types any = { .type = DNS_ANY };
	struct filter_lab lab = { .conf = { .filter_types = &any } };

	filter_run(&lab, "a.example", DNS_ANY, 0x8180, r, false);
	CHECK_TEXT(filter_text(lab.out.message), "8180; a.example 1 60 8.8.8.8; a.example 15 60 "
						 "m.example; + n.example 1 60 1.1.1.1");
	filter_run(&lab, "a.example", DNS_A, 0x8180, r, false);
	CHECK(!lab.out.removed);
}
