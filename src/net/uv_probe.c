/* SPDX-License-Identifier: ISC */
#include <netinet/in.h>			/* before the kernel's headers, which then leave it alone */
#include <linux/filter.h>
#include <linux/icmp.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <unistd.h>

#include "base/must.h"
#include "base/rng.h"
#include "net/uv_impl.h"
#include "wire/arp.h"
#include "wire/icmp.h"
#include "wire/ip.h"

#define ARP_A_TURN 64			/* packets read before others have their turn */

/* ---- who waits for what --------------------------------------------------- */

static struct probe **bucket_of(struct probes *ps, const struct addr *a)
{
	return &ps->waiting[addr_to_ip4(a) % PROBE_BUCKETS];
}

static struct probe **place_of(struct probes *ps, const struct probe *p)
{
	struct probe **at = bucket_of(ps, &p->addr);

	while (*at && *at != p)
		at = &(*at)->next;
	return at;
}

/* With nobody waiting, no packet of the link's is worth waking up for. */
static void hear_arp(struct probes *ps, bool hear)
{
	struct sock_filter verdict = BPF_STMT(BPF_RET | BPF_K, hear ? UINT32_MAX : 0);
	const struct sock_fprog program = { 1, &verdict };

	/* Without it we only hear too much: a filter is a courtesy. */
	(void)setsockopt(ps->arp_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

static bool by_arp(const struct real_loop *r, const struct probe *p)
{
	const struct netif *n = loop_netif(&r->loop, p->ifindex);

	return r->probes.arp_fd >= 0 && n && n->hw.type == ARPHRD_ETHER && n->hw.len == ETH_ALEN;
}

static void add(struct probes *ps, struct probe *p)
{
	struct probe **bucket = bucket_of(ps, &p->addr);

	p->next = *bucket;
	*bucket = p;
	if (p->by_arp && ps->arp_waiting++ == 0)
		hear_arp(ps, true);
}

void real_probe_stop(struct loop *l, struct probe *p)
{
	struct probes *ps = &real_of(l)->probes;
	struct probe **at = place_of(ps, p);

	if (!*at)
		return;
	*at = p->next;
	if (p->by_arp && --ps->arp_waiting == 0)
		hear_arp(ps, false);
}

static void finish(struct probe *p, const struct hwaddr *who)
{
	real_probe_stop(p->loop, p);
	probe_finish(p, who);
}

/* Everyone who waits for this address on this interface; done() may stop or start others, so each
 * search begins anew. */
static void answered(struct real_loop *r, const struct addr *a, unsigned ifindex,
		     const struct hwaddr *who)
{
	struct probe *p = *bucket_of(&r->probes, a);

	while (p) {
		if (p->sent && addr_eq(&p->addr, a) && (!p->ifindex || p->ifindex == ifindex)) {
			finish(p, who);
			p = *bucket_of(&r->probes, a);
		} else {
			p = p->next;
		}
	}
}

/* ---- asking ---------------------------------------------------------------- */

/* The sender's address is left out, so that nobody's table learns it (RFC 5227, 2.1.1). */
static bool send_arp(struct real_loop *r, const struct probe *p)
{
	const struct netif *n = loop_netif(&r->loop, p->ifindex);
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP),
		.sll_ifindex = (int)p->ifindex, .sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	uint8_t packet[64];
	struct writer w = writer_of(packet, sizeof packet);

	if (!n)
		return false;
	arp_write(&w, &(struct arp){ .op = ARP_REQUEST, .sender_hw = n->hw, .target = p->addr });
	return writer_ok(&w) && sendto(r->probes.arp_fd, packet, writer_done(&w).n, 0,
				       (struct sockaddr *)&to, sizeof to) > 0;
}

static bool send_echo(struct real_loop *r, const struct probe *p)
{
	uint8_t packet[64];
	struct writer w = writer_of(packet, sizeof packet);

	if (!r->probes.icmp.loop)
		return false;
	icmp_echo_write(&w, &(struct icmp_echo){ .type = ICMP_ECHO, .id = r->probes.id });
	return udp_send(&r->probes.icmp, &(struct dgram){
		.to.addr = p->addr, .ifindex = p->ifindex, .data = writer_done(&w) }) == ST_OK;
}

static bool send_probe(struct real_loop *r, const struct probe *p)
{
	return p->by_arp ? send_arp(r, p) : send_echo(r, p);
}

/* Half of the time is over, and one of the two packets may have been lost; or all of it is. */
static void time_over(struct loop_timer *t)
{
	struct probe *p = container_of(t, struct probe, timer);
	unsigned left_ms = p->left_ms;

	if (left_ms == 0) {
		finish(p, NULL);
		return;
	}
	p->left_ms = 0;
	(void)send_probe(real_of(p->loop), p);	/* the first one went out */
	timer_start(p->loop, t, left_ms);
}

enum status real_probe_start(struct loop *l, struct probe *p, unsigned timeout_ms)
{
	struct real_loop *r = real_of(l);

	p->by_arp = by_arp(r, p);
	p->sent = send_probe(r, p);
	p->left_ms = p->sent ? timeout_ms - timeout_ms / 2 : 0;
	p->timer.fire = time_over;
	add(&r->probes, p);
	timer_start(l, &p->timer, p->sent ? timeout_ms / 2 : 0);
	return ST_OK;
}

/* ---- answers ----------------------------------------------------------------- */

static void take_arp(struct real_loop *r, struct span packet, unsigned ifindex)
{
	struct reader reader = reader_of(packet);
	struct arp a;

	if (arp_read(&reader, &a) && !addr_is_any(&a.sender))
		answered(r, &a.sender, ifindex, &a.sender_hw);
}

static void arp_ready(struct handle *h)
{
	struct real_loop *r = h->loop;

	for (int i = 0; i < ARP_A_TURN; i++) {
		struct sockaddr_ll from = { 0 };
		socklen_t from_n = sizeof from;
		uint8_t packet[128];
		ssize_t n = recvfrom(r->probes.arp_fd, packet, sizeof packet, MSG_DONTWAIT,
				     (struct sockaddr *)&from, &from_n);

		if (n < 0)
			return;
		if (from.sll_pkttype != PACKET_OUTGOING)
			take_arp(r, span_of(packet, (size_t)n), (unsigned)from.sll_ifindex);
	}
}

static void icmp_receive(struct udp *u, const struct dgram *d)
{
	struct real_loop *r = real_of(u->loop);
	struct reader packet = reader_of(d->data), payload = packet;
	struct ip4_head head;
	struct icmp_echo echo;
	const struct hwaddr unknown = { 0 };

	if (r->probes.icmp_raw && !ip4_read(&packet, &head, &payload))
		return;
	if (icmp_echo_read(&payload, &echo) && echo.type == ICMP_ECHO_REPLY)
		answered(r, &d->from.addr, d->ifindex, &unknown);
}

/* ---- life ---------------------------------------------------------------------- */

static void open_arp(struct real_loop *r)
{
	struct probes *ps = &r->probes;
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP) };

	/* Deaf (protocol 0) until the filter is in place. */
	ps->arp_fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ps->arp_fd < 0)
		return;
	hear_arp(ps, false);
	if (bind(ps->arp_fd, (struct sockaddr *)&at, sizeof at) == 0 &&
	    handle_open(r, ps->arp_fd, arp_ready, NULL, &ps->arp) == ST_OK)
		return;
	close(ps->arp_fd);
	ps->arp_fd = -1;
}

/* The ping socket hears only answers to its own questions; not every system gives us one. */
static int icmp_socket(bool *raw)
{
	const struct icmp_filter replies_only = { ~(1u << ICMP_ECHOREPLY) };
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	int fd = socket(AF_INET, SOCK_DGRAM | flags, IPPROTO_ICMP);

	*raw = fd < 0;
	if (*raw)
		fd = socket(AF_INET, SOCK_RAW | flags, IPPROTO_ICMP);
	if (*raw && fd >= 0)
		(void)setsockopt(fd, SOL_RAW, ICMP_FILTER, &replies_only, sizeof replies_only);
	return fd;
}

static void open_icmp(struct real_loop *r)
{
	struct probes *ps = &r->probes;
	int fd = icmp_socket(&ps->icmp_raw);

	ps->icmp.receive = icmp_receive;
	if (fd >= 0 && udp_open(&r->loop, &ps->icmp, &(struct udp_want){ .fd = fd }) != ST_OK)
		close(fd);
}

void probes_open(struct real_loop *r)
{
	struct rng rng = { 0 };

	r->probes.id = (uint16_t)rng_u32(&rng);
	open_arp(r);
	open_icmp(r);
}

void probes_done(struct real_loop *r)
{
	udp_close(&r->probes.icmp);
	handle_close(r->probes.arp);
	if (r->probes.arp_fd >= 0)
		close(r->probes.arp_fd);
	r->probes.arp_fd = -1;
}
