/* SPDX-License-Identifier: ISC */
/*
 * generation -- one whole configuration: read, checked, and then never changed.
 *
 * The command line is part of it: a reload reads it again, with all the files
 * that it names.
 */
#pragma once

#include "app/conf.h"
#include "boot/conf.h"
#include "dhcp/conf.h"
#include "dns/conf.h"
#include "lan/conf.h"

struct command_line {
	int argc;
	char **argv;
};

struct generation {
	struct conf *conf;
	const struct app_conf *app;
	const struct lan_conf *lan;
	const struct dhcp_conf *dhcp;
	const struct dns_conf *dns;
	const struct boot_conf *boot;
};

#define CONF_DEFAULT_FILE "/etc/dnsmasq.conf"

/* Never NULL; conf_errors(g->conf) tells whether it may serve.  files NULL: the file system. */
struct generation *generation_read(const struct command_line *line, struct conf_files *files);
void generation_free(struct generation *g);
