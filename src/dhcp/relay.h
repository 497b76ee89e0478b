/* SPDX-License-Identifier: ISC */
/*
 * relay -- passing packets on between clients and servers elsewhere (RFC 1542 4).
 *
 * Which packets, a pure question that `lanlord explain` asks too; the server does it.
 * What arrives on an interface that has the address of a relay is passed on and served
 * no further.
 */
#pragma once

#include "dhcp/conf.h"
#include "net/loop.h"
#include "wire/dhcp4.h"

#define DHCP_HOPS_MAX 20		/* as in dnsmasq; more is a loop */

/* The next relay, after `last` (NULL: the first), for what arrives on n. */
const struct dhcp_relay *dhcp_relay_next(const struct dhcp_conf *c, const struct netif *n,
					 const struct dhcp_relay *last);

/* Why a client's packet that arrived on n, sent to that address, is not passed on by r; NULL: it is. */
const char *dhcp_relay_trouble(const struct dhcp_relay *r, const struct netif *n,
			       const struct dhcp4_msg *m, const struct addr *to);
