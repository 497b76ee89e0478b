/* SPDX-License-Identifier: ISC */
/*
 * bind -- which sockets a service should have, by bind-interfaces,
 * bind-dynamic and who is served.
 *
 * A pure function of the configuration and the interfaces as they are now.
 * Without the bind options: the wildcard of each family, and each packet is
 * judged as it comes.  With one of them: every served address.  bind-dynamic
 * asks again after each change; so does DHCP under either, since its sockets
 * belong to devices.
 */
#pragma once

#include "lan/conf.h"

struct binding {
	struct addr addr;		/* any: the wildcard of its family */
	char device[16];		/* "": none */
	bool share;			/* the port, with other programs */
};

#define BINDINGS_MAX 512

struct bindings {
	struct binding at[BINDINGS_MAX];
	size_t n;
	bool overflow;			/* more are wanted than that */
};

/* A service's own judgement; `service` is its to know.  n is never NULL. */
typedef bool lan_judge(const void *service, const struct lan_conf *c, const struct netif *n,
		       const struct addr *to);

/* Those wanted now by a service on UDP or TCP; tentative addresses are left for later. */
void lan_bindings(struct bindings *out, const struct lan_conf *c, const struct loop *l,
		  lan_judge *serves, const void *service);

/* Those of DHCPv4: one wildcard; with a bind option one shared socket for each device that is
 * served and has an address. */
void lan_bindings_dhcp4(struct bindings *out, const struct lan_conf *c, const struct loop *l);

bool bindings_have(const struct bindings *b, const struct binding *one);

/*
 * The next interface named by interface= that is not there, or NULL.  Begin with
 * c->interfaces, go on with what follows the one returned.  With bind-interfaces
 * alone each is fatal at start ("unknown interface NAME", exit 2), else a
 * warning ("interface NAME does not currently exist").
 */
const struct if_name *lan_missing(const struct if_name *names, const struct loop *l);
