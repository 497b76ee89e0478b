/* SPDX-License-Identifier: ISC */
/*
 * rules -- which server=, local= or address= line decides about a name.
 *
 * An immutable index over the lines of the configuration and of what was read
 * beside it (resolv.conf, servers-file): built anew when one of these changes,
 * and swapped.  The longest domain wins; "*.a" is longer than "a", and "a" is
 * stronger than "*a".  Among lines for one domain an address of the asked type
 * beats zeros, these beat "#", that beats servers, and they beat "local data
 * alone", as in dnsmasq 2.90.  Lines that say nothing of the asked type leave it
 * to a shorter domain, then to those of all names; but a name of one label never
 * comes behind "//".  Looking up is a probe or two for each label of the name (one
 * for each letter where there are lines like "*a"), and allocates nothing.
 */
#pragma once

#include "dns/conf.h"
#include "wire/dns.h"

struct rules;
struct rule_names;

/*
 * What is read beside the configuration.  Owned by whoever made it; rules_new borrows
 * it and the configuration for its own life.
 */
struct server_files {
	struct arena arena;
	struct conf_files *from;	/* while they are read: who knows addresses of hosts */
	struct dns_rule *resolv;	/* REACH_ALL, RULE_SERVER: nameserver lines, in order */
	struct dns_rule *resolv_last;
	struct dns_rule *listed;	/* of servers-file */
	struct dns_rule *listed_last;
	struct rule_names *listed_names;
	const char *resolv_path;	/* the newest resolv file, which was read; NULL: none */
	bool resolv_empty;		/* it was read and has no nameserver */
};

/* Never NULL.  files NULL: none were read. */
struct rules *rules_new(const struct dns_conf *c, const struct server_files *files);
void rules_free(struct rules *r);

enum rules_say {
	SAY_ASK,			/* these servers */
	SAY_NOBODY,			/* there are no servers for it */
	SAY_LOCAL,			/* local data alone: NXDOMAIN, or NODATA where the name exists
					 * there or .exists */
	SAY_ADDRESS,			/* .addresses answer a question of this type */
	SAY_ZEROS,
};

struct rule_servers {			/* the servers of one domain, in order of the lines */
	const struct dns_rule *const *rule;
	size_t n;
	unsigned id;			/* the same for the same list; what the forwarder remembers
					 * (who answered last) it keeps by this.  0: the default ones */
};

struct rules_verdict {
	enum rules_say say;
	const struct dns_rule *rule;	/* what the line says that decided; NULL: the default servers, or
					 * nobody where no line said so.  Many lines may share it: */
	struct origin origin;		/* this is the line's own, */
	unsigned labels;		/* and so is its domain of so many: rules_domain() */
	uint32_t member;		/* rules' own: which line it is, */
	uint8_t member_of;		/* and of which set; 0: of none */
	struct rule_servers servers;	/* SAY_ASK */
	const struct dns_rule *const *addresses;	/* SAY_ADDRESS: lines with one of the asked family */
	size_t n_addresses;
	bool exists;			/* SAY_LOCAL: a line gives the name an address of another type */
};

/* Where one of a verdict's rules stands. */
static inline struct origin rules_origin(const struct rules_verdict *v, const struct dns_rule *r)
{
	return r->origin.file ? r->origin : v->origin;
}

/* The domain of the line that decided; n is 0 where it has none. */
void rules_domain(const struct rules *r, const struct rules_verdict *v, struct dname *out);

/* Of a name (wire form, any case) and a type. */
struct rules_verdict rules_find(const struct rules *r, struct span name, uint16_t type);

/* Every list of servers, those of plain lines at the end; *cursor from 0; false there. */
bool rules_each(const struct rules *r, size_t *cursor, struct rule_servers *out,
		const struct dns_rule **out_first);
