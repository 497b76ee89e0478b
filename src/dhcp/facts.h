/* SPDX-License-Identifier: ISC */
/*
 * facts -- what dhcp-script is told of a client beside its lease: pure.
 *
 * Each fact is "NAME=VALUE" and a NUL, in dnsmasq's names without their prefix.
 * A value is a client's own bytes up to the first NUL or '=', as dnsmasq has it;
 * what a client did not say is not there.
 */
#pragma once

#include "dhcp/decide.h"

/* Bytes written; a fact that has no room is left out. */
size_t dhcp_facts(const struct dhcp_request *r, const struct dhcp_verdict *v, char *out,
		  size_t size);
