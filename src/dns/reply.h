/* SPDX-License-Identifier: ISC */
/*
 * reply -- writes a local verdict as the answer to a query.
 *
 * RA is always set, for this server asks others for those who want it; RD and CD come back as they
 * were asked, AD never: nothing here is validated.  An OPT record goes to who sent one.
 */
#pragma once

#include "dns/local.h"

struct reply_how {
	size_t limit;			/* the largest message that the client takes */
	uint16_t edns_size;		/* what we take ourselves (edns-packet-max) */
	struct span words;		/* to the verdict's extended error; or empty */
	struct span options;		/* whole EDNS options, for who sent an OPT record; or empty */
};

/*
 * A message in `buffer`, which has room for DNS_UDP_MIN at least.  What does not fit in the limit
 * is left out: of the answer it sets TC.
 */
struct span reply_write(const struct local_verdict *v, const struct dns_query *q,
			const struct reply_how *how, void *buffer, size_t size);
