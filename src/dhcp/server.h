/* SPDX-License-Identifier: ISC */
/*
 * server -- the DHCPv4 service: packets in, decisions carried out, packets out.
 *
 * It owns its sockets, the packets that wait, and what is remembered of probes.
 * Leases belong to the store, the configuration to whoever swaps it.  An ACK
 * leaves when its lease is durable and not before.
 */
#pragma once

#include "dhcp/conf.h"
#include "lan/bind.h"
#include "lan/conf.h"
#include "store/counters.h"
#include "store/events.h"
#include "store/leases.h"

struct dhcp_server;

/* Leases, events and counters outlive the server; events and counters may be NULL.  Without leases
 * it can be configured and listen, and drops every packet until it is given some. */
struct dhcp_server *dhcp_server_new(struct loop *l, struct leases *leases, struct events *events,
				    struct counters *counters);
void dhcp_server_set_leases(struct dhcp_server *s, struct leases *leases);
/* Stops timers and probes and closes the sockets.  Commits must be done or stopped before. */
void dhcp_server_free(struct dhcp_server *s);

/* Who knows the addresses of names, for dhcp-host lines that say none; outlives the server.  Asked at
 * each configure, until when the origins that it gave must live. */
struct dhcp_names;
void dhcp_server_set_names(struct dhcp_server *s, const struct dhcp_names *names);

/*
 * Where the tags of leases are told from now on, as they are given and end; of those that there are
 * already, dhcp_server_recall_tags() tells what dhcp/recall.h knows, unless more is known.  After the
 * leases are set; outlives the server.  In slices, but for the first time (store/lease_round.h).
 */
struct lease_tags;
void dhcp_server_set_tags(struct dhcp_server *s, struct lease_tags *tags);
void dhcp_server_recall_tags(struct dhcp_server *s);

/* Told of each client that was given a lease, with what it said of itself (dhcp/facts.h), in the turn
 * in which the lease became durable.  NULL: nobody. */
void dhcp_server_set_facts(struct dhcp_server *s,
			   void (*told)(void *arg, const struct addr *a, struct span facts), void *arg);

/*
 * Serves by this configuration from now on; all three must live until the next
 * call has returned.  files may be NULL.  Packets that wait for a probe or a
 * commit are decided afresh when it ends.  Does not open sockets, nor set how
 * many leases there may be.
 */
void dhcp_server_configure(struct dhcp_server *s, const struct dhcp_conf *c,
			   const struct lan_conf *lan, const struct dhcp_files *files);

/*
 * The same with hosts that were indexed beside (dhcp/host.h), of this configuration and these files;
 * *hosts has those before when it returns.
 */
struct dhcp_hosts;
void dhcp_server_take(struct dhcp_server *s, const struct dhcp_conf *c, const struct lan_conf *lan,
		      const struct dhcp_files *files, struct dhcp_hosts *hosts);

/*
 * Opens port 67, or dhcp-alternate-port: one socket for all interfaces or, under bind-interfaces and
 * bind-dynamic, one for each served interface, bound to its device and shared
 * with other programs' on other devices.  Again after a configure or a change of
 * interfaces: opens what is new and closes what is not served any more.
 * On failure `why` says which and why, in one line.
 */
enum status dhcp_server_listen(struct dhcp_server *s, char *why, size_t why_size);

/* The sockets that this configuration wants, each on conf->server_port. */
void dhcp_bindings(struct bindings *out, const struct dhcp_conf *c, const struct lan_conf *lan,
		   const struct loop *l);

/* Where it listens. */
void dhcp_server_listening(const struct dhcp_server *s, struct bindings *out);

/* Packets that wait now. */
size_t dhcp_server_parked(const struct dhcp_server *s);
