/* SPDX-License-Identifier: ISC */
/*
 * request -- a client's packet with its meaning taken out of the options.
 *
 * Knows RFC 2131 and its extensions, and nothing of the configuration or of
 * leases.  A body that does not make sense is as if the option were absent.
 * Spans borrow from the message; a request lives no longer than it.
 */
#pragma once

#include "net/loop.h"
#include "wire/dhcp4.h"

#define DHCP_NAME_MAX 255

/* How a client says its fully qualified name (RFC 4702). */
struct dhcp_fqdn {
	bool given;
	uint8_t flags;
	bool encoded;			/* DNS wire form, not text */
};

/* What a relay added (RFC 3046 and its successors).  Empty or unset where absent. */
struct dhcp_relay_info {
	struct span whole;		/* option 82 as it came: echoed */
	struct span circuit, remote, subscriber;
	struct addr link, server_id;
};

struct dhcp_request {
	const struct dhcp4_msg *msg;
	enum dhcp4_type type;
	struct hwaddr hw;		/* of the header or, if that is empty, of the client id */
	struct span clid;		/* empty: none */
	struct addr requested;		/* option 50; ADDR_NONE where absent, as all of these */
	struct addr server_id;		/* option 54 */
	struct addr subnet;		/* option 118 */
	bool has_lease_s;
	uint32_t lease_s;		/* option 51: what the client would like */
	struct span want;		/* option 55 */
	struct span vendor_class;	/* option 60 */
	struct span user_class;		/* option 77, raw */
	int arch;			/* option 93; -1 where absent */
	bool ipxe;			/* carries option 175 */
	bool rapid_commit;		/* option 80 */
	bool broadcast;			/* the flag, or a medium that cannot do without */
	size_t max_size;		/* bytes of DHCP that the client takes (option 57 less headers) */
	struct dhcp_relay_info relay;
	struct dhcp_fqdn fqdn;
	char name[DHCP_NAME_MAX + 1];	/* as given, perhaps with a domain; "" if none or illegal */
	bool name_ends_in_nul;		/* an old client: text is sent to it with a NUL */

	const struct netif *netif;	/* where it arrived */
	struct addr to;			/* the address that it was sent to */
	bool unicast;			/* that is an address of netif, not a broadcast */
	unsigned link;			/* the interface that it came by and answers leave by; netif's
					 * but for an alias of it (bridge-interface) */
};

/* False if the packet has a message type that is none of RFC 2131.  One without is BOOTP, of which
 * little is believed. */
bool dhcp_request_read(const struct dhcp4_msg *m, const struct netif *n, const struct addr *to,
		       struct dhcp_request *r);

/* Did the client ask for this option?  One that sent no list takes everything. */
bool dhcp_request_wants(const struct dhcp_request *r, uint8_t code);

/* Is a the address of one of the interface's own? */
bool dhcp_request_is_ours(const struct dhcp_request *r, const struct addr *a);

/* The client's name up to its first dot, in `label`; what follows, or NULL. */
struct dhcp_label { char s[64]; };
const char *dhcp_name_split(const char *name, struct dhcp_label *label);

/* Up to the first dot: letters, digits, inner hyphens and underscores; at most 63. */
bool dhcp_name_legal(const char *name);
