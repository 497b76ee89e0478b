/* SPDX-License-Identifier: ISC */
/*
 * host_files -- dhcp-hostsfile and dhcp-optsfile as they are now, with what is
 * wrong in them as lines of the log: never fatal, and never too many.
 */
#pragma once

#include "app/server.h"

/* Never NULL; the caller frees it. */
struct dhcp_files *host_files_read(struct server *s, const struct dhcp_conf *c);
