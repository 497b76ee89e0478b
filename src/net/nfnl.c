/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/must.h"
#include "net/nfnl.h"

#define ANSWER_BUFFER 8192

static bool nfnl_open(struct nfnl *n)
{
	const int on = 1;

	if (n->fd > 0)
		return true;
	n->fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	if (n->fd < 0) {
		n->fd = 0;
		return false;
	}
	/* Where the kernel does not know it, refusals come with the whole message. */
	(void)setsockopt(n->fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
	return true;
}

void nfnl_close(struct nfnl *n)
{
	if (n->fd > 0)
		close(n->fd);
	n->fd = 0;
}

bool nfnl_has_room(const struct nfnl *n, size_t bytes)
{
	return n->n + bytes <= sizeof n->out;
}

struct nlmsghdr *nfnl_begin(struct nfnl *n, unsigned subsystem, unsigned message, uint16_t flags,
			    uint8_t family, uint16_t res_id)
{
	struct nlmsghdr *m;
	struct nfgenmsg *head;

	must(nfnl_has_room(n, MNL_NLMSG_HDRLEN + sizeof *head));
	m = mnl_nlmsg_put_header(n->out + n->n);
	m->nlmsg_type = (uint16_t)(subsystem << 8 | message);
	m->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	m->nlmsg_seq = ++n->seq;
	head = mnl_nlmsg_put_extra_header(m, sizeof *head);
	head->nfgen_family = family;
	head->version = NFNETLINK_V0;
	head->res_id = htons(res_id);
	return m;
}

void nfnl_end(struct nfnl *n, const struct nlmsghdr *m)
{
	n->n += MNL_ALIGN(m->nlmsg_len);
	must(n->n <= sizeof n->out);
}

/* ---- answers ---------------------------------------------------------------------------- */

struct taking {
	void (*took)(void *arg, const struct nfnl_answer *a);
	void *arg;
	uint32_t first, n;		/* numbers of the messages that were sent */
};

static void take_message(const struct taking *t, const struct nlmsghdr *m)
{
	struct nfnl_answer a = { .message = m->nlmsg_seq - t->first, .error = -1, .content = m };

	if (a.message >= t->n || m->nlmsg_type == NLMSG_DONE || m->nlmsg_type == NLMSG_NOOP)
		return;
	if (m->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(m);

		if (mnl_nlmsg_get_payload_len(m) < sizeof *e)
			return;
		a.error = -e->error;
		a.content = NULL;
	}
	t->took(t->arg, &a);
}

static void take_all(const struct taking *t, const void *buffer, size_t n)
{
	const struct nlmsghdr *m = buffer;
	int left = (int)n;

	for (; mnl_nlmsg_ok(m, left); m = mnl_nlmsg_next(m, &left))
		take_message(t, m);
}

/* They are all there when sending returns. */
static void receive(struct nfnl *n, const struct taking *t)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[ANSWER_BUFFER];

	for (;;) {
		ssize_t got = recv(n->fd, buffer, sizeof buffer, MSG_DONTWAIT);

		if (got < 0 && (errno == EINTR || errno == ENOBUFS))
			continue;
		if (got <= 0)
			return;
		take_all(t, buffer, (size_t)got);
	}
}

static uint32_t first_of(const struct nfnl *n)
{
	return ((const struct nlmsghdr *)(const void *)n->out)->nlmsg_seq;
}

bool nfnl_ask(struct nfnl *n, void (*took)(void *arg, const struct nfnl_answer *a), void *arg)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct taking t = { .took = took, .arg = arg };
	size_t size = n->n;

	n->n = 0;
	if (size == 0)
		return true;
	t.first = first_of(n);
	t.n = n->seq - t.first + 1;
	if (!nfnl_open(n) || sendto(n->fd, n->out, size, 0, (const struct sockaddr *)&kernel,
				    sizeof kernel) < 0)
		return false;
	receive(n, &t);
	return true;
}

/* ---- attributes --------------------------------------------------------------------------- */

static int keep(const struct nlattr *a, void *data)
{
	struct nfnl_attrs *attrs = data;

	if (mnl_attr_get_type(a) < NFNL_ATTRS)
		attrs->at[mnl_attr_get_type(a)] = a;
	return MNL_CB_OK;
}

struct nfnl_attrs nfnl_attrs_of(const struct nlmsghdr *m)
{
	struct nfnl_attrs attrs = { 0 };

	if (mnl_nlmsg_get_payload_len(m) >= sizeof(struct nfgenmsg))
		mnl_attr_parse(m, sizeof(struct nfgenmsg), keep, &attrs);
	return attrs;
}

struct nfnl_attrs nfnl_attrs_in(const struct nlattr *nest)
{
	struct nfnl_attrs attrs = { 0 };

	if (nest)
		mnl_attr_parse_nested(nest, keep, &attrs);
	return attrs;
}
