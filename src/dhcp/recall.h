/* SPDX-License-Identifier: ISC */
/*
 * recall -- the tags of a lease, by what is stored of it.
 *
 * A lease is stored without its tags.  Those that follow from its hardware address, client
 * id, name, address and network are found again; those that follow from other options of
 * its client's packets are known from the next packet on.
 */
#pragma once

#include "dhcp/pick.h"

void dhcp_recall_tags(const struct dhcp_env *e, const struct loop *loop, const struct lease *l,
		      struct tags *out);
