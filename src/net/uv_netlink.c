/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/must.h"
#include "net/uv_impl.h"

#define REREAD_MS 1000			/* after a reading of the whole table failed */
#define DUMP_TRIES 8			/* a dump is told when it was interrupted by a change */
#define EVENTS_A_TURN 64

/* ---- messages ----------------------------------------------------------- */

static struct addr addr_attr(const struct nlattr *a)
{
	return a ? addr_of_bytes(span_of(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a)))
		 : (struct addr){ 0 };
}

static void text_attr(const struct nlattr *a, char (*out)[16])
{
	size_t n = a ? strnlen(mnl_attr_get_payload(a), mnl_attr_get_payload_len(a)) : 0;

	if (n > 0 && n < sizeof *out) {
		memset(out, 0, sizeof *out);
		memcpy(*out, mnl_attr_get_payload(a), n);
	}
}

/* A message's attributes by number; numbers that we have no use for are left out. */
#define ATTRS_MAX 64
struct attrs { const struct nlattr *at[ATTRS_MAX]; };

static int keep_attr(const struct nlattr *a, void *data)
{
	struct attrs *attrs = data;

	if (mnl_attr_get_type(a) < ATTRS_MAX)
		attrs->at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

static struct attrs attrs_of(const struct nlmsghdr *m, size_t header)
{
	struct attrs attrs = { 0 };

	mnl_attr_parse(m, (unsigned)header, keep_attr, &attrs);
	return attrs;
}

static bool take_link(struct netif_table *t, const struct nlmsghdr *m)
{
	const struct ifinfomsg *i = mnl_nlmsg_get_payload(m);
	struct attrs attrs = attrs_of(m, sizeof *i);
	const struct nlattr *hw = attrs.at[IFLA_ADDRESS];
	struct netif n = {
		.index = (unsigned)i->ifi_index, .hw.type = i->ifi_type,
		.up = i->ifi_flags & IFF_UP, .loopback = i->ifi_flags & IFF_LOOPBACK,
		.multicast = i->ifi_flags & IFF_MULTICAST,
		.point_to_point = i->ifi_flags & IFF_POINTOPOINT,
	};

	/* A bridge reports its ports under its own family; a port that leaves it is no link
	 * that is gone. */
	if (i->ifi_family != AF_UNSPEC)
		return false;
	if (m->nlmsg_type == RTM_DELLINK)
		return netifs_unlink(t, n.index);
	if (attrs.at[IFLA_MTU])
		n.mtu = mnl_attr_get_u32(attrs.at[IFLA_MTU]);
	if (hw && mnl_attr_get_payload_len(hw) <= HWADDR_MAX) {
		n.hw.len = (uint8_t)mnl_attr_get_payload_len(hw);
		memcpy(n.hw.bytes, mnl_attr_get_payload(hw), n.hw.len);
	}
	text_attr(attrs.at[IFLA_IFNAME], &n.name);
	return netifs_link(t, &n);
}

static bool take_addr(struct netif_table *t, const struct nlmsghdr *m)
{
	const struct ifaddrmsg *i = mnl_nlmsg_get_payload(m);
	struct attrs attrs = attrs_of(m, sizeof *i);
	const struct nlattr *flag = attrs.at[IFA_FLAGS];
	uint32_t flags = flag ? mnl_attr_get_u32(flag) : i->ifa_flags;
	const struct netif *n = netifs_find(t, i->ifa_index);
	bool six = i->ifa_family == AF_INET6;
	/* On a point-to-point link IFA_ADDRESS is the peer's. */
	struct netif_addr a = {
		.addr = addr_attr(attrs.at[attrs.at[IFA_LOCAL] ? IFA_LOCAL : IFA_ADDRESS]),
		.bits = i->ifa_prefixlen,
		.broadcast = addr_attr(attrs.at[IFA_BROADCAST]),
		.tentative = six && flags & IFA_F_TENTATIVE,
		.deprecated = six && flags & IFA_F_DEPRECATED,
		.temporary = six && flags & IFA_F_TEMPORARY,	/* IPv4: this bit says secondary */
	};

	if (!n || !addr_is_set(&a.addr))
		return false;
	if (m->nlmsg_type == RTM_DELADDR)
		return netifs_unaddr(t, i->ifa_index, &a);
	memcpy(a.label, n->name, sizeof a.label);
	text_attr(attrs.at[IFA_LABEL], &a.label);
	return netifs_addr(t, i->ifa_index, &a);
}

struct table_change {
	struct netif_table *table;
	bool changed;
};

static int take_message(const struct nlmsghdr *m, void *data)
{
	struct table_change *c = data;
	bool link = m->nlmsg_type == RTM_NEWLINK || m->nlmsg_type == RTM_DELLINK;
	bool addr = m->nlmsg_type == RTM_NEWADDR || m->nlmsg_type == RTM_DELADDR;

	if (link && mnl_nlmsg_get_payload_len(m) >= sizeof(struct ifinfomsg))
		c->changed |= take_link(c->table, m);
	else if (addr && mnl_nlmsg_get_payload_len(m) >= sizeof(struct ifaddrmsg))
		c->changed |= take_addr(c->table, m);
	return MNL_CB_OK;
}

/* ---- asking ------------------------------------------------------------- */

/* Sends a question and gives each message of the answer to `take`.  The kernel answers in the
 * same system call, so nothing is waited for. */
static bool ask(struct real_loop *r, struct nlmsghdr *m, mnl_cb_t take, void *data)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	int more = MNL_CB_OK;

	m->nlmsg_seq = ++r->asked;
	if (sendto(r->ask_fd, m, m->nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel) < 0)
		return false;
	while (more > MNL_CB_STOP) {
		ssize_t n = recv(r->ask_fd, r->netlink_buffer, sizeof r->netlink_buffer, 0);

		if (n < 0)
			return false;
		more = mnl_cb_run(r->netlink_buffer, (size_t)n, r->asked, 0, take, data);
		if (more == MNL_CB_ERROR && errno == ESRCH)
			more = MNL_CB_OK;	/* the rest of an answer that was given up */
	}
	return more == MNL_CB_STOP;
}

static bool dump(struct real_loop *r, uint16_t type, struct table_change *c)
{
	char buffer[NLMSG_SPACE(sizeof(struct ifinfomsg))];
	struct nlmsghdr *m = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *g = mnl_nlmsg_put_extra_header(m, sizeof(struct ifinfomsg));

	m->nlmsg_type = type;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	g->rtgen_family = AF_UNSPEC;
	return ask(r, m, take_message, c);
}

static bool read_table(struct real_loop *r, struct netif_table *t)
{
	struct table_change c = { .table = t };

	return dump(r, RTM_GETLINK, &c) && dump(r, RTM_GETADDR, &c);
}

/* The whole table afresh, beside the old one, which stays if this fails. */
static bool reread(struct real_loop *r)
{
	for (int i = 0; i < DUMP_TRIES; i++) {
		struct netif_table t = { 0 };

		if (read_table(r, &t)) {
			netifs_done(&r->loop.netifs);
			r->loop.netifs = t;
			r->loop.netifs_changed = true;
			return true;
		}
		netifs_done(&t);
		if (errno != EINTR)
			return false;
	}
	return false;
}

static void reread_later(struct loop_timer *t)
{
	struct real_loop *r = container_of(t, struct real_loop, reread);

	if (!reread(r))
		timer_start(&r->loop, t, REREAD_MS);
}

/* ---- events --------------------------------------------------------------- */

/* One message or several.  False: nothing more; *lost if some never reached us. */
static bool take_event(struct real_loop *r, struct table_change *c, bool *lost)
{
	ssize_t n = recv(r->event_fd, r->netlink_buffer, sizeof r->netlink_buffer,
			 MSG_DONTWAIT | MSG_TRUNC);

	if (n < 0 && errno != ENOBUFS)
		return false;
	if (n < 0 || (size_t)n > sizeof r->netlink_buffer ||
	    mnl_cb_run(r->netlink_buffer, (size_t)n, 0, 0, take_message, c) < 0)
		*lost = true;
	return true;
}

/*
 * ENOBUFS: more happened than the socket could hold.  Then it is emptied first:
 * until it is, the kernel drops what comes without another word; and the table is
 * read later than all that was in it.
 */
static void events_ready(struct handle *h)
{
	struct real_loop *r = h->loop;
	struct table_change c = { .table = &r->loop.netifs };
	bool lost = false;

	for (int i = 0; (lost || i < EVENTS_A_TURN) && take_event(r, &c, &lost); i++)
		;
	r->loop.netifs_changed |= c.changed;
	if (lost && !reread(r))
		timer_start(&r->loop, &r->reread, REREAD_MS);
}

static int open_netlink(uint32_t groups, int flags)
{
	struct sockaddr_nl self = { .nl_family = AF_NETLINK, .nl_groups = groups };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&self, sizeof self) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

enum status netlink_open(struct real_loop *r)
{
	const struct timeval patience = { .tv_sec = 1 };

	r->reread.fire = reread_later;
	r->event_fd = open_netlink(RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
				   SOCK_NONBLOCK);
	r->ask_fd = r->event_fd < 0 ? -1 : open_netlink(0, 0);
	if (r->ask_fd < 0)
		return status_of_errno();
	if (setsockopt(r->ask_fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0)
		return status_of_errno();
	/* Events were asked for first: what changes while the table is read is seen twice. */
	if (!reread(r))
		return status_of_errno();
	r->loop.netifs_changed = false;
	return handle_open(r, r->event_fd, events_ready, NULL, &r->event);
}

void netlink_done(struct real_loop *r)
{
	timer_stop(&r->reread);
	handle_close(r->event);
	r->event = NULL;
	if (r->event_fd >= 0)
		close(r->event_fd);
	if (r->ask_fd >= 0)
		close(r->ask_fd);
	r->event_fd = r->ask_fd = -1;
}

/* ---- neighbours ------------------------------------------------------------ */

struct neighbour_question {
	union {
		struct nlmsghdr head;
		char bytes[256];
	};
};

static struct nlmsghdr *neighbour_message(struct neighbour_question *q, uint16_t type,
					  unsigned ifindex, const struct addr *a, uint16_t state)
{
	struct nlmsghdr *m = mnl_nlmsg_put_header(q->bytes);
	struct ndmsg *n = mnl_nlmsg_put_extra_header(m, sizeof *n);
	struct span bytes = addr_bytes(a);

	m->nlmsg_type = type;
	n->ndm_family = a->family == ADDR_IP6 ? AF_INET6 : AF_INET;
	n->ndm_ifindex = (int)ifindex;
	n->ndm_state = state;
	mnl_attr_put(m, NDA_DST, bytes.n, bytes.p);
	return m;
}

struct neighbour_answer {
	struct hwaddr hw;
	uint16_t state;
};

static int take_neighbour(const struct nlmsghdr *m, void *data)
{
	const struct ndmsg *n = mnl_nlmsg_get_payload(m);
	struct neighbour_answer *answer = data;
	struct attrs attrs;
	const struct nlattr *hw;

	if (m->nlmsg_type != RTM_NEWNEIGH || mnl_nlmsg_get_payload_len(m) < sizeof *n)
		return MNL_CB_OK;
	attrs = attrs_of(m, sizeof *n);
	hw = attrs.at[NDA_LLADDR];
	answer->state = n->ndm_state;
	if (hw && mnl_attr_get_payload_len(hw) <= HWADDR_MAX) {
		answer->hw.len = (uint8_t)mnl_attr_get_payload_len(hw);
		memcpy(answer->hw.bytes, mnl_attr_get_payload(hw), answer->hw.len);
	}
	return MNL_CB_STOP;
}

bool real_neighbour(struct loop *l, unsigned ifindex, const struct addr *a, struct hwaddr *out)
{
	const uint16_t known = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE | NUD_DELAY |
			       NUD_PROBE;
	const struct netif *n = loop_netif(l, ifindex);
	struct neighbour_answer answer = { .hw.type = n ? n->hw.type : 0 };
	struct neighbour_question q = { 0 };
	struct nlmsghdr *m = neighbour_message(&q, RTM_GETNEIGH, ifindex, a, 0);

	m->nlmsg_flags = NLM_F_REQUEST;
	if (!n || real_of(l)->ask_fd < 0 || !ask(real_of(l), m, take_neighbour, &answer))
		return false;
	if (!(answer.state & known) || answer.hw.len == 0)
		return false;
	*out = answer.hw;
	return true;
}

/* Stale, the state in which the kernel uses an entry at once and asks its owner soon after:
 * by then the client answers for its new address. */
enum status real_neighbour_set(struct loop *l, unsigned ifindex, const struct addr *a,
			       const struct hwaddr *hw)
{
	struct neighbour_question q = { 0 };
	struct nlmsghdr *m = neighbour_message(&q, RTM_NEWNEIGH, ifindex, a, NUD_STALE);

	if (real_of(l)->ask_fd < 0)
		return ST_REFUSED;
	m->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK;
	mnl_attr_put(m, NDA_LLADDR, hw->len, hw->bytes);
	return ask(real_of(l), m, take_neighbour, &(struct neighbour_answer){ 0 })
		? ST_OK : status_of_errno();
}
