/* SPDX-License-Identifier: ISC */
/*
 * log -- what boot files have to say in the log: TFTP in dnsmasq's words, HTTP
 * in the same form.
 *
 * A subscriber of the events; the engines know nothing of it.  It may be told
 * by several threads at once.  A stranger's bytes are escaped, and lines that
 * a stranger can cause at will pass a limit.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "boot/conf.h"
#include "store/events.h"

struct boot_log {
	struct event_watch watch;
	_Atomic bool quiet;		/* quiet-tftp: nothing of files that are not there */
	pthread_mutex_t lock;
	struct log_limit limit;		/* under the lock */
};

/* Subscribes; before threads start. */
void boot_log_init(struct boot_log *l, struct events *e);

/* A new configuration. */
void boot_log_configure(struct boot_log *l, const struct boot_conf *b);

/* The lines of a start: which roots, in which mode, what is restricted or missing. */
void boot_log_start(const struct boot_conf *b);
