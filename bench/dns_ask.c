/* SPDX-License-Identifier: ISC */
/*
 * dns_ask ADDRESS PORT KIND FIRST NAMES SECONDS OPEN -- asks as fast as it is answered, with OPEN
 * questions open at a time from SOCKETS ports, and looks at every answer.
 *
 * KIND is what is asked and what a right answer is:
 *	once	each of NAMES names from FIRST on, once, and answered; SECONDS is the limit
 *	pool	names at random out of NAMES from FIRST on
 *	fresh	each name once, from FIRST on
 *	echo	as pool; a right answer is the question
 *	none	as pool; a right answer is NXDOMAIN
 *	zeros	as pool; a right answer is 0.0.0.0
 *
 * Prints answers, seconds until the last of them, questions that had none within LOST_MS, and how
 * many names it used.  A wrong answer ends it at once, with exit code 1.
 */
#include <poll.h>
#include <time.h>

#include "batch.h"
#include "dns_name.h"

#ifndef SOCKETS
#define SOCKETS 8
#endif
#define SLOTS_MAX 256			/* a socket's; the slot is the ID's low byte */
#define LOST_MS 3000			/* a machine at work may let a program wait for one */
#define SWEEP_MS 100

enum kind { ONCE, POOL, FRESH, ECHO, NONE, ZEROS, KINDS };
static const char *const kinds[KINDS] = { "once", "pool", "fresh", "echo", "none", "zeros" };

/* A question that may be open. */
struct slot {
	uint32_t number;
	uint8_t turn;			/* the ID's high byte */
	int open;
	int64_t sent_ms;
};

struct port {
	int fd;
	size_t open;
	struct slot slots[SLOTS_MAX];
};

struct asker {
	enum kind kind;
	uint32_t first, names, used;
	size_t slots;			/* of each port */
	int64_t start_ms, end_ms, last_ms;
	uint64_t answers, lost;
	uint64_t chance;
	struct batch batch;
	struct port ports[SOCKETS];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

/* ---- asking ------------------------------------------------------------------- */

static uint32_t next_number(struct asker *a)
{
	uint32_t n = a->used++;

	if (a->kind == ONCE || a->kind == FRESH)
		return a->first + n;
	a->chance ^= a->chance << 13;		/* xorshift (Marsaglia, 2003) */
	a->chance ^= a->chance >> 7;
	a->chance ^= a->chance << 17;
	return a->first + (uint32_t)(a->chance % a->names);
}

static int has_more(const struct asker *a, int64_t now)
{
	return now < a->end_ms && (a->kind != ONCE || a->used < a->names);
}

static void query_write(uint8_t *out, const struct slot *s, size_t index)
{
	const uint8_t header[DNS_HEADER] = { s->turn, (uint8_t)index, 1, 0, 0, 1 };	/* RD */

	memcpy(out, header, sizeof header);
	question_write(out + DNS_HEADER, s->number);
}

static void send_some(struct asker *a, struct port *p, int64_t now)
{
	struct batch *b = &a->batch;
	int n = 0;

	batch_prepare(b, 0);
	for (size_t i = 0; i < a->slots && has_more(a, now); i++) {
		struct slot *s = &p->slots[i];

		if (s->open)
			continue;
		*s = (struct slot){ next_number(a), (uint8_t)(s->turn + 1), 1, now };
		query_write(b->data[n], s, i);
		b->part[n].iov_len = DNS_HEADER + QUESTION_BYTES;
		p->open++;
		if (++n == BATCH) {
			batch_send(p->fd, b, n);
			n = 0;
		}
	}
	batch_send(p->fd, b, n);
}

/* ---- judging --------------------------------------------------------------------- */

static void wrong(const char *what, const uint8_t *m, size_t n)
{
	fprintf(stderr, "wrong answer, %s:", what);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %02x", m[i]);
	fprintf(stderr, "\n");
	exit(1);
}

static void judge(const struct asker *a, const struct slot *s, size_t index, const uint8_t *m,
		  size_t n)
{
	uint8_t query[DNS_HEADER + QUESTION_BYTES], address[4] = { 0 };
	const uint8_t *counts = m + 4, *record = m + sizeof query;

	query_write(query, s, index);
	if (a->kind != ZEROS)
		number_address(address, s->number);
	if (n < sizeof query || memcmp(m + DNS_HEADER, query + DNS_HEADER, QUESTION_BYTES) != 0)
		wrong("not the question", m, n);
	if (a->kind == ECHO) {
		if (n != sizeof query || memcmp(m, query, n) != 0)
			wrong("no echo", m, n);
		return;
	}
	if (a->kind == NONE) {
		if (n != sizeof query || (m[2] & 0x82) != 0x80 || (m[3] & 0x8f) != 0x83)
			wrong("no NXDOMAIN", m, n);
		return;
	}
	if ((m[2] & 0x82) != 0x80 || (m[3] & 0x8f) != 0x80)
		wrong("QR, TC, RA or rcode", m, n);
	if (memcmp(counts, "\0\1\0\1\0\0\0\0", 8) != 0)
		wrong("counts", m, n);
	if (n != sizeof query + DNS_ANSWER_BYTES || memcmp(record, "\xc0\x0c\0\1\0\1", 6) != 0 ||
	    memcmp(record + 10, "\0\4", 2) != 0 || memcmp(record + 12, address, 4) != 0)
		wrong("record", m, n);
}

static void take(struct asker *a, struct port *p, const uint8_t *m, size_t n)
{
	struct slot *s;

	if (n < DNS_HEADER || m[1] >= a->slots)
		wrong("ID", m, n);
	s = &p->slots[m[1]];
	if (!s->open || s->turn != m[0]) {
		if (a->lost == 0)
			wrong("ID", m, n);
		return;			/* late: counted as lost */
	}
	judge(a, s, m[1], m, n);
	s->open = 0;
	p->open--;
	a->answers++;
}

static void receive_some(struct asker *a, struct port *p)
{
	struct batch *b = &a->batch;
	int n;

	batch_prepare(b, 0);
	n = batch_receive(p->fd, b, MSG_DONTWAIT);
	for (int i = 0; i < n; i++)
		take(a, p, b->data[i], b->part[i].iov_len);
}

static void sweep(struct asker *a, int64_t now)
{
	for (struct port *p = a->ports; p < a->ports + SOCKETS; p++)
		for (struct slot *s = p->slots; s < p->slots + a->slots; s++)
			if (s->open && now - s->sent_ms > LOST_MS) {
				s->open = 0;
				p->open--;
				a->lost++;
			}
}

/* ---- running ----------------------------------------------------------------------- */

static size_t open_questions(const struct asker *a)
{
	size_t n = 0;

	for (size_t i = 0; i < SOCKETS; i++)
		n += a->ports[i].open;
	return n;
}

static void run(struct asker *a)
{
	struct pollfd polls[SOCKETS];
	int64_t now = now_ms(), swept = now;
	uint64_t answers = 0;

	for (size_t i = 0; i < SOCKETS; i++)
		polls[i] = (struct pollfd){ .fd = a->ports[i].fd, .events = POLLIN };
	while (has_more(a, now) || open_questions(a)) {
		for (size_t i = 0; i < SOCKETS; i++)
			send_some(a, &a->ports[i], now);
		if (poll(polls, SOCKETS, SWEEP_MS) < 0)
			die("poll");
		for (size_t i = 0; i < SOCKETS; i++)
			if (polls[i].revents)
				receive_some(a, &a->ports[i]);
		now = now_ms();
		if (a->answers != answers)
			a->last_ms = now;
		answers = a->answers;
		if (now - swept >= SWEEP_MS) {
			sweep(a, now);
			swept = now;
		}
	}
}

static enum kind kind_of(const char *word)
{
	enum kind k = ONCE;

	while (k < KINDS && strcmp(kinds[k], word) != 0)
		k++;
	return k;
}

static void open_ports(struct asker *a, const struct sockaddr_in *server)
{
	const struct sockaddr_in any = { .sin_family = AF_INET };

	for (size_t i = 0; i < SOCKETS; i++) {
		a->ports[i].fd = socket_at(&any);
		if (connect(a->ports[i].fd, (const struct sockaddr *)server, sizeof *server) != 0)
			die("connect");
	}
}

int main(int argc, char **argv)
{
	static struct asker a;
	struct sockaddr_in server;

	if (argc != 8 || kind_of(argv[3]) == KINDS || atoi(argv[5]) < 1 ||
	    atoi(argv[7]) < SOCKETS || atoi(argv[7]) > SOCKETS * SLOTS_MAX) {
		fprintf(stderr, "usage: %s ADDRESS PORT once|pool|fresh|echo|none|zeros FIRST NAMES "
			"SECONDS OPEN\n", argv[0]);
		return 2;
	}
	server = address_of(argv[1], argv[2]);
	a.kind = kind_of(argv[3]);
	a.first = (uint32_t)atol(argv[4]);
	a.names = (uint32_t)atol(argv[5]);
	a.slots = (size_t)atoi(argv[7]) / SOCKETS;
	a.chance = 0x9e3779b97f4a7c15;
	open_ports(&a, &server);
	a.start_ms = a.last_ms = now_ms();
	a.end_ms = a.start_ms + (int64_t)(atof(argv[6]) * 1000);
	run(&a);
	printf("%llu %.3f %llu %u\n", (unsigned long long)a.answers,
	       (double)(a.last_ms - a.start_ms) / 1000, (unsigned long long)a.lost, a.used);
	return 0;
}
