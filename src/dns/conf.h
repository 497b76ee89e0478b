/* SPDX-License-Identifier: ISC */
/*
 * conf -- what the operator may say about DNS.
 *
 * DNS is not served yet.  A configuration turns it off with port=0, and then
 * each of these options is checked for its form, so that a mistake is told,
 * and has no effect, as in dnsmasq.  So the sections fill nothing.
 */
#pragma once

#include "conf/row.h"

extern const struct conf_section dns_upstream_section;	/* servers and the cache */
extern const struct conf_section dns_record_section;	/* local data */
extern const struct conf_section dns_filter_section;	/* what answers may hold; DNSSEC */
extern const struct conf_section dns_auth_section;	/* authoritative zones, limits, sets */
