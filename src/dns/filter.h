/* SPDX-License-Identifier: ISC */
/*
 * filter -- what may be asked outside, and what of an answer from outside goes on.
 *
 * Pure functions of the configuration and a message.
 */
#pragma once

#include "base/status.h"
#include "dns/conf.h"
#include "wire/dns.h"

/* The answer of an option: no records. */
struct filter_answer {
	unsigned rcode;
	bool authoritative;		/* AA */
	const char *option;		/* its name */
};

/*
 * Questions that are answered here and not sent on: domain-needed, bogus-priv,
 * filterwin2k.  `exists`: local data know the name, so it is NODATA.  `rule`: the line
 * that decides who would be asked, or NULL; bogus-priv stands back where it names servers
 * for the domain, the others do not.
 */
bool filter_question(const struct dns_conf *c, const struct dns_question *q, bool exists,
		     const struct dns_rule *rule, struct filter_answer *out);

enum filter_say {
	FILTER_PASS,
	FILTER_NXDOMAIN,		/* bogus-nxdomain */
	FILTER_REBIND,			/* stop-dns-rebind: an empty answer, and a warning */
};

struct filtered {
	enum filter_say say;
	struct span message;		/* what goes on: in `buffer`, OPT taken out */
	struct span keep;		/* what the cache gets, where ttl_s is not 0: the records that
					 * answer, and of a negative answer the SOA; behind `message` */
	bool removed;			/* filter-A and its like took records: EDE 17 */
	uint32_t ttl_s;			/* how long it may be kept: the smallest TTL of the answer, or of
					 * a negative answer as RFC 2308 5 and neg-ttl have it; 0: not at all */
	bool negative;			/* NXDOMAIN or NODATA */
	enum dns_ede ede;
	struct dns_edns edns;		/* of the reply; its options are borrowed from there */
	struct dname private_at;	/* FILTER_REBIND: the name of the first private address, and how */
	size_t before_private;		/* many records of the answer stand before it, for the log */
	struct origin origin;		/* the line that decided, where one did */
};

/* filter-A and its like: does this record of a reply to q stay behind? */
bool filter_takes_out(const struct dns_conf *c, const struct dns_question *q,
		      const struct dns_rr *rr, enum dns_section section);
/* And all records of the type that is asked?  Then a kept answer without them is theirs. */
bool filter_takes_type(const struct dns_conf *c, uint16_t type);
/* alias=: another address for that of an A record.  False: it stays. */
bool filter_alias(const struct dns_conf *c, const struct dns_rr *rr, struct addr *out);

/*
 * Tells each address of a reply that answers q, in the order of its records: of the asked type, at the
 * asked name or what it is an alias of, and as alias= has it.  `record` counts the records of the
 * answer section from 0.
 */
void filter_each_address(const struct dns_conf *c, const struct dns_question *q, struct span reply,
			 void (*told)(void *arg, uint32_t record, const struct addr *a), void *arg);

/* ignore-address: wait for another reply than this. */
bool filter_ignores(const struct dns_conf *c, const struct dns_question *q, struct span reply);

/*
 * Judges a reply to q and rewrites it: records of filter-A, filter-AAAA and filter-rr out,
 * aliases in, TTLs clamped, NXDOMAIN of a name that exists here made NODATA.
 * A server that a line names for the domain may tell private addresses no more than others, as in
 * dnsmasq: rebind-domain-ok says which names may have them.
 * ST_MALFORMED: it does not parse.
 */
enum status filter_reply(const struct dns_conf *c, const struct dns_question *q, struct span reply,
			 bool exists, void *buffer, size_t size, struct filtered *out);
