/* SPDX-License-Identifier: ISC */
/* What is rehearsed is what the server does, byte for byte. */
#include <dirent.h>
#include <stdlib.h>

#include "dhcp/rehearse.h"
#include "dhcp/server_private.h"
#include "dhcp/stage_test.h"

enum { PACKET_MAX = 4096 };

struct theatre {
	struct stage *stage;
	struct dhcp_server *server;
	struct dhcp_rehearsal r;
	unsigned answers;		/* that were compared */
	unsigned packets;
};

static struct theatre *theatre_new(const char *lines)
{
	struct theatre *t = calloc(1, sizeof *t);
	struct stage *s;
	char why[100];

	must(t);
	t->stage = s = stage_new("192.0.2.1/24", lines);
	sim_netif_add(s->loop, "eth1", "198.51.100.1/24", "02:ff:00:00:00:01");
	t->server = dhcp_server_new(s->loop, s->leases, NULL, &s->counters);
	dhcp_server_configure(t->server, s->env.conf, s->env.lan, NULL);
	leases_set_max(s->leases, s->env.conf->lease_max);
	CHECK_EQ(dhcp_server_listen(t->server, why, sizeof why), ST_OK);
	return t;
}

static void theatre_free(struct theatre *t)
{
	dhcp_server_free(t->server);
	stage_free(t->stage);
	free(t);
}

static void check_sent(struct theatre *t, const struct sim_sent *sent)
{
	const struct dhcp_reply *want = &t->r.reply;

	CHECK_BYTES(sent->d.data, span_of(want->packet, want->n));
	CHECK(addr_eq(&sent->d.to.addr, &want->to.addr));
	CHECK_EQ(sent->d.to.port, want->to.port);
	CHECK_EQ(sent->frame_to.len > 0, want->frame);
	t->answers++;
}

/* Rehearsed first, then played to the server on the same leases. */
static void play(struct theatre *t, struct span packet, const struct addr *to, const char *interface)
{
	struct stage *s = t->stage;
	const struct netif *n = loop_netif_named(s->loop, interface);
	struct dgram d = { .to = { *to, DHCP4_SERVER_PORT }, .ifindex = n->index, .data = packet };
	struct dhcp_env e = s->env;
	struct sim_sent sent;

	e.hosts = &t->server->hosts;
	e.memory = &t->server->memory;
	e.now = loop_now(s->loop);
	dhcp_rehearse(&e, n, to, packet, &t->r);
	sim_deliver(s->loop, &d);
	sim_run_for(s->loop, 1000);		/* a probe is over by then */
	t->packets++;
	if (sim_sent_next(s->loop, &sent))
		check_sent(t, &sent);
	else
		CHECK_EQ(t->r.reply.n, 0);
	CHECK(!sim_sent_next(s->loop, &sent));
}

/* ---- every packet of the corpus --------------------------------------------------------- */

static const char everything[] =
	"dhcp-range=set:a,192.0.2.10,192.0.2.200,10m\n"
	"dhcp-range=tag:eth1,set:b,198.51.100.50,198.51.100.60,20m\n"
	"dhcp-range=10.1.1.10,10.1.1.20,255.255.255.0,20m\n"
	"dhcp-range=10.0.0.0,static,255.0.0.0\n"
	"domain=lan.example\n"
	"dhcp-host=02:00:00:00:00:01,192.0.2.30,printer,set:host\n"
	"dhcp-host=52:54:00:*:*:*,set:virtual\n"
	"dhcp-match=set:ipxe,175\n"
	"dhcp-match=set:bios,option:client-arch,0\n"
	"dhcp-match=set:efi,option:client-arch,7\n"
	"dhcp-vendorclass=set:pxe,PXEClient\n"
	"dhcp-userclass=set:u,iPXE\n"
	"tag-if=set:both,tag:bios,tag:pxe\n"
	"dhcp-boot=tag:!ipxe,undionly.kpxe,server,192.0.2.7\n"
	"dhcp-boot=tag:ipxe,boot.ipxe\n"
	"dhcp-option=encap:175,176,1b\n"
	"dhcp-option=vendor:PXEClient,6,2b\n"
	"dhcp-option=tag:a,42,0.0.0.0\n"
	"dhcp-option=tag:both,66,other\n"
	"dhcp-option-force=208,f1:00:74:7e\n"
	"dhcp-rapid-commit\n"
	"leasequery\n";

static const char *const configurations[] = {
	everything,
	"no-ping\ndhcp-range=192.0.2.10,192.0.2.20\ndhcp-authoritative\n",
	"no-ping\ndhcp-authoritative\ndhcp-range=192.0.2.0,static\ndhcp-range=10.0.0.0,static,255.0.0.0\n"
	"dhcp-host=*:*:*:*:*:*,192.0.2.77\ndhcp-ignore=tag:!known\n",
	"no-ping\ndhcp-range=192.0.2.10,192.0.2.20\ndhcp-lease-max=1\ndhcp-no-override\n"
	"dhcp-sequential-ip\ndhcp-authoritative\n",
	"dhcp-range=192.0.2.10,192.0.2.20\nno-dhcp-interface=eth1\ndhcp-ignore-clid\n",
};

static size_t read_file(const char *folder, const char *name, uint8_t out[PACKET_MAX])
{
	char path[600];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(out, 1, PACKET_MAX, f);
	fclose(f);
	return n;
}

/* Each on leases as those before it left them, and again while they last. */
static void play_folder(struct theatre *t, const char *folder)
{
	const struct addr all = addr_ip4(0xffffffff), own = addr_ip4(0xc0000201);
	uint8_t bytes[PACKET_MAX];
	struct dirent **list;
	int n = scandir(folder, &list, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		struct span packet = span_of(bytes, read_file(folder, list[i]->d_name, bytes));

		if (packet.n) {
			play(t, packet, &all, "eth0");
			play(t, packet, &own, "eth0");
			play(t, packet, &all, "eth1");
		}
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

TEST(rehearsed_answers_to_every_packet_of_the_corpus_are_the_bytes_that_the_server_sends)
{
	for (size_t i = 0; i < COUNT_OF(configurations); i++) {
		struct theatre *t = theatre_new(configurations[i]);

		play_folder(t, LANLORD_SOURCE "/tests/corpus/dhcp4");
		CHECK(t->packets > 300);
		CHECK(t->answers > 10);
		theatre_free(t);
	}
}

/* ---- the clients of a boot ------------------------------------------------------------------- */

/* A client's option, replaced or put before the end mark. */
static struct span with_option(uint8_t *packet, size_t n, uint8_t code, struct span value)
{
	struct writer w = writer_of(packet, PACKET_MAX);

	w.at += n - 1;				/* over the end mark */
	writer_u8(&w, code);
	writer_u8(&w, value.n);
	writer_span(&w, value);
	writer_u8(&w, DHCP4_END);
	return writer_done(&w);
}

/* DISCOVER, then REQUEST of what was offered, then a renewal of it. */
TEST(rehearsed_exchange_is_that_of_the_server)
{
	static const char *const clients[] = {
		"350101",
		/* iPXE */
		("350101 390205c0 5d020000 5e03010201"
		 "3c20 505845436c69656e743a417263683a30303030303a554e44493a303032303031 4d0469505845"
		 "3719 010306070c0f111a2a2b3c424377798081828384858687afcb af07b1050110ec8139"),
		/* firmware */
		("350101 390205c0 370c 01020306 0c0f2b36 3c424361 5d020007 5e03010300"
		 "3c09 505845436c69656e74"),
		"350101 0c07 7072696e746572 3704 01030f0c 5000",
	};

	for (size_t i = 0; i < COUNT_OF(clients); i++) {
		struct theatre *t = theatre_new(everything);
		const struct addr all = addr_ip4(0xffffffff);
		static uint8_t request[PACKET_MAX];
		uint8_t options[200];
		struct span o = test_hex(clients[i], options, sizeof options);
		struct span p = stage_packet(t->stage, "52:54:00:00:00:07", o);
		struct addr offered;

		memcpy(request, p.p, p.n);
		play(t, p, &all, "eth0");
		offered = t->r.verdict.addr;
		CHECK(addr_is_set(&offered));
		request[242] = DHCP4_REQUEST;		/* the value of option 53, which comes first */
		p = with_option(request, p.n, DHCP4_REQUESTED_IP, addr_bytes(&offered));
		p = with_option(request, p.n, DHCP4_SERVER_ID, HEX("c0000201"));
		play(t, p, &all, "eth0");
		CHECK_EQ(t->r.verdict.kind, VERDICT_ACK);
		play(t, p, &all, "eth0");		/* it asks again for what it has */
		CHECK_EQ(t->answers, 3);
		theatre_free(t);
	}
}

TEST(a_rehearsed_question_about_a_lease_is_answered_as_the_server_answers_it)
{
	static const char *const clids[] = { "35010a", "35010a 3d020163", "35010a 3703 01030c" };
	struct theatre *t = theatre_new(everything);
	const struct addr all = addr_ip4(0xffffffff);

	play(t, stage_packet(t->stage, "52:54:00:00:00:07", HEX("350101 3d020163 5000")), &all, "eth0");
	CHECK_EQ(t->r.verdict.kind, VERDICT_ACK);
	for (size_t i = 0; i < COUNT_OF(clids); i++) {
		uint8_t options[40];
		struct span p = stage_packet(t->stage, "52:54:00:00:00:07",
					     test_hex(clids[i], options, sizeof options));

		memcpy(t->stage->packet + 24, (uint8_t[]){ 10, 1, 1, 1 }, 4);	/* giaddr */
		play(t, p, &all, "eth0");
		CHECK(t->r.is_query && !t->r.has_type);
		CHECK_EQ(t->r.query.answer, DHCP4_LEASEACTIVE);
		CHECK(t->r.reply.n > 0);
	}
	CHECK_EQ(t->answers, 4);
	theatre_free(t);
}

/* ---- what it says besides --------------------------------------------------------------------- */

TEST(rehearsal_changes_nothing)
{
	struct stage *s = stage_new("192.0.2.1/24", "dhcp-range=192.0.2.10,192.0.2.20\n");
	const struct netif *n = loop_netif_named(s->loop, "eth0");
	const struct addr all = addr_ip4(0xffffffff), first = addr_ip4(0xc000020a);
	struct span p = stage_packet(s, "02:00:00:00:00:01",
				     HEX("350103 3204c000020a 3604c0000201"));
	static struct dhcp_rehearsal r;
	struct sim_sent sent;

	dhcp_rehearse(&s->env, n, &all, p, &r);
	CHECK_EQ(r.verdict.kind, VERDICT_ACK);
	CHECK(r.reply.n > 0);
	CHECK_EQ(leases_count(s->leases), 0);
	CHECK(leases_at(s->leases, &first) == NULL);
	sim_run_for(s->loop, 2000);
	CHECK(!sim_sent_next(s->loop, &sent));
	stage_free(s);
}

TEST(rehearsal_says_whether_the_address_would_be_probed)
{
	static const struct { const char *lines; bool probed; } rows[] = {
		{ "dhcp-range=192.0.2.10,192.0.2.20\n", true },
		{ "no-ping\ndhcp-range=192.0.2.10,192.0.2.20\n", false },
	};
	const struct addr all = addr_ip4(0xffffffff);
	static struct dhcp_rehearsal r;

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct stage *s = stage_new("192.0.2.1/24", rows[i].lines);

		dhcp_rehearse(&s->env, loop_netif_named(s->loop, "eth0"), &all,
			      stage_packet(s, "02:00:00:00:00:01", HEX("350101")), &r);
		CHECK_EQ(r.verdict.kind, VERDICT_OFFER);
		CHECK_EQ(r.would_probe, rows[i].probed);
		stage_free(s);
	}
}

TEST(rehearsal_says_what_was_dropped_before_it_was_decided)
{
	struct stage *s = stage_new("192.0.2.1/24", "dhcp-range=192.0.2.10,192.0.2.20\n"
						    "no-dhcp-interface=eth0\n");
	const struct netif *n = loop_netif_named(s->loop, "eth0");
	const struct addr all = addr_ip4(0xffffffff);
	static struct dhcp_rehearsal r;

	dhcp_rehearse(&s->env, n, &all, HEX("0101"), &r);
	CHECK_EQ(r.reject, DHCP4_SHORT);
	dhcp_rehearse(&s->env, n, &all, stage_packet(s, "02:00:00:00:00:01", HEX("350163")), &r);
	CHECK_EQ(r.reject, DHCP4_READ);
	CHECK(!r.has_type);
	dhcp_rehearse(&s->env, n, &all, stage_packet(s, "02:00:00:00:00:01", HEX("350101")), &r);
	CHECK(r.has_type && !r.served);
	CHECK_EQ(r.reply.n, 0);
	stage_free(s);
}
