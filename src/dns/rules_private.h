/* SPDX-License-Identifier: ISC */
/*
 * What the making of rules and the finding in them share.
 */
#pragma once

#include "dns/rule_names.h"
#include "dns/rules.h"

/* Lines of the configuration, and of servers-file. */
enum { OF_CONF, OF_FILE, NAMES };

/* With this in its id a list of servers is that of a target of names[OF_CONF] or, with the second one
 * too, of names[OF_FILE]. */
#define ID_TARGET (1u << 30)
#define ID_OF_FILE (1u << 29)

/*
 * Rules that are no member of a name set, and members for whose domain there is
 * another line, lie in one array of pointers, those of one domain together, in the
 * order in which they count; a slot of the hash table leads to the first of each
 * domain.  A name is hashed from its end, so one walk gives the hash of each part
 * of it that a domain could be.
 */
struct rules {
	struct arena arena;
	const struct rule_names *names[NAMES];	/* plain lines; NULL: none */
	const struct dns_rule **rule;
	uint32_t n;
	uint32_t *slot;			/* place + 1 of a domain's first rule; 0: empty */
	uint32_t slots;			/* a power of two */
	uint32_t all, plain;		/* place + 1 of the first of these reaches; 0: none */
	uint32_t default_from, default_to;	/* the servers of no domain */
	bool wild, below;		/* is there any? */
};

/* In the order in which lines for one domain count. */
enum order { ORDER_IP6, ORDER_IP4, ORDER_ZEROS, ORDER_DEFAULT, ORDER_SERVER, ORDER_LOCAL, ORDERS };

enum order rules_order(const struct dns_rule *r);

/* The rules of one domain lie together. */
struct rules_group { uint32_t from, to; };

struct rules_group rules_group_at(const struct rules *r, uint32_t first);
/* Those of a group that stand at this place of the order. */
struct rules_group rules_part(const struct rules *r, struct rules_group g, enum order o);
