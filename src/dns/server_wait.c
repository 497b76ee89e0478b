/* SPDX-License-Identifier: ISC */
/*
 * Questions that wait for upstream.
 */
#include <stdlib.h>

#include "dns/server_private.h"

#define WAITING_A_FLIGHT 8		/* clients that wait for one question upstream, on average */
#define WAITING_MIN 1024
#define WAITING_A_BLOCK 64

/* Memory for those that wait, made as it is needed first and kept. */
struct wait_block {
	struct wait_block *next;
	struct waiting waits[WAITING_A_BLOCK];
};

static void waiting_make(struct dns *d)
{
	struct wait_block *b = calloc(1, sizeof *b);

	if (!b)
		return;
	b->next = d->wait_blocks;
	d->wait_blocks = b;
	for (size_t i = 0; i < WAITING_A_BLOCK; i++) {
		b->waits[i].dns = d;
		b->waits[i].next = d->free_waits;
		d->free_waits = &b->waits[i];
	}
}

struct waiting *waiting_take(struct dns *d)
{
	uint64_t max = (uint64_t)d->data->conf->forward_max * WAITING_A_FLIGHT;
	struct waiting *w;

	if (d->waiting >= max && d->waiting >= WAITING_MIN)
		return NULL;
	if (!d->free_waits)
		waiting_make(d);
	w = d->free_waits;
	if (w) {
		d->free_waits = w->next;
		w->quiet = w->renews = w->holds = false;
		d->waiting++;
	}
	return w;
}

void waiting_for(struct waiting *w, const struct client *c)
{
	w->client = *c;
	w->client.place = NULL;
	if (w->quiet)
		w->client.link = NULL;
	if (w->client.link)
		link_wait(w->client.link, w);
}

void waiting_give(struct waiting *w)
{
	struct dns *d = w->dns;
	struct dns_link *link = w->client.link;

	timer_stop(&w->patience);
	w->next = d->free_waits;
	w->client.link = NULL;
	d->free_waits = w;
	d->waiting--;
	d->renewing -= w->renews;
	if (link)
		link_wait_over(link, w);
}

void waiting_forget(struct waiting *w)
{
	forward_cancel(w->dns->forward, &w->asked);
	waiting_give(w);
}

void waits_free(struct dns *d)
{
	while (d->wait_blocks) {
		struct wait_block *b = d->wait_blocks;

		d->wait_blocks = b->next;
		free(b);
	}
}
