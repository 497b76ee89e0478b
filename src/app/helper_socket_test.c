/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "app/helper_private.h"
#include "app/ports.h"
#include "base/must.h"
#include "net/own_network_test.h"
#include "test/test.h"

#define NOBODY 65534

/* ---- a configuration, and two networks ----------------------------------------- */

static char conf_path[32];
static char *argv[] = { "lanlord", "-C", conf_path, NULL };
static struct command_line line = { 3, argv };

static void conf_write(const char *lines)
{
	FILE *f = fopen(conf_path, "we");

	must(f);
	fprintf(f, "%s%s", strstr(lines, "port=53") ? "" : "port=0\n", lines);
	fclose(f);
}

static struct generation *generation_of(const char *lines)
{
	conf_write(lines);
	return generation_read(&line, NULL);
}

/* d0 is served, e0 is not.  False: not permitted here. */
static bool stage_open(void)
{
	int fd;

	if (!own_network_enter())
		return false;
	own_network_ip("addr add 192.0.2.1/24 dev d0");
	own_network_ip("addr add 198.51.100.1/24 dev e0");
	own_network_ip("addr add fe80::1/64 dev d0 nodad");
	own_network_ip("addr add fe80::1/64 dev e0 nodad");
	strcpy(conf_path, "/tmp/lanlord-ports-XXXXXX");
	fd = mkstemp(conf_path);
	must(fd >= 0);
	close(fd);
	return true;
}

static void stage_close(void)
{
	unlink(conf_path);
	own_network_leave();
}

/* ---- which sockets a configuration names ------------------------------------------ */

#define HERE { ADDR_IP4, { 192, 0, 2, 1 } }
#define THERE { ADDR_IP4, { 198, 51, 100, 1 } }
#define LINK_LOCAL { ADDR_IP6, { 0xfe, 0x80, [15] = 1 } }
#define ANY4 { .family = ADDR_IP4 }
#define ANY6 { .family = ADDR_IP6 }

#define ON_D0 .device = "d0"
#define ON_E0 .device = "e0"
#define ONLY .only_device = true
#define UDP(where, number, ...) \
	{ .type = SOCKET_UDP, .at = { where, number } __VA_OPT__(,) __VA_ARGS__ }
#define TCP(where, number, ...) \
	{ .type = SOCKET_TCP, .at = { where, number } __VA_OPT__(,) __VA_ARGS__ }

#define BOUND "interface=d0\nbind-dynamic\n"
#define ALL "dhcp-range=192.0.2.10,192.0.2.20\nenable-tftp\ntftp-port-range=700,702\n" \
	    "http-root=/\nhttp-port=81\n"

static const struct { const char *lines; struct socket_want want; bool named; } sockets[] = {
	{ ALL, UDP(ANY4, 67), true },
	{ ALL, UDP(ANY6, 67), false },
	{ ALL, TCP(ANY4, 67), false },
	{ ALL, UDP(ANY4, 69), true },
	{ ALL, UDP(ANY6, 69), true },
	{ ALL, UDP(HERE, 69), false },		/* of all, or nothing */
	{ ALL, UDP(ANY4, 69, ON_D0, ONLY), false },
	{ ALL, TCP(ANY4, 81), true },
	{ ALL, TCP(ANY6, 81), true },
	{ ALL, TCP(ANY4, 80), false },
	{ ALL, UDP(ANY4, 81), false },
	{ ALL, TCP(ANY4, 22), false },
	{ ALL, UDP(ANY4, 53), false },		/* port=0 */
	{ ALL, UDP(HERE, 700), true },
	{ ALL, UDP(ANY6, 702), true },
	{ ALL, UDP(HERE, 703), false },
	{ ALL, TCP(HERE, 700), false },
	{ "", UDP(ANY4, 67), false },
	{ "", UDP(ANY4, 69), false },
	{ "", TCP(ANY4, 80), false },
	{ "enable-tftp\n", UDP(HERE, 700), false },
	{ "port=53\n", UDP(ANY4, 53), true },
	{ "port=53\n", TCP(ANY6, 53), true },
	{ "port=53\n", UDP(ANY4, 53, .join = true), true },
	{ "query-port=600\n", UDP(ANY4, 600), false },		/* port=0 */
	{ "port=53\nquery-port=600\n", UDP(ANY4, 600), true },
	{ "port=53\nquery-port=600\n", UDP(ANY6, 600), true },
	{ "port=53\nquery-port=600\n", UDP(ANY4, 601), false },
	{ "port=53\nquery-port=600\n", TCP(ANY4, 600), false },
	{ "port=53\nquery-port=600\n", UDP(HERE, 600), false },
	{ "port=53\nmin-port=900\n", UDP(ANY4, 950), true },
	{ "port=53\nmin-port=900\n", UDP(ANY4, 899), false },
	{ "port=53\nserver=192.0.2.9@192.0.2.1#602\n", UDP(HERE, 602), true },
	{ "port=53\nserver=192.0.2.9@192.0.2.1#602\n", UDP(HERE, 603), false },
	{ "port=53\nserver=192.0.2.9@192.0.2.1#602\n", UDP(THERE, 602), false },
	{ "port=53\nquery-port=600\nserver=192.0.2.9@d0\n", UDP(ANY4, 600, ON_D0, ONLY), true },
	{ "port=53\nquery-port=600\nserver=192.0.2.9@d0\n", UDP(ANY4, 600, ON_E0, ONLY), false },
	{ BOUND ALL, UDP(ANY4, 67, ON_D0, ONLY, .share = true), true },
	{ BOUND ALL, UDP(ANY4, 67, ON_E0, ONLY), false },
	{ BOUND ALL, UDP(ANY4, 67), false },
	{ BOUND ALL, UDP(HERE, 69), true },
	{ BOUND ALL, UDP(HERE, 69, ON_D0), true },
	{ BOUND ALL, UDP(THERE, 69), false },
	{ BOUND ALL, UDP(THERE, 700), false },
	{ BOUND ALL, TCP(HERE, 81), true },
	{ BOUND ALL, TCP(THERE, 81), false },
	{ BOUND ALL, TCP(ANY4, 81), false },
	{ BOUND ALL, TCP(LINK_LOCAL, 81, ON_D0), true },
	{ BOUND ALL, TCP(LINK_LOCAL, 81, ON_E0), false },
	{ BOUND ALL, UDP(LINK_LOCAL, 69, ON_D0, ONLY), true },
};

TEST(a_socket_is_named_by_port_protocol_address_and_interface)
{
	struct loop *l;

	if (!stage_open())
		return;
	CHECK_EQ(loop_new(&l, UV_LOOP_NETLINK), ST_OK);
	for (size_t i = 0; i < COUNT_OF(sockets); i++) {
		struct generation *g = generation_of(sockets[i].lines);

		if (ports_name(g, l, &sockets[i].want) != sockets[i].named)
			printf("row %zu\n", i);
		CHECK_EQ(ports_name(g, l, &sockets[i].want), sockets[i].named);
		generation_free(g);
	}
	loop_free(l);
	stage_close();
}

TEST(what_is_asked_of_a_socket_passes_whole_and_nothing_else_passes)
{
	struct socket_want got;
	struct socket_message m;

	for (size_t i = 0; i < COUNT_OF(sockets); i++) {
		const struct socket_want *w = &sockets[i].want;

		m = socket_message_of(w);
		CHECK(socket_message_read(&m, &got));
		CHECK(got.type == w->type && addr_eq(&got.at.addr, &w->at.addr));
		CHECK_EQ(got.at.port, w->at.port);
		CHECK_TEXT(got.device, w->device);
		CHECK(got.only_device == w->only_device && got.share == w->share);
		CHECK_EQ(got.broadcast, w->broadcast);
		CHECK_EQ(got.join, w->join);
	}
	m = socket_message_of(&sockets[0].want);
	m.type = 2;
	CHECK(!socket_message_read(&m, &got));
	m = socket_message_of(&sockets[0].want);
	m.family = ADDR_NONE;
	CHECK(!socket_message_read(&m, &got));
	m = socket_message_of(&sockets[0].want);
	m.flags = 16;
	CHECK(!socket_message_read(&m, &got));
	m = socket_message_of(&sockets[0].want);
	memset(m.device, 'x', sizeof m.device);
	CHECK(!socket_message_read(&m, &got));
}

/* ---- what the helper opens ------------------------------------------------------- */

static enum status asked(struct helper *h, enum socket_type type, struct addr addr, uint16_t port)
{
	struct socket_want want = { .type = type, .at = { addr, port } };
	struct sockaddr_in at = { 0 };
	socklen_t n = sizeof at;
	enum status s;
	int fd;

	s = helper_socket(h, &want, &fd);
	if (s != ST_OK)
		return s;
	CHECK_EQ(getsockname(fd, (struct sockaddr *)&at, &n), 0);
	CHECK_EQ(ntohs(at.sin_port), port);
	close(fd);
	return ST_OK;
}

static void sockets_follow_the_candidate(struct helper *h)
{
	const struct addr any = ANY4;

	conf_write("http-root=/\nhttp-port=81\n");
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_UNNAMED);	/* not read yet */
	CHECK(helper_read_again(h));
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_OK);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 80), ST_OK);		/* that one still serves */
	CHECK(helper_serve(h));
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_OK);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 80), ST_UNNAMED);
	conf_write("http-root=/\nhttp-port=82\nno-such-option\n");
	CHECK(helper_read_again(h));
	CHECK_EQ(asked(h, SOCKET_TCP, any, 82), ST_UNNAMED);	/* a mistake: it will not serve */
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_OK);
}

static void taken_is_taken(struct helper *h)
{
	const struct socket_want want = { .type = SOCKET_TCP, .at = { ANY4, 81 } };
	int first, second;

	CHECK_EQ(helper_socket(h, &want, &first), ST_OK);
	CHECK_EQ(listen(first, 1), 0);
	CHECK_EQ(helper_socket(h, &want, &second), ST_TAKEN);
	close(first);
}

/* Where no descriptor more can be had here, the helper is not to blame. */
static void no_room_is_told(struct helper *h)
{
	const struct addr any = ANY4;
	struct rlimit was, full;
	int next = dup(0);

	close(next);
	CHECK_EQ(getrlimit(RLIMIT_NOFILE, &was), 0);
	full = was;
	full.rlim_cur = (rlim_t)next;
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &full), 0);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_SYSTEM);
	CHECK_EQ(errno, EMFILE);
	CHECK_EQ(setrlimit(RLIMIT_NOFILE, &was), 0);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 81), ST_OK);
}

static void malformed_ends_it(struct helper *h)
{
	struct socket_want want = { .type = SOCKET_TCP, .at = { ANY4, 81 } };
	int fd;

	memset(want.device, 'x', sizeof want.device);
	CHECK_EQ(helper_socket(h, &want, &fd), ST_GONE);
	CHECK_EQ(asked(h, SOCKET_TCP, want.at.addr, 81), ST_GONE);
}

TEST(the_helper_binds_the_sockets_that_its_own_reading_names_and_refuses_any_other)
{
	const struct addr any = ANY4, here = HERE;
	struct generation *g;
	struct helper *h;

	if (!stage_open())
		return;
	g = generation_of("http-root=/\n");
	h = helper_fork(&line, g, -1, NOBODY, NOBODY);
	CHECK(h != NULL);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 80), ST_OK);
	CHECK_EQ(asked(h, SOCKET_TCP, any, 22), ST_UNNAMED);
	CHECK_EQ(asked(h, SOCKET_TCP, here, 80), ST_UNNAMED);
	CHECK_EQ(asked(h, SOCKET_UDP, any, 80), ST_UNNAMED);
	CHECK_EQ(asked(h, SOCKET_UDP, any, 67), ST_UNNAMED);
	sockets_follow_the_candidate(h);
	taken_is_taken(h);
	no_room_is_told(h);
	malformed_ends_it(h);
	helper_free(h);
	generation_free(g);
	stage_close();
}
