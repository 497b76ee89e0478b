/* SPDX-License-Identifier: ISC */
/*
 * host -- which dhcp-host line speaks of a client, and which addresses such
 * lines keep for somebody.
 *
 * Lines of the configuration, of files and of folders count as one list in this
 * order, and one that /etc/ethers has changed counts as changed; among equals the later line wins, as in dnsmasq.  A line with a name and
 * without an address has the one that somebody else knows of the name: a hosts
 * file, when names are served.  It does not know who that is.
 */
#pragma once

#include "dhcp/context.h"

/* The IPv4 address of a name. */
struct dhcp_named {
	struct addr addr;
	struct origin origin;		/* of the line that says so */
	bool several;			/* there are others too */
};

/* The name of an address. */
struct dhcp_name_at {
	char text[1021];		/* as a whole name is written at most */
	struct origin origin;
};

/* Who knows the addresses of names, and the names of addresses. */
struct dhcp_names {
	/* Of a host's name, without a domain; false: it has none. */
	bool (*find)(void *arg, const char *name, struct dhcp_named *out);
	/* Of an address; false: it has none.  Or NULL. */
	bool (*at)(void *arg, const struct addr *a, struct dhcp_name_at *out);
	/* Told, in dnsmasq's words, of a choice among several addresses, and of one that is not had
	 * since another line keeps it; o is the dhcp-host line's.  Or NULL. */
	void (*told)(void *arg, const struct origin *o, const char *what);
	void *arg;
};

/* A line with an address from elsewhere. */
struct dhcp_named_host {
	struct dhcp_host host;		/* the line; without an address if another line keeps it */
	struct dhcp_named named;
};

/* The lines, with an index of the addresses in them. */
struct dhcp_hosts {
	const struct dhcp_host **line;	/* the configuration's, then the files' */
	size_t lines;
	struct dhcp_named_host *named;	/* in the order of lines, which point here */
	size_t named_n;
	const struct dhcp_host **by_addr;	/* sorted by address */
	size_t n;
};

/* files and names may be NULL; names is asked at once.  The lines are borrowed. */
void dhcp_hosts_init(struct dhcp_hosts *h, const struct dhcp_conf *c,
		     const struct dhcp_files *files, const struct dhcp_names *names);
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
