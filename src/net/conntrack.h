/* SPDX-License-Identifier: ISC */
/*
 * conntrack -- the mark that the kernel's connection tracking has for a flow.
 */
#pragma once

#include "base/addr.h"
#include "net/nfnl.h"

enum flow_kind { FLOW_UDP, FLOW_TCP };

/*
 * Of the flow that began with a packet from `from` to `to`.  0, and *out is set; or an errno: ENOENT,
 * there is no such flow (nothing tracks it); EPERM, no CAP_NET_ADMIN; ENOENT too where the
 * kernel has no connection tracking.
 */
int conntrack_mark(struct nfnl *n, enum flow_kind kind, const struct endpoint *from,
		   const struct endpoint *to, uint32_t *out);
