/* SPDX-License-Identifier: ISC */
/*
 * sets -- which sets of the kernel the addresses of a name go into: ipset=, nftset=.
 *
 * An immutable index over the lines of the configuration, of one kind each.  The
 * longest domain that the name is in decides alone, and of lines for one domain
 * the first, as in dnsmasq; looking up is a probe for each label.  Nothing here
 * touches the kernel.
 */
#pragma once

#include "dns/conf.h"
#include "wire/dname.h"

struct sets_index;

/* NULL where there are no lines.  Borrows them. */
struct sets_index *sets_index_new(const struct dns_sets *lines);
void sets_index_free(struct sets_index *i);		/* NULL is fine */

/* Any case; NULL: none, or no index. */
const struct dns_sets *sets_find(const struct sets_index *i, struct span name);
