/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/netfilter/ipset/ip_set.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "base/must.h"
#include "net/kernel_set.h"
#include "net/nfnl.h"

#define PROTOCOL 6			/* what every kernel since 2.6.39 takes */
#define MESSAGE_BYTES 128		/* more than one with a name of 31 bytes has */
#define AT_ONCE 64			/* answers that a socket's buffer surely holds */

static void put_one(struct nfnl *n, const struct kernel_set_add *a)
{
	const bool six = a->addr.family == ADDR_IP6;
	const struct span bytes = addr_bytes(&a->addr);
	struct nlmsghdr *m = nfnl_begin(n, NFNL_SUBSYS_IPSET, IPSET_CMD_ADD, NLM_F_ACK,
					six ? AF_INET6 : AF_INET, 0);
	struct nlattr *data, *ip;

	mnl_attr_put_u8(m, IPSET_ATTR_PROTOCOL, PROTOCOL);
	mnl_attr_put_strz(m, IPSET_ATTR_SETNAME, a->set->name);
	data = mnl_attr_nest_start(m, IPSET_ATTR_DATA);
	ip = mnl_attr_nest_start(m, IPSET_ATTR_IP);
	mnl_attr_put(m, (uint16_t)((six ? IPSET_ATTR_IPADDR_IPV6 : IPSET_ATTR_IPADDR_IPV4) |
				   NLA_F_NET_BYTEORDER),
		     bytes.n, bytes.p);
	mnl_attr_nest_end(m, ip);
	mnl_attr_nest_end(m, data);
	nfnl_end(n, m);
}

/* Which of the list the messages were for. */
struct batch {
	struct kernel_set_add *add[AT_ONCE];
	uint32_t n;
};

static void took(void *arg, const struct nfnl_answer *a)
{
	struct batch *b = arg;

	if (a->message < b->n && a->error >= 0)
		b->add[a->message]->error = a->error;
}

static void send_batch(struct nfnl *n, struct batch *b)
{
	bool sent = nfnl_ask(n, took, b);

	for (uint32_t i = 0; !sent && i < b->n; i++)
		b->add[i]->error = errno;
	b->n = 0;
}

void ipset_add(struct nfnl *n, struct kernel_set_add *adds, size_t count)
{
	struct batch b = { .n = 0 };

	for (size_t i = 0; i < count; i++) {
		struct kernel_set_add *a = &adds[i];

		if (!kernel_set_takes(a, SET_IPSET))
			continue;
		a->error = strlen(a->set->name) > KERNEL_SET_NAME_MAX ? ENAMETOOLONG : 0;
		if (a->error)
			continue;
		if (b.n == AT_ONCE || !nfnl_has_room(n, MESSAGE_BYTES))
			send_batch(n, &b);
		put_one(n, a);
		b.add[b.n++] = a;
	}
	send_batch(n, &b);
}
