/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <string.h>

#include "base/must.h"
#include "net/kernel_set.h"

void kernel_sets_add(struct nfnl *n, struct kernel_set_add *adds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		adds[i].error = 0;
	ipset_add(n, adds, count);
	nft_add(n, adds, count);
}

static const struct { int error; const char *words; } known[] = {
	{ SET_NO_NAME, "it is not written as TABLE#SET or FAMILY#TABLE#SET" },
	{ SET_OVERLAP, "an interval of the set has the address already" },
	{ ENFILE, "the set is full" },
	{ IPSET_ERR_TYPE_SPECIFIC, "the set is full, or the address is out of its range" },
};

bool kernel_set_is_other_type(int error)
{
	/* An attribute that the set looks for in vain is an error of protocol to ipset. */
	static const int errors[] = {
		SET_OTHER_TYPE, IPSET_ERR_PROTOCOL, IPSET_ERR_INVALID_FAMILY, IPSET_ERR_IPADDR_IPV4,
		IPSET_ERR_IPADDR_IPV6,
	};

	for (size_t i = 0; i < COUNT_OF(errors); i++)
		if (error == errors[i])
			return true;
	return false;
}

const char *kernel_set_error_text(int error)
{
	for (size_t i = 0; i < COUNT_OF(known); i++)
		if (known[i].error == error)
			return known[i].words;
	if (kernel_set_is_other_type(error))
		return "the set is of another type than the address";
	return error < IPSET_ERR_PRIVATE ? strerror(error) : "the set does not take the address";
}
