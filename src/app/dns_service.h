/* SPDX-License-Identifier: ISC */
/*
 * dns_service -- the name service as the control loop has it: reads what it answers
 * by, watches resolv.conf, publishes the names of leases, and tells what it did.
 *
 * The service itself runs in its workers (app/dns_workers.h).
 */
#pragma once

#include "app/dns_workers.h"
#include "app/sandbox.h"
#include "store/leases.h"

struct dns_service;

struct dns_service_want {
	struct loop *loop;		/* the control loop */
	struct events *events;
	struct socket_door *door;
	const struct lease_tags *tags;	/* of leases: whom a block list is for */
};

/* NULL: *f says why. */
struct dns_service *dns_service_open(const struct dns_service_want *want,
				     const struct generation *g, struct failure *f);
/* The names of leases, from now on. */
void dns_service_follow(struct dns_service *s, struct leases *leases);
enum status dns_service_start(struct dns_service *s);
void dns_service_free(struct dns_service *s);	/* NULL is fine */

/* Reads all files again and answers by them: at start and on SIGHUP. */
enum dns_why { DNS_AT_START, DNS_ON_HUP };
void dns_service_read(struct dns_service *s, struct conf_files *from, enum dns_why why);

/* Another configuration with its files and sockets; the one before may go then.  f->text says what
 * cannot be had. */
void dns_service_configure(struct dns_service *s, const struct generation *g,
			   struct conf_files *from, struct failure *f);

/* What it answers by now, until the next reading; NULL: nothing, DNS is off. */
const struct dns_data *dns_service_data(const struct dns_service *s);

/* The files that it reads, where no helper opens them. */
void dns_service_allow_files(const struct generation *g, struct sandbox *sandbox);

const struct bindings *dns_service_listening(const struct dns_service *s);

/* SIGUSR1's lines, and `lanlord status`'s. */
void dns_service_statistics(struct dns_service *s);
void dns_service_status(struct dns_service *s, FILE *out);
