/* SPDX-License-Identifier: ISC */
/*
 * domain -- which domain an address belongs to (the domain option, all forms).
 */
#pragma once

#include "base/addr.h"
#include "base/origin.h"

struct domain_rule {
	struct origin origin;
	const char *name;		/* "lan.example" */
	bool all;			/* the plain form: for every address that no other rule has */
	struct addr start, end;		/* inclusive; set unless all or interface */
	const char *interface;		/* domain=d,eth0: the subnets of that interface */
	bool local;			/* also answer for it here */
	struct domain_rule *next;	/* in file order */
};

/* The domain of an address, or NULL: the last matching range form, else the plain one. */
const struct domain_rule *domain_of(const struct domain_rule *rules, const struct addr *a);
