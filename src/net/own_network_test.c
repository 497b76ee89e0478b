/* SPDX-License-Identifier: ISC */
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <sys/socket.h>

#include "base/must.h"
#include "net/own_network_test.h"
#include "test/test.h"

static int home = -1;

bool own_network_enter(void)
{
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (home < 0 || unshare(CLONE_NEWNET) != 0) {
		fprintf(stderr, "skipped: this process may not make a network namespace\n");
		return false;
	}
	own_network_ip("link set lo up");
	own_network_ip("link add d0 address 02:00:00:00:00:d0 type veth peer name c0");
	own_network_ip("link add e0 address 02:00:00:00:00:e0 type veth peer name f0");
	for (size_t i = 0; i < 4; i++)
		own_network_ip("link set %s up", (const char *[]){ "d0", "c0", "e0", "f0" }[i]);
	return true;
}

void own_network_leave(void)
{
	must(setns(home, CLONE_NEWNET) == 0);
	close(home);
	home = -1;
}

void own_network_ip(const char *format, ...)
{
	char command[200] = "ip ";
	va_list args;

	va_start(args, format);
	vsnprintf(command + 3, sizeof command - 3, format, args);
	va_end(args);
	if (system(command) != 0)
		test_failed(__FILE__, __LINE__, command);
}

struct look {
	struct loop_timer timer;
	const bool *flag;
	int64_t end_ms;
};

static void look(struct loop_timer *t)
{
	struct look *k = container_of(t, struct look, timer);

	if (*k->flag || loop_now(t->loop).mono_ms >= k->end_ms)
		loop_stop(t->loop);
	else
		timer_start(t->loop, t, 1);
}

bool run_until(struct loop *l, const bool *flag, int64_t at_most_ms)
{
	struct look k = { .timer.fire = look, .flag = flag,
			  .end_ms = loop_now(l).mono_ms + at_most_ms };

	timer_start(l, &k.timer, 0);
	loop_run(l);
	timer_stop(&k.timer);
	return *flag;
}

int wire_open(const char *device, uint16_t ethertype)
{
	const struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ethertype),
					.sll_ifindex = (int)if_nametoindex(device) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ethertype));

	must(fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0);
	return fd;
}

struct span wire_read(int fd, uint8_t *buffer, size_t size, struct hwaddr *to)
{
	ssize_t n = recv(fd, buffer, size, 0);

	if (n < ETH_HLEN)
		return span_of(NULL, 0);
	*to = (struct hwaddr){ .type = 1, .len = ETH_ALEN };
	memcpy(to->bytes, buffer, ETH_ALEN);
	return span_of(buffer + ETH_HLEN, (size_t)n - ETH_HLEN);
}

void wire_send(int fd, const char *device, uint16_t ethertype, struct span packet)
{
	const struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = ETH_ALEN,
					.sll_ifindex = (int)if_nametoindex(device) };
	uint8_t frame[128] = { 0x02, 0, 0, 0, 0, 0xd0, 0x02, 0, 0, 0, 0, 0x99,
			       (uint8_t)(ethertype >> 8), (uint8_t)ethertype };

	must(packet.n <= sizeof frame - ETH_HLEN);
	memcpy(frame + ETH_HLEN, packet.p, packet.n);
	must(sendto(fd, frame, ETH_HLEN + packet.n, 0, (const struct sockaddr *)&to,
		    sizeof to) > 0);
}
