/* SPDX-License-Identifier: ISC */
#include "app/lease_hw.h"
#include "base/rng.h"
#include "test/test.h"

#define ADDRESSES 2000

static struct hwaddr hw_of(uint32_t n)
{
	return (struct hwaddr){ 1, 6, { 2, 0, (uint8_t)(n >> 24), (uint8_t)(n >> 16),
					(uint8_t)(n >> 8), (uint8_t)n } };
}

static struct addr addr_of(uint32_t n)
{
	return addr_ip4(0x0a4d0000 + n);
}

/* Beside a plain array, through many changes in no order. */
TEST(the_copy_of_the_leases_knows_what_the_leases_know)
{
	static uint32_t truth[ADDRESSES];	/* 0: no lease */
	const struct hwaddr none = { 0 };
	struct rng rng = { 0 };
	struct lease_hw t;

	lease_hw_init(&t);
	for (uint32_t step = 1; step < 20000; step++) {
		uint32_t n = rng_u32(&rng) % ADDRESSES;
		struct addr a = addr_of(n);
		struct hwaddr hw = hw_of(step);

		truth[n] = rng_u32(&rng) % 3 ? step : 0;
		lease_hw_set(&t, &a, truth[n] ? &hw : &none);
	}
	for (uint32_t n = 0; n < ADDRESSES; n++) {
		struct addr a = addr_of(n);
		struct hwaddr found = { 0 }, wanted = hw_of(truth[n]);

		CHECK_EQ(lease_hw_find(&t, &a, &found), truth[n] != 0);
		CHECK(truth[n] == 0 || hwaddr_eq(&found, &wanted));
	}
	lease_hw_done(&t);
}

TEST(a_copy_without_leases_knows_nobody)
{
	struct addr four = addr_of(1), six = { .family = ADDR_IP6 };
	struct hwaddr hw = hw_of(1);
	struct lease_hw t;

	lease_hw_init(&t);
	CHECK(!lease_hw_find(&t, &four, &hw));
	lease_hw_set(&t, &six, &hw);
	CHECK(!lease_hw_find(&t, &six, &hw));
	lease_hw_set(&t, &four, &(struct hwaddr){ 0 });
	CHECK_EQ(t.n, 0);
	lease_hw_done(&t);
}
