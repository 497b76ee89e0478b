/* SPDX-License-Identifier: ISC */
/*
 * listeners -- on which addresses a service waits.
 *
 * Without bind-interfaces and bind-dynamic that is the wildcard of each family,
 * and who may ask is judged by each packet.  With one of them it is every
 * address that may be served, as it stands now; bind-dynamic asks again after
 * each change.  A service hands in its own judgement of interfaces.
 */
#pragma once

#include "lan/conf.h"
#include "net/loop.h"

struct listener {
	struct addr addr;		/* any: the wildcard of its family */
	char device[16];		/* of a link-local address; "" where it does not matter */
};

#define LISTENERS_MAX 512

struct listeners {
	struct listener at[LISTENERS_MAX];
	size_t n;
	bool overflow;			/* there are more addresses than that */
};

typedef bool listeners_serves(const void *service, const struct lan_conf *lan,
			      const struct netif *n, const struct addr *to);

/* Those that are wanted now. */
void listeners_want(struct listeners *out, const struct lan_conf *lan, const struct loop *l,
		    listeners_serves *serves, const void *service);

bool listeners_have(const struct listeners *l, const struct listener *one);

/*
 * bind-interfaces alone: an interface that is named must be there, as must each
 * listen-address.  The first that is not, in dnsmasq's words; NULL when all are.
 */
const char *listeners_missing_interface(const struct lan_conf *lan, const struct loop *l);
const struct addr *listeners_missing_address(const struct lan_conf *lan, const struct loop *l);
