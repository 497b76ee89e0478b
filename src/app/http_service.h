/* SPDX-License-Identifier: ISC */
/*
 * http_service -- HTTP for boot files: its listening sockets, the library's
 * threads, and the handler of boot/http_files.
 *
 * Sockets are opened while that is still permitted, and handed to the library
 * when threads may start.  Everything here runs on the control loop.
 */
#pragma once

#include "app/failure.h"
#include "app/generation.h"
#include "boot/files.h"
#include "lan/bind.h"
#include "store/counters.h"
#include "store/events.h"

struct http_service;

/* NULL: *f says why. */
struct http_service *http_service_open(struct loop *l, const struct generation *g,
				       struct files *files, struct events *events,
				       struct counters *counters, struct failure *f);

/* Threads.  ST_FULL, ST_SYSTEM: none. */
enum status http_service_start(struct http_service *h);

/* Another configuration, and the sockets that it wants; f->text, empty before, says which cannot
 * be had.  ST_FULL: no memory, and the one before still serves. */
enum status http_service_configure(struct http_service *h, const struct generation *g,
				   struct failure *f);

/* NULL is fine. */
void http_service_free(struct http_service *h);

/* Where HTTP listens. */
void http_service_listening(const struct http_service *h, struct bindings *out);
