/* SPDX-License-Identifier: ISC */
/*
 * server_files -- the servers that stand outside the configuration: in resolv.conf
 * and its like, and in servers-file.
 *
 * Of several resolv files the one that was changed last counts, and it alone is
 * read.  A wrong line of a servers-file is told and skipped; what is wrong in a
 * resolv file is other programs' and skipped without a word.
 */
#pragma once

#include "dns/rules.h"

/* Never NULL.  `from` NULL: the file system.  bad is told of wrong lines, and of files that cannot
 * be read with the origin of who named them. */
struct server_files *server_files_read(const struct dns_conf *c, struct conf_files *from,
				       conf_bad_line *bad, void *arg);
void server_files_free(struct server_files *f);		/* NULL is fine */

/* The nameserver lines of a resolv.conf, added to f->resolv. */
void resolv_parse(struct server_files *f, const char *path, struct span text);
