/* SPDX-License-Identifier: ISC */
/*
 * host_files -- what DHCP knows from files beside the configuration, as they are
 * now: /etc/ethers, dhcp-hostsfile, dhcp-optsfile, and the folders dhcp-hostsdir and
 * dhcp-optsdir, with what is wrong in them as lines of the log, never fatal and never
 * too many; and the addresses of names.
 */
#pragma once

#include "app/server.h"
#include "dhcp/host.h"

/* What dhcp-host lines without an address ask for one, for as long as the server lives. */
const struct dhcp_names *host_files_names(struct server *s);

/* Begins to watch dhcp-hostsdir and dhcp-optsdir of the configuration that serves, with the rights of
 * the start; what changes there is read and served by once s->host_dirs is started.  ST_SYSTEM: see
 * errno. */
enum status host_files_open(struct server *s);

/* Watches what this configuration names, and no more what it does not. */
enum host_files_told { HOST_FILES_TELL, HOST_FILES_QUIET };
void host_files_watch(struct server *s, const struct dhcp_conf *c, enum host_files_told told);

/* ---- on any thread -------------------------------------------------------------------- */

/* Never NULL; the caller frees it. */
struct dhcp_files *host_files_read(const struct dhcp_conf *c, struct conf_files *from);

/* The folders alone, beside the others: what has changed is told of. */
struct dhcp_files *host_folders_read(const struct dhcp_conf *c, struct conf_files *from,
				     const struct dhcp_files *beside,
				     const struct hosts_pending *changed);

/* As host_files_names, of names that do not serve yet; NULL data: nobody knows any. */
struct dhcp_names host_files_names_of(const struct dns_data **data);
