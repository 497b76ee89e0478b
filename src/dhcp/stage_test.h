/* SPDX-License-Identifier: ISC */
/*
 * stage_test -- a decision's surroundings: a configuration, an interface, a
 * table of leases, and packets from clients.
 */
#pragma once

#include <stdlib.h>

#include "base/must.h"
#include "dhcp/decide.h"
#include "dhcp/server.h"
#include "net/sim.h"
#include "test/test.h"

struct stage {
	struct conf *conf;
	struct loop *loop;
	struct leases *leases;
	struct counters counters;
	struct dhcp_hosts hosts;
	struct dhcp_memory memory;
	struct dhcp_env env;

	uint8_t packet[1500];
	struct dhcp4_msg msg;
	struct dhcp_request request;
	struct dhcp_verdict verdict;
};

/* eth0 with this address, and these lines. */
static inline struct stage *stage_new(const char *cidr, const char *lines)
{
	static const struct conf_section *const sections[] = { &dhcp_section, &lan_section };
	struct stage *s = calloc(1, sizeof *s);
	struct leases_want want = { .file = "leases", .store = "memory", .max = 100,
				    .counters = &s->counters };
	char why[100];

	must(s);
	s->conf = conf_new(sections, 2, NULL);
	conf_read_text(s->conf, "test", span_text(lines));
	conf_read_text(s->conf, "stage", span_text("port=0\n"));
	conf_check(s->conf);
	if (conf_errors(s->conf))
		test_failed(__FILE__, __LINE__, conf_error_text(s->conf, 0));
	s->loop = sim_new(1);
	sim_netif_add(s->loop, "eth0", cidr, "02:ff:00:00:00:00");
	must(leases_open(&s->leases, s->loop, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
	must(leases_start(s->leases) == ST_OK);
	s->env = (struct dhcp_env){
		.conf = conf_section(s->conf, &dhcp_section),
		.lan = conf_section(s->conf, &lan_section),
		.hosts = &s->hosts, .leases = s->leases, .memory = &s->memory, .may_probe = true,
	};
	dhcp_hosts_init(&s->hosts, s->env.conf, NULL, NULL);
	return s;
}

static inline void stage_free(struct stage *s)
{
	leases_stop(s->leases);
	leases_free(s->leases);
	dhcp_hosts_done(&s->hosts);
	sim_free(s->loop);
	conf_free(s->conf);
	free(s);
}

/* A packet with these options, in hex and without the end mark. */
static inline struct span stage_packet(struct stage *s, const char *mac, struct span options)
{
	struct dhcp4_head h = { .op = DHCP4_BOOTREQUEST, .xid = 7 };
	struct writer w = writer_of(s->packet, sizeof s->packet);
	struct dhcp4_build b;

	hwaddr_parse(mac, &h.hw);
	must(dhcp4_build_start(&b, &h, (struct dhcp4_room){ 1400, 0, false }));
	writer_span(&w, span_of(b.bytes, 240));
	writer_span(&w, options);
	writer_u8(&w, DHCP4_END);
	return writer_done(&w);
}

static inline const struct dhcp_request *stage_request(struct stage *s, const char *mac,
						       struct span options)
{
	struct addr to = addr_ip4(0xffffffff);

	must(dhcp4_read(stage_packet(s, mac, options), &s->msg) == DHCP4_READ);
	if (!dhcp_request_read(&s->msg, loop_netif_named(s->loop, "eth0"), &to, &s->request))
		test_failed(__FILE__, __LINE__, "the packet has no message type");
	return &s->request;
}

static inline const struct dhcp_verdict *stage_decide(struct stage *s, const char *mac,
						      struct span options)
{
	s->env.now = loop_now(s->loop);
	dhcp_decide(&s->env, stage_request(s, mac, options), &s->verdict);
	return &s->verdict;
}
