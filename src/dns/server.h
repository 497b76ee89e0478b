/* SPDX-License-Identifier: ISC */
/*
 * server -- the name service: questions in, answers out.
 *
 * An engine on one loop: it owns its sockets, the questions that wait and the
 * forwarder.  What it answers by (dns/data.h), the names of leases and the cache are
 * somebody else's.  Two can live in one process.
 *
 * A question's way: may it be asked here (access), what do our own data say
 * (local), may it go out (filter), is it known (cache), who knows (forward), what
 * of the reply goes on (filter), keep it (cache), answer.
 */
#pragma once

#include "base/rng.h"
#include "dns/cache.h"
#include "dns/counts.h"
#include "dns/data.h"
#include "dns/forward.h"
#include "lan/bind.h"
#include "store/events.h"

struct dns;

struct dns_want {
	struct loop *loop;
	struct rng *rng;
	struct events *events;		/* or NULL */
	struct names *names;		/* of leases, or NULL */
	const struct lease_tags *tags;	/* of leases, or NULL */
	struct cache *cache;
	struct neighbours *neighbours;	/* or NULL: the kernel is asked */
	struct dns_counts *counts;
	struct dns_common *common;	/* with other workers; NULL: it is alone */
};

/* What only the wants say must outlive it.  It answers nothing before dns_use(). */
struct dns *dns_new(const struct dns_want *want);
void dns_free(struct dns *d);		/* NULL is fine */

/*
 * Answers by these data from now on; the ones before may go when it returns.
 * Questions that wait for upstream go on, and are answered by the new data's filters.
 */
void dns_use(struct dns *d, const struct dns_data *data);

/* How much of its work it tells as events. */
enum dns_tells {
	DNS_TELLS_NOTHING, DNS_TELLS_QUERIES,
	DNS_TELLS_STRANGERS,		/* of zones' strangers (auth-server) alone */
};
void dns_set_tells(struct dns *d, enum dns_tells tells);

/* Descriptors of sockets that are bound; that of TCP listens. */
struct dns_sockets { int udp, tcp; };

/*
 * UDP and TCP at this address and the configuration's port, or on these sockets, which it
 * takes over; NULL: it opens its own.  Statuses are udp_open's; where one of the two
 * fails, both are closed.
 */
enum status dns_listen(struct dns *d, const struct binding *at, uint16_t port,
		       const struct dns_sockets *sockets);
void dns_unlisten(struct dns *d, const struct binding *at);

/* Whom local-service lets ask; it counts only where nothing names who is served, as in dnsmasq. */
enum dns_local_service dns_restriction(const struct dns_conf *c, const struct lan_conf *lan);

/* Questions that wait for upstream, TCP connections that are open. */
struct dns_now { size_t waiting, connections; };
struct dns_now dns_now(const struct dns *d);
