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
