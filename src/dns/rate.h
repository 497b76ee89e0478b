/* SPDX-License-Identifier: ISC */
/*
 * rate -- how many answers a second each network of strangers gets by UDP.
 *
 * Whoever may send from another's address can have a name service throw answers at that
 * other.  So each network (a /24, a /56) has a bucket of answers that fills at a steady
 * rate; when it is empty questions are left out, and now and then one is answered with
 * TC alone, so that a client which really is there asks again by TCP.
 *
 * The table has one size for ever: where all its places near a network's are taken, the
 * network that was not heard of for longest loses its own and begins anew.  One table
 * serves all workers, under short locks.  It does not know who is a stranger.
 */
#pragma once

#include "dns/conf.h"

struct rate;

struct rate *rate_new(void);		/* NULL: no memory */
void rate_free(struct rate *r);		/* NULL is fine */

enum rate_say { RATE_ANSWER, RATE_LEAVE_OUT, RATE_CUT };

/* One more question of this client: limits may be others each time.  now_ms is monotonic. */
enum rate_say rate_judge(struct rate *r, const struct dns_rate *limits, const struct addr *from,
			 int64_t now_ms);
