/* SPDX-License-Identifier: ISC */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/lease_list.h"
#include "app/release.h"
#include "app/servers.h"
#include "base/addr.h"
#include "base/must.h"
#include "base/text.h"
#include "wire/dhcp4.h"

enum { CLIENT_ID_MAX = 255 };

struct release {
	const char *interface;
	struct addr addr;
	struct hwaddr hw;
	uint8_t client_id[CLIENT_ID_MAX];
	size_t client_id_n;		/* 0: none */
};

/* ---- words ---------------------------------------------------------------------- */

/* Bytes of two digits with colons between them; "*" is none. */
static bool parse_client_id(const char *text, struct release *out)
{
	size_t n = 0;

	if (strcmp(text, "*") == 0)
		return true;
	for (; n < CLIENT_ID_MAX; text += 3) {
		int high = text_hex_digit(text[0]), low = high < 0 ? -1 : text_hex_digit(text[1]);

		if (low < 0 || (text[2] && text[2] != ':'))
			return false;
		out->client_id[n++] = (uint8_t)(high << 4 | low);
		if (!text[2])
			break;
	}
	out->client_id_n = n;
	return n < CLIENT_ID_MAX;
}

static bool parse(char **words, struct release *out)
{
	size_t n = 0;

	while (words[n])
		n++;
	if (n != 3 && n != 4)
		return false;
	*out = (struct release){ .interface = words[0] };
	return addr_parse(words[1], &out->addr) && out->addr.family == ADDR_IP4 &&
	       hwaddr_parse(words[2], &out->hw) && (n == 3 || parse_client_id(words[3], out));
}

/* ---- who serves --------------------------------------------------------------------- */

/* Does somebody in this network namespace wait for DHCP clients? */
static bool is_served_here(void)
{
	FILE *f = fopen("/proc/self/net/udp", "r");
	bool served = false;
	char line[512];
	unsigned port;

	while (f && !served && fgets(line, sizeof line, f))
		served = sscanf(line, " %*u: %*8[0-9A-F]:%x", &port) == 1 &&
			 port == DHCP4_SERVER_PORT;
	if (f)
		fclose(f);
	return served;
}

static uint32_t ip4_of(const struct sockaddr *sa)
{
	struct sockaddr_in in;

	memcpy(&in, sa, sizeof in);
	return ntohl(in.sin_addr.s_addr);
}

/* This machine's address on the interface, in the network of the lease. */
static struct addr own_addr(const struct release *r)
{
	uint32_t lease = addr_to_ip4(&r->addr);
	struct addr found = { 0 };
	struct ifaddrs *all;

	if (getifaddrs(&all) < 0)
		return found;
	for (const struct ifaddrs *a = all; a && !addr_is_set(&found); a = a->ifa_next)
		if (strcmp(a->ifa_name, r->interface) == 0 && a->ifa_addr && a->ifa_netmask &&
		    a->ifa_addr->sa_family == AF_INET &&
		    ((ip4_of(a->ifa_addr) ^ lease) & ip4_of(a->ifa_netmask)) == 0)
			found = addr_ip4(ip4_of(a->ifa_addr));
	freeifaddrs(all);
	return found;
}

/* ---- the packet ------------------------------------------------------------------------- */

/* A server elsewhere is not named: who has the lease knows that it is meant. */
static struct span packet(const struct release *r, struct dhcp4_build *b)
{
	const struct dhcp4_head h = { .op = DHCP4_BOOTREQUEST, .hw = r->hw, .ciaddr = r->addr,
				      .xid = (uint32_t)getpid() };
	const struct addr own = is_served_here() ? own_addr(r) : (struct addr){ 0 };
	const uint8_t type = DHCP4_RELEASE;

	must(dhcp4_build_start(b, &h, (struct dhcp4_room){ DHCP4_MAX_SIZE, 0, false }));
	must(dhcp4_build_option(b, DHCP4_MESSAGE_TYPE, span_of(&type, 1)));
	if (addr_is_set(&own))
		must(dhcp4_build_option(b, DHCP4_SERVER_ID, addr_bytes(&own)));
	if (r->client_id_n)
		must(dhcp4_build_option(b, DHCP4_CLIENT_ID, span_of(r->client_id, r->client_id_n)));
	return dhcp4_build_done(b);
}

/* By broadcast on the interface: that reaches servers there, and this machine's own, also where
 * its sockets are bound to the interface. */
static bool send_it(const struct release *r, struct span p)
{
	const struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(DHCP4_SERVER_PORT),
					.sin_addr.s_addr = INADDR_BROADCAST };
	const int on = 1;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool sent = fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
		    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, r->interface,
			       (socklen_t)strlen(r->interface) + 1) == 0 &&
		    sendto(fd, p.p, p.n, 0, (const struct sockaddr *)&to, sizeof to) == (ssize_t)p.n;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return sent;
}

/* ---- a server beside us -------------------------------------------------------------------- */

struct holder {
	const struct release *want;
	pid_t pid;
};

static bool is_client(const struct release *r, const char *const field[LEASE_FIELDS])
{
	char clid[3 * CLIENT_ID_MAX + 1] = "";
	struct text t = TEXT(clid);
	struct hwaddr hw;

	text_hex(&t, span_of(r->client_id, r->client_id_n), ':');
	return strcmp(field[FIELD_STATE], "bound") == 0 &&
	       strcmp(field[FIELD_CLID], clid) == 0 &&
	       hwaddr_parse(field[FIELD_HW], &hw) && hwaddr_eq(&hw, &r->hw);
}

static bool holds(void *arg, pid_t pid, const char *text)
{
	struct holder *h = arg;
	const char *field[LEASE_FIELDS];
	char row[CONTROL_LINE_MAX];

	h->pid = pid;
	return lease_row_first(text, row, field) && is_client(h->want, field);
}

/* False: no server here has that lease of that client. */
static bool ask_server(const struct release *r)
{
	char line[64];
	char *text = NULL;
	struct holder h = { .want = r };
	struct server_choice server = { 0 };
	bool ok;

	snprintf(line, sizeof line, "leases %s", addr_text(&r->addr).s);
	if (!servers_each(line, holds, &h))
		return false;
	server.pid = h.pid;
	snprintf(line, sizeof line, "lease-release %s", addr_text(&r->addr).s);
	ok = servers_ask(&server, line, (struct span){ 0 }, &text);
	free(text);
	return ok;
}

int release_run(char **words)
{
	struct dhcp4_build b;
	struct release r;

	if (!parse(words, &r)) {
		fprintf(stderr, "usage: " RELEASE_WORD " <interface> <addr> <mac> [<client_id>]\n");
		return 1;
	}
	if (ask_server(&r))
		return 0;
	if (if_nametoindex(r.interface) == 0 || !send_it(&r, packet(&r, &b))) {
		fprintf(stderr, RELEASE_WORD ": cannot say it on %s: %s\n", r.interface,
			strerror(errno));
		return 1;
	}
	return 0;
}
