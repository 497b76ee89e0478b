/* SPDX-License-Identifier: ISC */
#include "base/ip4_set.h"
#include "base/must.h"
#include "test/test.h"

static void put(struct ip4_set *s, uint32_t ip, bool in)
{
	CHECK(ip4_set_reserve(s, ip));
	ip4_set_put(s, ip, in);
}

TEST(the_next_address_outside_a_set_is_found_past_words_pages_and_books)
{
	static const struct { uint32_t first, n; } rows[] = {
		{ 0, 1 }, { 63, 1 }, { 60, 10 }, { 4095, 2 }, { 100, 20000 },
		{ 0x00bff000, 0x3000 },			/* into the third book */
		{ 0x0a000000, 262144 },			/* a /14 */
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const uint32_t first = rows[i].first, end = first + rows[i].n;
		struct ip4_set s = { 0 };
		uint32_t at = first;

		for (uint32_t ip = first; ip < end; ip++)
			put(&s, ip, true);
		CHECK(ip4_set_next_out(&s, UINT32_MAX, &at));
		CHECK_EQ(at, end);
		at = first;
		CHECK(!ip4_set_next_out(&s, end - 1, &at));
		CHECK_EQ(at, first);
		at = end + 5;
		CHECK(ip4_set_next_out(&s, UINT32_MAX, &at));
		CHECK_EQ(at, end + 5);			/* it is outside itself */
		put(&s, first + rows[i].n / 2, false);
		at = first;
		CHECK(ip4_set_next_out(&s, end - 1, &at));
		CHECK_EQ(at, first + rows[i].n / 2);
		ip4_set_done(&s);
	}
}

TEST(the_last_address_inside_a_set_is_found_downwards)
{
	struct ip4_set s = { 0 };
	uint32_t at = UINT32_MAX;

	CHECK(!ip4_set_last_in(&s, 0, &at));
	put(&s, 0, true);
	put(&s, 0x0a000001, true);
	put(&s, 0x0a0fffff, true);
	CHECK(ip4_set_last_in(&s, 0, &at));
	CHECK_EQ(at, 0x0a0fffff);
	at--;
	CHECK(ip4_set_last_in(&s, 0, &at));
	CHECK_EQ(at, 0x0a000001);
	CHECK(!ip4_set_last_in(&s, 0x0a000002, &(uint32_t){ 0x0a0ffffe }));
	at--;
	CHECK(ip4_set_last_in(&s, 0, &at));
	CHECK_EQ(at, 0);
	ip4_set_done(&s);
}

TEST(a_set_has_an_address_once_and_its_ends_are_ends)
{
	struct ip4_set s = { 0 };
	uint32_t at = UINT32_MAX;

	ip4_set_put(&s, 7, false);			/* no page: it is out */
	for (int twice = 0; twice < 2; twice++)
		put(&s, UINT32_MAX, true);
	CHECK(!ip4_set_next_out(&s, UINT32_MAX, &at));
	at--;
	CHECK(ip4_set_next_out(&s, UINT32_MAX, &at));
	CHECK_EQ(at, UINT32_MAX - 1);
	put(&s, UINT32_MAX, false);
	at = UINT32_MAX;
	CHECK(ip4_set_next_out(&s, UINT32_MAX, &at));
	CHECK(!ip4_set_last_in(&s, 0, &at));
	ip4_set_done(&s);
}

TEST(the_members_between_two_addresses_are_counted)
{
	static const struct { uint32_t first, last, n; } rows[] = {
		{ 0, UINT32_MAX, 20003 },	     { 100, 20099, 20000 },    { 99, 99, 0 },
		{ 100, 100, 1 },		     { 163, 164, 2 },	       { 4095, 4096, 2 },
		{ 20100, UINT32_MAX - 1, 2 },	     { UINT32_MAX, UINT32_MAX, 1 },
		{ 0x0a000000, 0x0a000040, 2 },
	};
	struct ip4_set s = { 0 };

	for (uint32_t ip = 100; ip < 20100; ip++)
		put(&s, ip, true);
	put(&s, 0x0a000000, true);
	put(&s, 0x0a000040, true);
	put(&s, UINT32_MAX, true);
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		CHECK_EQ(ip4_set_count(&s, rows[i].first, rows[i].last), rows[i].n);
	ip4_set_done(&s);
}
