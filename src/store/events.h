/* SPDX-License-Identifier: ISC */
/*
 * events -- what happened, typed, for whoever listens.
 *
 * Engines publish; the log, the metrics and the boot timeline subscribe.  No
 * engine formats for a reader that it knows.  A subscriber runs in the
 * publisher's thread and is quick; one that needs time keeps a ring of its own.
 * An event is built only when somebody listens: ask events_wanted() first.
 */
#pragma once

#include "base/addr.h"
#include "base/clock.h"

enum event_kind {
	/* DHCPv4; text fields below as dnsmasq's log lines have them */
	EVENT_DHCP_DISCOVER, EVENT_DHCP_OFFER, EVENT_DHCP_REQUEST, EVENT_DHCP_ACK, EVENT_DHCP_NAK,
	EVENT_DHCP_DECLINE, EVENT_DHCP_RELEASE, EVENT_DHCP_INFORM, EVENT_DHCP_BOOTP,
	EVENT_DHCP_LEASEQUERY, EVENT_DHCP_LEASEUNASSIGNED, EVENT_DHCP_LEASEUNKNOWN,
	EVENT_DHCP_LEASEACTIVE,
	EVENT_DHCP_DETAIL,		/* a log-dhcp line: text */
	EVENT_DHCP_WARNING,		/* text */
	EVENT_TFTP_SENT, EVENT_TFTP_FAILED, EVENT_TFTP_NOT_FOUND,
	EVENT_TFTP_ERROR,		/* the client's: status and text */
	EVENT_TFTP_REFUSED,		/* ours: text is the sentence that the client was sent */
	EVENT_HTTP_SENT,
	EVENT_HTTP_FAILED,		/* the client went away before the end */
	EVENT_HTTP_NOT_FOUND, EVENT_HTTP_ERROR,
	EVENT_DNS_QUERY,		/* source: "query[A]"; name asked */
	EVENT_DNS_FORWARDED,		/* name; text: the server */
	EVENT_DNS_ANSWER,		/* source: who said it; name, or what the answer is about; text: the
					 * value */
	EVENT_DNS_SET,			/* source: "ipset add"; name: the set; text: the address and the domain
					 * of the line */
	EVENT_DNS_WARNING,		/* text */
	EVENT_KINDS
};

struct event {
	enum event_kind kind;
	struct now at;
	uint32_t xid;			/* DHCP; DNS: the question's number since start */
	const char *interface;
	struct addr addr;		/* DHCP: the client's address; TFTP, HTTP, DNS: the client */
	uint16_t port;			/* DNS: the client's */
	bool tcp;			/* DNS: it came by TCP */
	const char *source;		/* DNS: "config", "cached", a hosts file … */
	struct hwaddr hw;
	const char *name;		/* DHCP: host name; TFTP, HTTP: the file as asked or sent */
	const char *text;		/* reason, error text, detail */
	uint64_t bytes;			/* TFTP, HTTP: sent */
	uint16_t status;		/* TFTP error, HTTP status */
	const char *origin_file;	/* the line that decided, or NULL */
	unsigned origin_line;
};

struct event_watch {
	void (*told)(struct event_watch *w, const struct event *e);
	struct event_watch *next;
};

/* Watchers are added before threads start and stay. */
struct packet_tap;
struct events {
	struct event_watch *watches;
	struct packet_tap *tap;		/* store/packets.h; NULL: nobody looks on */
};

static inline bool events_wanted(const struct events *e)
{
	return e && e->watches;
}
void events_watch(struct events *e, struct event_watch *w);
void events_publish(struct events *e, const struct event *event);
