/* SPDX-License-Identifier: ISC */
/*
 * dns_thread -- the name service in a thread and a loop of its own.
 *
 * The other threads talk to it by orders: each returns when the thread has done
 * it, and has let go of what it used before.
 */
#pragma once

#include "app/failure.h"
#include "app/generation.h"
#include "dns/data.h"
#include "dns/server.h"
#include "store/events.h"
#include "store/names.h"

struct dns_thread;

/* The loop and the sockets, which come through the door; no thread yet, and no data to answer by.
 * NULL: *f says why. */
struct dns_thread *dns_thread_open(const struct generation *g, struct events *events,
				   struct names *names, const struct lease_tags *tags,
				   struct socket_door *door, struct failure *f);
/* It serves from the first dns_thread_use() on.  ST_SYSTEM: no thread. */
enum status dns_thread_start(struct dns_thread *t);

/* Answers by these data from now on. */
enum dns_cached { DNS_KEEP_CACHED, DNS_CLEAR_CACHED };
void dns_thread_use(struct dns_thread *t, const struct dns_data *data, enum dns_cached cached);

/* Another configuration's sockets; f->text, empty before, says which cannot be had.  Where `g`
 * turns DNS off none is left. */
void dns_thread_configure(struct dns_thread *t, const struct generation *g, struct failure *f);

/* Ends the thread, closes everything; NULL is fine. */
void dns_thread_free(struct dns_thread *t);

/* Where it listens. */
void dns_thread_listening(struct dns_thread *t, struct bindings *out);

const struct dns_counts *dns_thread_counts(struct dns_thread *t);

#define DNS_SERVERS_TOLD 256

/* What is known of each server, at most so many; how many.  *out_now: what waits. */
size_t dns_thread_servers(struct dns_thread *t, struct server_stats out[DNS_SERVERS_TOLD],
			  struct dns_now *out_now);
