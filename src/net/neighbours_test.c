/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/must.h"
#include "net/neighbours.h"
#include "net/own_network_test.h"
#include "net/sim.h"
#include "test/test.h"

#define IFINDEX 2

static struct hwaddr hw_of(unsigned i)
{
	return (struct hwaddr){ 1, 6, { 2, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i } };
}

/* What is answered, where the loop `l` knows the machines that the kernel knows. */
static const char *answer(struct neighbours *n, struct loop *l, unsigned ifindex, const char *text)
{
	static struct hwaddr_text found;
	struct hwaddr hw;
	struct addr a;

	must(addr_parse(text, &a));
	if (!neighbours_ask(n, l, ifindex, &a, &hw))
		return "nobody";
	found = hwaddr_text(&hw);
	return found.s;
}

static void tell(struct neighbours *n, unsigned ifindex, const char *text, const char *mac)
{
	struct hwaddr hw = { .len = 0 };
	struct addr a;

	must(addr_parse(text, &a) && (!mac || hwaddr_parse(mac, &hw)));
	neighbours_set(n, ifindex, &a, &hw);
}

TEST(a_neighbour_is_known_by_interface_and_address_until_it_goes)
{
	struct loop *l = sim_new(1);
	struct neighbours *n = neighbours_new();

	tell(n, 2, "192.0.2.7", "02:00:00:00:00:07");
	tell(n, 3, "192.0.2.7", "02:00:00:00:00:08");
	tell(n, 2, "fe80::7", "02:00:00:00:00:09");
	CHECK_TEXT(answer(n, l, 2, "192.0.2.7"), "02:00:00:00:00:07");
	CHECK_TEXT(answer(n, l, 3, "192.0.2.7"), "02:00:00:00:00:08");
	CHECK_TEXT(answer(n, l, 2, "fe80::7"), "02:00:00:00:00:09");
	CHECK_TEXT(answer(n, l, 3, "fe80::7"), "nobody");
	tell(n, 2, "192.0.2.7", "02:00:00:00:00:0a");
	CHECK_TEXT(answer(n, l, 2, "192.0.2.7"), "02:00:00:00:00:0a");
	tell(n, 2, "192.0.2.7", NULL);
	CHECK_TEXT(answer(n, l, 2, "192.0.2.7"), "nobody");
	CHECK_EQ(neighbours_count(n), 2);
	neighbours_free(n);
	sim_free(l);
}

TEST(while_the_table_is_whole_the_kernel_is_asked_about_a_stranger_once)
{
	struct loop *l = sim_new(1);
	struct neighbours *n = neighbours_new();

	CHECK_TEXT(answer(n, l, 2, "192.0.2.7"), "nobody");
	sim_occupy(l, "192.0.2.7", "02:00:00:00:00:07");
	CHECK_TEXT(answer(n, l, 2, "192.0.2.7"), "02:00:00:00:00:07");	/* not whole: asked each time */
	neighbours_whole(n);
	CHECK_TEXT(answer(n, l, 2, "192.0.2.8"), "nobody");
	sim_occupy(l, "192.0.2.8", "02:00:00:00:00:08");
	CHECK_TEXT(answer(n, l, 2, "192.0.2.8"), "nobody");	/* news of it have not come */
	tell(n, 2, "192.0.2.8", "02:00:00:00:00:18");
	CHECK_TEXT(answer(n, l, 2, "192.0.2.8"), "02:00:00:00:00:18");
	tell(n, 2, "192.0.2.8", NULL);
	CHECK_TEXT(answer(n, l, 2, "192.0.2.8"), "02:00:00:00:00:08");	/* once more is asked */
	CHECK_TEXT(answer(NULL, l, 2, "192.0.2.8"), "02:00:00:00:00:08");
	neighbours_free(n);
	sim_free(l);
}

TEST(many_neighbours_come_and_go_in_any_order)
{
	enum { MANY = 3000 };
	struct loop *l = sim_new(1);
	struct neighbours *n = neighbours_new();
	static const struct hwaddr none;
	struct hwaddr hw, got;

	for (unsigned i = 0; i < MANY; i++) {
		struct addr a = addr_ip4(0x0a000000 + i);

		hw = hw_of(i);
		neighbours_set(n, IFINDEX, &a, &hw);
	}
	for (unsigned i = 0; i < MANY; i += 3) {
		struct addr a = addr_ip4(0x0a000000 + i);

		neighbours_set(n, IFINDEX, &a, &none);
	}
	CHECK_EQ(neighbours_count(n), MANY - MANY / 3);
	for (unsigned i = 0; i < MANY; i++) {
		struct addr a = addr_ip4(0x0a000000 + i);

		hw = hw_of(i);
		CHECK_EQ(neighbours_ask(n, l, IFINDEX, &a, &got), i % 3 != 0);
		CHECK(i % 3 == 0 || hwaddr_eq(&hw, &got));
	}
	neighbours_free(n);
	sim_free(l);
}

TEST(there_is_a_limit_to_neighbours_and_beyond_it_the_kernel_is_asked)
{
	struct loop *l = sim_new(1);
	struct neighbours *n = neighbours_new();
	struct hwaddr hw = hw_of(1);

	neighbours_whole(n);
	for (unsigned i = 0; i < NEIGHBOURS_MAX + 100; i++) {
		struct addr a = addr_ip4(0x0a000000 + i);

		neighbours_set(n, IFINDEX, &a, &hw);
	}
	CHECK_EQ(neighbours_count(n), NEIGHBOURS_MAX);
	CHECK_TEXT(answer(n, l, IFINDEX, "10.1.0.50"), "nobody");
	sim_occupy(l, "10.1.0.50", "02:00:00:00:00:50");
	CHECK_TEXT(answer(n, l, IFINDEX, "10.1.0.50"), "02:00:00:00:00:50");
	neighbours_free(n);
	sim_free(l);
}

/* ---- the kernel's own --------------------------------------------------------------------- */

/* Runs it until this is the answer. */
static bool becomes(struct neighbours *n, struct loop *l, struct loop *stranger, const char *addr,
		    const char *wanted)
{
	static const bool never = false;
	const unsigned d0 = loop_netif_named(l, "d0")->index;

	for (int i = 0; i < 100; i++) {
		if (strcmp(answer(n, stranger, d0, addr), wanted) == 0)
			return true;
		run_until(l, &never, 20);
	}
	return false;
}

/* Each row: a command, and whose an address is then; who asks has a loop that knows nobody. */
TEST(the_neighbour_table_follows_the_kernels)
{
	static const struct { const char *command, *addr, *is; } rows[] = {
		{ "link set d0 up", "192.0.2.5", "02:00:00:00:00:05" },
		{ "neighbour add 192.0.2.7 lladdr 02:00:00:00:00:07 dev d0", "192.0.2.7", "02:00:00:00:00:07" },
		{ "neighbour add fe80::7 lladdr 02:00:00:00:00:08 dev d0", "fe80::7", "02:00:00:00:00:08" },
		{ "neighbour replace 192.0.2.7 lladdr 02:00:00:00:00:17 dev d0", "192.0.2.7", "02:00:00:00:00:17" },
		{ "neighbour del 192.0.2.7 dev d0", "192.0.2.7", "nobody" },
		{ "neighbour add 192.0.2.9 nud failed dev d0", "192.0.2.9", "nobody" },
		{ "link set d0 down", "fe80::7", "nobody" },
	};
	struct loop *l, *stranger = sim_new(1);
	struct neighbours *n = neighbours_new();

	if (own_network_enter()) {
		own_network_ip("address add 192.0.2.1/24 dev d0");
		own_network_ip("neighbour add 192.0.2.5 lladdr 02:00:00:00:00:05 dev d0");
		CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
		CHECK_EQ(neighbours_start(n, l), ST_OK);
		CHECK_EQ(neighbours_start(n, l), ST_OK);
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			own_network_ip("%s", rows[i].command);
			if (!becomes(n, l, stranger, rows[i].addr, rows[i].is))
				test_failed(__FILE__, __LINE__, rows[i].command);
		}
		neighbours_stop(n);
		CHECK_EQ(neighbours_count(n), 0);
		loop_free(l);
		own_network_leave();
	}
	neighbours_free(n);
	sim_free(stranger);
}

static void change_many(const char *verb, const char *more, unsigned n)
{
	char path[] = "/tmp/lanlord-test-XXXXXX";
	int fd = mkstemp(path);
	FILE *batch = fdopen(fd, "w");

	must(batch != NULL);
	for (unsigned i = 0; i < n; i++)
		fprintf(batch, "neighbour %s 10.0.%u.%u %s dev d0 nud permanent\n", verb, i / 250,
			i % 250, more);
	fclose(batch);
	own_network_ip("-batch %s", path);
	unlink(path);
}

TEST(the_neighbour_table_is_right_again_after_an_overrun)
{
	enum { MANY = 5000 };			/* several times what the socket holds */
	struct loop *l, *stranger = sim_new(1);
	struct neighbours *n = neighbours_new();

	if (own_network_enter()) {
		own_network_ip("address add 192.0.2.1/24 dev d0");
		CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
		CHECK_EQ(neighbours_start(n, l), ST_OK);
		change_many("add", "lladdr 02:00:00:00:00:11", MANY);
		CHECK(becomes(n, l, stranger, "10.0.19.249", "02:00:00:00:00:11"));
		CHECK(becomes(n, l, stranger, "10.0.0.0", "02:00:00:00:00:11"));
		CHECK(neighbours_count(n) >= MANY);
		change_many("del", "", MANY);
		CHECK(becomes(n, l, stranger, "10.0.19.249", "nobody"));
		CHECK(becomes(n, l, stranger, "10.0.0.0", "nobody"));
		CHECK(neighbours_count(n) < 100);
		neighbours_stop(n);
		loop_free(l);
		own_network_leave();
	}
	neighbours_free(n);
	sim_free(stranger);
}

/* ---- threads --------------------------------------------------------------------------------- */

struct asker { struct neighbours *n; unsigned wrong; };

/* All bytes of an address are the same, whichever it is at the moment. */
static bool is_one(const struct hwaddr *hw)
{
	for (size_t i = 0; i < hw->len; i++)
		if (hw->bytes[i] != hw->bytes[0])
			return false;
	return hw->len == HWADDR_MAX;
}

static void *ask_many(void *arg)
{
	struct asker *asker = arg;
	struct loop *l = sim_new(1);
	const struct addr a = addr_ip4(0x0a000000);
	struct hwaddr got;

	for (unsigned i = 0; i < 600000; i++)
		asker->wrong += !neighbours_ask(asker->n, l, IFINDEX, &a, &got) || !is_one(&got);
	sim_free(l);
	return NULL;
}

static void set_bytes(struct neighbours *n, unsigned i, uint8_t byte)
{
	const struct addr a = addr_ip4(0x0a000000 + i);
	struct hwaddr hw = { .type = 1, .len = byte ? HWADDR_MAX : 0 };

	memset(hw.bytes, byte, sizeof hw.bytes);
	neighbours_set(n, IFINDEX, &a, &hw);
}

TEST(a_thread_sees_a_neighbour_whole_while_it_and_others_change)
{
	struct asker asker = { neighbours_new(), 0 };
	pthread_t thread;

	set_bytes(asker.n, 0, 1);
	must(pthread_create(&thread, NULL, ask_many, &asker) == 0);
	for (unsigned i = 0; i < 600000; i++) {
		set_bytes(asker.n, 0, (uint8_t)(1 + i % 2));
		if (i % 8 == 0)
			set_bytes(asker.n, 1 + i / 8 % 5000, i % 24 ? 3 : 0);
	}
	pthread_join(thread, NULL);
	CHECK_EQ(asker.wrong, 0);
	neighbours_free(asker.n);
}
