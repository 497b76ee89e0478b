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
#include "wire/dname.h"

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

/* One name with one address.  hosts_name() knows the name. */
struct host_entry {
	uint32_t number;		/* in the order in which they were read, from 1; 0: there is none */
	struct origin origin;		/* file:line */
	struct addr addr;
};

/* The first entry of a name (any case). */
struct host_entry hosts_named(const struct hosts *h, struct span name);
/* The one with the same name that comes next. */
struct host_entry hosts_next(const struct hosts *h, const struct host_entry *e);
/* The entry whose name an address has. */
struct host_entry hosts_at(const struct hosts *h, const struct addr *a);
/* Does a name lie below this one?  (Then this one is no NXDOMAIN.) */
bool hosts_below(const struct hosts *h, struct span name);
size_t hosts_count(const struct hosts *h);
/* By its number. */
struct host_entry hosts_entry(const struct hosts *h, uint32_t number);
/* Its address as on the wire; lives as long as they. */
struct span hosts_addr_bytes(const struct hosts *h, const struct host_entry *e);
/* In small letters. */
void hosts_name(const struct hosts *h, const struct host_entry *e, struct dname *out);
