/* SPDX-License-Identifier: ISC */
/*
 * host -- which dhcp-host line speaks of a client, and which addresses such
 * lines keep for somebody.
 *
 * Lines of the configuration and of dhcp-hostsfile count as one list, the files
 * last; among equals the later line wins, as in dnsmasq.
 */
#pragma once

#include "dhcp/context.h"

/* The lines, with an index of the addresses in them. */
struct dhcp_hosts {
	const struct dhcp_host *list[2];	/* the configuration's, the files' */
	const struct dhcp_host **by_addr;	/* sorted by address */
	size_t n;
};

/* files may be NULL.  _done frees the index alone. */
void dhcp_hosts_init(struct dhcp_hosts *h, const struct dhcp_conf *c,
		     const struct dhcp_files *files);
void dhcp_hosts_done(struct dhcp_hosts *h);

/* Does the line name this hardware address? */
bool dhcp_host_has_hw(const struct dhcp_host *host, const struct hwaddr *hw);

/* Does a line give this name to the machine with this hardware address or client id? */
bool dhcp_hosts_name(const struct dhcp_hosts *h, const struct hwaddr *hw, struct span clid,
		     const char *name);

/* The line that keeps this address for a client, or NULL. */
const struct dhcp_host *dhcp_hosts_at(const struct dhcp_hosts *h, const struct addr *a);

/*
 * The line for this client: by client id, then hardware address, then name, then
 * hardware address with fewest wildcards; lines whose tags match before lines
 * without tags.  With `c`, only lines whose address lies in one of the request's
 * contexts, or that have none; without, any.
 */
const struct dhcp_host *dhcp_hosts_find(const struct dhcp_hosts *h, const struct dhcp_request *r,
					const struct tags *tags, const char *name,
					const struct dhcp_conf *c);

/* Does the pattern match, and by how many wildcard bytes? */
bool hwaddr_matches(const struct hwaddr_pattern *p, const struct hwaddr *hw, unsigned *wild);
