/* SPDX-License-Identifier: ISC */
/*
 * dns_workers -- the threads of the name service: dns-workers of them, one a core of
 * those that this process may run on, four at most, where nobody says.
 *
 * Clients are dealt out among them by the kernel: each has its own sockets of every
 * address (app/dns_sockets.h).  What they share is the data that they answer by, the
 * cache, the names of leases and struct dns_common.  The control loop's thread owns
 * all of this, and opens and closes sockets as interfaces come and go.
 *
 * How many threads there are is settled at the start; how many of them listen, by the
 * data: where questions leave by ports that cannot be dealt out (query-port, a source
 * with a port, a narrow min-port and max-port) it is one.
 */
#pragma once

#include "app/dns_worker.h"
#include "app/generation.h"
#include "dns/data.h"
#include "lan/bind.h"

#define DNS_SERVERS_TOLD 256

struct dns_workers;

struct dns_workers_want {
	struct loop *loop;		/* the control loop */
	struct events *events;
	struct names *names;
	const struct lease_tags *tags;
	struct neighbours *neighbours;
	struct socket_door *door;
};

/* The loops and the sockets, which come through the door; no threads yet, and no data to answer
 * by.  NULL: *f says why. */
struct dns_workers *dns_workers_open(const struct dns_workers_want *want,
				     const struct generation *g, struct failure *f);
/* They serve from the first dns_workers_use() on.  ST_SYSTEM: no thread. */
enum status dns_workers_start(struct dns_workers *ws);
void dns_workers_free(struct dns_workers *ws);		/* NULL is fine */

/*
 * All of them answer by these data of this configuration when it returns, and none by what was
 * before; on its sockets: f->text, empty before, says which cannot be had.  Where `g` turns
 * DNS off none is left.
 */
void dns_workers_use(struct dns_workers *ws, const struct generation *g,
		     const struct dns_data *data, struct failure *f);

/* Forgets what was kept of answers.  From any thread. */
void dns_workers_clear_cache(struct dns_workers *ws);

size_t dns_workers_count(const struct dns_workers *ws);

/* Where they listen; valid until something changes. */
const struct bindings *dns_workers_listening(const struct dns_workers *ws);

/* What is kept; shared, and made for that. */
struct cache *dns_workers_cache(struct dns_workers *ws);

/* Sums. */
const struct dns_counts *dns_workers_counts(struct dns_workers *ws);
struct dns_now dns_workers_now(struct dns_workers *ws);
/* What is known of each server; how many, at most DNS_SERVERS_TOLD. */
size_t dns_workers_servers(struct dns_workers *ws, struct server_stats out[DNS_SERVERS_TOLD]);
