/* SPDX-License-Identifier: ISC */
/*
 * upstream_pool -- the sockets that questions leave by.
 *
 * A pool has sockets of one family on random ports.  Each question draws one by
 * chance; a socket that has served POOL_DRAWS questions or is POOL_AGE_MS old is
 * drawn no more and is closed when nobody waits for a reply on it.  So an
 * outsider can guess neither the port nor, by watching, the next one.  Sockets are
 * opened when they are drawn first.
 *
 * A pool with a fixed port has one socket, and keeps it.  It knows nothing of
 * DNS: what arrives is handed on.
 */
#pragma once

#include "base/rng.h"
#include "net/loop.h"

#define POOL_SOCKETS 512		/* where questions leave by the kernel's routes */
#define POOL_SOCKETS_BOUND 16		/* where a line names the device or the source */
#define POOL_DRAWS 64
#define POOL_AGE_MS 30000

struct pool;

struct pool_socket {
	struct udp udp;
	struct pool *pool;
	unsigned index;			/* among all sockets of the pool */
	unsigned drawn;			/* questions that left by it */
	unsigned waits;			/* questions whose reply may still come */
	int64_t opened_ms;
	bool retired;			/* is in no slot any more */
	struct pool_socket *next;	/* the pool's: free ones */
};

struct pool_want {
	struct loop *loop;
	struct rng *rng;
	size_t sockets;
	struct addr from;		/* the source; any: of that family */
	char device[16];		/* "": any */
	bool fixed;			/* one socket, on port_min; 0: on the kernel's choice */
	uint16_t port_min, port_max;
	void (*received)(void *arg, struct pool_socket *s, const struct dgram *d);
	void *arg;
};

/* NULL: no memory. */
struct pool *pool_new(const struct pool_want *want);
void pool_free(struct pool *p);		/* NULL is fine; nobody waits any more */

/* Other ports from now on.  Replies on the old sockets are still taken. */
void pool_set_ports(struct pool *p, bool fixed, uint16_t port_min, uint16_t port_max);

/* A socket drawn by chance; somebody waits for a reply on it until pool_release.  NULL: none could
 * be opened, *why says why. */
struct pool_socket *pool_draw(struct pool *p, enum status *why);
void pool_release(struct pool_socket *s);

/* Sockets that are open, for tests and limits. */
size_t pool_open(const struct pool *p);
