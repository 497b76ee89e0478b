/* SPDX-License-Identifier: ISC */
/*
 * host_names -- the address that names have for DHCP: what hosts files and
 * host-record say to the names of dhcp-host lines without an address.
 *
 * As in dnsmasq, host-record comes first and then hosts files; of several
 * addresses only one counts that has the name for its own, as the first of its
 * line.
 */
#pragma once

#include "dhcp/host.h"
#include "dns/data.h"

/* Of a name without a domain.  The origin lives as long as the data. */
bool host_names_find(const struct dns_data *d, const char *name, struct dhcp_named *out);
