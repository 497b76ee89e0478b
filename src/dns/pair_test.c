/* SPDX-License-Identifier: ISC */
/* Two name services in one process, on one loop: the first asks the second. */
#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

enum { FAR_PORT = 5353, CLIENT_PORT = 40000, TURNS = 20 };

/* Carries what each sends to the other until the client is answered; its answer. */
static struct addr carry(struct server_lab *lab)
{
	struct addr answer = { 0 };
	struct sim_sent sent;
	struct dns_walk w;
	struct dns_rr rr;

	for (int i = 0; i < TURNS; i++) {
		sim_run_for(lab->loop, 1);
		while (sim_sent_next(lab->loop, &sent)) {
			struct dgram d = sent.d;

			must(d.data.n <= sizeof lab->bytes);
			memcpy(lab->bytes, d.data.p, d.data.n);
			d.data.p = lab->bytes;
			d.ifindex = lab->eth0;
			d.from.addr = addr_ip4(0xc0000201);	/* both are here */
			if (d.to.port != CLIENT_PORT)
				sim_deliver(lab->loop, &d);
			else if (dns_walk_start(&w, d.data, NULL) && dns_walk_next(&w, &rr))
				answer = dns_rr_addr(&rr);
		}
	}
	return answer;
}

TEST(two_name_services_live_in_one_process_and_know_nothing_of_each_other)
{
	const struct lab_query query = { .name = "a.example", .type = DNS_A, .id = 7 };
	static struct server_lab near, far;
	struct addr a;

	server_lab_open(&near, "no-resolv\nno-hosts\nserver=192.0.2.1#5353\n");
	server_lab_open_beside(&far, &near, FAR_PORT, "port=5353\nno-resolv\nno-hosts\n"
			       "local-ttl=60\nhost-record=a.example,203.0.113.9\n");
	server_lab_ask(&near, &query);
	a = carry(&near);
	CHECK_TEXT(addr_text(&a).s, "203.0.113.9");
	CHECK_EQ(near.counts.forwarded, 1);
	CHECK_EQ(near.counts.local, 0);
	CHECK_EQ(far.counts.local, 1);
	CHECK_EQ(near.counts.cache_entries, 1);
	CHECK_EQ(far.counts.cache_entries, 0);
	server_lab_close(&far);
	server_lab_ask(&near, &query);		/* it goes on, from what it has kept */
	a = carry(&near);
	CHECK_TEXT(addr_text(&a).s, "203.0.113.9");
	server_lab_close(&near);
}
