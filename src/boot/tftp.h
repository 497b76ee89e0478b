/* SPDX-License-Identifier: ISC */
/*
 * tftp -- boot files by TFTP (RFC 1350, 2347, 2348, 2349), read only.
 *
 * An engine on one loop, whichever thread runs it: requests come in on
 * listeners, each transfer has a socket of its own (unless tftp-single-port),
 * and never more than tftp-max run at once; further requests wait.  Errors have
 * dnsmasq's codes and sentences.  It logs nothing: it publishes events.
 *
 * Every function here is called on the loop's thread, or before it runs.
 */
#pragma once

#include "boot/conf.h"
#include "boot/files.h"
#include "store/counters.h"
#include "store/events.h"

struct tftp;

/* NULL without memory.  events and counters may be NULL. */
struct tftp *tftp_new(struct loop *l, struct files *files, struct events *e, struct counters *c);
void tftp_free(struct tftp *t);

/*
 * A new configuration, borrowed until the next; transfers that run go on as
 * they began.  ST_FULL: no memory for tftp-max transfers; the old one stays.
 */
enum status tftp_configure(struct tftp *t, const struct boot_conf *b, const struct lan_conf *lan);

/*
 * One more listener: the wildcard of a family, or one address of one interface
 * under bind-interfaces and bind-dynamic; want->fd hands in a bound socket.  A
 * port of 0 means TFTP's.  The statuses are udp_open's; ST_FULL: no memory.
 */
enum status tftp_listen(struct tftp *t, const struct udp_want *want);

/* Closes the listener that is bound to this address (an address that went away). */
void tftp_unlisten(struct tftp *t, const struct addr *at);

/*
 * Where tftp-unique-root=mac finds hardware addresses before it asks the
 * kernel's neighbour table: the leases.  Called on the loop's thread.
 */
typedef bool tftp_find_hw(void *arg, const struct addr *client, struct hwaddr *out);
void tftp_set_find_hw(struct tftp *t, tftp_find_hw *find, void *arg);

size_t tftp_transfers(const struct tftp *t);
