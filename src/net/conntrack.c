/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <netinet/in.h>

#include "base/must.h"
#include "net/conntrack.h"

struct got {
	int error;
	uint32_t mark;
};

static void took(void *arg, const struct nfnl_answer *a)
{
	struct got *g = arg;
	struct nfnl_attrs attrs;

	if (!a->content) {
		g->error = a->error ? a->error : g->error;
		return;
	}
	attrs = nfnl_attrs_of(a->content);
	g->error = 0;
	/* A kernel without marks tells none. */
	g->mark = attrs.at[CTA_MARK] ? ntohl(mnl_attr_get_u32(attrs.at[CTA_MARK])) : 0;
}

static void put_tuple(struct nlmsghdr *m, enum flow_kind kind, const struct endpoint *from,
		      const struct endpoint *to)
{
	const bool six = from->addr.family == ADDR_IP6;
	const struct span source = addr_bytes(&from->addr), sink = addr_bytes(&to->addr);
	struct nlattr *tuple = mnl_attr_nest_start(m, CTA_TUPLE_ORIG), *part;

	part = mnl_attr_nest_start(m, CTA_TUPLE_IP);
	mnl_attr_put(m, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, source.n, source.p);
	mnl_attr_put(m, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, sink.n, sink.p);
	mnl_attr_nest_end(m, part);
	part = mnl_attr_nest_start(m, CTA_TUPLE_PROTO);
	mnl_attr_put_u8(m, CTA_PROTO_NUM, kind == FLOW_TCP ? IPPROTO_TCP : IPPROTO_UDP);
	mnl_attr_put_u16(m, CTA_PROTO_SRC_PORT, htons(from->port));
	mnl_attr_put_u16(m, CTA_PROTO_DST_PORT, htons(to->port));
	mnl_attr_nest_end(m, part);
	mnl_attr_nest_end(m, tuple);
}

int conntrack_mark(struct nfnl *n, enum flow_kind kind, const struct endpoint *from,
		   const struct endpoint *to, uint32_t *out)
{
	struct got g = { .error = ENOENT };
	struct nlmsghdr *m = nfnl_begin(n, NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET, 0,
					from->addr.family == ADDR_IP6 ? AF_INET6 : AF_INET, 0);

	put_tuple(m, kind, from, to);
	nfnl_end(n, m);
	if (!nfnl_ask(n, took, &g))
		return errno;
	if (g.error == 0)
		*out = g.mark;
	return g.error;
}
