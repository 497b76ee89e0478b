/* SPDX-License-Identifier: ISC */
#include <stdlib.h>

#include "app/explain_private.h"
#include "app/explain_scene_test.h"
#include "base/must.h"
#include "base/text.h"
#include "net/sim.h"
#include "test/test.h"

static const char conf[] =
	"dhcp-range=10.0.0.10,10.0.0.20,255.255.255.0,2h\n"		/* line 1 */
	"dhcp-host=02:00:00:00:00:05,10.0.0.15\n"
	"dhcp-host=02:00:00:00:00:06,10.0.0.16\n"
	"dhcp-range=tag:red,10.0.0.30,10.0.0.40,255.255.255.0,2h\n"
	"no-ping\n";

static void stored(struct lease_commit *c, enum status s)
{
	(void)c;
	CHECK_EQ(s, ST_OK);
}

static void lease(struct scene *c, const char *address, const char *hw, struct span clid, const char *name,
		  unsigned seconds)
{
	struct lease_commit commit = { .done = stored };
	struct lease_change change = { .clid = clid, .name = name };

	change.expires_s = seconds ? loop_now(c->stage.loop).wall_s + seconds : 0;
	must(addr_parse(address, &change.addr) && hwaddr_parse(hw, &change.hw));
	must(leases_commit(c->stage.leases, &change, &commit) == ST_OK);
	sim_run_for(c->stage.loop, 1);
}

static const struct explained *ask(struct scene *c, const char *hw, const char *address)
{
	struct explain_client client = { .arch = -1, .extras = 1, .extra = { { .code = 50, .n = 4 } } };
	static struct dhcp4_build b;
	struct addr a;

	must(hwaddr_parse(hw, &client.hw) && addr_parse(address, &a));
	memcpy(client.extra[0].bytes, addr_bytes(&a).p, 4);
	return scene_play(c, explain_client_packet(&client, &b));
}

static struct scene *scene_here(void)
{
	struct scene *c = scene_new(conf);

	sim_netif_add(c->stage.loop, "eth0", "10.0.0.1/24", NULL);
	explain_find_netif(&c->stage, NULL);
	return c;
}

TEST(why_a_client_does_not_get_the_address_that_it_asks_for)
{
	static const struct { const char *hw, *address, *want; } rows[] = {
		{ "02:00:00:00:00:01", "10.0.0.11", "leased to 02:00:00:00:00:07 (box) for another 10m" },
		{ "02:00:00:00:00:01", "10.0.0.12", "leased to 02:00:00:00:00:08 for ever" },
		{ "02:00:00:00:00:01", "10.0.0.15", "kept for another client by dhcp-host, conf:2" },
		{ "02:00:00:00:00:06", "10.0.0.14", "dhcp-host gives this client another, conf:3" },
		{ "02:00:00:00:00:01", "10.0.0.1", "it is the server's own" },
		{ "02:00:00:00:00:01", "10.0.0.35", "it lies outside what a range gives, conf:4" },
		{ "02:00:00:00:00:01", "10.0.0.99", "it lies outside what a range gives, conf:1" },
		{ "02:00:00:00:00:01", "192.0.2.1", "no dhcp-range is on its network" },
		{ "02:00:00:00:00:01", "10.0.0.13", "a client found it in use by somebody else" },
	};
	struct scene *c = scene_here();
	struct addr declined = addr_ip4(0x0a00000d);

	lease(c, "10.0.0.11", "02:00:00:00:00:07", span_of(NULL, 0), "box", 600);
	lease(c, "10.0.0.12", "02:00:00:00:00:08", span_of(NULL, 0), NULL, 0);
	leases_decline(c->stage.leases, &declined, 600, loop_now(c->stage.loop));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct explained *e = ask(c, rows[i].hw, rows[i].address);
		char line[400];
		struct text t = TEXT(line);

		CHECK_TEXT(addr_text(&e->asked).s, rows[i].address);
		explain_why_text(&t, e->asked_why);
		CHECK_TEXT(line, rows[i].want);
	}
	CHECK(!addr_is_set(&ask(c, "02:00:00:00:00:01", "10.0.0.19")->asked));	/* that one it gets */
	scene_free(c);
}

TEST(the_other_leases_of_a_machine_are_told_with_their_client_ids)
{
	struct scene *c = scene_here();
	const struct explained *e;
	char line[400] = "";
	struct text t = TEXT(line);

	lease(c, "10.0.0.11", "02:00:00:00:00:01", span_text("fw"), NULL, 600);
	e = ask(c, "02:00:00:00:00:01", "10.0.0.19");
	CHECK_EQ(e->own_leases, 0);				/* it gets what its machine has */
	CHECK_TEXT(addr_text(&e->r->verdict.addr).s, "10.0.0.11");
	lease(c, "10.0.0.12", "02:00:00:00:00:01", span_text("os"), NULL, 600);
	e = ask(c, "02:00:00:00:00:01", "10.0.0.19");
	CHECK_EQ(e->own_leases, 1);
	explain_lease_words(e, e->own_lease[0], &t);
	CHECK(strstr(line, "client id ") != NULL);
	scene_free(c);
}
