/* SPDX-License-Identifier: ISC */
/*
 * log -- DHCP events as lines, in dnsmasq's words.
 *
 * A subscriber of the bus; the engine does not know it.
 */
#pragma once

#include "base/log.h"
#include "base/text.h"
#include "store/events.h"

struct dhcp_log {
	struct event_watch watch;
	bool log_dhcp;			/* lines begin with the transaction, as with log-dhcp */
	bool quiet;			/* quiet-dhcp: no routine lines */
	struct log_limit limit;		/* of warnings: strangers can cause them */
};

void dhcp_log_init(struct dhcp_log *l, struct events *e);
/* A new configuration. */
void dhcp_log_set(struct dhcp_log *l, bool log_dhcp, bool quiet);

/* The line of an event of DHCP, without the transaction; empty for other events. */
void dhcp_log_text(struct text *t, const struct event *e);
