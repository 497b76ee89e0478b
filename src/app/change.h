/* SPDX-License-Identifier: ISC */
/*
 * change -- what the services are to serve by next: one configuration and the files beside
 * it, read as they are at one moment, with the indexes over them.
 *
 * Prepared on the control loop, read on any thread, used on the control loop, and freed on
 * any thread.  Lines of the log wait until it is in use: who has seen that a file was read may
 * count on it.  DHCP and DNS change together, so that they have read the same: a
 * dhcp-host line whose name a hosts file knows has the address of that reading.
 */
#pragma once

#include "app/dns_change.h"
#include "app/failure.h"
#include "base/log.h"
#include "dhcp/host.h"

struct server;

enum change_of {
	CHANGE_ALL = DNS_CHANGE_ALL,	/* of the others: what there is of the rest stays */
	CHANGE_SERVERS = DNS_CHANGE_SERVERS,
	CHANGE_HOSTS = DNS_CHANGE_HOSTS,
	CHANGE_FOLDERS,			/* dhcp-hostsdir and dhcp-optsdir */
};

struct change {
	const struct generation *g;
	enum change_of of;
	struct conf_files *from;
	bool has_names, has_dhcp;	/* what there is to read */
	bool is_first;			/* nothing served before */
	struct dns_change dns;
	const struct dns_data *kept_data;	/* where names are not read; or NULL */
	struct dhcp_files *files;	/* of CHANGE_ALL; once they are in use, those before */
	const struct dhcp_files *kept_files;	/* else */
	struct hosts_pending changed;	/* of CHANGE_FOLDERS: these files */
	struct dhcp_files *folders;	/* the same as files */
	struct dhcp_hosts hosts;	/* the same */
	struct log_held lines;		/* what is to be told of it once it is in use */
};

/* What this configuration names, watched from now on. */
void change_prepare(struct change *c, struct server *s, const struct generation *g,
		    enum change_of of);
void change_read(struct change *c);

/* All of it is in use, and told of, when it returns.  f->text says what DNS cannot have; DHCP's sockets are the caller's. */
void change_use(struct change *c, struct server *s, struct failure *f);
/* It will not be used: tells of the reading alone, and watches again what serves. */
void change_keep(struct change *c, struct server *s);
void change_free(struct change *c);		/* what is not in use; also of one that was never read */
