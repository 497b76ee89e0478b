/* SPDX-License-Identifier: ISC */
#include <stdio.h>

#include "dhcp/recall.h"

void dhcp_recall_tags(const struct dhcp_env *e, const struct loop *loop, const struct lease *l,
		      struct tags *out)
{
	static const struct dhcp4_msg nothing;
	static const struct netif elsewhere;
	const struct netif *n = loop_netif_or_near(loop, l->ifindex, &l->addr);
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
