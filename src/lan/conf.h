/* SPDX-License-Identifier: ISC */
/*
 * conf -- what several services share: which interfaces and addresses are
 * served, how sockets are bound, the domain.
 *
 * Who is served is judged in lan/serve.h; which sockets that makes, in
 * lan/bind.h.
 */
#pragma once

#include "base/addr.h"
#include "conf/conf.h"
#include "lan/domain.h"
#include "lan/serve.h"
#include "net/loop.h"

#define RESOLV_CONF "/etc/resolv.conf"

struct if_name {			/* interface=, except-interface= … */
	struct origin origin;
	const char *name;		/* without the trailing * */
	bool prefix;			/* and at least one character follows it */
	struct if_name *next;
};

struct listen_addr {
	struct origin origin;
	struct addr addr;
	struct listen_addr *next;
};

/* Where zones are answered for with authority and nothing else is (auth-server, a DNS option). */
struct lan_authority {
	struct origin origin;
	const char *interface;		/* NULL: an address */
	bool ip4, ip6;			/* the interface's addresses of these families */
	struct addr addr;
	struct lan_authority *next;
};

struct lan_conf {
	struct if_name *interfaces, *except;
	struct if_name *no_dhcp;		/* of neither family, and no TFTP */
	struct if_name *no_dhcp4, *no_dhcp6;	/* not of this one */
	struct listen_addr *listen;
	bool bind_interfaces, bind_dynamic;
	bool loopback_only;			/* interface= with nothing was given; names on
						 * other lines still count */
	struct domain_rule *domains;		/* file order */
	uint32_t port;				/* DNS; 0 turns it off */
	bool auth_server, auth_zone;		/* were given; and */
	const struct lan_authority *authority;	/* what the first names.  DNS's section fills them in */
};

extern const struct conf_section lan_section;

/*
 * domain=#: gives the plain domain the name that this resolv.conf searches first.  NULL: there is
 * not the one file that it could stand in.  For the section that knows of such files; a mistake is
 * an error of the configuration.
 */
void lan_find_search(struct conf *conf, struct lan_conf *c, const char *resolv_conf);

/*
 * What is accepted by --test and refused at start, with exit code 1, as in
 * dnsmasq: the sentence, or NULL.
 */
const char *lan_start_error(const struct lan_conf *c);
