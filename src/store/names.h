/* SPDX-License-Identifier: ISC */
/*
 * names -- the names of leases, for DNS, while DHCP writes them.
 *
 * The control loop publishes; DNS workers read from their own threads.  Shards by
 * the hash of the name, a short lock each, and readers copy out.  One machine has
 * a name in two spellings, short and with its domain (with dhcp-fqdn the long
 * one alone): both are entries.
 */
#pragma once

#include "base/addr.h"
#include "base/status.h"
#include "wire/dname.h"

struct names;

struct names *names_new(void);
/* Nobody reads or writes any more. */
void names_free(struct names *n);

struct names_entry {
	struct dname name;		/* as it is to be answered */
	struct addr addr;
	int64_t mono_expires_ms;	/* 0: never */
	bool names_address;		/* the one that a PTR question gets */
	bool has_ttl;			/* dhcp-ttl says how long answers may be kept; else local-ttl */
	uint32_t ttl_s;
};

/* Another entry of this name and address is replaced.  ST_FULL: no memory, nothing changed. */
enum status names_put(struct names *n, const struct names_entry *e);
/* All entries of an address. */
void names_remove(struct names *n, const struct addr *a);

/* Copies up to max entries of a name (any case), in the order they came; how many there are. */
size_t names_named(const struct names *n, struct span name, struct names_entry *out, size_t max);
/* The one that names an address. */
bool names_at(const struct names *n, const struct addr *a, struct names_entry *out);
/* Copies up to max entries of an address, the one that names it first; how many there are. */
size_t names_of(const struct names *n, const struct addr *a, struct names_entry *out, size_t max);
/* Does a name lie below this one?  Never for the root. */
bool names_below(const struct names *n, struct span name);
size_t names_count(const struct names *n);

/* Another number after each change.  Read before the names: what was found then is not newer. */
uint64_t names_serial(const struct names *n);

/* All of them, a part after the other: copies up to max entries of one; how many it has.  What is
 * written meanwhile may be among them or not. */
#define NAMES_PARTS 64
size_t names_part(const struct names *n, unsigned part, struct names_entry *out, size_t max);

/* Says that names have changed, for whoever numbers the changes. */
void names_tell_change(struct names *n);
/* How often that was said. */
uint32_t names_changes(const struct names *n);
