/* SPDX-License-Identifier: ISC */
/*
 * fuzzes: dhcp/request.c
 * The whole engine: packets in, from the first byte of the input to the reply.
 *
 * The input is a row of packets, each with two bytes of length and one that
 * says how it comes: by which interface, and how much time passes after it.
 */
#include <stdlib.h>

#include "app/sections.h"
#include "base/must.h"
#include "dhcp/log.h"
#include "dhcp/server.h"
#include "net/sim.h"
#include "wire/dhcp4.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char configuration[] =
	"port=0\n"
	"log-dhcp\n"
	"domain=lan.example\n"
	"dhcp-range=set:a,192.0.2.10,192.0.2.40,10m\n"
	"dhcp-range=tag:m,set:b,192.0.2.50,192.0.2.60,20m\n"
	"dhcp-range=10.1.1.10,10.1.1.20,255.255.255.0,20m\n"
	"dhcp-host=02:00:00:00:00:01,192.0.2.30,printer\n"
	"dhcp-host=id:aa:bb,set:byid,192.0.2.31\n"
	"dhcp-host=02:*:00:00:00:*,10.1.1.15\n"
	"dhcp-host=scanner,192.0.2.35,1h\n"
	"dhcp-match=set:m,option:client-arch,7\n"
	"dhcp-match=set:v,vi-encap:171\n"
	"dhcp-vendorclass=set:pxe,PXEClient\n"
	"dhcp-userclass=set:ipxe,iPXE\n"
	"dhcp-circuitid=set:port,eth0\n"
	"dhcp-name-match=set:wpad,wpad*\n"
	"tag-if=set:both,tag:m,tag:pxe\n"
	"dhcp-ignore=tag:wpad\n"
	"dhcp-ignore-names=tag:v\n"
	"dhcp-boot=tag:!ipxe,undionly.kpxe,server,192.0.2.7\n"
	"dhcp-boot=tag:ipxe,http://192.0.2.7/boot.ipxe\n"
	"dhcp-option=encap:175,176,1b\n"
	"dhcp-option=tag:m,encap:175,176,0b\n"
	"dhcp-option=encap:175,190,user\n"
	"dhcp-option=vendor:PXEClient,6,2b\n"
	"dhcp-option=vi-encap:171,5,hello\n"
	"dhcp-option=tag:a,42,0.0.0.0\n"
	"dhcp-option=66,server\n"
	"dhcp-option=51,600\n"
	"dhcp-option=tag:m,59,200\n"
	"dhcp-option=tag:pxe,255,192.0.2.8\n"
	"dhcp-option=251,\n"
	"dhcp-option-force=208,f1:00:74:7e\n"
	"dhcp-option-force=209,a-text-that-is-long-enough-to-need-some-room-in-the-packet-and-more\n"
	"dhcp-rapid-commit\n"
	"bootp-dynamic=tag:!pxe\n"
	"dhcp-generate-names=tag:a\n"
	"dhcp-reply-delay=tag:v,1\n"
	"dhcp-proxy=10.1.1.2\n"
	"shared-network=eth1,10.1.1.1\n"
	"leasequery\n";

/* Read once: it never changes. */
static struct conf *conf(void)
{
	static struct conf *c;

	if (c)
		return c;
	c = conf_new(sections, sections_n, NULL);
	conf_read_text(c, "fuzz", span_text(configuration));
	conf_check(c);
	must(conf_errors(c) == 0);
	return c;
}

static void no_sink(enum log_subsystem sub, enum log_level level, const char *text)
{
	(void)sub;
	(void)level;
	(void)text;
}

/* Every reply can be read, and answers somebody. */
static void drain(struct loop *l)
{
	static struct dhcp4_msg m;
	struct sim_sent sent;

	while (sim_sent_next(l, &sent)) {
		must(dhcp4_read_reply(sent.d.data, &m) == DHCP4_READ);
		must(m.opt[DHCP4_MESSAGE_TYPE].n == 1 ? m.opt[DHCP4_SERVER_ID].n == 4
						      : m.opt[DHCP4_SERVER_ID].n == 0);	/* BOOTP */
		must(sent.d.data.n >= DHCP4_MIN_SIZE && sent.d.data.n <= DHCP4_MAX_SIZE);
	}
}

static void play(struct loop *l, struct span input)
{
	static const int64_t pauses_ms[] = { 0, 1, 1000, 700000 };
	struct reader r = reader_of(input);

	while (reader_left(&r) > 3) {
		struct dgram d = { .to = { addr_ip4(0xffffffff), DHCP4_SERVER_PORT } };
		uint8_t how = reader_u8(&r);
		size_t n = reader_u16(&r);

		d.data = reader_take(&r, n < reader_left(&r) ? n : reader_left(&r));
		d.ifindex = loop_netif_named(l, how & 1 ? "eth1" : "eth0")->index;
		if (how & 2)
			d.to.addr = addr_ip4(0xc0000201);
		sim_deliver(l, &d);
		sim_run_for(l, pauses_ms[how >> 2 & 3]);
		drain(l);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loop *l = sim_new(1);
	struct leases *leases;
	struct leases_want want = { .file = "leases", .store = "memory", .max = 20 };
	struct events events = { 0 };
	struct counters counters = { 0 };
	struct dhcp_log log;
	struct dhcp_server *s;
	char why[100];

	log_set_sink(no_sink);
	sim_netif_add(l, "eth0", "192.0.2.1/24", "02:ff:00:00:00:00");
	sim_netif_add(l, "eth1", "198.51.100.1/24", "02:ff:00:00:00:01");
	sim_occupy(l, "192.0.2.11", "02:77:00:00:00:01");
	must(leases_open(&leases, l, &want, (uid_t)-1, (gid_t)-1, why, sizeof why) == ST_OK);
	must(leases_start(leases) == ST_OK);
	dhcp_log_init(&log, &events);
	dhcp_log_set(&log, true, false);
	s = dhcp_server_new(l, leases, &events, &counters);
	dhcp_server_configure(s, conf_section(conf(), &dhcp_section),
			      conf_section(conf(), &lan_section), NULL);
	must(dhcp_server_listen(s, why, sizeof why) == ST_OK);
	play(l, span_of(data, size));
	sim_run_for(l, 20000);
	drain(l);
	must(dhcp_server_parked(s) == 0);
	leases_stop(leases);
	dhcp_server_free(s);
	leases_free(leases);
	sim_free(l);
	return 0;
}
