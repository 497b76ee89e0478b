/* SPDX-License-Identifier: ISC */
/*
 * pcap -- the UDP datagrams of a capture: of a file in the classic pcap format,
 * or of packets written as hex.
 *
 * Both byte orders and both resolutions of time are read; of links those that
 * tcpdump meets on Linux.  What is no whole IPv4 datagram of UDP is passed over
 * and counted.  Nothing here knows what a datagram is about.
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"

enum pcap_form {
	PCAP_OTHER,			/* no capture: perhaps hex */
	PCAP_READ,
	PCAP_NG,			/* the newer format, which is not read */
	PCAP_STRANGE_LINK,		/* .link says which */
};

struct pcap {
	struct reader r;
	bool little;			/* its numbers have the low byte first */
	uint32_t link;			/* LINKTYPE_ of tcpdump.org */
	uint32_t passed_over;		/* frames that were no UDP of IPv4, or not whole */
};

struct pcap_datagram {
	struct endpoint from, to;
	struct span data;		/* borrowed from the capture */
};

enum pcap_form pcap_open(struct span file, struct pcap *p);

/* The next datagram; false at the end, or where the file is cut short. */
bool pcap_next(struct pcap *p, struct pcap_datagram *out);

/* ---- hex ------------------------------------------------------------------ */

/* A text that is read packet by packet. */
struct pcap_hex {
	struct reader r;
	unsigned line;			/* of what is read now, from 1 */
};

struct pcap_hex pcap_hex_open(struct span text);

/*
 * The next packet: pairs of digits with blanks or colons between them, over any
 * lines; an empty line ends it, "#" begins a comment.  The bytes go to out, of
 * which there is half as much as text; *out_n 0: there is none left.  False: at
 * .line stands something else.
 */
bool pcap_hex_next(struct pcap_hex *h, uint8_t *out, size_t *out_n);
