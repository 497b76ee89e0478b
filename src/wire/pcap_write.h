/* SPDX-License-Identifier: ISC */
/*
 * pcap_write -- a capture of datagrams, made up: bare IP packets (LINKTYPE_RAW) with
 * headers that say whence and whereto, in this machine's byte order, as dnsmasq's.
 */
#pragma once

#include "base/addr.h"

#define PCAP_HEAD 24			/* bytes before the first record */
#define PCAP_RECORD_HEAD (16 + 40 + 8)	/* bytes before the data, at most */

/* The head of a file. */
void pcap_head_write(uint8_t out[PCAP_HEAD]);

/* May records be put behind this head? */
bool pcap_head_fits(const uint8_t head[PCAP_HEAD]);

/*
 * What stands before the data of one record: times, lengths, IP and UDP headers, whose checksums
 * fit.  Both addresses are of one family, or one of none, which stands for the wildcard.  Gives how many
 * bytes there are; 0: data is longer than a datagram can be.
 */
size_t pcap_record_write(uint8_t out[PCAP_RECORD_HEAD], int64_t sec, uint32_t usec,
			 const struct endpoint *from, const struct endpoint *to, struct span data);
