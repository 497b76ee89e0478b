/* SPDX-License-Identifier: ISC */
/*
 * release -- `lanlord dhcp_release`: gives the lease of another machine back.
 *
 * A server of this kind that runs in the same network namespace is asked to end the
 * lease, over its control socket.  Where none has it, DHCPRELEASE (RFC 2131 4.4.6) is
 * said on the wire in that machine's place: to whatever server serves the interface.
 */
#pragma once

#define RELEASE_WORD "dhcp_release"	/* a program of dnsmasq-utils, with the same words */

/* words: INTERFACE ADDRESS MAC [CLIENT-ID], ended by NULL.  The exit code. */
int release_run(char **words);
