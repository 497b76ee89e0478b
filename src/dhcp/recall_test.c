/* SPDX-License-Identifier: ISC */
#include "dhcp/recall.h"
#include "dhcp/stage_test.h"

static void stored(struct lease_commit *c, enum status status)
{
	(void)c;
	CHECK_EQ(status, ST_OK);
}

static void bind_lease(struct stage *s, const char *address, const char *hw, const char *name)
{
	struct lease_commit c = { .done = stored };
	struct lease_change change = { .name = name };

	must(addr_parse(address, &change.addr) && hwaddr_parse(hw, &change.hw));
	must(leases_commit(s->leases, &change, &c) == ST_OK);
	sim_run_for(s->loop, 1);
}

static const char *known(struct stage *s, const char *address)
{
	static char said[200];
	struct addr a;
	struct tags tags = { .n = 0 };
	const struct lease *l;

	must(addr_parse(address, &a));
	l = leases_at(s->leases, &a);
	must(l);
	dhcp_recall_tags(&s->env, s->loop, l, &tags);
	said[0] = 0;
	for (size_t i = 0; i < tags.n; i++) {
		strcat(said, i ? " " : "");
		strcat(said, tags.name[i]);
	}
	return said;
}

TEST(the_tags_of_a_stored_lease_are_those_of_its_machine_name_and_range)
{
	struct stage *s = stage_new("192.0.2.1/24",
		"dhcp-range=set:low,192.0.2.10,192.0.2.99\n"
		"dhcp-host=02:00:00:00:00:01,set:kids\n"
		"dhcp-mac=set:pad,02:00:00:00:01:*\n"
		"dhcp-name-match=set:tv,tv\n"
		"dhcp-vendorclass=set:never,x\n"
		"tag-if=set:both,tag:kids,tag:low\n");

	bind_lease(s, "192.0.2.20", "02:00:00:00:00:01", NULL);
	bind_lease(s, "192.0.2.21", "02:00:00:00:01:07", "tv");
	bind_lease(s, "198.51.100.1", "02:00:00:00:00:01", NULL);
	CHECK_TEXT(known(s, "192.0.2.20"), "eth0 known kids low both");
	CHECK_TEXT(known(s, "192.0.2.21"), "eth0 pad tv low");
	CHECK_TEXT(known(s, "198.51.100.1"), " known kids");
	stage_free(s);
}
