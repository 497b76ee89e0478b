/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/lease_answers.h"
#include "app/server.h"
#include "base/must.h"
#include "net/sim.h"
#include "test/test.h"

enum { STORE_MS = 50 };

/* A server with nothing but one lease, in a store that takes its time. */
struct scene {
	struct server server;
	struct generation generation;
	struct lan_conf lan;
	struct lease_commit commit;
};

static void stored(struct lease_commit *c, enum status s)
{
	(void)c;
	CHECK_EQ(s, ST_OK);
}

static struct scene *scene_new(void)
{
	static const struct leases_want want = { .file = "leases", .store = "memory", .max = 10 };
	struct scene *it = calloc(1, sizeof *it);
	struct lease_change change = { .addr = addr_ip4(0xc0000205) };
	char why[100];

	must(it);
	it->generation.lan = &it->lan;
	it->server.now = &it->generation;
	it->server.loop = sim_new(1);
	sim_netif_add(it->server.loop, "eth0", "192.0.2.1/24", "02:ff:00:00:00:00");
	must(leases_open(&it->server.leases, it->server.loop, &want, (uid_t)-1, (gid_t)-1, why,
			 sizeof why) == ST_OK);
	must(leases_start(it->server.leases) == ST_OK);
	must(hwaddr_parse("02:00:00:00:00:01", &change.hw));
	it->commit.done = stored;
	must(leases_commit(it->server.leases, &change, &it->commit) == ST_OK);
	sim_run_for(it->server.loop, 1);
	leases_memory_answers(it->server.leases, STORE_MS, ST_OK);
	return it;
}

static void scene_free(struct scene *it)
{
	leases_stop(it->server.leases);
	leases_free(it->server.leases);
	sim_free(it->server.loop);
	free(it);
}

static void *release_begin(struct scene *it)
{
	char address[] = "192.0.2.5";
	char *const words[] = { address, NULL };

	return lease_release_task.begin(&it->server, words);
}

/* What a step says, into `said`. */
static enum control_step step(void *task, char said[100])
{
	FILE *out = fmemopen(said, 100, "w");
	enum control_step s;

	must(out);
	memset(said, 0, 100);
	s = lease_release_task.step(task, NULL, out);
	fclose(out);
	return s;
}

TEST(who_releases_a_lease_is_answered_when_that_is_stored)
{
	struct scene *it = scene_new();
	void *task = release_begin(it);
	char said[100];

	CHECK_EQ(step(task, said), CONTROL_WAIT);
	sim_run_for(it->server.loop, STORE_MS - 1);
	CHECK_EQ(step(task, said), CONTROL_WAIT);
	CHECK_TEXT(said, "");
	sim_run_for(it->server.loop, 2);
	CHECK_EQ(step(task, said), CONTROL_OK);
	CHECK_TEXT(said, "released 192.0.2.5 02:00:00:00:00:01\n");
	lease_release_task.end(task);
	CHECK_EQ(leases_count(it->server.leases), 0);
	scene_free(it);
}

TEST(a_release_that_cannot_be_stored_has_failed)
{
	struct scene *it = scene_new();
	void *task = release_begin(it);
	char said[100];

	leases_memory_answers(it->server.leases, STORE_MS, ST_SYSTEM);
	CHECK_EQ(step(task, said), CONTROL_WAIT);
	sim_run_for(it->server.loop, STORE_MS + 1);
	CHECK_EQ(step(task, said), CONTROL_FAILED);
	CHECK_TEXT(said, "the lease store cannot write; see the log\n");
	lease_release_task.end(task);
	scene_free(it);
}

TEST(a_release_whose_asker_is_gone_is_carried_out)
{
	struct scene *it = scene_new();
	void *task = release_begin(it);
	char said[100];

	CHECK_EQ(step(task, said), CONTROL_WAIT);
	lease_release_task.end(task);
	sim_run_for(it->server.loop, STORE_MS + 1);
	CHECK_EQ(leases_count(it->server.leases), 0);
	scene_free(it);
}
