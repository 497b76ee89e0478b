/* SPDX-License-Identifier: ISC */
/*
 * dns_worker -- one of the threads that answer questions, with a loop, an engine and
 * counts of its own.
 *
 * Other threads talk to it by orders: each returns when the worker has done it, and
 * has let go of what it used before.
 */
#pragma once

#include "app/failure.h"
#include "dns/server.h"

struct dns_worker;

struct dns_worker_want {		/* outlives it */
	struct events *events;
	struct names *names;
	const struct lease_tags *tags;
	struct neighbours *neighbours;
	struct cache *cache;
	struct dns_common *common;
	struct socket_door *door;
};

/* The loop and the engine; no thread yet, no sockets, and no data to answer by.  `number`, from
 * 1, is the thread's name in what lists them.  NULL: *f says why. */
struct dns_worker *dns_worker_open(const struct dns_worker_want *want, unsigned number,
				   struct failure *f);
/* It serves from the first dns_worker_use() on.  ST_SYSTEM: no thread. */
enum status dns_worker_start(struct dns_worker *w);
/* Ends the thread, closes everything; NULL is fine. */
void dns_worker_free(struct dns_worker *w);

/* Answers by these data from now on. */
void dns_worker_use(struct dns_worker *w, const struct dns_data *data, enum dns_tells tells);

/* As dns_listen and dns_unlisten. */
enum status dns_worker_listen(struct dns_worker *w, const struct binding *at, uint16_t port,
			      const struct dns_sockets *sockets);
void dns_worker_unlisten(struct dns_worker *w, const struct binding *at);

struct dns_now dns_worker_now(struct dns_worker *w);
