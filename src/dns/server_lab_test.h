/* SPDX-License-Identifier: ISC */
/*
 * server_lab_test -- a whole name service in the simulation: eth0 with 192.0.2.1/24
 * and 2001:db8::1/64, eth1 with 198.18.0.1/24, wildcard listeners at port 53, and what it tells.
 */
#pragma once

#include "conf/conf.h"
#include "dns/server.h"
#include "net/sim.h"

struct server_lab {
	struct loop *loop;
	const struct server_lab *host;	/* whose loop it is; NULL: its own */
	struct conf *conf;
	struct dns *dns;
	struct dns_data *data;
	struct dns_counts counts;
	struct cache *cache;
	struct names *names;
	struct rng rng;
	struct events events;
	struct event_watch watch;
	bool extra;			/* log-queries=extra */
	char told[8000];		/* a line an event, as the log has it */
	unsigned eth0, eth1;
	uint8_t query[2000];		/* the one to upstream that was seen last */
	uint8_t bytes[DNS_MESSAGE_MAX];	/* of a test, as it likes */
};

void server_lab_open(struct server_lab *o, const char *lines);
/* A second one on the loop of another, which outlives it, at this port. */
void server_lab_open_beside(struct server_lab *o, const struct server_lab *host, uint16_t port,
			    const char *lines);
void server_lab_close(struct server_lab *o);
/* Another configuration. */
void server_lab_use(struct server_lab *o, const char *lines);

/* A query: flags beside RD; an OPT record of udp_size unless that is 0. */
struct lab_query {
	const char *name;
	uint16_t type, id, flags, udp_size;
	bool dnssec_ok;			/* DO, with an OPT record */
	bool no_recursion;		/* without RD */
};

/* As a client of 192.0.2.50, port 40000, sends it. */
void server_lab_ask(struct server_lab *o, const struct lab_query *q);
/* The same from and to any, as it came in on an interface. */
void server_lab_ask_from(struct server_lab *o, const struct lab_query *q,
			 const struct endpoint *from, const struct endpoint *to, unsigned ifindex);
/* The oldest message to upstream, or to a client, that nobody saw yet; of the others those before it are
 * lost.  Its bytes until the next of its kind.  False: none. */
bool server_lab_sent(struct server_lab *o, bool upstream, struct dgram *out);
/* An upstream server answers a query that it was sent: with an address, a name (CNAME), or
 * NXDOMAIN (NULL). */
void server_lab_answer(struct server_lab *o, const struct dgram *query, const char *addr,
		       uint32_t ttl_s);
/* The same with a failure. */
void server_lab_fail(struct server_lab *o, const struct dgram *query, unsigned rcode);
/* "7 NOERROR aa tc a.lan 192.0.2.9 opt=1232 ede=14", of the next answer to a client: ID, rcode, flags, the name
 * as it is spelled, addresses; "nothing". */
const char *server_lab_heard(struct server_lab *o);
