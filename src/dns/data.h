/* SPDX-License-Identifier: ISC */
/*
 * data -- all that a name service answers by, as it was read at one moment: the
 * configuration, and beside it what files say.
 *
 * Immutable once read.  The control loop reads it, through whatever opens files
 * there, and hands it to the worker, which from then on answers by it alone.
 */
#pragma once

#include "dns/blocks.h"
#include "dns/conf.h"
#include "dns/hosts.h"
#include "dns/local.h"
#include "dns/loops.h"
#include "dns/rules.h"
#include "dns/server_files.h"
#include "dns/sets.h"
#include "lan/conf.h"

struct dns_data {
	uint64_t edition;		/* drawn at random: no other reading has it */
	const struct dns_conf *conf;
	const struct lan_conf *lan;
	struct server_files *files;
	struct hosts *hosts;
	struct rules *rules;
	struct dns_loops *loops;		/* what was found of the servers since; or NULL */
	struct records *records;
	struct blocks *blocks;		/* NULL: no lists */
	struct sets_index *ipsets, *nftsets;	/* NULL: none */
	uint32_t zone_serial;		/* of auth-zones, but for the changes of leases */
	size_t workers;			/* dns_data_workers */
};

struct dns_reading {
	uint32_t readings;		/* since the start, with this one: auth-zones count them from 1 */
	uint32_t started_s;		/* wall clock: what they count from without auth-soa */
	struct conf_files *from;		/* what opens files; NULL: the file system */
	conf_bad_line *bad;			/* lines and files that are wrong */
	/* Told before hosts files are read; or NULL. */
	void (*servers_read)(void *arg, const struct dns_conf *c, const struct server_files *f);
	void (*hosts_read)(void *arg, const char *path, size_t names);
	void (*list_read)(void *arg, const char *path, const struct block_counts *n);	/* or NULL */
	void *arg;
};

/* Never NULL; borrows both configurations for its life. */
struct dns_data *dns_data_read(const struct dns_conf *c, const struct lan_conf *lan,
			       const struct dns_reading *how);
void dns_data_free(struct dns_data *d);		/* NULL is fine */

/*
 * The same with resolv.conf and servers-file read again.  It takes the rest over:
 * once nobody answers by `old` any more, dns_data_free_old() frees what it did not take.
 */
struct dns_data *dns_data_read_servers(const struct dns_data *old, const struct dns_reading *how);
void dns_data_free_old(struct dns_data *old);

/* The same of hosts files. */
struct dns_data *dns_data_read_hosts(const struct dns_data *old, const struct dns_reading *how);
void dns_data_free_old_hosts(struct dns_data *old);

/*
 * How many workers can ask servers beside each other: one where a question must leave by one
 * port (query-port, a source with a port), and no more than have ports enough to draw
 * from between min-port and max-port.  files NULL: none were read yet.
 */
size_t dns_data_workers(const struct dns_conf *c, const struct server_files *files);

#define RESOLV_FILES_MAX 16

/* The files that name the servers of this machine, and may change while serving; none with
 * no-resolv. */
size_t dns_data_resolv(const struct dns_conf *c, const char *out[RESOLV_FILES_MAX]);

/* Every file, or folder of files, that a reading opens beside the configuration. */
void dns_data_each_path(const struct dns_conf *c, void (*told)(void *arg, const char *path),
			void *arg);
