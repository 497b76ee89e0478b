/* SPDX-License-Identifier: ISC */
/*
 * release -- `lanlord dhcp_release`: gives the lease of another machine back.
 *
 * It says DHCPRELEASE (RFC 2131 4.4.6) on the wire in that machine's place, so it
 * needs no server of its own kind, and none in the same network namespace.
 */
#pragma once

#define RELEASE_WORD "dhcp_release"	/* a program of dnsmasq-utils, with the same words */

/* words: INTERFACE ADDRESS MAC [CLIENT-ID], ended by NULL.  The exit code. */
int release_run(char **words);
