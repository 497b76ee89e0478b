/* SPDX-License-Identifier: ISC */
/*
 * host_files -- what DHCP knows from files beside the configuration, as they are
 * now: dhcp-hostsfile and dhcp-optsfile, with what is wrong in them as lines of
 * the log, never fatal and never too many; and the addresses of names.
 */
#pragma once

#include "app/server.h"
#include "dhcp/host.h"

/* What dhcp-host lines without an address ask for one, for as long as the server lives. */
const struct dhcp_names *host_files_names(struct server *s);

/* Never NULL; the caller frees it. */
struct dhcp_files *host_files_read(struct server *s, const struct dhcp_conf *c);
