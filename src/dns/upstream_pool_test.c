/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "base/must.h"
#include "dns/upstream_pool.h"
#include "net/sim.h"
#include "test/test.h"

struct pool_lab {
	struct loop *loop;
	struct rng rng;
	struct pool_want want;
	struct pool *pool;
};

static void received(void *arg, struct pool_socket *s, const struct dgram *d)
{
	(void)arg, (void)s, (void)d;
}

static struct pool_lab *pool_lab_open(size_t sockets, uint16_t min, uint16_t max)
{
	struct pool_lab *lab = calloc(1, sizeof *lab);

	must(lab);
	lab->loop = sim_new(3);
	lab->rng.seed = 5;
	sim_netif_add(lab->loop, "eth0", "192.0.2.1/24", NULL);
	lab->want = (struct pool_want){ .loop = lab->loop, .rng = &lab->rng, .sockets = sockets,
					.from = { .family = ADDR_IP4 }, .port_min = min,
					.port_max = max, .received = received };
	lab->pool = pool_new(&lab->want);
	must(lab->pool);
	return lab;
}

static void pool_lab_close(struct pool_lab *lab)
{
	pool_free(lab->pool);
	sim_free(lab->loop);
	free(lab);
}

static uint16_t draw(struct pool_lab *lab)
{
	enum status why;
	struct pool_socket *s = pool_draw(lab->pool, &why);
	uint16_t port;

	must(s);
	port = s->udp.at.port;
	pool_release(s);
	return port;
}

TEST(ports_are_drawn_from_the_whole_window_and_nowhere_else)
{
	struct pool_lab *lab = pool_lab_open(512, 20000, 29999);
	unsigned low = 0, draws = 4000;

	for (unsigned i = 0; i < draws; i++) {
		uint16_t port = draw(lab);

		CHECK(port >= 20000 && port <= 29999);
		low += port < 25000;
	}
	CHECK(low > draws * 45 / 100 && low < draws * 55 / 100);
	CHECK(pool_open(lab->pool) > 500 && pool_open(lab->pool) <= 512);
	pool_lab_close(lab);
}

TEST(questions_spread_over_all_sockets_of_the_pool)
{
	struct pool_lab *lab = pool_lab_open(512, 1024, 65535);
	static uint16_t uses[65536];
	unsigned ports = 0, most = 0;

	memset(uses, 0, sizeof uses);
	for (unsigned i = 0; i < 5120; i++)
		uses[draw(lab)]++;
	for (unsigned i = 0; i < 65536; i++) {
		ports += uses[i] != 0;
		most = uses[i] > most ? uses[i] : most;
	}
	CHECK(ports >= 505);
	CHECK(most < 40);
	pool_lab_close(lab);
}

TEST(a_socket_serves_no_more_than_64_questions)
{
	struct pool_lab *lab = pool_lab_open(1, 1024, 65535);
	uint16_t first = draw(lab);

	for (unsigned i = 1; i < 64; i++)
		CHECK_EQ(draw(lab), first);
	CHECK(draw(lab) != first);
	CHECK_EQ(pool_open(lab->pool), 1);
	pool_lab_close(lab);
}

TEST(a_socket_serves_no_longer_than_30_seconds)
{
	struct pool_lab *lab = pool_lab_open(1, 1024, 65535);
	uint16_t first = draw(lab);

	sim_run_for(lab->loop, 29999);
	CHECK_EQ(draw(lab), first);
	sim_run_for(lab->loop, 1);
	CHECK(draw(lab) != first);
	pool_lab_close(lab);
}

TEST(old_sockets_are_closed_while_nobody_asks)
{
	struct pool_lab *lab = pool_lab_open(8, 1024, 65535);

	for (unsigned i = 0; i < 20; i++)
		draw(lab);
	CHECK(pool_open(lab->pool) > 0);
	sim_run_for(lab->loop, 60000);
	CHECK_EQ(pool_open(lab->pool), 0);
	pool_lab_close(lab);
}

TEST(a_retired_socket_stays_open_while_a_reply_may_come)
{
	struct pool_lab *lab = pool_lab_open(1, 1024, 65535);
	enum status why;
	struct pool_socket *held = pool_draw(lab->pool, &why);

	sim_run_for(lab->loop, 40000);
	CHECK(held->udp.loop != NULL);
	CHECK(draw(lab) != held->udp.at.port);
	CHECK_EQ(pool_open(lab->pool), 2);
	pool_release(held);
	CHECK_EQ(pool_open(lab->pool), 1);
	pool_lab_close(lab);
}

TEST(retired_sockets_that_are_waited_on_have_a_limit)
{
	struct pool_lab *lab = pool_lab_open(4, 1024, 65535);
	enum status why;

	for (unsigned i = 0; i < 64 * 20; i++)
		CHECK(pool_draw(lab->pool, &why) != NULL);
	CHECK_EQ(pool_open(lab->pool), 8);
	pool_lab_close(lab);
}

TEST(a_window_of_one_port_serves_all)
{
	struct pool_lab *lab = pool_lab_open(512, 5000, 5000);

	for (unsigned i = 0; i < 300; i++)
		CHECK_EQ(draw(lab), 5000);
	CHECK_EQ(pool_open(lab->pool), 1);
	pool_lab_close(lab);
}

TEST(a_fixed_port_is_kept)
{
	struct pool_lab *lab = pool_lab_open(512, 1024, 65535);
	uint16_t chosen;

	pool_set_ports(lab->pool, true, 5353, 5353);
	for (unsigned i = 0; i < 200; i++)
		CHECK_EQ(draw(lab), 5353);
	sim_run_for(lab->loop, 100000);
	CHECK_EQ(pool_open(lab->pool), 1);
	pool_set_ports(lab->pool, true, 0, 0);
	chosen = draw(lab);
	CHECK(chosen != 5353 && chosen != 0);
	sim_run_for(lab->loop, 100000);
	CHECK_EQ(draw(lab), chosen);
	pool_lab_close(lab);
}

TEST(a_port_that_another_program_has_is_passed_over)
{
	struct pool_lab *lab = pool_lab_open(64, 6000, 6003);
	struct udp_want other = { .at = { { .family = ADDR_IP4 }, 6001 } };
	struct udp u = { 0 };
	unsigned seen[4] = { 0 };

	CHECK_EQ(udp_open(lab->loop, &u, &other), ST_OK);
	for (unsigned i = 0; i < 500; i++)
		seen[draw(lab) - 6000]++;
	CHECK_EQ(seen[1], 0);
	CHECK(seen[0] && seen[2] && seen[3]);
	udp_close(&u);
	pool_lab_close(lab);
}

TEST(a_device_that_is_not_there_gives_no_socket_and_says_why)
{
	struct pool_lab *lab = pool_lab_open(4, 1024, 65535);
	struct pool_want want = lab->want;
	struct pool *p;
	enum status why;

	strcpy(want.device, "eth7");
	p = pool_new(&want);
	CHECK(pool_draw(p, &why) == NULL);
	CHECK_EQ(why, ST_UNKNOWN);
	pool_free(p);
	pool_lab_close(lab);
}
