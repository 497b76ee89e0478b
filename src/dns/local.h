/* SPDX-License-Identifier: ISC */
/*
 * local -- what this machine answers from its own data: a pure function.
 *
 * Configured records, hosts files, leases, interfaces, made-up names, and the
 * lines that say "local alone".  The verdict lists the records with where each
 * came from; dns/reply.h writes it, the log tells it, explain prints it.
 */
#pragma once

#include "base/clock.h"
#include "dns/blocks.h"
#include "dns/conf.h"
#include "dns/common.h"
#include "dns/hosts.h"
#include "dns/rules.h"
#include "lan/conf.h"
#include "net/loop.h"
#include "store/names.h"
#include "wire/dns.h"

struct lease_tags;

/* Index over dns_conf.records and what belongs to them; immutable, one a configuration. */
struct records;
struct records *records_new(const struct dns_conf *c, const struct lan_conf *lan);
void records_free(struct records *r);

enum local_source {			/* in words of the log: */
	FROM_CONFIG,			/* "config" */
	FROM_RECORD,			/* the same, of a line about one record: its type is told alone */
	FROM_HOSTS,			/* the file's path */
	FROM_LEASE,			/* "DHCP" */
	FROM_BLOCK,			/* the list's path */
	FROM_MADE,			/* "config": of a zone, an address of an interface or of the name */
	FROM_AUTH,			/* "auth": what a zone says of itself */
};

struct local_item {
	enum dns_section section;
	struct dname owner;
	uint16_t type;
	uint32_t ttl_s;
	struct span rdata;		/* wire form, names uncompressed; borrowed from the view or
					 * from the verdict's own bytes */
	enum local_source from;
	struct origin origin;		/* file NULL: a lease, an interface */
};

#define LOCAL_ITEMS_MAX 512
#define LOCAL_BYTES_MAX 65536

/* Large: an owner keeps one and reuses it. */
struct local_verdict {
	bool answered;			/* false: ask elsewhere (or say what `otherwise` says) */
	bool exists;			/* the name has local data of some type, or names below it: an
					 * NXDOMAIN from elsewhere becomes NODATA.  Of what is not answered
					 * local_decide() knows it, local_answer() does not */
	bool fleeting;			/* not answered now and for this client, but maybe for another or a
					 * moment later, though nothing of local_pass() changes */
	unsigned rcode;
	bool authoritative;		/* AA */
	bool by_zones;			/* it is what auth-zones say: */
	const struct dns_zone *zone;	/* this one, or NULL: none has the name */
	bool stranger;			/* nobody is asked for who wants it: no RA */
	enum dns_ede ede;
	struct local_item items[LOCAL_ITEMS_MAX];
	size_t n;
	bool overflow;			/* more records than that: the answer is truncated */
	struct rules_verdict rule;	/* what the lines say of the name that is to be asked */
	struct origin origin;		/* of a negative answer: the line that made it */
	struct block_verdict block;	/* a list blocks the name, and .origin is in it */
	uint8_t bytes[LOCAL_BYTES_MAX];	/* rdata made for this answer */
	size_t bytes_n;
};

/* All that local data are, at one moment. */
struct local_view {
	const struct dns_conf *conf;
	const struct lan_conf *lan;
	const struct records *records;
	const struct rules *rules;
	const struct hosts *hosts;
	const struct names *names;	/* or NULL: no leases */
	const struct blocks *blocks;	/* or NULL: no block lists */
	const struct lease_tags *tags;	/* of clients; or NULL: nobody has any */
	const struct loop *loop;	/* interfaces, for interface-name and localise-queries */
	uint32_t zone_serial;		/* of all zones */
	unsigned long long turn;	/* counts answers: what round robin turns by */
	struct dns_common *common;	/* for CHAOS statistics; or NULL */
};

struct local_question {
	const struct dns_query *query;
	struct endpoint from;
	struct addr to;			/* the address of ours that was asked */
	unsigned ifindex;		/* where it came in; 0: unknown */
	bool stranger;			/* asked where auth-server says: only zones are answered for */
	struct now now;
};

/* The turn of this question, for local_view.turn; the next one gets the next. */
unsigned long long local_turn(struct local_turns *t, const struct dns_question *q);

/*
 * A number that stays the same only as long as a question that was not answered here, and not
 * fleetingly, is not answered here; never 0.  `edition` is of the data (dns/data.h).  Read it before
 * deciding: names of leases change meanwhile.
 */
uint64_t local_pass(uint64_t edition, const struct names *names);

void local_decide(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *out);
/* The same but for `exists`, which costs more than the rest and is seldom asked for. */
void local_answer(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *out);
/* That alone.  `room` is written to. */
bool local_exists(const struct local_view *v, const struct local_question *q,
		  struct local_verdict *room);
