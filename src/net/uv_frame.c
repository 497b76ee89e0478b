/* SPDX-License-Identifier: ISC */
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <unistd.h>

#include "net/uv_impl.h"
#include "wire/udp.h"

/* Protocol 0: this socket sends, and nothing ever arrives on it. */
void frames_open(struct real_loop *r)
{
	r->frame_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

void frames_done(struct real_loop *r)
{
	if (r->frame_fd >= 0)
		close(r->frame_fd);
	r->frame_fd = -1;
}

bool real_frames_work(const struct loop *l)
{
	return real_of(l)->frame_fd >= 0;
}

enum status real_frame_send(struct loop *l, const struct dgram *d, const struct hwaddr *dest)
{
	const struct netif *n = loop_netif(l, d->ifindex);
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP),
				  .sll_ifindex = (int)d->ifindex };
	uint8_t packet[FRAME_HEADERS + DGRAM_MAX];
	struct writer w = writer_of(packet, sizeof packet);

	if (!real_frames_work(l))
		return ST_REFUSED;
	if (!n || dest->len > sizeof to.sll_addr)
		return ST_UNKNOWN;
	if (d->data.n + FRAME_HEADERS > n->mtu)
		return ST_FULL;
	udp4_write(&w, &d->from, &d->to, d->data);
	if (!writer_ok(&w))
		return ST_FULL;
	to.sll_halen = dest->len;
	memcpy(to.sll_addr, dest->bytes, dest->len);
	if (sendto(real_of(l)->frame_fd, packet, writer_done(&w).n, 0, (struct sockaddr *)&to,
		   sizeof to) < 0)
		return status_of_errno();
	return ST_OK;
}
