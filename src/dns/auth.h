/* SPDX-License-Identifier: ISC */
/*
 * auth -- what auth-zones answer, and whole zones for those who may copy them.
 *
 * Pure functions over what the local decision sees.  A stranger, who asks where
 * auth-server says, is told of zones alone, and of them the addresses of their
 * subnets alone; anybody else gets all that a zone's names have, and no authority but
 * for SOA and NS.  With localise-queries zones are for strangers, as in dnsmasq.
 */
#pragma once

#include "dns/local.h"

struct deciding;

/* Is the question for a zone, or a stranger's?  Then the verdict is made. */
bool auth_answers(struct deciding *d);

/* The zone that a question asks to copy (RFC 5936), or NULL: it does not. */
const struct dns_zone *auth_copied(const struct local_view *v, const struct local_question *q);

/* May the zones be copied by who has this address? */
bool auth_may_copy(const struct dns_conf *c, const struct addr *from);

/*
 * Gives the records of a zone, its SOA first and last, each as an answer item
 * that is gone when take() returns; until take() returns false.  `room` is for making
 * them.  PTR records and made-up names (synth-domain) are no part of it, as in dnsmasq.
 */
void auth_copy(const struct local_view *v, const struct local_question *q,
	       const struct dns_zone *zone, struct local_verdict *room,
	       bool (*take)(void *arg, const struct local_item *item), void *arg);
