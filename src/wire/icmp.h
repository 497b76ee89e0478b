/* SPDX-License-Identifier: ISC */
/*
 * icmp -- echo and echo reply (RFC 792): the question whether an address answers.
 */
#pragma once

#include "base/span.h"
#include "wire/reader.h"
#include "wire/writer.h"

#define ICMP_ECHO_REPLY 0
#define ICMP_ECHO 8
#define ICMP_ECHO_HEADER 8		/* bytes before the data */

struct icmp_echo {
	uint8_t type;			/* ICMP_ECHO or ICMP_ECHO_REPLY */
	uint16_t id, sequence;
	struct span data;
};

void icmp_echo_write(struct writer *w, const struct icmp_echo *e);

/* False: another type, cut short, or a wrong checksum. */
bool icmp_echo_read(struct reader *r, struct icmp_echo *e);
