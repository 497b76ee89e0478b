/* SPDX-License-Identifier: ISC */
#include "base/must.h"
#include "store/lease_tags.h"
#include "test/test.h"

static const struct tag_cond kids = { .name = "kids" }, not_kids = { .name = "kids", .absent = true };

static struct addr address(uint32_t i)
{
	return addr_ip4(0x0a000000 + i);
}

TEST(the_tags_of_an_address_are_those_that_were_put_last)
{
	struct lease_tags *t = lease_tags_new();
	struct addr a = address(1), b = address(2);
	char name[] = "kids";
	struct tags tags = { .n = 0 };

	CHECK(!lease_tags_match(t, &a, &kids));
	CHECK(lease_tags_match(t, &a, &not_kids));
	CHECK(!lease_tags_has(t, &a));
	tags_add(&tags, name);
	lease_tags_put(t, &a, &tags);
	name[0] = 'x';				/* it has a copy */
	CHECK(lease_tags_match(t, &a, &kids));
	CHECK(!lease_tags_match(t, &a, &not_kids));
	CHECK(!lease_tags_match(t, &b, &kids));
	tags.n = 0;
	lease_tags_put(t, &a, &tags);
	CHECK(lease_tags_has(t, &a));
	CHECK(!lease_tags_match(t, &a, &kids));
	lease_tags_remove(t, &a);
	lease_tags_remove(t, &b);
	CHECK(!lease_tags_has(t, &a));
	lease_tags_free(t);
}

TEST(tags_are_written_with_commas_between_them)
{
	struct lease_tags *t = lease_tags_new();
	struct addr a = address(1), b = address(2);
	struct tags tags = { .n = 0 };
	char text[32] = "";
	struct text out = TEXT(text);

	tags_add(&tags, "kids");
	tags_add(&tags, "wifi");
	lease_tags_put(t, &a, &tags);
	lease_tags_text(t, &b, &out);
	CHECK_TEXT(text, "");
	lease_tags_text(t, &a, &out);
	CHECK_TEXT(text, "kids,wifi");
	lease_tags_free(t);
}

TEST(tags_of_ten_thousand_leases_are_kept)
{
	struct lease_tags *t = lease_tags_new();
	struct tags tags = { .n = 0 };
	unsigned wrong = 0;

	tags_add(&tags, "kids");
	for (uint32_t i = 0; i < 10000; i++) {
		struct addr a = address(i);

		lease_tags_put(t, &a, &tags);
	}
	for (uint32_t i = 0; i < 20000; i++) {
		struct addr a = address(i);

		wrong += lease_tags_match(t, &a, &kids) != (i < 10000);
	}
	CHECK_EQ(wrong, 0);
	lease_tags_free(t);
}
