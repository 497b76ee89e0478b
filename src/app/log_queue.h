/* SPDX-License-Identifier: ISC */
/*
 * log_queue -- log-async: a few lines wait for a writer in a thread of its own,
 * so that a slow log holds nobody up.  What is more than a few is lost, and
 * counted.
 */
#pragma once

#include <stdbool.h>
#include <time.h>

#include "base/log.h"

#define LOG_ENTRY_TEXT 4096

struct log_entry {
	enum log_subsystem sub;
	int priority;			/* syslog's severity */
	time_t at;
	char text[LOG_ENTRY_TEXT];
};

/* The thread that calls write() for each entry, and lost() for how many were left out before it.
 * False: no thread, or one runs already. */
bool log_queue_start(unsigned entries, void (*write)(const struct log_entry *e),
		     void (*lost)(time_t at, unsigned n));

/* False: there is no queue now, and the entry is the caller's to write. */
bool log_queue_put(const struct log_entry *e);

/* Writes what waits, and ends the thread. */
void log_queue_stop(void);
