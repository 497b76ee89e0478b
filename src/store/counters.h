/* SPDX-License-Identifier: ISC */
/*
 * counters -- how often each thing happened, by name, always kept.
 *
 * A row is a counter; `lanlord status` and the statistics lines are loops over
 * them.  Adding is one relaxed atomic, from any thread.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define COUNTER_LIST(X)                                                                    \
	X(DHCP_DISCOVER, "dhcp_discover")  X(DHCP_OFFER, "dhcp_offer")                      \
	X(DHCP_REQUEST, "dhcp_request")    X(DHCP_ACK, "dhcp_ack")                          \
	X(DHCP_NAK, "dhcp_nak")            X(DHCP_DECLINE, "dhcp_decline")                  \
	X(DHCP_RELEASE, "dhcp_release")    X(DHCP_INFORM, "dhcp_inform")                    \
	X(DHCP_LEASEQUERY, "dhcp_leasequery")                                               \
	X(DHCP_LEASEQUERY_REFUSED, "dhcp_leasequery_refused")                               \
	X(DHCP_LEASE_UNASSIGNED, "dhcp_lease_unassigned")                                   \
	X(DHCP_LEASE_UNKNOWN, "dhcp_lease_unknown")                                         \
	X(DHCP_LEASE_ACTIVE, "dhcp_lease_actve") /* spelled as dnsmasq's */                 \
	X(BOOTP, "bootp")                  X(DHCP_RELAYED, "dhcp_relayed")                  \
	X(DHCP_IGNORED, "dhcp_ignored")    X(DHCP_NO_ANSWER, "noanswer")                    \
	X(DHCP_SHORT, "dhcp_dropped_short") X(DHCP_NOT_REQUEST, "dhcp_dropped_not_a_request") \
	X(DHCP_BAD_HEADER, "dhcp_dropped_bad_header")                                       \
	X(DHCP_BAD_OPTIONS, "dhcp_dropped_bad_options")                                     \
	X(DHCP_NO_TYPE, "dhcp_dropped_no_message_type")                                     \
	X(DHCP_PARKED_FULL, "dhcp_dropped_too_many_waiting")                                \
	X(DHCP_SEND_FAILED, "dhcp_send_failed")                                             \
	X(LEASES_ALLOCATED, "leases_allocated_4") X(LEASES_PRUNED, "leases_pruned_4")       \
	X(LEASES_REFUSED, "leases_refused_store_failed")                                    \
	X(LEASE_COMMITS, "lease_commits")  X(LEASE_COMMIT_GROUPS, "lease_commit_groups")    \
	X(PROBES, "probes")                X(PROBES_IN_USE, "probes_in_use")                \
	X(TFTP_REQUESTS, "tftp_requests")  X(TFTP_SENT, "tftp_sent")                        \
	X(TFTP_FAILED, "tftp_failed")      X(TFTP_MALFORMED, "tftp_dropped_malformed")      \
	X(TFTP_REFUSED, "tftp_refused")    X(HTTP_REQUESTS, "http_requests")                \
	X(HTTP_SENT, "http_sent")          X(HTTP_REFUSED, "http_refused")

enum counter {
#define X(id, name) COUNTER_##id,
	COUNTER_LIST(X)
#undef X
	COUNTERS
};

struct counters { _Atomic uint64_t value[COUNTERS]; };

static inline void counter_add(struct counters *c, enum counter which)
{
	if (c)
		atomic_fetch_add_explicit(&c->value[which], 1, memory_order_relaxed);
}

const char *counter_name(enum counter which);
