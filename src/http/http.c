/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "http/http.h"
#include "http/parts.h"

#define SOCKETS_MAX 64

/* What one connection is at; requests on it come one after the other. */
struct exchange {
	struct exchange *next;		/* while free */
	char method[16];
	struct endpoint from;
	struct http_answer answer;
};

struct http_socket {
	struct MHD_Daemon *daemon;	/* NULL: this place is free */
	struct endpoint at;
};

struct http {
	struct http_want want;
	struct http_socket socket[SOCKETS_MAX];
	pthread_mutex_t lock;		/* of the free list */
	struct exchange *free;
	struct exchange exchange[];
};

/* ---- addresses -------------------------------------------------------------------- */

union sockaddr_any {
	struct sockaddr any;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static struct endpoint endpoint_of(const union sockaddr_any *s)
{
	struct endpoint e = { 0 };

	if (s->any.sa_family == AF_INET6) {
		e.port = ntohs(s->in6.sin6_port);
		e.addr = addr_of_bytes(span_of(&s->in6.sin6_addr, 16));
	} else if (s->any.sa_family == AF_INET) {
		e.port = ntohs(s->in4.sin_port);
		e.addr = addr_of_bytes(span_of(&s->in4.sin_addr, 4));
	}
	return e;
}

static bool local_of(int fd, struct endpoint *out, unsigned *out_ifindex)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	if (getsockname(fd, &at.any, &n) < 0)
		return false;
	*out = endpoint_of(&at);
	*out_ifindex = at.any.sa_family == AF_INET6 ? at.in6.sin6_scope_id : 0;
	return true;
}

static struct endpoint remote_of(int fd)
{
	union sockaddr_any at = { 0 };
	socklen_t n = sizeof at;

	if (getpeername(fd, &at.any, &n) < 0)
		return (struct endpoint){ 0 };
	return endpoint_of(&at);
}

/* ---- answers ----------------------------------------------------------------------- */

static void add(struct MHD_Response *r, const char *name, const char *value)
{
	/* Only want of memory makes this fail: the answer then goes without the header. */
	(void)MHD_add_response_header(r, name, value);
}

static void add_headers(struct MHD_Response *r, const struct http_answer *a)
{
	char range[80];

	if (a->type)
		add(r, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	if (a->has_mtime)
		add(r, MHD_HTTP_HEADER_LAST_MODIFIED, http_date_print(a->mtime_s).s);
	if (a->ranges)
		add(r, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	if (a->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		add(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	if (a->status == MHD_HTTP_PARTIAL_CONTENT) {
		snprintf(range, sizeof range, "bytes %llu-%llu/%llu",
			 (unsigned long long)a->offset,
			 (unsigned long long)(a->offset + a->length - 1),
			 (unsigned long long)a->size);
		add(r, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	}
	if (a->status == MHD_HTTP_RANGE_NOT_SATISFIABLE) {
		snprintf(range, sizeof range, "bytes */%llu", (unsigned long long)a->size);
		add(r, MHD_HTTP_HEADER_CONTENT_RANGE, range);
	}
}

/* The library owns and closes the file once the response is made. */
static struct MHD_Response *response_of(struct http_answer *a)
{
	const char *body = a->body ? a->body : "";
	struct MHD_Response *r = a->fd >= 0 && a->length ?
		MHD_create_response_from_fd_at_offset64(a->length, a->fd, a->offset) :
		MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_PERSISTENT);

	if (a->fd >= 0 && (!r || !a->length))
		close(a->fd);
	a->fd = -1;
	return r;
}

static enum MHD_Result queue(struct MHD_Connection *c, struct exchange *x)
{
	struct MHD_Response *r = response_of(&x->answer);
	enum MHD_Result queued;

	if (!r)
		return MHD_NO;
	add_headers(r, &x->answer);
	queued = MHD_queue_response(c, x->answer.status, r);
	MHD_destroy_response(r);
	return queued;
}

/* ---- requests ------------------------------------------------------------------------ */

static int socket_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static struct exchange *exchange_of(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static const char *header_of(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static bool has_no_body(const char *method)
{
	return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

static enum MHD_Result answer(struct http *h, struct MHD_Connection *c, struct exchange *x,
			      const char *method, const char *path)
{
	struct http_request r = {
		.method = method, .path = path, .from = x->from,
		.range = header_of(c, MHD_HTTP_HEADER_RANGE),
		.if_range = header_of(c, MHD_HTTP_HEADER_IF_RANGE),
		.if_modified_since = header_of(c, MHD_HTTP_HEADER_IF_MODIFIED_SINCE),
	};

	if (!local_of(socket_of(c), &r.to, &r.ifindex))
		return MHD_NO;
	snprintf(x->method, sizeof x->method, "%s", method);
	x->answer = (struct http_answer){ .fd = -1 };
	h->want.answer(h->want.arg, &r, &x->answer);
	return x->answer.drop ? MHD_NO : queue(c, x);
}

/*
 * The library calls with the headers read, then with each piece of a body, then
 * at the end.  An answer to the first call closes the connection: right for a
 * method that has a body, which nobody wants to read here.
 */
static enum MHD_Result request(void *arg, struct MHD_Connection *c, const char *path,
			       const char *method, const char *version, const char *upload,
			       size_t *upload_size, void **exchange)
{
	struct exchange *x = exchange_of(c);

	(void)version, (void)upload;
	if (!x)
		return MHD_NO;		/* no place was left for this connection */
	if (!*exchange) {
		*exchange = x;
		x->answer = (struct http_answer){ .drop = true, .fd = -1 };
		if (has_no_body(method))
			return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	return answer(arg, c, x, method, path);
}

static void completed(void *arg, struct MHD_Connection *c, void **exchange,
		      enum MHD_RequestTerminationCode how)
{
	struct http *h = arg;
	struct exchange *x = *exchange;

	(void)c;
	*exchange = NULL;
	if (!x || x->answer.drop)
		return;
	h->want.done(h->want.arg, &(struct http_done){
		.method = x->method, .from = x->from, .answer = &x->answer,
		.complete = how == MHD_REQUEST_TERMINATED_COMPLETED_OK });
}

/* ---- connections ---------------------------------------------------------------------- */

static struct exchange *exchange_take(struct http *h)
{
	struct exchange *x;

	pthread_mutex_lock(&h->lock);
	x = h->free;
	if (x)
		h->free = x->next;
	pthread_mutex_unlock(&h->lock);
	return x;
}

static void exchange_give(struct http *h, struct exchange *x)
{
	pthread_mutex_lock(&h->lock);
	x->next = h->free;
	h->free = x;
	pthread_mutex_unlock(&h->lock);
}

static void connection(void *arg, struct MHD_Connection *c, void **context,
		       enum MHD_ConnectionNotificationCode what)
{
	struct http *h = arg;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		struct exchange *x = exchange_take(h);

		if (x)
			x->from = remote_of(socket_of(c));
		*context = x;
	} else if (*context) {
		exchange_give(h, *context);
		*context = NULL;
	}
}

/* Paths come to the handler as they were sent. */
static size_t leave_escaped(void *arg, struct MHD_Connection *c, char *text)
{
	(void)arg, (void)c;
	return strlen(text);
}

/* ---- life ------------------------------------------------------------------------------- */

struct http *http_new(const struct http_want *want)
{
	struct http *h = calloc(1, sizeof *h + want->connections * sizeof h->exchange[0]);

	if (!h)
		return NULL;
	h->want = *want;
	pthread_mutex_init(&h->lock, NULL);
	for (unsigned i = 0; i < want->connections; i++)
		exchange_give(h, &h->exchange[i]);
	return h;
}

/* The library's threads leave every signal to the one that waits for signals. */
static struct MHD_Daemon *start_without_signals(struct http *h, int fd)
{
	struct MHD_Daemon *d;
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	d = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL,
			     request, h,
			     MHD_OPTION_LISTEN_SOCKET, (MHD_socket)fd,
			     MHD_OPTION_THREAD_POOL_SIZE, h->want.threads < 2 ? 0 : h->want.threads,
			     MHD_OPTION_CONNECTION_LIMIT, h->want.connections,
			     MHD_OPTION_CONNECTION_TIMEOUT, h->want.idle_s,
			     MHD_OPTION_NOTIFY_COMPLETED, completed, h,
			     MHD_OPTION_NOTIFY_CONNECTION, connection, h,
			     MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
			     MHD_OPTION_END);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return d;
}

static struct http_socket *free_place(struct http *h)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (!h->socket[i].daemon)
			return &h->socket[i];
	return NULL;
}

enum status http_listen(struct http *h, int fd)
{
	struct http_socket *s = free_place(h);
	unsigned ifindex;

	if (!s) {
		close(fd);
		return ST_FULL;
	}
	if (!local_of(fd, &s->at, &ifindex)) {
		close(fd);
		return ST_SYSTEM;
	}
	s->daemon = start_without_signals(h, fd);
	return s->daemon ? ST_OK : ST_SYSTEM;	/* which of us closed fd then, it does not tell */
}

static void socket_close(struct http_socket *s)
{
	if (s->daemon)
		MHD_stop_daemon(s->daemon);	/* closes the socket too */
	s->daemon = NULL;
}

void http_unlisten(struct http *h, const struct endpoint *at)
{
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		if (h->socket[i].daemon && h->socket[i].at.port == at->port &&
		    addr_eq(&h->socket[i].at.addr, &at->addr))
			socket_close(&h->socket[i]);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < SOCKETS_MAX; i++)
		socket_close(&h->socket[i]);
	pthread_mutex_destroy(&h->lock);
	free(h);
}
