/* SPDX-License-Identifier: ISC */
/*
 * dns_echo ADDRESS PORT [asked] -- sends back what it gets: what a machine's UDP costs a server that
 * does nothing else.  In batches as large as lanlord's (net/uv_impl.h), by two system calls a batch, all memory of which
 * is used again and again; it waits in recvmmsg() and watches nothing.
 *
 * Bare, it is below what a name server can do: it is bound to its one address and knows no other, and sends back no more
 * than it got.  With `asked` it does what any must that serves the wildcard: the kernel tells it which address
 * was asked (IP_PKTINFO), and it answers from there.
 */
#include "batch.h"

static union {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(struct in_pktinfo))];
} control[BATCH];

static void prepare(struct batch *b)
{
	batch_prepare(b, 1);
	for (size_t i = 0; i < BATCH; i++) {
		b->message[i].msg_hdr.msg_control = &control[i];
		b->message[i].msg_hdr.msg_controllen = sizeof control[i];
	}
}

/* What was told on receiving is what is to be said on sending, but for the interface: routes choose that. */
static void answer_from_asked(struct msghdr *m)
{
	struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA((struct cmsghdr *)m->msg_control);

	info->ipi_ifindex = 0;
	info->ipi_spec_dst = info->ipi_addr;
}

static void echo_from_asked(int fd, struct batch *b)
{
	const int on = 1;

	if (setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on) != 0)
		die("IP_PKTINFO");
	for (;;) {
		int n;

		prepare(b);
		n = batch_receive(fd, b, MSG_WAITFORONE);
		if (n < 0)
			die("recvmmsg");
		for (int i = 0; i < n; i++)
			answer_from_asked(&b->message[i].msg_hdr);
		batch_send(fd, b, n);
	}
}

int main(int argc, char **argv)
{
	static struct batch b;
	struct sockaddr_in at;
	int fd;

	if (argc != 3 && (argc != 4 || strcmp(argv[3], "asked") != 0)) {
		fprintf(stderr, "usage: %s ADDRESS PORT [asked]\n", argv[0]);
		return 2;
	}
	at = address_of(argv[1], argv[2]);
	fd = socket_at(&at);
	if (argc == 4)
		echo_from_asked(fd, &b);
	batch_serve(fd, &b, NULL);
}
