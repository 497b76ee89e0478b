/* SPDX-License-Identifier: ISC */
/*
 * hosts_dirs -- hostsdir: the folders whose hosts files are read again as they change.
 *
 * It watches, tells of each change in dnsmasq's words, and asks for a reading once files
 * have been quiet for a moment, so that many that come at once are read once.
 */
#pragma once

#include "app/folder_watch.h"
#include "dns/data.h"

#define HOSTS_DIRS_PENDING 64

/* Files that have changed since a reading began. */
struct hosts_pending {
	char *path[HOSTS_DIRS_PENDING];
	size_t n;
	bool many;			/* more than those */
};

struct hosts_dirs {
	void (*changed)(struct hosts_dirs *h);	/* read them; set before hosts_dirs_start */
	struct folder_watch watch;
	struct loop *loop;
	struct loop_timer quiet;
	struct hosts_pending pending;
};

/* Before the sandbox.  ST_SYSTEM: see errno. */
enum status hosts_dirs_open(struct hosts_dirs *h, struct loop *l);
enum status hosts_dirs_start(struct hosts_dirs *h);
void hosts_dirs_close(struct hosts_dirs *h);	/* idempotent */

/* Watches what this configuration names; what cannot be is told, unless `quiet`. */
void hosts_dirs_use(struct hosts_dirs *h, const struct dns_conf *c, bool quiet);

/* A reading of all begins: what has changed until now is the caller's, who lets go of it. */
struct hosts_pending hosts_dirs_take(struct hosts_dirs *h);

/* ---- what has changed; from any thread ------------------------------------------ */

bool hosts_pending_has(const struct hosts_pending *p, const char *path);
/* Tells how many names of `old` are gone with those files. */
void hosts_pending_tell(const struct hosts_pending *p, const struct hosts *old);
void hosts_pending_done(struct hosts_pending *p);	/* idempotent */
