/* SPDX-License-Identifier: ISC */
/*
 * arp -- address resolution for IPv4 (RFC 826), and its use as a question
 * whether an address is free (RFC 5227).
 */
#pragma once

#include "base/addr.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define ARP_REQUEST 1
#define ARP_REPLY 2

struct arp {
	uint16_t op;
	struct hwaddr sender_hw, target_hw;	/* of one type and length */
	struct addr sender, target;		/* IPv4 */
};

/* The header's type and length are the sender's; a target_hw of length 0 is written as zeros. */
void arp_write(struct writer *w, const struct arp *a);

/* False: not IPv4, a hardware address that we cannot hold, or cut short.  What follows (a frame's
 * padding) is not looked at. */
bool arp_read(struct reader *r, struct arp *a);
