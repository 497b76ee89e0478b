/* SPDX-License-Identifier: ISC */
/*
 * hosts -- the names and addresses of hosts files: /etc/hosts, addn-hosts, hostsdir.
 *
 * Immutable once read; SIGHUP reads anew and swaps.  /etc/hosts comes first, then
 * files, the last given first, then folders, as in dnsmasq.  The first name of an address
 * names it (PTR).  With expand-hosts a simple name answers with the domain of its
 * address too (and the reverse gives the long form).
 */
#pragma once

#include "dns/conf.h"
#include "lan/domain.h"

#define HOSTS_FILE "/etc/hosts"

struct hosts;

struct hosts_want {
	const struct dns_conf *conf;
	const struct domain_rule *domains;	/* for expand-hosts */
	conf_bad_line *bad;			/* told of lines and files that are wrong; or NULL */
	/* Told of each file that was read ("read FILE - N names"): all names of its lines count,
	 * and of what expand-hosts makes longer both forms.  Or NULL. */
	void (*read)(void *arg, const char *path, size_t names);
	void *arg;
};

/* Never NULL; files that cannot be read are told and left out. */
struct hosts *hosts_read(const struct hosts_want *want, struct conf_files *from);
void hosts_free(struct hosts *h);

struct host_entry {
	struct origin origin;		/* file:line */
	struct addr addr;
	struct span name;		/* wire form, small letters */
	const struct host_entry *next_same_name;	/* file order */
};

/* The first entry of a name (any case), or NULL; follow next_same_name. */
const struct host_entry *hosts_named(const struct hosts *h, struct span name);
/* The entry whose name an address has, or NULL. */
const struct host_entry *hosts_at(const struct hosts *h, const struct addr *a);
/* Does a name lie below this one?  (Then this one is no NXDOMAIN.) */
bool hosts_below(const struct hosts *h, struct span name);
size_t hosts_count(const struct hosts *h);
/* Each entry, in the order they were read: begin with *cursor 0; NULL at the end. */
const struct host_entry *hosts_each(const struct hosts *h, size_t *cursor);
