/* SPDX-License-Identifier: ISC */
/*
 * host_names -- what hosts files and host-record tell DHCP: the address of a name,
 * for dhcp-host lines without one, and the name of an address, for who gets it.
 *
 * As in dnsmasq, host-record comes first and then hosts files; of several
 * addresses only one counts that has the name for its own, as the first of its
 * line.
 */
#pragma once

#include "dhcp/host.h"
#include "dns/data.h"

/* Of a name without a domain. */
bool host_names_find(const struct dns_data *d, const char *name, struct dhcp_named *out);

/* Of an address, as it is written. */
bool host_names_at(const struct dns_data *d, const struct addr *a, struct dhcp_name_at *out);
