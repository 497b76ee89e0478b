/* SPDX-License-Identifier: ISC */
/*
 * server_lines -- the values of server, local, address and rev-server: one line
 * read into its rules.  They stand in the configuration and in servers-file.
 */
#pragma once

#include "conf/args.h"
#include "dns/conf.h"

/* The two ends of a list of rules, and the plain ones beside it. */
struct rule_list { struct dns_rule **first, **last; struct rule_names **names; };

/* Each adds the rules of one value at the list's end; none where it is wrong. */
bool server_line_take(struct args *a, struct rule_list to);	/* server, local */
bool address_line_take(struct args *a, struct rule_list to);
bool rev_server_line_take(struct args *a, struct rule_list to);

/* Plain values, without takers; false: they are needed after all. */
bool server_line_take_plain(struct span value, struct origin o, struct arena *arena,
			    struct rule_list to);
bool address_line_take_plain(struct span value, struct origin o, struct arena *arena,
			     struct rule_list to);

/* A server for all names at this address, port 53. */
void server_line_add(struct arena *arena, struct rule_list to, struct origin o,
		     const struct addr *addr, const char *scope);
