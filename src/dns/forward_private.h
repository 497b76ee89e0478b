/* SPDX-License-Identifier: ISC */
/*
 * forward_private -- what the parts of the forwarder know of each other.
 *
 * A flight is a question on its way and all who wait for it.  An attempt is one
 * server that it was sent to: the socket and the ID that a reply must have.  A group
 * is a list of servers, with who of them was fastest; an upstream is one server.
 * Flights hold copies of what they need, and groups and upstreams are ours, so that
 * rules may go at any time.
 */
#pragma once

#include "dns/cookies.h"
#include "dns/forward.h"
#include "dns/upstream_pool.h"

#define FLIGHT_LANDED_MS 1000		/* servers that lost a race may still be timed for so long */
#define FLIGHT_LANDED_MAX 64		/* such questions at once; servers of one more are not timed */
#define FLIGHT_CUT_MS 1000		/* what was truncated waits for other servers so long */
#define FLIGHT_REPEAT_MS 2000		/* another client's question is sent anew after so long */
#define FLIGHT_SENDS_MAX 64		/* messages that one flight may cost, however often it is asked */
#define FLIGHT_ALIKE_MAX 4		/* questions of one name and type that fly by UDP at once */
#define FLIGHT_OPTIONS_MAX 512		/* bytes of EDNS options sent on; more: none are */
#define FLIGHT_QUERY_MAX (DNS_HEADER + DNAME_MAX + 4 + 11 + FLIGHT_OPTIONS_MAX)
#define FLIGHT_ERROR_MAX 512		/* bytes of the best error reply that are kept */
#define FLIGHTS_FEW 64			/* that there is memory for whatever happens */
#define FLIGHTS_MOST 1000000		/* that memory is asked for */

#define GROUP_TRUST_QUERIES 50		/* questions that the fastest is asked before all are again */
#define GROUP_TRUST_MS 20000
#define GROUP_SERVERS_MAX 64		/* servers of one list that are asked; more are not */
#define UPSTREAMS_MAX 1024		/* servers whose figures are kept over a change of rules */
#define FORWARD_BUCKETS 4096		/* of the tables of servers and of groups */

/* How long a trusted server may be silent before others are asked: its usual time and four
 * deviations of it, within these. */
#define PATIENCE_MIN_MS 50
#define PATIENCE_MAX_MS 250
#define PATIENCE_STRICT_MS 1000		/* under strict-order */

/* ---- servers --------------------------------------------------------------------------- */

/* What is known of a server's cookies (RFC 7873 5.1, 5.3). */
struct upstream_cookie {
	unsigned epoch;			/* the forwarder's, of which these are */
	bool refused;			/* it cannot bear them */
	bool known;			/* its replies have one */
	bool doubted;			/* since then one had none: it is asked by TCP whether it is so */
	uint8_t client[COOKIE_CLIENT];
	uint8_t server_n;		/* 0: it told none yet */
	uint8_t server[COOKIE_SERVER_MAX];
};

struct trunk;
struct tcp_ask;

/* What is known of a server by TCP. */
struct upstream_tcp {
	struct trunk *trunks;
	size_t trunks_n;
	struct tcp_ask *first, *last;	/* questions that wait for one, oldest first */
	size_t waiting_n;
	struct upstream *waiting_next, *waiting_prev;	/* servers that questions wait for */
	unsigned takes;			/* questions that it answers on one connection; 0: not known */
	int64_t takes_until_ms;		/* it may be another number then */
	unsigned ended_after;		/* so many it closed one last; 0: it did not */
};

struct upstream {
	struct dns_server server;	/* a copy; its host is NULL, its interface ours */
	char interface[16];
	struct pool *pool;		/* its own where the line names a device or a source, or NULL */
	_Atomic uint64_t sent, retried, failed, nxdomain;	/* read by other threads too */
	_Atomic uint32_t latency_ms;	/* a moving average; 0: never answered */
	uint32_t usual_8th_ms, deviation_4th_ms;	/* as RFC 6298 reckons them, in eighths and
					 * quarters; 0 before the first reply */
	int64_t replied_ms;		/* the last reply; 0: none */
	struct upstream_cookie cookie;
	struct upstream_tcp tcp;
	unsigned groups;		/* that it is in */
	struct upstream *next;
	struct upstream *chain;		/* of a bucket */
};

/* A server of a list.  Its time is taken in races alone, since only there all are asked the same. */
struct member {
	struct upstream *to;
	uint32_t race_ms;		/* a moving average; NOT_TIMED */
};
#define NOT_TIMED UINT32_MAX

struct group {
	unsigned id;			/* of the rules' */
	bool orphan;			/* of rules that are gone: goes with its last user */
	size_t n;
	struct upstream *fastest;	/* NULL: not known */
	unsigned trusted;		/* questions since all were asked */
	int64_t all_asked_ms;
	size_t users;			/* flights that hold it, the landed ones too */
	struct dns_quota *quota;	/* of dns-forward-max, which all workers share */
	struct group *chain;		/* of a bucket */
	struct member server[];
};

/* ---- questions on their way (flight.c) ---------------------------------------------------- */

struct attempt {
	struct flight *flight;
	struct upstream *to;
	struct pool_socket *socket;	/* NULL: by TCP alone */
	struct tcp_ask *tcp;		/* its question by TCP, or NULL */
	uint16_t id;			/* by UDP */
	bool failed;			/* answered with an error, or could not be asked */
	unsigned turn;			/* which message of the flight was its last; 0: none yet */
	bool timed;			/* in this race */
	bool besides;			/* by TCP, since a reply was not quite right; one by UDP may
					 * still come */
	bool resent;			/* so that a reply does not tell which it answers */
	bool cookie_again;		/* sent anew with the cookie that the server asked for */
	bool cookie_again_tcp;		/* by TCP too */
	unsigned cookie_epoch;		/* of the cookie that it was sent with; 0: none */
	int64_t sent_ms;
	struct attempt *next;		/* of the flight, newest first; the pool's: free ones */
	struct attempt *chain;		/* of a bucket of the table of replies */
};

/* Of replies that others may better, the best is kept.  As in dnsmasq SERVFAIL tells more than
 * REFUSED; a truncated answer more than both. */
enum reply_rank { NO_REPLY, REPLY_REFUSED, REPLY_SERVFAIL, REPLY_CUT };

struct flight {
	struct forward *forward;	/* NULL: free */
	struct group *group;
	struct dns_question question;
	bool dnssec_ok, checking_disabled, authentic_data, no_recursion, by_tcp, unseen;
	uint32_t mark;
	uint64_t hash;
	struct flight *chain;
	struct asked *first, *last;
	struct attempt *attempts;
	size_t turn;			/* strict-order: whose it is */
	bool all_asked, ending;
	bool race;			/* all were asked at once, so that their times compare */
	bool mixed;			/* letters of its name have random case upstream */
	bool landed;			/* answered; servers that were slower are timed */
	struct flight *landed_next, *landed_prev;
	unsigned sends;
	int64_t sent_ms;
	int64_t others_ms;		/* when others are asked; 0: not any more */
	int64_t again_ms, gap_ms;	/* when those asked are asked again, and the next time after; 0 */
	int64_t began_ms, end_ms;	/* at its end nobody has answered */
	struct loop_timer timer;	/* for the first of these */
	size_t query_n, options_n;
	uint8_t query[FLIGHT_QUERY_MAX];	/* options are its last bytes */
	enum reply_rank error;		/* the best reply that is none */
	struct dns_server error_from;
	size_t error_n;
	uint8_t error_reply[FLIGHT_ERROR_MAX];
};

struct flight_block;

/* Flights and attempts, from blocks that live as long as the forwarder, and the tables that find
 * them. */
struct flights {
	size_t flights_max;		/* the limit now */
	size_t made;			/* flights that there is memory for */
	size_t flying;
	struct flight_block *blocks;
	struct flight *free_flights;
	struct attempt *free_attempts;
	struct flight **flight_bucket;
	struct attempt **attempt_bucket;
	struct dname_key key;
};

/* NULL: no memory.  Of size 0. */
struct flights *flights_new(void);
void flights_free(struct flights *t);
/* Room for so many; what flies over a lower number goes on.  False: no memory, and it is as it was. */
bool flights_size(struct flights *t, size_t flights_max);

uint64_t flight_hash(const struct flights *t, const struct forward_question *q);
struct flight *flight_find(const struct flights *t, const struct forward_question *q,
			   uint64_t hash);
struct flight *flight_any(const struct flights *t);	/* NULL: none flies */
/* Does the name and type fly by UDP FLIGHT_ALIKE_MAX times, with other flags and options each? */
bool flight_is_crowded(const struct flights *t, const struct forward_question *q, uint64_t hash);
/* Zeroed and in the table; NULL: all are flying. */
struct flight *flight_new(struct flights *t, const struct forward_question *q, uint64_t hash);
/* Out of the table: no question joins it. */
void flight_unlist(struct flights *t, struct flight *fl);
/* No reply finds it any more. */
void flight_drop_attempts(struct flights *t, struct flight *fl);
void flight_give(struct flights *t, struct flight *fl);

void flight_join(struct flight *fl, struct asked *a, const struct forward_question *q);
void flight_leave(struct asked *a);
bool flight_has(const struct flight *fl, const struct forward_question *q);

/* In the table of replies from then on, if it has a socket.  NULL: no room. */
struct attempt *attempt_new(struct flights *t, struct flight *fl, struct upstream *to);
bool attempt_list(struct flights *t, struct attempt *at, struct pool_socket *s, struct rng *rng);
void attempt_unlist(struct flights *t, struct attempt *at);
struct attempt *attempt_find(const struct flights *t, const struct pool_socket *s, uint16_t id);

/* ---- servers and lists of them (upstream.c) ---------------------------------------------------- */

/* The list as it is known here; NULL: it has no server that can be asked, or no memory. */
struct group *group_of(struct forward *f, const struct rule_servers *servers);
bool group_enter(struct forward *f, struct group *g);	/* one flight more; false: too many */
void group_landed(struct forward *f, struct group *g);	/* it counts no more, but holds the group */
void group_leave(struct forward *f, struct group *g);	/* and no more that either */
void groups_orphan(struct forward *f);
void upstreams_free(struct forward *f);			/* groups too; no flight is left */

/* Where a question to it leaves by, made when it is needed first; NULL: no memory. */
struct pool *upstream_pool(struct forward *f, struct upstream *u);
/* After other ports were configured. */
void upstream_set_ports(struct forward *f);

/* ---- which server (choice.c) ------------------------------------------------------------------ */

/* The one that is asked alone, for a while; NULL: all are to be asked. */
struct upstream *choice_trusted(struct group *g, int64_t now_ms);
/* A reply came, of whatever kind. */
void choice_replied(struct attempt *at, unsigned rcode, int64_t now_ms);
/* It was an answer. */
void choice_answered(struct attempt *at, int64_t now_ms);
/* Who was trusted, and has said nothing at all since it was asked this, is trusted no more. */
void choice_doubt(const struct flight *fl);
/* Nobody waits for its replies any more: whoever did not answer has no time. */
void choice_race_over(const struct flight *fl);
/* How long a silent server is waited for before others are asked. */
int64_t choice_patience_ms(const struct forward *f, const struct upstream *u);

/* ---- the forwarder -------------------------------------------------------------------------- */

struct forward {
	struct forward_want want;
	struct dns_common alone;	/* where it was given none to share */
	pthread_mutex_t servers_lock;	/* of the list of upstreams: others may read it */
	struct flights *flights;
	struct pool *pool[2];		/* of IPv4 and IPv6 */
	struct upstream *upstreams;
	size_t upstreams_n;
	struct upstream **upstream_bucket;
	struct group **group_bucket;
	struct flight *landed;
	size_t landed_n;
	bool strict_order, all_servers, mix_case;
	bool cookies;			/* dns-cookies */
	unsigned cookie_epoch;		/* from 1 */
	uint8_t cookie_secret[SIP_KEY];	/* of this epoch */
	struct netif_watch netifs;
	uint32_t forward_max, edns_max, port_limit;
	int64_t end_after_ms;		/* from the first send until nobody answers */
	int64_t others_after_ms;	/* until others are asked; -1: as measured; 0: never */
	int64_t again_after_ms;		/* fast-dns-retry; 0: off */
	int64_t again_in_all_ms;
	bool fixed_port;
	uint16_t port_min, port_max;
	bool closing;
	int64_t tcp_idle_ms;		/* 0: a connection for each question */
	struct tcp_asks *tcp;		/* NULL before the first */
	uint8_t restored[DNS_MESSAGE_MAX];	/* the reply at hand, as it was asked for */
};

/* ---- by TCP (upstream_tcp.c) ---------------------------------------------------------------- */

/* The attempt's question on a connection to its server; what comes of it ends in attempt_answered or
 * attempt_failed, in a later turn.  False: it is asked so already, or cannot be. */
bool upstream_tcp_ask(struct attempt *at);
void upstream_tcp_stop(struct attempt *at);	/* idempotent */
/* No new question goes by the connections that there are: our addresses may be others. */
void upstream_tcp_renew(struct forward *f);
void upstream_tcp_drop(struct upstream *u);	/* nobody asks it anything any more */
void upstream_tcp_free(struct forward *f);	/* none is in use */

/* ---- replies (forward_reply.c) ----------------------------------------------------------------- */

/* A datagram came in. */
void forward_received(void *arg, struct pool_socket *s, const struct dgram *d);

/* Is it a reply to the flight's question, with this ID? */
bool forward_is_reply(const struct flight *fl, uint16_t id, struct span message);
/* Such a reply came. */
void attempt_answered(struct attempt *at, struct span message, bool tcp);
/* Its connection came to nothing. */
void attempt_failed(struct attempt *at);

/* ---- upper and lower case (forward_case.c) ------------------------------------------------------- */

/* Letters of the flight's name have random case in its query from now on. */
void case_mix(struct flight *fl, struct rng *rng);
/* Is the question spelled as it was sent? */
bool case_is_ours(const struct flight *fl, const struct dns_question *q);
/* The reply with the name as who asked first spelled it, in a buffer of DNS_MESSAGE_MAX bytes. */
struct span case_restored(const struct flight *fl, struct span message, uint8_t *buffer);

/* ---- when what is due (forward_time.c) ------------------------------------------------------------ */

/* The first questions are out. */
void flight_begin_waiting(struct flight *fl);
/* The moments of the flight have changed. */
void flight_wait(struct flight *fl);

/* Asks a server by TCP too, once for each flight: nobody can guess there. */
void flight_ask_besides(struct flight *fl, struct upstream *u);

/* ---- cookies (forward_cookies.c) ---------------------------------------------------------------- */

#define COOKIE_QUERY_MAX (FLIGHT_QUERY_MAX + 11 + COOKIE_OPTION_MAX)

/* New ones from now on: our addresses may be others (RFC 9018 3). */
void forward_cookies_forget(struct forward *f);
/* The query with what its server is to get; in `buffer`, or the flight's own.  *out_epoch is of the
 * cookie in it; 0: it has none. */
struct span cookie_query(const struct flight *fl, struct upstream *to, unsigned *out_epoch,
			 uint8_t buffer[COOKIE_QUERY_MAX]);
/* May this reply by UDP count?  False: it does not, and what is to be done was done. */
bool cookie_fits(struct attempt *at, struct span message);

enum cookie_word {
	COOKIE_FITS,			/* or there is none: a server is believed by TCP */
	COOKIE_AGAIN,			/* ask once more: with what it told, or without */
	COOKIE_FAILS,
};
/* The same by TCP, of a query that had a cookie of this epoch. */
enum cookie_word cookie_by_tcp(struct attempt *at, unsigned epoch, struct span message);

/* ---- sending (forward_send.c) ------------------------------------------------------------------- */

/* The same query once more by UDP. */
bool attempt_resend(struct attempt *at);
/* The first time, and when somebody asks again.  False: nobody could be sent to. */
bool flight_start(struct flight *fl);
bool flight_repeat(struct flight *fl);
/* Those who may answer still, once more. */
void flight_again(struct flight *fl);
/* Whoever comes next, without an end if there is nobody.  False: nobody. */
bool flight_ask_others(struct flight *fl);
/* An attempt came to nothing: who else?  Ends the flight where there is nobody. */
void flight_try_others(struct flight *fl);
/* All who wait are told, and the flight is over.  reply NULL: the best error, if there was one. */
void flight_end(struct flight *fl, const struct upstream_reply *reply);
/* It has landed, and nobody is timed any more. */
void flight_sink(struct flight *fl);
