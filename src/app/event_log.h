/* SPDX-License-Identifier: ISC */
/*
 * event_log -- events as lines of the log: dnsmasq's words, or JSON.
 */
#pragma once

#include "base/log.h"
#include "base/text.h"
#include "store/events.h"

struct event_log {
	struct event_watch watch;
	bool json;
};

void event_log_start(struct event_log *l, struct events *events, bool json);

/* "dhcp-ack" */
const char *event_kind_name(enum event_kind kind);

/* One JSON object with the members that the event has. */
void event_json(struct text *out, const struct event *e);
