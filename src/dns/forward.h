/* SPDX-License-Identifier: ISC */
/*
 * forward -- asks upstream servers, and gives back what they said.
 *
 * One question in flight serves all who ask it.  Each query leaves with a random
 * ID from a socket drawn from a pool on random ports; a reply must match socket,
 * source address and port, ID and the whole question, or it is counted and
 * dropped.  Which server is asked, and what happens on a truncated reply (TCP) and
 * on SERVFAIL, is dnsmasq's way: strict-order, all-servers, the fastest known
 * otherwise, in a race of all every 50 queries or 20 s.  When one is silent others
 * of its list are asked before the client has to ask again, which dnsmasq leaves
 * to the client; other lists never are.
 *
 * It does not know who asks, nor what becomes of the answer: no cache, no filter.
 */
#pragma once

#include "base/rng.h"
#include "base/status.h"
#include "dns/common.h"
#include "dns/conf.h"
#include "dns/counts.h"
#include "dns/rules.h"
#include "net/loop.h"
#include "store/packets.h"

struct forward;

struct forward_want {
	struct loop *loop;
	struct rng *rng;
	struct dns_counts *counts;
	struct dns_common *common;	/* its quotas, and where it is known; NULL: it is alone */
	/* Told of each query that is sent, for the log; may be NULL. */
	void (*sent)(void *arg, const struct dns_question *q, const struct dns_server *to);
	/* May this reply end the question, which had these EDNS options?  False (ignore-address, another
	 * subnet): wait for another.  May be NULL. */
	bool (*usable)(void *arg, const struct dns_question *q, struct span options,
		       struct span reply);
	/* Is this one of our own listening sockets?  It is not asked then.  May be NULL. */
	bool (*ours)(void *arg, const struct endpoint *at);
	/* Is this server, one of the rules', left out of lists?  Asked when a list is met first; may be
	 * NULL. */
	bool (*left_out)(void *arg, const struct dns_server *s);
	/* Told each time that a server does not keep the case of letters (do-0x20-encode); may be NULL. */
	void (*lost_case)(void *arg, const struct dns_server *s);
	void *arg;
	struct events *events;		/* who looks on at what is sent and comes; or NULL */
};
struct forward *forward_new(const struct forward_want *want);
void forward_free(struct forward *f);		/* every waiting asked gets answered(NULL) */

/* A new configuration: limits, ports, order.  The list of servers is the rules', given with each question. */
void forward_configure(struct forward *f, const struct dns_conf *c);

/* The rules that lists came from are gone after this returns: questions in flight go on with what
 * they know.  Resets who is fastest. */
void forward_forget_rules(struct forward *f);

struct upstream_reply {
	struct span message;		/* whole, checked to answer the question that was asked; its ID
					 * is ours; borrowed */
	struct dns_server from;
	bool tcp;
};

/* One who waits; a member of its owner. */
struct asked {
	/* reply NULL: nobody gave one.  Called once, in a later turn than forward_ask. */
	void (*answered)(struct asked *a, const struct upstream_reply *reply);
	struct asked *next, *prev;	/* forward's own, as is the rest */
	void *flight;			/* NULL: it waits for nothing */
	struct endpoint from;
	uint16_t id;
	struct endpoint silent;		/* one of those that gave no reply; in answered(NULL) */
};

struct forward_question {
	struct dns_question question;
	bool dnssec_ok, checking_disabled, authentic_data;	/* DO, CD, AD of the query */
	bool no_recursion;		/* it has no RD */
	bool edns;			/* the query had an OPT record; so has ours then, as dnsmasq's.  DO
					 * and options imply it */
	uint16_t edns_size;		/* what the record says that we take; 0: as much as we do */
	bool unseen;			/* sent() is not told */
	bool tcp;			/* the client came by TCP: ask by TCP at once, as dnsmasq */
	bool renews;			/* for the cache's sake: does not wait beside those who ask the
					 * same already (ST_TAKEN) */
	struct span options;		/* EDNS options to send on, or empty */
	uint32_t mark;			/* of what is sent, for the kernel's rules; 0: none.  Who joins a
					 * question on its way has the mark of who asked it first */
	struct endpoint from;		/* the client: a repeat by the same one is told apart from a
					 * second client's question */
	uint16_t id;			/* the client's, for the same purpose */
};

/*
 * ST_FULL: more than dns-forward-max in flight to these servers, or twice as many in all;
 * ST_UNNAMED: no server of the list is to be asked; ST_UNKNOWN: none could be sent to; ST_TAKEN: the same
 * client (address, port, ID) asks again and is being served: answered() will not be
 * called for this one.  Such a repeat goes to all servers at once (strict-order: to the
 * next), and so does the question of another client when 2 s have passed since it was
 * sent last.
 */
enum status forward_ask(struct forward *f, const struct forward_question *q,
			const struct rule_servers *servers, struct asked *a);
/* Does not wait any more; idempotent. */
void forward_cancel(struct forward *f, struct asked *a);

/* For SIGUSR1 and the CHAOS names. */
struct server_stats {
	struct endpoint at;
	uint64_t sent, retried, failed, nxdomain;
	uint32_t latency_ms;
};
/* Each server that was ever asked.  From any thread: it is told under a lock, and briefly. */
void forward_each_server(struct forward *f, void (*told)(void *arg, const struct server_stats *s),
			 void *arg);
