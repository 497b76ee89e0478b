/* SPDX-License-Identifier: ISC */
/*
 * signals -- as events of the loop.  They are blocked for every thread; those
 * that come before the loop runs wait for it.
 */
#pragma once

#include "net/loop.h"

struct signals {
	void (*got)(struct signals *s, int number);	/* set before signals_open */
	struct loop_watch watch;
	int fd;
};

/* SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT; SIGPIPE is ignored.  ST_SYSTEM: see errno. */
enum status signals_open(struct signals *s);
enum status signals_start(struct signals *s, struct loop *loop);
void signals_stop(struct signals *s);
