/* SPDX-License-Identifier: ISC */
/*
 * server_hosts -- servers that lines name by a host's name.
 *
 * As dnsmasq, the name is looked up when the line is read, and each of its
 * addresses is a server; with a source address only those of its family.
 */
#pragma once

#include "conf/conf.h"
#include "dns/conf.h"
#include "dns/server_lines.h"

/*
 * Every rule behind `before` (NULL: of the whole list) whose server has a name
 * becomes as many as it has addresses.  The first that has none is *out_failed,
 * with *out_why; the rest is done all the same.  False: there is one.
 */
bool server_hosts_look_up(struct arena *arena, struct rule_list rules, struct dns_rule *before,
			  struct conf_files *from, const struct dns_rule **out_failed,
			  const char **out_why);
