/* SPDX-License-Identifier: ISC */
/*
 * script -- dhcp-script: a program is told of each change of a lease, and of files sent.
 *
 * What is to be told waits here: one entry a lease, however often that changes
 * meanwhile, and one for each that ended or file that was sent, of which there is a
 * limit.  It goes to the runner (app/script_runner.h) one at a time, what ended first.
 * The words are dnsmasq's.
 *
 * Where the script keeps the leases (leasefile-ro) it is told of every change, and a commit counts
 * once its event lies with the runner, which runs it even if the server dies: a few events go there
 * ahead of what runs, and while there is no room for more, commits wait.
 *
 * On the control loop; files are sent by another thread.
 */
#pragma once

#include "app/generation.h"
#include "base/status.h"
#include "net/loop.h"
#include "store/events.h"
#include "store/leases.h"

struct script;

/* Forks the runner, while we may still become anybody.  uid (uid_t)-1: it stays who we are.
 * NULL with errno. */
struct script *script_fork(const char *path, uid_t uid, gid_t gid);

/* Tells of these from now on; the loop, leases (or NULL: no DHCP) and events outlive it. */
enum status script_start(struct script *s, struct loop *loop, struct leases *leases,
			 struct events *events);
/* The script keeps the leases, which are such as leases_open() was given; before script_start(). */
void script_keep_leases(struct script *s);
/* Another configuration: domains, script-on-renewal, log-dhcp. */
void script_configure(struct script *s, const struct generation *g);

/* What a client said of itself (dhcp/facts.h), in the turn in which its lease is told of; for
 * dhcp_server_set_facts. */
void script_take_facts(void *script, const struct addr *a, struct span facts);

/* Every lease as "old": at start and on SIGHUP; in slices, but for the first time
 * (store/lease_round.h). */
void script_tell_all(struct script *s);

/* No lease changes any more: what waits is run to its end. */
void script_finish(struct script *s);
void script_free(struct script *s);	/* NULL is fine */
