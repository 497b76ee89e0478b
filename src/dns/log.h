/* SPDX-License-Identifier: ISC */
/*
 * log -- what the name service has to say in the log, in dnsmasq's words.
 *
 * A subscriber of the events; the engine does not know it.  Names come escaped
 * (dname_text); warnings that strangers can cause pass a limit.
 */
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "base/log.h"
#include "base/text.h"
#include "store/events.h"

/* log-queries=…; each has what the one before it has. */
enum dns_log_form { DNS_LOG_PLAIN, DNS_LOG_EXTRA, DNS_LOG_PROTO };

struct dns_log {
	struct event_watch watch;
	_Atomic int form;		/* enum dns_log_form */
	pthread_mutex_t lock;
	struct log_limit limit;		/* of warnings; under the lock */
};

/* Subscribes; before threads start. */
void dns_log_init(struct dns_log *l, struct events *e);
void dns_log_set(struct dns_log *l, enum dns_log_form form);

/* The line of an event of DNS; empty for other events. */
void dns_log_text(struct text *t, enum dns_log_form form, const struct event *e);
