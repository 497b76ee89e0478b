/* SPDX-License-Identifier: ISC */
/*
 * dns_service -- the name service as the control loop has it: watches what it answers by,
 * puts to use what was read of it (app/dns_change.h), publishes the names of leases, and
 * tells what it did.
 *
 * The service itself runs in its workers (app/dns_workers.h).
 */
#pragma once

#include "app/dns_change.h"
#include "app/dns_workers.h"
#include "app/sandbox.h"
#include "store/leases.h"

struct dns_service;

struct dns_service_want {
	struct loop *loop;		/* the control loop */
	struct events *events;
	struct socket_door *door;
	const struct lease_tags *tags;	/* of leases: whom a block list is for */
	/* Files are others than those that it answers by: have them read. */
	void (*changed)(void *arg, enum dns_change_of what);
	void *arg;
};

/* NULL: *f says why. */
struct dns_service *dns_service_open(const struct dns_service_want *want,
				     const struct generation *g, struct failure *f);
/* The names of leases, from now on. */
void dns_service_follow(struct dns_service *s, struct leases *leases);
enum status dns_service_start(struct dns_service *s);
void dns_service_free(struct dns_service *s);	/* NULL is fine */

/* Begins a reading of what this configuration names, and watches it from now on.  s NULL: of one that
 * is not open yet.  Only one at a time; *out as zeroed is of nothing. */
void dns_service_prepare(struct dns_service *s, const struct loop *l, const struct generation *g,
			 enum dns_change_of what, enum dns_says says, struct dns_change *out);

/* dns_service_data() is what was read, and leases have names by it; c has what was before, which still
 * answers questions until dns_service_use(). */
void dns_service_take(struct dns_service *s, struct dns_change *c);

/* Then: answers by it, on the sockets of its configuration, and by nothing that was before when it
 * returns.  f->text says what cannot be had. */
void dns_service_use(struct dns_service *s, const struct dns_change *c, struct failure *f);

/* What was read is not used: watches again what was. */
void dns_service_keep(struct dns_service *s);

/* What it answers by now, until the next reading; NULL: nothing, DNS is off. */
const struct dns_data *dns_service_data(const struct dns_service *s);

/* The files that it reads, where no helper opens them. */
void dns_service_allow_files(const struct generation *g, struct sandbox *sandbox);

const struct bindings *dns_service_listening(const struct dns_service *s);

/* SIGUSR1's lines, and `lanlord status`'s. */
void dns_service_statistics(struct dns_service *s);
void dns_service_status(struct dns_service *s, FILE *out);
