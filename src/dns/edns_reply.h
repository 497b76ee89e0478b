/* SPDX-License-Identifier: ISC */
/*
 * edns_reply -- what of the EDNS of a server's reply counts.
 *
 * Options of a reply go on to the client who sent an OPT record, as dnsmasq's do: name server
 * ids, extended errors, subnets, cookies where they are not ours.
 */
#pragma once

#include "wire/dns.h"

/*
 * May a reply be for the subnet that its question spoke of (RFC 7871 7.3)?  `asked`: the question's
 * options.  A reply that speaks of no subnet may.
 */
bool edns_subnet_fits(struct span asked, struct span reply);
