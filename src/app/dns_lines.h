/* SPDX-License-Identifier: ISC */
/*
 * dns_lines -- what is said of the name service: the servers at start, SIGUSR1's
 * statistics in dnsmasq's words, `lanlord status`.
 */
#pragma once

#include <stdio.h>

#include "app/dns_workers.h"
#include "dns/data.h"
#include "dns/server.h"
#include "net/loop.h"

/* Who listens here, and where: the addresses of this machine at one moment. */
struct dns_here {
	struct addr *own;
	size_t n;
	uint32_t port;
};

/* On the loop's thread; the caller lets go of it. */
struct dns_here dns_here_of(const struct loop *l, uint32_t port);
void dns_here_done(struct dns_here *h);		/* idempotent */

/* "using nameserver 192.0.2.1#53 for domain lan", and what is answered here alone; of an address and
 * port of our own that it is not asked. */
void dns_lines_servers(const struct dns_conf *c, const struct server_files *f,
		       const struct dns_here *here);

/* What a block list gave. */
void dns_lines_block_list(const char *path, const struct block_counts *n);

/* `servers` has room for DNS_SERVERS_TOLD; those that were never asked are added. */
void dns_lines_statistics(const struct dns_counts *c, const struct dns_now *now,
			  const struct dns_data *data, struct server_stats *servers, size_t n);

/* A line a record that is kept, and one a name that is answered here, in dnsmasq's columns. */
void dns_lines_cache(struct cache *cache, const struct dns_data *data, const struct names *names,
		     struct now now);

void dns_lines_status(FILE *out, const struct dns_counts *c, const struct dns_now *now,
		      size_t lease_names, size_t hosts, const struct server_stats *servers,
		      size_t n);
