/* SPDX-License-Identifier: ISC */
/*
 * Server cookies against the examples of RFC 9018, appendix A, and their limits.
 */
#include "base/must.h"
#include "base/text.h"
#include "dns/cookies.h"
#include "test/test.h"

#define OLD_SECRET "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define ROLLED_FROM "dd3bdf9344b678b185a6f5cb60fca715"
#define ROLLED_TO "445536bcd2513298075a5d379663c962"

static struct cookie_secrets secrets_of(const char *first, const char *second)
{
	struct cookie_secrets s = { .n = second ? 2 : 1 };
	uint8_t bytes[SIP_KEY];

	memcpy(s.secret[0], test_hex(first, bytes, sizeof bytes).p, SIP_KEY);
	if (second)
		memcpy(s.secret[1], test_hex(second, bytes, sizeof bytes).p, SIP_KEY);
	return s;
}

static struct addr addr_of(const char *text)
{
	struct addr a;

	must(addr_parse(text, &a));
	return a;
}

static const char *made(const char *secret, const char *client, const char *from, uint32_t now_s)
{
	static char text[2 * COOKIE_SERVER + 1];
	const struct cookie_secrets s = secrets_of(secret, NULL);
	const struct addr a = addr_of(from);
	uint8_t bytes[COOKIE_CLIENT], out[COOKIE_SERVER];
	struct text t = TEXT(text);

	cookie_make(s.secret[0], test_hex(client, bytes, sizeof bytes), &a, now_s, out);
	text_hex(&t, SPAN(out), 0);
	return text;
}

static enum cookie_say judged(const struct cookie_secrets *s, const char *cookie, const char *from,
			      uint32_t now_s)
{
	uint8_t bytes[COOKIE_CLIENT + COOKIE_SERVER_MAX];
	const struct addr a = addr_of(from);
	struct span client, server;

	must(cookie_split(test_hex(cookie, bytes, sizeof bytes), &client, &server));
	return cookie_judge(s, client, server, &a, now_s);
}

TEST(siphash_is_that_of_its_paper)
{
	static const uint8_t key[SIP_KEY] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };

	CHECK_EQ(siphash(key, span_of(key, 15)), 0xa129ca6149be45e5);
}

TEST(server_cookies_are_those_of_rfc_9018)
{
	static const struct { const char *secret, *client, *from; uint32_t at_s; const char *cookie; } all[] = {
		{ OLD_SECRET, "2464c4abcf10c957", "198.51.100.100", 1559731985,
		  "010000005cf79f111f8130c3eee29480" },
		{ OLD_SECRET, "2464c4abcf10c957", "198.51.100.100", 1559734385,
		  "010000005cf7a871d4a564a1442aca77" },
		{ OLD_SECRET, "fc93fc62807ddb86", "203.0.113.203", 1559734700,
		  "010000005cf7a9acf73a7810aca2381e" },
		{ ROLLED_FROM, "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741817,
		  "010000005cf7c57926556bd0934c72f8" },
		{ ROLLED_TO, "22681ab97d52c298", "2001:db8:220:1:59de:d0f4:8769:82b8", 1559741961,
		  "010000005cf7c609a6bb79d16625507a" },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++)
		CHECK_TEXT(made(all[i].secret, all[i].client, all[i].from, all[i].at_s),
			   all[i].cookie);
}

TEST(a_server_cookie_is_good_for_its_client_address_secret_and_hour)
{
	static const char ours[] = "2464c4abcf10c957010000005cf79f111f8130c3eee29480";
	static const char from[] = "198.51.100.100";
	const uint32_t at_s = 1559731985;
	const struct cookie_secrets s = secrets_of(OLD_SECRET, NULL);
	const struct cookie_secrets other = secrets_of(ROLLED_TO, NULL);

	CHECK_EQ(judged(&s, ours, from, at_s), COOKIE_FRESH);
	CHECK_EQ(judged(&s, ours, from, at_s + COOKIE_FRESH_S), COOKIE_FRESH);
	CHECK_EQ(judged(&s, ours, from, at_s + COOKIE_FRESH_S + 1), COOKIE_GOOD);
	CHECK_EQ(judged(&s, ours, from, at_s + COOKIE_LASTS_S), COOKIE_GOOD);
	CHECK_EQ(judged(&s, ours, from, at_s + COOKIE_LASTS_S + 1), COOKIE_BAD);
	CHECK_EQ(judged(&s, ours, from, at_s - COOKIE_EARLY_S), COOKIE_FRESH);
	CHECK_EQ(judged(&s, ours, from, at_s - COOKIE_EARLY_S - 1), COOKIE_BAD);
	CHECK_EQ(judged(&s, ours, "198.51.100.101", at_s), COOKIE_BAD);
	CHECK_EQ(judged(&other, ours, from, at_s), COOKIE_BAD);
	CHECK_EQ(judged(&s, "2464c4abcf10c958010000005cf79f111f8130c3eee29480", from, at_s),
		 COOKIE_BAD);
	CHECK_EQ(judged(&s, "2464c4abcf10c957010000005cf79f111f8130c3eee29481", from, at_s),
		 COOKIE_BAD);
	CHECK_EQ(judged(&s, "2464c4abcf10c957020000005cf79f111f8130c3eee29480", from, at_s),
		 COOKIE_BAD);
	CHECK_EQ(judged(&s, "2464c4abcf10c957010000005cf79f111f8130c3eee2948000", from, at_s),
		 COOKIE_BAD);
	CHECK_EQ(judged(&s, "2464c4abcf10c957", from, at_s), COOKIE_BAD);
}

TEST(bytes_of_a_server_cookie_that_mean_nothing_yet_are_hashed_as_they_are)
{
	const struct cookie_secrets s = secrets_of(OLD_SECRET, NULL);

	CHECK_EQ(judged(&s, "fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", "203.0.113.203",
			1559727985), COOKIE_FRESH);
}

TEST(while_secrets_change_cookies_of_both_are_good)
{
	static const char before[] = "22681ab97d52c298010000005cf7c57926556bd0934c72f8";
	static const char from[] = "2001:db8:220:1:59de:d0f4:8769:82b8";
	const struct cookie_secrets both = secrets_of(ROLLED_TO, ROLLED_FROM);
	const struct cookie_secrets after = secrets_of(ROLLED_TO, NULL);

	CHECK_EQ(judged(&both, before, from, 1559741961), COOKIE_FRESH);
	CHECK_EQ(judged(&after, before, from, 1559741961), COOKIE_BAD);
}

TEST(the_time_of_a_cookie_goes_round_after_32_bits)
{
	const struct cookie_secrets s = secrets_of(OLD_SECRET, NULL);
	char cookie[80];

	snprintf(cookie, sizeof cookie, "2464c4abcf10c957%s",
		 made(OLD_SECRET, "2464c4abcf10c957", "192.0.2.1", UINT32_MAX - 10));
	CHECK_EQ(judged(&s, cookie, "192.0.2.1", 20), COOKIE_FRESH);
	CHECK_EQ(judged(&s, cookie, "192.0.2.1", 20 + COOKIE_LASTS_S), COOKIE_BAD);
}

TEST(a_cookie_has_a_length_that_rfc_7873_permits)
{
	uint8_t bytes[48] = { 0 };
	struct span client, server;

	for (size_t n = 0; n <= sizeof bytes; n++)
		CHECK_EQ(cookie_split(span_of(bytes, n), &client, &server),
			 n == 8 || (n >= 16 && n <= 40));
}
