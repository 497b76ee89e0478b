/* SPDX-License-Identifier: ISC */
/*
 * serve -- who is served: the rules of interface, except-interface,
 * listen-address and the no-dhcp- options, exactly as dnsmasq's.
 *
 * Nothing given: everybody.  interface= adds the loopback by itself,
 * listen-address= does not; what either of them names is served.
 * except-interface= beats interface=, and listen-address= beats both.
 */
#pragma once

#include "net/loop.h"

struct lan_conf;
struct if_name;

/*
 * May this interface (and, where `to` is set, that address on it) be served?
 * An address may also be named by its alias label ("eth0:1").  With
 * bind-interfaces and bind-dynamic the label alone counts, without them either.
 */
bool lan_serves(const struct lan_conf *c, const struct netif *n, const struct addr *to);

/* Does auth-server name this address, or the interface with its family?  `n` may be NULL. */
bool lan_has_authority(const struct lan_conf *c, const struct netif *n, const struct addr *to);

/* May the interface be served, and DHCPv4 is not switched off there?  Its first address stands for
 * it in listen-address=. */
bool lan_serves_dhcp4(const struct lan_conf *c, const struct netif *n);
bool lan_serves_dhcp6(const struct lan_conf *c, const struct netif *n);

/*
 * The interface by which to judge a packet: where it arrived; of one that this
 * machine sent itself, which arrives on the loopback, the one that has the
 * address.  NULL if the interface is gone.
 */
const struct netif *lan_netif_of(const struct loop *l, unsigned ifindex, const struct addr *to);

/* "eth*" matches eth0 and not eth, as in dnsmasq. */
bool if_name_matches(const struct if_name *i, const char *name);
bool if_names_match(const struct if_name *list, const char *name);
