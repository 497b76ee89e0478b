/* SPDX-License-Identifier: ISC */
/*
 * conf -- what several services share: which interfaces and addresses are
 * served, how sockets are bound, the domain.
 */
#pragma once

#include "base/addr.h"
#include "conf/conf.h"
#include "lan/domain.h"
#include "net/loop.h"

struct if_name {			/* interface=, except-interface= … */
	struct origin origin;
	const char *name;		/* without the trailing * */
	bool prefix;
	struct if_name *next;
};

struct listen_addr {
	struct origin origin;
	struct addr addr;
	struct listen_addr *next;
};

struct lan_conf {
	struct if_name *interfaces, *except;
	struct if_name *no_dhcp4, *no_dhcp6;	/* no-dhcp-interface is in both */
	struct listen_addr *listen;
	bool bind_interfaces, bind_dynamic;
	bool loopback_only;			/* interface= with nothing */
	struct domain_rule *domains;		/* file order */
	const char *domain_suffix;		/* of the plain domain= line, or NULL */
	uint32_t port;				/* DNS; 0 turns it off */
};

extern const struct conf_section lan_section;

/* May this interface (and, where to is set, that address on it) be served, by dnsmasq's rules for
 * interface, except-interface and listen-address?  (Manual: --interface, --listen-address.) */
bool lan_serves(const struct lan_conf *c, const struct netif *n, const struct addr *to);
/* As lan_serves, and DHCPv4 is not switched off there. */
bool lan_serves_dhcp4(const struct lan_conf *c, const struct netif *n);
bool lan_serves_dhcp6(const struct lan_conf *c, const struct netif *n);
bool if_names_match(const struct if_name *list, const char *name);
