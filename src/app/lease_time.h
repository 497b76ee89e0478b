/* SPDX-License-Identifier: ISC */
/*
 * lease_time -- `lanlord dhcp_lease_time`: how long the lease of an address still lasts.
 *
 * Asked of the servers in this network namespace over their control sockets.
 */
#pragma once

#define LEASE_TIME_WORD "dhcp_lease_time"	/* a program of dnsmasq-utils, with the same words */

/* words: ADDRESS, ended by NULL.  Prints "1h30m" or "infinite" without a newline, as that program
 * does; 1 and nothing printed if there is no such lease. */
int lease_time_run(char **words);
