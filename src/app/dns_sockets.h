/* SPDX-License-Identifier: ISC */
/*
 * dns_sockets -- the sockets of one address for all workers of DNS: one of UDP and
 * one of TCP for each, among which the kernel deals out clients.
 *
 * The first is bound as if it were alone, so that another program's use of the
 * address, another lanlord's too, is an error; then it lets the others join.
 */
#pragma once

#include "dns/server.h"

/* So many, which listen.  Statuses as socket_open's and the loop's door's; then there are none. */
enum status dns_sockets_open(const struct loop *l, const struct binding *at, uint16_t port,
			     size_t n, struct dns_sockets out[]);
void dns_sockets_close(struct dns_sockets sockets[], size_t n);
