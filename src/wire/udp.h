/* SPDX-License-Identifier: ISC */
/*
 * udp -- a UDP datagram over IPv4 (RFC 768), both headers and their checksums.
 */
#pragma once

#include "wire/ip.h"

#define UDP_HEADER 8

/* Spoils the writer if it has no room, or the addresses are not IPv4. */
void udp4_write(struct writer *w, const struct endpoint *from, const struct endpoint *to,
		struct span data);

/*
 * Reads both headers; *data is what they carry.  False: no whole UDP datagram of IPv4 (see
 * ip4_read), or its length is wrong.  The checksum of UDP is not looked at: a machine that captures
 * what it sends itself sees it half made.
 */
bool udp4_read(struct reader *r, struct endpoint *from, struct endpoint *to, struct span *data);
