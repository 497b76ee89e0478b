/* SPDX-License-Identifier: ISC */
/*
 * explain_scene_test -- what a question is explained in: a configuration, a simulated
 * machine, and a table of leases.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include "app/explain_private.h"
#include "app/sections.h"
#include "base/must.h"
#include "net/sim.h"
#include "test/test.h"

/* As explain_stage_open makes one, on a simulated machine. */
struct scene {
	struct explain_stage stage;
	struct generation g;
	struct dhcp_rehearsal r;
	struct explained e;
};

static inline struct scene *scene_new(const char *lines)
{
	struct scene *c = calloc(1, sizeof *c);
	struct explain_stage *s = &c->stage;
	struct leases_want want = { .file = "leases", .store = "memory", .max = 100,
				    .counters = &s->counters };
	char why[100];

	must(c);
	c->g.conf = conf_new(sections, sections_n, NULL);
	conf_read_text(c->g.conf, "conf", span_text(lines));
	conf_read_text(c->g.conf, "scene", span_text("port=0\n"));
	conf_check(c->g.conf);
	if (conf_errors(c->g.conf))
		test_failed(__FILE__, __LINE__, conf_error_text(c->g.conf, 0));
	c->g.app = conf_section(c->g.conf, &app_section);
	c->g.lan = conf_section(c->g.conf, &lan_section);
	c->g.dhcp = conf_section(c->g.conf, &dhcp_section);
	c->g.boot = conf_section(c->g.conf, &boot_section);
	s->g = &c->g;
	s->loop = sim_new(1);
	s->files = files_new(geteuid());
	must(leases_open(&s->leases, s->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
	dhcp_hosts_init(&s->hosts, c->g.dhcp, NULL, NULL);
	return c;
}

static inline void scene_free(struct scene *c)
{
	leases_stop(c->stage.leases);
	leases_free(c->stage.leases);
	files_free(c->stage.files);
	dhcp_hosts_done(&c->stage.hosts);
	sim_free(c->stage.loop);
	conf_free(c->g.conf);
	free(c);
}

static inline const struct explained *scene_play(struct scene *c, struct span packet)
{
	const struct addr all = addr_ip4(0xffffffff);
	const struct dhcp_env e = explain_stage_env(&c->stage);

	dhcp_rehearse(&e, c->stage.netif, &all, packet, &c->r);
	explain(&c->stage, &c->r, &c->e);
	return &c->e;
}
