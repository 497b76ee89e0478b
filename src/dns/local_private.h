/* SPDX-License-Identifier: ISC */
/*
 * local_private -- what the parts of a local decision share.
 *
 * Each part adds the records that it has for the name at hand, and nothing where
 * it has none.
 */
#pragma once

#include "dns/local.h"
#include "dns/records.h"

struct deciding {
	const struct local_view *v;
	const struct local_question *q;
	struct local_verdict *out;
	struct dname name;		/* at hand: the asked one, or where its aliases lead */
	uint16_t type;
	const struct record_owner *owner;	/* what the configuration has of it, or NULL */
};

static inline bool deciding_wants(const struct deciding *d, uint16_t type)
{
	return d->type == type || d->type == DNS_ANY;
}

/* ---- adding records (local.c) -------------------------------------------------------- */

struct local_found {			/* a record, but for its owner */
	uint16_t type;
	uint32_t ttl_s;
	struct span rdata;		/* borrowed as in struct local_item */
	enum local_source from;
	struct origin origin;
};

void local_add(struct deciding *d, enum dns_section section, const struct dname *owner,
	       const struct local_found *f);
/* A configured record as the answer for the name at hand. */
void local_add_record(struct deciding *d, const struct dns_record *r);
/* Bytes of the verdict's own; NULL, and out->overflow, where there is no room. */
uint8_t *local_bytes(struct deciding *d, size_t n);
/* A copy there; empty where there is no room. */
struct span local_copy(struct deciding *d, struct span bytes);

uint32_t local_ttl(const struct deciding *d, const struct dns_record *r);

/* ---- addresses (local_addr.c) ---------------------------------------------------------- */

struct local_list {			/* of one host */
	struct local_found found[LOCAL_ITEMS_MAX];
	size_t n;
	bool cut;
};

/* Those of host-records and hosts files, each once. */
void local_list_named(const struct deciding *d, struct span name, uint16_t type,
		      struct local_list *out);
/* Adds them; each turn another is the first. */
void local_list_add(struct deciding *d, enum dns_section section, const struct dname *owner,
		    const struct local_list *l);

void local_addresses(struct deciding *d);
/* Those of a host for the additional section: no aliases, interfaces or made-up names. */
void local_additional_addresses(struct deciding *d, struct span host);
/* A host-record, a hosts file or a lease has the name. */
bool local_host_exists(const struct deciding *d, struct span name);
/* A host-record or a hosts file has an address of this family for the name: no lease has it then. */
bool local_is_configured(const struct local_view *v, struct span name, enum addr_family family);
/* How long an answer from this lease may be kept; 0 too where it ended: false. */
bool local_lease_ttl(const struct deciding *d, const struct names_entry *e, uint32_t *out);

/* ---- block lists (local_block.c) --------------------------------------------------------- */

/* Does a list block the name at hand?  line_labels: of the domain that a line of the configuration
 * decides for. */
bool local_blocked(struct deciding *d, unsigned line_labels);
/* Its answer with no records, or with zeros. */
void local_answer_blocked(struct deciding *d);

/* ---- the other parts -------------------------------------------------------------------- */

void local_texts(struct deciding *d);		/* local_records.c: TXT */
void local_raw(struct deciding *d);		/* types without an option of their own */
void local_mail(struct deciding *d);		/* MX, selfmx, localmx */
void local_services(struct deciding *d);	/* SRV */
void local_pointers(struct deciding *d);	/* NAPTR */
void local_targets(struct deciding *d);		/* the hosts that MX and SRV name */
void local_reverse(struct deciding *d);		/* local_reverse.c: PTR */

/* CHAOS names (local_chaos.c); false: not ours to answer. */
bool local_chaos(struct deciding *d);
bool local_chaos_knows(const struct local_view *v, struct span name);
