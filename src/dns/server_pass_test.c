/* SPDX-License-Identifier: ISC */
/*
 * A kept answer that our own data let by once is given without asking them again, until they change.
 */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nserver=198.51.100.53\n"

static const struct lab_query a_org = { .name = "a.org", .id = 7 };

/* A service that has asked for a name, has kept the answer (NULL: NXDOMAIN), and has given it twice. */
static void open_kept(struct server_lab *o, const char *lines, const char *name, const char *addr)
{
	const struct lab_query q = { .name = name, .id = 7 };
	struct dgram query;

	server_lab_open(o, lines);
	server_lab_ask(o, &q);
	must(server_lab_sent(o, true, &query));
	server_lab_answer(o, &query, addr, 300);
	(void)server_lab_heard(o);
	for (int i = 0; i < 2; i++) {
		server_lab_ask(o, &q);
		CHECK(strcmp(server_lab_heard(o), "nothing") != 0);
	}
}

static void publish(struct server_lab *o, const char *name)
{
	struct names_entry e = { .addr = addr_ip4(0xc000024d) };

	must(dname_parse(name, &e.name));
	CHECK_EQ(names_put(o->names, &e), ST_OK);
}

TEST(a_lease_takes_the_place_of_a_kept_answer_at_once)
{
	const struct addr a = addr_ip4(0xc000024d);
	struct server_lab o;

	open_kept(&o, LINES, "a.org", "203.0.113.1");
	publish(&o, "a.org");
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.org 192.0.2.77");
	names_remove(o.names, &a);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
	server_lab_close(&o);
}

TEST(other_data_take_the_place_of_a_kept_answer_at_once)
{
	struct server_lab o;

	open_kept(&o, LINES, "a.org", "203.0.113.1");
	server_lab_use(&o, LINES "address=/org/192.0.2.9\n");
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.org 192.0.2.9");
	server_lab_use(&o, LINES "domain-needed\n");
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1");
	server_lab_close(&o);
}

TEST(an_interface_that_comes_takes_the_place_of_a_kept_answer_at_once)
{
	struct server_lab o;

	open_kept(&o, LINES "interface-name=a.org,eth9\n", "a.org", "203.0.113.1");
	sim_netif_add(o.loop, "eth9", "192.0.2.99/24", NULL);
	server_lab_ask(&o, &a_org);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.org 192.0.2.99");
	server_lab_close(&o);
}

/* NXDOMAIN is kept for the name, but what our own data say is a matter of the type too. */
TEST(that_a_name_is_not_there_passes_for_the_types_that_were_asked)
{
	struct server_lab o;

	open_kept(&o, LINES "filterwin2k\n", "a.org", NULL);
	server_lab_ask(&o, &(struct lab_query){ .name = "a.org", .id = 7, .type = DNS_AAAA });
	CHECK_TEXT(server_lab_heard(&o), "7 NXDOMAIN a.org");
	server_lab_ask(&o, &(struct lab_query){ .name = "a.org", .id = 7, .type = DNS_SRV });
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.org");
	server_lab_close(&o);
}

/* Two addresses, 203.0.113.1 and .2, answer a query to upstream. */
static void answer_with_two(struct server_lab *o, const struct dgram *query)
{
	struct dns_question q;
	struct dns_writer w;
	struct dns_walk asked;
	uint8_t bytes[512];

	must(dns_walk_start(&asked, query->data, &q));
	dns_write_start(&w, bytes, sizeof bytes, asked.header.id, DNS_QR | DNS_RD | DNS_RA);
	dns_write_question(&w, &q);
	for (uint32_t i = 1; i <= 2; i++) {
		const struct addr a = addr_ip4(0xcb007100 + i);

		must(dns_write_addr(&w, DNS_ANSWER, dname_span(&q.name), &a, 300));
	}
	(void)sim_deliver(o->loop, &(struct dgram){
		.from = query->to, .to = query->from, .ifindex = o->eth0,
		.data = dns_write_end(&w, DNS_NOERROR) });
}

TEST(addresses_of_a_kept_answer_take_turns_but_with_no_round_robin)
{
	static const struct { const char *lines, *want[3]; } all[] = {
		{ LINES, { "7 NOERROR a.org 203.0.113.2 203.0.113.1",
			   "7 NOERROR a.org 203.0.113.1 203.0.113.2",
			   "7 NOERROR a.org 203.0.113.2 203.0.113.1" } },
		{ LINES "no-round-robin\n", { "7 NOERROR a.org 203.0.113.1 203.0.113.2",
					      "7 NOERROR a.org 203.0.113.1 203.0.113.2",
					      "7 NOERROR a.org 203.0.113.1 203.0.113.2" } },
	};

	for (size_t i = 0; i < COUNT_OF(all); i++) {
		struct server_lab o;
		struct dgram query;

		server_lab_open(&o, all[i].lines);
		server_lab_ask(&o, &a_org);
		must(server_lab_sent(&o, true, &query));
		answer_with_two(&o, &query);
		CHECK_TEXT(server_lab_heard(&o), "7 NOERROR a.org 203.0.113.1 203.0.113.2");
		for (size_t k = 0; k < COUNT_OF(all[i].want); k++) {
			server_lab_ask(&o, &a_org);
			CHECK_TEXT(server_lab_heard(&o), all[i].want[k]);
		}
		server_lab_close(&o);
	}
}
