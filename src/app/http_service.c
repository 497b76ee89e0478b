/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <unistd.h>

#include "app/follow.h"
#include "app/http_service.h"
#include "app/ports.h"
#include "app/tcp_listen.h"
#include "base/log.h"
#include "base/must.h"
#include "boot/http_files.h"

#define THREADS 2			/* for each socket; sendfile leaves them little to do */
#define CONNECTIONS 512			/* at once, on each socket */

struct http_service {
	struct loop *loop;
	struct http *http;		/* NULL before the start */
	struct http_files *handler;
	const struct generation *now;
	uint16_t port;			/* of the sockets that are open */
	struct followed open;
	struct bindings want;		/* of one following */
	int early[BINDINGS_MAX];	/* sockets that wait for the start */
	size_t early_n;
	struct netif_watch netifs;
	struct failure told;		/* after the last change of interfaces */
};

/* ---- the sockets -------------------------------------------------------------- */

static enum status open_one(void *service, const struct binding *at)
{
	struct http_service *h = service;
	enum status s;
	int fd;

	s = tcp_listen(h->loop, at, h->port, &fd);
	if (s != ST_OK)
		return s;
	if (h->http)
		return http_listen(h->http, fd);
	h->early[h->early_n++] = fd;
	return ST_OK;
}

static void close_one(void *service, const struct binding *at)
{
	struct http_service *h = service;
	const struct endpoint e = { at->addr, h->port };

	http_unlisten(h->http, &e);
}

static const struct bindings nothing;

static bool follow_wanted(struct http_service *h, struct follow_failure *out)
{
	static const struct follow_how how = { open_one, close_one };
	uint16_t port = (uint16_t)h->now->boot->http_port;

	if (port != h->port && h->open.open.n > 0)
		follow(&h->open, &nothing, &how, h, out);
	h->port = port;
	ports_http(&h->want, h->now, h->loop);
	return follow(&h->open, &h->want, &how, h, out);
}

static bool follow_or_say(struct http_service *h, struct failure *f)
{
	struct follow_failure failure;

	return follow_wanted(h, &failure) ||
	       failure_set(f, EXIT_CODE_NET, "failed to create listening socket for port %u of %s",
			   h->port, follow_failure_text(&failure).s);
}

static void netifs_changed(struct netif_watch *w)
{
	struct http_service *h = container_of(w, struct http_service, netifs);
	struct failure f = { .code = EXIT_CODE_OK };

	if (!h->now->lan->bind_dynamic)
		return;
	if (!follow_or_say(h, &f) && strcmp(f.text, h->told.text) != 0)
		log_error(LOG_HTTP, "%s", f.text);
	h->told = f;
}

void http_service_listening(const struct http_service *h, struct bindings *out)
{
	*out = h->open.open;
}

/* ---- life ------------------------------------------------------------------------ */

struct http_service *http_service_open(struct loop *l, const struct generation *g,
				       struct files *files, struct events *events,
				       struct counters *counters, struct failure *f)
{
	struct http_service *h = calloc(1, sizeof *h);

	must(h);
	h->loop = l;
	h->now = g;
	h->handler = http_files_new(l, files, events, counters);
	if (!h->handler || http_files_configure(h->handler, g->boot, g->lan) != ST_OK) {
		failure_set(f, EXIT_CODE_MEMORY, "could not get memory");
		goto failed;
	}
	if (!follow_or_say(h, f))
		goto failed;
	h->netifs.changed = netifs_changed;
	netif_watch_start(l, &h->netifs);
	return h;
failed:
	http_service_free(h);
	return NULL;
}

enum status http_service_start(struct http_service *h)
{
	struct http_want want = http_files_want(h->handler, THREADS, CONNECTIONS);
	enum status s = ST_OK;

	h->http = http_new(&want);
	if (!h->http)
		return ST_FULL;
	while (h->early_n > 0 && s == ST_OK)
		s = http_listen(h->http, h->early[--h->early_n]);
	return s;
}

enum status http_service_configure(struct http_service *h, const struct generation *g,
				   struct failure *f)
{
	enum status s = http_files_configure(h->handler, g->boot, g->lan);

	if (s != ST_OK)
		return s;
	h->now = g;
	follow_or_say(h, f);
	return ST_OK;
}

void http_service_free(struct http_service *h)
{
	if (!h)
		return;
	if (h->netifs.changed)
		netif_watch_stop(h->loop, &h->netifs);
	http_free(h->http);
	while (h->early_n > 0)
		close(h->early[--h->early_n]);
	http_files_free(h->handler);
	free(h);
}
