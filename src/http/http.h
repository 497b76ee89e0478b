/* SPDX-License-Identifier: ISC */
/*
 * http -- the wrapper round libmicrohttpd: sockets in, requests out, answers
 * sent.
 *
 * The library runs its own threads, a few for each listening socket; the
 * handler is called on them and must be safe there.  It knows no file and no
 * route.  A connection holds one exchange from a pool; a request beyond
 * the limit of connections is not accepted.
 */
#pragma once

#include "base/addr.h"
#include "base/status.h"

#define HTTP_NAME_MAX 1280

struct http_request {
	const char *method;
	const char *path;		/* as sent, not decoded */
	const char *range, *if_range, *if_modified_since;	/* headers, or NULL */
	struct endpoint from, to;
	unsigned ifindex;		/* of a link-local `to`; else 0 */
};

struct http_answer {
	bool drop;			/* close the connection without a word */
	unsigned status;
	const char *type;		/* of the body; static */
	const char *body;		/* static text, where fd is -1 */
	int fd;				/* a file, or -1; the wrapper closes it */
	uint64_t offset, length;	/* the part of it that is sent */
	uint64_t size;			/* of the whole file */
	bool ranges;			/* say that we know ranges */
	bool has_mtime;
	int64_t mtime_s;
	char name[HTTP_NAME_MAX];	/* what was asked for, in words of the handler's own */
};

/* How an exchange ended; `complete`: everything was handed to the kernel. */
struct http_done {
	const char *method;
	struct endpoint from;
	const struct http_answer *answer;
	bool complete;
};

struct http_want {
	unsigned threads;		/* for each listening socket */
	unsigned connections;		/* on each listening socket at once */
	unsigned idle_s;		/* a connection that says nothing so long is closed */
	void (*answer)(void *arg, const struct http_request *r, struct http_answer *out);
	void (*done)(void *arg, const struct http_done *d);
	void *arg;
};

struct http;

/* NULL without memory, or in a build without libmicrohttpd. */
struct http *http_new(const struct http_want *want);

/* Stops all threads, and closes all connections at once. */
void http_free(struct http *h);

/*
 * A TCP socket that is bound and listens; taken over in any case.  Threads
 * start here: after the sandbox.  ST_FULL: too many sockets, or no memory for
 * the library; ST_SYSTEM: it could not start.
 */
enum status http_listen(struct http *h, int fd);

/* Closes the listening socket that is bound to this endpoint, and its connections. */
void http_unlisten(struct http *h, const struct endpoint *at);

