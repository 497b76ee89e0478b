/* SPDX-License-Identifier: ISC */
/*
 * dns_change -- what a name service is to answer by next: the reading of its files, beside
 * what serves.
 *
 * Prepared on the control loop, read on any thread, put to use on the control loop
 * (app/dns_service.h), and freed on any thread again.  Lines of the log are written as files
 * are read; whoever has it read holds them (app/change.h).
 */
#pragma once

#include "app/dns_lines.h"
#include "app/generation.h"
#include "app/hosts_dirs.h"

enum dns_change_of {
	DNS_CHANGE_ALL,
	DNS_CHANGE_SERVERS,		/* resolv.conf and servers-file */
	DNS_CHANGE_HOSTS,		/* hosts files, as some of hostsdir are others */
};

/* What is told of what is read: nothing while names are not served. */
enum dns_says { DNS_SAYS_NOTHING, DNS_SAYS_FILES, DNS_SAYS_FILES_AND_SERVERS };

struct dns_change {
	enum dns_change_of of;
	enum dns_says says;
	const struct generation *g;
	const struct dns_data *old;	/* what serves; NULL: nothing yet */
	uint32_t readings, started_s;	/* as in struct dns_reading */
	struct dns_here here;
	struct hosts_pending changed;	/* of DNS_CHANGE_HOSTS: these files */
	struct dns_data *data;		/* what was read; once it is in use, what served before */
};

void dns_change_read(struct dns_change *c, struct conf_files *from);

/* What is not in use; also of one that was never read, or is zeroed. */
void dns_change_free(struct dns_change *c);
