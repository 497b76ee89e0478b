/* SPDX-License-Identifier: ISC */
/*
 * server_private -- what the parts of the name service know of each other.
 */
#pragma once

#include "dns/ede.h"
#include "dns/edns_ask.h"
#include "dns/filter.h"
#include "dns/rate.h"
#include "dns/reply.h"
#include "dns/server.h"
#include "net/stream.h"

#define TCP_MESSAGE_MAX DNS_MESSAGE_MAX
#define DNS_PORT 53

/* Where a question came from, and so where its answer goes. */
struct client {
	struct endpoint from, to;
	unsigned ifindex;		/* where it came in; 0: unknown */
	struct binding at;		/* the listener's; UDP finds its socket by it again */
	struct dns_place *place;	/* the listener itself, while the question is being taken */
	struct dns_link *link;		/* the TCP connection; NULL: UDP */
	uint32_t serial;		/* of the question, for the log */
	bool stranger;			/* asks where auth-server says */
	uint8_t cookie_n;		/* bytes of the COOKIE option that its answer has; 0: none */
	uint8_t cookie[4 + COOKIE_CLIENT + COOKIE_SERVER];
};

/* A question as it was taken in. */
struct taken {
	struct client client;
	struct cache_key key;
	bool is_new;			/* the cache has been asked for it, and has nothing */
	struct dns_query query;		/* its options lie in its message */
};
#define TAKEN_MAX 32			/* as many as come at once */

/* A question that waits for upstream: a place in a pool. */
struct waiting {
	struct dns *dns;
	struct asked asked;
	struct client client;
	struct dns_query query;		/* its options are not kept */
	bool personal;			/* servers were told who asks: the answer is not kept */
	bool quiet;			/* its client has been answered, or there was none */
	bool renews;			/* one of d->renewing */
	bool holds;			/* serve-stale has an answer for when .patience ends */
	struct loop_timer patience;
	struct waiting *next;		/* of the free ones */
	struct waiting *link_next, *link_prev;	/* of those of one TCP connection */
};

struct dns_copy;

/* One listening address: a UDP socket and a TCP listener. */
struct dns_place {
	struct dns *dns;
	struct binding at;
	struct udp udp;
	struct stream_listener tcp;
	struct dns_place *next;
};

struct dns {
	struct dns_want want;
	struct dns_common alone;	/* where it was given none to share */
	const struct dns_data *data;	/* NULL before dns_use */
	struct forward *forward;
	enum dns_tells tells;
	struct dns_place *places;
	struct dns_link *links;		/* TCP connections */
	size_t links_n;
	size_t copies;			/* of zones, on their way */
	struct wait_block *wait_blocks;	/* the pool, */
	struct waiting *free_waits;	/* and what is free of it */
	size_t waiting;
	struct rate *rate;		/* common to all workers; NULL: no rate-limit */
	struct ede ede;			/* words to the error of the answer at hand; "": none */
	size_t renewing;		/* of those, for the cache's sake */
	unsigned loops_seen;		/* of data->loops: those that lists leave out */
	const struct client *asking;	/* whose question is being sent on; NULL: nobody's any more */
	struct taken taken[TAKEN_MAX];	/* by UDP, to be answered together */
	size_t taken_n;
	struct sets_filler *filler;	/* NULL: no set was ever filled */
	unsigned long long turn;	/* of the question at hand, once it is known */
	bool turn_known;
	struct local_verdict verdict;	/* of the question at hand */
	uint8_t reply[DNS_MESSAGE_MAX + DNS_UDP_MIN];	/* the answer at hand, and room for our OPT */
	uint8_t filtered[DNS_MESSAGE_MAX];
};

/* ---- questions (server.c) --------------------------------------------------------- */

/* A question that is taken in, whose client is filled in, or false: what is none, which has its answer already. */
bool dns_read(struct dns *d, struct span message, struct taken *t);
void dns_answer(struct dns *d, struct taken *t);
/* Both, of one alone. */
void dns_take(struct dns *d, const struct client *c, struct span message);

/* What a decision about a question sees. */
struct local_view server_view(const struct dns *d);
struct local_question server_local_question(const struct dns *d, const struct client *c,
					    const struct dns_query *q);

/* Does any of our own data know the name of this question? */
bool server_knows(struct dns *d, const struct client *c, const struct dns_query *q);

static inline struct cache_key server_key(const struct dns *d, const struct dns_query *q)
{
	return (struct cache_key){
		.name = dname_span(&q->question.name), .type = q->question.type,
		.class = q->question.class, .dnssec_ok = q->edns.dnssec_ok,
		.checking_disabled = q->header.flags & DNS_CD,
		.authentic_data = d->data->conf->proxy_dnssec && (q->header.flags & DNS_AD),
	};
}

/* Who does not neither gets what others asked for nor leaves anything for them, as in dnsmasq. */
static inline bool server_asks_recursion(const struct dns_query *q)
{
	return q->header.flags & DNS_RD;
}

/* ---- questions that wait (server_wait.c) --------------------------------------------- */

/* NULL: as many wait as may, or no memory. */
struct waiting *waiting_take(struct dns *d);
void waiting_give(struct waiting *w);
void waits_free(struct dns *d);

/* Whose question waits; until it is given back. */
void waiting_for(struct waiting *w, const struct client *c);

/* It waits no more, and nobody is answered. */
void waiting_forget(struct waiting *w);

/* ---- upstream (server_ask.c) ----------------------------------------------------------- */

/* Asks what our own data do not answer; its client is answered in any case, or waits. */
void server_ask(struct dns *d, const struct client *c, const struct dns_query *q,
		const struct local_verdict *v);

/* The question of one that waits, on its way: fills it in first.  Statuses are forward_ask's; but for
 * ST_OK it is the caller's to give back. */
enum status server_send(struct waiting *w, const struct client *c, const struct dns_query *q,
			const struct local_verdict *v);
/* It with what it takes along, which is borrowed from *out_said and the query. */
struct forward_question server_question(struct dns *d, const struct client *c,
					const struct dns_query *q, struct edns_ask *out_said);
/* Would servers be told who asks?  Then the answer is for nobody else. */
bool server_tells_who(struct dns *d, const struct client *c, const struct dns_query *q);

/* What forwards for d->want; NULL: no memory. */
struct forward *server_forward_new(struct dns *d);

/* ---- what is kept past its time, or renewed before it ends (server_stale.c) ---------------- */

/* Asks anew for an answer that is kept; nobody waits for it. */
void server_renew(struct dns *d, const struct client *c, const struct dns_query *q,
		  const struct local_verdict *v, const struct cache_hit *hit);
/* Where serve-stale has an answer for one that waits, its client waits for a while only. */
void server_hold(struct waiting *w);
/* Gives it that answer, as the question came to nothing.  False: there is none. */
bool server_fall_back(struct waiting *w);

/* ---- sets of the kernel (server_sets.c) -------------------------------------------------- */

/* Puts the addresses of a reply where ipset= and nftset= say, before anybody hears of them. */
void server_fill_sets(struct dns *d, const struct dns_question *q, struct span message,
		      const struct filtered *f);
/* Where messages to the kernel leave by, made when it is needed first; NULL: no memory. */
struct nfnl *server_netfilter(struct dns *d);
/* What became of the addresses of one record of that reply, where queries are logged. */
void tell_sets(struct dns *d, const struct client *c, uint32_t record);
/* And once the reply is told: of what was not, what went wrong. */
void tell_sets_end(struct dns *d, const struct client *c);
void server_sets_free(struct dns *d);

/* ---- marks of connections (server_marks.c) ----------------------------------------------- */

/* What conntrack= has the question upstream marked with; 0: nothing. */
uint32_t server_mark(struct dns *d, const struct client *c);
/* Does the mark not permit the name?  Then the client is answered. */
bool server_mark_refuses(struct dns *d, const struct client *c, const struct dns_query *q);

/* ---- how answers leave (server_answer.c) ------------------------------------------------ */

/* A message of `n` bytes in d->reply. */
void server_answer(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
		   enum dns_ede ede);
/* Whose turn it is; a question has one turn, whoever asks for it. */
void server_take_turn(struct dns *d, const struct dns_query *q);
/* What cache_get left in d->reply. */
void server_answer_kept(struct dns *d, const struct client *c, const struct dns_query *q,
			const struct cache_hit *hit);
/* The same of a server's reply, whose OPT record was this, with no more of its options than fit; of
 * what we say ourselves it is not `present`. */
void server_answer_theirs(struct dns *d, const struct client *c, const struct dns_query *q, size_t n,
			  const struct dns_edns *theirs, enum dns_ede ede);
/* No records: what an option makes of a question. */
void server_answer_empty(struct dns *d, const struct client *c, const struct dns_query *q,
			 const struct filter_answer *what, enum dns_ede ede);
/* The same of a failure. */
void server_answer_nothing(struct dns *d, const struct client *c, const struct dns_query *q,
			   unsigned rcode, enum dns_ede ede);

/* ---- sockets (server_places.c) ----------------------------------------------------------- */

/* The answer to a client, by UDP or TCP. */
void dns_send(struct dns *d, const struct client *c, struct span message);

/* Is there a listener of this binding and port? */
bool dns_is_open(const struct dns *d, const struct binding *at, uint16_t port);

/* Would a question that is sent there come back to us? */
bool dns_is_ours(const struct dns *d, const struct endpoint *at);

void dns_unlisten_all(struct dns *d);

/* ---- DNS cookies (server_cookies.c) ------------------------------------------------------ */

/* What a client's cookie makes of its question.  The one that its answer will have goes into *c. */
enum cookie_verdict { COOKIE_PASSES, COOKIE_MALFORMED, COOKIE_IS_ASKED_FOR };
enum cookie_verdict server_cookie(struct dns *d, struct client *c, const struct dns_edns *e);
/* A question that its cookie lets not pass is answered. */
void server_cookie_answer(struct dns *d, const struct client *c, const struct dns_query *q,
			  enum cookie_verdict v);
/* A message without a question, from whom a cookie is asked (RFC 7873 5.4).  False: it is not that. */
bool server_cookie_alone(struct dns *d, const struct client *c, struct span message,
			 const struct dns_header *h);
/* Has the message a cookie of ours, so that its client is where it says (RFC 7873 5.2.5)? */
bool server_cookie_is_good(const struct dns *d, const struct client *c, struct span message);

/* ---- servers that ask us back (server_loops.c) ----------------------------------------- */

/* With new data: those are tried that nobody tries yet. */
void server_try_loops(struct dns *d);
/* Is it a trial of ours that came back?  It has no answer. */
bool server_is_loop(struct dns *d, const struct dns_question *q);
/* Before somebody is asked. */
void server_leave_loops_out(struct dns *d);
bool server_is_left_out(const struct dns *d, const struct dns_server *s);

/* ---- who may ask (access.c) ---------------------------------------------------------- */

bool access_allowed(struct dns *d, const struct client *c);
/* Does the client ask where only zones are answered for (auth-server)? */
bool access_is_stranger(const struct dns *d, const struct client *c);
/* In a subnet of any interface of this machine? */
bool access_is_near(const struct dns *d, const struct addr *from);

/* ---- rate-limit (server_rate.c) -------------------------------------------------------- */

/* With other data. */
void server_rate_use(struct dns *d);
/* A question by UDP, where d->rate is there.  False: it has been dealt with. */
bool server_rate_allows(struct dns *d, const struct client *c, struct span message);

/* ---- answers that came from upstream (answer.c) ---------------------------------------- */

/*
 * The answer to a query out of a whole message without an OPT record, in place: `n` bytes
 * of it lie in buffer.  Its ID, its RD and CD, and the name's spelling become the
 * query's; an OPT record follows where the query had one; what is longer than `limit`
 * is cut to the question and marked TC.
 */
struct answer_how {
	const struct dns_query *query;
	size_t limit;			/* bytes that the client takes */
	uint16_t edns_size;		/* that we tell */
	struct span options;		/* whole EDNS options; left out where only they are too many */
	uint8_t rcode_high;		/* the upper bits of the rcode (RFC 6891 6.1.3); who sent no OPT
					 * record is told SERVFAIL for what needs them */
	enum dns_ede ede;
	struct span words;		/* to it; or empty */
};
struct span answer_fit(uint8_t *buffer, size_t size, size_t n, const struct answer_how *how);

/* The addresses of an answer in another order, each turn another first; TTLs stay where they are. */
void answer_turn(uint8_t *buffer, size_t n, unsigned long long turn);

/* The largest answer for a query: 512 bytes without EDNS, no more than edns_max with it; over TCP
 * all. */
size_t answer_limit(const struct dns_query *q, bool tcp, uint32_t edns_max);

/* ---- TCP (link.c) ------------------------------------------------------------------------ */

void link_arrived(struct stream_listener *l);
void link_send(struct dns_link *link, struct span message);
/* A question of it waits, and does so no more.  Where the client has said its last, it is closed
 * when none does. */
void link_wait(struct dns_link *link, struct waiting *w);
void link_wait_over(struct dns_link *link, struct waiting *w);
/* Takes a copy of a zone over; false: another one is on its way, and this one is freed. */
bool link_give(struct dns_link *link, struct dns_copy *copy);
void links_free(struct dns *d);

/* ---- copies of zones (server_zone.c) --------------------------------------------------------- */

/* Does the question ask for a copy?  Then it has been answered, as far as it is. */
bool server_copies(struct dns *d, const struct client *c, const struct dns_query *q);

/* Bytes that leave behind the rest of it. */
void copy_add(struct dns_copy *copy, struct span bytes);
/* Gives the connection what it takes; false: that was all. */
bool copy_feed(struct dns_copy *copy, struct stream *s);
void copy_free(struct dns_copy *copy);		/* NULL is fine */

/* ---- the log (tell.c) ---------------------------------------------------------------------- */

/* Are questions and answers told? */
bool tell_wanted(const struct dns *d);
/* Adds whose question it is, and the time; c NULL: nobody's. */
void tell_event(struct dns *d, const struct client *c, struct event *e);

void tell_query(struct dns *d, const struct client *c, const struct dns_question *q);
void tell_forwarded(struct dns *d, const struct dns_question *q, const struct dns_server *to);
/* A local answer, record by record. */
void tell_local(struct dns *d, const struct client *c, const struct dns_question *q,
		const struct local_verdict *v);
/* A whole message: from upstream, and what became of it; stop-dns-rebind has a warning in any case. */
void tell_reply(struct dns *d, const struct client *c, struct span message,
		const struct filtered *f);
/* One that was kept; `filtered`: of what a filter left of it. */
void tell_cached(struct dns *d, const struct client *c, struct span message, bool filtered);
/* The same of one that is past its time. */
void tell_stale(struct dns *d, const struct client *c, struct span message, bool filtered);
/* prefetch asks anew for what has so many seconds left. */
void tell_prefetch(struct dns *d, const struct client *c, const struct dns_question *q,
		   uint32_t left_s);
/* "config error is REFUSED (EDE: not ready)" */
void tell_error(struct dns *d, const struct client *c, const char *source, unsigned rcode,
		enum dns_ede ede);
/* An answer without records that an option made: "config NAME is NXDOMAIN". */
void tell_nothing(struct dns *d, const struct client *c, const struct dns_question *q,
		  unsigned rcode);
/* A zone that is copied, or would be: "auth ZONE is <AXFR>". */
void tell_copied(struct dns *d, const struct client *c, const struct dns_zone *zone);
/* That somebody who may not have one asked for it. */
void tell_no_copy(struct dns *d, const struct client *c);
/* That no more questions may wait; not every time. */
void tell_full(struct dns *d);
/* A server leads back to us. */
void tell_loop(struct dns *d, const struct dns_server *s);
/* A server does not keep the case of letters; told once of each, by all workers together. */
void tell_lost_case(struct dns *d, const struct dns_server *s);
/* A reply speaks of another subnet than its question. */
void tell_other_subnet(struct dns *d);
/* local-service leaves a question out: by UDP once, by TCP each time. */
void tell_stranger(struct dns *d, const struct client *c);
