/* SPDX-License-Identifier: ISC */
/*
 * ip -- the IPv4 header (RFC 791) and the checksum of the Internet (RFC 1071).
 *
 * For the few packets that we build or take whole: a DHCP answer to a client
 * without an address, an echo that comes up a raw socket.
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define IP_ICMP 1			/* protocol numbers */
#define IP_UDP 17

#define IP4_HEADER 20			/* bytes without options, as we write it */

struct ip4_head {
	uint8_t protocol;
	struct addr from, to;
};

/* Sums 16-bit words on top of `sum` (0 to begin); ip_sum_end folds and complements it.  An odd
 * last byte counts as if a zero followed, so only the last span may be odd. */
uint32_t ip_sum(uint32_t sum, struct span s);
uint16_t ip_sum_end(uint32_t sum);

/*
 * A header without options, for `payload` bytes that follow: not to be fragmented, so its
 * identification may be 0 (RFC 6864, 4.1).
 */
void ip4_write(struct writer *w, const struct ip4_head *h, size_t payload);

/*
 * Reads a header, options skipped, and fences *payload to the length it states.
 * False: not IPv4, cut short, a fragment, or its checksum is wrong.
 */
bool ip4_read(struct reader *r, struct ip4_head *h, struct reader *payload);
