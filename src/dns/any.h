/* SPDX-License-Identifier: ISC */
/*
 * any -- the answer to ANY made small (RFC 8482), where any-small asks for it.
 *
 * Whoever is asked for everything may choose what to tell.  Of our own data one set of records
 * is told; of what others know, that it is not told here (a HINFO record), without asking
 * them.  By TCP everything is told: whoever asks so is there, and nobody else is sent anything.
 */
#pragma once

#include "dns/local.h"

bool any_is_small(const struct dns_conf *c, const struct dns_question *q, bool tcp);

/*
 * Of the records that answer, those of the first one's type are kept, and none of other sections.
 * What is not answered here becomes the answer of RFC 8482 4.2.
 */
void any_make_small(struct local_verdict *v, const struct dns_question *q);
