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

struct hosts_dirs {
	void (*changed)(struct hosts_dirs *h);	/* read them; set before hosts_dirs_start */
	struct folder_watch watch;
	struct loop *loop;
	struct loop_timer quiet;
	char *pending[HOSTS_DIRS_PENDING];	/* files that have changed since the last reading */
	size_t n;
	bool many;			/* more than those */
};

/* Before the sandbox.  ST_SYSTEM: see errno. */
enum status hosts_dirs_open(struct hosts_dirs *h, struct loop *l);
enum status hosts_dirs_start(struct hosts_dirs *h);
void hosts_dirs_close(struct hosts_dirs *h);	/* idempotent */

/* Watches what this configuration names; what cannot be is told, unless `quiet`. */
void hosts_dirs_use(struct hosts_dirs *h, const struct dns_conf *c, bool quiet);

/* Has this file changed since the last reading? */
bool hosts_dirs_awaits(const struct hosts_dirs *h, const char *path);
/* All have been read.  Tells how many names of `old` are gone with what changed, where it is not NULL. */
void hosts_dirs_read(struct hosts_dirs *h, const struct hosts *old);
