/* SPDX-License-Identifier: ISC */
/*
 * dns_rdata -- of what the rdata of each type consists, as far as names lie in it.
 */
#pragma once

#include "wire/dns.h"

/*
 * The parts, in order: '1'..'9' that many times two bytes, 's' a character string, 'n' a name, '*' all
 * that is left.  NULL: of a type without names that may be compressed.
 * *out_ours: of RFC 1035, so that we may compress it too (RFC 3597 4).
 */
const char *dns_rdata_parts(uint16_t type, bool *out_ours);

/* One part that is no name, in place; spoils the reader where it does not parse. */
struct span dns_rdata_take(struct reader *rdata, char part);
