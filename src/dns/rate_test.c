/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "dns/rate.h"
#include "test/test.h"

static const struct dns_rate five = { .a_second = 5, .burst = 10, .slip = 3, .bits4 = 24,
				      .bits6 = 56 };

static struct addr addr(const char *text)
{
	struct addr a;

	must(addr_parse(text, &a));
	return a;
}

/* Of n questions at one moment, how many are answered and how many cut. */
struct judged { unsigned answered, cut; };

static struct judged ask(struct rate *r, const struct dns_rate *l, const char *from, int64_t now_ms,
			 unsigned n)
{
	const struct addr a = addr(from);
	struct judged j = { 0 };

	while (n--) {
		enum rate_say say = rate_judge(r, l, &a, now_ms);

		j.answered += say == RATE_ANSWER;
		j.cut += say == RATE_CUT;
	}
	return j;
}

TEST(a_network_gets_its_burst_and_then_so_many_answers_a_second)
{
	struct rate *r = rate_new();

	CHECK_EQ(ask(r, &five, "203.0.113.1", 0, 100).answered, 10);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 199, 100).answered, 0);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 200, 100).answered, 1);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 1200, 100).answered, 5);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 86400000, 100).answered, 10);
	rate_free(r);
}

TEST(of_what_is_left_out_every_so_manieth_is_cut_so_that_a_true_client_asks_by_tcp)
{
	struct dns_rate never = five;
	struct rate *r = rate_new();

	never.slip = 0;
	CHECK_EQ(ask(r, &five, "203.0.113.1", 0, 100).cut, 30);
	CHECK_EQ(ask(r, &never, "198.51.100.1", 0, 100).cut, 0);
	rate_free(r);
}

/* Who shares a bucket with the first of them. */
static const struct { const char *first, *second; bool shared; } nets[] = {
	{ "203.0.113.1", "203.0.113.254", true },
	{ "203.0.113.1", "203.0.112.1", false },
	{ "2001:db8:0:1ff::1", "2001:db8:0:100::2", true },
	{ "2001:db8:0:1ff::1", "2001:db8:0:200::1", false },
	{ "2001:db8::1", "203.0.113.1", false },
};

TEST(a_bucket_is_one_networks_by_the_bits_of_its_prefix)
{
	for (size_t i = 0; i < COUNT_OF(nets); i++) {
		struct rate *r = rate_new();

		CHECK_EQ(ask(r, &five, nets[i].first, 0, 10).answered, 10);
		CHECK_EQ(ask(r, &five, nets[i].second, 0, 10).answered, nets[i].shared ? 0 : 10);
		rate_free(r);
	}
}

TEST(prefixes_of_any_length_are_told_apart)
{
	for (unsigned bits = 0; bits <= 32; bits++) {
		const struct dns_rate l = { .a_second = 1, .burst = 1, .bits4 = (uint8_t)bits };
		const uint32_t other = bits ? 0xcb007101u ^ 1u << (32 - bits) : 0xcb007101u;
		struct rate *r = rate_new();
		const struct addr a = addr_ip4(0xcb007101u), b = addr_ip4(other);
		const struct addr c = addr_ip4(0xcb007101u ^ (bits < 32 ? 1u << (31 - bits) : 0));

		CHECK_EQ(rate_judge(r, &l, &a, 0), RATE_ANSWER);
		CHECK_EQ(rate_judge(r, &l, &c, 0), RATE_LEAVE_OUT);
		CHECK_EQ(rate_judge(r, &l, &b, 0), bits ? RATE_ANSWER : RATE_LEAVE_OUT);
		rate_free(r);
	}
}

/* As an attacker who counts through addresses: the network under fire is heard of all the time. */
TEST(a_flood_of_networks_neither_grows_the_table_nor_frees_the_one_that_is_asked_for_most)
{
	struct rate *r = rate_new();
	unsigned answered = ask(r, &five, "203.0.113.1", 0, 100).answered;

	for (uint32_t i = 0; i < 200000; i++) {
		const struct addr other = addr_ip4(i << 8);

		(void)rate_judge(r, &five, &other, 0);
		if (i % 64 == 0)
			answered += ask(r, &five, "203.0.113.1", i / 64, 1).answered;
	}
	CHECK_EQ(answered, 10 + 5 * (200000 / 64) / 1000);
	rate_free(r);
}

TEST(a_clock_that_stands_or_goes_back_gives_nothing)
{
	struct rate *r = rate_new();

	CHECK_EQ(ask(r, &five, "203.0.113.1", 5000, 100).answered, 10);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 5000, 100).answered, 0);
	CHECK_EQ(ask(r, &five, "203.0.113.1", 4000, 100).answered, 0);
	rate_free(r);
}
