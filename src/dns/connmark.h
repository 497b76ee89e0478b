/* SPDX-License-Identifier: ISC */
/*
 * connmark -- which names may be asked for over a connection with this mark:
 * connmark-allowlist=.
 *
 * A pure function of the lines; whose mark it is and where it came from is not
 * known here.
 */
#pragma once

#include "dns/conf.h"
#include "wire/dname.h"

/*
 * Does a line for this mark, which is not 0, have a pattern for the name?  A name that is no
 * host name (letters, digits and inner dashes, two labels or more, the last no number and not
 * "local") fits no pattern, and passes only where the line allows all.  The mark has been
 * masked by connmark-allowlist-enable.
 */
bool connmark_allows(const struct dns_conf *c, uint32_t mark, const struct dname *name);

/* Does this line, for whichever marks it is, have a pattern for the name? */
bool connmark_line_allows(const struct dns_marked *m, const struct dname *name);

/* Does a label fit a pattern of one: any case, * for any letters, none too? */
bool connmark_label_fits(struct span pattern, struct span label);
