/* SPDX-License-Identifier: ISC */
/*
 * rule_names -- a million lines like local=/ads.example/ in a few bytes each.
 *
 * A plain line, with one domain of ASCII letters and nothing or one address behind
 * it, is a member of a name set; what it says is a target, which all lines that say the same
 * share.  All others, and a second line for a domain that is here, are a struct
 * dns_rule each; dns_rule.after says which of both came first.
 */
#pragma once

#include "dns/conf.h"
#include "dns/name_set.h"

struct rule_names;

/* What lines say: their rule but for domain and origin.  It lives as long as the arena. */
struct rule_target {
	const struct dns_rule *rule;
	const char *file;		/* of these lines */
	unsigned number;
};

/* Which lines there are: server= and local=, or address=. */
enum rule_option { OPTION_SERVER, OPTION_ADDRESS };

/* Takes a value into *names, which is made in the arena where it is NULL, and dies with it.  False:
 * it is not plain, or its domain is there already; nothing has changed. */
bool rule_names_take(struct arena *arena, struct rule_names **names, enum rule_option option,
		     struct span value, struct origin o);

/* No more will come.  All of these take NULL for none. */
void rule_names_seal(struct rule_names *n);
size_t rule_names_count(const struct rule_names *n);
/* What dns_rule.after is of a rule that comes now. */
uint32_t rule_names_end(const struct rule_names *n);

/* The key that names are looked up by. */
const struct name_key *rule_names_key(const struct rule_names *n);

/* The line for this very tail of a name; false: none. */
struct rule_name { uint32_t place; unsigned tail; };
bool rule_names_find(const struct rule_names *n, const struct name_tails *name, unsigned tail,
		     struct rule_name *out);

const struct rule_target *rule_names_target(const struct rule_names *n, uint32_t place,
					    struct origin *out);
/* All targets, counted from 0. */
unsigned rule_names_targets(const struct rule_names *n);
const struct rule_target *rule_names_nth_target(const struct rule_names *n, unsigned number);

/* Every line of both kinds, as they came: of those that are members too. */
struct rule_walk {
	const struct dns_rule *next;	/* of the others */
	const struct rule_names *names;
	uint32_t cursor;
	uint32_t place;			/* of the member at hand, */
	const struct dns_rule *rule;	/* or its target's rule; else the rule at hand */
	bool is_member;
};
bool rule_walk_next(struct rule_walk *w);
void rule_walk_domain(const struct rule_walk *w, struct dname *out);
