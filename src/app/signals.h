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

/* Before anything else: what asks a server for something waits until there is one, and does not
 * end a start.  SIGPIPE and SIGALRM are ignored. */
void signals_hold(void);

/* SIGHUP, SIGUSR1, SIGUSR2, SIGTERM, SIGINT.  ST_SYSTEM: see errno. */
enum status signals_open(struct signals *s);
enum status signals_start(struct signals *s, struct loop *loop);
void signals_stop(struct signals *s);
