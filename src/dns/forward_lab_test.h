/* SPDX-License-Identifier: ISC */
/*
 * forward_lab_test -- a forwarder on the simulated loop, servers that a test plays,
 * and clients that wait.
 */
#pragma once

#include "dns/forward.h"
#include "net/sim.h"

#define LAB_SERVERS 4			/* 192.0.2.53, .54 … */
#define LAB_CLIENTS 400
#define FWD_TIMEOUT_MS 10000		/* a question's; others are asked by repeats alone, unless conf
					 * says else */

struct fwd_client {
	struct asked asked;
	struct forward_lab *lab;
	enum status status;		/* of forward_ask */
	unsigned answers;
	bool nobody;			/* answered with NULL */
	uint16_t flags;			/* of the reply */
	struct endpoint from;		/* who replied */
	bool tcp;
	size_t n;			/* bytes of the reply */
	void (*then)(struct fwd_client *c);	/* within answered(); or NULL */
};

/* A question as a server saw it. */
struct fwd_query {
	unsigned server;		/* from 0 */
	struct endpoint from;		/* our socket */
	int64_t at_ms;
	uint16_t id, flags;
	size_t n;
	uint8_t bytes[1500];
};

struct forward_lab {
	struct loop *loop;
	struct rng rng;
	struct dns_counts counts;
	struct dns_common common;
	struct dns_conf conf;
	struct forward *forward;
	struct dns_server server[LAB_SERVERS];
	struct dns_rule rule[LAB_SERVERS];
	const struct dns_rule *list[LAB_SERVERS];
	struct rule_servers servers;
	unsigned told;			/* calls of sent() */
	const char *unusable;		/* an address in dotted form that usable() refuses, or NULL */
	struct fwd_client client[LAB_CLIENTS];
};

struct forward_lab *fwd_open(size_t servers);
void fwd_close(struct forward_lab *lab);
void fwd_configure(struct forward_lab *lab);	/* after lab->conf was changed */

/* Client i asks; its port is 1000 + i and its ID too.  What it waited for before it forgets. */
struct fwd_client *fwd_ask(struct forward_lab *lab, unsigned i, const char *name);
struct fwd_client *fwd_ask_as(struct forward_lab *lab, unsigned i,
			      const struct forward_question *q);
struct forward_question fwd_question(unsigned i, const char *name);

/* The next question that went out; false: none. */
bool fwd_sent(struct forward_lab *lab, struct fwd_query *out);
/* "012": which servers were asked since fwd_sent last. */
const char *fwd_asked(struct forward_lab *lab, struct fwd_query *last);

/* A server's answer to a question it saw: an address and this rcode. */
bool fwd_reply(struct forward_lab *lab, const struct fwd_query *q, unsigned rcode);
/* Bytes of any kind, from any endpoint to any. */
bool fwd_deliver(struct forward_lab *lab, struct endpoint from, struct endpoint to,
		 struct span data);
struct endpoint fwd_server(unsigned i);
/* By TCP: as fwd_ask; the next connection, accepted, and the question that came by it first; those
 * that came by it since, at most max of them; an answer. */
struct fwd_client *fwd_ask_by_tcp(struct forward_lab *lab, unsigned i, const char *name);
struct sim_peer *fwd_accepted(struct forward_lab *lab, struct fwd_query *q);
size_t fwd_heard(struct forward_lab *lab, struct sim_peer *p, struct fwd_query *q, size_t max);
void fwd_answer_by_tcp(struct forward_lab *lab, struct sim_peer *p, const struct fwd_query *q,
		       unsigned rcode);
/* A whole answer with its length before it. */
struct span fwd_framed(const struct fwd_query *q, unsigned rcode, uint8_t *b, size_t size);

/* Of the answer that fwd_reply sends; n bytes in buffer. */
size_t fwd_answer(const struct fwd_query *q, unsigned rcode, void *buffer, size_t size);
