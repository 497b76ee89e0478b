/* SPDX-License-Identifier: ISC */
/*
 * records -- the configured records, found by name and by address.
 *
 * Built once a configuration and never changed.  It knows nothing of hosts files,
 * leases or rules.
 */
#pragma once

#include "dns/local.h"

struct record_ref {
	const struct dns_record *record;
	struct record_ref *next;
};

/* What the lines of the configuration say of one name. */
struct record_owner {
	struct record_owner *next;	/* in its bucket */
	struct span name;
	uint64_t hash;
	bool exists;			/* a name of its own, or above one: no NXDOMAIN.  Records of
					 * dns-rr alone do not make it one, as in dnsmasq */
	bool above;			/* above a name that a line gives anything, of dns-rr too */
	struct record_ref *records;	/* the last line first, as dnsmasq answers them */
	const struct dns_record *cname;	/* of the first line */
	const struct dns_interface_name *interface;	/* the first of them; follow
							 * records_interface_next */
};

/* What is known of a name (any case); NULL: nothing. */
const struct record_owner *records_owner(const struct records *r, struct span name);

/* The alias that a name is in a zone, where *.DOMAIN stands for all names below DOMAIN.  Of several
 * such lines the last counts, as in dnsmasq; NULL: none. */
const struct dns_record *records_zone_alias(const struct records *r, struct span name);

/* The next line for the same name, or NULL. */
const struct dns_interface_name *records_interface_next(const struct dns_interface_name *i);

/* The host-record whose first name an address has, or NULL. */
const struct dns_record *records_at(const struct records *r, const struct addr *a);

/*
 * The zone below domain=…,local lines that a name lies in: how many labels it has; 0: none.
 * *out is the line.
 */
unsigned records_local_zone(const struct records *r, struct span name, struct origin *out);

/* This machine's name, which an MX record without a target names; empty: it has no good one. */
struct span records_hostname(const struct records *r);
