/* SPDX-License-Identifier: ISC */
#include "base/rng.h"
#include "store/lease_image.h"
#include "test/test.h"

static void set(struct lease_image *i, unsigned host, const char *name)
{
	char line[128];
	int n = snprintf(line, sizeof line, "0 02:00:00:00:00:01 192.0.%u.%u %s *\n", host >> 8,
			 host & 0xff, name);

	CHECK_EQ(lease_image_set(i, 0xc0000000u + host, span_of(line, (size_t)n)), ST_OK);
}

static void check_text(struct lease_image *i, const char *want)
{
	struct iovec part[2];
	char text[1024] = "";

	lease_image_text(i, part);
	for (int p = 0; p < 2; p++)
		if (part[p].iov_len)
			strncat(text, part[p].iov_base, part[p].iov_len);
	CHECK_TEXT(text, want);
	CHECK_EQ(i->sum, lease_text_sum(span_text(text)));
}

TEST(a_renewal_overwrites_its_line_and_a_longer_one_moves)
{
	struct lease_image i = { 0 };

	set(&i, 1, "a");
	set(&i, 2, "b");
	set(&i, 1, "c");
	check_text(&i, "0 02:00:00:00:00:01 192.0.0.1 c *\n0 02:00:00:00:00:01 192.0.0.2 b *\n");
	set(&i, 1, "longer");
	check_text(&i, "0 02:00:00:00:00:01 192.0.0.2 b *\n0 02:00:00:00:00:01 192.0.0.1 longer *\n");
	CHECK_EQ(lease_image_keep(&i, span_text("duid 00:01")), ST_OK);
	lease_image_remove(&i, 0xc0000002);
	check_text(&i, "0 02:00:00:00:00:01 192.0.0.1 longer *\nduid 00:01\n");
	CHECK_EQ(i.count, 1);
	lease_image_done(&i);
}

TEST(the_sum_of_a_text_tells_lines_but_not_their_order)
{
	CHECK_EQ(lease_text_sum(span_text("a\nb\n")), lease_text_sum(span_text("b\na\n")));
	CHECK(lease_text_sum(span_text("a\nb\n")) != lease_text_sum(span_text("a\nb")));
	CHECK(lease_text_sum(span_text("a\nb\n")) != lease_text_sum(span_text("a\n")));
	CHECK(lease_text_sum(span_text("a\na\n")) != lease_text_sum(span_text("b\nb\n")));
	CHECK_EQ(lease_text_sum(span_text("")), 0);
}

/* Thousands of random changes against a plain array of what should be there. */
TEST(an_image_holds_what_was_set_whatever_was_removed)
{
	static unsigned want[500];
	struct lease_image i = { 0 };
	struct rng rng = { .seed = 7 };
	size_t alive = 0, seen = 0, cursor = 0;

	memset(want, 0, sizeof want);
	for (int step = 0; step < 20000; step++) {
		unsigned host = 1 + rng_below(&rng, 499);
		struct iovec part[2];
		char name[32];

		if (rng_below(&rng, 3) == 0) {
			lease_image_remove(&i, 0xc0000000u + host);
			want[host] = 0;
		} else {
			want[host] = 1 + rng_below(&rng, 100000);
			snprintf(name, sizeof name, "n%u", want[host]);
			set(&i, host, name);
		}
		if (step % 997 == 0)
			lease_image_text(&i, part);
	}
	for (unsigned host = 1; host < 500; host++) {
		struct span line = lease_image_find(&i, 0xc0000000u + host);
		char name[32];

		snprintf(name, sizeof name, " n%u *", want[host]);
		CHECK_EQ(line.n != 0, want[host] != 0);
		CHECK(!line.n || memmem(line.p, line.n, name, strlen(name)));
		alive += want[host] != 0;
	}
	while (lease_image_next(&i, &cursor).n)
		seen++;
	CHECK_EQ(seen, alive);
	CHECK_EQ(i.count, alive);
	lease_image_done(&i);
}
