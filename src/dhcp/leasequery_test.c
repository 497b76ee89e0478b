/* SPDX-License-Identifier: ISC */
/* Questions byte by byte as RFC 4388 6 has them, asked of a server. */
#include "dhcp/conf_lab_test.h"
#include "dhcp/leasequery.h"
#include "dhcp/server_private.h"
#include "dhcp/stage_test.h"

#define RELAY "0a010101"		/* 10.1.1.1 */
#define NOWHERE "00000000"
#define MAC_1 "020000000001"

struct house {
	struct stage *stage;
	struct dhcp_server *server;
	struct dhcp4_msg answer;
	struct sim_sent sent;
	struct lease_commit commit;
};

static void kept(struct lease_commit *c, enum status s)
{
	(void)c;
	CHECK_EQ(s, ST_OK);
}

static struct house *house_new(const char *lines)
{
	struct house *h = calloc(1, sizeof *h);
	char all[1000], why[100];

	must(h);
	snprintf(all, sizeof all, "no-ping\ndhcp-range=set:r,192.0.2.10,192.0.2.99,255.255.255.0,1h\n"
		 "dhcp-host=02:00:00:00:00:77,192.0.2.200\n%s", lines);
	h->stage = stage_new("192.0.2.1/24", all);
	h->server = dhcp_server_new(h->stage->loop, h->stage->leases, NULL, &h->stage->counters);
	dhcp_server_configure(h->server, h->stage->env.conf, h->stage->env.lan, NULL);
	CHECK_EQ(dhcp_server_listen(h->server, why, sizeof why), ST_OK);
	return h;
}

static void house_free(struct house *h)
{
	dhcp_server_free(h->server);
	stage_free(h->stage);
	free(h);
}

/* 192.0.2.`last` for an hour. */
static void lease(struct house *h, uint8_t last, const char *mac, struct span clid,
		  const char *name)
{
	struct lease_change change = {
		.addr = addr_ip4(0xc0000200u + last), .clid = clid, .name = name,
		.expires_s = loop_now(h->stage->loop).wall_s + 3600,
	};

	must(hwaddr_parse(mac, &change.hw));
	h->commit = (struct lease_commit){ .done = kept };
	must(leases_commit(h->stage->leases, &change, &h->commit) == ST_OK);
	sim_run_for(h->stage->loop, 0);
}

/* A question: figure 1 of RFC 2131, in its order; what is not given in hex is zero. */
struct question {
	const char *ciaddr, *giaddr, *chaddr, *options;
	uint32_t from;			/* 0: 10.1.1.1 */
};

static void zeroes(struct writer *w, size_t n)
{
	while (n--)
		writer_u8(w, 0);
}

static void hex(struct writer *w, const char *text, size_t room)
{
	uint8_t bytes[300];
	struct span s = test_hex(text ? text : "", bytes, sizeof bytes);

	writer_span(w, s);
	if (s.n < room)
		zeroes(w, room - s.n);
}

static struct span question_packet(struct house *h, const struct question *q)
{
	struct writer w = writer_of(h->stage->packet, sizeof h->stage->packet);

	hex(&w, q->chaddr ? "01010600" : "01000000", 0);	/* op htype hlen hops */
	hex(&w, "0000abcd 00000000", 0);		/* xid secs flags */
	hex(&w, q->ciaddr, 4);
	zeroes(&w, 8);					/* yiaddr siaddr */
	hex(&w, q->giaddr ? q->giaddr : RELAY, 4);
	hex(&w, q->chaddr, 16);
	zeroes(&w, 64 + 128);				/* sname file */
	hex(&w, "63825363 35010a", 0);
	hex(&w, q->options, 0);
	writer_u8(&w, 255);
	return writer_done(&w);
}

/* False: it is silent; else the answer is in h->answer. */
static bool ask(struct house *h, const struct question *q)
{
	struct dgram d = {
		.from = { addr_ip4(q->from ? q->from : 0x0a010101), 67 },
		.to = { addr_ip4(0xc0000201), 67 },
		.ifindex = loop_netif_named(h->stage->loop, "eth0")->index,
		.data = question_packet(h, q),
	};

	CHECK(sim_deliver(h->stage->loop, &d));
	sim_run_for(h->stage->loop, 0);
	if (!sim_sent_next(h->stage->loop, &h->sent))
		return false;
	must(dhcp4_read_reply(h->sent.d.data, &h->answer) == DHCP4_READ);
	CHECK_EQ(h->answer.xid, 0xabcd);
	CHECK_TEXT(addr_text(&h->sent.d.to.addr).s, addr_text(&h->answer.giaddr).s);
	CHECK_EQ(h->sent.d.to.port, 67);
	CHECK_BYTES(h->answer.opt[54], HEX("c0000201"));
	return true;
}

static int type_of(const struct house *h)
{
	return h->answer.opt[53].n == 1 ? h->answer.opt[53].p[0] : -1;
}

static uint64_t counted(const struct house *h, enum counter which)
{
	return h->stage->counters.value[which];
}

#define ASK(h, ...) ask(h, &(struct question){ __VA_ARGS__ })

/* ---- the three keys ----------------------------------------------------------------------- */

TEST(a_question_about_an_address_is_told_who_has_it_and_for_how_long)
{
	struct house *h = house_new("leasequery\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	sim_run_for(h->stage->loop, 100000);
	CHECK(ASK(h, .ciaddr = "c0000214"));
	CHECK_EQ(type_of(h), DHCP4_LEASEACTIVE);
	CHECK_TEXT(addr_text(&h->answer.ciaddr).s, "192.0.2.20");
	CHECK_TEXT(hwaddr_text(&h->answer.hw).s, "02:00:00:00:00:01");
	CHECK(addr_is_any(&h->answer.yiaddr));
	CHECK_BYTES(h->answer.opt[51], HEX("00000dac"));	/* 3500 s are left */
	CHECK_BYTES(h->answer.opt[91], HEX("00000064"));	/* 100 s ago */
	CHECK_BYTES(h->answer.opt[61], HEX("0163"));
	CHECK(!dhcp4_has(&h->answer, 92));
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASE_ACTIVE), 1);
	house_free(h);
}

TEST(an_address_without_a_lease_is_unassigned_if_it_is_the_servers_and_else_unknown)
{
	static const struct { const char *ciaddr; int type; } rows[] = {
		{ "c000020a", DHCP4_LEASEUNASSIGNED },		/* the first of the range */
		{ "c0000263", DHCP4_LEASEUNASSIGNED },		/* its last */
		{ "c00002c8", DHCP4_LEASEUNASSIGNED },		/* of the dhcp-host line */
		{ "c0000264", DHCP4_LEASEUNKNOWN }, { "c0000209", DHCP4_LEASEUNKNOWN },
		{ "0a090909", DHCP4_LEASEUNKNOWN },
	};
	struct house *h = house_new("leasequery\n");

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t want[4];

		CHECK(ASK(h, .ciaddr = rows[i].ciaddr));
		CHECK_EQ(type_of(h), rows[i].type);
		CHECK_BYTES(addr_bytes(&h->answer.ciaddr), test_hex(rows[i].ciaddr, want, 4));
		CHECK(!dhcp4_has(&h->answer, 51) && !dhcp4_has(&h->answer, 91));
	}
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASE_UNASSIGNED), 3);
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASE_UNKNOWN), 3);
	house_free(h);
}

TEST(an_offer_and_a_declined_address_are_no_leases)
{
	struct house *h = house_new("leasequery\n");
	const struct addr offered = addr_ip4(0xc0000215), declined = addr_ip4(0xc0000216);
	struct hwaddr hw;

	must(hwaddr_parse("02:00:00:00:00:01", &hw));
	leases_offer(h->stage->leases, &offered, &hw, HEX("0163"), 60, loop_now(h->stage->loop));
	leases_decline(h->stage->leases, &declined, 60, loop_now(h->stage->loop));
	CHECK(ASK(h, .ciaddr = "c0000215"));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNASSIGNED);
	CHECK(ASK(h, .ciaddr = "c0000216"));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNASSIGNED);
	CHECK(ASK(h, .chaddr = MAC_1));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNKNOWN);
	CHECK(ASK(h, .options = "3d020163"));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNKNOWN);
	house_free(h);
}

TEST(a_question_about_a_hardware_address_is_told_the_last_lease_and_all_addresses)
{
	struct house *h = house_new("leasequery\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	sim_run_for(h->stage->loop, 1000);
	lease(h, 30, "02:00:00:00:00:01", HEX("0164"), NULL);
	lease(h, 40, "02:00:00:00:00:02", HEX("0165"), NULL);
	CHECK(ASK(h, .chaddr = MAC_1));
	CHECK_EQ(type_of(h), DHCP4_LEASEACTIVE);
	CHECK_TEXT(addr_text(&h->answer.ciaddr).s, "192.0.2.30");
	CHECK_BYTES(h->answer.opt[61], HEX("0164"));
	CHECK_EQ(h->answer.opt[92].n, 8);
	sim_run_for(h->stage->loop, 1000);
	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);	/* renewed */
	CHECK(ASK(h, .chaddr = MAC_1));
	CHECK_TEXT(addr_text(&h->answer.ciaddr).s, "192.0.2.20");
	CHECK(ASK(h, .chaddr = "020000000009"));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNKNOWN);
	CHECK_TEXT(hwaddr_text(&h->answer.hw).s, "02:00:00:00:00:09");
	house_free(h);
}

TEST(a_question_about_a_client_id_is_told_its_lease)
{
	struct house *h = house_new("leasequery\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	CHECK(ASK(h, .options = "3d020163 37015c"));
	CHECK_EQ(type_of(h), DHCP4_LEASEACTIVE);
	CHECK_TEXT(addr_text(&h->answer.ciaddr).s, "192.0.2.20");
	CHECK_TEXT(hwaddr_text(&h->answer.hw).s, "02:00:00:00:00:01");
	CHECK_BYTES(h->answer.opt[92], HEX("c0000214"));		/* it was asked for */
	CHECK(ASK(h, .options = "3d020199"));
	CHECK_EQ(type_of(h), DHCP4_LEASEUNKNOWN);
	CHECK_BYTES(h->answer.opt[61], HEX("0199"));
	house_free(h);
}

/* However the table keeps them: it changes that as it grows. */
TEST(the_last_lease_of_a_client_is_told_among_many_others)
{
	struct house *h = house_new("leasequery\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	sim_run_for(h->stage->loop, 1000);
	lease(h, 30, "02:00:00:00:00:01", HEX("0164"), NULL);
	for (unsigned i = 0; i < 68; i++) {
		char mac[20];

		snprintf(mac, sizeof mac, "02:00:00:00:01:%02x", i);
		lease(h, (uint8_t)(31 + i), mac, span_of(NULL, 0), NULL);
		CHECK(ASK(h, .chaddr = MAC_1));
		CHECK_TEXT(addr_text(&h->answer.ciaddr).s, "192.0.2.30");
	}
	house_free(h);
}

/* ---- what else is told -------------------------------------------------------------------- */

TEST(of_a_lease_is_told_what_the_question_lists_and_its_client_would_be_told)
{
	struct house *h = house_new("leasequery\ndhcp-option=3,192.0.2.254\n"
				    "dhcp-option=tag:r,42,192.0.2.7\ndhcp-option-force=208,01\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), "printer");
	CHECK(ASK(h, .ciaddr = "c0000214", .options = "3706 01030c2a3ab0"));
	CHECK_BYTES(h->answer.opt[1], HEX("ffffff00"));
	CHECK_BYTES(h->answer.opt[3], HEX("c00002fe"));
	CHECK_BYTES(h->answer.opt[12], span_text("printer"));
	CHECK_BYTES(h->answer.opt[42], HEX("c0000207"));
	CHECK(!dhcp4_has(&h->answer, 58) && !dhcp4_has(&h->answer, 208));
	CHECK_BYTES(h->answer.opt[51], HEX("00000e10"));
	CHECK(ASK(h, .ciaddr = "c0000214"));
	CHECK(!dhcp4_has(&h->answer, 3) && !dhcp4_has(&h->answer, 12));
	house_free(h);
}

TEST(a_lease_that_never_ends_is_told_so_and_one_from_before_the_start_without_its_last_word)
{
	const struct now now = { .mono_ms = 5000, .wall_s = 5 };
	struct hwaddr hw;
	struct stage *s = stage_new("192.0.2.1/24", "leasequery\ndhcp-range=192.0.2.10,192.0.2.20\n");
	const struct lease l = { .addr = addr_ip4(0xc000020b), .state = LEASE_BOUND };
	const struct dhcp_leasequery q = { .answer = DHCP4_LEASEACTIVE, .lease = &l, .leases = 1 };
	const struct addr to = addr_ip4(0xc0000201);
	struct dhcp4_msg m = { .giaddr = addr_ip4(0x0a010101) };
	static struct dhcp_reply reply;

	must(hwaddr_parse("02:00:00:00:00:01", &hw));
	s->env.now = now;
	dhcp_leasequery_write(&s->env, &m, loop_netif_named(s->loop, "eth0"), &to, &q, &s->verdict,
			      &reply);
	must(dhcp4_read_reply(span_of(reply.packet, reply.n), &s->msg) == DHCP4_READ);
	CHECK_BYTES(s->msg.opt[51], HEX("ffffffff"));
	CHECK(!dhcp4_has(&s->msg, 91));
	stage_free(s);
}

/* A question is no request: whatever is asked, the leases are as before. */
TEST(a_question_makes_and_changes_no_lease)
{
	struct house *h = house_new("leasequery\n");
	const struct addr a = addr_ip4(0xc0000214);
	int64_t expires_s;

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), "printer");
	expires_s = leases_at(h->stage->leases, &a)->expires_s;
	sim_run_for(h->stage->loop, 10000);
	CHECK(ASK(h, .ciaddr = "c0000214", .options = "3703 01030c"));
	CHECK(ASK(h, .chaddr = MAC_1, .options = "3703 01030c"));
	CHECK(ASK(h, .ciaddr = "c0000215", .chaddr = "020000000009"));
	sim_run_for(h->stage->loop, 2000);
	CHECK_EQ(leases_count(h->stage->leases), 1);
	CHECK_EQ(leases_at(h->stage->leases, &a)->expires_s, expires_s);
	CHECK(!leases_at(h->stage->leases, &(struct addr){ ADDR_IP4, { 192, 0, 2, 21 } }));
	CHECK_EQ(dhcp_server_parked(h->server), 0);
	house_free(h);
}

/* ---- refusals ------------------------------------------------------------------------------ */

TEST(who_may_ask_is_answered_and_who_may_not_is_met_with_silence_and_counted)
{
	static const struct { const char *lines; uint32_t from; bool answered; } rows[] = {
		{ "leasequery\n", 0x0a010101, true },
		{ "leasequery=10.1.1.1\n", 0x0a010101, true },
		{ "leasequery=10.1.1.1\n", 0x0a010102, false },
		{ "leasequery=10.1.0.0/16\n", 0x0a01ffff, true },
		{ "leasequery=10.1.0.0/16\n", 0x0a020000, false },
		{ "leasequery=10.9.9.9\nleasequery=10.1.1.2\n", 0x0a010102, true },
		{ "leasequery\nleasequery=10.1.1.2\n", 0x0a010101, false },
		{ "leasequery=10.1.1.2\nleasequery\n", 0x0a010101, false },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct house *h = house_new(rows[i].lines);

		lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
		CHECK_EQ(ASK(h, .ciaddr = "c0000214", .from = rows[i].from), rows[i].answered);
		CHECK_EQ(counted(h, COUNTER_DHCP_LEASEQUERY), 1);
		CHECK_EQ(counted(h, COUNTER_DHCP_LEASEQUERY_REFUSED), rows[i].answered ? 0 : 1);
		house_free(h);
	}
}

TEST(a_question_without_giaddr_or_without_a_subject_is_dropped)
{
	struct house *h = house_new("leasequery\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	CHECK(!ASK(h, .ciaddr = "c0000214", .giaddr = NOWHERE));
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASEQUERY_REFUSED), 1);
	CHECK(!ASK(h, .options = "370101"));
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASEQUERY_REFUSED), 2);
	house_free(h);
}

TEST(without_leasequery_a_question_is_of_an_unknown_type)
{
	struct house *h = house_new("");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	CHECK(!ASK(h, .ciaddr = "c0000214"));
	CHECK_EQ(counted(h, COUNTER_DHCP_LEASEQUERY), 0);
	CHECK_EQ(counted(h, COUNTER_DHCP_NO_TYPE), 1);
	house_free(h);
}

TEST(an_answer_names_so_many_addresses_of_a_client_and_no_more)
{
	struct house *h = house_new("leasequery\n");

	for (unsigned i = 0; i < DHCP_ASSOCIATED_MAX + 10; i++)
		lease(h, (uint8_t)(11 + i), "02:00:00:00:00:01", HEX("0163"), NULL);
	CHECK(ASK(h, .chaddr = MAC_1));
	CHECK_EQ(h->answer.opt[92].n, 4 * DHCP_ASSOCIATED_MAX);
	CHECK(h->sent.d.data.n <= DHCP4_DEFAULT_SIZE);
	house_free(h);
}

/* Two options of 150 bytes: more than the default 548 bytes have room for beside the rest. */
#define TEXT_50 "x2345678901234567890123456789012345678901234567890"
TEST(an_answer_leaves_out_what_the_asker_has_no_room_for)
{
	struct house *h = house_new("leasequery\ndhcp-option=224," TEXT_50 TEXT_50 TEXT_50 "\n"
				    "dhcp-option=225," TEXT_50 TEXT_50 TEXT_50 "\n");

	lease(h, 20, "02:00:00:00:00:01", HEX("0163"), NULL);
	CHECK(ASK(h, .ciaddr = "c0000214", .options = "3702 e0e1"));
	CHECK_EQ(h->answer.opt[224].n + h->answer.opt[225].n, 150);
	CHECK(ASK(h, .ciaddr = "c0000214", .options = "3702 e0e1 390205dc"));
	CHECK_EQ(h->answer.opt[224].n + h->answer.opt[225].n, 300);
	house_free(h);
}

TEST(a_leasequery_line_names_an_address_of_ipv4_or_none)
{
	static const struct { const char *line, *error; } cases[] = {
		{ "leasequery", NULL }, { "leasequery=10.1.1.1", NULL },
		{ "leasequery=10.1.0.0/16", NULL }, { "leasequery=0.0.0.0/0", NULL },
		{ "leasequery=10.1.0.0/33", "an IPv4 address that may ask" },
		{ "leasequery=eth0", "an IPv4 address that may ask" },
		{ "leasequery=fd00::1", "write such an address" },
		{ "leasequery=10.1.1.1,10.1.1.2", "leasequery" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		check_line(cases[i].line, cases[i].error);
}
