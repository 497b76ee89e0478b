/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "base/must.h"
#include "dns/server_lab_test.h"
#include "test/test.h"

#define LINES "no-resolv\nno-hosts\nhost-record=a.lan,192.0.2.9\n"

/* Asks, as it came in on eth0 or eth1; 0: answered. */
static const struct { const char *lines, *from, *to; unsigned netif; bool answered; } asked[] = {
	{ "", "192.0.2.50", "192.0.2.1", 0, true },
	{ "", "203.0.113.5", "192.0.2.1", 0, true },
	{ "", "192.0.2.50", "192.0.2.1", 99, false },	/* of an interface that nobody knows */
	{ "interface=eth1\n", "192.0.2.50", "192.0.2.1", 0, false },
	{ "interface=eth0\n", "192.0.2.50", "192.0.2.1", 0, true },
	{ "except-interface=eth0\n", "192.0.2.50", "192.0.2.1", 0, false },
	{ "except-interface=eth1\n", "203.0.113.5", "192.0.2.1", 0, true },
	{ "listen-address=192.0.2.1\n", "192.0.2.50", "192.0.2.1", 0, true },
	{ "listen-address=192.0.2.1\n", "198.18.0.50", "198.18.0.1", 1, false },
	{ "local-service\n", "192.0.2.50", "192.0.2.1", 0, true },
	{ "local-service\n", "198.18.0.50", "192.0.2.1", 0, true },	/* near another interface */
	{ "local-service\n", "203.0.113.5", "192.0.2.1", 0, false },
	{ "local-service\n", "2001:db8::50", "2001:db8::1", 0, true },
	{ "local-service\n", "2001:db8:1::50", "2001:db8::1", 0, false },
	{ "local-service\ninterface=eth0\n", "203.0.113.5", "192.0.2.1", 0, true },
	{ "local-service\nexcept-interface=eth1\n", "203.0.113.5", "192.0.2.1", 0, true },
	{ "local-service\nlisten-address=192.0.2.1\n", "203.0.113.5", "192.0.2.1", 0, true },
	{ "local-service=host\n", "192.0.2.50", "192.0.2.1", 0, false },
	{ "local-service=host\n", "127.0.0.1", "127.0.0.1", 2, true },
	{ "local-service\n", "127.0.0.1", "127.0.0.1", 2, true },
	{ "interface=eth0\n", "127.0.0.1", "127.0.0.1", 2, true },
};

TEST(who_may_ask_is_answered_and_all_others_are_dropped_and_counted)
{
	for (size_t i = 0; i < COUNT_OF(asked); i++) {
		const struct lab_query q = { .name = "a.lan", .id = 7 };
		struct endpoint from = { .port = 40000 }, to = { .port = 53 };
		struct server_lab o;
		char lines[300];
		unsigned netif[3];

		snprintf(lines, sizeof lines, LINES "%s", asked[i].lines);
		server_lab_open(&o, lines);
		netif[0] = o.eth0;
		netif[1] = o.eth1;
		netif[2] = sim_netif_add(o.loop, "lo", "127.0.0.1/8", NULL);
		must(addr_parse(asked[i].from, &from.addr) && addr_parse(asked[i].to, &to.addr));
		server_lab_ask_from(&o, &q, &from, &to,
				    asked[i].netif < 3 ? netif[asked[i].netif] : asked[i].netif);
		CHECK_TEXT(server_lab_heard(&o),
			   asked[i].answered ? "7 NOERROR aa a.lan 192.0.2.9" : "nothing");
		if (o.counts.not_local != !asked[i].answered)
			CHECK_TEXT(asked[i].lines, asked[i].from);	/* which it was */
		CHECK_EQ(o.counts.queries, asked[i].answered);
		server_lab_close(&o);
	}
}

/* Where its own address is bound the socket says who is served; the interface does not matter. */
TEST(a_socket_of_one_address_serves_whoever_reaches_it)
{
	const struct lab_query q = { .name = "a.lan", .id = 7 };
	const struct endpoint from = { addr_ip4(0xc0000232), 40000 };
	const struct endpoint to = { addr_ip4(0xc0000201), 53 };
	const struct binding own = { .addr = addr_ip4(0xc0000201) };
	struct server_lab o;

	server_lab_open(&o, LINES "interface=eth1\n");
	dns_unlisten(o.dns, &(struct binding){ .addr.family = ADDR_IP4 });
	CHECK_EQ(dns_listen(o.dns, &own, 53, NULL), ST_OK);
	server_lab_ask_from(&o, &q, &from, &to, o.eth0);
	CHECK_TEXT(server_lab_heard(&o), "7 NOERROR aa a.lan 192.0.2.9");
	server_lab_close(&o);
}
