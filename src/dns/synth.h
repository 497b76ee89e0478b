/* SPDX-License-Identifier: ISC */
/*
 * synth -- names made of addresses, and back (synth-domain).
 *
 * Pure functions.  An address's dots and colons are dashes in the name; with a *
 * behind its prefix a line counts its addresses from 0 instead.
 */
#pragma once

#include "dns/conf.h"
#include "wire/dname.h"

/* The line that makes this name, and the address that it stands for; NULL: none does.  The last
 * line is asked first, as in dnsmasq. */
const struct dns_synth *synth_address(const struct dns_synth *lines, struct span name,
				      struct addr *out);

/* The line that names this address, and the name; NULL: none does. */
const struct dns_synth *synth_name(const struct dns_synth *lines, const struct addr *a,
				   struct dname *out);
