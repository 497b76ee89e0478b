/* SPDX-License-Identifier: ISC */
/*
 * leasequery -- questions about leases that others than their clients ask (RFC 4388).
 *
 * One asks about an address, a client id or a hardware address, and is told what
 * the server knows: that somebody has a lease, that nobody has, or that it is not
 * the server's to know.  Answers go to giaddr.  A question never makes or changes a
 * lease: all of this but the server's own part looks at the leases and no more.
 */
#pragma once

#include "dhcp/reply.h"

enum { DHCP_ASSOCIATED_MAX = 64 };	/* addresses of one client that are told */

/* What is asked about. */
enum dhcp_query_key { QUERY_NOTHING, QUERY_ADDR, QUERY_CLID, QUERY_HW };

struct dhcp_leasequery {
	const char *refused;		/* why it is not answered; or NULL */
	const struct origin *origin;	/* of the leasequery line that lets it be asked; or NULL */
	enum dhcp_query_key key;
	enum dhcp4_type answer;
	const struct lease *lease;	/* of ACTIVE: the one that its client got or renewed last */
	size_t leases;			/* of that client, this one among them */
	struct addr associated[DHCP_ASSOCIATED_MAX];	/* theirs; or as many as there is room for */
};

bool dhcp_is_leasequery(const struct dhcp4_msg *m);

/* A question that was sent from that address. */
void dhcp_leasequery_decide(const struct dhcp_env *e, const struct dhcp4_msg *m,
			    const struct addr *from, struct dhcp_leasequery *out);

/*
 * The answer of a question that is not refused, and came to n, sent to that address.  Of ACTIVE it
 * has, beside the lease, what the question's list (55) names and the client would be told now; v is
 * room to find that out.
 */
void dhcp_leasequery_write(const struct dhcp_env *e, const struct dhcp4_msg *m,
			   const struct netif *n, const struct addr *to,
			   const struct dhcp_leasequery *q, struct dhcp_verdict *v,
			   struct dhcp_reply *out);
