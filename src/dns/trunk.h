/* SPDX-License-Identifier: ISC */
/*
 * trunk -- a TCP connection to a server, with questions on it (RFC 7766).
 *
 * It is kept, and questions are put on it without waiting for those before; a reply is
 * found by its number, which no other question on the trunk has.  What the server sends
 * is cut into messages here, and each is handed on.  Which question goes by which
 * trunk, how long it waits, and what becomes of those that a trunk leaves behind when it
 * dies, is upstream_tcp.c's.
 *
 * Numbers of trunks and questions have limits; a trunk holds one message that is half there,
 * and nothing else of what a server sends.
 */
#pragma once

#include "dns/forward_private.h"
#include "net/stream.h"

#define TRUNKS_MAX 64			/* of a worker */
#define TRUNKS_A_SERVER 32
#define TRUNKS_PIPED 4			/* of a server that answers many on one, and of one mark */
#define TRUNK_ASKS_MAX 64		/* questions on one at a time */
#define TRUNK_STRANGE_MAX 16		/* messages that answer nothing, before it is closed */
#define TRUNK_SLOW_MS 250		/* no reply for so long: the next question goes by another */
#define TCP_ASKS_MAX 4096		/* questions by TCP of a worker, on trunks or waiting for one */
#define TCP_WAITING_MAX 2048		/* for trunks of one server */

#define TCP_LENGTH 2			/* bytes of a message's length before it (RFC 1035 4.2.2) */

/* A question of an attempt by TCP. */
struct tcp_ask {
	struct forward *forward;
	struct attempt *attempt;	/* NULL: nobody waits any more, but its number is taken until the
					 * server has answered */
	struct trunk *trunk;		/* or NULL */
	struct loop_timer timer;
	uint16_t id;
	unsigned cookie_epoch;		/* of the cookie that it has; 0: none */
	unsigned answered_before;	/* replies of the trunk when it was sent */
	unsigned heard_before;		/* pieces that the trunk had heard */
	bool waits;			/* for one */
	bool moved;			/* from a trunk that died or was silent; not a second time */
	int64_t sent_ms, end_ms;
	struct tcp_ask *next, *prev;	/* on the trunk, oldest first; of those that wait; free ones */
};

struct trunk {
	struct stream stream;
	struct loop_timer idle;
	struct forward *forward;
	struct upstream *to;
	uint32_t mark;
	bool connected;
	bool retired;			/* no more questions; closed when it has none on it */
	bool reading;			/* is not closed for now */
	bool broken;			/* is, once it was read */
	unsigned asked, answered;	/* questions put on it, and replies */
	unsigned heard;			/* pieces that came */
	unsigned strange;		/* messages that answered nothing */
	int64_t heard_ms;		/* when it was made, connected, or heard of */
	int64_t last_ms;		/* the last reply; 0: none */
	size_t asks_n;
	struct tcp_ask *asks, *asks_last;
	struct trunk *next, *prev;	/* of its server; free ones */
	size_t have;			/* bytes of a message that is half there */
	uint8_t in[TCP_LENGTH + DNS_MESSAGE_MAX];
};

/* All of a worker.  What was never used is not touched, and so costs nothing. */
struct tcp_asks {
	struct trunk *free_trunks;
	struct tcp_ask *free_asks;
	size_t fresh_trunks, fresh_asks;	/* how many were ever used */
	struct upstream *waiting, *waiting_last;	/* servers that questions wait for */
	struct tcp_ask ask[TCP_ASKS_MAX];
	struct trunk trunk[TRUNKS_MAX];
};

/* ---- trunks (trunk.c) ---------------------------------------------------------------------- */

/* Connecting.  ST_FULL: as many as may be, and none of them is idle; else why it cannot be. */
enum status trunk_open(struct forward *f, struct upstream *u, uint32_t mark, struct trunk **out);
/* Off the network and its server's list; its questions are still on it. */
void trunk_close(struct trunk *t);
void trunk_give(struct trunk *t);	/* closed, and without questions */

/* Writes the question with a number of its own.  False: no room for it. */
bool trunk_send(struct trunk *t, struct tcp_ask *a);
void trunk_leave(struct tcp_ask *a);	/* it is on no trunk then */

bool trunk_takes_more(const struct trunk *t);
bool trunk_is_slow(const struct trunk *t);
/* No more questions from now on. */
void trunk_retire(struct trunk *t);
/* Without questions it is closed or its idle time begins. */
void trunk_settle(struct trunk *t);

/* How many questions its server takes on one connection. */
unsigned trunk_takes_in_all(const struct forward *f, const struct upstream *u);

/* ---- what happens to them (upstream_tcp.c) --------------------------------------------------- */

void tcp_took(struct trunk *t, struct span message);
void tcp_was_read(struct trunk *t);	/* all that came: there may be room for those that wait */
void tcp_died(struct trunk *t);		/* it is closed: the server did it, or has to do with nothing */
void tcp_room(struct forward *f);	/* one trunk less */
