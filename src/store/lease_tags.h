/* SPDX-License-Identifier: ISC */
/*
 * lease_tags -- the tags that a lease was given with, by its address, for threads
 * that must not touch the lease table.
 *
 * The control loop writes, any thread asks.  The names of tags are copied: they
 * outlive the configuration that they came from.  Nothing of it is stored.
 */
#pragma once

#include "base/addr.h"
#include "base/text.h"
#include "lan/tag.h"

struct lease_tags;

struct lease_tags *lease_tags_new(void);
/* Nobody asks or writes any more; NULL is fine. */
void lease_tags_free(struct lease_tags *t);

/* Those of an address, in the place of what it had.  Without memory it has none. */
void lease_tags_put(struct lease_tags *t, const struct addr *a, const struct tags *tags);
void lease_tags_remove(struct lease_tags *t, const struct addr *a);

/* Is anything known of it? */
bool lease_tags_has(const struct lease_tags *t, const struct addr *a);

/* Those of an address, with commas between them. */
void lease_tags_text(const struct lease_tags *t, const struct addr *a, struct text *out);

/* Do the conditions hold?  Who has no lease has no tags: tag:!x holds then. */
bool lease_tags_match(const struct lease_tags *t, const struct addr *a,
		      const struct tag_cond *when);
