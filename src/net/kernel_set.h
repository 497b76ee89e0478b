/* SPDX-License-Identifier: ISC */
/*
 * kernel_set -- puts addresses into sets of the kernel: ipset's and nftables'.
 *
 * The sets are made by somebody else; an address that is in one already is no
 * mistake.  Nothing here knows why an address goes where.
 */
#pragma once

#include "base/addr.h"

struct nfnl;

enum kernel_set_kind { SET_IPSET, SET_NFT };

struct kernel_set {
	enum kernel_set_kind kind;
	uint8_t only;			/* enum addr_family: addresses of the other are passed over; ADDR_NONE:
					 * both are tried */
	uint8_t family;			/* SET_NFT: NFPROTO_… of the table; 0: there is no such family, and
					 * nothing can be added */
	const char *table;		/* SET_NFT */
	const char *name;
	const char *words;		/* all of it, for people */
};

#define KERNEL_SET_NAME_MAX 31		/* bytes of an ipset's name */

/* Errors beside errno's; ipset's own are above 4095. */
enum kernel_set_error {
	SET_NO_NAME = 3000,		/* family 0: it was not written as FAMILY#TABLE#SET */
	SET_OTHER_TYPE,			/* it holds something else than these addresses */
	SET_OVERLAP,			/* an interval of it has the address, and it may not merge them */
};

struct kernel_set_add {
	const struct kernel_set *set;
	struct addr addr;
	uint32_t record;		/* the caller's */
	int error;			/* what became of it: 0, errno, or one of the above */
};

/* Fills in the errors; what is only for the other family has 0.  One system call adds all to ipsets, two
 * to nftables; a refusal of one keeps none of the others out. */
void kernel_sets_add(struct nfnl *n, struct kernel_set_add *adds, size_t count);

/* In words; ipset: with what its codes mean. */
const char *kernel_set_error_text(int error);

/* The set holds addresses of the other family, or no plain addresses: ipset=/a/four,six says nothing of
 * families, and an address goes into the one that takes it. */
bool kernel_set_is_other_type(int error);

/* ---- the two kinds ------------------------------------------------------------------------- */

/* Each takes its own of the list and leaves the rest alone. */
void ipset_add(struct nfnl *n, struct kernel_set_add *adds, size_t count);
void nft_add(struct nfnl *n, struct kernel_set_add *adds, size_t count);

static inline bool kernel_set_takes(const struct kernel_set_add *a, enum kernel_set_kind kind)
{
	return a->set->kind == kind &&
	       (a->set->only == ADDR_NONE || a->set->only == a->addr.family);
}
