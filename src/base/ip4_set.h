/* SPDX-License-Identifier: ISC */
/*
 * ip4_set -- IPv4 addresses, in host order, and quickly the next that is not among them.
 *
 * A bit for each address, in pages of 4096 that know how many members they have:
 * looking past a quarter of a million takes a step for each of 64 pages.  A page is
 * made when its first address is reserved, and stays.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it is empty. */
struct ip4_set { struct ip4_book *book[1024]; };

void ip4_set_done(struct ip4_set *s);

/* Makes room for an address, so that adding it cannot fail; false: no memory. */
bool ip4_set_reserve(struct ip4_set *s, uint32_t ip);

/* In, or out; idempotent.  Room was made for what goes in. */
void ip4_set_put(struct ip4_set *s, uint32_t ip, bool in);

/* How many members there are from `first` to `last`, both included. */
uint32_t ip4_set_count(const struct ip4_set *s, uint32_t first, uint32_t last);

/* From *ip on, `last` included: the first that is not a member; false: all are, and *ip stays. */
bool ip4_set_next_out(const struct ip4_set *s, uint32_t last, uint32_t *ip);

/* From *ip down, `first` included: the nearest member; false: none is, and *ip stays. */
bool ip4_set_last_in(const struct ip4_set *s, uint32_t first, uint32_t *ip);
