/* SPDX-License-Identifier: ISC */
/*
 * dns_replay WORKERS NAMES SECONDS CORE -- lanlord's own workers, threads and loops and all, each on a core of
 * its own from CORE on (round again where there are fewer), asked out of memory: what a second one adds
 * where no load needs a core.
 *
 * Put in the kernel's place are recvmmsg() and sendmmsg() of the listening sockets alone (the linker's
 * --wrap): the first gives questions for names at random, which all lie in the cache that the workers
 * share, the second takes the answers and looks at one in LOOKED.  A socket is always ready, since what it was
 * sent is never read.
 *
 * Prints a line for each worker: answers, seconds of its thread's CPU, seconds by the clock.  A wrong
 * answer ends it at once, with exit code 1.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "app/dns_worker.h"
#include "base/must.h"
#include "conf/conf.h"
#include "dns/common.h"
#include "dns_name.h"
#include "store/names.h"

#define CACHE_ENTRIES 10000
#define LOOKED 61
#define TTL_S 3600
#define CLIENT_PORTS 64
#define LATER_MS 20			/* for what is under way */

enum phase { GIVE_PASSES, ASK, END };	/* of all: each name is asked for once at first */

struct replay {
	int udp;
	uint32_t next;			/* the name that is asked for, of the first phase */
	uint64_t chance, asked, answers;
	bool begun, ended;
	double cpu_s, wall_s;		/* when it began; then what it took */
	char apart[CACHE_LINE];
};

static struct replay replays[DNS_WORKERS_MAX];
static unsigned workers, first_core;
static uint32_t names;
static _Atomic enum phase phase;
static _Atomic unsigned passes_given;
static _Thread_local struct replay *mine;

int __real_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
int __real_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout);
int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags);

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- in the kernel's place ------------------------------------------------------------ */

static struct replay *replay_of(int fd)
{
	for (struct replay *r = replays; r < replays + workers; r++)
		if (r->udp == fd)
			return r;
	return NULL;
}

static void pin(const struct replay *r)
{
	const long cores = sysconf(_SC_NPROCESSORS_ONLN);
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET((size_t)((first_core + (r - replays)) % cores), &set);
	must(sched_setaffinity(0, sizeof set, &set) == 0);
}

/* What time it is, where that matters to the worker's figures. */
static void keep_time(struct replay *r)
{
	const enum phase now = phase;

	if (now == ASK && !r->begun) {
		r->begun = true;
		r->answers = 0;
		r->cpu_s = seconds(CLOCK_THREAD_CPUTIME_ID);
		r->wall_s = seconds(CLOCK_MONOTONIC);
	} else if (now == END && !r->ended) {
		r->ended = true;
		r->cpu_s = seconds(CLOCK_THREAD_CPUTIME_ID) - r->cpu_s;
		r->wall_s = seconds(CLOCK_MONOTONIC) - r->wall_s;
	}
}

static uint32_t next_number(struct replay *r)
{
	if (r->next < names && ++r->next == names)
		passes_given++;
	if (r->next < names)
		return r->next;
	r->chance ^= r->chance << 13;		/* xorshift (Marsaglia, 2003) */
	r->chance ^= r->chance >> 7;
	r->chance ^= r->chance << 17;
	return (uint32_t)(r->chance % names);
}

/* A question from one of some ports, as the kernel gives it. */
static void ask(struct replay *r, struct mmsghdr *m)
{
	static const uint8_t header[DNS_HEADER] = { 0, 0, 1, 0, 0, 1 };	/* RD */
	const struct sockaddr_in from = {
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons((uint16_t)(20000 + r->asked++ % CLIENT_PORTS)),
	};
	const struct in_pktinfo info = { .ipi_ifindex = 1, .ipi_addr = from.sin_addr,
					 .ipi_spec_dst = from.sin_addr };
	struct cmsghdr *c = m->msg_hdr.msg_control;
	uint8_t *bytes = m->msg_hdr.msg_iov->iov_base;

	memcpy(bytes, header, sizeof header);
	question_write(bytes + DNS_HEADER, next_number(r));
	m->msg_len = DNS_HEADER + QUESTION_BYTES;
	memcpy(m->msg_hdr.msg_name, &from, sizeof from);
	m->msg_hdr.msg_namelen = sizeof from;
	*c = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP,
			       .cmsg_type = IP_PKTINFO };
	memcpy(CMSG_DATA(c), &info, sizeof info);
	m->msg_hdr.msg_controllen = CMSG_SPACE(sizeof info);
	m->msg_hdr.msg_flags = 0;
}

int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned n, int flags, struct timespec *timeout)
{
	struct replay *r = replay_of(fd);

	if (r && !mine)
		pin(r);
	mine = r;
	if (r)
		keep_time(r);
	if (!r || r->ended)
		return __real_recvmmsg(fd, m, n, flags, timeout);
	for (unsigned i = 0; i < n; i++)
		ask(r, &m[i]);
	return (int)n;
}

static void look_at(const uint8_t *m, size_t n)
{
	const uint8_t *record = m + DNS_HEADER + QUESTION_BYTES;
	uint8_t address[4];

	number_address(address, question_number(m + DNS_HEADER));
	if (n == DNS_HEADER + QUESTION_BYTES + DNS_ANSWER_BYTES && m[3] == 0x80 &&
	    memcmp(record + 12, address, sizeof address) == 0)
		return;
	fprintf(stderr, "wrong answer, of %zu bytes\n", n);
	exit(1);
}

int __wrap_sendmmsg(int fd, struct mmsghdr *m, unsigned n, int flags)
{
	struct replay *r = replay_of(fd);

	if (!r)
		return __real_sendmmsg(fd, m, n, flags);
	for (unsigned i = 0; i < n; i++)
		if (r->answers++ % LOOKED == 0)
			look_at(m[i].msg_hdr.msg_iov->iov_base, m[i].msg_hdr.msg_iov->iov_len);
	return (int)n;
}

/* ---- the workers ----------------------------------------------------------------------- */

static int no_file(struct conf_files *f, const char *path, int flags)
{
	(void)f;
	(void)path;
	(void)flags;
	return -1;
}

static void ignore_line(void *arg, const struct origin *o, const char *what)
{
	(void)arg;
	(void)o;
	(void)what;
}

static void ignore_read(void *arg, const char *path, size_t n)
{
	(void)arg;
	(void)path;
	(void)n;
}

static struct conf *read_conf(struct conf_files *none)
{
	static const struct conf_section *const parts[] = {
		&lan_section, &dns_upstream_section, &dns_record_section, &dns_filter_section,
		&dns_edns_section, &dns_auth_section, &dns_beyond_section, &dns_sets_section,
	};
	struct conf *c = conf_new(parts, COUNT_OF(parts), none);

	conf_read_text(c, "replay", span_text("no-resolv\nno-hosts\nserver=127.0.0.1#5300\n"));
	conf_check(c);
	must(conf_errors(c) == 0);
	return c;
}

/* All names are known, as if servers had been asked. */
static void fill(struct cache *cache)
{
	static const uint8_t record[DNS_ANSWER_BYTES] = { 0xc0, DNS_HEADER, 0, 1, 0, 1,
							  0, 0, TTL_S >> 8, TTL_S & 255, 0, 4 };
	uint8_t m[DNS_HEADER + QUESTION_BYTES + DNS_ANSWER_BYTES] = { 0, 0, 0x80, 0x80, 0, 1, 0, 1 };
	uint8_t *after = m + DNS_HEADER + QUESTION_BYTES;
	const struct now now = { (int64_t)(seconds(CLOCK_MONOTONIC) * 1000), time(NULL) };
	const struct cache_key key = { .name = span_of(m + DNS_HEADER, NAME_BYTES), .type = DNS_A,
				       .class = DNS_IN };

	memcpy(after, record, sizeof record);
	for (uint32_t i = 0; i < names; i++) {
		question_write(m + DNS_HEADER, i);
		number_address(after + 12, i);
		cache_put(cache, &key, span_of(m, sizeof m), TTL_S, now);
	}
}

/* A socket at a port of its own; the loop finds it ready from now on. */
static struct dns_sockets sockets_open(void)
{
	const struct dns_sockets s = { .udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0),
				       .tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) };
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof at;

	must(bind(s.udp, (const struct sockaddr *)&at, sizeof at) == 0 && listen(s.tcp, 1) == 0);
	must(getsockname(s.udp, (struct sockaddr *)&at, &n) == 0);
	must(sendto(s.udp, "", 1, 0, (const struct sockaddr *)&at, sizeof at) == 1);
	return s;
}

static struct dns_worker *worker_start(const struct dns_worker_want *want, unsigned i,
				       const struct dns_data *data)
{
	static const struct binding any = { .addr = { .family = ADDR_IP4 } };
	const struct dns_sockets sockets = sockets_open();
	struct failure f;
	struct dns_worker *w = dns_worker_open(want, i + 1, &f);

	must(w);
	replays[i].udp = sockets.udp;
	replays[i].chance = 0x9e3779b97f4a7c15 * (i + 1);
	must(dns_worker_listen(w, &any, 53, &sockets) == ST_OK);
	must(dns_worker_start(w) == ST_OK);
	dns_worker_use(w, data, DNS_TELLS_NOTHING);
	return w;
}

static void wait_s(double s)
{
	const struct timespec t = { (time_t)s, (long)((s - (double)(time_t)s) * 1e9) };

	nanosleep(&t, NULL);
}

static void run(double time_s)
{
	while (passes_given < workers)
		wait_s(LATER_MS / 1e3);
	phase = ASK;
	wait_s(time_s);
	phase = END;
	for (struct replay *r = replays; r < replays + workers; r++) {
		while (!*(volatile bool *)&r->ended)
			wait_s(LATER_MS / 1e3);
		printf("%llu %.6f %.6f\n", (unsigned long long)r->answers, r->cpu_s, r->wall_s);
	}
}

int main(int argc, char **argv)
{
	static struct conf_files none = { .open = no_file };
	static struct dns_counts counts;
	static struct dns_common common;
	static struct events events;
	const struct dns_reading how = { .from = &none, .bad = ignore_line,
					 .hosts_read = ignore_read };
	struct dns_worker *w[DNS_WORKERS_MAX];
	struct dns_worker_want want = { .events = &events, .common = &common };
	struct dns_data *data;
	struct conf *conf;

	if (argc != 5 || atoi(argv[1]) < 1 || atoi(argv[1]) > DNS_WORKERS_MAX || atoi(argv[2]) < 1 ||
	    atoi(argv[2]) > CACHE_ENTRIES) {
		fprintf(stderr, "usage: %s WORKERS NAMES SECONDS CORE\n", argv[0]);
		return 2;
	}
	workers = (unsigned)atoi(argv[1]);
	names = (uint32_t)atoi(argv[2]);
	first_core = (unsigned)atoi(argv[4]);
	common_init(&common);
	want.cache = cache_new(CACHE_ENTRIES, 0, &counts);
	want.names = names_new();
	fill(want.cache);
	conf = read_conf(&none);
	data = dns_data_read(dns_conf_of(conf),
			     conf_section(conf, &lan_section), &how);
	for (unsigned i = 0; i < workers; i++)
		w[i] = worker_start(&want, i, data);
	run(atof(argv[3]));
	for (unsigned i = 0; i < workers; i++)
		dns_worker_free(w[i]);
	dns_data_free(data);
	conf_free(conf);
	names_free(want.names);
	cache_free(want.cache);
	common_done(&common);
	return 0;
}
