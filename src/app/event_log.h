/* SPDX-License-Identifier: ISC */
/*
 * event_log -- events as JSON lines of the log (log-format=json).
 *
 * Text is the business of the engines' own dhcp/log and boot/log.  May be told
 * by several threads at once; what a stranger can cause at will passes a limit.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/text.h"
#include "store/events.h"

struct event_log {
	struct event_watch watch;
	pthread_mutex_t lock;
	struct log_limit limit;		/* under the lock */
	_Atomic bool quiet_dhcp, quiet_tftp;
};

/* Subscribes; before threads start. */
void event_log_init(struct event_log *l, struct events *events);

/* quiet-dhcp (without log-dhcp) and quiet-tftp leave out the events whose lines they leave out. */
void event_log_configure(struct event_log *l, bool quiet_dhcp, bool quiet_tftp);

/* "dhcp-ack" */
const char *event_kind_name(enum event_kind kind);

/* One JSON object with the members that the event has; of each text at most 100 bytes where the
 * whole would not fit. */
void event_json(struct text *out, const struct event *e);
