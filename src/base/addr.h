/* SPDX-License-Identifier: ISC */
/*
 * addr -- network and hardware addresses, and the prefixes they fall into.
 *
 * Outside wire/ an address is always one of these, never a sockaddr, never a
 * number in somebody's byte order.  An IPv4 address lies in the first four
 * bytes, as on the wire; the rest are zero, so two equal addresses are equal
 * bytes.
 */
#pragma once

#include "base/span.h"

enum addr_family { ADDR_NONE, ADDR_IP4, ADDR_IP6 };

struct addr {
	uint8_t family;			/* enum addr_family; ADDR_NONE: no address given */
	uint8_t bytes[16];
};

/* An address and a UDP or TCP port, in host order. */
struct endpoint {
	struct addr addr;
	uint16_t port;
};

/* A prefix: the leading `bits` of addr count. */
struct prefix {
	struct addr addr;
	uint8_t bits;
};

#define HWADDR_MAX 16			/* chaddr of RFC 2131 */

struct hwaddr {
	uint16_t type;			/* ARP hardware type; 1 is Ethernet (RFC 1700) */
	uint8_t len;			/* 0: none */
	uint8_t bytes[HWADDR_MAX];
};

struct addr_text   { char s[46]; };
struct hwaddr_text { char s[3 * HWADDR_MAX + 4]; };

static inline bool addr_is_set(const struct addr *a)
{
	return a->family != ADDR_NONE;
}

/* True for 0.0.0.0, :: and no address at all. */
static inline bool addr_is_any(const struct addr *a)
{
	static const uint8_t zero[16];

	return memcmp(a->bytes, zero, sizeof zero) == 0;
}

static inline bool addr_eq(const struct addr *a, const struct addr *b)
{
	return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Total order: family, then the bytes as an unsigned number. */
int addr_cmp(const struct addr *a, const struct addr *b);

/* IPv4 to and from its number in host order.  addr_to_ip4 of anything else gives 0. */
struct addr addr_ip4(uint32_t host_order);
uint32_t addr_to_ip4(const struct addr *a);

/* From 4 or 16 bytes as on the wire; any other count gives ADDR_NONE. */
static inline struct addr addr_of_bytes(struct span bytes)
{
	struct addr a = { 0 };

	if (bytes.n == 4) {
		a.family = ADDR_IP4;
		memcpy(a.bytes, bytes.p, 4);
	} else if (bytes.n == 16) {
		a.family = ADDR_IP6;
		memcpy(a.bytes, bytes.p, 16);
	}
	return a;
}

/* The 4 or 16 bytes, borrowed from *a; empty for ADDR_NONE. */
struct span addr_bytes(const struct addr *a);

/* Dotted quad or RFC 4291 text, whole string, no scope.  *out is untouched on failure. */
bool addr_parse(const char *text, struct addr *out);

/* Text as inet_ntop gives it; "" for ADDR_NONE. */
struct addr_text addr_text(const struct addr *a);

/* The address with all bits behind the leading `bits` zero. */
struct addr addr_net(const struct addr *a, unsigned bits);

/* True if a lies in p; false across families. */
bool prefix_has(const struct prefix *p, const struct addr *a);

/* The netmask of an IPv4 prefix of `bits` (0..32), in host order. */
uint32_t ip4_mask(unsigned bits);

/* Bits of a contiguous IPv4 netmask; -1 if it has holes. */
int ip4_mask_bits(uint32_t mask);

bool hwaddr_eq(const struct hwaddr *a, const struct hwaddr *b);

/* "02:00:00:00:00:01", with "06-" before it for a type that is not Ethernet; "" for none. */
struct hwaddr_text hwaddr_text(const struct hwaddr *h);

/* Parses what hwaddr_text prints.  *out is untouched on failure. */
bool hwaddr_parse(const char *text, struct hwaddr *out);
