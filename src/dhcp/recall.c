/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "dhcp/recall.h"

/* Where the lease was heard, or whose network its address lies in; NULL: none of ours. */
static const struct netif *netif_of(const struct loop *loop, const struct lease *l)
{
	const struct netif *all, *heard = loop_netif(loop, l->ifindex);
	size_t n = heard ? 0 : loop_netifs(loop, &all);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < all[i].addrs; k++) {
			struct prefix net = { all[i].addr[k].addr, all[i].addr[k].bits };

			if (prefix_has(&net, &l->addr))
				return &all[i];
		}
	return heard;
}

void dhcp_recall_tags(const struct dhcp_env *e, const struct loop *loop, const struct lease *l,
		      struct tags *out)
{
	static const struct dhcp4_msg nothing;
	static const struct netif elsewhere;
	const struct netif *n = netif_of(loop, l);
	struct dhcp_request r = {
		.msg = &nothing, .type = DHCP4_REQUEST, .hw = l->hw, .arch = -1,
		.clid = span_of(l->clid, l->clid_len), .netif = n ? n : &elsewhere,
	};
	struct dhcp_context x;
	struct dhcp_class class;

	if (l->name)
		snprintf(r.name, sizeof r.name, "%s", l->name);
	dhcp_classify(e->conf, e->hosts, &r, &class);
	*out = class.tags;
	if (!dhcp_context_of(e, &r, out, &l->addr, &x))
		return;
	*out = class.plain_tags;
	if (x.range->set)
		tags_add_by(out, x.range->set, &x.range->origin);
	dhcp_tag_rules(e->conf, out);
}
