/* SPDX-License-Identifier: ISC */
/*
 * domain -- which domain an address belongs to (the domain option, all forms).
 */
#pragma once

#include "base/addr.h"
#include "base/arena.h"
#include "base/origin.h"
#include "net/loop.h"

struct args;

struct domain_rule {
	struct origin origin;
	const char *name;		/* "lan.example": ASCII, small letters, no dot at its end;
					 * "": the addresses have no domain */
	bool all;			/* the plain form: for what no other rule has */
	struct addr start, end;		/* inclusive; set unless all or interface */
	const char *interface;		/* domain=d,eth0: the subnets of that interface */
	bool local;			/* also answer for it here */
	bool search;			/* domain=#: the name is what resolv.conf searches first */
	struct domain_rule *next;	/* in file order */
};

/*
 * The domain of an address: the last matching range, network or interface form,
 * else the last plain one; NULL if that is none or its name is empty.  `n` is the
 * interface whose link the address is on, or NULL (behind a relay), where no
 * interface form matches.
 */
const struct domain_rule *domain_of(const struct domain_rule *rules, const struct addr *a,
				    const struct netif *n);

/* The value of a domain line, added at the end of the list. */
bool domain_take(struct args *a, struct domain_rule **rules);

/* Gives a rule the name that this resolv.conf searches first; false: there is none. */
bool domain_set_search(struct arena *arena, struct domain_rule *d, struct span resolv_conf);

/* The first name of the first `search` line of a resolv.conf; false and *out untouched if none. */
bool resolv_search(struct span resolv_conf, struct span *out);
