/* SPDX-License-Identifier: ISC */
/*
 * tftp_thread -- TFTP in a thread and a loop of its own, so that no transfer
 * waits for a lease and no lease for a transfer.
 *
 * The other threads talk to it by messages.  tftp_thread_configure() returns
 * when the thread has let go of the configuration before.
 */
#pragma once

#include "app/failure.h"
#include "app/generation.h"
#include "app/lease_hw.h"
#include "boot/files.h"
#include "lan/bind.h"
#include "store/counters.h"
#include "store/events.h"

struct tftp_thread;

/* The loop and the sockets, which come through the door; no thread yet.  NULL: *f says why. */
struct tftp_thread *tftp_thread_open(const struct generation *g, struct files *files,
				     struct events *events, struct counters *counters,
				     struct lease_hw *leases, struct socket_door *door,
				     struct failure *f);
/* ST_SYSTEM: no thread. */
enum status tftp_thread_start(struct tftp_thread *t);

/* Another configuration, and the sockets that it wants; f->text, empty before, says which cannot
 * be had.  ST_FULL: no memory, and the one before still serves. */
enum status tftp_thread_configure(struct tftp_thread *t, const struct generation *g,
				  struct failure *f);

/* Ends the thread, closes everything; NULL is fine. */
void tftp_thread_free(struct tftp_thread *t);

/* Where TFTP listens. */
void tftp_thread_listening(struct tftp_thread *t, struct bindings *out);
