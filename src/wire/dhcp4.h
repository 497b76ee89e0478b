/* SPDX-License-Identifier: ISC */
/*
 * dhcp4 -- DHCPv4 packets (RFC 2131, options of RFC 2132) to and from the wire.
 *
 * Reading knows the framing and nothing of what an option means: each option is
 * a span, joined where the sender split it (RFC 3396), wherever it lay (RFC
 * 2131 4.1, overload).  Writing fills the options area and, where that is
 * allowed, the file and sname fields after it.
 *
 * Always true of a message that was read: hw.len is at most HWADDR_MAX, and an
 * option that is present has a p that is not NULL, even when it is empty.
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"
#include "wire/writer.h"

enum { DHCP4_SERVER_PORT = 67, DHCP4_CLIENT_PORT = 68 };
enum { DHCP4_BOOTREQUEST = 1, DHCP4_BOOTREPLY = 2 };
#define DHCP4_BROADCAST 0x8000		/* flags */
#define DHCP4_SNAME 64
#define DHCP4_FILE 128
#define DHCP4_MIN_SIZE 300		/* BOOTP's; shorter replies are padded to it */
#define DHCP4_MAX_SIZE 1472		/* we build no larger packet: one Ethernet frame */
#define DHCP4_DEFAULT_SIZE 548		/* 576 less IP and UDP: what every client must take */
#define DHCP4_JOIN_MAX 4096		/* bytes of split options in one packet */

enum dhcp4_type {
	DHCP4_BOOTP,			/* none: it is not DHCP */
	DHCP4_DISCOVER = 1, DHCP4_OFFER, DHCP4_REQUEST, DHCP4_DECLINE, DHCP4_ACK, DHCP4_NAK,
	DHCP4_RELEASE, DHCP4_INFORM,
	DHCP4_LEASEQUERY = 10, DHCP4_LEASEUNASSIGNED, DHCP4_LEASEUNKNOWN, DHCP4_LEASEACTIVE,
};

/* The codes that the server itself deals with. */
enum dhcp4_code {
	DHCP4_NETMASK = 1, DHCP4_ROUTER = 3, DHCP4_DNS = 6, DHCP4_HOSTNAME = 12,
	DHCP4_DOMAIN = 15, DHCP4_BROADCAST_ADDR = 28, DHCP4_VENDOR_OPTS = 43,
	DHCP4_REQUESTED_IP = 50, DHCP4_LEASE_TIME = 51, DHCP4_OVERLOAD = 52,
	DHCP4_MESSAGE_TYPE = 53, DHCP4_SERVER_ID = 54, DHCP4_REQUEST_LIST = 55,
	DHCP4_MESSAGE = 56, DHCP4_MAX_MESSAGE = 57, DHCP4_T1 = 58, DHCP4_T2 = 59,
	DHCP4_VENDOR_CLASS = 60, DHCP4_CLIENT_ID = 61, DHCP4_SERVER_NAME = 66,
	DHCP4_BOOT_FILE = 67, DHCP4_USER_CLASS = 77, DHCP4_RAPID_COMMIT = 80,
	DHCP4_FQDN = 81, DHCP4_AGENT_INFO = 82, DHCP4_LAST_TRANSACTION = 91, DHCP4_ASSOCIATED_IP = 92,
	DHCP4_ARCH = 93, DHCP4_CLIENT_UUID = 97,
	DHCP4_SUBNET_SELECT = 118, DHCP4_VI_CLASS = 124, DHCP4_VI_OPTS = 125, DHCP4_MUD_URL = 161,
	DHCP4_IPXE = 175,
	DHCP4_END = 255,
};

/* Sub-options of DHCP4_AGENT_INFO (RFC 3046, 3527, 3993, 5107). */
enum dhcp4_agent {
	DHCP4_AGENT_CIRCUIT = 1, DHCP4_AGENT_REMOTE = 2, DHCP4_AGENT_LINK = 5,
	DHCP4_AGENT_SUBSCRIBER = 6, DHCP4_AGENT_SERVER_ID = 11,
};

/* Why a packet was not read. */
enum dhcp4_reject {
	DHCP4_READ,			/* it was */
	DHCP4_SHORT,			/* ends before its options */
	DHCP4_NOT_REQUEST,		/* not from a client */
	DHCP4_BAD_HEADER,		/* hardware address too long, no magic cookie */
	DHCP4_BAD_OPTIONS,		/* framing of the options area is broken */
};

struct dhcp4_msg {
	uint8_t op, hops;
	struct hwaddr hw;
	uint32_t xid;
	uint16_t secs, flags;
	struct addr ciaddr, yiaddr, siaddr, giaddr;	/* ADDR_IP4, perhaps 0.0.0.0 */
	struct span sname, file;		/* the whole fields, or empty where they hold options */
	struct span opt[256];			/* p NULL: absent */
	uint8_t order[256];			/* the codes, in order of first appearance */
	uint16_t orders;
	uint16_t joined;			/* bytes used of join */
	uint8_t join[DHCP4_JOIN_MAX];		/* split options, put together; spans point here */
};

/*
 * Reads a client's packet.  Spans borrow from it and from m, so m must not be
 * copied.  Anything but DHCP4_READ leaves m half filled: do not look at it.
 */
enum dhcp4_reject dhcp4_read(struct span packet, struct dhcp4_msg *m);

/* As dhcp4_read, for a server's packet: what tests and tools read replies with. */
enum dhcp4_reject dhcp4_read_reply(struct span packet, struct dhcp4_msg *m);

/* The options of a packet one by one as they stand on the wire: one that comes in several
 * instances, or in pieces, comes as often. */
struct dhcp4_walk {
	struct reader area[3];		/* the options, and the fields that hold some */
	size_t at;
};
void dhcp4_walk_start(struct dhcp4_walk *w, struct span packet);
bool dhcp4_walk_next(struct dhcp4_walk *w, uint8_t *code, struct span *body);

static inline bool dhcp4_has(const struct dhcp4_msg *m, uint8_t code)
{
	return m->opt[code].p != NULL;
}

/* ---- writing ------------------------------------------------------------ */

/*
 * A reply being built: one writer for each place where options may lie.  The
 * options area keeps room for its end mark and, while overload is possible, for
 * option 52.
 */
struct dhcp4_build {
	uint8_t bytes[DHCP4_MAX_SIZE];
	size_t limit;				/* the client takes no larger packet */
	size_t kept;				/* bytes of options kept for the last one */
	struct writer options;
	struct writer file, sname;		/* used once the options area is full */
	bool file_open, sname_open;		/* may hold options: not used for their own purpose */
	uint8_t overload;			/* bit 1: file holds options, bit 2: sname does */
};

/* The header, in the order of RFC 2131 figure 1.  File and server name are cut by nobody: text
 * that does not fit with its NUL is an error. */
struct dhcp4_head {
	uint8_t op, hops;
	struct hwaddr hw;
	uint32_t xid;
	uint16_t secs, flags;
	struct addr ciaddr, yiaddr, siaddr, giaddr;	/* unset counts as 0.0.0.0 */
	struct span sname, file;		/* text; empty: the field is free for options */
};

/* What limits a packet. */
struct dhcp4_room {
	size_t limit;		/* bytes; clamped to what every client takes and to what we build */
	size_t last;		/* of the body of an option that must come last (82); 0: none */
	bool may_overload;	/* options may spread to unused file and sname fields */
};

/* False: the server name or the file does not fit its field. */
bool dhcp4_build_start(struct dhcp4_build *b, const struct dhcp4_head *h, struct dhcp4_room room);

/*
 * Adds an option.  A body above 255 bytes is split (RFC 3396) within one area.
 * False, and nothing written, when no area has room for the whole of it.
 */
bool dhcp4_build_option(struct dhcp4_build *b, uint8_t code, struct span body);

/* The option that room was kept for, after every other one. */
void dhcp4_build_last(struct dhcp4_build *b, uint8_t code, struct span body);

/* Ends every area and pads to DHCP4_MIN_SIZE; the packet, in b's bytes. */
struct span dhcp4_build_done(struct dhcp4_build *b);
