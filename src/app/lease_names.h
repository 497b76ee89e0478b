/* SPDX-License-Identifier: ISC */
/*
 * lease_names -- publishes the names of leases for DNS, as they come and go.
 *
 * On the control loop; who reads the names has threads of its own (store/names.h).
 * A name that a hosts file gives to another address stays with that, as in
 * dnsmasq, and a line says so.
 */
#pragma once

#include "dhcp/conf.h"
#include "dns/hosts.h"
#include "lan/conf.h"
#include "store/lease_round.h"
#include "store/names.h"

struct lease_names {
	struct lease_watch watch;
	struct leases *leases;		/* NULL: not followed */
	struct names *names;
	struct lease_round round;	/* publishes all */
	const struct lan_conf *lan;	/* whose domains they have */
	struct loop *loop;
	const struct hosts *hosts;	/* or NULL */
	const struct dhcp_conf *dhcp;	/* for dhcp-fqdn and dhcp-ttl; or NULL; set before lease_names_use */
};

/* The domain that a lease has: its own, or that of its address behind this interface (or NULL).  NULL:
 * none.  lan may be NULL. */
const char *lease_domain(const struct lan_conf *lan, const struct lease *l, const struct netif *n);

/* names and the loop outlive it. */
void lease_names_init(struct lease_names *n, struct names *names, struct loop *l);
void lease_names_follow(struct lease_names *n, struct leases *leases);
void lease_names_stop(struct lease_names *n);	/* before the loop or names go */

/* Other domains, other hosts files: all are published anew, in slices but for the first time
 * (store/lease_round.h); until its turn comes a lease has the names that it had.  Both live until the
 * next call. */
void lease_names_use(struct lease_names *n, const struct lan_conf *lan, const struct hosts *hosts);
