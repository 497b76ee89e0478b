/* SPDX-License-Identifier: ISC */
/* The server's inside, for its own files. */
#pragma once

#include "dhcp/parked.h"
#include "dhcp/server.h"
#include "lan/bind.h"
#include "store/lease_round.h"

enum { DHCP_SOCKETS_MAX = BINDINGS_MAX };

struct dhcp_socket {
	struct udp udp;
	struct dhcp_server *server;
	unsigned ifindex;		/* 0: the one for all interfaces */
	bool open;
};

struct dhcp_server {
	struct loop *loop;
	struct leases *leases;
	struct events *events;
	struct counters *counters;

	const struct dhcp_conf *conf;
	const struct lan_conf *lan;
	const struct dhcp_files *files;
	const struct dhcp_names *names;	/* or NULL */
	void (*facts_told)(void *arg, const struct addr *a, struct span facts);	/* or NULL */
	void *facts_arg;
	struct lease_tags *tags;	/* or NULL */
	struct lease_watch ends;	/* of leases, for them */
	struct lease_round recall;	/* finds them again */
	struct dhcp_hosts hosts;
	uint64_t generation;		/* counts configurations */

	struct dhcp_memory memory;
	struct dhcp_parking parking;
	struct dhcp_socket sockets[DHCP_SOCKETS_MAX];
	struct netif_watch watch;
	char not_heard[256];		/* what the last change of interfaces lacked: told once */

	/* One packet's moment. */
	struct dhcp4_msg msg;
	struct dhcp_request request;
	struct dhcp_verdict verdict;
	struct dhcp_reply reply;
};

/* The socket that reaches an interface (0: any), or NULL. */
struct udp *dhcp_server_socket(struct dhcp_server *s, unsigned ifindex);

/* Where a packet counts as having arrived, of which *out_link (or NULL) is the interface that it came
 * by; NULL: nowhere. */
const struct netif *dhcp_server_arrival(struct dhcp_server *s, const struct dhcp_input *in,
					unsigned *out_link);

/* Passes on what is a relay's to pass on (relay.c); false: it is not. */
bool dhcp_server_relays(struct dhcp_server *s, const struct dhcp_input *in);

/* Answers s->msg, which came to n, if it is a question about leases and leasequery is given
 * (leasequery.c); false: it is not. */
bool dhcp_server_asked(struct dhcp_server *s, const struct dhcp_env *e, const struct dhcp_input *in,
		       const struct netif *n);

void dhcp_server_receive(struct udp *u, const struct dgram *d);
